"""The questions of the lessons: one right answer, an explanation for every answer, and truths that labkit computes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import labkit_traces
from labkit import (
    PREMIUM,
    SMALL,
    PriceCard,
    chain,
    cost,
    easy,
    evaluation,
    frontier,
    latency,
    parallel,
    prices,
    reliability,
    retry,
)
from labkit import cache as cached
from labkit.simulation import simulate
from labkit_agents import frameworks
from labkit_workbook import published, textbook
from labkit_workbook.explorers.designs import single_levers
from labkit_workbook.explorers.limits import made_of
from labkit_workbook.explorers.paths import report, research
from labkit_workbook.own_agent import in_frameworks, validation
from labkit_workbook.own_agent.sample import sample_trace
from labkit_workbook.predictions.guesses import FOLDER, Guess, find_guess, find_lesson, lessons, read_lesson
from labkit_workbook.published.rows import humaneval_retries

ROOT = Path(__file__).resolve().parents[3]
ALL = {guess.id: guess for lesson in lessons() for guess in lesson.guesses}
CHOICES = [guess for guess in ALL.values() if guess.kind == "choice"]
NUMBERS = [guess for guess in ALL.values() if guess.kind != "choice"]
NUMBER = re.compile(r"\d[\d,]*\.?\d*")


def number_of(name: str) -> float:
    """What a printed line of a lesson says after a label."""
    text = "".join(path.read_text(encoding="utf-8") for path in sorted(ROOT.glob("notebooks/*.ipynb")))
    found = re.search(name, text)
    assert found, name
    return float(found.group(1).replace(",", ""))


def premium_majority() -> float:
    """The cost a prefix cache leaves, in percent, as lesson 01 counts it."""
    full = cost.cached_prefix(3e-6, 15e-6, hit_tokens=0, miss_tokens=2000, output_tokens=200)
    return 100 * cost.cached_prefix(3e-6, 15e-6, hit_tokens=1800, miss_tokens=200, output_tokens=200) / full


CARD = PriceCard.per_million(3, 0.30, 15, usd_written=3.75)


def recorded_against_calls_alike() -> float:
    """How many times as many tokens the airline's agent sent as if all its calls had been like the first."""
    talks = published.airline_calls()
    first = np.mean([talk.sent[0] for talk in talks if talk.trial < 2])
    later = [talk.sent for talk in talks if talk.trial >= 2]
    return float(sum(sent.sum() for sent in later) / (first * sum(sent.size for sent in later)))


def chat_left() -> float:
    """The share of the chat's bill that a prefix cache leaves, in percent."""
    rows = published.mooncake_requests()
    return 100 * prices.replay_prefix_cache(CARD, rows.tokens_in, rows.tokens_seen, rows.tokens_out).left


def hedged_gain() -> float:
    """Seconds that asking again after the recorded p95 takes off the p99."""
    mean, median, p95, _ = published.CALL_SEC.values
    calls = latency.Lognormal(mean, sigma=np.sqrt(2 * np.log(mean / median)))
    sample = calls.quantile_of_max(1, (np.arange(2000) + 0.5) / 2000)
    return float(latency.hedged(sample, 1e9).quantile(0.99) - latency.hedged(sample, p95).quantile(0.99))


def missed_by_the_power_law() -> float:
    """Percentage points that p^k is off at three and four runs, over the recorded agents."""
    later, off = np.array([3, 4]), []
    for recorded in published.PASS_HAT.values():
        off += list(abs(recorded.values[0] ** later - recorded.values[2:]))
    return 100 * float(np.mean(off))


