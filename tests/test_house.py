"""The house: a room imports only from floors below it, and no public function shares its module's name."""

from __future__ import annotations

import ast
import importlib
import inspect
from pathlib import Path

import pytest

import labkit

HERE = Path(labkit.__file__).parent
FLOORS = (
    (
        "_inputs",
        "_html",
        "_subcommands",
        "_threads",
        "careful",
        "course_folder",
        "_sources",
        "laws",
        "simulating",
        "designing",
    ),
    ("_series", "_singles", "published"),
    ("pocket.grid", "pocket.language", "pocket.protocol"),
    ("pocket.card", "pocket.weights", "pocket.sums", "pocket.sampling", "pocket.chat"),
    ("pocket.network", "pocket.endpoint", "pocket.cassette"),
    ("pocket.generation",),
    ("pocket.models",),
    ("pocket",),
    (
        "orchestrating",
        "orchestrating.amounts",
        "orchestrating.answer_cache",
        "orchestrating.decisions",
        "orchestrating.faulty",
        "orchestrating.plan",
        "orchestrating.report",
    ),
    (
        "orchestrating.clock",
        "orchestrating.ledger",
        "orchestrating.task_budget",
        "orchestrating.world",
    ),
    ("orchestrating.guarded_call", "orchestrating.random_world"),
    ("orchestrating.options",),
    ("orchestrating.run",),
    ("orchestrator",),
    ("laws.counts", "laws.repetition", "laws.majority", "laws.vote_race", "laws.horizons", "laws.own_errors"),
    ("laws.likelihood",),
    (
        "laws.fixed_times",
        "laws.random_times",
        "laws.prefix_caching",
        "laws.semantic_caching",
        "laws.cascades",
        "laws.routing_scores",
    ),
    ("laws.slowest", "laws.named_times", "laws.hedging", "laws.makespans", "laws.staged_times", "laws.value_for_money"),
    ("cost", "latency", "reliability"),
    ("steps", "propagation"),
    ("designs", "graph"),
    ("outcome",),
    ("accounting",),
    ("_tables",),
    ("workflow",),
    ("levers",),
    ("textbook",),
    ("designing.dominance", "designing.series_parallel", "designing.alternatives"),
    ("designing.price_lists", "designing.budgets", "designing.design_changes"),
    ("designing.merging",),
    ("designing.design_space",),
    ("designing.pareto_frontier",),
    ("designing.marginal",),
    ("frontier",),
    ("textbook_formats", "pictures"),
    ("drawing",),
    ("plots",),
    ("simulating.call_times", "simulating.difficulty", "simulating.schedule", "simulating.sample_pictures"),
    ("simulating.turns",),
    ("simulating.step_runs", "simulating.samples"),
    ("simulating.verdicts",),
    ("simulating.trajectories",),
    ("simulation",),
    ("agents.tasks", "agents.checks", "agents.answer_keys", "agents.asks", "agents.shares", "agents.summary"),
    ("agents.repeats", "agents.plans", "agents.beliefs", "agents.traces", "agents.measured"),
    ("agents.expected", "agents.call_log"),
    ("agents.workers",),
    ("agents.single",),
    (
        "agents.checked",
        "agents.routed",
        "agents.cascaded",
        "agents.cached",
        "agents.debated",
        "agents.proposed",
        "agents.engine",
    ),
    ("agents.solvers",),
    ("agents.comparison", "agents.examples"),
    ("agents",),
    ("questions.model",),
    ("questions.played", "questions.dollars_worth"),
    ("questions.kinds_of_design", "questions.controller_habits"),
    (
        "questions.ticket_spend",
        "questions.routing_crossover",
        "questions.debate_vs_retry",
        "questions.lessons",
        "questions.measure_your_retries",
        "questions.spend_a_budget",
        "questions.quality_per_dollar",
        "questions.reliability_cliff",
        "questions.budget_orchestrator",
        "questions.lesson_budgets",
        "questions.lesson_left_out",
        "questions.lesson_real_system",
    ),
    ("questions.blank",),
    ("questions",),
    ("classroom",),
    ("answers", "learner"),
    ("sheet",),
    ("feedback", "explore"),
    ("saved_answers",),
    ("desk",),
    ("health",),
    ("grade", "grade.kernel", "grade.system_calls", "grade.readable", "grade.private"),
    ("grade.quiet_notebook", "grade.cell_loop"),
    ("grade.scratch", "grade.quiet", "grade.child", "grade.run_lock"),
    (
        "grade.landlock",
        "grade.bubblewrap",
        "grade.judge_folder",
        "grade.limits",
        "grade.seccomp",
        "grade.messages",
        "grade.zips",
        "grade.magics",
        "grade.spreadsheet",
    ),
    ("grade.wall", "grade.layouts", "grade.notebooks", "grade.referee"),
    ("grade.attempts", "grade.assessed_notebooks"),
    ("grade.self_test", "grade.zygote", "grade.folders", "grade.results", "grade.demo", "grade.trimmed", "grade.files"),
    ("grade.submissions", "grade.warm", "grade.grades", "grade.record_types", "grade.roster"),
    ("grade.judge", "grade.keys", "grade.essays", "grade.pages", "grade.codes", "grade.handout"),
    ("grade.exports", "grade.class_page", "grade.terms", "grade.worker", "grade.cluster", "grade.options"),
    ("grade.preparation", "grade.outputs", "grade.bundle"),
    ("grade.run", "grade.rubric", "grade.rubric_marks", "grade.release", "grade.slips"),
    ("grade.gradescope_machine",),
    ("grade.gradescope_zip",),
    ("grade.release_command", "grade.rubric_command", "grade.gradescope_command"),
    ("grade.command",),
    ("cli",),
)
FLOOR = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}


