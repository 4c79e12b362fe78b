"""The simulation as a tool: seeds, blocks, bad input, what comes back, the words on progress, memory."""

from __future__ import annotations

import math
import re
import subprocess
import sys
from random import Random
from typing import Any

import numpy as np
import pytest
from strategies import drawn_workflow

import labkit
from labkit import PREMIUM, SMALL, Model, Step, Workflow, chain, parallel, simulation
from labkit import levers as pull
from labkit.latency import Lognormal, Patience, RandomTime
from labkit.simulation import Difficulty, Items, Samples, Turns, monte_carlo, simulate
from labkit.simulation.trajectories import BLOCK, run_block

RETRIED = chain(4, SMALL).pipe(pull.retry, 2)
NAN = float("nan")
ALL_AT_ONCE: dict[str, Any] = {
    "difficulty": 0.3,
    "propagation": 0.5,
    "times": Lognormal(1.0, 0.5),
    "turns": {"step-1": Turns(mean=3, growth=0.1)},
    "at_most": 2,
}


def same(one: Samples, other: Samples) -> bool:
    pairs = ((one.cost, other.cost), (one.latency, other.latency), (one.success, other.success))
    return all(np.array_equal(a, b) for a, b in pairs)


# ---- seeds and blocks ---------------------------------------------------------------------------------------


def test_a_seed_gives_the_same_tasks_and_another_seed_gives_others() -> None:
    assert same(simulate(RETRIED, 1000, 7), simulate(RETRIED, 1000, 7))
    assert not same(simulate(RETRIED, 1000, 7), simulate(RETRIED, 1000, 8))


@pytest.mark.parametrize("options", [{}, ALL_AT_ONCE])
@pytest.mark.parametrize("n", [1, 100, BLOCK - 1, BLOCK, BLOCK + 1])
def test_a_short_simulation_is_the_beginning_of_a_long_one(n: int, options: dict[str, Any]) -> None:
    short, long = simulate(RETRIED, n, 3, **options), simulate(RETRIED, 2 * BLOCK + 5, 3, **options)
    assert same(short, Samples(long.cost[:n], long.latency[:n], long.success[:n]))


