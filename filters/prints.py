"""Photographs as people have them: turned by a scanner, gray or toned, or in colour after all."""

import cv2
import numpy as np

from filters import color, resizing
from filters.faces import detection
from filters.io.pictures import Picture

# Faces are looked for at this longer side: those of groups are found, and all four directions take 0.1 s.
SIDE = 640
# Scores of the face detector. It finds turned faces too, and lays eyes above mouths wherever they are, so
# landmarks tell nothing; but it is less sure of them: three of 1676 had more than 0.92, half of upright ones have.
UPRIGHT = 0.92  # with one face of that score a photograph stands upright
TURNED = 0.86  # without one of that score it is not turned: hands and fruit reach 0.85
COUNTED, CLEARLY = 0.7, 0.02  # faces count by what is above the first; the second is how much more there has to be

# Of a print's tone, in units of Lab.
TOLERANCE = 2.3  # root mean square of what is left when luminance has explained chroma
DEEPEST = 42.0  # mean chroma: deep sepia has 30, cyanotypes up to 40, a photograph of nothing but lawn 70
BORDER = 1 / 6  # of each side: stains and yellowed edges are no colours of what was photographed


def quarter_turns(picture: Picture) -> int:
    """Return by how many quarter turns a photograph must be turned to stand upright.

    Faces tell: looked for in four directions, they are found with the highest scores when upright.

    Parameters
    ----------
    picture : numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``.

    Returns
    -------
    int
        0 to 3, counter-clockwise: ``numpy.rot90(picture, quarter_turns(picture))`` stands upright. 0 where
        no face is found, or no other direction is clearly better.
    """
    small = resizing.smaller(picture, SIDE)
    sums, best = [], []
    for turns in range(4):
        scores = [face.score for face in detection.detect(np.ascontiguousarray(np.rot90(small, turns)))]
        best.append(max(scores, default=0.0))
        sums.append(sum(max(0.0, score - COUNTED) for score in scores))
        if best[0] >= UPRIGHT:
            return 0
    turns = int(np.argmax(sums))
    return turns if best[turns] >= TURNED and sums[turns] >= sums[0] + CLEARLY else 0


def is_monochrome(picture: Picture) -> bool:
    """Tell whether a photograph is black and white, or toned in one colour: sepia, faded or blue.

    Parameters
    ----------
    picture : numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``.

    Returns
    -------
    bool
        False for a photograph in colour, also a pale one. By its colours alone one of a gray thing on a
        gray ground cannot be told from a print; it counts as one.
    """
    off = color.off_tone(picture)
    down, across = (int(BORDER * side) for side in off.shape)
    inside = off[down:-down, across:-across]
    chroma = color.rgb_to_lab(cv2.resize(picture, (24, 32), interpolation=cv2.INTER_AREA))[..., 1:]
    depth = np.hypot(chroma[..., 0], chroma[..., 1]).mean()
    return bool(np.sqrt((inside**2).mean()) < TOLERANCE and depth < DEEPEST)
