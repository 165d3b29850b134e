"""What can stand in a cell beside a plain value, and in the head of rows beside a field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from harness.rows import Word


@dataclass(frozen=True, slots=True)
class Form:
    """A form of `<word ...>` or `$name`.

    Attributes:
        written: How it is written, with capitals for what varies.
        means: What it says, in one sentence.
        example: One that can stand in a file.
    """

    written: str
    means: str
    example: str


WORDS: Mapping[Word, Form] = {
    Word.ANY: Form("<any>", "The field is there, whatever it holds, null included.", "<any>"),
    Word.NOT_NULL: Form("<not null>", "The field is there and not null.", "<not null>"),
    Word.ABSENT: Form("<absent>", "The field is not there at all.", "<absent>"),
    Word.REGEX: Form("<regex RE>", "The whole text matches the regular expression.", "<regex decl.*>"),
    Word.UUID: Form("<uuid>", "The text is a UUID.", "<uuid>"),
    Word.NEAR: Form(
        "<near A by D>", "A number or time that is at most D away from A.", "<near 12.5 by 0.01>"
    ),
    Word.BETWEEN: Form(
        "<between A and B>", "A number or time from A to B, both included.", "<between 1 and 9>"
    ),
    Word.AT_LEAST: Form("<at least A>", "A number or time that is A or more.", "<at least 1>"),
    Word.AT_MOST: Form("<at most A>", "A number or time that is A or less.", "<at most T+1h>"),
    Word.AFTER: Form("<after A>", "A number or time that is more than A.", "<after T>"),
    Word.BEFORE: Form("<before A>", "A number or time that is less than A.", "<before T+1m>"),
    Word.ONE_OF: Form(
        "<one of A or B>", "One of these values; there may be more of them.", "<one of DE or FR>"
    ),
    Word.NOT: Form("<not A>", "Any value but this one; A may be a matcher, too.", "<not declined>"),
    Word.UNORDERED: Form(
        "<unordered LIST>", "A list with these items in any order.", '<unordered ["a", "b"]>'
    ),
    Word.JSON: Form("<json JSON>", "A text that holds this JSON, however it is spaced.", '<json {"a": 1}>'),
    Word.SAME: Form(
        "<same NAME>", "The first use takes the value, and the others must equal it.", "<same trip_id>"
    ),
    Word.TEXT: Form("<text T>", "This very text, also if it looks like a word of ours.", "<text <any>>"),
    Word.HEX: Form("<hex H>", "These bytes, two digits each.", "<hex 00 ff>"),
    Word.BASE64: Form("<base64 B>", "These bytes.", "<base64 AP8=>"),
}
"""Every word, as it is explained."""

ABOUT: Mapping[str, Form] = {
    "$at": Form("$at", "Its time; if it is left out of a `send`, the event time.", "$at"),
    "$key": Form("$key", "Its key; a field of it is `$key.NAME`.", "$key.user_id"),
    "$partition": Form("$partition", "The partition it is in.", "$partition"),
    "$headers": Form("$headers.NAME", "A header.", "$headers.trace"),
    "$value": Form(
        "$value",
        "The whole payload: `null` deletes, and a text or `<hex ...>` is a record that the job may not "
        "understand.",
        "$value",
    ),
    "$op": Form(
        "$op", "What happened to the row: `insert`, `update_before`, `update_after`, `delete`.", "$op"
    ),
    "$id": Form("$id", "The id of the document.", "$id"),
    "$index": Form("$index", "The index of the document.", "$index"),
    "$path": Form("$path", "The path of the file.", "$path"),
    "$line": Form("$line", "The whole printed line.", "$line"),
    "$topic": Form("$topic", "The topic, where the place is a pattern.", "$topic"),
}
"""What is said about a record, and not in it."""
