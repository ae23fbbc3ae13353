"""Lines as an engraver cuts them: evenly spaced, along the forms, crossed in the shadows.

What `experiments.photo_to_drawing` gives its generator. A network that sees a photograph alone cannot know where
the next line begins, and so draws none: where lines may be anywhere, their mean is gray.
"""

import cv2
import numpy as np

from filters.io.pictures import Picture

# The gray of drawings, blurred, from their darkest to their lightest sixteenth: of the 138 engravings that
# photo_to_drawing was trained on.
TONES = (0, 35, 57, 77, 99, 122, 147, 170, 190, 209, 224, 234, 243, 251, 254, 255, 255)
# A sixth power of the cosine of an angle as a Fourier series: harmonic → coefficient.
HARMONICS = {0: 20 / 64, 2: 15 / 64, 4: 6 / 64, 6: 1 / 64}
RING = 0.22  # half the width of the band of frequencies, in units of the lines' own
ROUNDS = 6
STEEPNESS = 2.0
SLANT = np.deg2rad(-35)  # of lines where nothing tells a direction
FAINT = 2e-4  # squared gradient below which nothing does, of light 0-1 a pixel
CROSSING = np.deg2rad(60)


def layers(picture: Picture, *, period: float = 5.0, seed: int = 0) -> np.ndarray:
    """Return what a drawing is made of: its tones, lines along the forms, and lines that cross them.

    Parameters
    ----------
    picture : numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``.
    period : float
        Pixels from one line to the next.
    seed : int
        Of the noise from which lines grow.

    Returns
    -------
    numpy.ndarray
        ``uint8`` ``(height, width, 3)``: the tones as `toned` gives them; two waves, 0 in the middle of the paper
        between two lines and 255 in the middle of a line.
    """
    gray = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    along = directions(gray.astype(np.float32) / 255, 2 * period)
    both = [waves(along + turn, period, seed + number) for number, turn in enumerate((0, CROSSING))]
    return np.stack([toned(gray), *(np.round(127.5 + 127.5 * wave).astype(np.uint8) for wave in both)], axis=2)


def drawn(parts: np.ndarray) -> np.ndarray:
    """Return the drawing that `layers` make: lines whose width tells the tone, eyes and edges in solid ink.

    Parameters
    ----------
    parts : numpy.ndarray
        As `layers` returns them.

    Returns
    -------
    numpy.ndarray
        ``uint8`` ``(height, width, 1)``: 0 ink, 255 paper.
    """
    tone, *both = np.moveaxis(parts.astype(np.float32) / 255, 2, 0)
    # Ink is where a wave is above the tone; the arcsine makes that the share of each period that lacks to white.
    first, second = (np.arcsin(2 * wave - 1) / np.float32(np.pi) + 0.5 for wave in both)
    light = np.minimum(_steep(1.12 * tone + 0.03 - first, 3), _steep(1.3 * tone + 0.35 - second, 3))
    detail = cv2.GaussianBlur(tone, (0, 0), 2.5) - cv2.GaussianBlur(tone, (0, 0), 0.8)
    light = np.minimum(light, 1 - np.clip((detail - 0.04) * 10, 0, 1))
    light = np.maximum(light, np.clip((-detail - 0.06) * 10, 0, 1))
    return np.round(light * 255).astype(np.uint8)[..., None]


def toned(gray: np.ndarray) -> np.ndarray:
    """Return a photograph in the tones of drawings: much paper, little ink, whatever its light was.

    Mostly by giving it a histogram near that of drawings, `TONES`; for the rest by stretching the gray.

    Parameters
    ----------
    gray : numpy.ndarray
        ``uint8`` ``(height, width)``.

    Returns
    -------
    numpy.ndarray
        ``uint8`` ``(height, width)``.
    """
    low, high = np.percentile(gray, (1, 99))
    counts = np.bincount(cv2.GaussianBlur(gray, (0, 0), 4).ravel(), minlength=256)
    rank = (np.cumsum(counts) - counts / 2) / counts.sum()
    stretched = np.clip((np.arange(256) - low) / max(high - low, 40), 0, 1)
    matched = np.interp((rank + stretched) / 2, np.linspace(0, 1, len(TONES)), TONES)
    return np.round(0.7 * matched + 0.3 * 255 * stretched).astype(np.uint8)[gray]


def directions(light: np.ndarray, sigma: float) -> np.ndarray:
    """Return the direction of the forms at each place: along edges, and slanted where there are none.

    From the structure tensor (Förstner and Gülch 1987).

    Parameters
    ----------
    light : numpy.ndarray
        ``float32`` ``(height, width)``, 0-1.
    sigma : float
        Of the surroundings that decide, in pixels.

    Returns
    -------
    numpy.ndarray
        ``float32`` ``(height, width)``, radians; opposite directions are the same.
    """
    light = cv2.GaussianBlur(light, (0, 0), 1.5)
    x, y = (cv2.Sobel(light, cv2.CV_32F, *order) / 8 for order in ((1, 0), (0, 1)))
    xx, yy, xy = (cv2.GaussianBlur(product, (0, 0), sigma) for product in (x * x, y * y, x * y))
    across = 2 * SLANT + np.pi
    double = np.arctan2(2 * xy + FAINT * np.sin(across), xx - yy + FAINT * np.cos(across))
    return (double / 2 + np.pi / 2).astype(np.float32)


def waves(direction: np.ndarray, period: float, seed: int) -> np.ndarray:
    """Return evenly spaced lines along directions, which begin and end where the directions ask for it.

    Noise is filtered again and again by a wave of the local direction, as synthetic fingerprints are made
    (Cappelli, Erol, Maio and Maltoni, "Synthetic fingerprint-image generation", 2000). The filters of all
    directions are combinations of a few (Freeman and Adelson, "The design and use of steerable filters", 1991).

    Parameters
    ----------
    direction : numpy.ndarray
        ``float32`` ``(height, width)``, radians.
    period : float
        Pixels from one line to the next.
    seed : int

    Returns
    -------
    numpy.ndarray
        ``float32`` ``(height, width)``, -1-1.
    """
    height, width = direction.shape
    y, x = np.fft.fftfreq(height)[:, None].astype(np.float32), np.fft.fftfreq(width)[None].astype(np.float32)
    ring, angle = np.exp(-0.5 * ((np.hypot(x, y) * period - 1) / RING) ** 2), np.arctan2(y, x)
    across = direction + np.float32(np.pi / 2)
    # Of a pair of harmonics, one of either sign, the real part of one is half of the sum.
    steered = [
        (ring * np.exp(1j * n * angle), np.float32(share * (2 if n else 1)) * np.exp(-1j * n * across))
        for n, share in HARMONICS.items()
    ]
    wave = np.random.default_rng(seed).standard_normal((height, width), np.float32)
    for _ in range(ROUNDS):
        seen = np.fft.fft2(wave)
        wave = sum((np.fft.ifft2(seen * band) * turn).real for band, turn in steered)
        wave = np.tanh(STEEPNESS / (wave.std() + 1e-9) * wave)
    return wave


def _steep(light: np.ndarray, steepness: float) -> np.ndarray:
    return np.clip(light * steepness + 0.5, 0, 1)
