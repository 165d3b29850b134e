"""The keys of a pipeline file beside its places."""

from __future__ import annotations

from harness.scenario.language import choices
from harness.scenario.language.keys import Key, Vocabulary
from harness.scenario.language.shapes import (
    Choice,
    ListOf,
    MappingOf,
    NameOf,
    Nested,
    Places,
    Plain,
    Steps,
    Whole,
)

_TEXTS = ListOf(Plain.TEXT)
_KINDS = (
    Key("python", "The job is this Python script, run as its team wrote it.", Plain.PATH, "python: job.py"),
    Key("sql", "The job is the statements of this SQL file.", Plain.PATH, "sql: job.sql"),
    Key("jar", "The job is the main class of this jar.", Plain.PATH, "jar: job.jar"),
    Key(
        "managed_flink",
        "The job is this package of Managed Flink: the zip, jar or unpacked folder that is uploaded.",
        Plain.PATH,
        "managed_flink: job.jar",
    ),
    Key(
        "function",
        "The job is what this Python function builds, written `module:name`.",
        Plain.TEXT,
        "function: operators:tag",
    ),
)
_JOB = (
    *_KINDS,
    Key(
        "class",
        "The main class, where the manifest of the jar names none.",
        Plain.TEXT,
        "jar: job.jar\nclass: com.example.Orders",
    ),
    Key(
        "properties",
        "The property groups that the service would give to the application.",
        MappingOf("group", MappingOf("property", Plain.TEXT)),
        'managed_flink: job.jar\nproperties: {source: {brokers: "${kafka.bootstrap_servers}"}}',
    ),
    Key("args", "The arguments of the job, one item each.", _TEXTS, "python: job.py\nargs: [--env, test]"),
    Key(
        "env",
        "The environment variables of the job and its functions, or what `${NAME}` is in its SQL file.",
        MappingOf("variable", Plain.TEXT),
        'python: job.py\nenv: {BROKERS: "${kafka.bootstrap_servers}"}',
    ),
    Key(
        "connectors",
        f"What the job needs beside Flink: {', '.join(f'`{name}`' for name in choices.CATALOGUE)}, "
        "coordinates (`group:artefact:version`) or paths of jars.",
        ListOf(Plain.TEXT, or_one=True),
        "python: job.py\nconnectors: [kafka, jdbc-postgres]",
    ),
    Key(
        "parallelism",
        "How many parallel parts each step of the job has.",
        Whole(1),
        "python: job.py\nparallelism: 2",
        default="1",
    ),
    Key(
        "config",
        "Options of Flink for this job, each one key with dots in it.",
        MappingOf("option", Plain.TEXT),
        "python: job.py\nconfig: {state.backend.type: rocksdb}",
    ),
    Key(
        "python_env",
        "The interpreter of the job; if it is left out, that of its version of Flink.",
        Plain.TEXT,
        "python: job.py\npython_env: python3.11",
    ),
)
_LINKS = (
    Key(
        "reads",
        "The sources, tables and sinks of other jobs that this job reads.",
        ListOf(NameOf("place"), or_one=True),
        "python: job.py\nreads: [orders]\nwrites: [tagged]",
    ),
    Key(
        "writes",
        "The sinks that this job writes; one that another job reads links the two.",
        ListOf(NameOf("sink"), or_one=True),
        "python: job.py\nreads: [orders]\nwrites: [tagged]",
    ),
)
ONLY_KINDS = {
    "class": ("jar",),
    "properties": ("managed_flink",),
    "args": ("python", "jar"),
    # The service has no environment to set, and a jar would read that of Flink's JVM.
    "env": ("python", "sql"),
    "python_env": ("python", "managed_flink", "function", "sql"),
}
"""The keys of a job that not every kind of job has."""
JOB = Vocabulary.of("a job", *_JOB, elsewhere={"reads": "a job under `jobs`", "writes": "a job under `jobs`"})
ONE_OF_JOBS = Vocabulary.of("a job", *_JOB, *_LINKS)
VERSION = Vocabulary.of("a version of the job", *_JOB)

