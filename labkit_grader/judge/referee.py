"""Plays the worlds of the played questions with a child's controllers; the worlds and the scores stay in the judge.

One observation goes down, one decision comes up. The child is never told whether more games will come, and nothing it
sends is looked at but the decision that was asked for.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from labkit_workbook.questions.played import STUB, Game, Games

from .messages import Inbox

LATE = "the controller had not decided when its time was over"
STOPS = {"stub": STUB, "large": "its reply was too long", "error": "the controller stopped", "late": LATE}
"""What a child may say in place of a decision; its own words are not repeated, for they could be what it saw."""
NO_DECISION = "its reply was no decision"
UNPLAYED = "it was not played to its end"
END = b"{}\n"


class Referee:
    """The games of one submission, one after the other."""

    def __init__(self, games: Mapping[str, Sequence[Game]]) -> None:
        """Take the games of each question, by the question's id."""
        self.games = {question: list(each) for question, each in games.items()}
        self.asks = 0
        self.over = not any(self.games.values())
        self._now: Game | None = None

    def next_line(self, inbox: Inbox) -> bytes:
        """Carry out the decision that came, and give the next observation; nothing while a decision is waited for."""
        if self.over or inbox.ask:
            return b""
        if self._now is not None:
            self._carry_out(self._now, inbox.decision)
        for question, games in self.games.items():
            for game in games:
                if not game.ended:
                    self._now = game
                    self.asks += 1
                    inbox.ask = self.asks
                    return json.dumps({"ask": self.asks, "question": question, "seen": game.sees()}).encode() + b"\n"
        self.over = True
        return END

    def result(self, question: str) -> Games:
        """How the games of a question went; those that were not played to their end count as they stand."""
        for game in self.games[question]:
            if not game.ended:
                game.stop(UNPLAYED)
        return Games(tuple(game.played() for game in self.games[question]))

    def _carry_out(self, game: Game, reply: object) -> None:
        if isinstance(reply, dict) and isinstance(reply.get("type"), str):
            game.stop(STOPS.get(reply["type"], NO_DECISION))
        else:
            game.decide(reply)
