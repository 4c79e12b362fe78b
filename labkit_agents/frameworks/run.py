"""The conditions by name, each measured in a process of its own; and what was recorded of them, with its date."""

from __future__ import annotations

import argparse
import datetime
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from .measurement import Measurement

MODULES: tuple[str, ...] = (
    "litellm_retries", "litellm_soft", "litellm_routing", "litellm_caches", "litellm_semantic", "litellm_accounting",
    "litellm_budgets", "our_budget", "our_retries", "langgraph_retries", "langgraph_graphs", "langgraph_levers",
    "langgraph_two_tiers", "running_total", "agents_sdk",
    "crewai_crew", "back_off", "learned_router", "learned_cascade", "defaults",
)  # fmt: skip
"""The modules that have conditions: each has a dict ``CONDITIONS`` of functions by name, and loads no framework.

What its conditions import is in its ``NEEDS``, by default the frameworks of the extra.
"""
FRAMEWORKS = ("litellm", "langgraph", "agents", "openai", "starlette", "uvicorn")
"""What must be there for a live run, unless a module says otherwise."""
SWITCHES = {
    "LITELLM_LOCAL_MODEL_COST_MAP": "True", "OPENAI_AGENTS_DISABLE_TRACING": "1", "CREWAI_DISABLE_TELEMETRY": "true",
    "CREWAI_DISABLE_TRACKING": "true", "OTEL_SDK_DISABLED": "true", "OPENAI_API_KEY": "none", "PYTHONHASHSEED": "0",
    "TOKENIZERS_PARALLELISM": "false", "LITELLM_LOG": "CRITICAL", "INITIAL_RETRY_DELAY": "0", "MAX_RETRY_DELAY": "0",
    "JITTER": "0",
}  # fmt: skip
"""The environment of a condition's process: no telemetry, no downloads, no chance, and none of LiteLLM's own
waits before a further try."""
RECORDED = Path(__file__).parent / "recorded"
LONGEST_SEC = 900.0
"""A condition that takes longer is given up."""
INSTALL = 'pip install -e ".[production]"'
"""What installs the frameworks, in the folder of the course."""
TAKES = (
    "300 MB, and six minutes of a processor. Without `make crewai`, 1.1 GB in an environment of its own, CrewAI stays "
    "recorded, and so does the semantic cache without the weights of MiniLM, 88 MB"
)
"""What a live run takes, in words for a learner, and what stays recorded all the same."""
Condition = Callable[[], list[Measurement]]


class _Conditions(Mapping[str, Condition]):
    """The conditions of all modules, found when they are first asked for."""

    def __getitem__(self, name: str) -> Condition:
        return _find_conditions()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(_find_conditions())

    def __len__(self) -> int:
        return len(_find_conditions())


CONDITIONS: Mapping[str, Condition] = _Conditions()
"""What can be measured, by name."""


@dataclass(frozen=True)
class Recording:
    """The measurements of a condition, and when they were made.

    Attributes:
        name: of the condition.
        date: the day, as ``2026-11-30``.
        measurements: in the order in which the condition gives them.
        live: whether they were measured just now.
    """

    name: str
    date: str
    measurements: tuple[Measurement, ...]
    live: bool = False

    def __iter__(self) -> Iterator[Measurement]:
        return iter(self.measurements)

    def to_json(self) -> dict[str, Any]:
        """All of it as a dict that JSON can carry."""
        return {"name": self.name, "date": self.date, "measurements": [each.to_json() for each in self.measurements]}

    @classmethod
    def from_json(cls, record: Mapping[str, Any], live: bool = False) -> Recording:
        """What ``to_json`` made.

        Raises:
            ValueError: no such record.
        """
        try:
            name, day, listed = record["name"], record["date"], record["measurements"]
            datetime.date.fromisoformat(day)
            return cls(name, day, tuple(map(Measurement.from_json, listed)), live)
        except (KeyError, TypeError) as error:
            raise ValueError(f"record must have a name, a date and measurements: {error!r}") from None


def recorded(name: str) -> Recording:
    """What was recorded of a condition; needs no framework.

    Raises:
        ValueError: no condition of this name was recorded.
    """
    known = sorted(path.stem for path in RECORDED.glob("*.json"))
    if name not in known:
        raise ValueError(f"name must be among {', '.join(known)}, got {name!r}")
    return Recording.from_json(json.loads((RECORDED / f"{name}.json").read_text(encoding="utf-8")))


def measure(name: str, python: str = sys.executable) -> Recording:
    """Measure a condition now, in a process of its own that ends before this returns.

    Args:
        name: of the condition.
        python: the interpreter, which has the framework.

    Raises:
        ValueError: there is no such condition.
        RuntimeError: it failed, or took longer than ``LONGEST_SEC``; the message ends with what it wrote last.
    """
    if name not in CONDITIONS:
        raise ValueError(f"name must be among {', '.join(CONDITIONS)}, got {name!r}")
    written = run_python(["-m", "labkit_agents.frameworks", name], name, python)
    return Recording.from_json(json.loads(written.splitlines()[-1]), live=True)


