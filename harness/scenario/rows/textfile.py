"""Text files of any length, line by line; what is no UTF-8 text is noted at its place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import overload

from harness.location import Location
from harness.scenario.problems import Problems
from harness.scenario.yaml.source import split_lines

MAX_LINE = 16 * 1024 * 1024
"""A longer line is a file without line breaks, which nobody wrote by hand or exported."""
_MARK = b"\xef\xbb\xbf"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_ZIP = b"PK\x03\x04"
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)?")


def read(path: Path, problems: Problems) -> Iterator[str]:
    """The lines of a file, each with its break; at what is no text that is noted, and reading ends.

    Args:
        path: The file, which can be opened.
        problems: Where to note; it learns how to show the lines of the file.
    """
    number = 0
    with path.open("rb") as file:
        while raw := file.readline(MAX_LINE + 1):
            if number == 0:
                if _is_no_text(raw, path, problems):
                    return
                problems.know(path, _LinesAgain(path))
                raw = raw.removeprefix(_MARK)
            if len(raw) > MAX_LINE:
                most = MAX_LINE // 1024 // 1024
                problems.add(Location(path, number + 1), f"the line is longer than {most} MB")
                return
            try:
                text = raw.decode()
            except UnicodeDecodeError as error:
                where = _at(raw[: error.start].decode(), path, number)
                message = f"the file is not UTF-8: byte 0x{raw[error.start]:02x} stands here"
                problems.add(where, message, "save it as UTF-8")
                return
            if "\0" in text:
                where = _at(text[: text.index("\0")], path, number)
                problems.add(where, "the file is no text: byte 0x00 stands here", "save it as UTF-8")
                return
            if "\r" not in text or (text.endswith("\r\n") and text.index("\r") == len(text) - 2):
                number += 1
                yield text
            else:
                for line in _LINE.findall(text)[:-1]:
                    number += 1
                    yield line


def _is_no_text(first: bytes, path: Path, problems: Problems) -> bool:
    """Whether the first bytes are those of another kind of file; then that is noted."""
    if first[:2] in _UTF16:
        problems.add(Location(path), "the file is UTF-16, not UTF-8", "save it as UTF-8")
    elif first[:4] == _ZIP:
        problems.add(
            Location(path),
            "the file is a workbook or another archive, not text",
            "give it its own ending, such as `.xlsx`, or save it as text",
        )
    else:
        return False
    return True


def _at(before: str, path: Path, number: int) -> Location:
    lines = split_lines(before)
    return Location(path, number + len(lines), len(lines[-1]) + 1)


class _LinesAgain(Sequence[str]):
    """The lines of a file that is too long to be kept, read again where one is shown.

    Problems come in the order of the file, so that reading goes on where it was.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._line, self._offset = 0, 0
        self._shown: tuple[int, str] = (-1, "")

    def __len__(self) -> int:
        # Whoever shows a line has read it; how many there are is not known without reading them all.
        return 2**31

    @overload
    def __getitem__(self, index: int) -> str: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[str]: ...

    def __getitem__(self, index: int | slice) -> str | Sequence[str]:
        if isinstance(index, slice):
            return [self[number] for number in range(index.start, index.stop)]
        if index != self._shown[0]:
            self._shown = (index, self._read(index))
        return self._shown[1]

    def _read(self, index: int) -> str:
        if index < self._line:
            self._line, self._offset = 0, 0
        with self._path.open("rb") as file:
            file.seek(self._offset)
            for raw in iter(lambda: file.readline(MAX_LINE), b""):
                text = raw.decode("utf-8", errors="replace").removeprefix("\ufeff")
                lines = split_lines(text.removesuffix("\n").removesuffix("\r"))
                if index < self._line + len(lines):
                    return next(islice(lines, index - self._line, None))
                self._line += len(lines)
                self._offset += len(raw)
        return ""
