"""Makes and removes what leases name: topics and databases.

A process of its own, so that the keeper imports no client of a service and cannot die of one. JSON
lines on standard input, answers on standard output; requests run side by side.
"""

from __future__ import annotations

import hashlib
import json
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient, NewTopic  # type: ignore[attr-defined]  # not in `__all__`
from psycopg import sql

from harness import platform
from harness.clock import Deadline

SECONDS = 30
LOOK_SECONDS = 0.2
"""Between two looks at whether the broker that is asked still lives."""
SPARE = 2
"""Databases that are cloned ahead of the next leases."""

# Kafka makes both when the first group or transaction comes, and that one waits a second for them.
INTERNAL_TOPICS = ("__consumer_offsets", "__transaction_state")


class Refused(Exception):
    """A request that cannot be met, with a reason for the user."""


@dataclass(kw_only=True)
class Server:
    """One Postgres server: its administration connection, its templates and its spare clones."""

    connection: psycopg.Connection[Any]
    lock: threading.Lock = field(default_factory=threading.Lock)
    templates: dict[str, str] = field(default_factory=dict)
    spare: dict[str, list[str]] = field(default_factory=dict)
    made: int = 0


class Janitor:
    """All that the requests of one keeper need to remember."""

    def __init__(self) -> None:
        self.admins: dict[str, AdminClient] = {}
        self.servers: dict[str, Server] = {}
        self.gone: set[str] = set()
        self.lock = threading.Lock()
        self.pool = ThreadPoolExecutor(16)

    # Kafka

    def prepare_broker(self, bootstrap: str) -> None:
        """Make the internal topics of a fresh broker."""
        topics = [NewTopic(name, 1, 1, config={"cleanup.policy": "compact"}) for name in INTERNAL_TOPICS]
        self._create(bootstrap, topics)

    def make_topics(self, bootstrap: str, topics: list[dict[str, Any]]) -> None:
        """Make topics; one that is there already is deleted first, so that every lease starts empty."""
        wanted = [NewTopic(t["name"], t["partitions"], 1) for t in topics]
        left = self._create(bootstrap, wanted)
        if left:
            self.delete_topics(bootstrap, [t.topic for t in left])
            left = self._create(bootstrap, left)
        if left:
            raise Refused(f"topic {left[0].topic} exists already and cannot be deleted")

    def delete_topics(self, bootstrap: str, topics: list[str]) -> None:
        """Delete topics that may be gone already."""
        for name, future in self._admin(bootstrap).delete_topics(topics, operation_timeout=SECONDS).items():
            try:
                self._wait(future, bootstrap)
            except KafkaException as error:
                if error.args[0].code() != KafkaError.UNKNOWN_TOPIC_OR_PART:
                    raise Refused(f"topic {name} cannot be deleted: {error.args[0].str()}") from error

    def _create(self, bootstrap: str, topics: list[NewTopic]) -> list[NewTopic]:
        """Create topics; returns those that exist already."""
        if not topics:
            return []
        existing = []
        futures = self._admin(bootstrap).create_topics(topics, operation_timeout=SECONDS)
        for topic in topics:
            try:
                self._wait(futures[topic.topic], bootstrap)
            except KafkaException as error:
                if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                    raise Refused(f"topic {topic.topic} cannot be made: {error.args[0].str()}") from error
                existing.append(topic)
        return existing

    def _wait(self, future: Future[object], bootstrap: str) -> None:
        """Wait for a broker's answer, but not for that of one that has ended meanwhile."""
        deadline = Deadline(SECONDS)
        while True:
            try:
                future.result(LOOK_SECONDS)
            except TimeoutError:
                if bootstrap in self.gone:
                    raise Refused(f"the broker at {bootstrap} has ended") from None
                if deadline.passed:
                    raise Refused(f"the broker at {bootstrap} did not answer in {SECONDS} s") from None
            else:
                return

    def _admin(self, bootstrap: str) -> AdminClient:
        with self.lock:
            if bootstrap not in self.admins:
                self.admins[bootstrap] = AdminClient({"bootstrap.servers": bootstrap, "log_level": 0})
            return self.admins[bootstrap]

    # Postgres

    def prepare_server(self, sockets: str, port: int, user: str, password: str) -> None:
        """Give the role of a fresh server its password."""
        connection = psycopg.connect(
            host=sockets, port=port, user=user, dbname="postgres", autocommit=True, connect_timeout=SECONDS
        )
        role, secret = sql.Identifier(user), sql.Literal(password)
        connection.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(role, secret))
        with self.lock:
            self.servers[sockets] = Server(connection=connection)

    def make_role(self, sockets: str, user: str, password: str) -> None:
        """A role that a job names itself, with the rights of the owner of all tables."""
        server = self.servers[sockets]
        with server.lock:
            role, secret = sql.Identifier(user), sql.Literal(password)
            found = server.connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [user]).fetchone()
            verb = sql.SQL("ALTER" if found else "CREATE")
            statement = sql.SQL("{} ROLE {} LOGIN PASSWORD {}; GRANT {} TO {}")
            owner = sql.Identifier(server.connection.info.user)
            server.connection.execute(statement.format(verb, role, secret, owner, role))

    def make_database(self, sockets: str, schema: str | None, name: str | None) -> str:
        """A database cloned from the template that `schema` fills; the next fresh ones are cloned ahead."""
        server = self.servers[sockets]
        if name is not None:
            with server.lock:
                return self._clone(server, self._template(server, schema), name)
        with server.lock:
            template = self._template(server, schema)
            spare = server.spare.setdefault(template, [])
            name = spare.pop() if spare else self._clone(server, template)
        self.pool.submit(self._refill, server, template)
        return name

    def drop_database(self, sockets: str, name: str) -> None:
        """Drop a database and whatever is still connected to it."""
        server = self.servers[sockets]
        with server.lock:
            statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
            server.connection.execute(statement)

    def forget(self, place: str) -> None:
        """Let go of a service that ended: a broker's address or a server's socket folder."""
        with self.lock:
            self.gone.add(place)
            self.admins.pop(place, None)
            server = self.servers.pop(place, None)
        if server is not None:
            server.connection.close()

    def _refill(self, server: Server, template: str) -> None:
        with server.lock:
            spare = server.spare.setdefault(template, [])
            if len(spare) < SPARE and not server.connection.closed:
                spare.append(self._clone(server, template))

    def _clone(self, server: Server, template: str, name: str | None = None) -> str:
        if name is None:
            server.made += 1
            name = f"scenario_{server.made}"
        # File copy is twice as fast as the log-based default while data lie in shared memory.
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY")
        server.connection.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))
        return name

    def _template(self, server: Server, schema: str | None) -> str:
        if schema is None:
            return "template1"
        path = Path(schema)
        try:
            text = path.read_text()
        except (OSError, UnicodeDecodeError) as error:
            raise Refused(f"{path} cannot be read: {error}") from error
        digest = hashlib.sha256(text.encode()).hexdigest()[:16]
        if digest not in server.templates:
            name = f"template_{digest}"
            server.connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
            info = server.connection.info
            try:
                with psycopg.connect(
                    host=info.host, port=info.port, user=info.user, dbname=name, autocommit=True
                ) as connection:
                    connection.execute(text.encode())
            except psycopg.Error as error:
                server.connection.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(name)))
                raise Refused(f"{path}{_line(text, error)}: {error.diag.message_primary or error}") from error
            server.templates[digest] = name
        return server.templates[digest]