def validation_needed() -> float:
    """The smallest recall for which some share of simple questions keeps the three claims of lesson 05's story."""
    share = np.linspace(0, 1, 1001)
    for recall in np.linspace(0, 1, 101):
        step = reliability.gated(PREMIUM.p_ok, recall, retries=1, fail_open=True)
        sec = np.where(share > 0.5, SMALL.sec + 0.75 * PREMIUM.sec, SMALL.sec + 2 * PREMIUM.sec)
        usd = SMALL.usd + step.attempts * PREMIUM.usd * (share + 6 * (1 - share))
        right = share * step.p + (1 - share) * step.p**6
        times = 30 * PREMIUM.usd / usd
        if np.any((sec < 2) & (times >= 8) & (times <= 12.5) & (right > 0.99)):
            return 100 * recall
    raise AssertionError("no recall is enough")


def checked_twelve() -> reliability.CheckedChain:
    """Twelve premium steps behind lessons 03 and 09's gate, with errors that travel."""
    return reliability.checked_chain([PREMIUM.p_ok] * 12, 0.7, 0.05, retries=1)


def check_pays_with_damage() -> float:
    """V at which the check of lesson 09 changes nothing, if a wrong answer costs V as well."""
    after, q = checked_twelve(), 0.985 * 0.05 + 0.015 * 0.7
    more_usd = 12 * ((1 + q) * (PREMIUM.usd + SMALL.usd) - PREMIUM.usd)
    before = PREMIUM.p_ok**12
    return more_usd / (after.right - after.wrong - (before - (1 - before)))


def both_wrong() -> float:
    """Percent of MMLU's questions that both models of RouteLLM get wrong."""
    answers = published.paired_answers("MMLU")
    return 100 * float(answers.both_wrong.sum() / answers.questions.sum())


def false_hits() -> float:
    """The share of a semantic cache's recorded hits, at a threshold of .9, that answer another sum."""
    rows = {row.condition: row.counts for row in frameworks.recorded("litellm_semantic")}
    hits = rows["semantic, 200 sums and 50 again, threshold 0.9"]
    return hits["false hits"] / hits["hits"]


def debate_promise() -> float:
    """Seconds for 95% of lesson 07's debates: two rounds of a wait and the slowest of three calls."""
    call, shares = latency.Lognormal(2.0, 0.4), (np.arange(200) + 0.5) / 200
    load = latency.under_load(1.5, call, 20, calls=6, burstiness=5)
    once = np.quantile(np.add.outer(call.quantile_of_max(3, shares), load.wait_quantile(shares)), shares)
    return float(np.quantile(np.add.outer(once, once), 0.95))


