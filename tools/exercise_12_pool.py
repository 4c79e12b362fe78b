"""Make the runs that exercise 12's traces are drawn from: ``python tools/exercise_12_pool.py``.

An agent of four steps adds amounts with the pocket models. ``plan`` is one premium call on four numbers; ``search`` and
``count`` are one small call each, on three numbers and on two, side by side; ``write`` is a conversation with the small
model of two to four calls on four numbers, and each call sends along what was said before, as a chat does. A step is
right if every number it states is; a task is solved if all its steps are.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np

from labkit_agents import pocket
from labkit_agents.pocket import Call, draw_sums, read_number, write_sum

SEED, TASKS = 1612, 120
FILE = Path(__file__).parents[1] / "labkit_workbook" / "questions" / "graded" / "recorded_agent.py"
SYSTEM = 40
"""Tokens of instructions before each call."""
CALLS = {"plan": (4, 1), "search": (3, 1), "count": (2, 1), "write": (4, 0)}
"""Numbers that a call of the step adds, and how many calls it makes; 0 for a conversation."""


class Said(NamedTuple):
    """One call: seconds by the model's card, tokens sent and written, and whether the number is right."""

    sec: float
    tokens_in: int
    tokens_out: int
    right: bool


def talk(model: pocket.LanguageModel, sums: list[tuple[int, ...]], name: str) -> list[Said]:
    """A conversation: one call for each sum, each with all that was said before it."""
    said, history = [], SYSTEM
    for place, numbers in enumerate(sums):
        prompt = write_sum(numbers)
        reply = model.complete([Call(prompt, "", f"{name}/{place}", SEED, 1.0, 8)])[0]
        sent = history + len(prompt)
        bill = model.card.bill(sent, 0, reply.tokens_out)
        said.append(Said(round(bill.sec, 3), sent, reply.tokens_out, read_number(reply.text) == sum(numbers)))
        history = sent + reply.tokens_out
    return said


def main() -> None:
    """Run the agent, the two pilots and the repeats, and write the module."""
    small, premium = pocket.small(), pocket.premium()
    models = {"plan": premium, "search": small, "count": small, "write": small}
    rng = np.random.default_rng(SEED)
    rows, again, pilots = [], [], {"plan": [], "write": []}
    for number in range(TASKS):
        task = []
        for step, (count, calls) in CALLS.items():
            sums = [tuple(each) for each in draw_sums(calls or int(rng.integers(2, 5)), SEED + number, (count,))]
            said = talk(models[step], sums, f"{number}/{step}")
            task.append((step, said))
            if step == "write":
                again.append([all(x.right for x in said)] + [
                    all(x.right for x in talk(small, sums, f"{number}/{step}/again {k}")) for k in range(3)
                ])  # fmt: skip
            if step in pilots:
                other = small if step == "plan" else premium
                pilots[step].append(talk(other, sums, f"{number}/{step}/pilot"))
        rows.append(task)
    counts = np.array(again).sum(axis=1)
    pairs = counts * (counts - 1) / 12
    p = counts.mean() / 4
    rho = float((pairs.mean() - p * p) / (p * (1 - p)))
    lines = [
        '"""The runs that exercise 12\'s traces are drawn from, recorded once with the pocket models.',
        "",
        "A line is a task: its steps with | between them, and the calls of a step with ; between them, each as "
        "seconds,",
        "tokens sent, tokens written, and 1 if it was right.",
        '"""',
        "",
        "from __future__ import annotations",
        "",
        f"CORRELATION = {rho:.3f}",
        '"""Of two tries of one task\'s step write: four tries of each of its conversations."""',
        "PILOTS = {",
    ]
    for step, talks in pilots.items():
        sums_of = [[sum(each) for each in zip(*talked, strict=True)][:3] for talked in talks]
        mean = np.mean(sums_of, axis=0)
        right = np.mean([all(x.right for x in talked) for talked in talks])
        lines.append(f'    "{step}": ({right:.3f}, {mean[0]:.3f}, {mean[1]:.1f}, {mean[2]:.1f}),')
    lines += [
        "}",
        '"""Of the step with the other model, on the same tasks: p, seconds, tokens sent and written, in the mean."""',
        'RUNS = """',
    ]
    for task in rows:
        calls = [";".join(f"{x.sec:g} {x.tokens_in} {x.tokens_out} {int(x.right)}" for x in said) for _, said in task]
        lines.append("|".join(calls))
    lines += ['"""']
    FILE.write_text("\n".join(lines) + "\n", encoding="utf-8")
    for step, said in zip(CALLS, zip(*rows, strict=True), strict=True):
        print(step, np.mean([all(x.right for x in s) for _, s in said]))
    print("solved", np.mean([all(x.right for _, s in t for x in s) for t in rows]), "rho", rho)


if __name__ == "__main__":
    main()
