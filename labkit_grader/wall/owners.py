"""The user as whom a child runs: with root's rights one of its own, for the limit of threads is for each user."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from labkit_grader.wall.readable import ROOT

FIRST_OWNER = 2_000_000_000  # user ids that no system gives to anybody
KEPT_FREE = 1000
"""In a user namespace the last ids but these; `nobody` is often among the very last."""


def child_owner(owner: int) -> tuple[int, int]:
    """User and group of a child: its own where this process is root, and others can reach Python and this package.

    Args:
        owner: the id it should have; in a user namespace that lacks it, as in a rootless container, one that is there.
    """
    user, group = os.geteuid(), os.getegid()
    if user != 0 or not others_may_enter(Path(sys.base_prefix), Path(sys.prefix), ROOT):
        return user, group
    ids = [known_id(owner, ranges_of(Path(f"/proc/self/{kind}_map"))) for kind in ("uid", "gid")]
    return (user, group) if 0 in ids else (ids[0], ids[1])


def others_may_enter(*folders: Path) -> bool:
    """Can a user without rights get there? If Python lies in root's own home, its modules cannot be read otherwise."""
    return all(place.stat().st_mode & 0o001 for folder in folders for place in (folder, *folder.parents))


def ranges_of(path: Path) -> list[range]:
    """The ids that this user namespace has; all where the system does not say."""
    try:
        rows = [list(map(int, line.split())) for line in path.read_text(encoding="ascii").splitlines()]
        return [range(first, first + count) for first, _, count in rows]
    except (OSError, ValueError):
        return [range(2**32 - 1)]


def known_id(wanted: int, ranges: list[range]) -> int:
    """The id, or another that nobody has where it is not among those that are there; 0 where there is none.

    >>> known_id(2_000_000_000, [range(0, 2**32 - 1)]), known_id(2_000_000_000, [range(0, 1)])
    (2000000000, 0)
    >>> known_id(2_000_000_007, [range(0, 1), range(1, 65537)])
    64529
    """
    if any(wanted in each for each in ranges):
        return wanted
    largest = max(ranges, key=len, default=range(0))
    if len(largest) < 10 * KEPT_FREE:
        return 0
    return largest[-1 - KEPT_FREE - (wanted - FIRST_OWNER) % KEPT_FREE]
