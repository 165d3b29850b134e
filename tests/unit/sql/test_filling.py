"""Variables are filled in as envsubst does it, and every place still leads back into the file."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.sql.filling import fill, variables
from harness.sql.lines import offset, place

VALUES = {"TOPIC": "orders", "EMPTY": "", "A_1": "x\ny"}
CASES = [
    ("'${TOPIC}'", "'orders'"),
    ("'$TOPIC'", "'orders'"),
    ("$TOPICS ${TOPICS}", "$TOPICS ${TOPICS}"),
    ("${TOPIC", "${TOPIC"),
    ("$ {TOPIC} ${ TOPIC }", "$ {TOPIC} ${ TOPIC }"),
    ("$$TOPIC", "$orders"),
    ("a${EMPTY}b", "ab"),
    ("${A_1}$A_1", "x\nyx\ny"),
    ("orders$snapshots", "orders$snapshots"),
    ("\\${TOPIC}", "\\orders"),
]
texts = st.lists(st.sampled_from(["${TOPIC}", "$A_1", "${EMPTY}", "$X", "a", "\n", "$", " "])).map("".join)


@pytest.mark.parametrize(("text", "filled"), CASES)
def test_only_what_has_a_value_is_filled_in(text: str, filled: str) -> None:
    assert fill(text, VALUES).text == filled


@pytest.mark.skipif(shutil.which("envsubst") is None, reason="there is no envsubst to compare with")
@pytest.mark.parametrize("text", [text for text, _ in CASES])
def test_envsubst_itself_gives_the_same(text: str) -> None:
    named = " ".join(f"${name}" for name in VALUES)
    done = subprocess.run(
        ["envsubst", named], input=text, env=VALUES, capture_output=True, text=True, check=True
    )

    assert fill(text, VALUES).text == done.stdout


@given(texts)
def test_every_place_of_a_filled_text_leads_back_to_where_it_came_from(text: str) -> None:
    filled = fill(text, VALUES)

    for at, character in enumerate(filled.text):
        origin = filled.origin(at)
        assert text[origin] == character or text[origin] == "$"


@given(texts)
def test_without_values_nothing_moves(text: str) -> None:
    filled = fill(text, {})

    assert filled.text == text
    assert [filled.origin(at) for at in range(len(text))] == list(range(len(text)))


def test_the_variables_of_a_text_are_told() -> None:
    assert variables("$A ${B} ${C $D$E $1") == {"A", "B", "D", "E"}


@given(st.text(alphabet="ab\n\r😀"))
def test_a_place_leads_to_its_offset_and_back(text: str) -> None:
    for at in range(len(text)):
        line, column = place(text, at)
        units = len(text[at - column + 1 : at].encode("utf-16-le")) // 2
        if text[at] != "\n" or text[at - 1 : at] != "\r":
            assert offset(text, line, units + 1) == at


@pytest.mark.parametrize(("line", "column"), [(3, 1), (0, 0), (1, 9)])
def test_a_place_that_is_not_there_has_no_offset(line: int, column: int) -> None:
    assert offset("ab\nc", line, column) is None
