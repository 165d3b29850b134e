"""What a place says about its format beside the format's name."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class FormatOptions:
    """What a place says about its format beside the format's name.

    Attributes:
        delimiter: csv: what separates the columns.
        null_literal: csv: how null is written; None: it cannot be.
        schema_include: debezium-json: every record carries its schema, and the change is in its `payload`.
        subject_strategy: What the registry calls the schemas: `topic`, `record` or `topic_record`.
    """

    delimiter: str = ","
    null_literal: str | None = None
    schema_include: bool = False
    subject_strategy: str = "topic"
