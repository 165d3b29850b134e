"""The described language is the one that is read: every example, every word of a choice, every needed key."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from docs.key_examples import Example, examples, make_project
from harness.errors import Problem
from harness.scenario import vocabulary
from harness.scenario.language.shapes import Choice, ListOf, MappingOf, Shape
from harness.scenario.load import load_scenarios

EXAMPLES = tuple(examples())


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("language")
    make_project(folder)
    return folder


def problems_of(example: Example, project: Path) -> tuple[Problem, ...]:
    return load_scenarios([example.write(project)], project)[1]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_the_example_of_a_key_is_right(example: Example, project: Path) -> None:
    found = [problem.render() for problem in problems_of(example, project)]

    assert (found == []) is example.can_be


def words_of(shape: Shape) -> Choice | None:
    if isinstance(shape, ListOf | MappingOf):
        return words_of(shape.of)
    return shape if isinstance(shape, Choice) and shape.words else None


def with_word(example: Example, word: str) -> Example:
    """The example with another word behind its key, or behind the first name in the mapping there."""
    shown = next(line for line in example.key.example.splitlines() if line.startswith(f"{example.key.name}:"))
    inner = re.fullmatch(r"(.*: )\{(.*): .*\}", shown)
    other = f"{inner[1]}{{{inner[2]}: {word}}}" if inner else f"{example.key.name}: {word}"
    return replace(
        example,
        pipeline=example.pipeline.replace(shown, other),
        scenario=example.scenario.replace(shown, other),
    )


def cases() -> Iterator[tuple[Example, str, bool]]:
    for example in EXAMPLES:
        choice = words_of(example.key.shape)
        if choice is not None:
            for word in choice.words:
                yield example, word, True
                if choice.any_case:
                    yield example, word.upper(), True
            yield example, "surely-none", False
            for word in choice.later:
                yield example, word, False


@pytest.mark.parametrize(
    ("example", "word", "is_known"), tuple(cases()), ids=lambda value: getattr(value, "name", str(value))
)
def test_the_words_of_a_choice_are_those_that_are_read(
    example: Example, word: str, is_known: bool, project: Path
) -> None:
    found = problems_of(with_word(example, word), project)

    about = [
        problem.message
        for problem in found
        if f"`{word}` is no" in problem.message
        or f"`{word}` is not supported" in problem.message
        or vocabulary.NOT_YET in problem.message
        or "`settle` stands alone" in problem.message
        or f"`{word}` is unknown" in problem.message
    ]
    assert bool(about) is not is_known, [problem.render() for problem in found]


def without(example: Example) -> Example:
    line = next(line for line in example.key.example.splitlines() if line.startswith(f"{example.key.name}:"))
    return replace(
        example,
        pipeline=re.sub(rf"^ *{re.escape(line)}\n", "", example.pipeline, flags=re.MULTILINE),
        scenario=re.sub(rf"^ *{re.escape(line)}\n", "", example.scenario, flags=re.MULTILINE),
    )


NEEDED = [
    example
    for example in EXAMPLES
    if example.key.needed and example.key.name not in (*vocabulary.VERBS, "name", "file", "conserves")
]


@pytest.mark.parametrize("example", NEEDED, ids=lambda example: example.name)
def test_a_needed_key_is_asked_for(example: Example, project: Path) -> None:
    shorter = without(example)
    assert (shorter.pipeline, shorter.scenario) != (example.pipeline, example.scenario)

    found = problems_of(shorter, project)

    assert any(f"needs `{example.key.name}`" in problem.message for problem in found)


def test_sentences_are_sentences() -> None:
    for example in EXAMPLES:
        means = example.key.means
        assert means[0].isupper(), means
        assert means.endswith("."), means
        assert len(means) < 160, means