def _line(text: str, error: psycopg.Error) -> str:
    """`:line` of a statement's error, if the server told its position."""
    position = error.diag.statement_position
    return f":{text[: int(position) - 1].count(chr(10)) + 1}" if position else ""


def main() -> None:
    """Serve until standard input ends."""
    platform.die_with_parent()
    janitor = Janitor()
    verbs: dict[str, Callable[..., object]] = {
        name: getattr(janitor, name)
        for name in (
            *("prepare_broker", "make_topics", "delete_topics"),
            *("prepare_server", "make_role", "make_database", "drop_database", "forget"),
        )
    }
    writing = threading.Lock()

    def serve(request: dict[str, Any]) -> None:
        answer: dict[str, Any] = {"id": request["id"]}
        try:
            answer["ok"] = verbs[request["verb"]](**request["arguments"])
        except Refused as error:
            answer["error"] = str(error)
        except Exception as error:  # noqa: BLE001 - whatever a client library raises must reach the keeper
            answer["error"] = f"{request['verb']}: {type(error).__name__}: {error}".strip()
        with writing:
            sys.stdout.write(json.dumps(answer) + "\n")
            sys.stdout.flush()

    for line in sys.stdin:
        janitor.pool.submit(serve, json.loads(line))


if __name__ == "__main__":
    main()
