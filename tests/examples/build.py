"""Builds what the examples name and no repository keeps: packages, jars, a workbook, a Parquet file.

python tests/examples/build.py [FOLDER]
"""

from __future__ import annotations

import sys
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

HERE = Path(__file__).resolve().parent
UBER_JAR = "TableAPICustomKeystore-0.1.jar"
BUILT = HERE.parents[1] / "fixtures" / "pipelines" / "card_system" / "uber_jar" / "target" / UBER_JAR
"""The connectors of a card pipeline in one jar; `make fixtures` builds it."""
_SAMPLES = "com.amazonaws.samples"
JARS = {
    "streaming-etl-1.0.jar": f"{_SAMPLES}.StreamingEtl",
    "amazon-kinesis-analytics-taxi-consumer-1.0.jar": f"{_SAMPLES}.kaja.taxi.consumer.ProcessTaxiStream",
    "engagement-metrics-1.0.jar": "com.example.engagement.EngagementMetrics",
}
HEAD = ("occurred_at", "transaction_id", "card_id", "amount", "status")
_SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PART = "application/vnd.openxmlformats-officedocument.spreadsheetml"


def main() -> None:
    """Build into the folder of the examples, or into a copy of it."""
    build(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)


def build(folder: Path) -> None:
    """Build everything into a folder that has the sources."""
    target = folder / "target"
    target.mkdir(exist_ok=True)
    for name, main_class in JARS.items():
        write_jar(target / name, main_class)
    job = (folder / "card_job.py").read_bytes()
    for name in ("card.zip", "card-v2.zip"):
        with zipfile.ZipFile(target / name, "w") as package:
            package.writestr("job.py", job)
            if BUILT.exists():
                package.write(BUILT, UBER_JAR)
            else:
                package.writestr(UBER_JAR, b"")
    rows = [(f"T+{n}s", f"a{n}", f"c{n % 7}", f"{n % 50 + 1}.50", "approved") for n in range(1, 101)]
    write_workbook(folder / "fixtures" / "100-transactions.xlsx", "March", [HEAD, *rows])
    write_parquet(folder / "fixtures" / "trips-2018-06.parquet")


def write_jar(path: Path, main_class: str) -> None:
    """A jar whose manifest names its main class; the class itself only has its name."""
    with zipfile.ZipFile(path, "w") as jar:
        jar.writestr("META-INF/MANIFEST.MF", f"Manifest-Version: 1.0\nMain-Class: {main_class}\n")


def write_workbook(path: Path, sheet: str, rows: Sequence[Sequence[str]]) -> None:
    """A workbook with one sheet of texts, in the fewest parts that a spreadsheet opens."""
    lines = "".join(
        "<row>" + "".join(f'<c t="inlineStr"><is><t>{cell}</t></is></c>' for cell in row) + "</row>"
        for row in rows
    )
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_PART}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_PART}.worksheet+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="r1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_SHEET}" xmlns:r="{_OFFICE}"><sheets>'
        f'<sheet name="{sheet}" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="r1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{_SHEET}"><sheetData>{lines}</sheetData></worksheet>',
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as workbook:
        for name, text in parts.items():
            workbook.writestr(name, f'<?xml version="1.0" encoding="UTF-8"?>\n{text}')


def write_parquet(path: Path) -> None:
    """Twenty trips of June."""
    import pyarrow as pa
    from pyarrow import parquet

    first = datetime(2018, 6, 1, 10, tzinfo=UTC)
    picked = [first + timedelta(days=day) for day in range(20)]
    table = pa.table(
        {
            "trip_id": pa.array(range(101, 121), pa.int64()),
            "pickup_datetime": pa.array(picked, pa.timestamp("ms", "UTC")),
            "dropoff_datetime": pa.array(
                [at + timedelta(minutes=20) for at in picked], pa.timestamp("ms", "UTC")
            ),
            "pickup_boroname": pa.array(["Bronx"] * 20),
            "total_amount": pa.array([9.80] * 20),
        }
    )
    parquet.write_table(table, path)


if __name__ == "__main__":
    main()
