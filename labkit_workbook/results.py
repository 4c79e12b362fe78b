"""What ``check`` found, and what a running kernel remembers of it until it is restarted."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

MIME = "application/vnd.labkit.check+json"
WORKED_MIME = "application/vnd.labkit.worked+json"
"""The note in a saved notebook that the worked way of a question was looked at."""
STATUSES = {  # -> the words with which its message begins, and its colour
    "right": ("Right.", "#2e7d32"),
    "follows": ("It follows.", "#4f7d2e"),
    "wrong": ("Not yet.", "#c75000"),
    "misconception": ("Not yet.", "#c75000"),
    "wrong_type": ("Not an answer yet.", "#7b4ea3"),
    "recorded": ("Recorded.", "#00629b"),
    "not_started": ("Not started.", "#5f6b7a"),
    "stale": ("Run it again.", "#5f6b7a"),
    "unknown": ("Not found.", "#7b4ea3"),
}
"""``check`` itself never says "stale": it is what becomes of an answer whose exercise has other numbers by now."""


@dataclass(frozen=True)
class CheckResult:
    """What ``check`` found.

    Attributes:
        question: its id.
        status: a key of ``STATUSES``.
        message: what the learner is told.
        label: the name of the misconception, if it is one.
        numbers: the mark of the numbers that it was judged by; see ``numbers.given_numbers.mark_of``.
        tries: how many wrong answers that differ were given up to this one.
        worked: the worked way on other numbers had been looked at before.
        answer: the answer as plain numbers, if it was one; it is not shown.
    """

    question: str
    status: str
    message: str
    label: str = ""
    numbers: str = ""
    tries: int = 0
    worked: bool = False
    answer: tuple[float, ...] = field(default=(), repr=False, compare=False)

    def __repr__(self) -> str:
        return f"{STATUSES[self.status][0]} {self.message}"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        from labkit._html import escaped  # noqa: PLC0415  (numpy comes with it, and a saved answer needs none)

        word, colour = STATUSES[self.status]
        data = {name: value for name, value in vars(self).items() if name != "answer"}
        page = (
            f"<div role='status' style='border-left:0.35em solid {colour}; padding:0.3em 0.8em'>"
            f"<strong>{word}</strong> {escaped(self.message)}</div>"
        )
        return {"text/plain": repr(self), "text/html": page, MIME: data}


@dataclass
class Memory:
    """What one kernel remembers. An answer is kept with the mark of its numbers, for with others it is another's.

    Attributes:
        answers: (question's id, mark) -> the answer that was given last, for what follows from it.
        wrong: (question's id, mark) -> the wrong answers, in their order; a misread one may stand there twice.
        last: question's id -> what ``check`` found last.
        worked: the ids of the questions whose worked way on other numbers was looked at.
    """

    answers: dict[tuple[str, str], tuple[float, ...]] = field(default_factory=dict)
    wrong: dict[tuple[str, str], list[tuple[float, ...]]] = field(default_factory=dict)
    last: dict[str, CheckResult] = field(default_factory=dict)
    worked: set[str] = field(default_factory=set)

    def forget(self) -> None:
        """Forget all; a fresh kernel begins so."""
        for each in (self.answers, self.wrong, self.last, self.worked):
            each.clear()


MEMORY = Memory()
