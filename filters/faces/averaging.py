"""The mean of registered faces, and the faces between two."""

from collections.abc import Sequence

import cv2
import numpy as np

from filters.faces.registration import correspond, face_distance, mean_inside, to_uint8
from filters.flow.warping import invert, resize_flow, unfolded, warp
from filters.io.pictures import Picture
from filters.threads import threads

TEXTURE = 4.0  # sigma in pixels: what is finer is the skin's and the camera's, not the light's
MOST_EVENING = 1.6  # no face's contrast is changed by more than this factor, or its inverse
MOST_RESTORED = 1.2  # factor by which the mean's contrast may be raised to that of the faces


def _tones(picture: Picture, where: np.ndarray) -> tuple[np.ndarray, float]:
    """Return the mean of each channel, and contrast (standard deviation of gray), texture aside."""
    smooth = cv2.GaussianBlur(picture, (0, 0), TEXTURE)
    _, contrast = cv2.meanStdDev(cv2.cvtColor(smooth, cv2.COLOR_RGB2GRAY), mask=where)
    return np.array(cv2.mean(picture, where)[:3], np.float32), float(contrast[0, 0])


def average(pictures: Sequence[Picture], inside: Sequence[np.ndarray], flows: np.ndarray) -> Picture:
    """Return the mean of faces in their mean shape.

    Each face is first brought to the mean brightness and contrast of all, so that no bright one
    outweighs the others; the mean, paler than every face, gets some of that contrast back.

    Parameters
    ----------
    pictures : sequence of numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``, from `align`.
    inside : sequence of numpy.ndarray
        ``uint8`` ``(height, width)``, from `align`.
    flows : numpy.ndarray
        ``float16`` ``(count, height, width, 2)``, from `register`.

    Returns
    -------
    numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``.
    """
    height, width = pictures[0].shape[:2]
    face = (face_distance((height, width)) < 0.9).astype(np.uint8)
    tones = [_tones(p, face & (i > 127)) for p, i in zip(pictures, inside, strict=True)]
    light = np.mean([t[0] for t in tones], axis=0)
    contrast = float(np.mean([t[1] for t in tones]))

    def shown(index: int) -> tuple[np.ndarray, np.ndarray]:
        own_light, own_contrast = tones[index]
        gain = np.clip(contrast / max(own_contrast, 1), 1 / MOST_EVENING, MOST_EVENING)
        picture = ((pictures[index] - own_light) * gain + light).astype(np.float32)
        flow = resize_flow(flows[index], (width, height))
        return warp(picture, flow, cv2.INTER_CUBIC), warp(inside[index], flow)

    with threads() as pool:
        mean = mean_inside(pool.map(shown, range(len(pictures)))).astype(np.float32)
    own_light, own_contrast = _tones(mean, face)
    gain = np.clip(contrast / max(own_contrast, 1), 1, MOST_RESTORED)
    return to_uint8((mean - own_light) * gain + light)


def between(one: Picture, other: Picture, shares: Sequence[float]) -> list[Picture]:
    """Return faces on the way from one aligned face to another.

    Both are warped to the shape between them, and cross-faded, with flow in the place of lines drawn by hand.

    Parameters
    ----------
    one, other : numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``, from `align`.
    shares : sequence of float
        How much of the other: 0 gives `one` itself, 1 gives `other` itself.

    Returns
    -------
    list of numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``, one for each share.

    References
    ----------
    Beier and Neely, "Feature-based image metamorphosis", SIGGRAPH 1992.
    """
    # Sought in both directions, and the mean taken: where one fails the other may not.
    forth = unfolded((correspond(one, other) + invert(correspond(other, one))) / 2)
    back = invert(forth)
    frames = []
    for share in map(np.float32, shares):
        first = warp(one, invert(share * forth), cv2.INTER_CUBIC)
        second = warp(other, invert((1 - share) * back), cv2.INTER_CUBIC)
        frames.append(cv2.addWeighted(first, 1 - float(share), second, float(share), 0))
    return frames