def run_python(words: Sequence[str], name: str, python: str = sys.executable) -> str:
    """What a process with ``SWITCHES`` writes.

    Args:
        words: after the interpreter's name.
        name: of what is run, for messages.
        python: the interpreter.

    Raises:
        RuntimeError: it failed, or took longer than ``LONGEST_SEC``; the message ends with what it wrote last.
    """
    try:
        done = subprocess.run(
            [python, *words], env={**os.environ, **SWITCHES}, capture_output=True, text=True, timeout=LONGEST_SEC,
            check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise RuntimeError(f"{name} took longer than {LONGEST_SEC:g} s") from None
    if done.returncode:
        raise RuntimeError(f"{name} failed: {done.stderr.strip()[-2000:]}")
    return done.stdout


def measured(name: str) -> Recording:
    """A condition measured now where LABKIT_LIVE says so and what it needs is installed, else what was recorded.

    LABKIT_LIVE is 1, or the whole path of a folder that keeps what was measured, so that nothing is measured twice.

    Raises:
        ValueError: LABKIT_LIVE is something else.
    """
    if not is_live(name):
        return recorded(name)
    live = os.environ["LABKIT_LIVE"]
    kept = Path(live) / f"{name}.json"
    if live != "1" and kept.is_file():
        return Recording.from_json(json.loads(kept.read_text(encoding="utf-8")), live=True)
    recording = measure(name)
    if live != "1":
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps(recording.to_json()), encoding="utf-8")
    return recording


def is_live(name: str) -> bool:
    """Whether LABKIT_LIVE says that a condition is measured now, and what it needs is installed.

    Raises:
        ValueError: LABKIT_LIVE is neither 0, 1 nor the whole path of a folder.
    """
    live = os.environ.get("LABKIT_LIVE", "")
    if live not in ("", "0", "1") and not Path(live).is_absolute():
        raise ValueError(f"LABKIT_LIVE must be 0, 1 or the whole path of a folder, got {live!r}")
    return live not in ("", "0") and can_measure(name)


def can_measure(name: str) -> bool:
    """Whether all that a condition imports is installed."""
    needs = _find_needs().get(name)
    return needs is not None and all(find_spec(package) is not None for package in needs)


def main(words: Sequence[str] | None = None) -> int:
    """The command: one condition in this process as a line of JSON, or all of them recorded anew."""
    parser = argparse.ArgumentParser(prog="python -m labkit_agents.frameworks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="conditions: " + ", ".join(CONDITIONS))
    parser.add_argument("--record", action="store_true", help="measure those named, or all, and write what is recorded")
    parser.add_argument(
        "--compare", action="store_true", help="measure those named, or all, and print what differs from the recordings"
    )
    wanted = parser.parse_args(words)
    unknown = [name for name in wanted.names if name not in CONDITIONS]
    if unknown or not (wanted.record or wanted.compare or len(wanted.names) == 1):
        parser.error(f"name one of {', '.join(CONDITIONS)}" + (f", got {unknown[0]}" if unknown else ""))
    if wanted.record:
        for name in wanted.names or CONDITIONS:
            if wanted.names or can_measure(name):
                _write_recording(measure(name))
            else:
                print(f"{name}: left as it is, since what it needs is not installed", file=sys.stderr)
        return 0
    today = datetime.datetime.now(tz=datetime.timezone.utc).date().isoformat()
    if wanted.compare:
        print(json.dumps({"date": today, **compare(wanted.names or list(filter(can_measure, CONDITIONS)))}, indent=1))
        return 0
    os.environ.update(SWITCHES)
    print(json.dumps(Recording(wanted.names[0], today, tuple(CONDITIONS[wanted.names[0]]())).to_json()))
    return 0


def compare(names: Sequence[str]) -> dict[str, Any]:
    """What conditions give with the releases that are installed here, where that is not what was recorded.

    A dict with the ``versions`` that differ from those recorded, how many ``conditions`` were measured, the ``failed``
    ones with the last line of each, and the ``differences``: condition, measurement, field, what was recorded, and what
    came now. Of a measurement that is there on one side alone the field is ``measured``.
    """
    versions: dict[str, str] = {}
    failed: dict[str, str] = {}
    differences: list[list[Any]] = []
    for name in names:
        try:
            live = [each.to_json() for each in measure(name)]
        except RuntimeError as error:
            failed[name] = str(error).strip().splitlines()[-1]
            continue
        was, came = ({(each["framework"], each["condition"]): each for each in side} for side in (_saved(name), live))
        for key in dict.fromkeys([*was, *came]):
            then, now = was.get(key), came.get(key)
            if then is None or now is None:
                differences.append([name, key[1], "measured", then is not None, now is not None])
                continue
            versions |= dict(now.pop("versions").items() - then.pop("versions").items())
            differences += [[name, key[1], each, then[each], now[each]] for each in now if now[each] != then[each]]
    return {"versions": versions, "conditions": len(names), "failed": failed, "differences": differences}


def _saved(name: str) -> list[dict[str, Any]]:
    return [each.to_json() for each in recorded(name)]


def _write_recording(recording: Recording) -> None:
    """Write the file of a condition; one that says the same but for its date keeps its date."""
    path = RECORDED / f"{recording.name}.json"
    if path.exists() and recorded(recording.name).measurements == recording.measurements:
        print(f"{recording.name}: as recorded on {recorded(recording.name).date}", file=sys.stderr)
        return
    path.write_text(json.dumps(recording.to_json(), indent=1) + "\n", encoding="utf-8")
    print(f"{recording.name}: {len(recording.measurements)} measurements written", file=sys.stderr)


@cache
def _find_conditions() -> dict[str, Condition]:
    found: dict[str, Condition] = {}
    for module in MODULES:
        for name, condition in import_module(f".{module}", __package__).CONDITIONS.items():
            if name in found:
                raise ValueError(f"two conditions are named {name!r}, the second in {module}")
            found[name] = condition
    return found


@cache
def _find_needs() -> dict[str, tuple[str, ...]]:
    modules = [import_module(f".{module}", __package__) for module in MODULES]
    return {name: getattr(module, "NEEDS", FRAMEWORKS) for module in modules for name in module.CONDITIONS}
