"""What happens to pictures of charts on their way to a reader: JPEG, rescaling, screenshots, scans, tight crops.

    shown, spec = weathered(drawing, spec, rng)

Half of all pictures stay as they were drawn. Boxes of the facts move with the picture, and a spec's colours take the
tone that the picture has got, since that is what can be seen. Leaves out: other margins and exchanged colours of a
whole view (framing.py), and OCR's errors (ocrlike.py).
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import cv2
import numpy as np
from PIL import Image

from model.colours import rgb, written
from model.nano.spec import FigureSpec
from model.records import Pixels
from training.synthesis.draw import Drawing
from training.synthesis.framing import Affine, moved, repainted, used

SHARES = {
    "clean": 0.5, "jpeg": 0.1, "soft": 0.05, "rescaled": 0.1, "cropped": 0.05, "screenshot": 0.13, "scan": 0.07,
}  # fmt: skip
"""How often each happens. Benchmarks' and papers' charts are mostly clean, and a laptop's are mostly screenshots."""
LARGEST_PX, SMALLEST_PX = 1400, 220  # sides that rescaling keeps to
MOST_TURN_DEG = 0.7
_FILTERS = (Image.Resampling.BICUBIC, Image.Resampling.BICUBIC, Image.Resampling.BILINEAR, Image.Resampling.LANCZOS)
_WINDOWS = ((255, 255, 255), (240, 240, 240), (225, 225, 225), (250, 250, 250), (245, 246, 250), (43, 43, 43))
_BARS = ((222, 222, 222), (240, 240, 240), (60, 60, 65), (33, 115, 190))


@dataclass(frozen=True)
class _Shot:
    """A picture on its way: where its points came to lie, and what became of its colours, each (3,) in 0 to 255."""

    pixels: Pixels = field(repr=False)
    path: Affine = field(default=Affine())
    gain: tuple[float, float, float] = (1.0, 1.0, 1.0)
    lift: float = 0.0


_Step = Callable[[_Shot, Drawing, np.random.Generator], _Shot]


def weathered(drawing: Drawing, spec: FigureSpec, rng: np.random.Generator) -> tuple[Drawing, FigureSpec]:
    """The picture as it came through, with its facts, and the spec in the colours that it has now."""
    shot = _Shot(drawing.pixels)
    for step in _STEPS[str(rng.choice(list(SHARES), p=list(SHARES.values())))]:
        shot = step(shot, drawing, rng)
    height, width = shot.pixels.shape[:2]
    facts = moved(drawing.facts, shot.path, width, height) if shot.path != Affine() else drawing.facts
    toned = shot.gain != (1.0, 1.0, 1.0) or shot.lift != 0.0
    return Drawing(shot.pixels, facts), repainted(spec, lambda colour: _tone(colour, shot)) if toned else spec


def _tone(colour: str, shot: _Shot) -> str:
    seen = np.clip(np.array(rgb(colour)) * shot.gain + shot.lift, 0, 255).round()
    return written(seen)


# ---- size and place ------------------------------------------------------------------------------------------------


def _scaled(shot: _Shot, width: int, height: int, rng: np.random.Generator) -> _Shot:
    old_height, old_width = shot.pixels.shape[:2]
    image = Image.fromarray(shot.pixels).resize((width, height), _FILTERS[int(rng.integers(len(_FILTERS)))])
    path = shot.path.then(Affine(width / old_width, 0, 0, height / old_height, 0, 0))
    return replace(shot, pixels=np.asarray(image), path=path)


def _rescaled(shot: _Shot, _drawing: Drawing, rng: np.random.Generator) -> _Shot:
    """Another size, by no whole factor, and now and then not quite the same in both directions."""
    height, width = shot.pixels.shape[:2]
    scale = float(rng.uniform(0.65, 1.25))
    scale = min(max(scale, SMALLEST_PX / min(width, height)), max(LARGEST_PX / max(width, height), 0.5))
    stretch = float(rng.uniform(0.94, 1.06)) if rng.random() < 0.2 else 1.0
    return _scaled(shot, max(1, round(width * scale * stretch)), max(1, round(height * scale)), rng)


def _soft(shot: _Shot, _drawing: Drawing, rng: np.random.Generator) -> _Shot:
    """Made smaller and large again: the same size, without its finest lines."""
    height, width = shot.pixels.shape[:2]
    share = rng.uniform(0.6, 0.95)
    small = _scaled(shot, max(1, int(width * share)), max(1, int(height * share)), rng)
    return replace(shot, pixels=_scaled(small, width, height, rng).pixels)


def _cropped(shot: _Shot, drawing: Drawing, rng: np.random.Generator) -> _Shot:
    """Cut close to what is drawn, as `bbox_inches="tight"` and hands do."""
    height, width = shot.pixels.shape[:2]
    x0, y0, x1, y1 = used(drawing.facts)
    left, top, right, bottom = (int(gap) for gap in rng.integers(0, 7, 4))
    cut = max(0, int(x0) - left), max(0, int(y0) - top), min(width, int(x1) + right), min(height, int(y1) + bottom)
    pixels = np.ascontiguousarray(shot.pixels[cut[1] : cut[3], cut[0] : cut[2]])
    return replace(shot, pixels=pixels, path=shot.path.then(Affine(dx=-cut[0], dy=-cut[1])))


