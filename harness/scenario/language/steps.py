"""The verbs of steps, and their options."""

from __future__ import annotations

from harness.scenario.language import choices
from harness.scenario.language.keys import Key, Vocabulary
from harness.scenario.language.shapes import Choice, NameOf, Plain, Whole

VERBS = (
    *("send", "put", "remove", "settle", "advance", "stop", "start", "savepoint", "kill", "fail"),
    *("cut", "pause", "slow", "heal", "reshard", "evolve", "expect"),
)
ALONE = ("settle", "end_of_input")
"""Steps that are one word and no mapping."""
ONLY_WORDS = {
    key.name: key
    for key in (
        Key(
            "settle",
            "Waits until all that was sent is processed and committed, and sources that end have ended.",
            Choice(()),
            "settle",
        ),
        Key(
            "end_of_input",
            "Says that no more comes: every open window fires, and the job finishes.",
            Choice(()),
            "end_of_input",
        ),
    )
}
"""The steps that stand alone, described."""

ROWS = Key("rows", "The rows, as a table or a list.", Plain.ROWS, "rows: [{order_id: o1, amount: 12.50}]")
FILE = Key("file", "The file with the rows, beside the scenario.", Plain.PATH, "file: orders.csv")
SHEET = Key("sheet", "The sheet of an Excel file.", Plain.TEXT, "file: book.xlsx\nsheet: orders")
BLANK = Key(
    "blank",
    "Says that an empty cell of the .csv, .tsv or .xlsx file is null, not absent.",
    Choice(choices.BLANK),
    "file: orders.csv\nblank: null",
)
_ROWS = (ROWS, FILE, SHEET, BLANK)
_VOLUME = (
    Key("repeat", "Writes the rows so many times, with `${n}` counting from 1.", Whole(1), "repeat: 500"),
    Key(
        "generate",
        "Makes so many rows from the schema; one row of `rows` fixes fields.",
        Whole(1),
        "generate: 500",
    ),
)
_SENT = "rows: [{order_id: o1, amount: 12.50}]"
_PUT = "rows: [{customer: c1, name: Ada}]"


def _taking_rows(verb: str, means: str, what: str, target: str, rows: str) -> Vocabulary:
    """The vocabulary of a step that writes rows; its keys show themselves on its own target."""
    head = f"{verb}: {target}"
    keys = (
        Key(verb, means, NameOf(what), f"{head}\n{rows}", needed=True),
        Key(ROWS.name, ROWS.means, ROWS.shape, f"{head}\n{rows}"),
        *(
            Key(key.name, key.means, key.shape, f"{head}\n{key.example.replace('orders', target)}")
            for key in (FILE, SHEET, BLANK)
        ),
        *(Key(key.name, key.means, key.shape, f"{head}\n{key.example}\n{rows}") for key in _VOLUME),
    )
    return Vocabulary.of(f"a `{verb}`", *keys)


SEND = _taking_rows("send", "Writes rows to a source.", "source", "orders", _SENT)
PUT = _taking_rows(
    "put",
    "Writes rows by their key into a table or an upsert sink, after all that was sent before is through.",
    "table or sink",
    "customers",
    _PUT,
)
REMOVE = _taking_rows(
    "remove",
    "Deletes rows by their key, after all that was sent before is through.",
    "table or sink",
    "customers",
    "rows: [{customer: c1}]",
)
SETTLE = Vocabulary.of(
    "a `settle`",
    Key(
        "settle",
        "Waits until all that was sent is processed, and for the timers of the real clock that are set now.",
        Choice(choices.TIMERS),
        "settle: timers",
        needed=True,
    ),
)
ADVANCE = Vocabulary.of(
    "an `advance`",
    Key(
        "advance",
        "Lets event time pass this moment, so that windows that end by then fire.",
        Plain.MOMENT,
        "advance: T+10m",
        needed=True,
    ),
    Key("only", "The one source whose time passes it.", NameOf("source"), "advance: T+10m\nonly: orders"),
)


def _of_several(example: str) -> Key:
    return Key("job", "Which job is meant, if there are several.", NameOf("job"), f"{example}\njob: tag")


