"""The course key: a secret file from which the hidden inputs of function questions are drawn, and nothing else."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from labkit_workbook.questions import Question

LETTERS = 64  # of the key: 32 bytes in hexadecimal


def make_key(path: Path) -> bool:
    """Write a new key that only its owner can read, unless there is one; whether it was written.

    Raises:
        ValueError: the file is there and holds no key.
    """
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        read_key(path)
        return False
    with os.fdopen(file, "w", encoding="ascii") as opened:
        opened.write(new_key() + "\n")
    return True


def new_key() -> str:
    """A key that nobody can guess."""
    return secrets.token_hex(LETTERS // 2)


def read_key(path: Path) -> str:
    """The key in a file.

    Raises:
        ValueError: it holds something else; the message does not repeat what.
    """
    try:
        text = path.read_text(encoding="ascii").strip()
        bytes.fromhex(text)
    except ValueError:
        text = ""
    if len(text) != LETTERS:
        raise ValueError(f"{path.name} holds no key: {LETTERS} hexadecimal digits, as `labkit release` writes them")
    return text


def hidden_inputs(question: Question, numbers: Any, key: str, *salt: str) -> list[Any]:
    """The inputs on which a student's function is tried: those it knows, and some drawn from the key.

    Args:
        question: a question whose answer is a function.
        numbers: the student's numbers.
        key: the key, or any secret text.
        salt: who and what, such as the student and the exercise; the same words give the same inputs.
    """
    assert question.inputs is not None
    known = list(question.inputs(numbers))
    if question.hidden is None:
        return known
    words = "\x1f".join((question.name, *salt)).encode()
    digest = hmac.new(key.encode(), words, hashlib.sha256).digest()
    drawn: Sequence[Any] = question.hidden(numbers, np.random.default_rng(int.from_bytes(digest, "big")))
    return known + [each for each in drawn if each not in known]