def _windowed(shot: _Shot, _drawing: Drawing, rng: np.random.Generator) -> _Shot:
    """A strip of the page or window around it, now and then with a border or the window's bar above."""
    left, top, right, bottom = (int(side) for side in rng.integers(0, 36, 4))
    own = rng.random() < 0.55
    page = _ground(shot.pixels) if own else _one(rng, _WINDOWS)
    canvas = _bordered(shot.pixels, (top, bottom, left, right), page)
    if rng.random() < 0.15:
        high = int(rng.integers(18, 34))
        canvas = _bordered(canvas, (high, 0, 0, 0), _one(rng, _BARS))
        top += high
    if rng.random() < 0.15:
        end = canvas.shape[1] - right, canvas.shape[0] - bottom
        shade = (int(rng.integers(120, 215)),) * 3
        cv2.rectangle(canvas, (max(0, left - 1), max(0, top - 1)), end, shade, 1)
    return replace(shot, pixels=canvas, path=shot.path.then(Affine(dx=left, dy=top)))


def _turned(shot: _Shot, _drawing: Drawing, rng: np.random.Generator) -> _Shot:
    """Laid a little askew on the glass; the paper goes on around it."""
    height, width = shot.pixels.shape[:2]
    angle = float(np.deg2rad(rng.uniform(-MOST_TURN_DEG, MOST_TURN_DEG)))
    cos, sin, x, y = np.cos(angle), np.sin(angle), width / 2, height / 2
    turn = Affine(cos, -sin, sin, cos, x - cos * x + sin * y, y - sin * x - cos * y)
    size, paper = (width, height), _ground(shot.pixels)
    pixels = cv2.warpAffine(shot.pixels, turn.matrix(), size, flags=cv2.INTER_LINEAR, borderValue=paper)
    return replace(shot, pixels=np.asarray(pixels, np.uint8), path=shot.path.then(turn))


def _bordered(pixels: Pixels, sides: tuple[int, int, int, int], colour: tuple[int, int, int]) -> Pixels:
    """With a strip at the top, the bottom, the left and the right."""
    return np.asarray(cv2.copyMakeBorder(pixels, *sides, cv2.BORDER_CONSTANT, value=colour), np.uint8)


def _ground(pixels: Pixels) -> tuple[int, int, int]:
    red, green, blue = (int(channel) for channel in pixels[0, 0])
    return red, green, blue


# ---- colours and noise ---------------------------------------------------------------------------------------------


def _toned(shot: _Shot, gain: np.ndarray, lift: float) -> _Shot:
    table = np.clip(np.arange(256)[:, None] * gain + lift, 0, 255).round().astype(np.uint8)
    pixels = cv2.LUT(shot.pixels, table.reshape(1, 256, 3))
    red, green, blue = (float(channel) for channel in gain)
    return replace(shot, pixels=np.asarray(pixels), gain=(red, green, blue), lift=lift)


def _off_colour(shot: _Shot, _drawing: Drawing, rng: np.random.Generator) -> _Shot:
    """A screen's profile: every colour a little warmer, cooler, paler or darker."""
    return _toned(shot, rng.uniform(0.96, 1.02, 3), float(rng.uniform(-4, 8))) if rng.random() < 0.5 else shot


def _paper(shot: _Shot, _drawing: Drawing, rng: np.random.Generator) -> _Shot:
    """Ink on paper: no white, no black, mostly a little yellow."""
    light, warm = rng.uniform(0.86, 0.97), rng.uniform(0, 0.06)
    return _toned(shot, light * np.array((1.0, 1 - 0.35 * warm, 1 - warm)), float(rng.uniform(0, 14)))


def _grain(shot: _Shot, _drawing: Drawing, rng: np.random.Generator) -> _Shot:
    """A lens that is not quite sharp, and the noise of its sensor."""
    blurred = cv2.GaussianBlur(shot.pixels, (0, 0), float(rng.uniform(0.3, 0.8)))
    noise = np.empty(blurred.shape[:2], np.int8)
    cv2.setRNGSeed(int(rng.integers(2**31)))  # ten times as fast as numpy's
    cv2.randn(noise, np.zeros(1), np.full(1, rng.uniform(1, 5)))
    pixels = np.clip(blurred.astype(np.int16) + noise[..., None], 0, 255).astype(np.uint8)
    return replace(shot, pixels=pixels)


def _jpeg(shot: _Shot, _drawing: Drawing, rng: np.random.Generator) -> _Shot:
    buffer = io.BytesIO()
    Image.fromarray(shot.pixels).save(buffer, "JPEG", quality=int(rng.integers(55, 96)))
    return replace(shot, pixels=np.asarray(Image.open(buffer).convert("RGB")))


def _sometimes(step: _Step, share: float) -> _Step:
    return lambda shot, drawing, rng: step(shot, drawing, rng) if rng.random() < share else shot


def _one(rng: np.random.Generator, options: tuple[tuple[int, int, int], ...]) -> tuple[int, int, int]:
    return options[int(rng.integers(len(options)))]


_STEPS: dict[str, tuple[_Step, ...]] = {
    "clean": (),
    "jpeg": (_jpeg,),
    "soft": (_soft,),
    "rescaled": (_rescaled, _sometimes(_jpeg, 0.2)),
    "cropped": (_cropped,),
    "screenshot": (_windowed, _off_colour, _sometimes(_rescaled, 0.6), _sometimes(_jpeg, 0.3)),
    "scan": (_turned, _paper, _grain, _sometimes(_rescaled, 0.3), _sometimes(_jpeg, 0.6)),
}
