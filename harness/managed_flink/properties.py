"""Property groups as the service shows them to a job: one JSON file at a fixed path."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

PROPERTIES_PATH = "/etc/flink/application_properties.json"
"""Where jobs in Python look; Java's runtime library has the same default."""


def write_properties(groups: Mapping[str, Mapping[str, str]], folder: Path) -> Path:
    """Write the file into a folder of the lease's, readable by its owner alone: it may hold passwords."""
    path = folder / "application_properties.json"
    document = [{"PropertyGroupId": group, "PropertyMap": dict(pairs)} for group, pairs in groups.items()]
    path.touch(mode=0o600)
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False))
    return path
