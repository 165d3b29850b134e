"""The card system's package for Managed Flink: what is in it, and how its decoder reads what arrives."""

from __future__ import annotations

import importlib.util
import io
import json
import os
import shutil
import struct
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType
from typing import Any

import fastavro
import pytest

pytestmark = pytest.mark.integration

CARD = Path(__file__).parents[2] / "fixtures" / "pipelines" / "card_system"
SCHEMA = json.loads((CARD / "transaction.avsc").read_text())
OF_THE_SERVICE = ("avro", "fastavro", "requests", "urllib3", "certifi", "idna", "charset_normalizer")
"""What the decoder imports and the service has, because PyFlink needs it."""

DECODES = """
import sys
from confluent_kafka.avro.serializer.message_serializer import MessageSerializer
from confluent_kafka.avro.cached_schema_registry_client import CachedSchemaRegistryClient
client = CachedSchemaRegistryClient({"url": sys.argv[1]})
print(MessageSerializer(client).decode_message(bytes.fromhex(sys.argv[2]))["amount"])
"""


def build(folder: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(folder / "package.py")],
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@pytest.fixture(scope="module")
def target() -> Path:
    if not shutil.which("mvn"):
        pytest.skip("needs Maven on the PATH")
    done = build(CARD)
    assert done.returncode == 0, done.stdout + done.stderr
    return CARD / "target"


