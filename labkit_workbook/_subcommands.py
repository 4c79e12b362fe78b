"""How a subcommand of ``labkit`` is added: a name, a line of help, a description, examples and what it runs."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TypeAlias

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
Run: TypeAlias = Callable[[argparse.Namespace], int]


def add_command(
    commands: Commands, name: str, run: Run, *, summary: str, description: str, examples: tuple[str, ...]
) -> argparse.ArgumentParser:
    """Add a subcommand; its parser comes back, for arguments of its own.

    Args:
        commands: what ``add_subparsers`` gave.
        name: what is typed after ``labkit``.
        run: what it does with the arguments; the exit status is its answer.
        summary: its line in the help of ``labkit``.
        description: the text in its own help.
        examples: lines that can be typed as they stand, one or more.

    >>> parser = argparse.ArgumentParser("labkit")
    >>> wave = add_command(
    ...     parser.add_subparsers(), "wave", lambda arguments: arguments.times, summary="wave", description="Waves.",
    ...     examples=("labkit wave", "labkit wave --times 2"),
    ... )
    >>> _ = wave.add_argument("--times", type=int, default=1)
    >>> arguments = parser.parse_args(["wave", "--times", "2"])
    >>> arguments.run(arguments), wave.epilog
    (2, 'examples: labkit wave, or labkit wave --times 2')
    """
    head = "example" if len(examples) == 1 else "examples"
    epilog = f"{head}: {', or '.join(examples)}"
    parser = commands.add_parser(name, help=summary, description=description, epilog=epilog)
    parser.set_defaults(run=run)
    return parser
