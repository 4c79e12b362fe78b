"""Runs: every bill in the traces, latency on hand-computed cards, determinism, and what each worker does."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from fake_model import FakeModel
from invoices import Lines, at_most_operands, draw_invoices

from labkit_agents import (
    Cached,
    Cascaded,
    Chain,
    Checked,
    Debated,
    OneCall,
    Proposed,
    Routed,
    Single,
    Solver,
    Task,
    Traces,
    Tree,
    course_designs,
    draw_tasks,
    pocket,
    repeat_tasks,
    say_progress,
)
from labkit_agents.records.summary import bootstrapped

TASKS = draw_tasks(60, numbers=4, seed=5)
WHOLE_SECONDS = pocket.PriceCard(usd_in=0.0, usd_cached=0.0, usd_out=1.0, sec_call=1.0, sec_in=0.0, sec_out=0.0)
BY_TOKEN = pocket.PriceCard(usd_in=0.0, usd_cached=0.0, usd_out=0.0, sec_call=0.0, sec_in=0.0, sec_out=1.0)


def same(one: Traces, other: Traces) -> bool:
    return one.records() == other.records() and bool(np.all(one.answers == other.answers))


@pytest.fixture(scope="module")
def runs() -> dict[str, Traces]:
    """Each design of the course on the pocket models."""
    designs = course_designs(pocket.small(), pocket.premium())
    return {name: solver.run(TASKS, seed=9, progress=None) for name, solver in designs.items()}


def test_every_bill_is_the_cards_and_adds_up(runs: dict[str, Traces]) -> None:
    cards = {"small": pocket.SMALL_CARD, "premium": pocket.PREMIUM_CARD}
    for traces in runs.values():
        by_task = [0.0] * traces.tasks
        for record in traces.records():
            if not record.from_cache:
                bill = cards[record.model].bill(record.tokens_in, record.tokens_cached, record.tokens_out)
                assert (record.usd, record.sec) == (bill.usd, bill.sec)
            by_task[record.task] += record.usd
        assert traces.cost.tolist() == by_task
        assert traces.summary().cost == pytest.approx(sum(by_task) / traces.tasks, rel=1e-12)


def test_a_traces_cost_is_what_the_model_billed() -> None:
    model = FakeModel(p=0.7)
    traces = Chain(Checked(Debated(model, 3, 2), "nines", retries=2)).run(TASKS, seed=1)
    assert len(model.asked) == len(traces) == traces.summary().calls
    assert float(traces.cost.sum()) == pytest.approx(sum(r.usd for r in FakeModel(p=0.7).complete(model.asked)))


def test_no_two_calls_of_a_run_share_a_random_stream() -> None:
    model = FakeModel(p=0.3)
    nested = Checked(Checked(Proposed(Debated(model, 2, 2), model, retries=2), "nines", 2), "exact", 2, then=model)
    Chain(nested).run(TASKS[:10], seed=1)
    assert len({call.id for call in model.asked}) == len(model.asked)


@pytest.mark.parametrize("name", list(course_designs(FakeModel(), FakeModel())))
def test_the_same_seed_gives_the_same_traces(name: str, runs: dict[str, Traces]) -> None:
    solver = course_designs(pocket.small(), pocket.premium())[name]
    assert same(solver.run(TASKS, seed=9), runs[name])
    assert same(solver.run(TASKS, seed=9), runs[name])  # the same handles, whatever they have in their caches


def test_another_seed_gives_other_traces() -> None:
    solver = Chain(FakeModel(p=0.8))
    assert same(solver.run(TASKS, seed=9), solver.run(TASKS, seed=9))
    assert not same(solver.run(TASKS, seed=9), solver.run(TASKS, seed=10))


def test_a_tasks_calls_do_not_depend_on_the_other_tasks(runs: dict[str, Traces]) -> None:
    for name, solver in course_designs(pocket.small(), pocket.premium()).items():
        if "cached" in name:
            continue
        few = solver.run(TASKS[20:30], seed=9)
        mine = [r._replace(task=r.task - 20) for r in runs[name].records() if 20 <= r.task < 30]
        assert sorted(few.records()) == sorted(mine)


def test_designs_share_the_luck_of_their_first_attempts() -> None:
    plain = Chain(FakeModel(p=0.8)).run(TASKS, seed=3)
    gated = Chain(Checked(FakeModel(p=0.8), "exact", retries=1)).run(TASKS, seed=3)
    first = [r for r in gated.records() if r.step == "step-1" and r.attempt == 1]
    assert [r.stated for r in first] == [r.stated for r in plain.records() if r.step == "step-1"]


def test_a_chains_latency_is_the_sum_and_a_trees_the_longest_path() -> None:
    model = FakeModel(p=1.0, card=WHOLE_SECONDS)
    tasks = draw_tasks(5, numbers=9, seed=1)
    assert Chain(model).run(tasks).latency.tolist() == [8.0] * 5
    assert Tree(model).run(tasks).latency.tolist() == [4.0] * 5
    assert Tree(model, operands=3).run(tasks).latency.tolist() == [2.0] * 5
    assert OneCall(Debated(model, 5, 3)).run(draw_tasks(5, 4)).latency.tolist() == [3.0] * 5
    assert OneCall(Proposed(model, model)).run(draw_tasks(5, 4)).latency.tolist() == [2.0] * 5
    assert Lines(model).run(draw_invoices(5, lines=3, seed=0)).latency.tolist() == [3.0] * 5


def test_a_trees_latency_by_hand_where_replies_differ_in_length() -> None:
    model = FakeModel(p=1.0, card=BY_TOKEN)  # a second for each token of the reply, its end included
    traces = Tree(model).run([Task("t", (1, 2, 500, 600, 4))])
    # 1+2=3 (2 s) beside 500+600=1100 (5 s); 3+1100=1103 (5 s); 1103+4=1107 (5 s)
    assert [(r.step, r.start, r.sec) for r in traces.records()] == [
        ("level-1.1", 0.0, 2.0),
        ("level-1.2", 0.0, 5.0),
        ("level-2.1", 5.0, 5.0),
        ("level-3.1", 10.0, 5.0),
    ]
    assert traces.latency.tolist() == [15.0]


def test_retries_take_their_time_one_after_the_other() -> None:
    never = FakeModel(p=0.0, card=WHOLE_SECONDS)
    traces = OneCall(Checked(never, "exact", retries=3)).run(TASKS)
    assert traces.latency.tolist() == [4.0] * len(TASKS)
    assert sorted(set(traces.attempt.tolist())) == [1, 2, 3, 4]
    assert not traces.solved.any()


@pytest.mark.parametrize(
    ("when", "calls", "solved", "refused"), [("pass", 3, 0, 0), ("fail", 3, 0, 5), ("halt", 1, 0, 5)]
)
def test_what_becomes_of_a_rejected_answer(when: str, calls: int, solved: int, refused: int) -> None:
    tasks = [Task(f"t{i}", (1, 2, 3, 4)) for i in range(5)]
    summary = Chain(Checked(FakeModel(p=0.0, errors=(1,)), "nines", 0, when)).run(tasks).summary()
    assert (summary.calls, summary.solved, summary.refused) == (5 * calls, solved, refused)
    assert summary.wrong == 5 - refused


def test_a_failed_task_is_not_solved_even_if_its_errors_cancel() -> None:
    class UpThenDown(FakeModel):
        def complete(self, calls: Any) -> Any:
            self.errors = (1,) if "step-1" in calls[0].id else (-1,)
            return super().complete(calls)

    task = [Task("t", (1, 2, 3))]
    lucky = Chain(Checked(UpThenDown(p=0.0), "nines", 0, "pass")).run(task)
    failed = Chain(Checked(UpThenDown(p=0.0), "nines", 0, "fail")).run(task)
    assert (lucky.answers[0], lucky.solved[0]) == (6, True)
    assert (failed.answers[0], failed.solved[0]) == (6, False)


def test_a_reply_without_a_number_ends_the_task_and_a_gate_notices_it() -> None:
    mute = FakeModel(p=0.0, unreadable=True)
    traces = Chain(mute).run(TASKS)
    assert len(traces) == len(TASKS)
    assert traces.answers.tolist() == [-1] * len(TASKS)
    rescued = Chain(Checked(mute, "nines", 0, then=FakeModel(p=1.0))).run(TASKS)
    assert rescued.solved.all()


def test_a_cut_reply_is_no_number() -> None:
    cut = OneCall(Single(pocket.small(), max_tokens=1)).run(TASKS)
    assert cut.tokens_out.tolist() == [1] * len(TASKS)
    assert set(cut.stated.tolist()) == set(cut.answers.tolist()) == {-1}  # its digit is not taken for the answer


def test_the_router_sends_each_sum_by_its_rule() -> None:
    easy, hard = FakeModel("easy", 1.0), FakeModel("hard", 1.0)
    tasks = [Task("two", (1, 2)), Task("three", (1, 2, 3)), Task("again", (3, 4))]
    records = OneCall(Routed(easy, hard, at_most_operands(2))).run(tasks).records()
    assert {r.task: r.model for r in records} == {0: "easy", 1: "hard", 2: "easy"}


def test_a_cascade_escalates_exactly_what_is_not_sure() -> None:
    first, then = FakeModel("first", 0.6, sure=(0.95, 0.5)), FakeModel("then", 1.0)
    traces = OneCall(Cascaded(first, then, at_least=0.9)).run(TASKS, seed=1)
    wrong = {r.task for r in traces.records() if r.model == "first" and not r.right}
    assert wrong == {r.task for r in traces.records() if r.model == "then"} != set()
    assert traces.solved.all()
    assert len(OneCall(Cascaded(first, then, at_least=0.0)).run(TASKS, seed=1)) == len(TASKS)


def test_a_cascade_over_a_vote_uses_the_share_of_votes() -> None:
    traces = OneCall(Cascaded(Debated(FakeModel(p=0.6), 3), FakeModel("then", 1.0), at_least=1.0)).run(TASKS, seed=1)
    split = {
        task
        for task in range(len(TASKS))
        if len({r.stated for r in traces.records() if r.task == task and r.role != "escalation"}) > 1
    }
    assert split == {r.task for r in traces.records() if r.role == "escalation"} != set()


def test_a_vote_takes_the_answer_of_most() -> None:
    traces = OneCall(Debated(FakeModel(p=0.55), agents=5)).run(TASKS, seed=1)
    for task, answer in enumerate(traces.answers.tolist()):
        said = [r.stated for r in traces.records() if r.task == task]
        assert said.count(answer) == max(said.count(value) for value in said)


def test_a_debate_asks_in_another_order_each_round() -> None:
    model = FakeModel(p=0.5)
    OneCall(Debated(model, agents=2, rounds=3)).run([Task("t", (1, 2, 3))])
    assert [call.prompt for call in model.asked] == ["1+2+3="] * 2 + ["2+3+1="] * 2 + ["3+1+2="] * 2


def test_a_proposal_is_checked_from_the_other_end_and_made_anew_where_they_differ() -> None:
    traces = OneCall(Proposed(FakeModel("p", 0.7), FakeModel("c", 0.7), retries=2)).run(TASKS, seed=2)
    for task in range(len(TASKS)):
        rows = [r for r in traces.records() if r.task == task]
        stated = [r.stated for r in sorted(rows, key=lambda r: r.start)]
        pairs = list(zip(stated[::2], stated[1::2], strict=True))
        assert all(one != other for one, other in pairs[:-1])
        assert len(pairs) == 3 or pairs[-1][0] == pairs[-1][1]
        assert traces.answers[task] == pairs[-1][0]


def test_the_checker_adds_from_the_other_end() -> None:
    model = FakeModel(p=1.0)
    OneCall(Proposed(model, model)).run([Task("t", (1, 2, 3))])
    assert [call.prompt for call in model.asked] == ["1+2+3=", "3+2+1="]


def test_early_stop_pays_only_until_the_limit_and_a_wrong_total_may_still_answer_rightly() -> None:
    tasks = draw_tasks(80, numbers=10, seed=4, limit_share=0.6)
    perfect = Chain(FakeModel(p=1.0), stop_early=True).run(tasks)
    totals = [np.cumsum(task.numbers) for task in tasks]
    calls = [
        min(int(np.argmax(t[1:] > task.limit)) + 1 if t[-1] > task.limit else 9, 9)  # type: ignore[operator]
        for t, task in zip(totals, tasks, strict=True)
    ]
    assert np.bincount(perfect.task).tolist() == calls
    assert perfect.solved.all()
    off_by_one = Chain(FakeModel(p=0.0, errors=(1,)), stop_early=True).run(tasks)
    assert not off_by_one.right.any()
    assert off_by_one.solved.mean() > 0.5


def test_a_prefix_is_paid_once_and_then_cached() -> None:
    solver = Chain(Single(pocket.small(), prefix="add the numbers"))
    for _ in range(2):  # each run starts with an empty prefix cache
        cached = solver.run(TASKS, seed=1).tokens_cached.tolist()
        assert cached == [0] + [15] * (len(cached) - 1)


def test_p_by_operands_and_by_step_count_first_attempts() -> None:
    traces = Chain(Checked(FakeModel(p=0.8), "exact", 2), operands=3).run(TASKS, seed=1)
    first = [r for r in traces.records() if r.attempt == 1]
    shares = traces.p_by_operands()
    assert {count: share.tries for count, share in shares.items()} == {3: 60, 2: 60}
    assert shares[3].right == sum(r.right for r in first if r.operands == 3)
    assert list(traces.p_by_step("fake")) == ["step-1", "step-2"]
    assert traces.p_by_step()["step-2"] == shares[2]


def test_one_long_chain_gives_the_whole_curve() -> None:
    tasks = draw_tasks(400, numbers=9, seed=1)
    for worker in (FakeModel(p=0.9), Checked(FakeModel(p=0.9), "exact", 0, "fail"), Checked(FakeModel(p=0.9), "nines")):
        chain = Chain(worker)
        traces = chain.run(tasks, seed=1)
        curve = chain.right_after(tasks, traces)
        assert list(curve) == [f"step-{s}" for s in range(1, 9)]
        assert curve["step-8"].right == traces.solved.sum()
        for s in (1, 3):  # a shorter chain on the same numbers
            short = [Task(task.id, task.numbers[: s + 1]) for task in tasks]
            assert curve[f"step-{s}"].right == chain.run(short, seed=1).solved.sum()
    law = [0.9**s for s in range(1, 9)]
    plain = Chain(FakeModel(p=0.9, errors=(1,)))
    measured = [share.p for share in plain.right_after(tasks, plain.run(tasks, seed=2)).values()]
    assert all(abs(m - p) < 4 * (p * (1 - p) / 400) ** 0.5 for m, p in zip(measured, law, strict=True))


def test_the_summary_and_its_bootstrap() -> None:
    traces = OneCall(FakeModel(p=0.8)).run(draw_tasks(400, 3, seed=1), seed=1)
    summary = traces.summary(seed=3)
    low, high = summary.quality_per_dollar_interval
    share, usd = summary.solved, summary.cost
    assert summary.quality_per_dollar == pytest.approx(share / usd)
    # the delta method: the ratio of two means of tasks
    residual = traces.solved - summary.quality_per_dollar * traces.cost
    error = residual.std(ddof=1) / usd / traces.tasks**0.5
    assert (high - low) == pytest.approx(2 * 1.96 * error, rel=0.1)
    assert summary == traces.summary(seed=3) != traces.summary(seed=4)
    assert "solved" in str(summary)


def test_the_bootstrap_is_the_same_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    samples = OneCall(FakeModel(p=0.8)).run(draw_tasks(300, 3, seed=1), seed=1).samples
    at_once = []
    for parts in (70, 250, 10_000):
        monkeypatch.setattr("labkit_agents.records.summary.DRAWS_AT_ONCE", parts)
        at_once.append(bootstrapped(samples, 0.95, seed=4, draws=250))
    times = np.random.default_rng(4).multinomial(300, np.full(300, 1 / 300), size=250)
    ratios = sorted((times @ samples.success) / (times @ samples.cost))
    assert at_once == [at_once[0]] * 3
    assert at_once[0] == pytest.approx((ratios[6], ratios[243]))  # the 7th and the 244th of 250


def test_an_unfinished_wave_says_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labkit_agents.engine.PATIENCE", 0.0)
    said: list[tuple[int, int]] = []
    Chain(FakeModel()).run(TASKS, progress=lambda done, total: said.append((done, total)))
    assert said == [(60, 180), (120, 180), (180, 180)]


def test_progress_is_said_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    say_progress(500, 2_000)
    assert capsys.readouterr() == ("", "run: 500 of 2,000 sums, 25%\n")


def test_nobody_can_write_to_traces() -> None:
    traces = OneCall(FakeModel()).run(TASKS)
    with pytest.raises(ValueError, match="read-only"):
        traces.usd[0] = 0.0
    with pytest.raises(AttributeError, match="no 'price'"):
        _ = traces.price


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda m: OneCall("small"), "worker"),
        (lambda m: Single("small"), "model"),
        (lambda m: Single(m, temperature=-1), "temperature"),
        (lambda m: Single(m, max_tokens=0), "max_tokens"),
        (lambda m: Chain(m, operands=1), "operands"),
        (lambda m: Tree(m, operands=9), "operands"),
        (lambda m: Checked(m, "sevens"), "check"),
        (lambda m: Checked(m, retries=-1), "retries"),
        (lambda m: Checked(m, when_rejected="stop"), "when_rejected"),
        (lambda m: Checked(m, when_rejected="halt", then=m), "when_rejected"),
        (lambda m: Routed(m, m, "easy"), "rule"),
        (lambda m: Cascaded(m, m, at_least=90), "at_least"),
        (lambda m: Cached(m, "like"), "key"),
        (lambda m: Cached(m, sec=-1), "sec"),
        (lambda m: Debated(m, agents=0), "agents"),
        (lambda m: Debated(m, rounds=0), "rounds"),
        (lambda m: Proposed(m, None), "worker"),
        (lambda m: OneCall(m).run([]), "tasks"),
        (lambda m: OneCall(m).run([(1, 2)]), "tasks"),
        (lambda m: OneCall(m).run(TASKS[0]), "tasks"),
        (lambda m: OneCall(m).workflow([(1, 2)], 0.9), "tasks"),
        (lambda m: OneCall(m).run([TASKS[0], TASKS[0]]), "tasks"),
        (lambda m: OneCall(m).run(TASKS, seed=-1), "seed"),
        (lambda m: OneCall(m).run(TASKS, progress=3), "progress"),
        (lambda m: OneCall(m).run(draw_tasks(2, 9)), "numbers"),
        (lambda m: OneCall(Cascaded(FakeModel(sure=None), m)).run(TASKS), "first"),
        (lambda m: OneCall(m).run(TASKS).p_by_step("other"), "model"),
        (lambda m: OneCall(m).run(TASKS).summary(level=95), "level"),
        (lambda m: OneCall(m).right_after(TASKS[:3], OneCall(m).run(TASKS)), "tasks"),
    ],
)
def test_bad_input_is_named(call: Any, name: str) -> None:
    with pytest.raises(ValueError, match=f"^{name}"):
        call(FakeModel())


def test_a_solver_of_its_own_needs_only_a_plan() -> None:
    class Halves(Solver):
        def plan(self, task: Task) -> Any:
            return Tree(self.worker).plan(task)

    assert Halves(FakeModel(p=1.0)).run(repeat_tasks(TASKS, 0.5, 1)).solved.all()


def test_replies_without_a_number_escalate_and_do_not_vote() -> None:
    mute, sure = FakeModel("mute", 0.0, unreadable=True), FakeModel("sure", 1.0)
    assert OneCall(Cascaded(mute, sure)).run(TASKS).solved.all()
    assert OneCall(Debated(mute, 3)).run(TASKS).summary().refused == len(TASKS)


def test_a_failed_call_is_paid_and_tried_again() -> None:
    class Failing(FakeModel):
        def _reply(self, call: pocket.Call) -> pocket.Reply:
            if "attempt" in call.id:
                return super()._reply(call)
            why = pocket.Failure("timeout", "no reply", may_retry=True)
            return pocket.Reply("", self.name, 0, 0, 0, 0.5, 7.0, 0.0, finish="error", failure=why)

    traces = OneCall(Checked(Failing(p=1.0), "nines", 1)).run(TASKS)
    assert traces.solved.all()
    assert set(traces.usd[traces.attempt == 1].tolist()) == {0.5}
    assert traces.start[traces.attempt == 2].tolist() == [7.0] * len(TASKS)


def test_traces_and_their_summary_in_words() -> None:
    traces = OneCall(Cached(FakeModel(p=0.0, unreadable=True))).run(TASKS)
    assert repr(traces) == "<traces of 60 tasks, 60 rows>"
    assert "60 refused, 0 delivered wrong" in str(traces.summary())
    with pytest.raises(NotImplementedError):
        Solver(FakeModel()).run(TASKS)