@pytest.fixture
def registry() -> Iterator[str]:
    """A registry that knows one schema, by the id 1; under /broken it knows that it is ill."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            known = self.path == "/schemas/ids/1"
            answer = json.dumps({"schema": json.dumps(SCHEMA)} if known else {"error_code": 40403}).encode()
            self.send_response(200 if known else 503 if self.path.startswith("/broken") else 404)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def message(transaction_id: str, **fields: Any) -> bytes:
    record = {
        "transaction_id": transaction_id,
        "card_id": "c1",
        "amount": Decimal("12.50"),
        "status": "approved",
        "occurred_at": datetime(2026, 3, 1, 12, tzinfo=UTC),
        **fields,
    }
    out = io.BytesIO()
    fastavro.schemaless_writer(out, fastavro.parse_schema(SCHEMA), record)
    return struct.pack(">bI", 0, 1) + out.getvalue()


def unpack(package: Path, folder: Path) -> Path:
    with zipfile.ZipFile(package) as archive:
        archive.extractall(folder, [name for name in archive.namelist() if name.startswith("ssl_utils/")])
    return folder / "ssl_utils"


def decode_as_the_service(libraries: Path, tmp_path: Path, url: str) -> subprocess.CompletedProcess[str]:
    """Run the decoder in an interpreter that has these libraries and PyFlink's, and no other."""
    site = tmp_path / "site"
    site.mkdir()
    for name in OF_THE_SERVICE:
        spec = importlib.util.find_spec(name)
        assert spec is not None
        assert spec.origin is not None
        (site / name).symlink_to(Path(spec.origin).parent)
    return subprocess.run(
        [sys.executable, "-S", "-c", DECODES, url, message("t1").hex()],
        env={"PYTHONPATH": os.pathsep.join([str(libraries), str(site)])},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_the_package_holds_the_job_one_jar_and_of_the_library_only_what_decodes(target: Path) -> None:
    with zipfile.ZipFile(target / "card.zip") as archive:
        names = archive.namelist()
        emptied = archive.read("ssl_utils/confluent_kafka/__init__.py")

    jars = [name for name in names if name.endswith(".jar")]
    others = [name for name in names if not name.startswith("ssl_utils/confluent_kafka/avro/")]
    assert jars == ["lib/TableAPICustomKeystore-0.1.jar"]
    assert others == ["job.py", *jars, "ssl_utils/confluent_kafka/__init__.py"]
    assert emptied == b""


def test_the_jar_names_the_factories_of_all_its_connectors_and_has_nothing_of_flink_itself(
    target: Path,
) -> None:
    with zipfile.ZipFile(target / "card.zip") as package:
        jar = zipfile.ZipFile(io.BytesIO(package.read("lib/TableAPICustomKeystore-0.1.jar")))
    services = jar.read("META-INF/services/org.apache.flink.table.factories.Factory").decode()
    factories = {line.rpartition(".")[2] for line in services.splitlines() if line and line[0] != "#"}
    flink = {name for name in jar.namelist() if name.startswith("org/apache/flink/") and name[-1] != "/"}
    connectors = ("org/apache/flink/connector/", "org/apache/flink/streaming/connectors/")

    assert {
        "KafkaWithKeystoreTableFactory",
        "KafkaDynamicTableFactory",
        "JdbcDynamicTableFactory",
    } <= factories
    assert not [name for name in flink if name.startswith("org/apache/flink/connector/base/")]
    assert {name for name in flink if not name.startswith(connectors)} == {
        name for name in flink if name.startswith("org/apache/flink/streaming/util/serialization/")
    }
    assert not [name for name in jar.namelist() if name.endswith((".SF", ".RSA", ".DSA"))]


def test_nothing_is_built_again_that_has_not_changed(target: Path) -> None:
    files = [target / "card.zip", target / "card-lacking.zip", *(CARD / "uber_jar" / "target").glob("*.jar")]
    before = [file.stat().st_mtime_ns for file in files]

    done = build(CARD, PATH="/nowhere")

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert [file.stat().st_mtime_ns for file in files] == before


def test_without_maven_the_build_says_what_is_missing(tmp_path: Path) -> None:
    folder = tmp_path / "card"
    shutil.copytree(CARD, folder, ignore=shutil.ignore_patterns("target"))

    done = build(folder, PATH="/nowhere")

    assert done.returncode == 1
    assert "there is no `mvn` on the PATH" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_trimmed_library_decodes_where_there_is_no_librdkafka(
    target: Path, tmp_path: Path, registry: str
) -> None:
    libraries = unpack(target / "card.zip", tmp_path / "card")

    done = decode_as_the_service(libraries, tmp_path, registry)

    assert (done.stdout, done.stderr) == ("12.50\n", "")


def test_the_lacking_package_fails_by_its_missing_c_library(
    target: Path, tmp_path: Path, registry: str
) -> None:
    libraries = unpack(target / "card-lacking.zip", tmp_path / "card")

    done = decode_as_the_service(libraries, tmp_path, registry)

    assert done.returncode == 1
    assert "cannot import name 'cimpl'" in done.stderr


class Counter:
    """Stands for the metric, its group and the context of the function."""

    count = 0

    def get_metric_group(self) -> Counter:
        return self

    def counter(self, _name: str) -> Counter:
        return self

    def inc(self) -> None:
        self.count += 1


@pytest.fixture(scope="module")
def job() -> ModuleType:
    spec = importlib.util.spec_from_file_location("card_system_job", CARD / "job.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def opened(job: ModuleType, url: str) -> tuple[Any, Counter]:
    function, counter = job.Decode({"url": url}), Counter()
    function.open(counter)
    return function, counter


def test_a_broken_first_record_does_not_change_how_the_next_are_read(job: ModuleType, registry: str) -> None:
    function, counter = opened(job, registry)

    (broken,), (good,) = function.eval(message("t1")[:12]), function.eval(message("t2"))

    assert broken[-1] == "undecodable: the bytes are not those of their schema"
    assert counter.count == 1
    assert (good[0], good[3], good[5], good[-1]) == ("t2", Decimal("12.50"), datetime(2026, 3, 1, 12), None)  # noqa: DTZ001 - Flink's TIMESTAMP


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"\0\0\0\0\x63abc", "undecodable: unable to fetch schema with id 99"),
        (b"{not avro", "undecodable: message does not start with magic byte"),
        (b"\0\0\0\0\x63", "undecodable: message is too small to decode"),
        (b"", "undecodable: message is too small to decode"),
    ],
)
def test_undecodable_bytes_are_rejected_with_their_reason_and_counted(
    job: ModuleType, registry: str, payload: bytes, reason: str
) -> None:
    function, counter = opened(job, registry)

    (row,) = function.eval(payload)

    assert (row[0], row[-1], counter.count) == (None, reason, 1)


@pytest.mark.parametrize("path", ["/broken", ":1"])
def test_a_registry_that_gives_no_answer_is_no_fault_of_the_data(
    job: ModuleType, registry: str, path: str
) -> None:
    function, counter = opened(job, "http://127.0.0.1:1" if path == ":1" else registry + path)

    with pytest.raises(job.RegistryUnavailable, match="schema registry"):
        next(function.eval(message("t1")))
    assert counter.count == 0
