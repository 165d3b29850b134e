from __future__ import annotations

from dataclasses import replace

from harness.report import failure_text
from harness.result import Digest, FieldDigest, Kind, RowDifference, ScenarioResult, Way, to_json


def with_digest(failed: ScenarioResult, digest: Digest) -> ScenarioResult:
    failure = replace(failed.failures[0], message="912 of 1,000 rows differ", digest=digest)
    return replace(failed, failures=(failure,))


def digest_of(failed: ScenarioResult, *fields: FieldDigest) -> Digest:
    row = failed.failures[0].rows[0]
    missing = RowDifference(kind=Kind.MISSING, key={"id": "1"}, row={"id": "1"})
    return Digest(
        kinds={Kind.MISSING: 100, Kind.CHANGED: 812},
        fields=fields,
        where=("the expected rows among them stand together: rows 101 to 1012",),
        examples=(*[missing] * 10, *[row] * 10),
        kept=500,
    )


def test_a_digest_stands_in_the_place_of_the_rows(failed: ScenarioResult) -> None:
    digest = digest_of(
        failed,
        FieldDigest(field="amount", rows=812, ways=(Way(text="actual = expected + 0.01", rows=812),)),
        FieldDigest(field="city", rows=305, ways=(Way(text="null", rows=300),)),
        FieldDigest(field="at", rows=2),
        FieldDigest(field="n", rows=2, ways=(Way(text='always "x"', rows=2),)),
    )

    text = failure_text(with_digest(failed, digest), colour=False)

    assert text.splitlines()[1:-2] == [
        "  transactions_by_card: 912 of 1,000 rows differ",
        "    100 missing     expected, but not there",
        "    812 changed     there, with other values",
        "    what is changed:",
        "      amount  812 rows, always actual = expected + 0.01",
        "      city    305 rows, null in 300 rows, otherwise in 5 rows",
        "      at      2 rows, no two in the same way",
        '      n       2 rows, always "x"',
        "    the expected rows among them stand together: rows 101 to 1012",
        "    such as:",
        *["    missing     id = 1"] * 3,
        *[
            '    changed     transaction_id = "t1"'.ljust(74) + "amount.scenario.yaml:19",
            "        amount  expected 13.50  is 12.50",
            '        card    expected "c1"   is null',
        ]
        * 3,
        "    --json FILE writes 500 of them one by one",
    ]


def test_many_fields_are_cut(failed: ScenarioResult) -> None:
    digest = digest_of(failed, *(FieldDigest(field=f"f{n}", rows=1) for n in range(15)))

    text = failure_text(with_digest(failed, digest), colour=False)

    assert "      f11  1 row\n      ... and 3 more fields\n" in text


def test_a_digest_is_plain_data_in_the_document(failed: ScenarioResult) -> None:
    document = to_json(digest_of(failed, FieldDigest(field="f", rows=2, ways=(Way(text="null", rows=2),))))

    assert isinstance(document, dict)
    assert document["kinds"] == {"missing": 100, "changed": 812}
    assert document["fields"] == [{"field": "f", "rows": 2, "ways": [{"text": "null", "rows": 2}]}]
    assert document["kept"] == 500
