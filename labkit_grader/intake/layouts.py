"""Who handed in what lies where: the layouts of learning platforms."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from ..platforms import PLATFORMS, platform_of, upload_in
from ..record.safe_text import plain_text, shown_id
from .zips import NOTEBOOK, is_zip

MANY = 0.5


def stem(name: str) -> str:
    """A file's name without the ending of a notebook or a zip."""
    return name[:-4] if is_zip(name) else NOTEBOOK.sub("", name)


def layout_of(units: Mapping[str, bool]) -> str:
    """The platform, told from the names at the top and whether each is a folder; most of them decide."""
    given = Counter(platform.name for platform in map(platform_of, units) if platform)
    if given.total() >= MANY * len(units) and given:
        return max(given, key=lambda name: (given[name], name))
    return "plain" if any(units.values()) or not units else "flat"


def upload_of(unit: str, layout: str) -> int:
    """The number of an upload, which grows with time where the platform gives one."""
    upload = PLATFORMS[layout].upload_in(unit)
    return upload.order if upload else 0


class Owners:
    """Whose each name at the top is: (student, "") or ("", why nobody's)."""

    def __init__(
        self,
        units: Mapping[str, bool],
        layout: str,
        roster: Sequence[str] | None,
        numbers: Mapping[str, str] | None = None,
    ) -> None:
        """``numbers``: the platform's number for a student -> the shown id of that student, who is on the roster."""
        self.units, self.layout, self.numbers = units, layout, numbers or {}
        self.of: dict[str, tuple[str, str]] = {}
        if roster is None:
            self.of = {unit: self._owner_alone(unit) for unit in units}
        else:
            self._find_on_roster([each for each in roster if each.strip()])

    def split(self, exercises: Mapping[str, set[str]]) -> list[str]:
        """The short ids that owners with the same exercise shared, now told apart; for flat names only.

        ``exercises`` maps each name at the top to the exercises that were found in it.
        """
        sharing = defaultdict[str, list[set[str]]](list)
        for unit, found in exercises.items():
            sharing[self.of[unit][0]].append(found)
        doubtful = {
            student
            for student, sets in sharing.items()
            if len(sets) > 1 and (not all(sets) or len(set().union(*sets)) < sum(map(len, sets)))
        }
        for unit, (student, _) in self.of.items():
            if student in doubtful:
                self.of[unit] = (shown_id(stem(unit)), "")
        return sorted(doubtful)

    def shorten(self, exercises: Mapping[str, set[str]]) -> None:
        """Flat names only: take the exercise's own name off, then what follows the first underscore."""
        for unit, found in exercises.items():
            name = stem(unit)
            for each in sorted(found):
                name = re.sub(rf"[ _-]+(\d+[ _-]*)?{re.escape(each)}.*", "", name, count=1, flags=re.DOTALL)
            short = name if name != stem(unit) else name.partition("_")[0]
            self.of[unit] = (shown_id(short or stem(unit)), "")

    def _owner_alone(self, unit: str) -> tuple[str, str]:
        keys = self._keys(unit)
        return (shown_id(keys[0]), "") if keys else ("", self._why_stray())

    def _why_stray(self) -> str:
        return f"its name tells no student; this folder was read as {PLATFORMS[self.layout].described}"

    def _keys(self, unit: str) -> tuple[str, ...]:
        """What the student may be called, the surest first."""
        if PLATFORMS[self.layout].pattern:
            found = upload_in(unit)
            return (f"{found.name}_{found.number}", found.number, found.name) if found else ()
        if self.layout == "flat":
            name = stem(unit)
            ends = [len(name), *(found.start() for found in re.finditer("_", name))]
            return tuple(name[:end] for end in sorted(set(ends), reverse=True) if end)
        return (unit,) if self.units[unit] else ()

    def _find_on_roster(self, roster: Sequence[str]) -> None:
        """Find each name on the roster: as it is written there, or else but for accents' encoding and space.

        Whose number on the platform is on the roster is found by that number, and by nothing else.
        """
        everybody = {shown_id(each): each for each in roster}
        self.numbers = {number: student for number, student in self.numbers.items() if student in everybody}
        numbered = {everybody[student] for student in self.numbers.values()}
        exact, alike = dict.fromkeys(each for each in roster if each not in numbered), defaultdict(set)
        for each in exact:
            alike[_normalise_name(each)].add(each)
        people = defaultdict(set)
        for unit in self.units:
            keys = self._keys(unit) or (stem(unit),)
            listed = next(iter(_matches(keys, exact, alike)), None)
            student = self._find_by_number(unit)
            if student:
                self.of[unit] = (student, "")
            elif listed is None:
                why = f"{plain_text(keys[0])} is not on the list of students" if self._keys(unit) else self._why_stray()
                self.of[unit] = ("", why)
            else:
                self.of[unit] = (shown_id(listed), "")
                people[listed].add(listed if self.layout == "flat" else keys[0])
        self._refuse_two_in_one(people)

    def _find_by_number(self, unit: str) -> str:
        """Who has the number in a download's name; nobody where the roster does not say."""
        upload = upload_in(unit) if PLATFORMS[self.layout].pattern else None
        return self.numbers.get(upload.number, "") if upload else ""

    def _refuse_two_in_one(self, people: Mapping[str, set[str]]) -> None:
        for listed in (listed for listed, names in people.items() if len(names) > 1):
            for unit, (student, _) in list(self.of.items()):
                name = (self._keys(unit) or (stem(unit),))[0]
                if student == shown_id(listed) and name != listed:
                    why = f"more than one name here could be {plain_text(listed)} on the list of students"
                    self.of[unit] = ("", why)


def _matches(keys: Iterable[str], exact: Mapping[str, None], alike: Mapping[str, set[str]]) -> Iterable[str]:
    for key in keys:
        if key in exact:
            yield key
        elif len(alike.get(_normalise_name(key), ())) == 1:
            yield from alike[_normalise_name(key)]


def _normalise_name(name: str) -> str:
    return " ".join(unicodedata.normalize("NFC", name).split())
