"""Every `${...}` of a pipeline against what exists, and every fresh name against those that refer to it."""

from __future__ import annotations

from collections.abc import Iterable

from harness.scenario import variables, vocabulary
from harness.scenario.model import Text
from harness.scenario.places import Places, Role
from harness.scenario.problems import Problems

KAFKA = ("kafka.bootstrap_servers",)
POSTGRES = tuple(
    f"postgres.{part}" for part in ("jdbc_url", "url", "host", "port", "user", "password", "database")
)
LATER = ("schema_registry.url", "opensearch.url", "kafka.truststore_jks", "aws.endpoint_url")
_SECTIONS = {"sources": Role.SOURCE, "tables": Role.TABLE, "sinks": Role.SINK}


def known_names(places: Places) -> tuple[str, ...]:
    """What `${...}` can name in a pipeline with these places."""
    own = (f"{section}.{name}.name" for section, role in _SECTIONS.items() for name in places.names(role))
    return (*KAFKA, *POSTGRES, *own)


def check(texts: Iterable[Text], places: Places, problems: Problems) -> frozenset[str]:
    """Note every unknown name, and return the names that are referred to."""
    known = known_names(places)
    used = set()
    for text in texts:
        for name, location in variables.references(text):
            used.add(name)
            if name in known:
                continue
            if not name:
                problems.add(location, "a `${` that is not closed or empty", "a real `${` is written `$${`")
            elif name in LATER:
                problems.add(location, vocabulary.not_yet(f"${{{name}}}"))
            else:
                problems.add(location, f"`${{{name}}}` is unknown", _hint(name, known))
    return frozenset(used)


def check_fresh(places: Places, used: frozenset[str], problems: Problems) -> None:
    """Note every `<fresh>` place whose name nobody gives to the job."""
    for section, role in _SECTIONS.items():
        for name, place in places.of(role).items():
            if place.fresh and f"{section}.{name}.name" not in used:
                problems.add(
                    place.location,
                    f"the {role.value} `{name}` has a fresh name that the job never gets",
                    f"give it to the job in `args`, `env`, `config` or `files`: `${{{section}.{name}.name}}`",
                )


def _hint(name: str, known: tuple[str, ...]) -> str:
    section, dot, rest = name.partition(".")
    for other in _SECTIONS:
        # The commonest slips: the right place in the wrong section, or without `.name`.
        for wanted in (f"{other}.{rest}", f"{other}.{rest}.name"):
            if dot and section in _SECTIONS and wanted in known:
                return f"did you mean `{wanted}`?"
    return vocabulary.suggest(name, known, what="there are")