TRUTHS: dict[str, Callable[[], float]] = {
    "start_here.twelve": lambda: 100 * chain(12, PREMIUM).outcome().reliability,
    "cost.calls": lambda: cost.call_multiplier(12, 2),
    "cost.growth": lambda: float(
        next(s for s in range(1, 99) if cost.growing_context_tokens(2000, 500, s) >= 2 * 2000 * s)
    ),
    "cost.unseen": lambda: 100 * (1 - CARD.bill(2000, 0, 200).usd / CARD.bill(2000, 0, 1600).usd),
    "cost.recorded": recorded_against_calls_alike,
    "cost.cached": premium_majority,
    "cost.chat": chat_left,
    "latency.slowest": lambda: 2.0 * latency.Lognormal(1.0, sigma=0.55).expected_max(12),
    "latency.four_retried": lambda: simulate(parallel(4, SMALL).pipe(retry, 1), 400_000, seed=1).mean.latency,
    "reliability.fifty": lambda: 100 * reliability.chain_success(0.99, 50),
    "reliability.half_steps": lambda: reliability.steps_until_below(0.985, 0.5),
    "reliability.one_retry": lambda: 100 * chain(12, PREMIUM).pipe(retry, 1).outcome().reliability,
    "reliability.five_tries": lambda: 100 * humaneval_retries("GPT-4-0613", "cold").solved,
    "reliability.travel": lambda: 1000 * checked_twelve().wrong,
    "levers.again": lambda: 100 * chain(6, PREMIUM).outcome().reliability,
    "levers.pencil": lambda: textbook.routed().outcome().latency,
    "levers.cache_moved": lambda: textbook.combined_variants()[-1][1].quality_per_dollar,
    "levers.too_soon": lambda: 100 * (1 - reliability.chain_success(1 - 1 / 20, 11)),
    "coordination.again": lambda: 0.02 / (0.91 - 0.90),
    "coordination.debate_pays": lambda: 2 * PREMIUM.usd / (0.98**9 * (0.99 - 0.95)),
    "coordination.thirty": lambda: 100 * (1 - reliability.chain_success(PREMIUM.p_ok, 30)),
    "coordination.validation": validation_needed,
    "tries.all_four": lambda: 100 * published.PASS_HAT["gpt-4o airline"].values[3],
    "tries.two_laws": missed_by_the_power_law,
    "tries.blind": lambda: published.ALFWORLD_BLIND.values[6],
    "tries.informed": lambda: 100 * published.AIDER.values[1],
    "tails.hedging": hedged_gain,
    "tails.promise": debate_promise,
    "tails.graph_seen": lambda: (
        latency.list_schedule([step.model.sec for step in report()], report().graph.needs, 4, "longest").makespan
    ),
    "tails.semantic": lambda: 100 * cost.semantic_cache(0.985, 0.03, 2.0, 0.652, 0.03, 0.985).p ** 12,
    "tries.maker": lambda: reliability.horizon(reliability.first_to_ahead(1 - published.MAKER.values[1], 3)),
    "tries.eighty": lambda: published.HORIZONS["GPT-5"].values[1],
    "tasks.again": lambda: (
        200 / reliability.fit_beta(*published.PASS_HAT["gpt-4o airline"].values[:2]).design_effect(4)
    ),
    "tasks.needed": lambda: evaluation.paired_tasks_needed(9 / 500, 2 / 500),
    "tasks.fifty": lambda: 100 * evaluation.smallest_unpaired_difference(50, 0.8),
    "tasks.peeking": lambda: 100 * evaluation.false_alarms_of_peeking(10),
    "tasks.both_wrong": both_wrong,
    "budgets.damage": check_pays_with_damage,
    "budgets.hard_debate": lambda: number_of(r"hard\s+debate 3 x 2, 1 retry\s+([\d.]+)"),
    "real_system.nines": lambda: number_of(r"nines\s+([\d.]+)%\s+88\.9%"),
    "production.wire": lambda: cost.calls_through_layers((3, 3, 3)),
    "production.semantic": lambda: 100 * false_hits(),
    "production.cap": lambda: 0.03 * min(10, cost.post_paid_calls(0.05, 0.03, in_flight=10)),
    "production.superstep": lambda: latency.staged([[SMALL.sec, 0.04072], [0.04072, SMALL.sec]]),
    "own.rows": lambda: labkit_traces.read(sample_trace()).money.priced_usd,
    "own.gate": lambda: 100 * validation.recorded().of("one retry with a gate")[-1].measured.value,
    "own.frameworks": lambda: in_frameworks.recorded().of("cached, 200 answers kept")[0].measured.value,
}


def test_each_lesson_has_its_questions() -> None:
    assert [lesson.name for lesson in lessons()] == [
        "start_here", "cost", "latency", "reliability", "levers", "coordination", "tries", "tails", "tasks",
        "budgets", "real_system", "production", "own",
    ]  # fmt: skip
    assert len(ALL) == sum(len(lesson.guesses) for lesson in lessons()) >= 64 + 8


@pytest.mark.parametrize("guess", CHOICES, ids=lambda guess: guess.id)
def test_a_choice_has_one_right_answer_and_an_explanation_for_each(guess: Guess) -> None:
    assert 3 <= len(guess.choices) <= 4
    assert sum(choice.right for choice in guess.choices) == 1
    assert len({choice.say for choice in guess.choices}) == len(guess.choices)
    assert all(len(choice.why.split()) >= 6 for choice in guess.choices)


