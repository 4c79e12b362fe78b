"""Calls a second of the pocket models in numpy, against the same weights in torch on the CPU, in one run.

The peer is the leanest decoder in torch that we could write for these weights: single precision, fused attention, a
memory of keys and values, greedy, and no bill, no log-probabilities and no random stream. The library does all of its
work: doubles, exact sums, bills. Both run on one thread, from prompts in text to replies in text, and the replies are
compared before the times are. Needs torch.
"""

from __future__ import annotations

import os

os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1", MKL_NUM_THREADS="1")

import time
from collections.abc import Callable

import numpy as np

from labkit_agents import pocket
from labkit_agents.pocket.generation import END_TOKEN
from labkit_agents.pocket.language import ANSWER_PART, answer_place, decode_answer, encode_prompt
from labkit_agents.pocket.weights import Weights

try:
    import torch
    from torch.nn import functional
except ImportError:
    print('pocket   left out: it needs torch, as pip install -e ".[train]" gives it')
    raise SystemExit(0) from None

ROUNDS = 7
CALLS = {1: 100, 256: 1024}
PROMISED = {1: 1.0, 256: 0.5}
"""The library's calls a second, over torch's, at each batch size."""
TEMPLATE = "{name:8} batch {batch:3}: {ours:8,.0f} calls a second in numpy, {theirs:8,.0f} in torch: {ratio:.2f} times"


class TorchDecoder:
    """Greedy replies from a pocket model's weights in torch."""

    def __init__(self, weights: Weights) -> None:
        self.heads, self.width = weights.heads, weights.width
        self.token, self.place, self.part = single(weights.token), single(weights.place), single(weights.part)
        self.reply = single(weights.reply)
        self.layers = [tuple(map(single, (one.qkv, one.mix, one.up, one.down))) for one in weights.layers]

    @torch.inference_mode()
    def replies(self, prompts: list[str], most: int) -> list[str]:
        """Texts of the replies, at most so many tokens each."""
        encoded = [encode_prompt(prompt) for prompt in prompts]
        longest = max(len(one.numbers) for one in encoded)
        read = np.zeros((3, len(prompts), longest), dtype=np.int64)
        for row, one in enumerate(encoded):
            read[:, row, longest - len(one.numbers) :] = one
        tokens, places, parts = torch.from_numpy(read)
        lengths = torch.tensor([len(one.numbers) for one in encoded])
        real = torch.arange(longest + most) >= (longest - lengths)[:, None]
        causal = torch.ones(longest, longest, dtype=torch.bool).tril()
        seen = (real[:, None, :longest] & causal | torch.eye(longest, dtype=torch.bool))[:, None]
        memory: list = [None] * len(self.layers)
        x = self.token[tokens] + self.place[places] + self.part[parts]
        written, ended = [], torch.zeros(len(prompts), dtype=torch.bool)
        for index in range(most):
            chosen = self.logits(x, memory, seen).argmax(dim=-1)
            written.append(chosen)
            ended |= chosen == END_TOKEN
            if bool(ended.all()):
                break
            x = (self.token[chosen] + self.place[answer_place(index + 1)] + self.part[ANSWER_PART])[:, None]
            seen = real[:, None, None, : longest + index + 1]
        return [decode_answer(row[: row.index(END_TOKEN)]) for row in torch.stack(written, dim=1).tolist()]

    def logits(self, x: torch.Tensor, memory: list, seen: torch.Tensor) -> torch.Tensor:
        """Logits after the last of the new tokens; the memory grows by them."""
        rows, new, _ = x.shape
        for index, (qkv, mix, up, down) in enumerate(self.layers):
            made = (normed(x) @ qkv).view(rows, new, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
            q, k, v = made
            if memory[index] is not None:
                k, v = torch.cat([memory[index][0], k], dim=2), torch.cat([memory[index][1], v], dim=2)
            memory[index] = (k, v)
            if index == len(self.layers) - 1:
                x, q, seen = x[:, -1:], q[:, :, -1:], seen[:, :, -1:]
            gathered = functional.scaled_dot_product_attention(q, k, v, attn_mask=seen)
            x = x + gathered.transpose(1, 2).reshape(rows, -1, self.width) @ mix
            x = x + torch.relu(normed(x) @ up) @ down
        return normed(x[:, -1]) @ self.reply


def normed(x: torch.Tensor) -> torch.Tensor:
    """Each state over its root mean square."""
    return functional.rms_norm(x, (x.shape[-1],), eps=1e-5)


def single(array: np.ndarray) -> torch.Tensor:
    """An array in single precision."""
    return torch.from_numpy(array.astype(np.float32))


def seconds(work: Callable[[int], list[str]], size: int, batch: int) -> tuple[float, list[str]]:
    """Seconds for all calls, and their replies."""
    begin = time.perf_counter()
    replies = [text for start in range(0, size, batch) for text in work(start)]
    return time.perf_counter() - begin, replies


def compare(name: str, batch: int) -> float:
    """Time both in turns, see that they agree, print one row; how many times as fast, best round against best."""
    model = getattr(pocket, name)()
    peer = TorchDecoder(model.weights)
    sums = pocket.draw_sums(CALLS[batch], seed=1)
    calls = [pocket.Call(pocket.write_sum(numbers), temperature=0) for numbers in sums]
    prompts, most = [call.prompt for call in calls], calls[0].max_tokens

    def by_library(start: int) -> list[str]:
        return [reply.text for reply in model.complete(calls[start : start + batch])]

    def by_torch(start: int) -> list[str]:
        return peer.replies(prompts[start : start + batch], most)

    fast, slow = [], []
    for _ in range(ROUNDS):
        sec, ours = seconds(by_library, len(calls), batch)
        fast.append(sec)
        sec, theirs = seconds(by_torch, len(calls), batch)
        slow.append(sec)
    same = sum(a == b for a, b in zip(ours, theirs, strict=True))
    assert same >= 0.99 * len(calls), f"only {same} of {len(calls)} replies agree"
    ours_a_second, theirs_a_second = len(calls) / min(fast), len(calls) / min(slow)
    ratio = ours_a_second / theirs_a_second
    print(TEMPLATE.format(name=name, batch=batch, ours=ours_a_second, theirs=theirs_a_second, ratio=ratio))
    return ratio


def main() -> bool:
    """Print a row for each model and batch size; is what was promised kept?"""
    torch.set_num_threads(1)
    kept = [compare(name, batch) >= PROMISED[batch] for name in ("small", "premium") for batch in CALLS]
    print("         promised: ahead of torch at batch 1, and at least half as fast at batch 256")
    return all(kept)


if __name__ == "__main__":
    raise SystemExit(0 if main() else 1)