_TLS = Key(
    "tls",
    "Whether clients must speak TLS; `mutual` asks them for a certificate, too.",
    Choice(tuple(choices.TLS)),
    "tls: true",
    default="false",
)
KAFKA_SERVICE = Vocabulary.of(
    "`kafka` of `services`",
    _TLS,
    Key("sasl", "How clients log in.", Choice(choices.SASL), "sasl: plain"),
    Key(
        "certificate",
        "What certificate the broker shows, to see how the job takes a wrong one.",
        Choice(choices.CERTIFICATES),
        "tls: true\ncertificate: expired",
        default="valid",
    ),
)
REGISTRY_SERVICE = Vocabulary.of(
    "`schema_registry` of `services`",
    _TLS,
    Key("auth", "Clients must give a user and a password.", Choice(choices.AUTH), "auth: basic"),
    Key(
        "compatibility",
        "Which new versions of a schema the registry takes.",
        Choice(choices.LEVELS, any_case=True),
        "compatibility: full",
        default="backward",
    ),
)
POSTGRES_SERVICE = Vocabulary.of(
    "`postgres` of `services`",
    Key(
        "schema",
        "The SQL file with the tables; every scenario gets a fresh copy of them.",
        Plain.PATH,
        "schema: tables.sql",
    ),
    Key("database", "The name of the database, if the job has it in its code.", Plain.TEXT, "database: shop"),
    Key(
        "user",
        "The user, if the job has it in its code; `password` belongs to it.",
        Plain.TEXT,
        "user: app\npassword: test",
    ),
    Key("password", "The password of `user`.", Plain.TEXT, "user: app\npassword: test"),
)
KINESIS_SERVICE = Vocabulary.of(
    "`kinesis` of `aws`",
    Key("shards", "The shards of every stream that does not say `partitions`.", Whole(1), "shards: 2"),
)
AWS_SERVICE = Vocabulary.of(
    "`aws` of `services`",
    Key("kinesis", "Options of the streams.", Nested(KINESIS_SERVICE), "kinesis: {shards: 2}"),
)
OPENSEARCH_SERVICE = Vocabulary.of("`opensearch` of `services`")
SERVICES = Vocabulary.of(
    "`services`",
    Key("kafka", "How the Kafka broker is secured.", Nested(KAFKA_SERVICE), "kafka: {tls: true}"),
    Key(
        "schema_registry",
        "How the schema registry is secured, and what it accepts.",
        Nested(REGISTRY_SERVICE),
        "schema_registry: {compatibility: full}",
    ),
    Key(
        "postgres",
        "The tables and names of the database.",
        Nested(POSTGRES_SERVICE),
        "postgres: {schema: tables.sql}",
    ),
    Key("aws", "Options of Kinesis.", Nested(AWS_SERVICE), "aws: {kinesis: {shards: 2}}"),
    Key("opensearch", "Says that OpenSearch is needed.", Nested(OPENSEARCH_SERVICE), "opensearch: {}"),
)
PIPELINE = Vocabulary.of(
    "a pipeline",
    Key(
        "pipeline",
        "The name of the pipeline, which scenarios refer to.",
        Plain.TEXT,
        "pipeline: orders",
        needed=True,
    ),
    Key(
        "flink",
        "The version of Flink; with a list, every scenario runs once per version.",
        ListOf(Choice(choices.FLINK), or_one=True),
        'flink: "1.20"',
        default="1.20",
    ),
    Key("job", "What is under test.", Nested(JOB), "job: {python: job.py}"),
    Key(
        "jobs",
        "Several jobs by name, instead of `job`.",
        MappingOf("job", Nested(ONE_OF_JOBS)),
        "jobs: {tag: {python: job.py, reads: [orders, payments], writes: [totals, refused, latest, audit]}}",
    ),
    Key(
        "versions",
        "Other versions of the job by name, each with the keys of `job` that differ; a `start` can name one.",
        MappingOf("version", Nested(VERSION)),
        "versions: {v2: {python: job_v2.py}}",
    ),
    Key(
        "services",
        "Options of the services; a service without options needs no mention.",
        Nested(SERVICES),
        "services: {postgres: {schema: tables.sql}}",
    ),
    Key(
        "sources",
        "Where the job reads, by names that scenarios use.",
        Places("source"),
        "sources: {orders: {kafka: orders, format: json, heartbeat: {order_id: ping}}}",
    ),
    Key(
        "tables",
        "Where the job looks things up; scenarios put rows there.",
        Places("table"),
        "tables: {customers: {postgres: public.customers, key: [customer]}}",
    ),
    Key(
        "sinks",
        "Where the job writes, by names that scenarios use.",
        Places("sink"),
        "sinks: {totals: {postgres: public.totals, key: [customer]}}",
    ),
    Key(
        "files",
        "Files or certificates that the job finds at a fixed path.",
        MappingOf("path", Plain.TEXT),
        "files: {/etc/app/properties.json: properties.json}",
    ),
    Key(
        "hosts",
        "The service that answers at a fixed host name and port.",
        MappingOf("host:port", Choice(choices.SERVICES)),
        'hosts: {"kafka:9092": kafka}',
    ),
    Key(
        "given",
        "Steps that come before those of every scenario.",
        Steps(("send", "put", "remove")),
        "given: [{put: customers, rows: [{customer: c1, name: Ada}]}]",
    ),
    Key(
        "finish",
        "What happens after the last step of every scenario.",
        Choice(choices.FINISH),
        "finish: settle",
        default="settle",
    ),
)
