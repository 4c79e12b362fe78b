"""Every condition measured again: what came out is what is recorded, and the lesson holds when it measures by itself.

Without the frameworks these tests are skipped. With LABKIT_LIVE=1, as in ``make test-all``, they fail instead. Those of
CrewAI, which has an environment of its own, are skipped wherever ``make crewai`` did not make it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import labkit_agents
from labkit_agents.frameworks import CONDITIONS, measure, recorded
from labkit_agents.frameworks.run import can_measure

ROOT = Path(labkit_agents.__file__).parents[1]
CREWAI_PYTHON = ROOT / ".venv-crewai" / "bin" / "python"
LESSON = ROOT / "notebooks" / "11_in_production.ipynb"
CREWAI = sorted(name for name in CONDITIONS if name.startswith("crewai"))
OTHERS = sorted(set(CONDITIONS) - set(CREWAI))

pytestmark = pytest.mark.slow


def skip_or_fail(reason: str) -> None:
    if os.environ.get("LABKIT_LIVE", "") not in ("", "0"):
        pytest.fail(f"LABKIT_LIVE is set, and {reason}")
    pytest.skip(reason)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for what was measured, from which the lesson takes it."""
    return tmp_path_factory.mktemp("live")


@pytest.mark.parametrize("name", OTHERS)
def test_a_live_run_gives_what_is_recorded(name: str, kept: Path) -> None:
    if not can_measure(name):
        skip_or_fail(f"what {name} needs is not installed")
    live = measure(name)
    (kept / f"{name}.json").write_text(json.dumps(live.to_json()), encoding="utf-8")
    assert json.loads(json.dumps([each.to_json() for each in live])) == [each.to_json() for each in recorded(name)]


@pytest.mark.parametrize("name", CREWAI)
def test_crewai_is_measured_again_as_it_was_recorded(name: str) -> None:
    if not CREWAI_PYTHON.exists():
        pytest.skip("needs `make crewai`")
    assert measure(name, str(CREWAI_PYTHON)).measurements == recorded(name).measurements


@pytest.mark.skipif(not LESSON.exists(), reason="there is no lesson in production")
def test_the_lesson_holds_where_it_measures_by_itself(kept: Path, tmp_path: Path) -> None:
    if missing := [name for name in OTHERS if not can_measure(name)]:
        skip_or_fail(f"what {', '.join(missing)} need is not installed")
    run = [sys.executable, "-m", "jupyter", "execute", str(LESSON), "--output", str(tmp_path / "live.ipynb")]
    done = subprocess.run(
        run, cwd=ROOT, env={**os.environ, "LABKIT_LIVE": str(kept)}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
