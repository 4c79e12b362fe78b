"""What a cell finds in Jupyter, where there is no Jupyter: `display`, `get_ipython`, `input`, widgets. All are quiet.

IPython and ipywidgets are taken as they are where they are installed; where they are not, stand-ins take their place,
so that a grade does not depend on it.
"""

from __future__ import annotations

import builtins
import importlib.abc
import importlib.machinery
import importlib.util
import sys
from collections.abc import Iterator, Sequence
from types import FunctionType, ModuleType
from typing import Any

MOST_QUESTIONS = 100  # that `input` answers with an empty line
ALWAYS = ("IPython.core.getipython", "matplotlib_inline", "google.colab")
IF_MISSING = ("IPython", "ipywidgets", "ipykernel", "google", "labkit_workbook")
NEVER = ("labkit_workbook.questions",)  # who imports it hears that it is not there


class Quiet:
    """Does nothing, whatever is asked of it. Called with a function, as a decorator is, it gives the function back."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __setattr__(self, name: str, value: Any) -> None:
        pass

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return args[0] if args and isinstance(args[0], FunctionType) else self

    def __getitem__(self, key: Any) -> Quiet:
        return self

    def __setitem__(self, key: Any, value: Any) -> None:
        pass

    def __iter__(self) -> Iterator[Any]:
        return iter(())

    def __len__(self) -> int:
        return 0

    def __enter__(self) -> Quiet:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def __repr__(self) -> str:
        return ""


QUIET = Quiet()


def stand_in(name: str) -> Any:
    """What a module gives that stands for another: a quiet thing under every name.

    But for what Python and pytest look for in every module, to see whether it is there.
    """
    if name.startswith(("__", "pytest")):
        raise AttributeError(name)
    return QUIET


class StandIns(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds an empty module for the names it is given and all below them."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = names

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        """The stand-in's, if the name is one of ours."""
        if _is_below(name, self.names) and not _is_below(name, NEVER):
            return importlib.util.spec_from_loader(name, self, is_package=True)
        return None

    def exec_module(self, module: ModuleType) -> None:
        """Fill it."""
        module.__getattr__ = stand_in  # type: ignore[method-assign]


def _is_below(name: str, packages: Sequence[str]) -> bool:
    """Is a module one of these packages, or in one?"""
    return any(name == each or name.startswith(f"{each}.") for each in packages)


def make_quiet() -> None:
    """Nobody types here, and nobody looks."""
    asked = iter(range(MOST_QUESTIONS))

    def answer(prompt: Any = "") -> str:
        if next(asked, None) is None:
            raise EOFError("nobody is there to answer")
        return ""

    everywhere: Any = builtins
    everywhere.input = answer
    everywhere.display = nothing
    everywhere.get_ipython = lambda: QUIET
    sys.meta_path.insert(0, StandIns(ALWAYS))
    sys.meta_path.append(StandIns(IF_MISSING))


def nothing(*args: Any, **kwargs: Any) -> None:
    """What `display` does here."""
