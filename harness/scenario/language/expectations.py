"""The keys of the forms of `expect`."""

from __future__ import annotations

from harness.scenario.language import choices
from harness.scenario.language.keys import Key, Vocabulary
from harness.scenario.language.shapes import Choice, Either, ListOf, MappingOf, NameOf, Plain
from harness.scenario.language.steps import BLANK, FILE, ROWS, SHEET

_SINK = "expect: totals"
_TOTAL = "rows: [{customer: c1, amount: 20.00}]"
_FIELDS = ListOf(NameOf("field"), or_one=True)
_OF_SINK = (
    Key(ROWS.name, "All rows that must be there.", ROWS.shape, f"{_SINK}\n{_TOTAL}"),
    Key(FILE.name, "The file with all rows that must be there.", FILE.shape, f"{_SINK}\nfile: totals.csv"),
    Key(SHEET.name, SHEET.means, SHEET.shape, f"{_SINK}\nfile: book.xlsx\nsheet: totals"),
    Key(BLANK.name, BLANK.means, BLANK.shape, f"{_SINK}\nfile: totals.csv\nblank: null"),
    Key(
        "new_rows",
        "The rows that came since the last `expect` of this sink.",
        Plain.ROWS,
        "expect: refused\nnew_rows: [{order_id: o1}]",
    ),
    Key(
        "changes",
        "What happened to the rows, in order for each key; `$op` says what.",
        Plain.ROWS,
        "expect: latest\nchanges: [{$op: insert, order_id: o1}]",
    ),
    Key(
        "match",
        "How the rows are held against those that are there.",
        Choice(choices.MATCHES),
        "expect: refused\nmatch: contains\nrows: [{order_id: o1}]",
        default="exact",
    ),
    Key(
        "all_columns",
        "The rows have no field beside those named.",
        Plain.BOOLEAN,
        f"{_SINK}\nall_columns: true\n{_TOTAL}",
        default="false",
    ),
    Key(
        "tolerance",
        "How far a number may be off, by field.",
        MappingOf("field", Plain.NUMBER),
        f"{_SINK}\ntolerance: {{amount: 0.01}}\n{_TOTAL}",
    ),
    Key("empty", "No row is there.", Plain.TRUE, f"{_SINK}\nempty: true"),
    Key("count", "How many rows are there.", Plain.COUNT, f"{_SINK}\ncount: <between 3 and 5>"),
    Key(
        "each",
        "What holds for every row, by field; at least one row is there.",
        MappingOf("field", Plain.CELL),
        f"{_SINK}\neach: {{amount: <at least 0>}}",
    ),
    Key("unique", "The fields that no two rows share.", _FIELDS, f"{_SINK}\nunique: [customer]"),
)
_CONSERVED = "expect: [latest, refused]\nconserves: orders\nby: [order_id]"
_OF_CONSERVED = (
    Key(
        "conserves",
        "The source whose rows are each in exactly one of the sinks.",
        NameOf("source"),
        _CONSERVED,
    ),
    Key("by", "The fields that tell these rows apart.", _FIELDS, _CONSERVED),
)
_OF_JOB = (
    Key("state", "What has become of the job.", Choice(choices.STATES), "expect: job\nstate: running"),
    Key("restarts", "How often it restarted.", Plain.COUNT, "expect: job\nrestarts: 0", default="0"),
    Key(
        "fails_with",
        "A text in the reason why it failed.",
        Plain.TEXT,
        "expect: job\nstate: failed\nfails_with: no such table",
    ),
    Key("late", "How many rows it dropped because they came too late.", Plain.COUNT, "expect: job\nlate: 1"),
    Key(
        "watermark",
        "Up to which time it has seen everything.",
        Plain.CELL,
        "expect: job\nwatermark: <at least T>",
    ),
    Key(
        "metrics",
        "The values of metrics of the job, by name.",
        MappingOf("metric", Plain.CELL),
        "expect: job\nmetrics: {invalid_orders: 2}",
    ),
)
_SCHEMA = "expect: schema\nof: audit"
_OF_SCHEMA = (
    Key("version", "The version that the registry has.", Plain.COUNT, f"{_SCHEMA}\nversion: 1"),
    Key(
        "fields",
        "The names of its fields, or each with its type.",
        Either((ListOf(Plain.TEXT, or_one=True), MappingOf("field", Plain.TEXT))),
        f"{_SCHEMA}\nfields: [payment_id, amount]",
    ),
)


def _names(keys: tuple[Key, ...], where: str) -> dict[str, str]:
    return {key.name: where for key in keys}


_JOB_ONLY = _names(_OF_JOB, "`expect: job`")
_SCHEMA_ONLY = _names(_OF_SCHEMA, "`expect: schema`")
_SINK_ONLY = _names(_OF_SINK, "the `expect` of a sink")
_CONSERVED_ONLY = _names(_OF_CONSERVED, "the `expect` of sinks")
_OF_EITHER = {"of": "`expect: job` and `expect: schema`"}

EXPECT_SINK = Vocabulary.of(
    "an `expect`",
    Key(
        "expect",
        "The sink; all that it holds is read, once.",
        NameOf("sink"),
        f"{_SINK}\n{_TOTAL}",
        needed=True,
    ),
    *_OF_SINK,
    *_OF_CONSERVED,
    elsewhere=_JOB_ONLY | _SCHEMA_ONLY | _OF_EITHER,
)
EXPECT_CONSERVED = Vocabulary.of(
    "an `expect` with `conserves`",
    Key(
        "expect",
        "The sinks that hold the rows together.",
        ListOf(NameOf("sink"), or_one=True),
        _CONSERVED,
        needed=True,
    ),
    *(Key(key.name, key.means, key.shape, key.example, needed=True) for key in _OF_CONSERVED),
    elsewhere=_JOB_ONLY | _SCHEMA_ONLY | _OF_EITHER | _names(_OF_SINK, "the `expect` of one sink"),
)
EXPECT_JOB = Vocabulary.of(
    "`expect: job`",
    Key(
        "expect",
        "Something is said about the job itself.",
        Choice(("job",)),
        "expect: job\nrestarts: 0",
        needed=True,
    ),
    Key(
        "of",
        "Which job is meant, if there are several.",
        NameOf("job"),
        "expect: job\nof: tag\nstate: running",
    ),
    *_OF_JOB,
    elsewhere=_SINK_ONLY | _SCHEMA_ONLY | _CONSERVED_ONLY,
)
EXPECT_SCHEMA = Vocabulary.of(
    "`expect: schema`",
    Key(
        "expect",
        "Something is said about the schema that a sink's records are written with.",
        Choice(("schema",)),
        f"{_SCHEMA}\nversion: 1",
        needed=True,
    ),
    Key("of", "The sink that is meant.", NameOf("sink"), f"{_SCHEMA}\nversion: 1", needed=True),
    *_OF_SCHEMA,
    elsewhere=_SINK_ONLY | _JOB_ONLY | _CONSERVED_ONLY,
)
ROWS_OF = ("rows", "file", "new_rows", "changes")
"""The keys that give the rows of a sink; an expectation has one of them at most."""
SAYING = (*ROWS_OF, "count", "empty", "each", "unique")
"""The keys that say something about a sink; an expectation has one of them at least."""
SAYING_OF_JOB = tuple(key.name for key in _OF_JOB)
