"""AdamW for weights in bf16: it steps fp32 masters, and copies them into the weights.

A step of 1e-5 is lost in bf16, whose numbers near 1 are 0.008 apart; fp32 weights would cost a CPU twice the time of a
forward pass. Leaves out: Muon (sft.py), and GPUs, where accelerate and DeepSpeed do the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch


class MasterAdamW(torch.optim.AdamW):
    """Holds masters as its own parameters, so that schedulers and checkpoints work as with any optimizer."""

    def __init__(self, weights: Iterable[torch.nn.Parameter], **settings: Any) -> None:
        self._weights = [weight for weight in weights if weight.requires_grad]
        self._masters = [weight.detach().float().clone().requires_grad_() for weight in self._weights]
        super().__init__(self._masters, **settings)

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        for weight, master in zip(self._weights, self._masters, strict=True):
            master.grad = None if weight.grad is None else weight.grad.float()
        super().step(closure)
        self._publish()

    def zero_grad(self, set_to_none: bool = True) -> None:
        for weight in self._weights:
            weight.grad = None
        super().zero_grad(set_to_none)

    def state_dict(self) -> dict[str, Any]:
        return super().state_dict() | {"masters": [master.detach().clone() for master in self._masters]}

    @torch.no_grad()
    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        state = dict(state_dict)
        for master, saved in zip(self._masters, state.pop("masters"), strict=True):
            master.copy_(saved)
        super().load_state_dict(state)
        self._publish()

    @torch.no_grad()
    def _publish(self) -> None:
        for weight, master in zip(self._weights, self._masters, strict=True):
            weight.copy_(master)
