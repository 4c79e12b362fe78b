"""The numbers of exercise 11: what a server's log and a client's own account are, and how a class's are drawn."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cache
from itertools import product
from math import ceil, isclose
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from labkit import PriceCard

from ..model import Given
from .recorded_bill import ACCOUNT, LOG

Row: TypeAlias = "tuple[Any, ...]"
Table: TypeAlias = "tuple[Row, ...]"

USD_DIGITS = 6
LANES = 3
PATIENCE_SEC = 4.0
"""So long the drawn client waits for a reply."""


class Call(NamedTuple):
    """A row of the server's log: the columns of ``labkit_agents.server``'s own, but for those that are alike in all."""

    sec: float
    took: float
    task: str
    model: str
    attempt: int
    client_retry: int
    status: int | None
    fault: str
    tokens_in: int
    tokens_cached: int
    tokens_out: int
    stream: bool
    usd: float
    there: bool

    @property
    def delivered(self) -> bool:
        """Whether somebody got a whole reply."""
        return self.status == 200 and self.there and self.fault in ("", "wrong")


class Reported(NamedTuple):
    """A row of the client's account: one reply, as its library tells of it."""

    task: str
    model: str
    tokens_in: int
    tokens_out: int
    usd: float


@dataclass(frozen=True, repr=False)
class ServiceBill(Given):
    """The numbers of the exercise.

    The log is one that ``labkit_agents.server`` kept, see ``recorded_bill``; the prices are those of its two models.
    The cap and the setups are made up.
    """

    log: Table = field(
        default=LOG,
        metadata={
            "doc": "the server's log: sec, took, task, model, attempt, client_retry, status, fault, tokens_in, "
            "tokens_cached, tokens_out, stream, usd, there"
        },
    )
    account: Table = field(
        default=ACCOUNT, metadata={"doc": "the client's account: task, model, tokens_in, tokens_out, usd"}
    )
    prices: Table = field(
        default=(("premium", 10.0, 1.0, 40.0, True), ("small", 0.5, 0.05, 3.0, False)),
        metadata={"doc": "USD a million tokens: model, in, cached, out, whether the client's library has its price"},
    )
    fallbacks: int = field(default=1, metadata={"doc": "models that the client's file names to fall back on"})
    node_retries: int = field(default=1, metadata={"doc": "retries of the graph's node, in the same file"})
    cap_usd: float = field(default=2.0, metadata={"doc": "USD, a cap that is compared with bills that have come"})
    at_once: int = field(default=7, metadata={"doc": "tasks that run at once"})
    agreed_usd: float = field(default=2.3, metadata={"doc": "USD, what was agreed: never more, on no day"})
    setups: Table = field(
        default=(("premium", 0.024, 2.0, 0.90), ("small", 0.0015, 0.5, 0.72)),
        metadata={"doc": "model, USD of its dearest call, sec of a call, share of its calls that bring a good answer"},
    )
    tries: tuple[int, ...] = field(default=(1, 2, 3, 4), metadata={"doc": "calls that a task may make, to choose from"})
    lanes: tuple[int, ...] = field(default=(2, 4, 8), metadata={"doc": "tasks at once, to choose from"})
    tasks: int = field(default=16, metadata={"doc": "tasks of a batch, for which the cap has room in every setup"})
    max_sec: float = field(default=17.0, metadata={"doc": "s, within which a batch must be done"})


def calls_of(g: Any) -> list[Call]:
    """The rows of the server's log."""
    return [Call(*row) for row in g.log]


def account_of(g: Any) -> list[Reported]:
    """The rows of the client's account."""
    return [Reported(*row) for row in g.account]


@cache
def card_of(row: Row) -> PriceCard:
    """The price card of a row of ``prices``."""
    return PriceCard.per_million(row[1], row[2], row[3])


# ---- drawing ----------------------------------------------------------------------------------------------

PREMIUM_PRICES = ((10.0, 1.0, 40.0), (8.0, 2.0, 32.0), (5.0, 0.5, 25.0), (12.0, 3.0, 48.0))
SMALL_PRICES = ((0.5, 0.05, 3.0), (0.8, 0.2, 4.0), (1.0, 0.25, 5.0))


