"""From prompts to replies: read the prompts of a batch at once, then write a token a row until every row has ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .language import ANSWER_PART, END, REPLIES, Tokens, answer_place, decode_answer
from .network import UNSEEN, Memory, Prefix, embed, read, unseen_after
from .protocol import Call, FinishReason
from .sampling import choose_tokens, log_probabilities, uniforms
from .weights import Weights

LONGEST_REPLY = 16
"""A pocket model's reply is cut here, whatever the call allows."""
END_TOKEN = REPLIES.index(END)


@dataclass(frozen=True)
class Written:
    """The tokens one row has written, with their log-probabilities, and how it ended."""

    tokens: list[int]
    log_probs: list[float]
    finish: FinishReason

    @property
    def text(self) -> str:
        """The reply as people write it."""
        return decode_answer(self.tokens)


def write_replies(
    weights: Weights, name: str, calls: Sequence[Call], prompts: Sequence[Tokens], prefix: Prefix | None
) -> list[Written]:
    """Replies to calls that share a prefix.

    Args:
        weights: the model.
        name: its name, part of the name of each call's random stream.
        calls: one for each row.
        prompts: the tokens of the calls' prompts, without the prefix.
        prefix: what the model remembers of the prefix, or None.
    """
    limits = np.minimum([call.max_tokens for call in calls], LONGEST_REPLY)
    most = int(limits.max())
    unused = [0.0] * most  # greedy calls draw nothing
    draws = np.array(
        [uniforms(name, call.seed, call.id, call.prompt, most) if call.temperature else unused for call in calls]
    )
    temperatures = np.array([call.temperature for call in calls], dtype=float)
    logits, memory, padding = _read_prompts(weights, prompts, prefix, most)
    seen, tokens = [logits], [choose_tokens(logits, temperatures, draws[:, 0])]
    running = (tokens[0] != END_TOKEN) & (limits > 1)
    for index in range(1, most):
        if not running.any():
            break
        seen.append(_read_answer_token(weights, tokens[-1], index, memory, padding))
        tokens.append(choose_tokens(seen[-1], temperatures, draws[:, index]))
        running &= (tokens[-1] != END_TOKEN) & (limits > index + 1)
    chosen = np.stack(tokens, axis=1)
    log_probs = log_probabilities(np.stack(seen, axis=1), chosen)
    return [_cut(*row) for row in zip(chosen.tolist(), log_probs.tolist(), limits.tolist(), strict=True)]


def _cut(tokens: list[int], log_probs: list[float], limit: int) -> Written:
    """A row up to its end, or up to its limit; other rows may have gone on."""
    ended = END_TOKEN in tokens[:limit]
    length = tokens.index(END_TOKEN) + 1 if ended else limit
    return Written(tokens[:length], log_probs[:length], "stop" if ended else "length")


def _read_prompts(
    weights: Weights, prompts: Sequence[Tokens], prefix: Prefix | None, most: int
) -> tuple[np.ndarray, Memory, np.ndarray]:
    """Read prompts of any lengths, padded on the left: logits, memory, and the row's padding to be hidden later."""
    longest = max(len(prompt.numbers) for prompt in prompts)
    tokens, places, parts = (np.zeros((len(prompts), longest), dtype=np.int64) for _ in range(3))
    padding = np.zeros((len(prompts), 1, 1, longest + most))
    for row, prompt in enumerate(prompts):
        blank = longest - len(prompt.numbers)
        tokens[row, blank:], places[row, blank:], parts[row, blank:] = prompt
        padding[row, ..., :blank] = UNSEEN
    memory = Memory(weights, len(prompts), longest + most, prefix)
    hidden = padding[..., :longest] + unseen_after(longest)
    return read(weights, embed(weights, tokens, places, parts), hidden, memory), memory, padding


def _read_answer_token(
    weights: Weights, tokens: np.ndarray, index: int, memory: Memory, padding: np.ndarray
) -> np.ndarray:
    """Read the answer token that was just written, and give the logits of answer token ``index``."""
    x = weights.token[tokens] + weights.place[answer_place(index)] + weights.part[ANSWER_PART]
    return read(weights, x[:, None], padding[..., : memory.filled + 1], memory)
