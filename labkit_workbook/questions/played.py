"""A question whose answer is a controller: it is asked turn by turn, in worlds that it cannot look into.

The house's idea stays: the right answer and each known wrong one are functions, here from what is seen to a decision.
What is judged is not a number but how the games went, so that a controller's own books gain it nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from labkit_agents.plain_values import is_stub
from labkit_agents.worlds.decisions import Decision, Observation
from labkit_agents.worlds.random_world import draw_world
from labkit_agents.worlds.world import Rules, Score, World

from .model import Question

MOST_TURNS = 40
"""A game is ended after so many decisions; a controller that comes to an end needs fewer."""
STUB = "the controller is still a stub"


@dataclass(frozen=True)
class Turn:
    """What a controller saw, and what it then decided."""

    seen: Observation
    decided: Decision

    @property
    def calls(self) -> tuple[tuple[str, str], ...]:
        """The calls that it began; who stops begins none."""
        return () if self.decided.stop else self.decided.calls


@dataclass(frozen=True)
class Played:
    """A game that is over.

    Attributes:
        rules: of its world; whoever plays them again meets the same task.
        turns: the decisions that were read.
        score: how it went.
    """

    rules: Rules
    turns: tuple[Turn, ...]
    score: Score


@dataclass(frozen=True)
class Games:
    """All games of one controller, where a judge has played them."""

    played: tuple[Played, ...]


class Game:
    """A world under way, with plain data in and out, and what was decided in it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.turns: list[Turn] = []
        self._seen = world.observe()

    @property
    def ended(self) -> bool:
        """Nothing more can be decided."""
        return self.world.ended

    def sees(self) -> dict[str, Any]:
        """What the controller sees, as JSON carries it."""
        self._seen = self.world.observe()
        told: dict[str, Any] = json.loads(json.dumps(self._seen.to_json()))
        return told

    def decide(self, reply: object) -> None:
        """Carry out what a stranger replied; what is no decision counts as a stop."""
        try:
            decision = Decision.from_json(reply)
        except ValueError as error:
            self.world.end(f"{error}")
            return
        if len(self.turns) >= MOST_TURNS:
            self.world.end()
            return
        self.turns.append(Turn(self._seen, decision))
        self.world.act(decision)

    def stop(self, note: str) -> None:
        """End the game with what is answered."""
        self.world.end(note)

    def played(self) -> Played:
        """How it went."""
        return Played(self.world.rules, tuple(self.turns), self.world.score())


def play_here(world: World, controller: Callable[[Any], Any]) -> Played:
    """Play a game in this process, as the judge plays it over a pipe.

    Args:
        world: the task.
        controller: from what is seen, as a dict, to a decision, as a dict.
    """
    game = Game(world)
    while not game.ended:
        try:
            reply = controller(game.sees())
            if is_stub(reply):
                game.stop(STUB)
            else:
                game.decide(reply)
        except NotImplementedError:
            game.stop(STUB)
        except (Exception, SystemExit) as error:
            game.stop(f"the controller stopped: {type(error).__name__}: {error}")
    return game.played()


def no_verdict(parameters: Any, games: Sequence[Played]) -> str:
    """Raise: the question was made without a verdict."""
    raise NotImplementedError("a played question needs a verdict")


def drawn_world(parameters: Any, task: int) -> World:
    """A task by its seed, with the student's faults."""
    return draw_world(task, parameters.p_fault)


@dataclass(frozen=True)
class PlayedQuestion(Question):
    """A question that is answered by playing.

    Attributes:
        answer: (parameters, what is seen) -> the decision of a controller that passes.
        misconceptions: the same, of controllers with a known fault; the verdict names it by its label.
        inputs: parameters -> the tasks that everybody may play.
        hidden: more tasks, for a grader.
        world: (parameters, task) -> the task's world; by default one drawn with the sheet's ``p_fault``.
        verdict: (parameters, games) -> an empty text where they pass, the label of what went wrong, or another word.
    """

    played: bool = True
    world: Callable[[Any, Any], World] = drawn_world
    verdict: Callable[[Any, Sequence[Played]], str] = no_verdict

    def told_apart(self, given: Any) -> bool:
        """True: known faults are seen in what is done, not in a number."""
        return True

    def games(self, given: Any, controller: Callable[[Any], Any]) -> tuple[Played, ...]:
        """Every task, as the controller played it."""
        assert self.inputs is not None
        return tuple(play_here(self.world(given, task), controller) for task in self.inputs(given))
