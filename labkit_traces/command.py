"""What ``labkit traces`` does: read, and print the sums."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from .pricing import read_cards
from .reading import read, say_progress
from .report import render


def run(paths: Sequence[str], task_key: str | None, cards_file: str | None, kind: str) -> int:
    """The exit status: 0, whatever the traces do not say.

    Raises:
        ValueError: no such file, or cards that cannot be.
        OSError: a file that cannot be read.
    """
    cards = read_cards(Path(cards_file).read_text(encoding="utf-8")) if cards_file else None
    reading = read(paths, task_key, cards=cards, progress=say_progress if sys.stderr.isatty() else None)
    print(render(reading, kind))
    return 0
