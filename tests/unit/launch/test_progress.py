from __future__ import annotations

import io
import re

from rich.console import Console

from harness.launch.progress import shown_progress


def test_one_line_where_there_is_no_terminal() -> None:
    out = io.StringIO()

    with shown_progress(Console(file=out, force_terminal=False, width=80)) as on_progress:
        on_progress(0, 2_000_000)
        on_progress(2_000_000, 2_000_000)

    assert re.fullmatch(r"fetched jars: 2\.0 MB in 0\.\d s\n", out.getvalue())


def test_no_line_where_nothing_was_fetched() -> None:
    out = io.StringIO()

    with shown_progress(Console(file=out, force_terminal=False)):
        pass

    assert out.getvalue() == ""


def test_a_bar_on_a_terminal() -> None:
    out = io.StringIO()

    with shown_progress(Console(file=out, force_terminal=True, width=100)) as on_progress:
        on_progress(500_000, 2_000_000)

    assert "fetching jars" in out.getvalue()
    assert "0.5/2.0 MB" in out.getvalue()
