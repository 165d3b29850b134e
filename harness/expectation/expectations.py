"""All expectations of one run, each a verdict: its failures, and what a reader must know of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from harness.codecs.moments import Moment
from harness.compare import Capture
from harness.connections.schema_registry import Registry
from harness.environment import Grant
from harness.errors import ExpectationError
from harness.expectation import aftermath, always, conservation, job_facts, written_schema
from harness.expectation.conservation import Holding
from harness.expectation.delivery import had_fault, may_repeat
from harness.expectation.job_facts import JobFacts
from harness.expectation.ledger import Ledger
from harness.expectation.reads import Reads
from harness.expectation.seen import Seen
from harness.expectation.sink_rows import SinkRows
from harness.inputs.row_encoding import Registered, encoder_of
from harness.parts import Parts
from harness.plan import Plan
from harness.result import Failure
from harness.scenario.model import ExpectConserved, ExpectJob, ExpectRows, ExpectSchema, Scope, Send, Step
from harness.sinks.record import Read, Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of one expectation.

    Attributes:
        failures: What does not hold; () if all does.
        note: What a reader must know to believe it, such as what was left out.
    """

    failures: tuple[Failure, ...] = ()
    note: str = ""

    @classmethod
    def of(cls, failure: Failure | None, note: str = "") -> Outcome:
        """The outcome of an expectation with one rule."""
        return cls(failures=() if failure is None else (failure,), note=note)


class Expectations:
    """All expectations of one run."""

    def __init__(self, plan: Plan, grant: Grant, clock: Moment, registry: Registry | None = None) -> None:
        self._plan = plan
        self._clock = clock
        self._registry = registry
        self._reads = Reads(plan, grant, clock, registry)
        self._seen = Seen()
        self._ledger = Ledger(plan.scenario)
        self._steps: list[Step] = []
        self._captures: dict[str, Capture] = {}

    def forget(self) -> None:
        """What sinks hold may have changed."""
        self._reads.forget()

    def left_open(self, parts: Parts) -> None:
        """Files that the jobs have not finished: they are waited for when a sink is read."""
        self._reads.parts = parts

    def wait_until_visible(self, sinks: Collection[str] | None = None) -> None:
        """Wait until every committed record can be read by a careful consumer, of all sinks or of some."""
        self._reads.wait_until_visible(sinks)

    def passed(self, step: Step) -> None:
        """A step is over; faults change what may be there."""
        self._steps.append(step)

    def sent(self, step: Send, written: Registered | None) -> None:
        """Rows were sent; they are remembered if an expectation asks for them."""
        if self._ledger.follows(step.source):
            encoder = encoder_of(self._plan.pipeline.sources[step.source], written)
            self._ledger.note(step.source, step.rows, encoder, self._clock)

    @property
    def left_out(self) -> dict[str, int]:
        """How many rows of each sink its `ignore` left out."""
        return {sink: count for sink, count in self._reads.left_out.items() if count}

    # Rows

    def rows(self, expected: ExpectRows) -> Outcome:
        """What a sink must hold.

        Raises:
            ExpectationError: Cells that their columns cannot read and columns that do not exist, together.
            SinkError: The sink cannot be read.
        """
        sink = expected.sink
        place, read = self._plan.pipeline.sinks[sink], self._reads.read(sink)
        meant = SinkRows(
            place=place,
            read=read,
            rows=self._meant(expected, read),
            clock=self._clock,
            repeats=may_repeat(place, had_fault=had_fault(self._steps)),
            since=self._seen.since(sink),
            captures=self._captures,
        )
        failures = tuple(map(self._explained, meant.hold(expected)))
        self._seen.mark(sink, read.records, expected.location)
        notes = (*meant.notes, self._left_out_of(sink))
        return Outcome(failures=failures, note=", ".join(filter(None, notes)))

    def _explained(self, failure: Failure) -> Failure:
        """With what the scenario did to the job, where that may be the reason."""
        told = (failure.detail, aftermath.why(self._steps, failure.rows))
        return replace(failure, detail="\n".join(filter(None, told)) or None)

    def _meant(self, expected: ExpectRows, read: Read) -> Sequence[Record]:
        """The rows of a sink that an expectation is about."""
        match expected.scope:
            case Scope.ALL:
                return read.records
            case Scope.NEW:
                return self._seen.new(expected.sink, read.records)
            case Scope.CHANGES:
                if read.changes is None:
                    raise ExpectationError(
                        f"{expected.sink} keeps no changes",
                        hint="`rows` are the state now",
                        location=expected.location,
                    )
                return read.changes

    def conserved(self, expected: ExpectConserved) -> Outcome:
        """What must have become of every row that was sent.

        Raises:
            ExpectationError: A sink does not have the fields that tell rows apart.
            SinkError: A sink cannot be read.
        """
        sent = self._ledger.of(expected)
        holdings = []
        for sink in expected.sinks:
            place, read = self._plan.pipeline.sinks[sink], self._reads.read(sink)
            repeats = may_repeat(place, had_fault=had_fault(self._steps))
            holdings.append(Holding(place=place, read=read, repeats=repeats))
        failure = conservation.hold(expected, sent, holdings)
        for holding in holdings:
            self._seen.mark(holding.place.name, holding.read.records, expected.location)
        notes = (conservation.note(sent, holdings), *map(self._left_out_of, expected.sinks))
        return Outcome.of(failure, ", ".join(filter(None, notes)))

    def schema(self, expected: ExpectSchema) -> Outcome:
        """What must be true of the schema that a sink's records are written with.

        Raises:
            ExpectationError: There is no schema.
            SinkError: The sink cannot be read.
            ServiceError: The registry does not answer.
        """
        assert self._registry is not None, "the plan asks for one"
        read, topic = self._reads.read(expected.of), self._plan.names[expected.of]
        found = written_schema.find(expected, topic, read.records, self._registry)
        return Outcome.of(written_schema.hold(expected, found), found.looked_at)

    # The job and the rules

    def job(self, expected: ExpectJob, job: JobFacts) -> Outcome:
        """What must be true of the job.

        Raises:
            ExpectationError: A metric's value cannot be read.
        """
        return Outcome.of(job_facts.hold(expected, job, self._clock), note=job.failed_on)

    def always(self, restarts: int, cause: Callable[[], str | None]) -> list[Failure]:
        """The job does not restart, dead letters are empty, every record can be decoded."""
        scenario, sinks = self._plan.scenario, self._plan.pipeline.sinks
        return [
            *always.restarts(scenario, restarts, cause),
            *always.dead_letters(scenario, sinks, self._reads.read),
            *always.undecodable(scenario, sinks, self._reads.read),
        ]

    def _left_out_of(self, sink: str) -> str:
        count = self._reads.left_out.get(sink)
        return f"{count} row{'' if count == 1 else 's'} of {sink} left out" if count else ""
