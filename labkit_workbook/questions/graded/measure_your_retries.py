"""Exercise 04: from a table of repeated runs to what one blind retry really buys, with its honest interval."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from labkit.reliability import fit_beta

from ..model import Essay, Exercise, Follows, Given, Misconception, Question

Z = 1.96  # two-sided, 95%


@dataclass(frozen=True, repr=False)
class Repeated(Given):
    """The numbers of the exercise.

    The counts are those of gpt-4o on tau-bench's 50 airline tasks: the only whole numbers that give the published
    pass^1 to pass^4 of .420, .273, .220 and .200 (Yao et al. 2024, tau-bench README). The other tasks are those of the
    shop, of the same agent and at the same temperature, 0 (same README). The price is made up.
    """

    tries: int = field(default=4, metadata={"doc": "times that each task was tried"})
    solved: tuple[int, ...] = field(
        default=(14, 12, 10, 4, 10), metadata={"doc": "tasks solved in 0, 1, 2, ... of the tries"}
    )
    usd: float = field(default=0.20, metadata={"doc": "USD, one try of one task"})
    other: tuple[float, float] = field(
        default=(0.604, 0.491), metadata={"doc": "pass^1 and pass^2 of the same agent on other tasks"}
    )


def draw(rng: np.random.Generator) -> Repeated:
    """Numbers of the same kind for one student: tasks of drawn difficulty, each tried a few times."""
    tries, tasks = int(rng.integers(4, 7)), int(rng.integers(40, 81))
    p, rho = rng.uniform(0.35, 0.7), rng.uniform(0.25, 0.6)
    rates = rng.beta(p * (1 - rho) / rho, (1 - p) * (1 - rho) / rho, tasks)
    counts = np.bincount(rng.binomial(tries, rates), minlength=tries + 1)
    usd = float(rng.choice([0.05, 0.10, 0.15, 0.25, 0.40]))
    there, its_rho = float(rng.uniform(0.45, 0.8)), float(rng.choice([rng.uniform(0.02, 0.2), rng.uniform(0.65, 0.85)]))
    other = round(there, 3), round(there * (there + (1 - there) * its_rho), 3)
    return Repeated(tries, tuple(int(n) for n in counts), usd, other)


# ---- the right answers ------------------------------------------------------------------------------------


def each_task(g: Repeated) -> np.ndarray:
    """How often each task was solved: one number for each task."""
    return np.repeat(np.arange(g.tries + 1), g.solved)


def p(g: Repeated) -> float:
    """pass^1: the share of all tries that were right."""
    return sum(c * n for c, n in enumerate(g.solved)) / (g.tries * sum(g.solved))


def pass_2(g: Repeated) -> float:
    """pass^2: the share of all pairs of tries of one task in which both were right."""
    return sum(c * (c - 1) * n for c, n in enumerate(g.solved)) / (g.tries * (g.tries - 1) * sum(g.solved))


def correlation(g: Repeated) -> float:
    """The correlation of two tries of one task."""
    return (pass_2(g) - p(g) ** 2) / (p(g) * (1 - p(g)))


def second_right(g: Repeated) -> float:
    """How often the second try is right after a wrong first."""
    return (p(g) - pass_2(g)) / (1 - p(g))


def with_retry(g: Repeated) -> float:
    """Solved with one retry, every failure noticed: pass@2."""
    return 2 * p(g) - pass_2(g)


def elsewhere(g: Repeated) -> float:
    """Solved with one retry on the other tasks: their own pass@2."""
    return 2 * g.other[0] - g.other[1]


def _borrow_correlation(g: Repeated) -> float:
    """The same with this table's correlation."""
    there = g.other[0]
    return there + (1 - there) * there * (1 - correlation(g))


def usd_per_success(g: Repeated) -> float:
    """USD for each success that the retry adds."""
    return (1 - p(g)) * g.usd / (p(g) - pass_2(g))