@pytest.mark.parametrize("guess", CHOICES, ids=lambda guess: guess.id)
def test_no_explanation_gives_the_right_answer_away(guess: Guess) -> None:
    """Not its words, and not a number that stands neither in the question nor in the answer that was chosen."""
    right = next(choice for choice in guess.choices if choice.right)
    told = set(NUMBER.findall(right.say))
    for choice in guess.choices:
        if choice.right:
            continue
        assert right.say.lower() not in choice.why.lower()
        mentioned = set(NUMBER.findall(choice.why)) - set(NUMBER.findall(guess.ask + choice.say))
        assert not mentioned & told, (choice.say, mentioned & told)


@pytest.mark.parametrize("guess", NUMBERS, ids=lambda guess: guess.id)
def test_what_is_said_to_a_number_that_is_off_does_not_name_the_truth(guess: Guess) -> None:
    truth = guess.answer.strip("$%").split()[0]
    for words in (guess.too_low, guess.too_high):
        assert truth not in set(NUMBER.findall(words)) - set(NUMBER.findall(guess.ask))
        assert len(words.split()) >= 6


def test_every_number_is_computed_here() -> None:
    assert set(TRUTHS) == {guess.id for guess in NUMBERS}


@pytest.mark.parametrize("name", TRUTHS)
def test_the_truth_is_what_labkit_says(name: str) -> None:
    guess, truth = ALL[name], float(TRUTHS[name]())
    if guess.id == "tries.maker":
        assert guess.truth == pytest.approx(truth, rel=1e-6)
    else:
        assert guess.truth == pytest.approx(truth, abs=0.55 * 10**-guess.digits)


@pytest.mark.parametrize("guess", NUMBERS, ids=lambda guess: guess.id)
def test_a_lazy_guess_in_the_middle_of_the_axis_is_not_right(guess: Guess) -> None:
    assert guess.truth is not None
    middle = (guess.low * guess.high) ** 0.5 if guess.log else (guess.low + guess.high) / 2
    if guess.within is not None:
        assert abs(middle - guess.truth) > guess.within
    else:
        assert guess.factor is not None
        assert abs(np.log(middle / guess.truth)) > np.log(guess.factor)


def test_each_lesson_but_the_first_begins_with_a_question_that_comes_back_to_an_earlier_one() -> None:
    first, *others = lessons()
    assert not any(guess.back_to for guess in first.guesses)
    before = {guess.id for guess in first.guesses}
    for lesson in others:
        assert lesson.guesses[0].back_to in before
        assert not any(guess.back_to for guess in lesson.guesses[1:])
        before |= {guess.id for guess in lesson.guesses}


