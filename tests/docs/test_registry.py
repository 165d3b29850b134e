from __future__ import annotations

from pathlib import Path

from tests.registry.deviations import APICURIO

DOCUMENT = Path(__file__).parent.parent.parent / "docs" / "registry.md"


def test_the_document_names_every_deviation_and_no_other() -> None:
    table = DOCUMENT.read_text().rpartition("|---|---|\n")[2]

    assert {row.split(" | ")[1].rstrip(" |") for row in table.splitlines()} == set(APICURIO.values())