def all_right(g: Repeated) -> float:
    """pass^n for all n tries, predicted from pass^1 and pass^2."""
    return float(fit_beta(p(g), pass_2(g)).pass_hat(g.tries))


def interval(values: np.ndarray, z: float = Z) -> tuple[float, float]:
    """Mean of the tasks' values, minus and plus z standard errors."""
    mean, error = float(values.mean()), float(values.std(ddof=1) / np.sqrt(values.size))
    return mean - z * error, mean + z * error


def share_interval(g: Repeated) -> tuple[float, float]:
    """The 95% interval of p, the tasks being what was sampled."""
    return interval(each_task(g) / g.tries)


def gains(g: Repeated) -> np.ndarray:
    """For each task: the share of its ordered pairs of tries in which a wrong one is followed by a right one."""
    c = each_task(g)
    return c * (g.tries - c) / (g.tries * (g.tries - 1))


def gain_interval(g: Repeated) -> tuple[float, float]:
    """The 95% interval of what one retry adds."""
    return interval(gains(g))


def _too_narrow(g: Repeated) -> float:
    """What becomes of Z if the spread is divided by the number of tasks, not by one less."""
    tasks = sum(g.solved)
    return Z * float(np.sqrt((tasks - 1) / tasks))


def as_if_independent(g: Repeated, mean: float, z: float = Z) -> tuple[float, float]:
    """The interval of a share, had every try been a task of its own."""
    error = np.sqrt(mean * (1 - mean) / (g.tries * sum(g.solved)))
    return float(mean - z * error), float(mean + z * error)


# ---- what goes wrong --------------------------------------------------------------------------------------

INDEPENDENT = (
    "You took the tries of one task as independent. But they meet the same task: one that was solved once is likely an "
    "easy one, and one that failed once a hard one, which tends to fail again."
)
ONE_ERROR = (
    "That is one standard error to each side: about two in three such intervals hold. A 95% interval takes 1.96."
)
DIVISOR = "Nearly. Your spread divides by the number of tasks, as numpy does unless told: use std(ddof=1)."
TURNED = "The ends are the wrong way round: the low one comes first."
SPREAD = (
    "You took the spread of the tasks themselves. The mean of many tasks is surer than one task: divide by the root "
    "of their number."
)
RUNS = (
    "You counted every try as a task of its own. Tries of one task resemble each other, so they tell less than as many "
    "tasks would: the tasks are what was sampled."
)
PERCENT = "That looks like a percentage. Give a fraction between 0 and 1."

