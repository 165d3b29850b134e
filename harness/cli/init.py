"""`harness init`: a first pipeline and scenario, made of what a broker, a database and a job tell."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import click

from harness.connections.schema_registry import Registry
from harness.environment import RegistryEndpoint
from harness.errors import SettingsError
from harness.location import shown
from harness.scaffold.editor_schema import write_schemas
from harness.scaffold.files import Project, files_of
from harness.scaffold.found import FoundJob, FoundPlace, Saved
from harness.scaffold.jobs import look_at
from harness.scenario.places.places import Role
from harness.settings import project_root

RECORDS = 100
"""How many of a topic's last records are looked at."""
_NAME = re.compile(r"[A-Za-z0-9][\w.-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What `harness init` was asked to look at; topics and tables as `NAME` or `NAME=role`."""

    name: str
    topics: tuple[str, ...]
    bootstrap: str | None
    registry: str | None
    tables: tuple[str, ...]
    dsn: str | None
    job: Path | None


@click.command()
@click.argument("name", required=False)
@click.option("--topic", "topics", multiple=True, metavar="NAME[=sink]", help="a topic; a source if not said")
@click.option("--bootstrap", metavar="HOST:PORT", help="the broker that has the topics")
@click.option("--registry", metavar="URL", help="the schema registry of the topics")
@click.option(
    "--table", "tables", multiple=True, metavar="NAME[=table]", help="a Postgres table; a sink if not said"
)
@click.option("--dsn", metavar="DSN", help="the database that has the tables; it is written nowhere")
@click.option(
    "--job", type=click.Path(path_type=Path), help="the job, a .py or .sql file; it is read, not run"
)
@click.option("--force", is_flag=True, help="overwrite files that are there")
def init(
    name: str | None,
    topics: tuple[str, ...],
    bootstrap: str | None,
    registry: str | None,
    tables: tuple[str, ...],
    dsn: str | None,
    job: Path | None,
    *,
    force: bool,
) -> int:
    """Make a first pipeline and scenario.

    Looks at topics, at tables and at the text of a job, and writes what it finds into this folder, with a
    TODO where something cannot be known. Nothing is written to the broker or the database.
    """
    flags = (topics, bootstrap, registry, tables, dsn, job)
    if sys.stdin.isatty() and not any(flags):
        asked = _ask(name)
    else:
        asked = Asked(
            name=name or (job.stem if job else ""),
            topics=topics,
            bootstrap=bootstrap,
            registry=registry,
            tables=tables,
            dsn=dsn,
            job=job,
        )
    _check(asked)
    found_job, places = look_at(asked.job) if asked.job else (None, ())
    seen = [*_topics(asked), *_tables(asked)]
    folder = Path.cwd()
    project = Project(
        name=asked.name,
        job=_named_from(found_job, asked.job, folder),
        places=tuple(_together(places, seen)),
        root=project_root(folder),
        folder=folder,
    )
    _write(files_of(project), folder, force=force)
    write_schemas(project.root)
    click.echo(f"look for TODO in them, then: harness check, and harness run {asked.name}.scenario.yaml")
    return 0


def _ask(name: str | None) -> Asked:
    """Ask for what no flag says; an empty answer leaves a thing out."""
    name = name or click.prompt("a name for the pipeline")
    job = click.prompt("the job, a .py or .sql file", default="", show_default=False)
    topics = _words(click.prompt("topics, as `orders` or `orders.done=sink`", default="", show_default=False))
    bootstrap = registry = dsn = None
    if topics:
        bootstrap = click.prompt("their broker", default="localhost:9092")
        registry = click.prompt("their schema registry (URL)", default="", show_default=False) or None
    tables = _words(click.prompt("Postgres tables, as `public.orders`", default="", show_default=False))
    if tables:
        dsn = click.prompt("their database (postgresql://...)", hide_input=True)
    return Asked(
        name=str(name),
        topics=topics,
        bootstrap=bootstrap,
        registry=registry,
        tables=tables,
        dsn=dsn,
        job=Path(job) if job else None,
    )


def _words(text: str) -> tuple[str, ...]:
    return tuple(filter(None, re.split(r"[,\s]+", text)))


def _check(asked: Asked) -> None:
    """Refuse what says too little.

    Raises:
        SettingsError: With what is missing.
    """
    if not asked.name:
        raise SettingsError("the pipeline needs a name", hint="as in `harness init orders --job job.py`")
    if not _NAME.fullmatch(asked.name):
        raise SettingsError(f"`{asked.name}` is no name", hint="a name is letters, digits, `.`, `_` and `-`")
    if not (asked.topics or asked.tables or asked.job):
        hint = "give `--job`, `--topic` with `--bootstrap`, or `--table` with `--dsn`"
        raise SettingsError("there is nothing to look at", hint=hint)
    if asked.topics and not asked.bootstrap:
        raise SettingsError("`--topic` needs `--bootstrap`", hint="as in `--bootstrap localhost:9092`")
    if asked.tables and not asked.dsn:
        raise SettingsError("`--table` needs `--dsn`", hint="as in `--dsn postgresql://localhost/shop`")


def _topics(asked: Asked) -> Iterator[FoundPlace]:
    if not asked.topics or asked.bootstrap is None:
        return
    from harness.scaffold import topics

    registry = Registry(_endpoint(asked.registry)) if asked.registry else None
    try:
        for text in asked.topics:
            name, role = _with_role(text, Role.SOURCE)
            yield topics.place_of(topics.read_topic(asked.bootstrap, name, RECORDS), role, registry)
    finally:
        if registry is not None:
            registry.close()


def _tables(asked: Asked) -> Iterator[FoundPlace]:
    if not asked.tables or asked.dsn is None:
        return
    from harness.scaffold import tables

    for text in asked.tables:
        name, role = _with_role(text, Role.SINK)
        yield tables.read_table(asked.dsn, name, role)


def _with_role(text: str, otherwise: Role) -> tuple[str, Role]:
    name, given, word = text.partition("=")
    if not given:
        return name, otherwise
    roles = {role.value: role for role in Role}
    if word not in roles:
        raise SettingsError(f"`{word}` is no role", hint="source, table or sink")
    return name, roles[word]


def _endpoint(url: str) -> RegistryEndpoint:
    parts = urlsplit(url)
    if not parts.hostname:
        raise SettingsError("`--registry` is no URL", hint="as in `--registry http://localhost:8081`")
    host = parts.hostname if parts.port is None else f"{parts.hostname}:{parts.port}"
    bare = urlunsplit((parts.scheme, host, parts.path, "", ""))
    return RegistryEndpoint(url=bare, internal=bare, user=parts.username or "", password=parts.password or "")


def _together(places: tuple[FoundPlace, ...], seen: list[FoundPlace]) -> Iterator[FoundPlace]:
    """The places of the job with what was seen of them, then what only was seen."""
    left = list(seen)
    for place in places:
        match = next((one for one in left if _is_same(place, one, places, seen)), None)
        if match is None:
            yield place
        else:
            left.remove(match)
            yield place.with_more(match)
    names = {place.name for place in places}
    for one in left:
        yield one if one.name not in names else replace(one, name=f"{one.name}_{one.role.value}")
        names.add(one.name)


def _is_same(
    place: FoundPlace, one: FoundPlace, places: tuple[FoundPlace, ...], seen: list[FoundPlace]
) -> bool:
    """Whether they have one address, or are the only ones that can be meant by each other."""
    if place.system is not one.system:
        return False
    if place.address is not None:
        return place.address == one.address
    alike = [p for p in places if p.address is None and (p.system, p.role) == (place.system, place.role)]
    others = [p for p in seen if (p.system, p.role) == (place.system, place.role)]
    return place.role is one.role and len(alike) == len(others) == 1


def _named_from(job: FoundJob | None, path: Path | None, folder: Path) -> FoundJob | None:
    if job is None or path is None:
        return None
    full = path.resolve()
    inside = full.is_relative_to(folder.resolve())
    return replace(job, path=full.relative_to(folder.resolve()).as_posix() if inside else str(full))


def _write(files: list[Saved], folder: Path, *, force: bool) -> None:
    there = [file.name for file in files if (folder / file.name).exists()]
    if there and not force:
        names = ", ".join(f"`{name}`" for name in there)
        hint = "nothing was written; `--force` overwrites"
        raise SettingsError(f"there {'is' if len(there) == 1 else 'are'} {names} already", hint=hint)
    for file in files:
        (folder / file.name).write_text(file.text, encoding="utf-8")
        click.echo(f"wrote {shown(folder / file.name)}")
