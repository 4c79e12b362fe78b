"""What goes wrong at the endpoint, for which model and at which attempt: a plan that can be read from JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from hashlib import blake2b
from typing import Any

from labkit._inputs import one_flag, one_number, one_of, one_share, one_whole
from labkit._values import ByValue

STATUSES = ("400", "401", "408", "429", "500", "503")
HARD = (*STATUSES, "timeout", "cut")
"""Faults after which a client has no reply. A status is not billed; a call that hangs or is cut is billed in full."""
SOFT = ("wrong", "malformed")
"""Faults that look like success: status 200, and a reply that is wrong or that no parser reads."""
OK = "ok"
MOST_TOKENS = 10**9


@dataclass(frozen=True, eq=False)
class FaultPlan(ByValue):
    """What the endpoint does to each call, and which tokens a simulated model bills.

    Every draw is made from the seed, the model, the prompt and the attempt, so a run repeats whatever its concurrency.
    An attempt is one more request for the same prompt of the same task (header x-task-key) at the same model, counted
    from 1.

    Args:
        hard: the share of attempts that fail hard, in [0, 1].
        kinds: how they fail, each equally likely: ``400``, ``401``, ``408``, ``429``, ``500``, ``503``, ``timeout``
            (the server hangs) or ``cut`` (the connection breaks inside the reply).
        attempts: what happens to the first attempts of every prompt, in their order: a hard or a soft fault, or
            ``ok``. The shares are for the attempts after these.
        soft: the share of the other replies that are wrong; None for what the model itself gets wrong.
        soft_kind: ``wrong``, or ``malformed`` where JSON is asked for or a tool is called (elsewhere it is wrong). A
            wrong tool call has no arguments.
        retry_after_sec: what the header Retry-After says beside a fault's status; None for no header.
        hang_sec: so many real seconds a time-out hangs, unless the client leaves first; then the connection breaks.
        tokens_in: input tokens of each call of a simulated model; None counts one for every four characters.
        tokens_out: tokens of each reply, those of reasoning too; a request's own limit cuts them.
        tokens_cached: of ``tokens_in``, tokens that a prefix cache held, where ``prefix_cache`` is False.
        tokens_reasoning: of ``tokens_out``, tokens that nobody sees.
        prefix_cache: whether each simulated model keeps the prefixes that it has read, and bills them as cached.
        tool_arguments: with these arguments the first tool offered is called, once; None calls none.
        right_text, wrong_text: the replies to a prompt that asks for no sum.
        seed: of the draws; a model's own plan takes that of the plan it stands in.
        models: plans of single models by name, in place of this one.

    Raises:
        ValueError: a share outside [0, 1], a fault, a field or a number that cannot be.

    >>> FaultPlan(hard=1.0, kinds=("429",), models={"small": FaultPlan()}).for_model("small").hard
    0.0
    """

    hard: float = 0.0
    kinds: tuple[str, ...] = ("500",)
    attempts: tuple[str, ...] = ()
    soft: float | None = None
    soft_kind: str = "wrong"
    retry_after_sec: float | None = None
    hang_sec: float = 600.0
    tokens_in: int | None = 1000
    tokens_out: int = 500
    tokens_cached: int = 0
    tokens_reasoning: int = 0
    prefix_cache: bool = False
    tool_arguments: Mapping[str, Any] | None = None
    right_text: str = "RIGHT"
    wrong_text: str = "WRONG"
    seed: int = 0
    models: Mapping[str, FaultPlan] = field(default_factory=dict)

    def __post_init__(self) -> None:
        checked: dict[str, Any] = {
            "hard": one_share("hard", self.hard),
            "kinds": _read_faults("kinds", self.kinds, HARD),
            "attempts": _read_faults("attempts", self.attempts, (OK, *HARD, *SOFT)),
            "soft": None if self.soft is None else one_share("soft", self.soft),
            "soft_kind": one_of("soft_kind", self.soft_kind, SOFT),
            "hang_sec": one_number("hang_sec", self.hang_sec),
            "prefix_cache": one_flag("prefix_cache", self.prefix_cache),
            "seed": one_whole("seed", self.seed),
        }
        if self.retry_after_sec is not None:
            checked["retry_after_sec"] = one_number("retry_after_sec", self.retry_after_sec)
        for name in ("tokens_in", "tokens_out", "tokens_cached", "tokens_reasoning"):
            if not (name == "tokens_in" and self.tokens_in is None):
                checked[name] = _read_tokens(name, getattr(self, name))
        for name, value in checked.items():
            object.__setattr__(self, name, value)
        if not self.kinds:
            raise ValueError("kinds must name at least one fault, got ()")
        if self.tokens_in is not None and self.tokens_cached > self.tokens_in:
            raise ValueError(f"tokens_cached must be at most tokens_in ({self.tokens_in}), got {self.tokens_cached}")
        if self.tokens_reasoning > self.tokens_out:
            raise ValueError(f"tokens_reasoning must be at most {self.tokens_out}, got {self.tokens_reasoning}")
        for name in ("right_text", "wrong_text"):
            if not isinstance(getattr(self, name), str):
                raise ValueError(f"{name} must be text, got {getattr(self, name)!r}")
        object.__setattr__(self, "tool_arguments", _copy_arguments(self.tool_arguments))
        object.__setattr__(self, "models", _copy_models(self.models))

    @classmethod
    def from_json(cls, text: str | bytes) -> FaultPlan:
        """The plan that a JSON object holds: the arguments above by name, and under ``models`` one object each.

        Bytes may be UTF-8 or UTF-16, with a mark at their beginning or without, as editors write them.

        Raises:
            ValueError: no JSON object, a name that no argument has, or a value that cannot be.

        >>> FaultPlan.from_json('{"models": {"premium": {"attempts": [429, "ok"]}}}').for_model("premium").attempts
        ('429', 'ok')
        """
        try:
            found = json.loads(text)
        except (TypeError, ValueError, RecursionError) as error:
            raise ValueError(f"the plan must be JSON: {error}") from None
        return _read_object("the plan", found)

    def for_model(self, model: str) -> FaultPlan:
        """The model's own plan, or this one."""
        return self.models.get(model, self)

    def fault_of(self, model: str, prompt_hash: str, attempt: int, p: float) -> str:
        """The fault of one attempt at one prompt, empty for none; ``p`` is how often the model is right by itself."""
        plan = self.for_model(model)
        if attempt <= len(plan.attempts):
            fault = plan.attempts[attempt - 1]
            return "" if fault == OK else fault
        words = (self.seed, model, prompt_hash, attempt)
        if draw("hard", *words) < plan.hard:
            return plan.kinds[int(draw("kind", *words) * len(plan.kinds))]
        share = 1.0 - p if plan.soft is None else plan.soft
        return plan.soft_kind if draw("soft", *words) < share else ""


