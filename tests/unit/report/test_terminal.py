from __future__ import annotations

import io
import re
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from harness.events import (
    Event,
    Progress,
    RunFinished,
    RunStarted,
    ScenarioFinished,
    ScenarioStarted,
    StepFinished,
)
from harness.location import Location
from harness.report import Terminal, failure_text
from harness.report.lines import duration, shortened_apart
from harness.result import (
    Failure,
    FieldDifference,
    Kind,
    RowDifference,
    RunResult,
    ScenarioResult,
    Status,
    StepResult,
)


def written(*events: Event, verbose: bool = False, encoding: str = "utf-8", terminal: bool = False) -> str:
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding=encoding, newline="")
    console = Console(file=file, force_terminal=terminal, color_system=None, width=80)
    reporter = Terminal(console, verbose=verbose)
    for event in events:
        reporter.handle(event)
    reporter.close()
    file.flush()
    return raw.getvalue().decode(encoding)


def test_a_failure_says_what_differs_where_and_how_to_run_it_again(failed: ScenarioResult) -> None:
    assert failure_text(failed, colour=False).splitlines() == [
        "FAILED  scenarios/card/amount.scenario.yaml:14:5  a card's declined transactions never reach Aurora",
        "  transactions_by_card: 5 of 7 rows differ",
        '    changed     transaction_id = "t1"                                     amount.scenario.yaml:19',
        "        amount  expected 13.50  is 12.50",
        '        card    expected "c1"   is null',
        '    missing     transaction_id = "t9", amount = 2.00                      amount.scenario.yaml:20',
        '    unexpected  transaction_id = "t7", card_id = "c1"                     card.rejected[0]@3',
        '    duplicate   transaction_id = "t2"                                     card.rejected[0]@4',
        '    order       transaction_id = "t3"                                     amount.scenario.yaml:21',
        "        expected as row 1, is row 3",
        "    missing = expected, but not there",
        "    unexpected = there, but not expected",
        "    changed = there, with other values",
        "    duplicate = there, but more often than it should be",
        "    order = there, but not in its place",
        "  job restarted once, and should not  scenarios/card/amount.scenario.yaml:1:1",
        "    java.lang.NullPointerException",
        "      at Enrich.map(Enrich.java:7)",
        '  rerun: harness run scenarios/card/amount.scenario.yaml -k "a card\'s"',
        "  kept:  .harness/runs/1/job.log",
    ]


def test_an_error_says_why_nobody_can_tell(broken: ScenarioResult) -> None:
    assert failure_text(broken, colour=False).splitlines() == [
        "ERROR   scenarios/card/amount.scenario.yaml:30:1  late",
        "  SettleTimeout: the job was not done in 60 s",
        "    transactions[0]: 3 records behind",
        "    transactions[1]: done",
        "  -> raise `timeout`",
    ]


def test_colour_adds_nothing_but_colour(failed: ScenarioResult) -> None:
    coloured = failure_text(failed, colour=True)

    assert "\x1b[" in coloured
    plain = re.sub(r"\x1b\[[0-9;]*m", "", coloured)
    assert plain == failure_text(failed, colour=False)


def test_long_lists_are_cut(failed: ScenarioResult) -> None:
    row = RowDifference(kind=Kind.MISSING, key={"id": "1"}, row={"id": "1"})
    failure = replace(failed.failures[0], rows=(row,) * 51)

    text = failure_text(replace(failed, failures=(failure,)), colour=False)

    assert text.count("missing     id = 1") == 10
    assert "    ... and 41 more\n" in text


def test_long_values_are_cut_where_they_differ() -> None:
    expected, actual = shortened_apart("a" * 300 + "x" + "b" * 300, "a" * 300 + "y" + "b" * 300)

    assert expected.startswith("..." + "a" * 20 + "x")
    assert actual.startswith("..." + "a" * 20 + "y")
    assert len(expected) == len(actual) == 120


def test_short_values_are_never_cut() -> None:
    assert shortened_apart("a" * 120, "b") == ("a" * 120, "b")


def test_a_long_value_that_begins_another_is_told_apart() -> None:
    expected, actual = shortened_apart("a" * 200, "a" * 201)

    assert expected != actual


def test_what_looks_like_markup_or_steers_a_terminal_is_shown(failed: ScenarioResult) -> None:
    failure = Failure(
        message="[bold]x[/] :smile: \x1b[2J",
        location=failed.location,
        subject="out",
        detail="a\x07b\u202ec\ud800",
    )
    result = replace(failed, name="[red]name[/red]", failures=(failure,))

    text = failure_text(result, colour=True)

    assert "[red]name[/red]" in text
    assert "[bold]x[/] :smile: \\x1b[2J" in text
    assert "a\\x07b\\u202ec\\ud800" in text