def test_choices_that_can_be_computed_are() -> None:
    """The right answers that name numbers or orders, against labkit."""
    assert ALL["latency.faster"].answer.startswith("Nothing from news")
    assert research(news=0.75).outcome().latency == research().outcome().latency == 10.5
    assert research(read=1.5).outcome().latency == 9.0
    alone = single_levers()
    assert max(alone, key=lambda name: alone[name].quality_per_dollar) == "cut 6 steps"
    assert ALL["levers.alone"].answer == "Cut six steps"
    reached = cost.is_ten_to_hundred(cost.call_multiplier(np.arange(1, 101), 2))
    assert np.flatnonzero(reached)[[0, -1]].tolist() == [4, 49]
    steps = chain(4, PREMIUM, "hard").then(chain(8, PREMIUM, "easy", difficulty="easy"))
    found = frontier.pareto(
        steps,
        lambda step: frontier.options(models=[PREMIUM, SMALL] if easy(step) else [PREMIUM], retries=[0, 1, 2]),
        accounting="expected",
    )
    assert 50 < len(found) < 300
    best = found.best(max_cost=0.25, max_latency=15)
    assert "2 easy on premium" in made_of(best)
    assert found.best(max_latency=15).outcome.reliability == best.outcome.reliability
    assert found.best(max_cost=0.25).outcome.reliability > best.outcome.reliability
    for caching in (1.25, 2.0):
        assert cost.cache_pays_after(0.1, caching) == pytest.approx((caching - 0.1) / 0.9)
    tried = humaneval_retries("GPT-4-0613", "cold")
    assert (round(tried.recall, 2), round(tried.recovery, 2)) == (0.61, 0.28)
    assert (tried.accepted_wrong, tried.unsolved, tried.answers) == (44, 92, 820)
    assert round(humaneval_retries("GPT-4-0613", "warm").recovery, 2) == 0.48
    assert round(100 * reliability.with_retries(tried.p, 4), 3) == 99.995
    six, kept = [f"step-{i}" for i in range(1, 7)], chain(12, PREMIUM).pipe(retry, 1)
    stores = [kept.pipe(cached, six, stored=stored).outcome().reliability for stored in ("checked", "first")]
    assert [round(100 * right, 1) for right in stores] == [99.7, 91.2]
    board = published.leaderboard()
    gpt_5 = board.models == "GPT-5"
    for domain, told in (("telecom", 0.03), ("retail", 0.35), ("airline", 0.69)):
        ((once, twice, *_),) = board.shares[gpt_5 & (board.domains == domain)]
        assert round(reliability.fit_beta(once, twice).correlation, 2) == told
    assert 1 < cost.cache_pays_after(0.1, 1.25) < 2 < cost.cache_pays_after(0.1, 2.0) < 3
    assert chain(12, PREMIUM).pipe(cached, hit_rate=1.0).outcome().cost == 0


def written(tmp_path: Path, **changes: object) -> Path:
    question = {"name": "q", "kind": "choice", "title": "t", "ask": "?", **changes}
    path = tmp_path / "lesson.json"
    path.write_text(json.dumps({"lesson": "x", "title": "X", "guesses": [question]}), encoding="utf-8")
    return path


NUMERIC = {
    "kind": "number", "truth": 2.0, "low": 1, "high": 3, "within": 0.1, "why": "w", "too_low": "l", "too_high": "h",
}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"kind": "essay"}, "kind must be one of"),
        ({"choices": []}, "exactly one choice must be right, got 0"),
        ({"choices": [{"say": "a", "why": "b", "right": True}] * 2}, "exactly one choice must be right, got 2"),
        ({"choices": [{"say": "a", "why": " ", "right": True}]}, "choice 'a' needs a why"),
        ({**NUMERIC, "truth": None}, "truth must be a number"),
        ({**NUMERIC, "truth": 4.0}, "truth must lie between low and high"),
        ({**NUMERIC, "factor": 2}, "one of factor and within must be given"),
        ({**NUMERIC, "low": 0, "log": True}, "a logarithmic axis must begin above 0"),
        ({**NUMERIC, "too_low": ""}, "too_low must say something"),
    ],
)
def test_a_question_that_is_not_sound_is_an_error_that_names_it(
    changes: dict[str, object], words: str, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=f"^question 'x.q': {re.escape(words)}"):
        read_lesson(written(tmp_path, **changes))


def test_a_sound_number_is_read(tmp_path: Path) -> None:
    (guess,) = read_lesson(written(tmp_path, **NUMERIC)).guesses
    assert (guess.id, guess.answer) == ("x.q", "2")


def test_an_unknown_name_is_an_error_that_says_what_is_near() -> None:
    with pytest.raises(ValueError, match=r"got 'cost\.grow'; did you mean 'cost\.growth'"):
        find_guess("cost.grow")
    with pytest.raises(ValueError, match="lesson must be one of start_here, cost"):
        find_lesson("costs")


def test_the_files_are_named_so_that_a_student_s_copy_takes_them() -> None:
    assert all(path.stem.isidentifier() for path in FOLDER.glob("*"))
