from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

from harness.events import RunFinished, RunStarted
from harness.report import Junit
from harness.report.junit import write_junit
from harness.result import Failure, RunResult, ScenarioResult


def test_a_run_as_junit(run: RunResult, tmp_path: Path) -> None:
    path = tmp_path / "reports" / "junit.xml"
    reporter = Junit(path)

    reporter.handle(RunStarted(4))
    assert not path.exists()
    reporter.handle(RunFinished(run))
    reporter.close()

    root = ET.parse(path).getroot()
    assert root.attrib == {
        "name": "flink-harness",
        "tests": "4",
        "failures": "1",
        "errors": "1",
        "skipped": "1",
        "time": "64.200",
    }
    assert [suite.attrib["name"] for suite in root] == [
        "card-transactions (Flink 1.20)",
        "card-transactions (Flink 2.2)",
    ]
    assert [suite.attrib["tests"] for suite in root] == ["3", "1"]


def test_each_verdict_has_its_own_element(run: RunResult, tmp_path: Path) -> None:
    write_junit(run, tmp_path / "junit.xml")

    cases = ET.parse(tmp_path / "junit.xml").getroot().findall(".//testcase")
    verdicts = [[child.tag for child in case if child.tag != "properties"] for case in cases]
    assert verdicts == [[], ["skipped"], ["failure", "system-out"], ["error"]]
    skipped = cases[1].find("skipped")
    failure = cases[2].find("failure")
    error = cases[3].find("error")
    assert skipped is not None
    assert skipped.attrib == {"message": "waits for the new registry"}
    assert failure is not None
    assert failure.attrib == {
        "type": "expectation",
        "message": "5 of 7 rows differ; job restarted once, and should not",
    }
    assert failure.text is not None
    assert "amount  expected 13.50  is 12.50" in failure.text
    assert error is not None
    assert error.attrib == {"type": "SettleTimeout", "message": "the job was not done in 60 s"}


def test_a_case_says_where_it_is_written_and_what_it_ran_on(run: RunResult, tmp_path: Path) -> None:
    write_junit(run, tmp_path / "junit.xml")

    case = ET.parse(tmp_path / "junit.xml").getroot().findall(".//testcase")[3]
    assert case.attrib == {
        "classname": "card-transactions",
        "name": "late",
        "file": "scenarios/card/amount.scenario.yaml",
        "line": "30",
        "time": "60.000",
    }
    properties = {p.attrib["name"]: p.attrib["value"] for p in case.iter("property")}
    assert properties == {
        "pipeline": "card-transactions",
        "flink": "2.2",
        "id": "amount.scenario.yaml::late",
    }


def test_what_xml_forbids_is_spelled_out(failed: ScenarioResult, tmp_path: Path) -> None:
    path = tmp_path / "junit.xml"
    nasty = "\x00\x1b[31m\ud800\ufffe]]><&\"' é \U0001f600"
    failure = Failure(message=nasty, location=failed.location, subject="out", detail=nasty)

    write_junit(
        RunResult(scenarios=(replace(failed, name=nasty, failures=(failure,)),), seconds=1, harness="0"), path
    )

    case = ET.parse(path).getroot().find(".//testcase")
    assert case is not None
    assert case.attrib["name"] == "\\x00\\x1b[31m\\xd800\\xfffe]]><&\"' é \U0001f600"


def test_the_file_is_the_same_for_the_same_run(run: RunResult, tmp_path: Path) -> None:
    write_junit(run, tmp_path / "a.xml")
    write_junit(run, tmp_path / "b.xml")

    assert (tmp_path / "a.xml").read_bytes() == (tmp_path / "b.xml").read_bytes()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.xml", "b.xml"]
