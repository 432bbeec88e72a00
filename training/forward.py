"""The built-in model's forward pass in training, for a CPU's memory: what transformers computes, in fewer passes.

Reads the weights of an ordinary Idefics3ForConditionalGeneration and gives its logits for the answer tokens. What is
left out of the usual way: the half of causal attention that a mask throws away, fp32 copies of scores and
probabilities, a cache, masks of ones, a search for empty pictures, and the last layer's work for tokens whose logits
nobody asks for. Rows are padded on the right, where a causal model never looks.
Leaves out: the loss and the optimizer (sft.py), generating (transformers does it), models with fewer key heads.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from transformers import Idefics3ForConditionalGeneration

BLOCK = 128
"""Queries that attend together: the scores of one block stay in the cache; above it, more are masked in vain."""


def pictured(model: Idefics3ForConditionalGeneration, pixels: Tensor) -> Tensor:
    """Picture tokens (P, S, C) of pixels (P, 3, H, W) uint8."""
    tokens: Tensor = model.model.connector(_vision(model.model.vision_model, pixels))
    return tokens


def answer_logits(model: Idefics3ForConditionalGeneration, ids: Tensor, pictures: Tensor, chosen: Tensor) -> Tensor:
    """Logits (N, V) after the N chosen tokens of ids (B, T); pictures (P, S, C) in row order, chosen (B, T) bool."""
    embedded = model.model.text_model.embed_tokens(ids)
    places = (ids == model.config.image_token_id)[..., None]
    return model.lm_head(_text(model.model.text_model, embedded.masked_scatter(places, pictures), chosen))


def _vision(vision: Any, pixels: Tensor) -> Tensor:
    """Pictures (P, 3, H, W) -> patches (P, H/p * W/p, C)."""
    hidden = _patches(vision.embeddings, pixels)
    for layer in vision.encoder.layers:
        attention, normed = layer.self_attn, layer.layer_norm1(hidden)
        q, k, v = (
            _heads(project(normed), attention.num_heads).transpose(1, 2).contiguous()
            for project in (attention.q_proj, attention.k_proj, attention.v_proj)
        )
        hidden = hidden + attention.out_proj(_joined(Attention.apply(q, k, v, attention.scale, False)))
        hidden = hidden + layer.mlp(layer.layer_norm2(hidden))
    return vision.post_layernorm(hidden)


def _patches(embeddings: Any, pixels: Tensor) -> Tensor:
    """Patches by one matrix product, each as it lies in memory: y, x, colour.

    Pixels as x - 127.5 are exact in bf16, as x / 127.5 - 1 they are not.
    """
    weight, side = embeddings.patch_embedding.weight, embeddings.patch_size
    cut = pixels.permute(0, 2, 3, 1).unflatten(2, (-1, side)).unflatten(1, (-1, side)).transpose(2, 3)
    flat = weight.new_empty(cut.shape).copy_(cut).sub_(127.5).view(-1, weight[0].numel())
    seen = _scaled(flat, weight.permute(0, 2, 3, 1).flatten(1).t(), 1 / 127.5)
    blank = weight.new_zeros(1, *pixels.shape[1:])
    everywhere = torch.ones(1, *cut.shape[1:3], dtype=torch.bool, device=weight.device)
    return seen.view(len(pixels), -1, len(weight)) + embeddings(blank, everywhere)  # bias and positions


def _text(text: Any, hidden: Tensor, chosen: Tensor) -> Tensor:
    """Embedded tokens (B, T, C) -> hidden states (N, C) of the chosen ones; the last layer's end is for them alone."""
    turns, last = _turns(text, hidden), len(text.layers) - 1
    for number, layer in enumerate(text.layers):
        mixed = _self_attention(layer.self_attn, _normed(layer.input_layernorm, hidden), turns)
        if number == last:
            hidden, mixed = hidden[chosen], mixed[chosen]
        hidden = hidden + layer.self_attn.o_proj(mixed)
        hidden = hidden + layer.mlp(_normed(layer.post_attention_layernorm, hidden))
    return _normed(text.norm, hidden)


def _turns(text: Any, hidden: Tensor) -> tuple[Tensor, Tensor]:
    """Cosines and sines (T, D/2) of rotary positions (arXiv 2104.09864)."""
    cos, sin = text.rotary_emb(hidden, torch.arange(hidden.shape[1], device=hidden.device)[None])
    half = cos.shape[-1] // 2
    return cos[0, :, :half].contiguous(), sin[0, :, :half].contiguous()


