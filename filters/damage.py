"""The kinds of damage of old prints: scratches, dust, folds, tears, stains, lost emulsion."""

from dataclasses import dataclass

import cv2
import numpy as np

REFERENCE = 400  # pixels of the longer side in which damage has the sizes that are stated below


@dataclass
class Layer:
    """A picture while it is damaged, and what all of its damage has in common."""

    values: np.ndarray  # float32 (height, width, 3) or, where all damage is gray, (height, width, 1), 0–255
    rng: np.random.Generator
    amount: float = 1.0
    coarseness: float = 1.0

    @property
    def gray(self) -> bool:
        return self.values.shape[2] == 1

    @property
    def shape(self) -> tuple[int, int]:
        return self.values.shape[:2]

    @property
    def unit(self) -> float:
        """Pixels for one pixel of a picture of the size `REFERENCE`."""
        return max(self.shape) / REFERENCE

    def count(self, mean: float) -> int:
        return 1 + int(self.rng.poisson(mean * self.amount))

    def width(self, least: float, most: float) -> float:
        """Return the width of a line or the radius of a speck, in pixels."""
        return self.coarseness * max(1.0, self.unit) * self.rng.uniform(least, most)

    def paper(self) -> np.ndarray:
        """Return the colour of bare paper, or of what lies below the print."""
        if self.rng.random() < 0.2:
            return self.toned(self.rng.uniform(0, 60), 0.0)
        return self.toned(self.rng.uniform(205, 255), self.rng.uniform(0, 0.15))

    def toned(self, light: float, yellow: float) -> np.ndarray:
        """Return a colour, ``(channels,)``: a gray value of 0 to 255, made yellow by a share of it."""
        tone = np.array([light, light * (1 - yellow / 2.5), light * (1 - yellow)], np.float32)
        return tone.mean(keepdims=True) if self.gray else tone

    def canvas(self) -> np.ndarray:
        """Return an empty canvas to draw on, ``uint8`` ``(height, width)``; 255 covers a place."""
        return np.zeros(self.shape, np.uint8)

    def cover(self, share: np.ndarray, color: np.ndarray, blur: float = 0.0) -> None:
        """Lay a colour over the picture; `share`, ``(height, width)``, 0 to 1, tells how much covers each place."""
        if blur:
            share = cv2.GaussianBlur(share, (0, 0), blur)
        self.values += np.clip(share, 0, 1)[..., None] * (color - self.values)

    def noise(self, cells: float) -> np.ndarray:
        """Return smooth noise, ``(height, width)``, mean 0 and deviation 1, with so many cells along a side."""
        height, width = self.shape
        total = np.zeros((height, width), np.float32)
        for octave in range(4):
            size = [max(2, round(2**octave * cells * side / max(height, width))) for side in (width, height)]
            grid = self.rng.standard_normal(size[::-1], np.float32)
            total += cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC) / 2**octave
        return (total - total.mean()) / max(float(total.std()), 1e-6)

    def grid(self) -> tuple[np.ndarray, np.ndarray]:
        """Return x and y of all places, each ``float32`` ``(height, width)``, in pixels."""
        y, x = np.mgrid[: self.shape[0], : self.shape[1]].astype(np.float32)
        return x, y

    def place(self) -> np.ndarray:
        """Return a place in the picture, ``(x, y)``."""
        return self.rng.random(2) * self.shape[::-1]

    def walk(self, start: np.ndarray, angle: float, length: float, bend: float) -> np.ndarray:
        """Return the points of a line that wanders, ``(points, 2)``."""
        steps = max(3, int(length / max(4, 6 * self.unit)))
        angles = angle + np.cumsum(self.rng.normal(0, bend, steps))
        moves = length / steps * np.stack([np.cos(angles), np.sin(angles)], axis=1)
        return np.vstack([start, start + np.cumsum(moves, axis=0)])

    def line(self, canvas: np.ndarray, points: np.ndarray, width: float) -> None:
        """Draw a line of any width, down to a fraction of a pixel, onto a `canvas`."""
        whole = np.round(points * 16).astype(np.int32)
        cv2.polylines(canvas, [whole], False, round(255 * min(1.0, width)), max(1, round(width)), cv2.LINE_AA, 4)