def rooms() -> list[str]:
    """Every module of labkit, without the package's own front door."""
    found = []
    for path in HERE.rglob("*.py"):
        parts = path.relative_to(HERE).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found += [name] if name else []
    return sorted(found)


def imported_by(room: str) -> set[str]:
    """The rooms that a room imports, at its top or inside a function."""
    path = HERE / (room.replace(".", "/") + ".py")
    package = f"labkit.{room}".rpartition(".")[0]
    if not path.exists():
        path, package = HERE / room / "__init__.py", f"labkit.{room}"
    return named_in(path.read_text(encoding="utf-8"), package) - {room}


def named_in(source: str, package: str) -> set[str]:
    """The rooms that a source text of a package imports, or names in a text such as "labkit.cost"."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom):
            base = importlib.util.resolve_name("." * node.level + (node.module or ""), package)
            names |= {base, *(f"{base}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            names |= {node.value} if node.value.startswith("labkit.") else set()
    return {name.removeprefix("labkit.") for name in names if name.startswith("labkit.")} & set(FLOOR)


def not_below(room: str, imported: set[str]) -> set[str]:
    """Those of the imported rooms that do not lie below a room."""
    return {other for other in imported if FLOOR[other] >= FLOOR[room]}


def test_every_room_has_a_floor() -> None:
    assert set(rooms()) == set(FLOOR)


@pytest.mark.parametrize("room", sorted(FLOOR))
def test_a_room_imports_only_from_below(room: str) -> None:
    assert not_below(room, imported_by(room)) == set()


@pytest.mark.parametrize(
    ("source", "bad"),
    [
        ("from labkit.levers import retry", {"levers"}),
        ("from labkit import cost, levers", {"levers"}),
        ("from . import levers", {"levers"}),
        ("from .questions.model import Question", {"questions.model"}),
        ("import labkit.plots as p", {"plots"}),
        ("def later():\n    from .plots import draw", {"plots"}),
        ("import_module('labkit.cli')", {"cli"}),
        ("from .graph import order", {"graph"}),  # the same floor
        ("from .cost import total\nimport numpy\nimport levers", set()),
    ],
)
def test_an_import_from_above_is_noticed(source: str, bad: set[str]) -> None:
    assert not_below("designs", named_in(source, "labkit")) == bad


@pytest.mark.parametrize("room", sorted(FLOOR))
def test_no_public_function_shares_its_modules_name(room: str) -> None:
    last = room.rpartition(".")[2]
    member = inspect.getattr_static(importlib.import_module(f"labkit.{room}"), last, None)
    assert not inspect.isfunction(member)


@pytest.mark.parametrize("name", sorted(labkit.__all__))
def test_what_labkit_offers_can_be_had_and_is_documented(name: str) -> None:
    offered = getattr(labkit, name)
    assert inspect.ismodule(offered) or offered.__doc__


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no_such_thing"):
        _ = labkit.no_such_thing
