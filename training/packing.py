"""Log-probabilities of many answers in one pass in which whatever their rows have in common is computed once.

Rows that begin alike (the same pictures and tokens) become one tree: a node for each token, its parent the token before
it. The tree is one sequence with a mask by which a token sees its ancestors alone, so each token's hidden state is what
it would be in a row of its own. Eight answers to one chart share its question and its picture; in whole trajectories
the second turns also share what led to them.
Measured with the built-in model in DECISIONS.md. For the architecture that sampling.fits; others take TRL's rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch

Key = tuple[int, int, int]  # parent, token, picture that the token stands for (0: none)


@dataclass(slots=True)
class Tree:
    """Tokens in an order in which parents come first. `paths` holds the nodes of each row from its first token on."""

    tokens: list[int] = field(default_factory=list)
    parents: list[int] = field(default_factory=list)
    depths: list[int] = field(default_factory=list)
    paths: list[list[int]] = field(default_factory=list)
    pictures: list[tuple[int, int]] = field(default_factory=list)  # (row, index) of each picture that is needed
    _known: dict[Key, int] = field(default_factory=dict)

    def add(self, tokens: Sequence[int], pictures: Sequence[int], image_token: int, image_tokens: int) -> None:
        """One row: `pictures` are what its pictures are known by, `image_tokens` how many tokens stand for each."""
        path: list[int] = []
        parent, shown = -1, 0
        for token in tokens:
            picture = 0
            if token == image_token:
                index, shown = shown // image_tokens, shown + 1
                picture = pictures[index]
            node = self._known.get((parent, token, picture))
            if node is None:
                node = self._grow(parent, token, picture)
                if token == image_token and (shown - 1) % image_tokens == 0:
                    self.pictures.append((len(self.paths), index))
            path.append(node)
            parent = node
        self.paths.append(path)

    def _grow(self, parent: int, token: int, picture: int) -> int:
        node = self._known[parent, token, picture] = len(self.tokens)
        self.tokens.append(token)
        self.parents.append(parent)
        self.depths.append(self.depths[parent] + 1 if parent >= 0 else 0)
        return node

    def mask(self, dtype: torch.dtype) -> torch.Tensor:
        """(1, 1, N, N), to be added to attention's products: 0 for a node and its ancestors."""
        sees = torch.zeros(len(self.tokens), len(self.tokens), dtype=torch.bool)
        for node, parent in enumerate(self.parents):
            if parent >= 0:
                sees[node] = sees[parent]
            sees[node, node] = True
        return torch.zeros(sees.shape, dtype=dtype).masked_fill_(~sees, torch.finfo(dtype).min)[None, None]


def planted(
    ids_B_L: torch.Tensor, mask_B_L: torch.Tensor, pixels: torch.Tensor, num_images: Sequence[int], config: Any
) -> Tree:
    """The tree of a padded batch whose row b shows the first num_images[b] of its `pixels` (B, n, 3, H, W)."""
    tree = Tree()
    for row, (ids, mask, count) in enumerate(zip(ids_B_L, mask_B_L, num_images, strict=True)):
        known = [_known_by(pixels[row, index]) for index in range(count)]
        tokens = ids[mask.bool()].tolist()
        shown = tokens.count(config.image_token_id)
        tree.add(tokens, known, config.image_token_id, shown // count if count else 1)
    return tree


def _known_by(picture: torch.Tensor) -> int:
    """A number for the picture's bytes, of any dtype; never 0, which means no picture."""
    return hash(picture.contiguous().view(torch.uint8).numpy(force=True).tobytes()) or 1


def logps_and_entropies(
    model: Any, batch: dict[str, Any], logits_to_keep: int, temperature: float
) -> tuple[torch.Tensor, torch.Tensor]:
    """Both (B, T) in fp32 for the last T = `logits_to_keep` tokens of each row, 0 where a row has padding.

    `batch` holds input_ids and attention_mask (B, L; question padded left, answer right), pixel_values (B, n, 3, H, W),
    pixel_attention_mask and num_images. Gradients flow as they would through rows of their own.
    """
    mask = batch["attention_mask"]
    tree = planted(batch["input_ids"], mask, batch["pixel_values"], batch["num_images"], model.config)
    rows, indices = (torch.tensor(part) for part in zip(*tree.pictures, strict=True))
    hidden = model.model(
        input_ids=torch.tensor([tree.tokens]),
        attention_mask=tree.mask(model.dtype),
        position_ids=torch.tensor([tree.depths]),
        pixel_values=batch["pixel_values"][rows, indices][None],
        pixel_attention_mask=batch["pixel_attention_mask"][rows, indices][None],
        use_cache=False,
    ).last_hidden_state[0]
    answered = mask[:, -logits_to_keep:].bool()
    nodes = torch.tensor([node for path, kept in zip(tree.paths, answered, strict=True) for node in _tail(path, kept)])
    wanted, places = nodes.unique(return_inverse=True)
    parents, tokens = torch.tensor(tree.parents)[wanted], torch.tensor(tree.tokens)[wanted]
    shares = (model.lm_head(hidden[parents]).float() / temperature).log_softmax(-1)
    chosen = shares.gather(1, tokens[:, None])[:, 0]
    entropies = -(shares.exp() * shares).sum(-1)
    empty = torch.zeros(answered.shape)
    return (
        empty.masked_scatter(answered, chosen[places]),
        empty.masked_scatter(answered, entropies[places]),
    )


def _tail(path: list[int], kept: torch.Tensor) -> list[int]:
    count = int(kept.sum())
    return path[len(path) - count :]