def _scratches(layer: Layer) -> None:
    rng, longest = layer.rng, max(layer.shape)
    common = rng.choice([np.pi / 2, rng.uniform(0, np.pi)])  # most scratches of a print run one way
    for _ in range(layer.count(3)):
        angle = common + rng.normal(0, 0.1) if rng.random() < 0.6 else rng.uniform(0, 2 * np.pi)
        length = longest * min(1.5, rng.exponential(0.4) + 0.03)
        start = layer.place() - length / 2 * np.array([np.cos(angle), np.sin(angle)])
        canvas = layer.canvas()
        layer.line(canvas, layer.walk(start, angle, length, rng.choice([0.0, 0.02, 0.1])), layer.width(0.5, 2))
        share = canvas * np.float32(rng.uniform(0.4, 1) / 255)
        if rng.random() < 0.5:  # broken
            share *= np.clip(2 * layer.noise(rng.uniform(10, 40)) + rng.uniform(0, 2), 0, 1)
        light = rng.uniform(190, 255) if rng.random() < 0.75 else rng.uniform(0, 60)
        layer.cover(share, layer.toned(light, 0.05), rng.choice([0.0, 0.5]))


def _dust(layer: Layer) -> None:
    rng = layer.rng
    for light in (rng.uniform(200, 255), rng.uniform(0, 70)):
        canvas = layer.canvas()
        for _ in range(layer.count(rng.choice([4, 15, 40]))):
            radius = layer.width(0.5, 1.0) * min(4.0, 0.6 + rng.exponential(0.5))
            x, y, r = (np.array([*layer.place(), radius]) * 16).round().astype(int).tolist()
            axes = (r, max(8, round(r * rng.uniform(0.3, 1))))
            dense = int(rng.integers(128, 256))
            cv2.ellipse(canvas, (x, y), axes, rng.uniform(0, 180), 0, 360, dense, -1, cv2.LINE_AA, 4)
        layer.cover(canvas / np.float32(255), layer.toned(light, 0.0), rng.choice([0.0, 0.5]))


def _hairs(layer: Layer) -> None:
    rng, canvas = layer.rng, layer.canvas()
    for _ in range(layer.count(1.5)):
        length = max(layer.shape) * rng.uniform(0.03, 0.2)
        points = layer.walk(layer.place(), rng.uniform(0, 2 * np.pi), length, rng.uniform(0.1, 0.5))
        layer.line(canvas, points, layer.width(0.5, 1.2))
    layer.cover(canvas * np.float32(rng.uniform(0.5, 1) / 255), layer.toned(rng.choice([235.0, 30.0]), 0.0))


def _folds(layer: Layer) -> None:
    rng = layer.rng
    x, y = layer.grid()
    for _ in range(rng.integers(1, 3)):
        angle = rng.choice([0, np.pi / 2, rng.uniform(0, np.pi)]) + rng.normal(0, 0.05)
        through = layer.place()
        away = (x - through[0]) * np.sin(angle) - (y - through[1]) * np.cos(angle)
        away = away + layer.noise(6) * rng.uniform(0, 2) * layer.unit
        core = layer.width(0.5, 2)
        flank = np.exp(-np.abs(away) / (core * rng.uniform(2, 5))) * np.sign(away if rng.random() < 0.5 else 1)
        layer.values *= 1 + (rng.uniform(-0.25, 0.25) * flank)[..., None]
        cracked = np.abs(away) + layer.noise(40) * core * rng.uniform(0.2, 1)
        layer.cover(np.clip(core - cracked + 0.5, 0, 1) * rng.uniform(0.6, 1), layer.paper(), 0.4)


