from __future__ import annotations

from harness.keeper.leases import Blocked, Instance, Want, choose, evictable, worth_a_spare


def want(service: str = "kafka", *names: str, exclusive: bool = False, most: int = 2, key: str = "") -> Want:
    return Want(service=service, key=key, names=frozenset(names), exclusive=exclusive, most=most)


def instance(number: int = 1, *, service: str = "kafka", ready: bool = True, key: str = "") -> Instance[str]:
    return Instance(service=service, key=key, number=number, running="running" if ready else None)


def held(by: str, wanted: Want, number: int = 1) -> Instance[str]:
    taken = instance(number)
    taken.holds[by] = wanted
    return taken


def test_without_instances_a_new_one_is_started() -> None:
    assert choose([want()], [], []) == [None]


def test_fresh_names_share_one_instance() -> None:
    busy = held("L1", want())

    assert choose([want()], [busy], []) == [busy]


def test_the_same_literal_name_is_not_shared() -> None:
    busy = held("L1", want("kafka", "card.rejected"))

    assert choose([want("kafka", "card.rejected")], [busy], []) == [None]


def test_different_literal_names_share_one_instance() -> None:
    busy = held("L1", want("kafka", "card.rejected"))

    assert choose([want("kafka", "card.approved")], [busy], []) == [busy]


def test_an_exclusive_lease_takes_no_other() -> None:
    busy = held("L1", want(exclusive=True))

    assert choose([want()], [busy], []) == [None]


def test_an_exclusive_want_takes_no_held_instance() -> None:
    busy = held("L1", want())

    assert choose([want(exclusive=True)], [busy], []) == [None]


def test_no_more_instances_than_allowed() -> None:
    busy = held("L1", want("kafka", "a", most=1))

    assert choose([want("kafka", "a", most=1)], [busy], []) == Blocked(leases=("L1",))


def test_blocked_names_every_holder() -> None:
    first, second = held("L1", want("kafka", "a")), held("L2", want("kafka", "a"), number=2)

    assert choose([want("kafka", "a")], [first, second], []) == Blocked(leases=("L1", "L2"))


def test_a_name_that_is_being_cleaned_up_is_waited_for_instead_of_a_new_start() -> None:
    cleaning = held("L1", want("kafka", "a"))
    cleaning.cleaning.add("L1")

    assert choose([want("kafka", "a")], [cleaning], []) == Blocked(leases=("L1",))


def test_a_ready_instance_is_chosen_before_one_that_starts() -> None:
    starting, ready = instance(1, ready=False), instance(2)

    assert choose([want()], [starting, ready], []) == [ready]


def test_an_instance_that_starts_is_shared_when_there_is_no_other() -> None:
    starting = instance(ready=False)

    assert choose([want()], [starting], []) == [starting]


def test_a_dead_instance_is_never_chosen() -> None:
    dead = instance()
    dead.dead = True

    assert choose([want()], [dead], []) == [None]


def test_a_worn_instance_ends_with_the_leases_that_it_has() -> None:
    worn = held("L1", want(most=1))
    worn.worn = True

    assert choose([want(most=1)], [worn], []) == [None]


def test_an_instance_that_is_replaced_serves_until_the_other_one_is_ready() -> None:
    replaced, heir = instance(1), instance(2, ready=False)
    replaced.heir = heir
    before = choose([want(most=1)], [replaced, heir], [])

    heir.running = "running"
    replaced.worn = True

    assert before == [replaced]
    assert choose([want(most=1)], [replaced, heir], []) == [heir]


def test_an_instance_of_another_key_is_never_chosen() -> None:
    other = instance(service="flink", key="jars-a")

    assert choose([want("flink", key="jars-b")], [other], []) == [None]


def test_all_wants_or_none() -> None:
    broker = held("L1", want("kafka", "a", most=1))
    server = instance(service="postgres")

    assert choose([want("postgres"), want("kafka", "a", most=1)], [broker, server], []) == Blocked(
        leases=("L1",)
    )


def test_a_later_request_does_not_overtake_one_that_waits_for_the_same_name() -> None:
    free = instance()

    assert choose([want("kafka", "a")], [free], [[want("kafka", "a")]]) == Blocked(leases=())


def test_a_later_request_overtakes_one_that_waits_for_something_else() -> None:
    free = instance()

    assert choose([want("kafka", "b")], [free], [[want("kafka", "a")]]) == [free]


def test_a_spare_is_worth_it_while_names_are_taken_and_there_is_room() -> None:
    busy = held("L1", want("kafka", "a"))

    assert worth_a_spare(want("kafka", "a"), [busy])


def test_no_spare_beside_an_instance_that_would_do() -> None:
    busy, spare = held("L1", want("kafka", "a")), instance(2, ready=False)

    assert not worth_a_spare(want("kafka", "a", most=3), [busy, spare])


def test_no_spare_beyond_what_is_allowed() -> None:
    busy = held("L1", want("kafka", "a", most=1))

    assert not worth_a_spare(want("kafka", "a", most=1), [busy])


def test_no_spare_before_the_first() -> None:
    assert not worth_a_spare(want("kafka", "a"), [])


def test_the_instance_that_was_not_used_for_longest_makes_room() -> None:
    old, new = instance(1, service="flink", key="a"), instance(2, service="flink", key="b")
    old.used, new.used = 3, 7

    assert evictable([old, new], "flink", most=2) is old


def test_an_instance_in_use_never_makes_room() -> None:
    busy, idle = instance(1, service="flink"), instance(2, service="flink")
    busy.holds["L1"] = want("flink")
    busy.used, idle.used = 1, 2

    assert evictable([busy, idle], "flink", most=2) is idle


def test_nothing_makes_room_while_there_is_some() -> None:
    assert evictable([instance(service="flink")], "flink", most=2) is None
