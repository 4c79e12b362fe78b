"""The README of a student's copy: how to set it up, where the numbers come from, what to hand in."""

from __future__ import annotations

from labkit_workbook.numbers.drawn import Classroom

README = """\
# Counting Calls

A workbook in Jupyter about what multi-agent LLM workflows **cost**, how **long** they take and how often they
**fail**. No API key, no account; a network only to install.

## Set up

You need Python 3.10 or newer, pip and make.

```
make lab     # sets everything up, copies the exercises into my_work/ and opens the first lesson
```

<details><summary>Windows, or no make</summary>

```
py -m venv .venv
.venv\\Scripts\\python -m pip install -e ".[course]"
.venv\\Scripts\\labkit start
.venv\\Scripts\\jupyter labextension disable @jupyterlab/apputils-extension:announcements
.venv\\Scripts\\jupyter lab --ServerApp.root_dir=. notebooks\\00_start_here.ipynb
```

With conda: `conda env create -f environment.yml`, then `conda activate counting-calls`, `labkit start` and
`jupyter lab notebooks/00_start_here.ipynb`.
</details>

If something does not work, `labkit doctor` in a terminal of JupyterLab says what is missing and how to put it right.
(Elsewhere it is `.venv/bin/labkit`, on Windows `.venv\\Scripts\\labkit`.)

## Work

The lessons are in `notebooks/`. After a lesson, do its exercise in `my_work/`, which nothing overwrites. {check}

`labkit status` lists every question and how far you are; `labkit reset 01` begins exercise 01 anew and keeps your
version beside it.

{numbers}## Hand in

1. In JupyterLab choose *Kernel > Restart Kernel and Run All Cells*. A cell that you could not do may stay as it was,
   with its three dots. The run stops at the first cell that fails: then run the cells after it one by one.
2. Save the notebook.
3. Hand in the file from `my_work/`, such as `my_work/01_ticket_spend.ipynb`, where your instructor asks for it.

Keep the names of the variables and functions that a cell asks for: your answers are found by them. When the work is
graded, your notebook runs alone, without network and without other files; what it needs must be in its cells.
"""

CHECKED = """\
Each cell
holds one question: put your answer in place of the three dots, and run the cell. `check` says whether the
answer is right, and if not, often why."""
RECORDED = """\
Each cell
holds one question: put your answer in place of the three dots, and run the cell. This class is assessed:
`check` says whether your answer has the right type and unit, and that it is recorded. Whether it is right you hear when
it is graded."""
NUMBERS = """\
## Your numbers

This copy is for the class **{name}**. The numbers of an exercise are drawn from the class's name, your student id and
the exercise, so yours differ from your neighbour's and stay the same whenever you come back. The first exercise asks
for your id; type it as it stands on the class list. (Capitals and spaces around it do not matter.) You are graded by
the numbers of your own id.

Mistyped? `labkit student ID` in a terminal, with your id for ID, puts it right; then run all cells of the notebook
again. `labkit student` says which id is known. Where nobody can type, set the environment variable `LABKIT_STUDENT`.

"""


def readme(classroom: Classroom) -> str:
    """The README for this class."""
    name = classroom.name.replace("*", "\\*").replace("_", "\\_").replace("`", "'")
    return README.format(
        check=RECORDED if classroom.assessed else CHECKED,
        numbers=NUMBERS.format(name=name) if classroom.name else "",
    )
