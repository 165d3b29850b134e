"""The keys of a scenario file beside its steps."""

from __future__ import annotations

from harness.scenario.language import choices
from harness.scenario.language.keys import Key, Vocabulary
from harness.scenario.language.shapes import Choice, Either, ListOf, NameOf, Nested, Plain, Steps
from harness.scenario.language.steps import BLANK, FILE, SHEET, VERBS

GIVEN = ("send", "put", "remove")
WHEN = (*VERBS, "end_of_input")
THEN = ("expect",)

_WHEN = Key("when", "The steps, one after the other.", Steps(WHEN), "when: [settle]")
_THEN = Key("then", "What must be true in the end.", Steps(THEN), "then: [{expect: totals, empty: true}]")
PHASE = Vocabulary.of(
    "a phase",
    Key(
        "name",
        "A word that says what the phase is about.",
        Plain.TEXT,
        "name: before\nwhen: [settle]",
        needed=True,
    ),
    Key(_WHEN.name, _WHEN.means, _WHEN.shape, "name: before\nwhen: [settle]"),
    Key(_THEN.name, _THEN.means, _THEN.shape, "name: before\nthen: [{expect: totals, empty: true}]"),
)
EXAMPLES = Vocabulary.of(
    "`examples`",
    Key(FILE.name, "The file with a line for each run.", FILE.shape, "file: examples.csv", needed=True),
    Key(SHEET.name, SHEET.means, SHEET.shape, "file: book.xlsx\nsheet: examples"),
    Key(BLANK.name, BLANK.means, BLANK.shape, "file: examples.csv\nblank: null"),
)
SCENARIO = Vocabulary.of(
    "a scenario",
    Key(
        "scenario",
        "What the scenario shows, in one line.",
        Plain.TEXT,
        "scenario: an order of a known customer is counted",
        needed=True,
    ),
    Key(
        "pipeline",
        "The pipeline it runs; with a list, once for each.",
        ListOf(NameOf("pipeline"), or_one=True),
        "pipeline: orders",
        needed=True,
    ),
    Key(
        "tags",
        "Words to select scenarios by.",
        ListOf(Plain.TEXT, or_one=True),
        "tags: [smoke, declined]",
    ),
    Key(
        "T",
        "The time that `T` stands for everywhere below, or `now`.",
        Plain.INSTANT,
        "T: 2026-03-01T12:00:00Z",
        default="2026-01-01T00:00:00Z",
    ),
    Key(
        "examples",
        "A table, list or file; the scenario runs once for each of its lines, with `${column}` filled in.",
        Either((Plain.ROWS, Nested(EXAMPLES))),
        "examples: [{amount: 1.00}, {amount: 2.00}]",
    ),
    Key(
        "given",
        "What is there before the job starts.",
        Steps(GIVEN),
        "given: [{put: customers, rows: [{customer: c1, name: Ada}]}]",
    ),
    _WHEN,
    _THEN,
    Key(
        "phases",
        "Several rounds of `when` and `then`, instead of one.",
        ListOf(Nested(PHASE)),
        "phases: [{name: empty, then: [{expect: totals, empty: true}]}]",
    ),
    Key(
        "finish",
        "What happens after the last step; it replaces the `finish` of the pipeline.",
        Choice(choices.FINISH),
        "finish: settle",
        default="settle",
    ),
    Key(
        "prove",
        "What further runs prove: the same result after kills and restores, in another order, "
        "or with other parallelism.",
        ListOf(Choice(choices.PROOFS), or_one=True),
        "prove: [exactly_once]",
    ),
    Key("timeout", "How long the scenario may take.", Plain.DURATION, "timeout: 2m"),
    Key("skip", "Why the scenario is not run.", Plain.TEXT, "skip: waits for the new filter"),
    Key(
        "known_failure",
        "Why the scenario fails today; it is told when it no longer does.",
        Plain.TEXT,
        "known_failure: the job rounds too early",
    ),
)