def test_blocks_do_not_know_of_each_other_and_have_the_streams_that_numpy_spawns(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plans = []
    monkeypatch.setattr(monte_carlo, "run_block", lambda *args: plans.append(args[0]) or run_block(*args))
    whole = simulate(RETRIED, 3 * BLOCK, 5)
    for number in (2, 0, 1):  # in any order
        part = slice(number * BLOCK, (number + 1) * BLOCK)
        np.testing.assert_array_equal(run_block(plans[0], 5, number).cost, whole.cost[part])
    child = np.random.SeedSequence(5).spawn(3)[2]
    own = np.random.SeedSequence(5, spawn_key=(2,))
    assert child.generate_state(4).tolist() == own.generate_state(4).tolist()


def test_blocks_are_independent_of_each_other() -> None:
    costs = simulate(RETRIED, 2 * BLOCK, 1).cost.reshape(2, BLOCK)
    assert abs(np.corrcoef(costs)[0, 1]) < 4 / math.sqrt(BLOCK)


# ---- what comes back ----------------------------------------------------------------------------------------


def test_means_and_errors_are_those_of_the_arrays() -> None:
    samples = simulate(RETRIED, 1000, 1)
    assert len(samples) == 1000
    for mean, error, values in zip(
        samples.mean, samples.standard_error, (samples.cost, samples.latency, samples.success), strict=True
    ):
        assert mean == pytest.approx(sum(values.tolist()) / 1000)
        assert error == pytest.approx(np.std(values, ddof=1) / math.sqrt(1000))
    assert (samples.outcome.cost, samples.outcome.latency, samples.outcome.reliability) == samples.mean
    assert samples.outcome.note == "means of 1,000 simulated tasks"


def test_nobody_can_change_the_samples() -> None:
    samples = simulate(RETRIED, 10, 1)
    with pytest.raises(ValueError, match="read-only"):
        samples.cost[0] = 1.0
    with pytest.raises(AttributeError):
        samples.cost = samples.latency  # type: ignore[misc]


def test_a_quantile_is_the_smallest_value_that_enough_tasks_do_not_exceed() -> None:
    values = np.array([5.0, 1.0, 2.0, 2.0, 9.0, 7.0, 3.0])
    samples = Samples(np.zeros(7), values, np.ones(7, bool))
    for q in (0.1, 0.3, 0.5, 0.8, 0.95, 1.0):
        wanted = min(v for v in values if np.mean(values <= v) >= q)
        assert samples.quantile(q) == wanted
    np.testing.assert_array_equal(samples.quantile([0.1, 1.0]), [1.0, 9.0])


def test_the_interval_of_a_quantile_holds_the_true_one() -> None:
    """In 95% of the simulations; of 200 of them, in 95% give or take four standard errors."""
    held = 0
    for seed in range(200):
        times = np.random.default_rng(seed).exponential(1.0, 2000)
        low, high = Samples(times, times, times > 0).quantile_interval(0.9)
        held += low <= math.log(10) <= high
    assert abs(held / 200 - 0.95) < 4 * math.sqrt(0.95 * 0.05 / 200)


def test_an_interval_that_would_reach_beyond_the_samples_is_refused() -> None:
    with pytest.raises(ValueError, match=r"n must be larger to say how sure the quantile q=0.99 is, got 100 tasks"):
        simulate(RETRIED, 100, 1).quantile_interval(0.99)


def test_the_interval_of_a_share_says_something_where_nothing_failed() -> None:
    sure = Samples(np.ones(300), np.ones(300), np.ones(300, bool))
    low, high = sure.reliability_interval()
    assert high == pytest.approx(1.0, abs=1e-15)
    assert low == pytest.approx(300 / (300 + 1.959964**2))
    assert "between 98.74% and 100.00%" in repr(sure)


def test_the_text_gives_numbers_with_errors_and_only_quantiles_that_are_known() -> None:
    text = repr(simulate(chain(12, PREMIUM).pipe(pull.retry, 1), 100_000, 1))
    assert text.splitlines()[0] == "100,000 simulated tasks (expected)"
    assert re.search(
        r"cost \$0\.36\d\d ± \S+   latency 24\.\d\d ± \S+ s   reliability 99\.\d\d% ± 0\.02%   2\.7 succ", text
    )
    assert "latency: 50% at most 24.00 s, 95% at most 26.00 s, 99% at most 28.00 s" in text
    few = repr(simulate(RETRIED, 100, 1))
    assert "50% at most" in few
    assert "95% at most" not in few


def test_the_picture_has_units_and_says_what_it_shows() -> None:
    samples = simulate(RETRIED, 5000, 1, times=Lognormal(1.0, 0.5))
    picture = samples.picture()
    labels = [ax.get_xlabel() for ax in picture.figure.axes]
    assert labels == ["cost (USD a task)", "latency (s a task)"]
    assert picture.alt.startswith(
        "Histograms of 5,000 simulated tasks. 99.86% of 5,000 simulated tasks succeed: cost mean $0.00"
    )
    assert f"latency 95% at most {samples.quantile(0.95):.4g} s" in picture.alt
    for ax in picture.figure.axes:
        assert sum(bar.get_height() for bar in ax.patches) == pytest.approx(1.0)
    few = simulate(chain(3, Model(0.1, 0.1, 0.5)).pipe(pull.retry, 1), 1000, 1).picture()
    assert [len(ax.patches) for ax in few.figure.axes] == [4, 4]
    assert simulate(chain(1, PREMIUM), 3, 1).picture("Nothing varies").png().startswith(b"\x89PNG")


def test_the_simulation_is_offered_at_the_front_door() -> None:
    assert labkit.simulate is simulate
    assert labkit.simulation is simulation


# ---- options ------------------------------------------------------------------------------------------------


def test_options_that_change_nothing_change_nothing() -> None:
    plain = simulate(RETRIED, 1000, 2)
    assert same(plain, simulate(RETRIED, 1000, 2, at_most=1, first="longest"))
    assert same(plain, simulate(RETRIED, 1000, 2, times={}, turns={}))


def test_fixed_times_and_spreads_of_zero_agree() -> None:
    still = simulate(RETRIED, 1000, 2, times=Lognormal(1.0, 0.0))
    recorded = simulate(RETRIED, 1000, 2, times=RandomTime.from_samples([3.0]))
    for samples in (still, recorded):
        assert set(np.round(samples.latency / 0.4, 9)) <= set(range(4, 13))


def test_a_spread_leaves_costs_and_successes_in_law_and_steps_without_one_their_seconds() -> None:
    samples = simulate(chain(2, PREMIUM), 100, 1, times={"step-1": Lognormal(1.0, 1.0)})
    assert np.all(samples.latency > 2.0)
    assert set(samples.cost) == {0.06}


def test_who_goes_first_can_matter() -> None:
    three = parallel(2, Model(0, 3.0, 1)).beside(parallel(1, Model(0, 4.0, 1), "long"))
    assert simulate(three, 1, 0, at_most=2).latency[0] == 7.0
    assert simulate(three, 1, 0, at_most=2, first="longest").latency[0] == 6.0


def test_a_long_task_speaks_up_after_three_seconds_and_then_every_three(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = iter(np.arange(0.0, 100.0, 1.0))  # each look at the clock finds it one second later
    monkeypatch.setattr(monte_carlo, "monotonic", lambda: float(next(ticks)))
    said: list[tuple[int, int]] = []
    simulate(chain(1, PREMIUM), 9 * BLOCK, 1, progress=lambda done, n: said.append((done, n)))
    # looks: start at 0, after the blocks 1, 2, 3 -> first word; the reset is a look as well
    assert said == [(3 * BLOCK, 9 * BLOCK), (6 * BLOCK, 9 * BLOCK), (9 * BLOCK, 9 * BLOCK)]


def test_a_short_simulation_is_silent_and_a_long_one_prints_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    simulate(chain(1, PREMIUM), 10, 1)
    assert capsys.readouterr().err == ""
    simulation.say_progress(5_000_000, 10_000_000)
    assert capsys.readouterr().err == "simulate: 5,000,000 of 10,000,000 tasks, 50%\n"


# ---- bad input ----------------------------------------------------------------------------------------------

TALK = Workflow((Step("talk", PREMIUM),)).pipe(pull.debate, 3, 2)
BAD: list[tuple[dict[str, Any], str]] = [
    ({"workflow": "chain"}, "workflow must be a Workflow, got 'chain'"),
    ({"workflow": chain(1, Model(np.array([1.0, 2.0]), 1, 1))}, "step 'step-1' holds arrays"),
    ({"n": 0}, "n must be a whole number, 1 or more, got 0"),
    ({"n": 1.5}, "n must be a whole number, 1 or more, got 1.5"),
    ({"n": NAN}, "n must be finite, got nan"),
    ({"n": [10, 20]}, "n must be one number"),
    ({"n": 10**9}, "n must be at most 50,000,000, got 1,000,000,000"),
    ({"seed": -1}, "seed must be a whole number, 0 or more, got -1"),
    ({"seed": None}, "seed must be a number"),
    ({"accounting": "worst"}, r"accounting must be one of ('expected', 'textbook'), got 'worst'"),
    ({"first": "shortest"}, r"first must be one of ('listed', 'longest'), got 'shortest'"),
    ({"difficulty": 1.5}, "difficulty must be a probability in [0, 1]"),
    ({"difficulty": "hard"}, "difficulty must be a number"),
    ({"difficulty": {"no-step": [0.5]}}, "difficulty names step 'no-step'"),
    ({"difficulty": {"step-1": [0.5, 1.2]}}, "p of step 'step-1' must be a probability"),
    ({"difficulty": {"step-1": []}}, "a p for each item, at least one; got {'step-1': 0}"),
    ({"difficulty": {"step-1": [0.5], "step-2": [0.5, 0.6]}}, "got {'step-1': 1, 'step-2': 2}"),
    ({"difficulty": {}}, "must map step names to p, got {}"),
    ({"propagation": -0.1}, "propagation must be a probability in [0, 1] (0.985, not 98.5), got -0.1"),
    (
        {"times": 0.5},
        "times must be Exponential or Lognormal or Uniform or RandomAmount, or a mapping from step names to it, got",
    ),
    ({"times": RandomTime.from_samples([0.0])}, "times must have one mean, above zero, got RandomAmount("),
    ({"times": Lognormal([1.0, 2.0], 0.5)}, "times must have one mean, above zero, got Lognormal("),
    ({"times": {"no-step": Lognormal(1.0, 1)}}, "times names step 'no-step'"),
    ({"turns": 4}, "turns must be Turns, or a mapping from step names to it, got 4"),
    ({"turns": Turns(mean=2), "workflow": TALK}, "turns must not be given for step 'talk'"),
    ({"patience": 3.0}, "patience must be Patience, or a mapping from step names to it, got 3.0"),
    ({"patience": Patience(1.0), "workflow": TALK}, "patience must not cut off or hedge a debate's calls"),
    ({"patience": Patience(1.0), "turns": Turns(mean=2)}, "patience must not cut off or hedge turns, got Patience("),
    ({"patience": Patience(), "accounting": "textbook"}, "patience must be None where accounting is 'textbook'"),
    ({"at_most": 0}, "at_most must be a whole number, 1 or more, got 0"),
    ({"at_most": 2, "workflow": TALK}, "at_most must be at least 3, got 2: step 'talk' asks 3 agents at a time"),
]


@pytest.mark.parametrize(("changed", "message"), BAD)
def test_bad_input_names_the_argument_and_the_value(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        simulate(**{"workflow": RETRIED, "n": 10, "seed": 1, **changed})


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (Turns, "give mean or counts, one of the two; got mean=None, counts=None"),
        (lambda: Turns(2, counts=[3]), "give mean or counts, one of the two"),
        (lambda: Turns(mean=0.5), "mean must be 1 or more turns, got 0.5"),
        (lambda: Turns(counts=[1, 0]), "counts must be a whole number, 1 or more, got 0 at index (1,)"),
        (lambda: Turns(counts=[]), "counts must hold at least one number of turns, got none"),
        (lambda: Turns(2, growth=-1), "growth must be zero or more, got -1"),
        (lambda: Difficulty(2), "correlation must be a probability in [0, 1] (0.985, not 98.5), got 2"),
        (lambda: Items([0.5]), "must map step names to p, got [0.5]"),  # type: ignore[arg-type]
        (lambda: simulate(RETRIED, 9, 1).quantile(2), "q must be a probability"),
        (lambda: simulate(RETRIED, 9, 1).quantile_interval(0.5, level=95), "level must be a probability"),
        (lambda: simulate(RETRIED, 9, 1).quantile_interval(0.5, level=1), "level must be between 0 and 1"),
        (lambda: simulate(RETRIED, 9, 1).quantile_interval(1.0), "q must be between 0 and 1, got 1.0"),
        (lambda: simulate(RETRIED, 9, 1, progress=3), "progress must be a function of tasks done and n"),
        (lambda: simulate(RETRIED, 9, 1).quantile(0.5, "usd"), "of must be one of ('cost', 'latency'), got 'usd'"),
    ],
)
def test_bad_parts_name_the_argument_and_the_value(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        make()


# ---- memory -------------------------------------------------------------------------------------------------

TEN_MILLION = """
from labkit import PREMIUM, chain, retry, simulate
samples = simulate(chain(12, PREMIUM).pipe(retry, 1), 10_000_000, 1, progress=None)
assert len(repr(samples)) > 100 and len(samples) == 10_000_000
import pathlib, resource, sys
status = pathlib.Path("/proc/self/status")  # the figure of getrusage is inherited from the process that started this
if status.exists():
    print(next(line.split()[1] for line in status.read_text().splitlines() if line.startswith("VmHWM:")))
else:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform == "darwin" else 1))
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="there is no peak to be read")
def test_ten_million_tasks_and_their_quantiles_stay_under_a_gibibyte() -> None:
    run = subprocess.run([sys.executable, "-c", TEN_MILLION], capture_output=True, text=True, check=True)
    assert float(run.stdout) / 2**20 < 1.0  # KiB to GiB


# ---- Sobol points -------------------------------------------------------------------------------------------

SOBOL = 8 * BLOCK


@pytest.mark.parametrize(
    ("workflow", "times", "gain"),
    [
        (chain(6, PREMIUM), Lognormal(1.0, 0.5), 500),
        (parallel(6, SMALL), Lognormal(1.0, 0.5), 50),
        (chain(12, PREMIUM).pipe(pull.retry, 1), None, 100),
        (chain(4, SMALL).pipe(pull.gate, 0.8, 0.1, 1, when_rejected="halt"), None, 5),
    ],
)
def test_sobol_points_make_the_mean_seconds_surer_and_leave_them_true(
    workflow: Workflow, times: Any, gain: float
) -> None:
    pytest.importorskip("scipy")
    plain, even = (simulate(workflow, SOBOL, 3, times=times, draws=draws) for draws in ("random", "sobol"))
    assert (plain.standard_error.latency / even.standard_error.latency) ** 2 > gain
    exact = workflow.latency(times)
    assert abs(even.mean.latency - exact.mean) < 5 * even.standard_error.latency + 1e-5
    assert abs(even.mean.reliability - exact.p_right) < 5 * even.standard_error.reliability
    assert np.quantile(even.latency, 0.95) == pytest.approx(exact.quantile(0.95), rel=5e-3)


@pytest.mark.parametrize("seed", range(10))
def test_sobol_points_leave_every_option_unbiased(seed: int) -> None:
    """Drawn workflows with every lever; the error of a mean of eight scrambles has seven degrees of freedom."""
    pytest.importorskip("scipy")
    workflow = drawn_workflow(Random(seed), most=6)
    options: dict[str, Any] = {"difficulty": 0.3} if seed % 2 else {"turns": Turns(mean=2)}
    if any(step.debate for step in workflow):
        options.pop("turns", None)
    even = simulate(workflow, SOBOL, seed, draws="sobol", **options)
    plain = simulate(workflow, 4 * SOBOL, seed + 100, **options)
    for mean, error, other, others in zip(
        even.mean, even.standard_error, plain.mean, plain.standard_error, strict=True
    ):
        assert abs(mean - other) <= 8 * error + 4 * others + 1e-12


def test_sobol_points_are_seeded_and_come_in_whole_scrambles() -> None:
    pytest.importorskip("scipy")
    one, same_again, other = (simulate(RETRIED, BLOCK, seed, draws="sobol") for seed in (1, 1, 2))
    assert one == same_again
    assert one != other
    assert math.isnan(one.standard_error.latency)
    with pytest.raises(ValueError, match="n must be a multiple of 16,384 where draws are 'sobol', got 1,000"):
        simulate(RETRIED, 1000, 1, draws="sobol")
    with pytest.raises(ValueError, match="draws must be one of"):
        simulate(RETRIED, 1000, 1, draws="halton")


def test_without_scipy_sobol_points_say_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "scipy.stats.qmc", None)
    with pytest.raises(ValueError, match=r"draws='sobol' needs scipy: pip install 'counting-calls\[fast\]'"):
        simulate(RETRIED, BLOCK, 1, draws="sobol")
