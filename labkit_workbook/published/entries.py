"""What an entry of ``published`` is: a figure or a finding, where it stands, and how it was read."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

from labkit._inputs import one_of

WIDTH = 92  # characters
MARKS = ("read", "reported")


@dataclass(frozen=True, kw_only=True)
class Conditions:
    """What every entry holds under, in four fields."""

    temperature: float | str
    tries: int | str
    check: str
    n: str

    def __post_init__(self) -> None:
        check_words(check=self.check, n=self.n, temperature=str(self.temperature), tries=str(self.tries))

    @property
    def conditions(self) -> str:
        """Temperature, tries, check and n, in as many lines as they need."""
        return _wrap_lines(self._in_one_line)

    @property
    def _in_one_line(self) -> str:
        return f"temperature {self.temperature}; tries {self.tries}; check: {self.check}; n: {self.n}"


@dataclass(frozen=True, repr=False)
class Published(Conditions):
    """Figures from one place, in the order that ``what`` names them, and the conditions that they hold under.

    Args:
        what: what was measured, on what, and the unit.
        values: the figures; shares are in [0, 1].
        source: who published them, and where.
        mark: ``"read"`` or ``"reported"``.
        temperature: the model's sampling temperature, or in words where it changes, is not stated or does not apply.
        tries: how often a task was tried, or in words.
        check: who said what is right, and what noticed a failure.
        n: how much was counted, with its unit.

    Raises:
        ValueError: no words, no figures, no source, another mark, or a condition without words.

    >>> Published("share of tasks solved by 1 and by 2 runs", (0.42, 0.27), "a README", temperature=0, tries=2,
    ...           check="the state of a database", n="50 tasks")
    share of tasks solved by 1 and by 2 runs: 0.42, 0.27
    (a README)
    [temperature 0; tries 2; check: the state of a database; n: 50 tasks]
    """

    what: str
    values: tuple[float, ...]
    source: str
    mark: str = "read"

    def __post_init__(self) -> None:
        check_words(what=self.what, source=self.source)
        super().__post_init__()
        if not self.values:
            raise ValueError("values must hold at least one figure, got none")
        one_of("mark", self.mark, MARKS)

    @property
    def cite(self) -> str:
        """The source, and that it is quoted at second hand where it is."""
        return _cite_source(self.source, self.mark)

    def __repr__(self) -> str:
        figures = ", ".join(f"{value:.10g}" for value in self.values)
        return _wrap_lines(f"{self.what}: {figures}", f"({self.cite})", f"[{self._in_one_line}]")


@dataclass(frozen=True, repr=False)
class Finding(Conditions):
    """A published result in words, where a figure alone would tell half of it, and its conditions.

    Args:
        finding: what was found.
        but: the other half of it.
        source: who published it, and where.
        mark: ``"read"`` or ``"reported"``.
        temperature, tries, check, n: as for ``Published``.

    Raises:
        ValueError: no words for one of the halves, no source, another mark, or a condition without words.

    >>> Finding("debate does not reliably beat sampling one model several times", "tuned variants of it do better",
    ...         "a paper", temperature=1, tries=5, check="the known answer", n="7 sets of questions")
    debate does not reliably beat sampling one model several times, but tuned variants of it do
      better
    (a paper)
    [temperature 1; tries 5; check: the known answer; n: 7 sets of questions]
    """

    finding: str
    but: str
    source: str
    mark: str = "read"

    def __post_init__(self) -> None:
        check_words(finding=self.finding, but=self.but, source=self.source)
        super().__post_init__()
        one_of("mark", self.mark, MARKS)

    @property
    def cite(self) -> str:
        """The source, and that it is quoted at second hand where it is."""
        return _cite_source(self.source, self.mark)

    def __repr__(self) -> str:
        return _wrap_lines(f"{self.finding}, but {self.but}", f"({self.cite})", f"[{self._in_one_line}]")


def _wrap_lines(*lines: str) -> str:
    """The lines, none longer than a notebook shows without wrapping; what goes on is indented."""
    return "\n".join(textwrap.fill(line, WIDTH, subsequent_indent="  ", break_on_hyphens=False) for line in lines)


def check_words(**words: str) -> None:
    for name, value in words.items():
        if not value.strip():
            raise ValueError(f"{name} must be words, got {value!r}")


def _cite_source(source: str, mark: str) -> str:
    return f"reported as in {source}" if mark == "reported" else source
