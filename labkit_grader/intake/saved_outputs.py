"""A notebook's file without its outputs: what was printed and drawn is no part of a grade, however large it is.

Of the outputs only this course's own kinds are kept, such as the id with which `given` was run. The file is walked
once from left to right, and no object is made of what goes.
"""

from __future__ import annotations

import re

KEPT = re.compile(rb'"(application/vnd\.labkit\.[a-z.]+\+json)"\s*:\s*(?=\{)')
LONGEST_KEPT, MOST_KEPT = 2**14, 1000
MOST_STEPS = 3_000_000
"""Strings and brackets that are looked at; a notebook with millions of printed lines has fewer."""
INSIDE, QUOTE = re.compile(rb'(?:[^"\\]*\\.){0,500}[^"\\]*', re.DOTALL), ord('"')
"""Inside a string, up to its end or for a while."""
SIGN = re.compile(rb'["\[\]{}]')
STRING, PLAIN = rb'"[^"\\]*(?:\\.[^"\\]*){0,30}"', rb'[^"\[\]{}]*'
FLAT = rb"[\[{]%s(?:%s%s){0,100}[\]}]" % (PLAIN, STRING, PLAIN)
"""A list or a table with none inside it, such as a row of numbers or a point of a picture."""
FILLING = re.compile(rb"(?:%s(?:%s|%s)){0,200}" % (PLAIN, STRING, FLAT), re.DOTALL)
"""What a list is filled with, up to one that is longer, or for a while; it is passed in one step."""
TO_VALUE = re.compile(rb"\s*:\s*(?=[\[{])")
CELL = (b"{[{", b"{[{[{")  # what is open where a cell's fields stand, in the formats 4 and 3
DROPPED = {b'"outputs"': CELL, b'"attachments"': CELL, b'"widgets"': (b"{{",)}
"""Which fields go, and what is open where they stand."""


class TooManyPieces(ValueError):
    """The file holds more strings and brackets than are looked at."""


class _Walk:
    """A walk over JSON, which counts its steps; where the JSON is broken it ends early."""

    def __init__(self, data: bytes) -> None:
        self.data, self.steps = data, 0

    def step(self) -> None:
        self.steps += 1
        if self.steps > MOST_STEPS:
            raise TooManyPieces(f"more than {MOST_STEPS:,} pieces")

    def after_string(self, start: int) -> int:
        """Where the string that begins at ``start`` has ended."""
        at, data = start + 1, self.data
        while (at := INSIDE.match(data, at).end()) < len(data) - 1:  # type: ignore[union-attr]  # it fits anything
            if data[at] == QUOTE:
                return at + 1
        return len(data)

    def after_value(self, start: int) -> int:
        """Where the list or the table that begins at ``start`` has ended."""
        depth, at = 0, start
        while found := SIGN.search(self.data, at):
            self.step()
            sign, at = found.group(), found.end()
            if sign == b'"':
                at = self.after_string(found.start())
            else:
                depth += 1 if sign in b"[{" else -1
            if depth <= 0:
                return at
            at = FILLING.match(self.data, at).end()  # type: ignore[union-attr]  # it fits anything
        return len(self.data)


def without_outputs(data: bytes) -> bytes:
    """The file of a notebook without outputs, attachments and the state of widgets; our own kinds of output stay.

    What is no JSON comes back in some state that is none either.

    Raises:
        TooManyPieces: it holds more than anybody prints or draws.

    >>> without_outputs(b'{"cells": [{"source": "1", "outputs": [{"text": "[1"}]}]}')
    b'{"cells": [{"source": "1", "outputs": []}]}'
    """
    walk, opened, at, copied = _Walk(data), bytearray(), 0, 0
    parts: list[bytes] = []
    while found := SIGN.search(data, at):
        walk.step()
        sign, at = found.group(), found.end()
        if sign in (b"[", b"{"):
            opened += sign
        elif sign != b'"':
            del opened[-1:]
        else:
            at = walk.after_string(found.start())
            value = TO_VALUE.match(data, at)
            if value and bytes(opened) in DROPPED.get(data[found.start() : at], ()):
                parts.append(data[copied : value.end()])
                at = copied = walk.after_value(value.end())
                parts.append(_keep_own_kinds(walk, value.end(), at))
    return b"".join([*parts, data[copied:]])


def _keep_own_kinds(walk: _Walk, start: int, end: int) -> bytes:
    """What stays of a value that goes: our own kinds of output, or an empty list or table."""
    if walk.data[start : start + 1] == b"{":
        return b"{}"
    kept: list[bytes] = []
    for found in KEPT.finditer(walk.data, start, end):
        after = walk.after_value(found.end())
        if after - found.end() <= LONGEST_KEPT and len(kept) < MOST_KEPT:
            kept.append(b'{"data": {"%s": %s}}' % (found.group(1), walk.data[found.end() : after]))
    return b"[%s]" % b", ".join(kept)
