"""YAML as editors read it: the core schema of YAML 1.2, in which times and `yes` are texts."""

from __future__ import annotations

import re
from typing import Any

import yaml


class _CoreLoader(yaml.SafeLoader):
    """Resolves null, booleans and numbers only."""


_CoreLoader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", r"[-+]?[0-9]+", list("-+0123456789")),
    ("float", r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", list("-+.0123456789")),
):
    _CoreLoader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"^(?:{_pattern})$"), _first)


def _whole(_: yaml.SafeLoader, node: yaml.Node) -> int:
    # The number as it is written: `007` is seven here, and would be octal to YAML 1.1.
    return int(node.value)


_CoreLoader.add_constructor("tag:yaml.org,2002:int", _whole)


def documents(text: str) -> list[Any]:
    """The values of all documents of a text.

    Raises:
        yaml.YAMLError: It is no YAML.
    """
    return [value for value in yaml.load_all(text, _CoreLoader) if value is not None]
