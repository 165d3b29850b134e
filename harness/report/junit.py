"""JUnit XML for CI systems: FAILED is a failure, ERROR is an error, and both say what to do."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from xml.etree import ElementTree as ET

from harness.events import Event, RunFinished
from harness.location import shown
from harness.report.failure import failure_lines
from harness.report.file import write_atomically
from harness.report.lines import plain_text
from harness.result import RunResult, ScenarioResult, Status

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Junit:
    """Writes the XML of a run when it is over."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def handle(self, event: Event) -> None:
        """Write the file if this is the end of the run."""
        if isinstance(event, RunFinished):
            write_junit(event.result, self._path)

    def close(self) -> None:
        """Nothing is left open."""


def write_junit(result: RunResult, path: Path) -> None:
    """Write a run as JUnit XML, one suite per pipeline and Flink version.

    Raises:
        OSError: if the file cannot be written.
    """
    root = ET.Element("testsuites", {"name": "flink-harness", **_counts(result.scenarios, result.seconds)})
    suites: dict[tuple[str, str], list[ScenarioResult]] = {}
    for scenario in result.scenarios:
        suites.setdefault((scenario.pipeline, scenario.flink), []).append(scenario)
    for (pipeline, flink), scenarios in suites.items():
        name = f"{pipeline} (Flink {flink})" if flink else pipeline
        seconds = sum(scenario.seconds for scenario in scenarios)
        suite = ET.SubElement(root, "testsuite", {"name": _clean(name), **_counts(scenarios, seconds)})
        for scenario in scenarios:
            _add_case(suite, scenario)
    ET.indent(root)
    data = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    write_atomically(path, data + b"\n")


def _add_case(suite: ET.Element, result: ScenarioResult) -> None:
    file = shown(result.location.path)
    names = {
        "classname": result.pipeline,
        "name": result.name,
        "file": file,
        "line": str(result.location.line),
        "time": f"{result.seconds:.3f}",
    }
    case = ET.SubElement(suite, "testcase", {key: _clean(value) for key, value in names.items()})
    properties = ET.SubElement(case, "properties")
    for name, value in (("pipeline", result.pipeline), ("flink", result.flink), ("id", result.id)):
        if value:
            ET.SubElement(properties, "property", {"name": name, "value": _clean(value)})
    if result.status is Status.SKIPPED:
        why = result.skipped_because or result.known_failure or ""
        ET.SubElement(case, "skipped", {"message": _clean(why)})
    elif result.status is Status.FAILED:
        message = "; ".join(failure.message for failure in result.failures)
        _add_reason(case, "failure", "expectation", message, result)
    elif result.status is Status.ERROR:
        trouble = result.trouble
        message = trouble.message if trouble else "nobody can tell how it went"
        _add_reason(case, "error", trouble.kind if trouble else "error", message, result)
    if result.evidence:
        ET.SubElement(case, "system-out").text = _clean("\n".join(("kept:", *result.evidence)))


def _add_reason(case: ET.Element, tag: str, kind: str, message: str, result: ScenarioResult) -> None:
    reason = ET.SubElement(case, tag, {"type": _clean(kind), "message": _clean(message)})
    reason.text = _clean(plain_text(failure_lines(result)))


def _counts(scenarios: Iterable[ScenarioResult], seconds: float) -> dict[str, str]:
    states = [scenario.status for scenario in scenarios]
    return {
        "tests": str(len(states)),
        "failures": str(states.count(Status.FAILED)),
        "errors": str(states.count(Status.ERROR)),
        "skipped": str(states.count(Status.SKIPPED)),
        "time": f"{seconds:.3f}",
    }


def _clean(text: str) -> str:
    """The text with what XML forbids spelled out, so that the file stays readable for every parser."""
    return _FORBIDDEN.sub(lambda match: f"\\x{ord(match[0]):02x}", text)