QUESTIONS = (
    Question(
        name="p",
        asks="The share of all tries that were right: pass^1?",
        unit="probability",
        answer=p,
        misconceptions=(
            Misconception(
                "solved_at_least_once",
                lambda g: float((each_task(g) > 0).mean()),
                "That is the share of the tasks that were solved at least once. Many of their other tries were wrong.",
            ),
            Misconception(
                "solved_always",
                lambda g: float((each_task(g) == g.tries).mean()),
                "That is the share of the tasks that were solved every time. Count tries, not tasks.",
            ),
            Misconception(
                "mean_count",
                lambda g: g.tries * p(g),
                "That is how often a task was solved, on average. Divide by the number of tries.",
            ),
            Misconception("percent", lambda g: 100 * p(g), PERCENT),
        ),
        hints=(
            "How many tries were there in all, and how many of them were right?",
            "g.solved[c] tasks were solved c times: the right tries are the sum of c * g.solved[c].",
        ),
        worked=lambda g: f"{each_task(g).sum()} of {g.tries * sum(g.solved)} tries: {p(g):.4f}",
    ),
    Question(
        name="pass_2",
        asks="Of all pairs of tries of one task, in which share were both right: pass^2?",
        unit="probability",
        answer=pass_2,
        misconceptions=(
            Misconception("independent", lambda g: p(g) ** 2, INDEPENDENT),
            Misconception(
                "same_try_twice",
                lambda g: float(((each_task(g) / g.tries) ** 2).mean()),
                "You squared each task's share. That lets a try be paired with itself, and a try always agrees with "
                "itself. Count pairs of two different tries.",
            ),
            Misconception(
                "one_of_two",
                with_retry,
                "That is how often at least one of two is right: pass@2. Here both must be.",
            ),
            Misconception(
                "after_a_right_one",
                lambda g: pass_2(g) / p(g),
                "That is how often a second try is right after a right first. Here it is both of two.",
            ),
            Misconception(
                "pairs_counted_once",
                lambda g: pass_2(g) / 2,
                "Above you counted each pair once, c (c - 1) / 2, and below twice, n (n - 1). Count both in one way.",
            ),
            Misconception(
                "squared_below",
                lambda g: pass_2(g) * (g.tries - 1) / g.tries,
                "You divided by n squared. There are n (n - 1) ordered pairs of two different tries.",
            ),
            Misconception(
                "tasks_with_two",
                lambda g: float((each_task(g) >= 2).mean()),
                "That is the share of the tasks that were solved twice or more. Count pairs: a task solved twice in "
                "four tries has one right pair of six.",
            ),
        ),
        hints=(
            "A task solved c times of n has c (c - 1) ordered pairs of right tries, of n (n - 1) in all.",
            "Sum c * (c - 1) * g.solved[c], and divide by n (n - 1) and by the number of tasks.",
        ),
        worked=lambda g: f"the mean of c(c-1)/(n(n-1)) is {pass_2(g):.4f}, where p squared is {p(g) ** 2:.4f}",
    ),
    Question(
        name="correlation",
        asks="The correlation of two tries of one task?",
        unit="correlation",
        answer=correlation,
        misconceptions=(
            Misconception(
                "covariance",
                lambda g: pass_2(g) - p(g) ** 2,
                "That is the covariance. Divide by the variance of one try, p (1 - p).",
            ),
            Misconception(
                "conditional",
                lambda g: pass_2(g) / p(g),
                "That is how often a second try is right after a right first. Even independent tries would have p "
                "there.",
            ),
            Misconception(
                "divided_by_p",
                lambda g: (pass_2(g) - p(g) ** 2) / p(g),
                "Nearly. The variance of a try that is right or wrong is p (1 - p), not p.",
            ),
            Misconception("percent", lambda g: 100 * correlation(g), PERCENT),
        ),
        follows=Follows(
            (
                "p",
                "pass_2",
            ),
            lambda g, p, both: (both - p**2) / (p * (1 - p)),
        ),
        hints=(
            "How much does pass^2 exceed what independent tries would give, and how much could it at most?",
            "At most pass^2 is p. So it is (pass^2 - p squared) / (p - p squared).",
        ),
        worked=lambda g: f"(pass^2 - p²) / (p (1 - p)) = {correlation(g):.3f}; 0 is independent, 1 is always the same",
    ),
    Question(
        name="second_right",
        asks="After a wrong first try, how often is a blind second one right?",
        unit="probability",
        answer=second_right,
        misconceptions=(
            Misconception("independent", p, INDEPENDENT),
            Misconception(
                "after_a_right_one",
                lambda g: pass_2(g) / p(g),
                "That is after a *right* first try. Only a wrong one is retried.",
            ),
            Misconception(
                "not_conditional",
                lambda g: p(g) - pass_2(g),
                "That is how often a wrong try is followed by a right one, of all pairs. Of those with a wrong first "
                "try it is a larger share.",
            ),
            Misconception(
                "wrong_again",
                lambda g: 1 - second_right(g),
                "That is how often the second try is wrong again.",
            ),
            Misconception(
                "of_the_right_ones",
                lambda g: (p(g) - pass_2(g)) / p(g),
                "You divided by p, the share of right first tries. Only a wrong one is retried: divide by 1 - p.",
            ),
        ),
        follows=Follows(
            (
                "p",
                "pass_2",
            ),
            lambda g, p, both: (p - both) / (1 - p),
        ),
        hints=(
            "First wrong, then right: how often is that, of all pairs? And how often is the first wrong?",
            "A right second is p of all pairs; in pass^2 of them the first was right too.",
        ),
        worked=lambda g: (
            f"(p - pass^2) / (1 - p) = {second_right(g):.3f}, where a first try has {p(g):.3f}: tries that failed are "
            "mostly tries of hard tasks"
        ),
    ),
    Question(
        name="with_retry",
        asks="Every failure is noticed and tried once more. What share of the tasks is solved?",
        unit="probability",
        answer=with_retry,
        misconceptions=(
            Misconception(
                "independent",
                lambda g: 1 - (1 - p(g)) ** 2,
                INDEPENDENT + " That is the retry law of the text.",
            ),
            Misconception(
                "both",
                pass_2,
                "That is how often both are right. With a retry one of the two is enough.",
            ),
            Misconception(
                "twice_p",
                lambda g: 2 * p(g),
                "You counted the tasks twice in which both tries are right.",
            ),
            Misconception(
                "retry_everywhere",
                lambda g: p(g) + second_right(g),
                "You added the second try's share in full. It comes only after a failure: weigh it with 1 - p.",
            ),
            Misconception(
                "gain_only",
                lambda g: p(g) - pass_2(g),
                "That is what the retry adds. Asked is the share solved in all, by the first try or by the second.",
            ),
            Misconception("second_try_only", second_right, "That is the second try alone. The first solves some, too."),
            Misconception(
                "any_of_all",
                lambda g: float((each_task(g) > 0).mean()),
                "That takes as many tries as the table has. One retry makes two.",
            ),
        ),
        follows=Follows(
            (
                "p",
                "pass_2",
            ),
            lambda g, p, both: 2 * p - both,
        ),
        hints=(
            "p, and of the rest the share that the second try solves.",
            "p + (1 - p) times your last answer.",
        ),
        worked=lambda g: (
            f"p + (1 - p) r = {with_retry(g):.4f}; the retry law says {1 - (1 - p(g)) ** 2:.4f}, because it puts p "
            "for r"
        ),
    ),
    Question(
        name="elsewhere",
        asks="The same agent, at the same temperature, on other tasks: g.other holds their pass^1 and pass^2. What "
        "share of them is solved with one retry, every failure noticed?",
        unit="probability",
        answer=elsewhere,
        misconceptions=(
            Misconception(
                "borrowed",
                _borrow_correlation,
                "You took the correlation of your table to the other tasks. It belongs to an agent, its tasks and its "
                "temperature together; other tasks have one of their own, and g.other holds what gives it.",
            ),
            Misconception(
                "independent",
                lambda g: 1 - (1 - g.other[0]) ** 2,
                INDEPENDENT + " That is the retry law of the text.",
            ),
            Misconception(
                "your_recovery",
                lambda g: g.other[0] + (1 - g.other[0]) * second_right(g),
                "You took how often a second try is right on *your* tasks. These are other tasks, with a pass^1 and a "
                "correlation of their own.",
            ),
            Misconception(
                "both",
                lambda g: g.other[1],
                "That is how often both are right. With a retry one of the two is enough.",
            ),
        ),
        hints=(
            "Nothing of your table is needed but the way: p, and of the rest the share that the second try solves.",
            "With p and pass^2 of g.other: p + (1 - p) * (p - pass^2) / (1 - p).",
        ),
        worked=lambda g: (
            f"2 p - pass^2 = {elsewhere(g):.4f}; with the correlation of your table it would be "
            f"{_borrow_correlation(g):.4f}: a correlation belongs to an agent, its tasks and its temperature"
        ),
    ),
    Question(
        name="usd_per_success",
        asks="USD for each success that the retry adds, on average?",
        unit="USD a success",
        answer=usd_per_success,
        misconceptions=(
            Misconception(
                "independent",
                lambda g: g.usd / p(g),
                INDEPENDENT + " So a success by retry is dearer than one by a first try.",
            ),
            Misconception(
                "charged_always",
                lambda g: g.usd / (p(g) - pass_2(g)),
                "You charged the retry every time. It comes only after a failure: 1 - p.",
            ),
            Misconception(
                "all_successes",
                lambda g: (2 - p(g)) * g.usd / with_retry(g),
                "That is the mean price of all successes. Asked is what the added ones cost.",
            ),
            Misconception(
                "per_task",
                lambda g: (1 - p(g)) * g.usd,
                "That is what the retry adds to the bill of a task. Divide by the successes it adds.",
            ),
            Misconception(
                "first_try_charged",
                lambda g: (2 - p(g)) * g.usd / (p(g) - pass_2(g)),
                "You charged the first try, too. It is paid with or without the retry.",
            ),
            Misconception("cents", lambda g: 100 * usd_per_success(g), "That looks like cents. Give USD."),
        ),
        follows=Follows(
            (
                "p",
                "pass_2",
            ),
            lambda g, p, both: (1 - p) * g.usd / (p - both),
        ),
        hints=(
            "What does the retry add to a task's bill, and what to its success?",
            "It adds (1 - p) tries, and with_retry - p successes.",
        ),
        worked=lambda g: (
            f"{1 - p(g):.3f} x ${g.usd:.2f} buys {p(g) - pass_2(g):.4f} successes: ${usd_per_success(g):.3f} each, "
            ""
            f"where a first try's cost ${g.usd / p(g):.3f}"
        ),
    ),
    Question(
        name="all_right",
        asks="From p and pass^2 alone, by the beta law: how often are all g.tries tries of a task right?",
        unit="probability",
        answer=all_right,
        misconceptions=(
            Misconception("independent", lambda g: p(g) ** g.tries, INDEPENDENT),
            Misconception(
                "chained_pairs",
                lambda g: p(g) * (pass_2(g) / p(g)) ** (g.tries - 1),
                "You used the same conditional share at each further try. A task that was right twice is an easier one "
                "than a task that was right once: the share rises.",
            ),
            Misconception(
                "measured",
                lambda g: g.solved[-1] / sum(g.solved),
                "That is what was measured. First predict it, from p and pass^2; then compare.",
            ),
            Misconception(
                "any_right",
                lambda g: float(fit_beta(p(g), pass_2(g)).pass_at(g.tries)),
                "That is how often at least one of the tries is right: pass_at. All of them is pass_hat.",
            ),
        ),
        follows=Follows(
            (
                "p",
                "pass_2",
            ),
            lambda g, p, both: float(fit_beta(p, both).pass_hat(g.tries)),
        ),
        hints=(
            "labkit.reliability.fit_beta takes the two numbers; its pass_hat(k) is pass^k.",
            "fit_beta(p, pass_2).pass_hat(g.tries)",
        ),
        worked=lambda g: (
            f"{all_right(g):.4f} by the beta law, {g.solved[-1] / sum(g.solved):.4f} measured, {p(g) ** g.tries:.4f} "
            "if tries were independent"
        ),
    ),
    Question(
        name="p_interval",
        asks="The 95% interval of p, [low, high]: mean of the tasks' shares, minus and plus 1.96 standard errors?",
        unit="probability",
        answer=share_interval,
        misconceptions=(
            Misconception("tries_as_tasks", lambda g: as_if_independent(g, p(g)), RUNS),
            Misconception("one_standard_error", lambda g: interval(each_task(g) / g.tries, 1.0), ONE_ERROR),
            Misconception("divided_by_n", lambda g: interval(each_task(g) / g.tries, _too_narrow(g)), DIVISOR),
            Misconception("turned", lambda g: share_interval(g)[::-1], TURNED),
            Misconception(
                "one_try_a_task",
                lambda g: as_if_independent(g, p(g), Z * float(np.sqrt(g.tries))),
                "That is the error of one try of each task. You have more: take the spread of the tasks' shares.",
            ),
            Misconception(
                "spread_of_tasks",
                lambda g: interval(each_task(g) / g.tries, Z * float(np.sqrt(sum(g.solved)))),
                SPREAD,
            ),
        ),
        hints=(
            "One number for each task: the share of its tries that were right. Then mean and standard error over "
            "tasks.",
            "shares = np.repeat(range(n + 1), g.solved) / n; error = shares.std(ddof=1) / len(shares) ** 0.5",
        ),
        worked=lambda g: (
            "{:.3f} to {:.3f}; ".format(*share_interval(g))
            + "counted as independent tries it would have been {:.3f} to {:.3f}".format(*as_if_independent(g, p(g)))
        ),
    ),
    Question(
        name="gain_interval",
        asks="The 95% interval of what one retry adds to the share solved, [low, high]?",
        unit="probability",
        answer=gain_interval,
        misconceptions=(
            Misconception(
                "tries_as_tasks",
                lambda g: as_if_independent(g, p(g) - pass_2(g)),
                "That is the error of a share of independent runs that are right or wrong. The gain is a mean of one "
                "number for each task: take the standard error of those numbers.",
            ),
            Misconception("one_standard_error", lambda g: interval(gains(g), 1.0), ONE_ERROR),
            Misconception("divided_by_n", lambda g: interval(gains(g), _too_narrow(g)), DIVISOR),
            Misconception("turned", lambda g: gain_interval(g)[::-1], TURNED),
            Misconception(
                "either_order",
                lambda g: interval(2 * gains(g)),
                "You counted a right try followed by a wrong one, too. Only a wrong first try is retried.",
            ),
            Misconception(
                "share_solved",
                lambda g: (p(g) + gain_interval(g)[0], p(g) + gain_interval(g)[1]),
                "That lies around the share solved with the retry. Asked is what the retry *adds*.",
            ),
            Misconception("spread_of_tasks", lambda g: interval(gains(g), Z * float(np.sqrt(sum(g.solved)))), SPREAD),
            Misconception(
                "independent",
                lambda g: interval((s := each_task(g) / g.tries) * (1 - s)),
                "You put share times (1 - share) for each task. That lets a try be its own retry. A task solved c "
                "times of "
                "n has c (n - c) pairs of a wrong try and a right one, of n (n - 1).",
            ),
        ),
        hints=(
            "One number for each task again: the share of its ordered pairs in which the first is wrong and the second "
            "right.",
            "c * (n - c) / (n * (n - 1)) for a task solved c times; then as before.",
        ),
        worked=lambda g: (
            "{:.3f} to {:.3f}: ".format(*gain_interval(g))
            + "more tries of the same tasks narrow it only so far, more tasks always"
        ),
        points=2,
    ),
)

ESSAYS = (
    Essay(
        name="buy-the-retry",
        asks="Would you buy the retry for this agent? Say what one blind retry adds, with its interval; why the text's "
        "law promises more; what your correlation belongs to, and so where it may not be used; and what you would "
        "measure, or change, before you buy a second one. Six sentences.",
        points=5,
        rubric="One point for each: the measured gain with its interval; tasks differ in difficulty, so failures "
        "repeat (or the correlation, in words); the correlation belongs to agent, tasks and temperature together, so "
        "it is not to be used for others; a retry needs a detector, or an informed retry differs from a blind "
        "one; more tasks narrow the interval, more tries of the same tasks only so far.",
    ),
)

EXERCISE = Exercise(
    name="measure_your_retries",
    number="04",
    title="Measure your retries",
    minutes=45,
    difficulty="intermediate",
    objective="Estimate p, the correlation of tries and what a retry buys from a table of repeated runs, with an "
    "interval that is honest.",
    text=Repeated(),
    draw=draw,
    questions=QUESTIONS,
    essays=ESSAYS,
)
