"""The words that can stand behind a key, where only certain words can."""

from __future__ import annotations

from harness.codecs import changelog
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
FORMATS = ("json", "raw", "lines", "csv", *SCHEMA_FORMATS, *changelog.WRITERS)
CHANGELOG_FORMATS = changelog.FORMATS
LATER_FORMATS = ("parquet", "orc")
"""Read, but not run yet on Kafka."""
FILE_FORMATS = ("json", "csv", "lines", "raw", "avro", "parquet", "orc")
LATER_FILE_FORMATS = ("avro", "parquet", "orc")
"""Read, but not run yet on files."""
KEY_FORMATS = (
    *("json", "string", "raw", "csv"),
    *(name for name in SCHEMA_FORMATS if name not in changelog.FORMATS),
)
STRATEGIES = ("topic", "record", "topic_record")
TIMES = ("epoch_s", "epoch_ms", "epoch_us", "iso", "sql")
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
OPERATIONS = {word: op.value for word, op in changelog.OPS.items()}
"""What `$op` can say, with its plain name."""
