"""What a pipeline file and a scenario file say, as frozen data; every part knows where it was written."""

from harness.scenario.model.expectations import (
    ExpectConserved,
    ExpectJob,
    ExpectRows,
    ExpectSchema,
    Match,
    Scope,
)
from harness.scenario.model.job import Job, JobKind
from harness.scenario.model.pipeline import Pipeline
from harness.scenario.model.place import FRESH, Mode, Place, SchemaFile, System
from harness.scenario.model.scenario import Scenario
from harness.scenario.model.services import AwsOptions, KafkaOptions, PostgresOptions, RegistryOptions
from harness.scenario.model.steps import (
    EXPECTATIONS,
    Advance,
    EndOfInput,
    Evolve,
    Expectation,
    Fault,
    Link,
    LinkState,
    Put,
    Remove,
    Reshard,
    Savepoint,
    Send,
    Settle,
    Start,
    Step,
    Stop,
    Victim,
)
from harness.scenario.model.words import Between, Text

__all__ = [
    "EXPECTATIONS",
    "FRESH",
    "Advance",
    "AwsOptions",
    "Between",
    "EndOfInput",
    "Evolve",
    "ExpectConserved",
    "ExpectJob",
    "ExpectRows",
    "ExpectSchema",
    "Expectation",
    "Fault",
    "Job",
    "JobKind",
    "KafkaOptions",
    "Link",
    "LinkState",
    "Match",
    "Mode",
    "Pipeline",
    "Place",
    "PostgresOptions",
    "Put",
    "RegistryOptions",
    "Remove",
    "Reshard",
    "Savepoint",
    "Scenario",
    "SchemaFile",
    "Scope",
    "Send",
    "Settle",
    "Start",
    "Step",
    "Stop",
    "System",
    "Text",
    "Victim",
]
