"""What the committed rows say about the laws, recomputed from the rows by hand."""

from __future__ import annotations

import csv
import pickle
from pathlib import Path

import numpy as np
import pytest

from labkit import latency, reliability
from labkit_workbook import published
from labkit_workbook.published import rows

ROOT = Path(rows.__file__).parents[2]


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


# ---- the tables themselves -----------------------------------------------------------------------------------------


def test_the_tables_are_small_and_shipped_and_each_has_its_source_and_licence() -> None:
    notes = (rows.FOLDER / "README.md").read_text(encoding="utf-8")
    files = sorted(rows.FOLDER.glob("*.csv"))
    assert sum(path.stat().st_size for path in files) < 200_000
    for path in files:
        (line,) = [line for line in notes.splitlines() if line.startswith(f"| `{path.name}`")]
        assert "github.com/" in line
        assert "MIT" in line or "CC BY 4.0" in line
        assert f"| {len(table(path.stem))} |" in line
    settings = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert '"published/*.csv", "published/README.md"' in settings


@pytest.mark.parametrize(
    ("call", "complaint"),
    [
        (lambda: published.humaneval_retries("GPT-5", "cold"), "model and way must be one of"),
        (lambda: published.humaneval_retries("GPT-4-0613", "hot"), "model and way must be one of"),
        (lambda: published.generated_tokens("chat"), "trace must be 'code' or 'conv'"),
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
