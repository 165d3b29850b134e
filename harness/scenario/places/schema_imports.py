"""What a schema file refers to, found in the files beside it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import TypeVar

from harness.codecs import avro_schema
from harness.codecs.schema import Import, Language, Schema, check_import, read_schema
from harness.codecs.schema_error import SchemaError, UnknownName

MAX_BYTES = 4 * 1024 * 1024
MAX_IMPORTS = 200
T = TypeVar("T")


class ImportedError(Exception):
    """What is wrong with a file that a schema refers to.

    Attributes:
        path: The file.
        text: What it holds.
        error: What is wrong.
    """

    def __init__(self, path: Path, text: str, error: SchemaError) -> None:
        super().__init__(error.message)
        self.path = path
        self.text = text
        self.error = error


def read_with_imports(language: Language, text: str, message: str | None, path: Path) -> Schema:
    """The schema that a file is, with what it refers to.

    A name of Avro is looked up in the `.avsc` files of its folder, whatever they are called; an import of
    Protobuf is a path below that folder or one that is above it.

    Raises:
        SchemaError: It is none, or it refers to what is not there.
        ImportedError: What it refers to is none.
    """

    def read(imports: tuple[Import, ...]) -> Schema:
        return read_schema(language, text, message, imports)

    return _resolved(language, read, (path,))


def _resolved(language: Language, read: Callable[[tuple[Import, ...]], T], above: tuple[Path, ...]) -> T:
    imports: tuple[Import, ...] = ()
    while True:
        try:
            return read(imports)
        except UnknownName as error:
            found = _find(language, error, above[-1])
            if found is None or len(imports) >= MAX_IMPORTS:
                raise
            name, path = found
            if path in above:
                raise SchemaError(
                    f"{path.name} and {above[-1].name} refer to each other",
                    path=error.path,
                    position=error.position,
                ) from None
            imports = (*imports, _import(language, name, path, above))


def _import(language: Language, name: str, path: Path, above: tuple[Path, ...]) -> Import:
    text = _text(path) or ""

    def read(imports: tuple[Import, ...]) -> Import:
        check_import(language, text, imports)
        return Import(name, text, imports)

    try:
        return _resolved(language, read, (*above, path))
    except SchemaError as error:
        raise ImportedError(path, text, error) from None


def _find(language: Language, error: UnknownName, path: Path) -> tuple[str, Path] | None:
    if language is Language.PROTOBUF:
        (name,) = error.names
        return next(((name, found) for found in _imported(name, path.parent) if found.is_file()), None)
    for name in error.names:
        files = [file for file in _described(path.parent).get(name, ()) if file != path]
        named = [file for file in files if file.stem in (name, name.rpartition(".")[2])]
        if len(files) > 1 and len(named) != 1:
            listed = " and ".join(file.name for file in files)
            hint = f"name the one that is meant `{name}.avsc`"
            raise SchemaError(f"`{name}` is described by {listed}", hint, path=error.path)
        if files:
            return name, (named or files)[0]
    return None


def _imported(name: str, folder: Path) -> Iterator[Path]:
    """Where an import may lie: its path begins at the root of all imports, which nobody has told us."""
    parts = PurePosixPath(name).parts
    if not parts or ".." in parts or PurePosixPath(name).is_absolute() or "\0" in name:
        return
    for root in (folder, *list(folder.parents)[: len(parts) - 1]):
        yield root.joinpath(*parts)


def _described(folder: Path) -> dict[str, list[Path]]:
    """The schemas of a folder by their full names."""
    found: dict[str, list[Path]] = {}
    for file in sorted(folder.glob("*.avsc")):
        name = _name_in(file, file.stat().st_mtime_ns) if file.is_file() else None
        if name is not None:
            found.setdefault(name, []).append(file)
    return found


@lru_cache(maxsize=1024)
def _name_in(file: Path, _time: int) -> str | None:
    """The full name of what a file describes; a file that is no schema is none of ours to complain about."""
    text = _text(file)
    try:
        return avro_schema.full_name(json.loads(text)) if text else None
    except (ValueError, RecursionError):
        return None


def _text(file: Path) -> str | None:
    try:
        return file.read_text(encoding="utf-8") if file.stat().st_size <= MAX_BYTES else None
    except (OSError, UnicodeDecodeError):
        return None
