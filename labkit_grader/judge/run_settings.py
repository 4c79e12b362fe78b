"""The settings of a run: whose numbers, which hidden inputs, which wall, how long. ``RESULTS`` keeps the first two.

The seed of the hidden inputs is stored, so that a run that is resumed gives the same grades; from a course key it is
always the same seed, and without one it is drawn once.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from labkit_workbook.numbers.drawn import canonical, numbers_of, same
from labkit_workbook.questions import Exercise

from ..record.files import put
from ..wall import TIMEOUT_SEC
from .judge import plain_numbers
from .keys import hidden_inputs, new_key

FILE = "terms.json"


@dataclass(frozen=True)
class RunSettings:
    """What all submissions of a run have in common.

    Attributes:
        seed: a secret text from which hidden inputs are drawn.
        class_name: the class for which the numbers were drawn; empty where everybody has the text's.
        timeout: seconds for one submission.
        mode: which wall: ``"standard"``, ``"strict"`` or ``"trusted"``.
    """

    seed: str
    class_name: str = ""
    timeout: float = TIMEOUT_SEC
    mode: str = "standard"

    def numbers(self, student: str, exercise: Exercise) -> Any:
        """The student's numbers of an exercise."""
        return numbers_of(exercise.name, self.class_name, student) if self.class_name else exercise.text

    def inputs(self, student: str, exercise: Exercise, numbers: Any) -> dict[str, list[Any]]:
        """On what the student's functions are tried, question by question."""
        who = (exercise.name, canonical(student))
        return {
            question.name: hidden_inputs(question, numbers, self.seed, *who)
            for question in exercise.questions
            if question.inputs is not None
        }

    def digest(self, numbers: Any, inputs: Mapping[str, Any]) -> str:
        """A hash of what a student's grade depends on beside the notebook and the grader; it gives nothing away."""
        parts = [plain_numbers(numbers), dict(inputs), self.timeout]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def agreed(
    out: Path, class_name: str = "", key: str = "", timeout: float = TIMEOUT_SEC, mode: str = "standard"
) -> RunSettings:
    """The settings of a run into ``out``: those of an earlier run, or new ones, which are stored.

    Args:
        out: the folder of results.
        class_name: as it was given to ``labkit release``; empty takes over the earlier run's.
        key: the course key; empty takes over the earlier run's seed, or draws one.
        timeout: seconds for one submission.
        mode: which wall.

    Raises:
        ValueError: the results in ``out`` are of another class or key.
    """
    stored = _read_stored(out / FILE)
    seed = hmac.new(key.encode(), b"hidden inputs", hashlib.sha256).hexdigest() if key else ""
    if stored is None:
        settings = RunSettings(seed or new_key(), class_name, timeout, mode)
        _store(out / FILE, settings)
        return settings
    if class_name and not same(class_name, stored["class_name"]):
        earlier = f"the class {stored['class_name']!r}" if stored["class_name"] else "no class"
        raise ValueError(f"{out.name} holds results of {earlier}, not of {class_name!r}; name another --out")
    if seed and seed != stored["seed"]:
        raise ValueError(f"{out.name} holds results made with another key or with none; name another --out")
    return RunSettings(stored["seed"], stored["class_name"], timeout, mode)


def _read_stored(path: Path) -> dict[str, str] | None:
    if not path.exists():
        return None
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return {"seed": str(content["seed"]), "class_name": str(content["class_name"])}
    except (ValueError, KeyError, TypeError):
        raise ValueError(f"{path} cannot be read; put it back, or name another --out") from None


def _store(path: Path, settings: RunSettings) -> None:
    """Only the owner may read the seed."""
    content = {name: value for name, value in asdict(settings).items() if name in ("seed", "class_name")}
    put(path, json.dumps(content, indent=2) + "\n", mode=0o600)