def _tears(layer: Layer) -> None:
    rng = layer.rng
    height, width = layer.shape
    for _ in range(rng.integers(1, 3)):
        across, down = rng.random() * width, rng.random() * height
        start = np.array([(across, 0), (across, height), (0, down), (width, down)][rng.integers(4)])
        angle = np.arctan2(*(np.array(layer.shape) / 2 - start[::-1])) + rng.normal(0, 0.4)
        points = layer.walk(start, angle, max(layer.shape) * rng.uniform(0.1, 0.5), 0.35)
        canvas, wide = layer.canvas(), layer.width(1.5, 5)
        for number in range(len(points) - 1):
            layer.line(canvas, points[number : number + 2], wide * (1 - number / len(points)) + 0.5)
        frayed = canvas / np.float32(255) * np.clip(1.3 + 0.6 * layer.noise(50), 0, 1)
        layer.cover(np.roll(frayed, 1, axis=(0, 1)), layer.toned(0.0, 0.0), 0.8)  # its shadow
        layer.cover(frayed, layer.paper(), 0.4)


def _missing_corner(layer: Layer) -> None:
    rng, canvas = layer.rng, layer.canvas()
    height, width = layer.shape
    x, y = rng.choice([0, width]), rng.choice([0, height])
    along = np.array([abs(x - width * rng.uniform(0.05, 0.3)), y])
    down = np.array([x, abs(y - height * rng.uniform(0.05, 0.3))])
    shares = np.linspace(0, 1, 9)[:, None]
    edge = along * (1 - shares) + down * shares + rng.normal(0, 2 * layer.unit, (9, 2))
    cv2.fillPoly(canvas, [np.round(np.vstack([[x, y], edge]) * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    layer.cover(canvas / np.float32(255), layer.paper(), 0.4)


def _stains(layer: Layer) -> None:
    rng = layer.rng
    x, y = layer.grid()
    for _ in range(rng.integers(1, 4)):
        center, radius = layer.place(), max(layer.shape) * rng.uniform(0.03, 0.25)
        away = np.hypot(x - center[0], y - center[1]) / radius + 0.25 * layer.noise(8)
        soft = rng.uniform(0.03, 0.4)
        inside = np.clip((1 - away) / soft, 0, 1)
        rim = np.exp(-np.abs(1 - away) / 0.06) * rng.uniform(0, 0.8)
        strength = rng.uniform(0.15, 0.6)
        color = layer.toned(rng.uniform(60, 150), rng.uniform(0.2, 0.7)) if rng.random() < 0.7 else layer.paper()
        layer.cover(strength * np.maximum(inside, rim), color)


def _foxing(layer: Layer) -> None:
    rng, canvas = layer.rng, layer.canvas()
    for _ in range(layer.count(8)):
        x, y = layer.place().astype(int).tolist()
        cv2.circle(canvas, (x, y), max(1, round(layer.width(1, 4))), int(rng.integers(80, 256)), -1, cv2.LINE_AA)
    layer.cover(
        canvas * np.float32(rng.uniform(0.3, 0.8) / 255),
        layer.toned(rng.uniform(80, 150), 0.6),
        layer.width(0.5, 1.5),
    )


def _lost_emulsion(layer: Layer) -> None:
    rng = layer.rng
    field = layer.noise(rng.uniform(3, 20)) + 0.6 * layer.noise(40)
    limit = np.quantile(field, 1 - rng.uniform(0.002, 0.04) * min(1.5, layer.amount))
    layer.cover(np.clip((field - limit) * 12, 0, 1), layer.paper(), 0.4)


def _worn_edges(layer: Layer) -> None:
    rng = layer.rng
    height, width = layer.shape
    x, y = layer.grid()
    away = np.minimum(np.minimum(x, width - 1 - x), np.minimum(y, height - 1 - y))
    deep = max(layer.shape) * rng.uniform(0.005, 0.03)
    layer.cover(np.clip(1 - away / deep + 0.7 * layer.noise(30), 0, 1), layer.paper(), 0.4)


# How likely each kind is in a print, at an amount of 1.
KINDS = {
    _stains: 0.3,
    _foxing: 0.2,
    _folds: 0.35,
    _lost_emulsion: 0.3,
    _worn_edges: 0.2,
    _tears: 0.2,
    _missing_corner: 0.1,
    _scratches: 0.8,
    _dust: 0.8,
    _hairs: 0.3,
}
