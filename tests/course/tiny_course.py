"""A course with one lesson and one exercise, small enough to build in a test."""

from __future__ import annotations

from pathlib import Path

LESSON = """\
# %% [markdown]
# # What a call costs
# A call has a price.

# %% price-of-a-call tags=["nbval-check-output"]
print("one")
print("two é")

# %%
# copy the prices
prices = [1, 2]
sum(prices)

# %%
# copy the prices
prices
"""

EXERCISE = '''\
# %% [markdown]
# # Ticket spend

# %% spend
def spend(calls):
    """Return the spend."""
    if calls < 0:
        ### BEGIN SOLUTION: raise a "ValueError" for negative calls
        raise ValueError("negative")
        ### END SOLUTION
    ### BEGIN SOLUTION: return two cents a call
    per_call = 2

    return per_call * calls
    ### END SOLUTION

# %% note-to-teachers tags=["instructor"]
print("for teachers")

# %% check-spend tags=["grade", "hide-input"] points=3
assert spend.__doc__

# %% tags=["solution"]
print(spend(4))

# %% [markdown] why points=2
# Why?
# <!-- ### BEGIN SOLUTION -->
# Because.
# <!-- ### END SOLUTION -->

# %%
print(spend.__name__)
'''


def write_course(root: Path, lesson: str = LESSON, exercise: str = EXERCISE) -> None:
    """Write the scripts of a course with one lesson and one exercise, leaving out empty ones."""
    for name, text in {"lessons/01_cost.py": lesson, "exercises/01_spend.py": exercise}.items():
        path = root / "course" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if text:
            path.write_text(text, encoding="utf-8")