def _self_attention(attention: Any, normed: Tensor, turns: tuple[Tensor, Tensor]) -> Tensor:
    q, k, v = (
        _heads(project(normed), normed.shape[-1] // attention.head_dim)
        for project in (attention.q_proj, attention.k_proj, attention.v_proj)
    )
    q, k = Rotated.apply(q, *turns), Rotated.apply(k, *turns)
    return _joined(Attention.apply(q, k, v.transpose(1, 2).contiguous(), attention.scaling, True))


def _heads(projected: Tensor, heads: int) -> Tensor:
    return projected.view(*projected.shape[:2], heads, -1)


def _joined(mixed: Tensor) -> Tensor:
    return mixed.transpose(1, 2).flatten(2)


def _normed(norm: Any, hidden: Tensor) -> Tensor:
    return RootMeanSquare.apply(hidden, norm.weight, norm.variance_epsilon)


class RootMeanSquare(torch.autograd.Function):
    """x / sqrt(mean(x^2) + eps) * weight over the last dimension (arXiv 1910.07467); means in fp32."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, eps: float) -> Tensor:
        wide = x.float()
        scale = wide.square().mean(-1, keepdim=True).add_(eps).rsqrt_()
        unit = (wide * scale).to(x.dtype)
        ctx.save_for_backward(unit, scale, weight)
        return unit * weight

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        unit, scale, weight = ctx.saved_tensors
        product = grad * unit
        along = (product @ weight[:, None]).float().div_(len(weight))
        wide = torch.addcmul((grad * weight).float(), unit, along, value=-1).mul_(scale)
        rows = product.view(-1, len(weight))
        return wide.to(grad.dtype), (rows.new_ones(1, len(rows)) @ rows)[0], None


class Rotated(torch.autograd.Function):
    """Heads (B, T, H, D) -> (B, H, T, D), the two halves of D turned by position."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        ctx.save_for_backward(cos, sin)
        turned = x.new_empty(x.shape[0], x.shape[2], x.shape[1], x.shape[3])
        _turn(x.transpose(1, 2), cos, sin, turned)
        return turned

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        cos, sin = ctx.saved_tensors
        turned = grad.new_empty(grad.shape[0], grad.shape[2], grad.shape[1], grad.shape[3])
        _turn(grad, cos, -sin, turned.transpose(1, 2))
        return turned, None, None


def _turn(x: Tensor, cos: Tensor, sin: Tensor, out: Tensor) -> None:
    half = x.shape[-1] // 2
    first, second = x[..., :half], x[..., half:]
    torch.mul(first, cos, out=out[..., :half]).addcmul_(second, sin, value=-1)
    torch.mul(second, cos, out=out[..., half:]).addcmul_(first, sin)


class Attention(torch.autograd.Function):
    """softmax(q k^T scale) v for (B, H, T, D), each block of queries over the keys that it may see; fp32 inside."""

    @staticmethod
    def forward(ctx: Any, q: Tensor, k: Tensor, v: Tensor, scale: float, causal: bool) -> Tensor:
        shape = q.shape
        q, k, v = (one.flatten(0, 1) for one in (q, k, v))
        out, shares = torch.empty_like(v), []
        for start, stop, seen in _blocks(shape[2], causal):
            scores = _scaled(q[:, start:stop], k[:, :seen].transpose(1, 2), scale)
            if causal:
                later = torch.ones(stop - start, stop - start, dtype=torch.bool, device=q.device).triu_(1)
                scores[:, :, start:].masked_fill_(later, -torch.inf)
            shares.append(scores.softmax(-1))
            torch.bmm(shares[-1], v[:, :seen], out=out[:, start:stop])
        ctx.save_for_backward(q, k, v, *shares)
        ctx.scale, ctx.causal = scale, causal
        return out.view(shape)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        q, k, v, *shares = ctx.saved_tensors
        shape, grad = grad.shape, grad.contiguous().flatten(0, 1)
        dq, dk, dv = torch.empty_like(q), torch.zeros_like(k), torch.zeros_like(v)
        for (start, stop, seen), share in zip(_blocks(q.shape[1], ctx.causal), shares, strict=True):
            inner = torch.bmm(grad[:, start:stop], v[:, :seen].transpose(1, 2))
            inner = torch._softmax_backward_data(inner, share, -1, share.dtype)
            dq[:, start:stop] = _scaled(inner, k[:, :seen], ctx.scale)
            dk[:, :seen].baddbmm_(inner.transpose(1, 2), q[:, start:stop], alpha=ctx.scale)
            dv[:, :seen].baddbmm_(share.transpose(1, 2), grad[:, start:stop])
        return dq.view(shape), dk.view(shape), dv.view(shape), None, None


def _blocks(tokens: int, causal: bool) -> list[tuple[int, int, int]]:
    """(first query, last query + 1, keys seen) of each block."""
    if not causal:
        return [(0, tokens, tokens)]
    return [(start, min(tokens, start + BLOCK), min(tokens, start + BLOCK)) for start in range(0, tokens, BLOCK)]


def _scaled(a: Tensor, b: Tensor, scale: float) -> Tensor:
    """a b scale, of matrices or of stacks of them, scaled before it is rounded."""
    return (torch.addmm if a.ndim == 2 else torch.baddbmm)(a.new_empty(()), a, b, beta=0, alpha=scale)
