"""What an entry of ``published`` is: a figure or a finding, where it stands, and how it was read."""

from __future__ import annotations

from dataclasses import dataclass

MARKS = ("read", "reported")


@dataclass(frozen=True)
class Published:
    """Figures from one place, in the order that ``what`` names them.

    Args:
        what: what was measured, on what, and the unit.
        values: the figures; shares are in [0, 1].
        source: who published them, and where.
        mark: ``"read"`` or ``"reported"``.

    Raises:
        ValueError: no words, no figures, no source, or another mark.

    >>> Published("p99.9 without and with a second request after 10 ms (ms), extra requests", (1800, 74, 0.02),
    ...           "The Tail at Scale, Dean and Barroso 2013")
    p99.9 without and with a second request after 10 ms (ms), extra requests: 1800, 74, 0.02
    (The Tail at Scale, Dean and Barroso 2013)
    >>> Published("most times faster", (11.7,), "Parrot, Lin et al. OSDI 2024", "reported").cite
    'reported as in Parrot, Lin et al. OSDI 2024'
    """

    what: str
    values: tuple[float, ...]
    source: str
    mark: str = "read"

    def __post_init__(self) -> None:
        _check_words(what=self.what, source=self.source)
        if not self.values:
            raise ValueError("values must hold at least one figure, got none")
        _check_mark(self.mark)

    @property
    def cite(self) -> str:
        """The source, and that it is quoted at second hand where it is."""
        return _cite_source(self.source, self.mark)

    def __repr__(self) -> str:
        return f"{self.what}: {', '.join(f'{value:.10g}' for value in self.values)}\n({self.cite})"


@dataclass(frozen=True)
class Finding:
    """A published result in words, where a figure alone would tell half of it.

    Args:
        finding: what was found.
        but: the other half of it.
        source: who published it, and where.
        mark: ``"read"`` or ``"reported"``.

    Raises:
        ValueError: no words for one of the halves, no source, or another mark.

    >>> Finding("debate does not reliably beat sampling one model several times", "tuned variants of it do better",
    ...         "Smit et al. ICML 2024, abstract")
    debate does not reliably beat sampling one model several times, but tuned variants of it do better
    (Smit et al. ICML 2024, abstract)
    """

    finding: str
    but: str
    source: str
    mark: str = "read"

    def __post_init__(self) -> None:
        _check_words(finding=self.finding, but=self.but, source=self.source)
        _check_mark(self.mark)

    @property
    def cite(self) -> str:
        """The source, and that it is quoted at second hand where it is."""
        return _cite_source(self.source, self.mark)

    def __repr__(self) -> str:
        return f"{self.finding}, but {self.but}\n({self.cite})"


def _check_words(**words: str) -> None:
    for name, value in words.items():
        if not value.strip():
            raise ValueError(f"{name} must be words, got {value!r}")


def _check_mark(mark: str) -> None:
    if mark not in MARKS:
        raise ValueError(f"mark must be one of {MARKS}, got {mark!r}")


def _cite_source(source: str, mark: str) -> str:
    return f"reported as in {source}" if mark == "reported" else source
