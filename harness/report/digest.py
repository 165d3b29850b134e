"""Many differences in short: instead of a wall of rows, what they have in common and some of each kind."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from harness.report.lines import Line, Piece, line, shortened
from harness.result import Digest, FieldDigest, Kind, RowDifference

MOST_EXAMPLES = 3
"""Of each kind at a terminal; more are in the JSON document."""
_MOST_FIELDS = 12


def digest_lines(
    digest: Digest,
    meanings: Callable[[Kind], Piece],
    rows: Callable[[RowDifference], Iterable[Line]],
) -> list[Line]:
    """The lines of a digest.

    Args:
        digest: The digest.
        meanings: What a kind of difference means, in words.
        rows: The lines of one row that differs.
    """
    width = max(len(f"{count:,}") for count in digest.kinds.values())
    lines = []
    for kind, count in digest.kinds.items():
        meaning = meanings(kind)
        lines.append(line(f"{count:>{width},} {kind.value:<12}", meaning, indent=4))
    if digest.fields:
        lines.append(line("what is changed:", indent=4))
        lines += _fields(digest.fields)
    lines += [line(where, indent=4) for where in digest.where]
    lines.append(line("such as:", indent=4))
    for kind in digest.kinds:
        examples = [row for row in digest.examples if row.kind is kind][:MOST_EXAMPLES]
        lines += [one for row in examples for one in rows(row)]
    where = "all of them" if digest.kept == digest.rows else f"{digest.kept:,} of them"
    lines.append(line(Piece(f"--json FILE writes {where} one by one", "dim"), indent=4))
    return lines


def _fields(fields: Sequence[FieldDigest]) -> list[Line]:
    shown = fields[:_MOST_FIELDS]
    width = max(len(field.field) for field in shown)
    lines = [
        line(f"{field.field:<{width}}  {_rows(field.rows)}", Piece(_ways(field), "magenta"), indent=6)
        for field in shown
    ]
    if len(fields) > len(shown):
        lines.append(line(Piece(f"... and {len(fields) - len(shown)} more fields", "dim"), indent=6))
    return lines


def _ways(field: FieldDigest) -> str:
    if not field.ways:
        return ", no two in the same way" if field.rows > 1 else ""
    first = field.ways[0]
    if len(field.ways) == 1 and first.rows == field.rows:
        return f", always {first.text.removeprefix('always ')}"
    texts = [f"{shortened(way.text.removeprefix('always '))} in {_rows(way.rows)}" for way in field.ways]
    other = field.rows - sum(way.rows for way in field.ways)
    if other:
        texts.append(f"otherwise in {_rows(other)}")
    return f", {', '.join(texts)}"


def _rows(count: int) -> str:
    return f"{count:,} row" if count == 1 else f"{count:,} rows"
