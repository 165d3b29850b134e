"""The words that can stand behind a key, where only certain words can."""

from __future__ import annotations

from harness.codecs.schema import FORMATS as SCHEMA_FORMATS
from harness.scenario.model import JobKind, LinkState, Match, Mode, System, Victim

FLINK = ("1.20", "2.2")
FINISH = ("settle", "end_of_input")
PROOFS = ("exactly_once", "order_independent", "rescale")
JOB_KINDS = tuple(kind.value for kind in JobKind)
CATALOGUE = ("kafka", "jdbc-postgres", "avro-confluent", "json")
LATER_CATALOGUE = (*("kinesis", "avro", "protobuf", "parquet", "s3", "opensearch", "dynamodb", "sqs"),)

TLS = {"false": "off", "true": "server", "mutual": "mutual"}
"""What `tls` says, and what it is called further on."""
SASL = ("plain", "scram-sha-256", "scram-sha-512")
CERTIFICATES = ("valid", "expired", "untrusted")
AUTH = ("basic",)
LEVELS = (
    *("backward", "backward_transitive", "forward", "forward_transitive"),
    *("full", "full_transitive", "none"),
)
SERVICES = ("kafka", "schema_registry", "postgres", "aws", "opensearch")

SYSTEMS = tuple(system.value for system in System)
STREAMS = ("stdout", "stderr")
FORMATS = ("json", "raw", *SCHEMA_FORMATS)
CHANGELOG_FORMATS = ("debezium-json", "debezium-avro-confluent", "canal-json", "maxwell-json", "ogg-json")
LATER_FORMATS = (*("lines", "csv", "avro", "parquet", "orc", "protobuf"), *CHANGELOG_FORMATS)
FILE_FORMATS = ("json", "csv", "lines", "raw", "avro", "parquet", "orc")
KEY_FORMATS = ("json", "raw", "csv", "avro-confluent", "json-schema-confluent", "protobuf-confluent")
TIMES = ("epoch_s", "epoch_ms", "epoch_us", "iso")
MODES = tuple(mode.value for mode in Mode)
ISOLATIONS = ("read_committed", "read_uncommitted")
DELIVERIES = ("exactly_once", "at_least_once")

MATCHES = tuple(match.value for match in Match)
STATES = ("running", "finished", "failed")
BLANK = ("null",)
KILLED = (Victim.TASKMANAGER.value, Victim.JOBMANAGER.value, Victim.PYTHON_WORKER.value)
FAILED = (Victim.JOB.value,)
LINKS = tuple(state.value for state in LinkState)
TIMERS = ("timers",)
OPERATIONS = {
    "insert": "insert",
    "update_before": "update_before",
    "update_after": "update_after",
    "delete": "delete",
    "+I": "insert",
    "-U": "update_before",
    "+U": "update_after",
    "-D": "delete",
}
"""What `$op` can say, with its plain name."""
