"""Hints from a similar photograph: its colours, where an encoder sees the same things in both.

After the idea of deep exemplar-based colorization (He et al. 2018), but with the generator's own
encoder in place of a network trained for matching; the generator then spreads the hints.
"""

import cv2
import numpy as np

from experiments.inference.encoded import encoder_maps, unit
from filters import color, resizing
from filters.io.pictures import Picture
from transformers.backend import keras

ALIKE = 0.55  # least cosine similarity of features at two places that show the same kind of thing
CELL = 16  # pixels of a cell, which has one hint at most: the stride of the features
MOST = 120  # hints
SHARPNESS = 150  # a place whose similarity is lower by 1 / SHARPNESS counts e times less


def hints_like(seen: np.ndarray, reference: Picture, encoder: keras.Model) -> list[tuple]:
    """Return hints for what a photograph has in common with a reference.

    Parameters
    ----------
    seen : numpy.ndarray
        L of Lab, 0–100, of the photograph as the generator sees it, ``float32`` ``(height, width)``.
    reference : numpy.ndarray
        ``uint8`` RGB, of any size.
    encoder : keras.Model
        From `transformers.networks.efficientnet.encoder`.

    Returns
    -------
    list of tuple
        ``(x, y, (a, b))``: x and y in pixels of `seen`, chroma in units of Lab. What has no counterpart in
        the reference gets no hint.
    """
    lab = color.rgb_to_lab(resizing.smaller(reference, max(seen.shape)))
    ours, theirs = _features(seen, encoder), _features(np.ascontiguousarray(lab[..., 0]), encoder)
    chroma = cv2.resize(lab[..., 1:], theirs.shape[1::-1], interpolation=cv2.INTER_AREA).reshape(-1, 2)
    height, width = ours.shape[:2]
    ours, theirs = (f.reshape(-1, f.shape[-1]) for f in (ours, theirs))
    alike = ours @ theirs.T
    best = alike.max(axis=1)
    # Average the colours of all places that match nearly as well as the best, which may be an outlier.
    shares = np.exp(SHARPNESS * (alike - best[:, None]))
    wanted = shares @ chroma / shares.sum(axis=1, keepdims=True)
    # The match must hold in both directions: even a sky without counterpart resembles something most.
    back = alike[alike.argmax(axis=0), np.arange(alike.shape[1])]
    sure = best >= np.maximum(ALIKE, 0.8 * back[alike.argmax(axis=1)])
    chosen = np.flatnonzero(sure)
    chosen = chosen[:: max(1, -(-len(chosen) // MOST))]  # from all over the picture
    return [
        ((i % width + 0.5) * seen.shape[1] / width, (i // width + 0.5) * seen.shape[0] / height, wanted[i])
        for i in chosen.tolist()
    ]


def _features(light: np.ndarray, encoder: keras.Model) -> np.ndarray:
    """Return unit features of each cell, ``(height, width, channels)``: of what it shows, and of its lightness."""
    *_, fine, coarse = encoder_maps(light, encoder)
    rows, columns = fine.shape[:2]
    coarse = cv2.resize(coarse, (columns, rows), interpolation=cv2.INTER_LINEAR)
    tone = cv2.resize(light / 50 - 1, (columns, rows), interpolation=cv2.INTER_AREA)[..., None]
    parts = [unit(fine - fine.mean(axis=(0, 1))), unit(coarse - coarse.mean(axis=(0, 1)))]
    return unit(np.concatenate([*parts, tone], axis=-1))
