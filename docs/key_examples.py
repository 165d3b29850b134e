"""The example of every key of the language, put into a project where it can be read."""

from __future__ import annotations

import shutil
import textwrap
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from harness.scenario.language import expectations, pipeline, places, scenario, steps
from harness.scenario.language.keys import Key, Vocabulary
from harness.scenario.model import System
from harness.scenario.place_words import vocabulary_of
from harness.scenario.places.places import ROLES_OF, UPSERTS, Role

EXAMPLE = Path(__file__).parent / "example"
SCENARIO = """\
scenario: shown
pipeline: orders
when: [settle]
then: [{expect: totals, empty: true}]
"""
_STOPPED = "  - {stop: before_upgrade}\n"
BEFORE = {"start": _STOPPED, "heal": "  - {cut: totals}\n"}
"""What must have happened before a step of these verbs."""


@dataclass(frozen=True)
class Example:
    """The files of a project in which the example of a key stands.

    Attributes:
        section: The mapping that the key belongs to.
        key: The key.
        pipeline: The pipeline file.
        scenario: The scenario file.
        can_be: Whether the place has the format that the example is about.
    """

    section: str
    key: Key
    pipeline: str
    scenario: str = SCENARIO
    can_be: bool = True

    @property
    def name(self) -> str:
        return f"{self.section}.{self.key.name}"

    def write(self, folder: Path) -> Path:
        """Put the example into a project; its scenario file."""
        first = self.pipeline.splitlines()[0 if self.pipeline.startswith("pipeline") else 1]
        (folder / f"{first.removeprefix('pipeline: ')}.pipeline.yaml").write_text(
            self.pipeline, encoding="utf-8"
        )
        file = folder / "shown.scenario.yaml"
        file.write_text(self.scenario, encoding="utf-8")
        return file


def make_project(folder: Path) -> None:
    """Put into a folder what the examples name."""
    shutil.copytree(EXAMPLE, folder, dirs_exist_ok=True)
    with zipfile.ZipFile(folder / "job.jar", "w") as jar:
        jar.writestr("META-INF/MANIFEST.MF", "Manifest-Version: 1.0\nMain-Class: com.example.Orders\n")


def examples() -> Iterator[Example]:
    """The example of every key."""
    base = (EXAMPLE / "orders.pipeline.yaml").read_text(encoding="utf-8")
    yield from _of_pipeline(base)
    yield from _of_places()
    yield from _of_scenario(base)
    yield from _of_steps(base)
    yield from _of_expectations(base)


def _of_pipeline(base: str) -> Iterator[Example]:
    for key in pipeline.PIPELINE.keys.values():
        without: tuple[str, ...] = ("job", "versions") if key.name == "jobs" else ()
        yield Example("a pipeline", key, _replaced(base, key.example, without))
    for key in pipeline.JOB.keys.values():
        without = ("versions",) if "python:" not in key.example else ()
        yield Example("a job", key, _replaced(base, f"job:\n{_indented(key.example)}", without))
    for key in pipeline.VERSION.keys.values():
        shown = f"versions:\n  v2:\n{_indented(key.example, 4)}"
        yield Example("a version", key, _replaced(base, shown))
    for name in ("reads", "writes"):
        key = pipeline.ONE_OF_JOBS.keys[name]
        text = f"pipeline: orders\njobs:\n  tag:\n{_indented(key.example, 4)}"
        yield Example("one of several jobs", key, f"{text}{_CHAINED}", _TAGGED)
    options = (
        ("services", pipeline.SERVICES, 0),
        ("kafka", pipeline.KAFKA_SERVICE, 2),
        ("schema_registry", pipeline.REGISTRY_SERVICE, 2),
        ("postgres", pipeline.POSTGRES_SERVICE, 2),
        ("aws", pipeline.AWS_SERVICE, 2),
    )
    for name, words, depth in options:
        for key in words.keys.values():
            inner = f"{name}:\n{_indented(key.example)}"
            shown = inner if not depth else f"services:\n{_indented(inner)}"
            yield Example(words.what, key, _replaced(base, shown))
    for key in pipeline.KINESIS_SERVICE.keys.values():
        shown = f"services:\n  aws:\n    kinesis:\n{_indented(key.example, 6)}"
        yield Example(pipeline.KINESIS_SERVICE.what, key, _replaced(base, shown))


_CHAINED = """
sources:
  orders: {kafka: orders, format: json}
sinks:
  tagged: {kafka: tagged, format: json}
"""
_TAGGED = SCENARIO.replace("totals", "tagged")


def _of_places() -> Iterator[Example]:
    for role in Role:
        for system in System:
            if role not in ROLES_OF.get(system, (role,)):
                continue
            words = vocabulary_of(role.value, system)
            for key in words.keys.values():
                yield _of_place(role, system, words, key)


