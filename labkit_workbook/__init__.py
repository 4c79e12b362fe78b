"""Between a learner and a question: ``check``, ``hint``, ``worked``, ``given``, ``summary``, ``predict``, ``doctor``.

Explorers too. Everything is loaded when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_LATER = {
    "answered": "typed_answers",
    "bands": "result_tables",
    "check": "feedback",
    "given": "feedback",
    "hint": "hints",
    "summary": "feedback",
    "doctor": "installation",
    "explorers": "explorers",
    "predict": "predictions",
    "published": "published",
    "table": "result_tables",
    "tally": "predictions",
    "textbook": "textbook",
    "worked": "hints",
}

__all__ = [
    "answered", "bands", "check", "doctor", "explorers", "given", "hint", "predict", "published", "summary", "table",
    "tally", "textbook", "worked",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    """Load a module on first use."""
    if name not in _LATER:
        raise AttributeError(f"module 'labkit_workbook' has no attribute {name!r}")
    module = import_module(f".{_LATER[name]}", __name__)
    return module if _LATER[name] == name else getattr(module, name)


def __dir__() -> list[str]:
    return sorted(__all__)
