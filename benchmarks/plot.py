"""Small multiples as SVG, written by hand: a panel per series with its points, running median and axes."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

COLUMNS = 4
WIDTH, HEIGHT = 300, 170
LEFT, RIGHT, TOP, BOTTOM = 52, 14, 28, 34
HEAD = 44
WINDOW = 15
"""Points in the running median."""
TICKS = 4
STYLE = """\
text { font: 11px sans-serif; fill: #333 }
.head { font-size: 16px; font-weight: bold }
.title { font-size: 12px; font-weight: bold }
.grid { stroke: #ddd; stroke-width: 1 }
.points { fill: #9db7d5 }
.median { fill: none; stroke: #1f4e86; stroke-width: 1.6 }
"""


@dataclass(frozen=True)
class Series:
    """Values in the order in which they were measured.

    Attributes:
        unit: Of the values; "" where they are counted.
    """

    title: str
    unit: str
    values: Sequence[float]


def svg(head: str, series: Sequence[Series], along: str = "scenarios") -> str:
    """All series side by side, each with a scale of its own that begins at 0."""
    rows = math.ceil(len(series) / COLUMNS)
    width, height = COLUMNS * WIDTH, HEAD + rows * HEIGHT
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}">',
        f"<style>{STYLE}</style>",
        f'<rect width="{width}" height="{height}" fill="white"/>',
        f'<text class="head" x="{LEFT}" y="26">{escape(head)}</text>',
    ]
    for number, one in enumerate(series):
        x, y = number % COLUMNS * WIDTH, HEAD + number // COLUMNS * HEIGHT
        parts += [f'<g transform="translate({x} {y})">', *_panel(one, along), "</g>"]
    return "\n".join([*parts, "</svg>", ""])


def _panel(series: Series, along: str) -> Iterator[str]:
    inner_width, inner_height = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
    top = _round_up(max(series.values, default=0.0))
    last = max(1, len(series.values) - 1)

    def place(number: int, value: float) -> tuple[float, float]:
        return LEFT + inner_width * number / last, TOP + inner_height * (1 - value / top)

    yield f'<text class="title" x="{LEFT}" y="{TOP - 10}">{escape(series.title)}</text>'
    for tick in range(TICKS + 1):
        value = top * tick / TICKS
        _, y = place(0, value)
        yield f'<line class="grid" x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}"/>'
        yield f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{value:g}</text>'
    for number in (0, last // 2, last):
        x, _ = place(number, 0)
        yield f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 15}" text-anchor="middle">{number + 1}</text>'
    middle = LEFT + inner_width / 2
    yield f'<text x="{middle}" y="{HEIGHT - BOTTOM + 29}" text-anchor="middle">{along}</text>'
    yield '<g class="points">'
    for number, value in enumerate(series.values):
        x, y = place(number, value)
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="1.2"/>'
    yield "</g>"
    medians = [place(number, value) for number, value in enumerate(_medians(series.values))]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in medians)
    yield f'<polyline class="median" points="{line}"/>'


def _medians(values: Sequence[float]) -> list[float]:
    half = WINDOW // 2
    return [statistics.median(values[max(0, i - half) : i + half + 1]) for i in range(len(values))]


def _round_up(value: float) -> float:
    """The next number that a scale may end with: four equal steps of it are round numbers."""
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8, 10) if step * power >= value)