_REFUSED = ((Role.TABLE, "schema_include"), (Role.SINK, "subject_strategy"))
"""Keys that a place on Kafka knows, and that belong to other roles."""


def _of_place(role: Role, system: System, words: Vocabulary, key: Key) -> Example:
    place = f"{places.SYSTEMS[system].example}\n"
    if "format" in words.keys:
        place += "format: json\n"
    if role is Role.TABLE or (role is Role.SINK and system in UPSERTS):
        place += "key: [order_id]\n"
    place = _replaced(place, key.example)
    shown = f"{role.value}s:\n  orders:\n{_indented(place, 4)}"
    job = "job: {function: operators:tag}" if system is System.MEMORY else "job: {python: job.py}"
    if "<fresh>" in place:
        job = f'job: {{python: job.py, env: {{ORDERS: "${{{role.value}s.orders.name}}"}}}}'
    sink = "" if role is Role.SINK else "\nsinks: {totals: {kafka: totals, format: json}}"
    name = "orders" if role is Role.SINK else "totals"
    formats = getattr(words.keys["format"].shape, "words", ()) if "format" in words.keys else ()
    needs = next((line[8:] for line in key.example.splitlines() if line.startswith("format: ")), None)
    return Example(
        words.what,
        key,
        f"pipeline: orders\n{job}\n{shown}{sink}\n",
        SCENARIO.replace("totals", name),
        can_be=(needs is None or needs in formats) and (role, key.name) not in _REFUSED,
    )


def _of_scenario(base: str) -> Iterator[Example]:
    for key in scenario.SCENARIO.keys.values():
        without = ("when", "then") if key.name == "phases" else ()
        yield Example("a scenario", key, base, _replaced(SCENARIO, key.example, without))
    for key in scenario.PHASE.keys.values():
        last = "  - {name: last, then: [{expect: totals, empty: true}]}"
        shown = f"phases:\n{_item(key.example)}\n{last}"
        yield Example("a phase", key, base, _replaced(SCENARIO, shown, ("when", "then")))
    for key in scenario.EXAMPLES.keys.values():
        shown = f"examples:\n{_indented(key.example)}"
        yield Example("`examples`", key, base, _replaced(SCENARIO, shown))


def _of_steps(base: str) -> Iterator[Example]:
    for verb, words in steps.OF_VERB.items():
        for key in words.keys.values():
            yield _of_step(verb, words, key, base)
    for word, key in steps.ONLY_WORDS.items():
        yield Example(f"`{word}` alone", key, base, _replaced(SCENARIO, f"when: [{word}]"))


def _of_step(verb: str, words: Vocabulary, key: Key, base: str) -> Example:
    is_of_several = key.name in ("job", "of")
    before = BEFORE.get(verb, "")
    if is_of_several:
        before = before.replace("}", ", job: tag}")
    text = _replaced(SCENARIO, f"when:\n{before}{_item(key.example)}")
    if is_of_several:
        return Example(words.what, key, _other("chain"), text.replace("pipeline: orders", "pipeline: chain"))
    if verb == "reshard":
        return Example(
            words.what, key, _other("streams"), text.replace("pipeline: orders", "pipeline: streams")
        )
    return Example(words.what, key, base, text)


def _of_expectations(base: str) -> Iterator[Example]:
    forms = (
        *(expectations.EXPECT_SINK, expectations.EXPECT_CONSERVED),
        *(expectations.EXPECT_JOB, expectations.EXPECT_SCHEMA),
    )
    for words in forms:
        for key in words.keys.values():
            text = _replaced(SCENARIO, f"then:\n{_item(key.example)}")
            if "of: tag" in key.example:
                other = text.replace("pipeline: orders", "pipeline: chain")
                yield Example(words.what, key, _other("chain"), other)
            else:
                yield Example(words.what, key, base, text)


def _other(name: str) -> str:
    return (EXAMPLE / f"{name}.pipeline.yaml").read_text(encoding="utf-8")


def _indented(text: str, depth: int = 2) -> str:
    return textwrap.indent(text.rstrip("\n"), " " * depth)


def _item(text: str) -> str:
    """The text as an item of a list."""
    return "  - " + textwrap.indent(text, "    ")[4:]


def _replaced(base: str, example: str, without: tuple[str, ...] = ()) -> str:
    """The base with the keys of the example instead of its own."""
    blocks = _blocks(base) | _blocks(example)
    return "".join(f"{block}\n" for name, block in blocks.items() if name not in without)


def _blocks(text: str) -> dict[str, str]:
    """The keys at the margin, each with its lines."""
    blocks: dict[str, str] = {}
    name = ""
    for line in text.splitlines():
        if line and not line.startswith((" ", "#", "-")):
            name = line.partition(":")[0]
            blocks[name] = line
        elif name and line.strip():
            blocks[name] += f"\n{line}"
    return blocks
