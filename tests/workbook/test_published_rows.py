"""What the committed rows say about the laws, recomputed from the rows by hand."""

from __future__ import annotations

import csv
import pickle
import re
from pathlib import Path

import numpy as np
import pytest

from labkit import cost, latency, prices, reliability
from labkit_workbook import published
from labkit_workbook.published import rows

ROOT = Path(rows.__file__).parents[2]
ROW = {"model": "one", "domain": "retail", "pass_1": "0.8", "pass_2": "0.6", "pass_3": "0.5", "pass_4": "0.4"} | {
    "usd_a_task": ""
}


def table(name: str) -> list[dict[str, str]]:
    """The rows of a committed table, read without the reader."""
    with (rows.FOLDER / f"{name}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def answers(configuration: str, **where: str) -> int:
    """The counts of one configuration, added up."""
    return sum(
        int(row["count"])
        for row in table("humaneval_retries")
        if row["configuration"] == configuration and all(row[column] == value for column, value in where.items())
    )


# ---- HumanEval: one call, five cold tries, five warm ones ---------------------------------------------------------

COLD, WARM = "gpt-4-0613-5repeats-no-temp-incr", "gpt-4-0613-5step"


def test_the_counts_of_gpt_4_are_those_of_the_rows() -> None:
    cold, warm = (published.humaneval_retries("GPT-4-0613", way) for way in ("cold", "warm"))
    assert (cold.once, cold.once_right) == (820, 709)
    for found, name in ((cold, COLD), (warm, WARM)):
        assert found.answers == answers(name) == 820
        assert found.right == answers(name, solved_by_hidden_tests="1")
        assert found.accepted_wrong_at_first == answers(name, tries_used="0", solved_by_hidden_tests="0")
        assert found.rejected_at_first == 820 - answers(name, tries_used="0")
        assert found.accepted_wrong == found.unsolved - answers(name, tries_used="5", solved_by_hidden_tests="0")


def test_what_the_lessons_say_of_gpt_4_on_humaneval() -> None:
    cold, warm = (published.humaneval_retries("GPT-4-0613", way) for way in ("cold", "warm"))
    assert [f"{x:.3f}" for x in (cold.p, cold.solved, warm.solved)] == ["0.865", "0.888", "0.906"]
    assert (f"{cold.recall:.2f}", f"{cold.recovery:.2f}") == ("0.61", "0.28")
    assert cold.recall == pytest.approx(68 / 111)
    assert cold.recovery == pytest.approx(19 / 68)
    assert reliability.with_detected_retry(cold.p, cold.recall, cold.recovery) == pytest.approx(cold.solved)
    assert (cold.unsolved, cold.accepted_wrong, cold.accepted_wrong_at_first) == (92, 44, 43)
    assert (cold.rejected_then_right, cold.rejected_at_first) == (21, 70)
    assert (warm.rejected_then_right, warm.rejected_at_first) == (40, 77)


@pytest.mark.parametrize(
    ("model", "once", "cold", "warm"),
    [("GPT-3.5-0613", 0.754, 0.750, 0.812), ("GPT-4-turbo-0409", 0.896, 0.9195, 0.932)],
)
def test_the_other_two_models(model: str, once: float, cold: float, warm: float) -> None:
    found = [published.humaneval_retries(model, way) for way in ("cold", "warm")]
    assert found[0].p == pytest.approx(once, abs=6e-4)
    assert [each.solved for each in found] == pytest.approx([cold, warm], abs=5e-4)


# ---- tau2-bench: 64 recordings ------------------------------------------------------------------------------------


def test_two_numbers_against_64_recordings() -> None:
    """pass^3 and pass^4 from pass^1 and pass^2: .156 and .393 by powers of p, .0103 and .043 by two numbers."""
    values = published.leaderboard().shares
    p, k = values[:, 0], np.array([[3], [4]])
    law = reliability.fit_beta(p, values[:, 1])
    powers, repaired = abs(p**k - values[:, 2:].T), abs(law.pass_hat(k) - values[:, 2:].T)
    assert (powers.mean(), powers.max()) == pytest.approx((0.156, 0.393), abs=5e-4)
    assert (repaired.mean(), repaired.max()) == pytest.approx((0.0103, 0.0432), abs=5e-5)
    assert np.sum(law.pass_hat(4) > values[:, 3]) == 46


def test_a_correlation_belongs_to_the_tasks() -> None:
    board = published.leaderboard()
    rho = np.asarray(reliability.fit_beta(board.shares[:, 0], board.shares[:, 1]).correlation)
    median = {str(d): np.median(rho[board.domains == d]) for d in set(board.domains)}
    wanted = {"airline": 0.67, "banking": 0.58, "retail": 0.37, "telecom": 0.21}
    assert median == pytest.approx(wanted, abs=5e-3)
    gpt_5 = {r["domain"]: i for i, r in enumerate(table("tau2_leaderboard")) if r["model"] == "GPT-5"}
    assert {d: round(float(rho[i]), 2) for d, i in gpt_5.items()} == {"airline": 0.69, "retail": 0.35, "telecom": 0.03}


def test_a_vote_of_three_in_closed_form() -> None:
    """Independence is nearer in 5 of 64; above one half no vote hurts by more than the rounding of the shares."""
    values = published.leaderboard().shares
    p, recorded = values[:, 0], 3 * values[:, 1] - 2 * values[:, 2]
    alone = reliability.majority_vote(p, 3)
    repaired = 3 * values[:, 1] - 2 * reliability.fit_beta(p, values[:, 1]).pass_hat(3)
    assert abs(alone - recorded).mean() == pytest.approx(0.048, abs=5e-4)
    assert abs(repaired - recorded).mean() == pytest.approx(0.0124, abs=5e-5)
    assert np.sum(abs(alone - recorded) < abs(repaired - recorded)) == 5
    gained = recorded - p
    assert (np.sum(gained[p < 0.5] < -3e-4), np.sum(p < 0.5)) == (15, 29)
    assert (np.sum(gained[p > 0.5] < -3e-4), np.sum(p > 0.5)) == (0, 35)


# ---- Azure: two numbers foretell one service and not the other ------------------------------------------------------


@pytest.mark.parametrize(
    ("trace", "p95", "law_p95", "slowest", "law_slowest"), [("code", 90, 99, 134, 128), ("conv", 451, 660, 486, 774)]
)
def test_a_lognormal_from_mean_and_median(
    trace: str, p95: float, law_p95: float, slowest: float, law_slowest: float
) -> None:
    tokens = published.generated_tokens(trace)
    law = latency.Lognormal(tokens.mean(), np.sqrt(2 * np.log(tokens.mean() / np.median(tokens))))
    assert np.quantile(tokens, 0.95) == p95
    assert law.quantile_of_max(1, 0.95) == pytest.approx(law_p95, abs=0.5)
    assert law.expected_max(12) == pytest.approx(law_slowest, abs=0.5)
    assert latency.expected_max(tokens, 12) == pytest.approx(slowest, abs=0.5)


# ---- tau-bench's airline: a conversation that grows ------------------------------------------------------------------


def totals(half: int) -> tuple[list[published.Talk], float]:
    """The conversations of trials 0 and 1, or of 2 and 3, and all that they sent."""
    talks = [talk for talk in published.airline_calls() if talk.trial // 2 == half]
    return talks, sum(float(talk.sent.sum()) for talk in talks)


def test_an_agent_s_conversations_are_read_call_by_call() -> None:
    first = [r for r in table("tau_bench_airline_calls") if (r["task"], r["trial"]) == ("0", "0")]
    talk = published.airline_calls()[0]
    assert [int(row["call"]) for row in first] == list(range(1, talk.sent.size + 1))
    assert (4 * talk.sent).tolist() == [int(row["chars_sent"]) for row in first]
    assert (4 * talk.answered).tolist() == [int(row["chars_answered"]) for row in first]
    assert len({(talk.task, talk.trial) for talk in published.airline_calls()}) == 200


@pytest.mark.parametrize(
    ("how", "a", "b", "missed"), [("means", 1597, 196, -0.040), ("least_squares", 1495, 223, -0.011)]
)
def test_a_growing_conversation_fitted_on_half_of_the_trials_foretells_the_other(
    how: str, a: float, b: float, missed: float
) -> None:
    law = cost.fit_growing_context([talk.sent for talk in totals(0)[0]], how)
    assert law == pytest.approx((a, b), abs=0.6)
    talks, sent = totals(1)
    calls = np.array([talk.sent.size for talk in talks])
    assert np.sum(law.tokens(calls)) / sent - 1 == pytest.approx(missed, abs=5e-4)


def test_calls_alike_and_the_mean_number_of_calls_miss_by_more() -> None:
    """-50% with calls alike; with the mean of 12.25 calls for each task -14.7%, of which -11% is the square's."""
    law = cost.fit_growing_context([talk.sent for talk in totals(0)[0]])
    talks, sent = totals(1)
    calls = np.array([talk.sent.size for talk in talks])
    assert law.first * calls.sum() / sent - 1 == pytest.approx(-0.496, abs=5e-4)
    assert calls.mean() == 12.25
    at_mean = len(talks) * (law.first * 12.25 + law.growth * 12.25 * 11.25 / 2)
    assert at_mean / sent - 1 == pytest.approx(-0.147, abs=5e-4)
    assert at_mean / np.sum(law.tokens(calls)) - 1 == pytest.approx(-0.112, abs=5e-4)


def test_an_agent_s_prefix_cache_by_law_and_replayed() -> None:
    """Reads at .10, writes at 1.25, output at 4 times the input price: .295 of the bill left by law, .293 replayed."""
    card = prices.PriceCard(1.0, 0.1, 4.0, usd_written=1.25)
    law = cost.fit_growing_context([talk.sent for talk in totals(0)[0]])
    talks = published.airline_calls()
    sent, out = (np.concatenate(column) for column in zip(*((t.sent, t.answered) for t in talks), strict=True))
    seen = np.concatenate([[0.0, *talk.sent[:-1]] for talk in talks])
    assert prices.replay_prefix_cache(card, sent, np.minimum(seen, sent), out).left == pytest.approx(0.293, abs=5e-4)
    assert sent.sum() / out.sum() == pytest.approx(38, abs=0.5)
    calls = np.array([talk.sent.size for talk in talks])
    answered = 4 * calls.sum() * out.mean()
    cached = np.sum(cost.cached_context_tokens(law.first, law.growth, calls)) + answered
    assert cached / (np.sum(law.tokens(calls)) + answered) == pytest.approx(0.295, abs=1e-3)


# ---- Mooncake: a chat's prefix cache ---------------------------------------------------------------------------------


def test_a_chat_s_prefix_cache_saves_less_than_an_agent_s() -> None:
    """.84 of the bill left (reads .10, writes 1.25, output 5 times), .67 if hits were free, .93 with five minutes."""
    rows = published.mooncake_requests()
    card = prices.PriceCard(1.0, 0.1, 5.0, usd_written=1.25)
    columns = (rows.tokens_in, rows.tokens_seen, rows.tokens_out, rows.age_sec)
    ever, minutes = (prices.replay_prefix_cache(card, *columns, life_sec=life) for life in (None, 300))
    assert [f"{x:.2f}" for x in (ever.left, ever.left_if_free, minutes.left)] == ["0.84", "0.67", "0.93"]
    read, seen, out = (int(sum(int(row[c]) for row in table("mooncake_conversation"))) for c in MOONCAKE)
    assert ever.left == pytest.approx((read - seen + 0.25 * (read - seen) + 0.1 * seen + 5 * out) / (read + 5 * out))
    assert rows.requests.sum() == 12_031


MOONCAKE = ("input_tokens", "prefix_tokens_seen", "output_tokens")


# ---- Azure's arrivals ----------------------------------------------------------------------------------------------


def test_the_arrivals_are_the_recorded_ones() -> None:
    """Counted apart from the reader: requests, the last arrival, tokens added up, and the gaps' scatter."""
    known = {"code": (8819, 3435.948, 172.96), "conv": (19366, 3501.722, 1.20)}
    for trace, (count, last, scv) in known.items():
        hour = published.azure_arrivals(trace)
        gaps = np.diff(hour.sec)
        assert (hour.sec.size, hour.sec[0], hour.sec[-1]) == (count, 0.0, last)
        assert np.all(gaps >= 0)
        assert gaps.var() / gaps.mean() ** 2 == pytest.approx(scv, abs=0.005)
        assert hour.service_sec == pytest.approx(0.3 + hour.context_tokens / 5000 + hour.generated_tokens / 40)


# ---- the tables themselves -----------------------------------------------------------------------------------------


def test_the_tables_are_small_and_shipped_and_each_has_its_source_and_licence() -> None:
    notes = (rows.FOLDER / "README.md").read_text(encoding="utf-8")
    files = sorted(rows.FOLDER.glob("*.csv"))
    assert sum(path.stat().st_size for path in files) < 150_000
    for path in files:
        (line,) = [line for line in notes.splitlines() if line.startswith(f"| `{path.name}`")]
        assert "github.com/" in line
        assert any(licence in line for licence in ("MIT", "CC BY 4.0", "Apache 2.0"))
        assert f"| {len(table(path.stem))} |" in line
    (arrivals,) = rows.FOLDER.glob("*.npz")
    assert arrivals.stat().st_size < 125_000
    assert re.search(rf"\| `{arrivals.name}` \| 28185 \|.*github.com/Azure/.*\| CC BY 4.0", notes)
    settings = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert '"published/*.csv", "published/*.npz", "published/README.md"' in settings


@pytest.mark.parametrize(
    ("call", "complaint"),
    [
        (lambda: published.humaneval_retries("GPT-5", "cold"), "model and way must be one of"),
        (lambda: published.humaneval_retries("GPT-4-0613", "hot"), "model and way must be one of"),
        (lambda: published.generated_tokens("chat"), "trace must be one of"),
        (lambda: published.humaneval_cascade("GPT-5"), "last must be one of"),
        (lambda: published.paired_answers("ARC"), "data must be one of"),
        (lambda: published.leaderboard([]), "rows must hold at least one recording"),
        (lambda: published.leaderboard([{"model": "a"}]), "rows must have a column 'domain'"),
        (lambda: published.leaderboard([ROW | {"pass_3": "many"}]), "pass_3 must be a number, got 'many'"),
        (lambda: published.leaderboard([ROW | {"pass_1": "1.2"}]), "pass_1 must"),
        (lambda: published.leaderboard([ROW | {"pass_4": "0.6"}]), "pass_4 must not exceed pass_3, got 0.6 and 0.5"),
        (lambda: published.leaderboard([ROW | {"usd_a_task": "-1"}]), "usd_a_task must be zero or more"),
        (lambda: published.leaderboard([ROW | {"usd_a_task": "dear"}]), "usd_a_task must be a number"),
        (lambda: rows.read_rows("nothing"), "name must be one of"),
        (lambda: rows.read_rows("../rows"), "name must be one of"),
    ],
)
def test_an_unknown_table_is_refused(call: object, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        call()  # type: ignore[operator]


def test_two_readings_of_the_leaderboard_are_equal() -> None:
    one, same = published.leaderboard(), published.leaderboard()
    other = one._replace(shares=one.shares / 2)
    assert one == same == pickle.loads(pickle.dumps(one))
    assert hash(one) == hash(same)
    assert one != other
    assert len({one, same, other}) == 2