STOP = Vocabulary.of(
    "a `stop`",
    Key(
        "stop",
        "Stops the job with a savepoint of this name.",
        Plain.TEXT,
        "stop: before_upgrade",
        needed=True,
    ),
    _of_several("stop: before_upgrade"),
)
START = Vocabulary.of(
    "a `start`",
    Key(
        "start",
        "Starts the stopped job from this savepoint; `fresh` starts it without any state.",
        NameOf("savepoint", "fresh"),
        "start: before_upgrade",
        needed=True,
    ),
    _of_several("start: before_upgrade"),
    Key("parallelism", "Another parallelism than before.", Whole(1), "start: before_upgrade\nparallelism: 4"),
    Key(
        "version",
        "One of the `versions` of the pipeline.",
        NameOf("version"),
        "start: before_upgrade\nversion: v2",
    ),
    Key(
        "drop_state",
        "State that nothing in the job takes up may be dropped.",
        Plain.BOOLEAN,
        "start: before_upgrade\ndrop_state: true",
        default="false",
    ),
)
SAVEPOINT = Vocabulary.of(
    "a `savepoint`",
    Key(
        "savepoint",
        "Takes a savepoint of this name while the job goes on.",
        Plain.TEXT,
        "savepoint: midway",
        needed=True,
    ),
    _of_several("savepoint: midway"),
)
KILL = Vocabulary.of(
    "a `kill`",
    Key(
        "kill",
        "Kills a process of Flink, when what was sent is written and not yet committed.",
        Choice(choices.KILLED),
        "kill: taskmanager",
        needed=True,
    ),
    _of_several("kill: python_worker"),
)
FAIL = Vocabulary.of(
    "a `fail`",
    Key("fail", "Lets a task of the job fail.", Choice(choices.FAILED), "fail: job", needed=True),
    Key("of", "Which job is meant, if there are several.", NameOf("job"), "fail: job\nof: tag"),
)
_NO_DELAY = {"by": "`slow`"}


def _link(verb: str, means: str) -> Vocabulary:
    key = Key(verb, means, NameOf("place"), f"{verb}: totals", needed=True)
    return Vocabulary.of(f"a `{verb}`", key, elsewhere=_NO_DELAY)


CUT = _link("cut", "Cuts the link between the job and a source, table or sink.")
PAUSE = _link("pause", "Lets nothing through the link, without cutting it.")
HEAL = _link("heal", "Makes the link whole again.")
SLOW = Vocabulary.of(
    "a `slow`",
    Key(
        "slow",
        "Makes the link to a source, table or sink slow.",
        NameOf("place"),
        "slow: totals\nby: 200ms",
        needed=True,
    ),
    Key("by", "How much longer everything takes.", Plain.DURATION, "slow: totals\nby: 200ms", needed=True),
)
RESHARD = Vocabulary.of(
    "a `reshard`",
    Key(
        "reshard",
        "Gives a stream of Kinesis another number of shards.",
        NameOf("source"),
        "reshard: clicks\nto: 4",
        needed=True,
    ),
    Key("to", "How many shards it has then.", Whole(1), "reshard: clicks\nto: 4", needed=True),
)
EVOLVE = Vocabulary.of(
    "an `evolve`",
    Key(
        "evolve",
        "Registers the next version of a source's schema; what is sent later is written with it.",
        NameOf("source"),
        "evolve: payments\nschema: payment-v2.avsc",
        needed=True,
    ),
    Key(
        "schema",
        "The file of the next version.",
        Plain.PATH,
        "evolve: payments\nschema: payment-v2.avsc",
        needed=True,
    ),
)
OF_VERB = {
    "send": SEND,
    "put": PUT,
    "remove": REMOVE,
    "settle": SETTLE,
    "advance": ADVANCE,
    "stop": STOP,
    "start": START,
    "savepoint": SAVEPOINT,
    "kill": KILL,
    "fail": FAIL,
    "cut": CUT,
    "pause": PAUSE,
    "slow": SLOW,
    "heal": HEAL,
    "reshard": RESHARD,
    "evolve": EVOLVE,
}
"""The steps that change something, by their verb; `expect` has several forms."""
