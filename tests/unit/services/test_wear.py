from __future__ import annotations

import json

import pytest

from harness.services.wear import LIMITS, MEGABYTE, VARIABLE, Wear, limits, worn

FRESH = Wear(metaspace=90, heap=60, threads=120, descriptors=300)


def test_what_a_jvm_tells_of_itself_is_read_in_megabytes() -> None:
    told = '{"metaspace":104857600,"heap":52428800,"live":31457280,"classes":9,"threads":7,"descriptors":-1}'

    assert Wear.of(told) == Wear(metaspace=100, heap=30, threads=7, descriptors=-1)


def test_a_jvm_within_its_limits_is_as_good_as_new() -> None:
    assert FRESH.beyond(FRESH) == ""


@pytest.mark.parametrize("name", ["metaspace", "heap", "threads", "descriptors"])
def test_one_step_over_one_limit_is_too_much_and_is_named(name: str) -> None:
    most = getattr(LIMITS, name)
    worn = Wear(**{**dict.fromkeys(("metaspace", "heap", "threads", "descriptors"), 0), name: most + 1})

    assert worn.beyond(LIMITS) == f"{name} {most + 1} of {most}"


def test_all_that_is_over_is_named() -> None:
    worn = Wear(metaspace=LIMITS.metaspace + 1, heap=0, threads=LIMITS.threads + 1, descriptors=0)

    assert worn.beyond(LIMITS).count(" of ") == 2


def test_other_limits_can_be_given_and_none_at_all() -> None:
    given = limits({VARIABLE: "threads=5, heap=7"})

    assert given == Wear(metaspace=LIMITS.metaspace, heap=7, threads=5, descriptors=LIMITS.descriptors)
    assert limits({VARIABLE: "off"}) is None
    assert limits({}) == LIMITS


class Jvm:
    """Tells what it holds, with garbage and without."""

    def __init__(self, metaspace: int, collected: int) -> None:
        self._metaspace = {False: metaspace, True: collected}
        self.collections = 0

    def tell(self, collect: bool) -> str:
        self.collections += collect
        held = self._metaspace[collect] * MEGABYTE
        return json.dumps({"metaspace": held, "live": 0, "threads": 7, "descriptors": 7})


def none() -> list[Wear]:
    return []


def test_what_is_within_the_limits_is_not_collected() -> None:
    jvm = Jvm(LIMITS.metaspace, collected=0)

    assert worn(jvm.tell, none, LIMITS) == ""
    assert jvm.collections == 0


def test_classes_that_nobody_uses_wear_nothing_out() -> None:
    jvm = Jvm(LIMITS.metaspace + 1, collected=LIMITS.metaspace)

    assert worn(jvm.tell, none, LIMITS) == ""
    assert jvm.collections == 1


def test_what_is_left_of_too_much_wears_it_out() -> None:
    jvm = Jvm(LIMITS.metaspace + 9, collected=LIMITS.metaspace + 1)

    assert worn(jvm.tell, none, LIMITS) == f"metaspace {LIMITS.metaspace + 1} of {LIMITS.metaspace}"


def test_a_process_beside_it_may_be_worn_too() -> None:
    others = [Wear(metaspace=0, threads=0), Wear(metaspace=0, threads=LIMITS.threads + 1)]

    assert worn(Jvm(0, 0).tell, lambda: others, LIMITS).startswith("threads ")
