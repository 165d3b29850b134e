"""`<same NAME>`: which value each name takes, such that as many rows as possible fit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from harness.codecs.json_format import DecodeError, decode_value
from harness.compare.equality import canonical, equal
from harness.compare.matchers import Capture, JsonText, ListOf, RecordOf, Same, Unordered, fits, is_matcher

MOST_STEPS = 1_000_000
"""How many choices are looked at; what needs more is too ambiguous to be explained anyway."""
_MOST_WAYS = 1_000
"""How many ways one value may give its parts to names; only `<unordered ...>` has more than one."""

_DEEPEST = 200
"""How many choices may hang on each other; Python's recursion ends at a thousand."""

Values = Mapping[str, object]
"""What names stand for."""
Ways = Mapping[int, Sequence[Values]]
"""Per candidate of a row, the values that its names would take there."""
Chosen = Mapping[str, Hashable]
"""Names with the codes of their values."""


def names_in(want: object) -> Iterator[str]:
    """The names in an expected value that have taken no value yet."""
    if isinstance(want, Same):
        if want.held is None:
            yield want.name
    elif is_matcher(want):
        for part in _parts(want):
            yield from names_in(part)


def hold(want: object, captures: Mapping[str, Capture]) -> object:
    """The expected value, with names that have taken a value holding it."""
    match want:
        case Same() if want.held is None and want.name in captures:
            return replace(want, held=captures[want.name])
        case ListOf() | Unordered():
            return replace(want, items=tuple(hold(item, captures) for item in want.items))
        case RecordOf():
            return replace(want, fields={name: hold(item, captures) for name, item in want.fields.items()})
        case JsonText() if is_matcher(want.value):
            return replace(want, value=hold(want.value, captures))
        case _:
            return want


def ways_of(parts: Iterable[tuple[object, object, bool]]) -> list[Values]:
    """The values that the names in expected parts take if the actual parts fit; nothing if they do not.

    Args:
        parts: An expected part, the actual one, and whether that is there.
    """
    ways: list[Values] = [{}]
    for want, value, present in parts:
        ways = [longer for way in ways for longer in _taken(want, value, present, way)][:_MOST_WAYS]
    return ways


@dataclass(frozen=True, slots=True)
class Found:
    """What a search came to.

    Attributes:
        values: The value of each name that has one.
        takers: Per such name, the first group that fits with it.
        fitting: How many rows fit.
        sure: False where the search was cut short, so that a better choice may exist.
    """

    values: Values
    takers: Mapping[str, int]
    fitting: int
    sure: bool


def find(ways: Mapping[int, Ways], fitting: Callable[[Mapping[int, Sequence[int]]], int]) -> Found:
    """The values of names with which most rows fit.

    If with some values as many rows fit as with no names at all, such values are found. Else the
    first use takes the value with which most of the others fit.

    Args:
        ways: Per group of rows with names, in the order of the file, per candidate the ways to take
            values.
        fitting: How many rows can have a candidate of their own at once, if the groups with names
            may have only those given.
    """
    return _Search(ways, fitting).run()


