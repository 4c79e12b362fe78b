"""The committed rows that figures of the course are computed from; README.md beside them has source and licence."""

from __future__ import annotations

import csv
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from labkit._inputs import one_of
from labkit._values import by_value

FOLDER = Path(__file__).resolve().parent
CHARS_A_TOKEN = 4
"""About so many characters of English make a token; the recordings of tau-bench count characters."""
ONCE = {
    "GPT-3.5-0613": "gpt-3.5-turbo-0613",
    "GPT-4-0613": "gpt-4-0613",
    "GPT-4-turbo-0409": "gpt-4-turbo-2024-04-09",
}
REPEATED = {
    ("GPT-3.5-0613", "cold"): "gpt-3.5-turbo-0613-5repeats-no-temp-incr",
    ("GPT-4-0613", "cold"): "gpt-4-0613-5repeats-no-temp-incr",
    ("GPT-4-turbo-0409", "cold"): "gpt-4-turbo-0409-5repeats-no-temp-incr",
    ("GPT-3.5-0613", "warm"): "gpt-3.5-turbo-0613-5step",
    ("GPT-4-0613", "warm"): "gpt-4-0613-5step",
    ("GPT-4-turbo-0409", "warm"): "gpt-4-turbo-0409-5step",
    ("GPT-4-turbo-0409", "eight"): "gpt-4-turbo-0409-8repeats-no-temp-incr",
}
CASCADES = {
    "GPT-4-0613": "l3_8b-gpt-3.5-turbo-0613-l3_70b-gpt4-0613",
    "GPT-4-turbo-0409": "l3_8b-gpt35-l3_70b-gpt4-0409",
}


@lru_cache(maxsize=8)
def read_rows(name: str) -> tuple[dict[str, str], ...]:
    """The rows of one committed table, each as {column: text}.

    Raises:
        ValueError: no such table.

    >>> len(read_rows("tau2_leaderboard"))
    64
    """
    one_of("name", name, sorted(path.stem for path in FOLDER.glob("*.csv")))
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


class Retried(NamedTuple):
    """What became of HumanEval's problems when an answer that failed the example tests was asked for again.

    The hidden tests say what is right; the example tests, which stand in the problem, say what is tried again. So an
    answer may be accepted although it is wrong. ``once_right`` of ``once`` is another run, of one call each.
    """

    once: int
    once_right: int
    answers: int
    right: int
    accepted_wrong_at_first: int
    accepted_wrong: int
    rejected_at_first: int
    rejected_then_right: int

    @property
    def p(self) -> float:
        """How often one call is right."""
        return self.once_right / self.once

    @property
    def solved(self) -> float:
        """How often the last of up to five answers (with ``"eight"``, eight) is right."""
        return self.right / self.answers

    @property
    def recall(self) -> float:
        """d: the share of wrong first answers that the example tests noticed, given the p of the one-call run."""
        return 1 - self.accepted_wrong_at_first / (self.answers * (1 - self.p))

    @property
    def recovery(self) -> float:
        """r: the share of noticed wrong first answers that end right, given the p of the one-call run.

        Below 0 where that other run did better than all tries here (GPT-3.5, cold): chance, not a share.
        """
        return (self.right - self.answers * self.p) / (self.answers * (1 - self.p) * self.recall)

    @property
    def unsolved(self) -> int:
        """Answers that are wrong in the end: accepted wrong ones, and those given up after the last try."""
        return self.answers - self.right


def humaneval_retries(model: str, way: str) -> Retried:
    """The counts of one model's runs with up to five tries: ``"cold"`` at temperature 0, ``"warm"`` from 0 upwards.

    GPT-4-turbo-0409 was also given up to eight tries at temperature 0: ``"eight"``.

    Raises:
        ValueError: another model, or another way.

    >>> cold = humaneval_retries("GPT-4-0613", "cold")
    >>> [round(x, 3) for x in (cold.p, cold.solved, cold.recall, cold.recovery)]
    [0.865, 0.888, 0.613, 0.279]
    >>> cold.unsolved, cold.accepted_wrong, cold.accepted_wrong_at_first
    (92, 44, 43)
    """
    if (model, way) not in REPEATED:
        raise ValueError(f"model and way must be one of {sorted(REPEATED)}, got {(model, way)!r}")
    counts = {
        (row["tries_used"], row["solved_by_hidden_tests"] == "1"): int(row["count"])
        for row in read_rows("humaneval_retries")
        if row["configuration"] == REPEATED[model, way]
    }
    single = {
        row["solved_by_hidden_tests"]: int(row["count"])
        for row in read_rows("humaneval_retries")
        if row["configuration"] == ONCE[model]
    }
    right = sum(count for (_, solved), count in counts.items() if solved)
    last = max(tries for tries, _ in counts)  # one digit: given up after so many tries, or right at the last
    first_right, first_wrong = counts["0", True], counts["0", False]
    return Retried(
        once=single["0"] + single["1"],
        once_right=single["1"],
        answers=sum(counts.values()),
        right=right,
        accepted_wrong_at_first=first_wrong,
        accepted_wrong=sum(n for (tries, solved), n in counts.items() if not solved and tries != last),
        rejected_at_first=sum(counts.values()) - first_right - first_wrong,
        rejected_then_right=right - first_right,
    )