def test_a_console_that_cannot_show_a_character_gets_its_number(failed: ScenarioResult) -> None:
    failure = Failure(message="Café", location=failed.location, subject="out")

    text = written(ScenarioFinished(replace(failed, failures=(failure,))), encoding="ascii")

    assert "out: Caf\\xe9" in text


def test_lines_are_not_wrapped(failed: ScenarioResult) -> None:
    failure = Failure(message="x" * 300, location=failed.location, subject="out")

    assert "x" * 300 in written(ScenarioFinished(replace(failed, failures=(failure,))))


def test_a_run_is_a_line_per_scenario_and_a_footer(
    run: RunResult, passed: ScenarioResult, skipped: ScenarioResult
) -> None:
    text = written(
        RunStarted(2),
        ScenarioStarted(passed.id, passed.name),
        Progress("kafka", "starting", 2.0),
        StepFinished(passed.id, StepResult(name="send", status=Status.PASSED, seconds=0.1)),
        ScenarioFinished(passed),
        ScenarioFinished(skipped),
        RunFinished(run),
    )

    assert text.splitlines() == [
        "PASSED  scenarios/card/amount.scenario.yaml:1:1  small amounts are stored  1.2 s",
        "SKIPPED scenarios/card/amount.scenario.yaml:40:1  later  (waits for the new registry)",
        "1 passed, 1 failed, 1 error, 1 skipped in 1 min 4 s",
    ]


def test_verbose_shows_steps_progress_and_where_the_time_went(passed: ScenarioResult) -> None:
    text = written(
        RunStarted(1),
        Progress("kafka", "starting", 2.0),
        Progress("kafka", "ready"),
        StepFinished(
            passed.id,
            StepResult(name="send: transactions", status=Status.PASSED, seconds=0.0124, note="3 rows"),
        ),
        ScenarioFinished(passed),
        verbose=True,
    )

    assert text.splitlines() == [
        "1 scenario",
        "  kafka: starting  2.0 s",
        "  kafka: ready",
        "  passed  send: transactions  12 ms  3 rows",
        "PASSED  scenarios/card/amount.scenario.yaml:1:1  small amounts are stored  1.2 s",
        "  settle 800 ms, submit 350 ms, read 90 ms",
    ]


def test_progress_is_for_somebody_who_looks(passed: ScenarioResult) -> None:
    assert written(Progress("kafka", "starting"), terminal=True) == "  kafka: starting\n"
    assert written(Progress("kafka", "starting")) == ""


def test_a_run_of_nothing_says_so() -> None:
    assert (
        written(RunFinished(RunResult(scenarios=(), seconds=0.1, harness="0"))) == "no scenarios in 100 ms\n"
    )


def test_several_errors_are_errors(broken: ScenarioResult) -> None:
    run = RunResult(scenarios=(broken, broken), seconds=4.2, harness="0")

    assert written(RunFinished(run)) == "2 errors in 4.2 s\n"


def test_a_known_failure_is_named(failed: ScenarioResult) -> None:
    text = failure_text(replace(failed, known_failure="ticket 7"), colour=False)

    assert "\n  known failure: ticket 7\n" in text


def test_trouble_elsewhere_tells_its_place(broken: ScenarioResult) -> None:
    assert broken.trouble is not None
    place = Location(Path.cwd() / "a.pipeline.yaml", 4, 2)

    text = failure_text(replace(broken, trouble=replace(broken.trouble, location=place)), colour=False)

    assert text.startswith("ERROR   a.pipeline.yaml:4:2  late\n")


def test_multi_line_values_stay_in_their_line(failed: ScenarioResult) -> None:
    difference = RowDifference(
        kind=Kind.CHANGED,
        key={"id": "1"},
        fields=(FieldDifference(field="v", expected='"a\\nb"', actual='"a"'),),
    )
    failure = replace(failed.failures[0], rows=(difference,))

    assert '        v  expected "a\\nb"  is "a"\n' in failure_text(
        replace(failed, failures=(failure,)), colour=False
    )


def test_durations_are_easy_to_take_in() -> None:
    assert [duration(s) for s in (0.0004, 0.25, 1.0, 59.94, 60, 3725)] == [
        "0 ms",
        "250 ms",
        "1.0 s",
        "59.9 s",
        "1 min 0 s",
        "62 min 5 s",
    ]