class _Search:
    def __init__(
        self, ways: Mapping[int, Ways], fitting: Callable[[Mapping[int, Sequence[int]]], int]
    ) -> None:
        self.fitting = fitting
        self.steps = 0
        self.values: dict[tuple[str, Hashable], object] = {}
        self.codes = {
            group: {n: [self._coded(way) for way in found] for n, found in candidates.items()}
            for group, candidates in ways.items()
        }
        self.users: dict[str, list[int]] = {}
        for group, candidates in ways.items():
            for name in dict.fromkeys(n for found in candidates.values() for way in found for n in way):
                self.users.setdefault(name, []).append(group)
        self.enough = fitting(self._allowed({}))

    def run(self) -> Found:
        chosen = self._complete({}, 0)
        sure = chosen is not None or not self._exhausted
        chosen = self._likeliest() if chosen is None else chosen
        allowed = self._allowed(chosen)
        return Found(
            values={name: self.values[name, code] for name, code in chosen.items()},
            takers={
                name: next((u for u in self.users[name] if allowed[u]), self.users[name][0])
                for name in chosen
            },
            fitting=self.fitting(allowed),
            sure=sure,
        )

    @property
    def _exhausted(self) -> bool:
        return self.steps > MOST_STEPS

    def _coded(self, way: Values) -> Chosen:
        codes = {name: canonical(value) for name, value in way.items()}
        for name, code in codes.items():
            self.values.setdefault((name, code), way[name])
        return codes

    def _complete(self, chosen: Chosen, depth: int) -> Chosen | None:
        """Values that cost no row, or None; depth first, the name with the fewest choices next."""
        allowed = self._allowed(chosen)
        if depth > _DEEPEST:
            self.steps = MOST_STEPS + 1
        if self._exhausted or self.fitting(allowed) < self.enough:
            return None
        choices = {n: self._choices(n, chosen, allowed) for n in self.users if n not in chosen}
        if not choices:
            return chosen
        # What leaves no choice needs no search, and it is the usual case.
        plain = {n: codes[0] for n, codes in choices.items() if len(codes) == 1}
        if plain:
            return self._complete({**chosen, **plain}, depth + 1)
        name = min(choices, key=lambda n: len(choices[n]))
        for code in choices[name]:
            found = self._complete({**chosen, name: code}, depth + 1)
            if found is not None or self._exhausted:
                return found
        return None

    def _choices(self, name: str, chosen: Chosen, allowed: Mapping[int, Sequence[int]]) -> list[Hashable]:
        """The values that every group with the name could take, the most common first."""
        common: Counter[Hashable] | None = None
        for group in self.users[name]:
            here = Counter(
                way[name] for n in allowed[group] for way in self._consistent(group, n, chosen) if name in way
            )
            common = (
                here if common is None else Counter({c: common[c] + here[c] for c in common if c in here})
            )
        return [code for code, _ in common.most_common()] if common else []

    def _likeliest(self) -> Chosen:
        chosen: dict[str, Hashable] = {}
        for name, users in self.users.items():
            allowed = self._allowed(chosen)
            tried = {
                way[name]: None
                for group in users
                for n in allowed[group]
                for way in self._consistent(group, n, chosen)
                if name in way
            }
            best = -1
            for code in tried:
                if best >= 0 and self._exhausted:
                    break
                count = self.fitting(self._allowed({**chosen, name: code}))
                if count > best:
                    best, chosen[name] = count, code
        return chosen

    def _allowed(self, chosen: Chosen) -> dict[int, list[int]]:
        return {
            group: [n for n in candidates if self._consistent(group, n, chosen)]
            for group, candidates in self.codes.items()
        }

    def _consistent(self, group: int, n: int, chosen: Chosen) -> list[Chosen]:
        self.steps += 1
        ways = self.codes[group][n]
        return [way for way in ways if all(chosen.get(name, code) == code for name, code in way.items())]


def _parts(want: object) -> Iterable[object]:
    match want:
        case ListOf() | Unordered():
            return want.items
        case RecordOf():
            return want.fields.values()
        case JsonText():
            return (want.value,)
        case _:
            return ()


def _taken(want: object, value: object, present: bool, way: Values) -> list[Values]:  # noqa: FBT001
    """The ways to go on from one way, such that the value fits."""
    if not any(names_in(want)):
        return [way] if fits(want, value, present) else []
    match want:
        case Same() if present:
            if want.name not in way:
                return [{**way, want.name: value}]
            return [way] if equal(way[want.name], value) else []
        case ListOf() if isinstance(value, list | tuple) and len(value) == len(want.items):
            return _along(zip(want.items, value, (True,) * len(value), strict=True), way)
        case RecordOf() if isinstance(value, Mapping) and value.keys() <= want.fields.keys():
            return _along(((w, value.get(n), n in value) for n, w in want.fields.items()), way)
        case JsonText() if present:
            return _taken_from_json(want, value, way)
        case Unordered() if isinstance(value, list | tuple) and len(value) == len(want.items):
            return _taken_in_any_order(want, value, way)
        case _:
            return []


def _along(parts: Iterable[tuple[object, object, bool]], way: Values) -> list[Values]:
    ways = [way]
    for want, value, present in parts:
        ways = [longer for one in ways for longer in _taken(want, value, present, one)][:_MOST_WAYS]
    return ways


def _taken_from_json(want: JsonText, value: object, way: Values) -> list[Values]:
    if not isinstance(value, str):
        return _taken(want.value, value, present=True, way=way) if want.structured else []
    try:
        return _taken(want.value, decode_value(value), present=True, way=way)
    except DecodeError:
        return []


def _taken_in_any_order(want: Unordered, value: Sequence[object], way: Values) -> list[Values]:
    # Parts without names come last: they choose nothing, and any order of them will do or none.
    named = [item for item in want.items if any(names_in(item))]
    plain = tuple(item for item in want.items if not any(names_in(item)))
    reached: list[tuple[Values, frozenset[int]]] = [(way, frozenset())]
    for item in named:
        longer = [
            (found, used | {place})
            for one, used in reached
            for place in range(len(value))
            if place not in used
            for found in _taken(item, value[place], present=True, way=one)
        ]
        reached = list({(_code(found), used): (found, used) for found, used in longer}.values())[:_MOST_WAYS]
    kept = {}
    for found, used in reached:
        rest = [item for place, item in enumerate(value) if place not in used]
        if Unordered(plain).matches(rest, present=True):
            kept[_code(found)] = found
    return list(kept.values())


def _code(values: Values) -> Hashable:
    return frozenset((name, canonical(value)) for name, value in values.items())
