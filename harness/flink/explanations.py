"""What exceptions mean to somebody who knows Flink a little: one fact in plain words, and what to do next.

A rule looks for a pattern in the whole chain of exceptions, because the root alone often does not say what
it was about. What no rule knows is told as it is: the kind of the root exception and its message.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from harness.errors import nearest

MOST = 300
"""A fact is one line."""
JAVA_OF_CLASS = 44
"""Java 17 writes class files of version 61."""

_TYPE = re.compile(r"^(?:[\w$]+\.)*(?P<type>[\w$]+)(?=:|$)")


@dataclass(frozen=True, slots=True)
class Reason:
    """A cause in plain words.

    Attributes:
        fact: One line.
        hint: What to do next, or None where that cannot be told.
        known: Whether a rule knows it.
        of_record: Whether a record may be what it fails on.
    """

    fact: str
    hint: str | None = None
    known: bool = True
    of_record: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """What a pattern in a chain of exceptions means.

    Attributes:
        pattern: Looked for in the messages, one below the other, the outermost first.
        tell: Makes the reason of what was found.
    """

    pattern: re.Pattern[str]
    tell: Callable[[re.Match[str]], Reason]


def reason_of(chain: Sequence[str]) -> Reason:
    """The reason in a chain of exceptions, each as `type: message`, the outermost first."""
    text = "\n".join(chain)
    for rule in _RULES:
        found = rule.pattern.search(text)
        if found:
            reason = rule.tell(found)
            return replace(reason, fact=_line(reason.fact))
    root = chain[-1].strip() if chain else ""
    first = root.partition("\n")[0]
    kind = _TYPE.match(first)
    return Reason(
        _line(kind["type"] + first[kind.end() :] if kind else first) or "unknown", known=False, of_record=True
    )


def _line(text: str) -> str:
    one = " ".join(text.split()).rstrip(".")
    return one if len(one) <= MOST else one[: MOST - 4].rstrip() + " ..."


def _says(fact: str, hint: str | None = None) -> Callable[[re.Match[str]], Reason]:
    """The same words each time, with the named groups of the pattern filled in."""

    def tell(found: re.Match[str]) -> Reason:
        groups = {name: value or "" for name, value in found.groupdict().items()}
        return Reason(fact.format(**groups), hint.format(**groups) if hint else None)

    return tell


# Jars and classes


def _factory(found: re.Match[str]) -> Reason:
    wanted = found["factory"].rpartition(".")[2]
    kind = "catalog" if "Catalog" in wanted else "format" if "Format" in wanted else "connector"
    match = nearest(found["word"], found["known"].split())
    fact = f"no jar of the job brings the {kind} `{found['word']}`"
    if match:
        return Reason(fact, f"did you mean `{match}`?")
    return Reason(fact, "name its jar under `connectors` of the pipeline's job")


def _missing_class(found: re.Match[str]) -> Reason:
    name = found["name"].strip().strip("L;[").replace("/", ".")
    if re.match(r"org\.apache\.flink\.(?:shaded|runtime|streaming|table|api|core)\.", name):
        return _other_flink(f"the class {name} is not in this one")
    if name.startswith("com.amazonaws.services.kinesisanalytics."):
        hint = "the runtime library of Managed Flink comes with `properties` of the pipeline's job"
    else:
        hint = "is its jar named under `connectors` of the pipeline's job, or packed into the job's own?"
    return Reason(f"no jar of the job holds the class {name}", hint)


def _missing_member(found: re.Match[str]) -> Reason:
    # 'Type some.package.Owner.method(Arguments)'; older JVMs write some.package.Owner.method(Arguments)Type.
    member = re.sub(r"\(.*", "", found["member"].strip("'")).split(" ")[-1]
    owner = ".".join(member.split(".")[-2:]).replace("$", ".")
    ending = "()" if "(" in found["member"] else ""
    if "org.apache.flink" in found["member"]:
        return _other_flink(f"{owner}{ending} is not in this one")
    fact = f"two jars of the job do not fit each other: {owner}{ending} is missing"
    return Reason(fact, "they hold a library in two versions; build them with one of them")


def _other_flink(why: str) -> Reason:
    hint = "build it, and choose its connectors, for the version that the pipeline names as `flink`"
    return Reason(f"the job was built for another version of Flink: {why}", hint)


def _newer_java(found: re.Match[str]) -> Reason:
    built, runs = int(found["built"]) - JAVA_OF_CLASS, int(found["runs"]) - JAVA_OF_CLASS
    name = found["name"].replace("/", ".")
    return Reason(
        f"the class {name} was built for Java {built}, and Flink runs on Java {runs}",
        f"build it with `--release {runs}`, or run the harness with a newer JAVA_HOME",
    )


def _twice(found: re.Match[str]) -> Reason:
    fact = f"the class {found['name']} is there twice: once with Flink and once in a jar of the job"
    return Reason(fact, "take it out of the job's jar (`provided`), or out of `connectors`")


# Databases and Kafka


def _refused(found: re.Match[str]) -> Reason:
    fact = f"the database refuses a row: {found['text']}"
    return Reason(fact, "compare the columns of sink and table", of_record=True)


def _topic(found: re.Match[str]) -> Reason:
    hint = "does the job use the names that the pipeline gives it, such as ${sources.NAME.name}?"
    topic = f"the topic `{found['topic']}`" if found["topic"] else "a topic"
    return Reason(f"the job uses {topic}, which is not there", hint)


def _unreadable(found: re.Match[str]) -> Reason:
    field = f", at the field `{found['field'].rstrip('.')}`" if found["field"] else ""
    hint = (
        "hold the table's columns against what was sent; `'json.ignore-parse-errors' = 'true'` skips a record"
    )
    return Reason(f"a record does not fit the columns that the job reads{field}", hint, of_record=True)


def _unread(_: re.Match[str]) -> Reason:
    hint = "hold the job's format and schema against those of the source in the pipeline"
    return Reason("a record cannot be read in the format that the job expects", hint, of_record=True)


def _rule(pattern: str, tell: Callable[[re.Match[str]], Reason]) -> Rule:
    return Rule(re.compile(pattern, re.MULTILINE), tell)


_RULES = (
    _rule(
        r"Could not find any factory for identifier '(?P<word>[^']+)' "
        r"that implements '(?P<factory>[^']+)'(?P<known>(?:.|\n)*)",
        _factory,
    ),
    _rule(
        r"UnsupportedClassVersionError: (?P<name>\S+) has been compiled by a more recent version .*?"
        r"class file version (?P<built>\d+)\.\d+\).* up to (?P<runs>\d+)",
        _newer_java,
    ),
    _rule(r"(?:NoSuchMethod|NoSuchField|AbstractMethod)Error: (?P<member>.+)$", _missing_member),
    _rule(r"(?:IncompatibleClassChange|IllegalAccess|Verify)Error: (?P<member>.+)$", _missing_member),
    _rule(r"class (?P<name>[\w.$]+) cannot be cast to class (?P=name)\b", _twice),
    _rule(r"cannot assign instance of (?P<name>[\w.$]+) to field \S+ of type (?P=name)\b", _twice),
    _rule(r"(?:ClassNotFoundException|NoClassDefFoundError): (?P<name>[\w.$/\[;]+)$", _missing_class),
    _rule(
        r"the job's parallelism is (?P<wanted>\d+), and the cluster has (?P<slots>\d+) slots",
        _says(
            "the job finds no free slot: its parallelism is {wanted}, and the cluster has {slots} slots",
            "lower `parallelism` in the pipeline, or what the job sets itself",
        ),
    ),
    _rule(
        r"NoResourceAvailableException",
        _says(
            "the cluster has no free slot for the job",
            "lower `parallelism` in the pipeline; other scenarios that run at the same time hold slots too",
        ),
    ),
    _rule(
        r'password authentication failed for user "(?P<user>[^"]*)"',
        _says(
            "the database refuses the job's password of user `{user}`",
            "the pipeline gives the right one as ${{postgres.password}}",
        ),
    ),
    _rule(
        r'relation "(?P<table>[^"]+)" does not exist',
        _says(
            "the database has no table `{table}`",
            "the file that the pipeline names as `postgres: {{schema: FILE}}` makes the tables",
        ),
    ),
    _rule(
        r'(?:database|role|schema) "(?P<name>[^"]+)" does not exist',
        _says("the database has no `{name}`", "the pipeline gives its address as ${{postgres.jdbc_url}}"),
    ),
    _rule(
        r"Connection to (?P<place>[\w.:-]+) refused",
        _says("nobody answers at {place}, where the job connects to"),
    ),
    _rule(r"PSQLException: ERROR: (?P<text>.+)$", _refused),
    _rule(
        r"(?:Failed to get metadata for topics \[(?P<topic>[^\],]+)[^\]]*\](?:.|\n)*)?"
        r"UnknownTopicOrPartition",
        _topic,
    ),
    _rule(r"Topic (?P<topic>\S+) not present in metadata", _topic),
    _rule(
        r"Fail(?:ed)? to deserialize (?:JSON|at field)(?:(?:.|\n)*at field: (?P<field>\S+)|)",
        _unreadable,
    ),
    _rule(
        r"Failed to deseriali[sz]e (?:CSV row|Avro record|Protobuf|consumer record)",
        _unread,
    ),
    _rule(
        r"No resolvable bootstrap urls",
        _says(
            "the job's address of Kafka cannot be resolved",
            "the pipeline gives it as ${{kafka.bootstrap_servers}}, or maps a fixed one in `hosts`",
        ),
    ),
    _rule(
        r"UnknownHostException: (?P<host>[\w.-]+)",
        _says("the job looks for the host `{host}`, which is not there", "map it in `hosts` of the pipeline"),
    ),
    _rule(
        r"ModuleNotFoundError: No module named '(?P<module>[^']+)'",
        _says(
            "the Python of the job has no module `{module}`",
            "install it where the job runs; `python_env` of the pipeline's job names another interpreter",
        ),
    ),
    _rule(
        r"No operators defined in streaming topology",
        _says(
            "`execute()` was called while the job had nothing to run",
            "`execute()` belongs behind the last sink; an INSERT in SQL runs without it",
        ),
    ),
    _rule(
        r"TableException: (?P<text>.*doesn't support consuming update.*)$",
        _says("{text}", "a sink of an aggregate needs a key: `upsert-kafka`, or a PRIMARY KEY for JDBC"),
    ),
    _rule(
        r"Could not complete snapshot \d+ for operator (?P<operator>[^\n]+?) \(\d+/\d+\)(?:.|\n)*"
        r"\n(?:[\w$]+\.)*(?P<root>[^\n]+)\Z",
        _says("the state of `{operator}` cannot be written: {root}"),
    ),
    _rule(r"Exceeded checkpoint tolerable failure threshold", _says("a checkpoint of the job failed")),
    _rule(r"OutOfMemoryError: (?P<what>.+)$", _says("Flink's JVM ran out of memory: {what}")),
    _rule(
        r"NotSerializableException: (?P<name>[\w.$]+)",
        _says(
            "{name} cannot be sent to the workers: it is not serializable",
            "make it in `open()`, on the worker, instead of in the constructor",
        ),
    ),
    _rule(
        r"ENFORCED mode for PRIMARY KEY",
        _says("Flink cannot enforce a primary key", "write `NOT ENFORCED` behind it"),
    ),
)