TRIES = ((2, 1), (3, 1), (4, 1), (5, 1), (2, 2), (3, 2), (2, 3), (2, 4), (2, 5))
"""The client's tries and the node's retries, of which one pair is drawn."""


def draw(rng: np.random.Generator) -> ServiceBill:
    """Numbers of the same kind for one student: another day, with no setup at a bound and none that equals another."""
    while True:
        drawn = _draw_setups(rng, _draw_day(rng))
        if not (meets_a_bound(drawn) or has_twins(drawn)):
            return drawn


def meets_a_bound(g: ServiceBill) -> bool:
    """Whether some setup fills the cap, or costs what was agreed, or takes all the time, to the last digit.

    There a right way that adds up dollars in another order would be rounded to the other side.
    """
    for (_, usd, sec, _), tries, at_once in product(g.setups, g.tries, g.lanes):
        filled, batch_sec = g.cap_usd / (tries * usd), g.tasks * tries * sec / at_once
        day = (ceil(filled) - 1 + at_once) * tries * usd
        if isclose(filled, round(filled)) or isclose(day, g.agreed_usd) or isclose(batch_sec, g.max_sec):
            return True
    return False


def has_twins(g: ServiceBill) -> bool:
    """Whether some setups of different models deliver the same share, of which rounding would choose one.

    Seven of ten in two tries are as many as 91 of 100 in one, and in other digits: 0.9099999999999999 and 0.91.
    """
    strong, weak = ([1 - (1 - row[3]) ** tries for tries in g.tries] for row in g.setups)
    return any(isclose(one, other) for one, other in product(strong, weak))


def _draw_day(rng: np.random.Generator) -> ServiceBill:
    """A day's log and account; its cap and its setups are still the text's."""
    tries, node_retries = TRIES[int(rng.integers(len(TRIES)))]
    prices = (
        ("premium", *PREMIUM_PRICES[int(rng.integers(len(PREMIUM_PRICES)))], True),
        ("small", *SMALL_PRICES[int(rng.integers(len(SMALL_PRICES)))], False),
    )
    wire = 2 * (node_retries + 1) * tries
    day = _Day(rng, prices, tries, node_retries)
    day.run_ordinary(9 if wire > 18 else int(rng.integers(9, 12)))
    day.run_outage()
    day.run_hanging(1 if wire > 12 else 2)
    log = tuple(tuple(call) for call in sorted(day.calls, key=lambda call: call.sec))
    return ServiceBill(log=log, account=day.tell(), prices=prices, node_retries=node_retries)


def _draw_setups(rng: np.random.Generator, day: ServiceBill) -> ServiceBill:
    """The same day with another cap, and with setups of which a batch never fills it, whatever they cost."""
    calls = calls_of(day)
    dearest = max(call.usd for call in calls)
    wire = 2 * (day.node_retries + 1) * (1 + max(call.client_retry for call in calls))
    cap = round(wire * dearest * rng.uniform(max(3.1, 36 / wire), 6.9), 1)
    fill_it = ceil(cap / (wire * dearest))  # so many tasks at once would be the overshoot and the cap alike
    strong = ("premium", round(dearest, 4), float(rng.choice([1.6, 2.0, 2.4])), float(rng.integers(86, 94)) / 100)
    weak = ("small", round(dearest / rng.uniform(8, 16), 4), float(rng.choice([0.4, 0.5])), rng.integers(66, 80) / 100)
    most = int(cap / (max(day.tries) * strong[1]) / max(day.lanes))
    tasks = max(day.lanes) * int(rng.integers(1, min(most, 5) + 1))
    return replace(
        day,
        cap_usd=cap,
        at_once=int(rng.choice([number for number in range(4, 10) if number != fill_it])),
        agreed_usd=round(cap + strong[1] * float(rng.integers(8, 27)), 2),
        setups=(strong, (*weak[:3], float(weak[3]))),
        tasks=tasks,
        max_sec=round(tasks * strong[2] * float(rng.uniform(0.5, 1.0)), 1),
    )