def draw(*words: object) -> float:
    """A number in [0, 1) that these words alone decide.

    >>> draw("hard", 1) == draw("hard", 1) != draw("hard", 2)
    True
    """
    digest = blake2b(repr(words).encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return (int.from_bytes(digest, "big") >> 11) / 2**53


def _read_object(name: str, found: Any) -> FaultPlan:
    if not isinstance(found, dict):
        raise ValueError(f"{name} must be a JSON object, got {type(found).__name__}")
    known = {each.name for each in fields(FaultPlan)}
    for key in found:
        if key not in known:
            raise ValueError(f"{name} must hold nothing but {', '.join(sorted(known))}, got {key!r}")
    models = found.get("models", {})
    if isinstance(models, dict):
        found = {**found, "models": {key: _read_object(f"the plan of {key!r}", each) for key, each in models.items()}}
    return FaultPlan(**found)


def _read_faults(name: str, given: Any, known: tuple[str, ...]) -> tuple[str, ...]:
    """The faults as texts; a status may be a number, and a single fault may stand for itself."""
    listed = given if isinstance(given, (tuple, list)) else (given,)
    texts = (str(each) if isinstance(each, int) and not isinstance(each, bool) else each for each in listed)
    return tuple(one_of(name, each, known) for each in texts)


def _read_tokens(name: str, value: Any) -> int:
    count = one_whole(name, value)
    if count > MOST_TOKENS:
        raise ValueError(f"{name} must be at most {MOST_TOKENS:,}, got {count:,}")
    return count


def _copy_arguments(given: Any) -> dict[str, Any] | None:
    try:
        if given is None or isinstance(given, Mapping):
            return None if given is None else dict(json.loads(json.dumps(dict(given), allow_nan=False)))
    except (TypeError, ValueError, RecursionError):
        pass
    raise ValueError(f"tool_arguments must be a dict that JSON can say, got {given!r}")


def _copy_models(models: Any) -> dict[str, FaultPlan]:
    if not isinstance(models, Mapping):
        raise ValueError(f"models must be a dict of plans by name, got {models!r}")
    for name, plan in models.items():
        if not isinstance(name, str) or not isinstance(plan, FaultPlan) or plan.models:
            raise ValueError(f"models must hold plans by name that hold no others, got {plan!r} for {name!r}")
    return dict(models)
