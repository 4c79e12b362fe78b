"""The one short question of lesson 11: what layers of retries may cost where nothing comes back."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ..model import Exercise, Given, Misconception, Question


@dataclass(frozen=True, repr=False)
class Layers(Given):
    """Lesson 11: who tries again around whom, and what a call costs; all made up."""

    client_retries: int = field(default=2, metadata={"doc": "retries of the client, after its first try"})
    node_attempts: int = field(default=3, metadata={"doc": "attempts of the graph's node, with the first"})
    agent_retries: int = field(default=1, metadata={"doc": "retries of the agent that runs the graph"})
    usd: float = field(default=0.03, metadata={"doc": "USD, one call"})


def _layers(rng: np.random.Generator) -> Layers:
    client, node, agent = (int(rng.integers(*ends)) for ends in ((2, 5), (3, 6), (1, 4)))
    return Layers(client, node, agent, float(rng.choice([0.01, 0.02, 0.03, 0.04])))


def most_calls(g: Layers) -> int:
    """Calls on the wire if none of them comes back."""
    return (1 + g.client_retries) * g.node_attempts * (1 + g.agent_retries)


EXERCISE = Exercise(
    name="lesson_production",
    number="",
    title="Lesson 11",
    minutes=3,
    difficulty="beginner",
    objective="Say what layers of retries may cost.",
    text=Layers(),
    draw=_layers,
    questions=(
        Question(
            name="most_usd",
            asks="Every call times out, and the endpoint bills each of them. What does one task cost?",
            unit="USD",
            answer=lambda g: most_calls(g) * g.usd,
            misconceptions=(
                Misconception(
                    "added",
                    lambda g: (1 + g.client_retries + g.node_attempts + 1 + g.agent_retries) * g.usd,
                    "You added the tries of the layers. Each try of an outer layer is *all* tries of the one inside.",
                ),
                Misconception(
                    "first_tries_forgotten",
                    lambda g: g.client_retries * g.node_attempts * g.agent_retries * g.usd,
                    "You multiplied retries. A layer that tries again twice makes three tries: the first counts too.",
                ),
                Misconception(
                    "attempts_are_retries",
                    lambda g: (1 + g.client_retries) * (1 + g.node_attempts) * (1 + g.agent_retries) * g.usd,
                    "A node's attempts have its first one among them already; what a client and an agent state are "
                    "retries. Every framework has its own word, so look twice.",
                ),
                Misconception(
                    "outermost",
                    lambda g: max(1 + g.client_retries, g.node_attempts, 1 + g.agent_retries) * g.usd,
                    "You let one layer do all the trying. None of them knows that the others try again as well.",
                ),
                Misconception(
                    "last_alone",
                    lambda g: g.usd,
                    "That is one call. The endpoint has worked on each of those that timed out, and bills them all.",
                ),
                Misconception(
                    "calls",
                    lambda g: float(most_calls(g)),
                    "That is how many calls it is. What do they cost?",
                ),
            ),
            hints=(
                "How many tries does each layer make, the first one included? Who makes them anew for whom?",
                "Multiply the three numbers of tries with each other, then with the price of a call.",
            ),
            worked=lambda g: (
                f"{1 + g.client_retries} x {g.node_attempts} x {1 + g.agent_retries} = {most_calls(g)} calls; "
                f"times {g.usd:g} USD that is {most_calls(g) * g.usd:.2f} USD"
            ),
        ),
    ),
)
