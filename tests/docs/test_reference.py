"""The reference is what the language says, whole and up to date."""

from __future__ import annotations

import re

import pytest

from docs import reference
from harness.location import Location
from harness.rows import Word
from harness.scenario.language import cells, choices, pipeline, scenario, steps
from harness.scenario.problems import Problems
from harness.scenario.rows import columns
from harness.scenario.rows.cells import Cells


@pytest.fixture(scope="module")
def text() -> str:
    return reference.TARGET.read_text(encoding="utf-8")


def test_the_committed_reference_is_what_the_language_gives(text: str) -> None:
    assert text == reference.reference(), "the language has changed: make docs"


def test_every_key_and_verb_is_in_it(text: str) -> None:
    names = {
        *pipeline.PIPELINE.keys,
        *pipeline.ONE_OF_JOBS.keys,
        *scenario.SCENARIO.keys,
        *steps.VERBS,
        *choices.SYSTEMS,
    }

    assert {name for name in names if not re.search(rf"^\| `{re.escape(name)}", text, re.MULTILINE)} == set()


def test_every_word_of_cells_is_explained_by_one_that_can_be_read() -> None:
    assert set(cells.WORDS) == set(Word)
    for word, form in cells.WORDS.items():
        problems = Problems()
        cell = Cells(problems).read(form.example, Location(reference.TARGET))
        assert (cell.word, problems.found()) == (word, ()), form


def test_every_name_about_the_record_is_explained() -> None:
    assert set(cells.ABOUT) == set(columns._WHERE)


def test_every_format_is_explained(text: str) -> None:
    for name in (*choices.FORMATS, *choices.LATER_FORMATS, *choices.FILE_FORMATS):
        assert f"\n| `{name}` |" in text


def test_what_cannot_be_run_says_so(text: str) -> None:
    """Both ways: a mark on everything would say nothing."""
    marked = {
        line.split("`")[1] for line in text.splitlines() if line.startswith("| `") and reference.LATER in line
    }

    assert {"kinesis", "cut", "prove"} <= marked
    assert (
        not {"python", "kafka", "postgres", "send", "put", "expect", "settle", "advance", "kill", "stop"}
        & marked
    )
