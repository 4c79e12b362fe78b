"""The pocket models' network in torch, for training, and as the peer of the library's own numpy network."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from labkit_agents.pocket.language import PARTS, PLACES, REPLIES, VOCABULARY

FINEST = 2.0**-14
"""Weights are whole multiples of this, so that the library's sums come out exact."""
EPSILON = 1e-5


class Network(nn.Module):
    """A decoder-only transformer: token, place and part embeddings; RMS norm, attention, ReLU; no biases."""

    def __init__(self, layers: int, width: int, heads: int, hidden: int) -> None:
        super().__init__()
        self.layers, self.width, self.heads, self.hidden = layers, width, heads, hidden
        shapes = {"token": (len(VOCABULARY), width), "place": (PLACES, width), "part": (PARTS, width)}
        for layer in range(layers):
            shapes[f"qkv{layer}"] = (width, 3 * width)
            shapes[f"mix{layer}"] = (width, width)
            shapes[f"up{layer}"] = (width, hidden)
            shapes[f"down{layer}"] = (hidden, width)
        shapes["reply"] = (width, len(REPLIES))
        for name, shape in shapes.items():
            inner = shape[0] if shape[0] in (width, hidden) else 4
            scale = inner**-0.5 * (0.5 if name[:3] in ("mix", "dow") else 1.0)
            self.register_parameter(name, nn.Parameter(torch.randn(shape) * scale))

    def weight(self, name: str) -> torch.Tensor:
        """One array of weights."""
        return self.get_parameter(name)

    def forward(
        self, tokens: torch.Tensor, places: torch.Tensor, parts: torch.Tensor, real: torch.Tensor
    ) -> torch.Tensor:
        """Logits of the next reply token after each token; ``real`` is False where a row is padded on its left."""
        batch, length = tokens.shape
        x = self.weight("token")[tokens] + self.weight("place")[places] + self.weight("part")[parts]
        causal = torch.tril(torch.ones(length, length, dtype=torch.bool))
        seen = (causal & real[:, None, :] | torch.eye(length, dtype=torch.bool))[:, None]
        for layer in range(self.layers):
            q, k, v = (
                (norm(x) @ self.weight(f"qkv{layer}"))
                .view(batch, length, 3, self.heads, self.width // self.heads)
                .permute(2, 0, 3, 1, 4)
            )
            mixed = functional.scaled_dot_product_attention(q, k, v, attn_mask=seen)
            x = x + mixed.transpose(1, 2).reshape(batch, length, self.width) @ self.weight(f"mix{layer}")
            x = x + torch.relu(norm(x) @ self.weight(f"up{layer}")) @ self.weight(f"down{layer}")
        return norm(x) @ self.weight("reply")

    def arrays(self) -> dict[str, np.ndarray]:
        """The weights as they are shipped: half precision, whole multiples of ``FINEST``."""
        found = {name: on_weight_grid(value.detach().numpy()) for name, value in self.named_parameters()}
        return {**found, "heads": np.array(self.heads, dtype=np.int16)}


def norm(x: torch.Tensor) -> torch.Tensor:
    """Each row divided by its root mean square."""
    return x * torch.rsqrt((x * x).mean(-1, keepdim=True) + EPSILON)


def on_weight_grid(array: np.ndarray) -> np.ndarray:
    """Round to the grid, then to half precision, which keeps every multiple that it can hold."""
    return (np.rint(array.astype(np.float64) / FINEST) * FINEST).astype(np.float16)


def loaded(path: Path) -> Network:
    """Shipped weights in a torch network, in doubles."""
    with np.load(path) as file:
        arrays = {name: file[name] for name in file.files}
    layers = sum(name.startswith("qkv") for name in arrays)
    network = Network(layers, arrays["token"].shape[1], int(arrays.pop("heads")), arrays["up0"].shape[1]).double()
    network.load_state_dict({name: torch.from_numpy(array.astype(np.float64)) for name, array in arrays.items()})
    return network