class _Day:
    """The calls of a day, one after the other in each lane, and what the client's library says of them."""

    def __init__(self, rng: np.random.Generator, prices: Table, tries: int, node_retries: int) -> None:
        self.rng, self.tries, self.node_retries = rng, tries, node_retries
        self.prices = {row[0]: row for row in prices}
        self.cards = {row[0]: card_of(row) for row in prices}
        self.calls: list[Call] = []
        self.free_at = [0.2] * LANES
        self.names = iter(f"t{number}" for number in range(1, 100))

    def run_ordinary(self, count: int) -> None:
        """Tasks of which some fail once, some answer wrong, some are streams and one is given up."""
        kinds = ["429", "500", "timeout", "cut", "wrong", "stream", "stream", "left", ""]
        kinds += list(self.rng.choice(["429", "timeout", "cut", "wrong", "stream", ""], count - len(kinds)))
        for kind in map(str, self.rng.permutation(kinds)):
            task, place = next(self.names), int(np.argmin(self.free_at))
            sec = self.free_at[place]
            failed = kind in ("429", "500", "timeout", "cut")
            if failed:
                sec = self._call(sec, task, "premium", 0, kind, False)
            fault = kind if kind in ("wrong", "left") else ""
            self.free_at[place] = self._call(sec, task, "premium", int(failed), fault, kind in ("stream", "left"))

    def run_outage(self) -> None:
        """A task all of whose calls fail, to the last retry of the last layer."""
        self._run_everything("500", last="")

    def run_hanging(self, count: int) -> None:
        """Tasks whose calls of the first model hang, and that the second one answers."""
        start = max(self.free_at)
        for _ in range(count):
            self.free_at[0] = start + self.rng.uniform(0, 0.3)
            self._run_everything("timeout", last="small")

    def _run_everything(self, fault: str, last: str) -> None:
        """All tries of all layers with this fault, unless the model ``last`` answers."""
        task, sec = next(self.names), max(self.free_at) if fault == "500" else self.free_at[0]
        for model in ("premium", "small") * (self.node_retries + 1):
            for retry in range(self.tries):
                sec = self._call(sec, task, model, retry, "" if model == last else fault, False)
                if model == last:
                    return
        self.free_at = [sec] * LANES

    def _call(self, sec: float, task: str, model: str, retry: int, fault: str, stream: bool) -> float:
        """Log a call and report it; when the next one may begin."""
        rng, earlier = self.rng, [call for call in self.calls if call.task == task]
        sent, cached, written = 0, 0, 0
        if fault not in ("429", "500"):
            billed = [(call.tokens_in, call.tokens_out) for call in earlier if call.tokens_in]
            sent, written = billed[0] if billed else (int(rng.integers(60, 160)) * 10, int(rng.integers(8, 25)) * 25)
            cached = sent * int(rng.integers(40, 91)) // 100
        usd = round(float(self.cards[model].bill(sent, cached, written).usd), USD_DIGITS)
        whole_sec = 0.2 + 0.0036 * written if model == "premium" else 0.04 + 0.00072 * written
        took = {"429": 0.01, "500": 0.02, "timeout": PATIENCE_SEC, "cut": 0.6 * whole_sec, "left": 0.5 * whole_sec}
        status = {"429": 429, "500": 500, "timeout": None}.get(fault, 200)
        there, shown = fault not in ("timeout", "left"), "" if fault == "left" else fault
        attempt = 1 + sum(call.model == model for call in earlier)
        self.calls.append(
            Call(
                round(sec, 2), round(took.get(fault, whole_sec), 2), task, model, attempt, retry, status, shown,
                sent, cached, written, stream, usd, there,
            )
        )  # fmt: skip
        again = fault in ("429", "500", "timeout", "cut") and retry < self.tries - 1
        return sec + took.get(fault, whole_sec) + again * 0.5 * 2**retry * rng.uniform(0.75, 1.25)

    def tell(self) -> Table:
        """The client's account of the day, in the order in which the replies ended."""
        delivered = sorted((call for call in self.calls if call.delivered), key=lambda call: call.sec + call.took)
        return tuple(tuple(self._report(call)) for call in delivered)

    def _report(self, call: Call) -> Reported:
        """What the library tells: a stream by the few words it counted, every token as fresh, a strange model at 0."""
        _, fresh, _, out, known = self.prices[call.model]
        sent, written = (0, int(self.rng.integers(2, 13))) if call.stream else (call.tokens_in, call.tokens_out)
        usd = round((sent * fresh + written * out) / 1_000_000, USD_DIGITS) if known else 0.0
        return Reported(call.task, call.model, sent, written, usd)
