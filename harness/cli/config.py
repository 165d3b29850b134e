"""`harness config`: every setting, its value, and where it came from."""

from __future__ import annotations

from typing import Any

import click

from harness.cli.options import setting_flags, settings_of


@click.command()
@setting_flags
def config(**flags: Any) -> int:
    """Show every setting with its value and where it came from."""
    described = settings_of(flags).describe()
    shown = [(s.name, "auto" if s.value is None else _text(s.value), s.origin) for s in described]
    name_width = max(len(name) for name, _, _ in shown)
    value_width = max(len(value) for _, value, _ in shown)
    for name, value, origin in shown:
        click.echo(f"{name:<{name_width}}  {value:<{value_width}}  {origin}")
    return 0


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g} s" if isinstance(value, float) else str(value)
