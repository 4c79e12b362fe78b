"""What docs/traces.md shows is what the code takes."""

from __future__ import annotations

import re
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from labkit_traces import from_toml
from labkit_traces.advising import Budget, read_budget

PAGE = (Path(__file__).parents[2] / "docs" / "traces.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
needs_toml = pytest.mark.skipif(sys.version_info < (3, 11), reason="reads no TOML")


@needs_toml
def test_the_budget_of_the_page_sets_all_there_is(tmp_path: Path) -> None:
    file = tmp_path / "budget.toml"
    file.write_text(BLOCKS[0], encoding="utf-8")
    assert all(getattr(read_budget(file), field.name) is not None for field in fields(Budget))


@needs_toml
def test_the_workflow_of_the_page_is_one() -> None:
    assert from_toml(BLOCKS[1]).outcome().cost > 0.002
