"""How one frame of a film moves to the next, and what that is good for: paint and colours that hold still."""

from collections.abc import Sequence
from functools import cache

import cv2
import numpy as np

from filters.flow.warping import warp
from filters.io.pictures import Flow, Picture
from filters.resizing import smaller

HELD = 0.7  # share of the last frame where it is known what moved where
# Forth and back along the flow one comes back to where one was, but for this much of the way, squared, and
# this much in any case, in pixels squared (Sundaram, Brox and Keutzer 2010, equation 5).
CONSISTENT = (0.01, 0.5)
ALIKE = 24.0  # mean difference of red, green and blue from which on two places are not the same thing
# A cut: less is seen again than this share, and brightness is distributed otherwise by this share of the pixels.
# Both are looked at in frames of this longer side.
SEEN_AGAIN, OTHERWISE, CUT_SIDE = 0.2, 0.1, 96


@cache
def _search() -> cv2.DISOpticalFlow:
    return cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)


def flow(reference: np.ndarray, picture: np.ndarray) -> Flow:
    """Return the dense flow: ``warp(picture, flow(reference, picture))`` looks like `reference`.

    Dense inverse search (Kroeger et al., "Fast optical flow using dense inverse search", 2016).

    Parameters
    ----------
    reference, picture : numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``, or gray ``(height, width)``.

    Returns
    -------
    numpy.ndarray
        ``float32`` ``(height, width, 2)``: across and down, in pixels.
    """
    one, other = (cv2.cvtColor(p, cv2.COLOR_RGB2GRAY) if p.ndim == 3 else p for p in (reference, picture))
    # It looks at patches of 8 pixels on several sizes, and fails on pictures that have no room for them.
    room = [max(0, 32 - side) for side in one.shape]
    one, other = (cv2.copyMakeBorder(p, 0, room[0], 0, room[1], cv2.BORDER_REPLICATE) for p in (one, other))
    found = _search().calc(one, other, np.zeros((*one.shape, 2), np.float32))
    return found[: found.shape[0] - room[0], : found.shape[1] - room[1]]


def visible_mask_and_flow(frame: Picture, last: Picture) -> tuple[np.ndarray, Flow]:
    """Return where a frame shows what the last one showed, and the flow that leads there.

    Not where something came into view: there the way forth and back does not end where it began, or
    leaves the picture, or leads to another colour.

    Parameters
    ----------
    frame, last : numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``.

    Returns
    -------
    seen : numpy.ndarray
        ``bool`` ``(height, width)``.
    back : numpy.ndarray
        ``float32`` ``(height, width, 2)``: ``warp(last, back)`` looks like `frame` where it is seen.
    """
    height, width = frame.shape[:2]
    back, forth = flow(frame, last), flow(last, frame)
    returned = warp(forth, back)
    lengths = np.sum(back**2, axis=2) + np.sum(returned**2, axis=2)
    share, least = CONSISTENT
    seen = np.sum((back + returned) ** 2, axis=2) < share * lengths + least
    x, y = np.arange(width) + back[..., 0], np.arange(height)[:, None] + back[..., 1]
    seen &= (x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1)
    seen &= np.mean(cv2.absdiff(warp(last, back), frame), axis=2) < ALIKE
    return seen, back


def is_cut(frame: Picture, last: Picture) -> bool:
    """Tell whether another scene begins with a frame: nothing of the last one is seen again.

    Seen is what flow finds with brightness equalised, so that flashes and fades are no cuts; and pans that
    are too fast for flow show what is as bright as before.

    Parameters
    ----------
    frame, last : numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``, of one size.

    Returns
    -------
    bool
    """
    grays = [cv2.cvtColor(smaller(picture, CUT_SIDE), cv2.COLOR_RGB2GRAY) for picture in (frame, last)]
    # Levels are blurred a little: grain and flicker move them.
    one, other = (cv2.GaussianBlur(cv2.calcHist([g], [0], None, [64], [0, 256]).T, (0, 0), 1.5) for g in grays)
    otherwise = 1 - np.minimum(one / one.sum(), other / other.sum()).sum()
    if otherwise < OTHERWISE:
        return False
    even = [cv2.cvtColor(cv2.equalizeHist(gray), cv2.COLOR_GRAY2RGB) for gray in grays]
    return bool(visible_mask_and_flow(*even)[0].mean() < SEEN_AGAIN)


def blend_with_previous(
    painted: np.ndarray,
    seen: np.ndarray,
    back: Flow,
    last_painted: np.ndarray,
    share: float = HELD,
    soft: float = 2.0,
) -> np.ndarray:
    """Return a painted frame joined to the last one, moved along: strokes go with what they paint.

    Parameters
    ----------
    painted, last_painted : numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``; or ``float32`` of any channels, for instance chroma.
    seen, back : numpy.ndarray
        From `visible_mask_and_flow`, of the frames that were painted.
    share : float
        Of the last one, where it is seen.
    soft : float
        Sigma in pixels by which it fades towards what came into view. From 2 on, flow is not trusted next
        to that, a pixel far; less is for small pictures, of whose pixels many are next to something.

    Returns
    -------
    numpy.ndarray
        Like `painted`.
    """
    # Soft towards what came into view, but nothing of the last frame there.
    inside = seen.astype(np.uint8)
    if soft >= 2:
        inside = cv2.erode(inside, np.ones((3, 3), np.uint8))
    much = share * np.minimum(cv2.GaussianBlur(inside.astype(np.float32), (0, 0), soft), seen)[..., None]
    moved = warp(last_painted, back, cv2.INTER_CUBIC).astype(np.float32)
    joined = painted + much * (moved - painted)
    return np.round(joined).astype(np.uint8) if painted.dtype == np.uint8 else joined


def temporal_error(frames: Sequence[np.ndarray], painted: Sequence[np.ndarray]) -> float:
    """Return how much a painted film flickers: the warped difference (Lai et al. 2018, "Learning blind video
    temporal consistency", section 3.4).

    Parameters
    ----------
    frames : sequence of numpy.ndarray
        ``uint8`` RGB, as they were filmed.
    painted : sequence of numpy.ndarray
        As many and of the same size: ``uint8`` RGB, or ``float32`` of any channels, for instance chroma.

    Returns
    -------
    float
        Root of the mean squared difference of each painted frame and the last one moved along the flow of
        the filmed ones, where these show the same; in the units of what was painted, 0 to 255 for RGB.
    """
    squares, count = 0.0, 0
    for i in range(1, len(frames)):
        seen, back = visible_mask_and_flow(frames[i], frames[i - 1])
        moved = warp(painted[i - 1], back, cv2.INTER_CUBIC)
        difference = painted[i][seen].astype(np.float64) - moved[seen]
        squares, count = squares + np.sum(difference**2), count + difference.size
    return float(np.sqrt(squares / max(count, 1)))