class Cascaded(NamedTuple):
    """Answers to HumanEval's problems by four models in turn: how many were asked of each, and how many were right.

    A model is asked when the example tests reject the answer of the one before it; ``right`` counts the answers that
    were kept and are right by the hidden tests.
    """

    reached: NDArray[np.int64]
    right: NDArray[np.int64]

    @property
    def solved(self) -> float:
        """How often the answer that is kept is right."""
        return float(self.right.sum() / self.reached[0])

    @property
    def p(self) -> NDArray[np.float64]:
        """How often each model is right on the problems that reach it; a rejected answer is taken as wrong."""
        return self.right / self.reached

    @property
    def detection(self) -> NDArray[np.float64]:
        """Of the wrong answers of each model but the last, the share that the example tests rejected."""
        return self.reached[1:] / (self.reached - self.right)[:-1]


def humaneval_cascade(last: str) -> Cascaded:
    """The counts of a cascade of Llama-3 8B, GPT-3.5, Llama-3 70B and a last model, each asked at temperature 0.

    Args:
        last: the last model, ``"GPT-4-0613"`` or ``"GPT-4-turbo-0409"``.

    Raises:
        ValueError: another model.

    >>> found = humaneval_cascade("GPT-4-0613")
    >>> found.reached.tolist(), found.right.tolist(), round(found.solved, 3)
    ([820, 320, 141, 89], [448, 169, 46, 55], 0.876)
    """
    one_of("last", last, tuple(CASCADES))
    rows = [row for row in read_rows("humaneval_retries") if row["configuration"] == CASCADES[last]]
    kept, right = np.zeros(5, int), np.zeros(5, int)  # the fifth: rejected by the last model's tests too
    for row in rows:
        kept[int(row["tries_used"])] += int(row["count"])
        right[int(row["tries_used"])] += int(row["count"]) * int(row["solved_by_hidden_tests"])
    reached = kept[::-1].cumsum()[::-1]
    return Cascaded(reached[:4], right[:4])


@by_value
class Talk(NamedTuple):
    """One recorded conversation of an agent with its model, in tokens of four characters each.

    Attributes:
        task, trial: which task of the benchmark, and which of its four runs.
        sent, answered: tokens of each call's messages, and of its answer, in the order of the calls.
    """

    task: int
    trial: int
    sent: NDArray[np.float64]
    answered: NDArray[np.float64]


def airline_calls() -> tuple[Talk, ...]:
    """The 200 conversations of gpt-4o in tau-bench's airline: 50 tasks, four runs of each, 2,454 calls.

    >>> talks = airline_calls()
    >>> len(talks), sum(talk.sent.size for talk in talks), talks[0].sent[:3].tolist()
    (200, 2454, [1591.75, 1639.25, 1820.0])
    """
    talks: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for row in read_rows("tau_bench_airline_calls"):
        place = int(row["task"]), int(row["trial"])
        talks.setdefault(place, []).append((int(row["chars_sent"]), int(row["chars_answered"])))
    return tuple(Talk(*place, *(np.array(calls).T / CHARS_A_TOKEN)) for place, calls in talks.items())


@by_value
class ChatRequests(NamedTuple):
    """Requests to a recorded chat service, those alike in their age in one row; all columns but the first are sums.

    Attributes:
        age_sec: seconds since the prefix was last used that these requests shared with an earlier one; 0 for the
            first request of all, which shared none.
        requests: how many they are.
        tokens_in, tokens_out: their tokens.
        tokens_seen: of ``tokens_in``, tokens of the prefix, in blocks of 512.
    """

    age_sec: NDArray[np.int64]
    requests: NDArray[np.int64]
    tokens_in: NDArray[np.int64]
    tokens_out: NDArray[np.int64]
    tokens_seen: NDArray[np.int64]


def mooncake_requests() -> ChatRequests:
    """The 12,031 requests of one hour of Mooncake's conversation trace, added up by the age of what they share.

    >>> rows = mooncake_requests()
    >>> int(rows.requests.sum()), rows.age_sec.size, int(rows.tokens_in.sum())
    (12031, 357, 144793823)
    """
    columns = ("sec_since_last_use", "requests", "input_tokens", "output_tokens", "prefix_tokens_seen")
    rows = read_rows("mooncake_conversation")
    return ChatRequests(*(np.array([int(row[column] or 0) for row in rows]) for column in columns))
