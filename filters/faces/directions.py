"""Faces in every direction: that lie on a side, stand on their heads, or are held aslant."""

from dataclasses import replace

import cv2
import numpy as np

from filters import resizing
from filters.faces import detection
from filters.faces.detection import Face
from filters.io.pictures import Picture, Size

# In portraits that stand, half of YuNet's scores are above 0.94, and 5 of 100 are below 0.9. Of 900 that were
# turned by 30 degrees or more none had over 0.92 where landmarks were wrong.
STANDING_SCORE = 0.92
CLEARLY = 0.02  # by how much the score has to be higher in another direction
STEP = 45  # degrees from one direction to the next: at half of it landmarks are still right
SIDE, ROOM = 224, 2.0  # pixels of the square that a face is looked at in, and its side in those of the box
NEAR = 0.2  # of that side: further from the middle it is another face
TURNED_SCORE = 0.86  # hands and fruit reach 0.85 in turned pictures
WHOLE_SIDE = 640  # pixels of a picture without faces that is looked at in three more directions


def detect(picture: Picture, detector: str = "yunet") -> list[Face]:
    """Find all faces of a picture, however they lie.

    Faces of which YuNet is not sure are looked at again in eight directions, and the one in which it is surest is
    taken. Where it finds none, the picture is turned by quarters.

    Parameters
    ----------
    picture : numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``, any size.
    detector : {"yunet", "haar"}
        Haar's cascades find upright faces only.

    Returns
    -------
    list of Face
        Left to right. Those that stand are what `detection.detect` gives.

    Raises
    ------
    KeyError
        For an unknown detector; the message lists the known ones.
    """
    faces = detection.detect(picture, detector)
    if detector != "yunet":
        return faces
    settled = [_settled(face, picture) for face in faces or _of_turned(picture)]
    settled = [face for face in settled if faces or face.score >= TURNED_SCORE]
    return sorted(detection.without_repeats(settled), key=lambda f: f.box[0] + f.box[2] / 2)


def _settled(face: Face, picture: Picture) -> Face:
    """Return a face with the landmarks of the direction in which it is seen best."""
    if face.score >= STANDING_SCORE:
        return face
    standing = _seen(face, picture, 0)
    if standing and standing.score >= STANDING_SCORE:
        return face
    found = [standing, *(_seen(face, picture, degrees) for degrees in range(STEP, 360, STEP))]
    scores = [other.score if other else 0.0 for other in found]
    best = found[int(np.argmax(scores))]
    if best is None or max(scores) < scores[0] + CLEARLY or abs(best.roll) <= detection.STANDING_ROLL:
        return face
    # Once more as it stands then: the nearer to upright, the better are the landmarks.
    return _seen(best, picture, best.roll) or best


def _seen(face: Face, picture: Picture, degrees: float) -> Face | None:
    """Look for a face in its surroundings, as it is seen when these are turned clockwise."""
    x, y, width, height = face.box
    middle = np.array([x + width / 2, y + height / 2])
    side = ROOM * max(width, height)
    # Only the surroundings are made smaller, where sampling them would alias.
    left, top = np.maximum(np.floor(middle - 0.75 * side), 0).astype(int)
    right, bottom = np.ceil(middle + 0.75 * side).astype(int)
    part = picture[top:bottom, left:right]
    if not part.size:
        return None
    small = resizing.smaller(part, max(1, round(max(part.shape[:2]) * SIDE / side)))
    shares = np.array(small.shape[1::-1]) / part.shape[1::-1]
    turn = np.radians(degrees)
    linear = SIDE / side * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    shift = SIDE / 2 - linear @ middle  # the square's pixels are ``linear @ (x, y) + shift``
    matrix = np.column_stack([linear / shares, linear @ (left, top) + shift])
    square = cv2.warpAffine(small, matrix, (SIDE, SIDE), borderMode=cv2.BORDER_REFLECT_101)
    with detection.detecting:
        rows = detection.rows_of(square)
    near = [row for row in rows if np.linalg.norm(row[:2] + row[2:4] / 2 - SIDE / 2) < NEAR * SIDE]
    if not near:
        return None
    best = max(near, key=lambda row: row[14])
    points = np.vstack([best[:2] + best[2:4] / 2, best[4:14].reshape(5, 2)])
    points = (points - shift) @ np.linalg.inv(linear).T
    return _face(points, best[2:4] * side / SIDE, float(best[14]), picture)


def _face(points: np.ndarray, size: np.ndarray, score: float, picture: Picture) -> Face:
    """Return a face by its middle and its landmarks, ``(6, 2)``, and the size of its box."""
    eyes = ((points[1:3] >= 0) & (points[1:3] < picture.shape[1::-1])).all(axis=1).sum()
    left, top = (float(v) for v in points[0] - size / 2)
    landmarks = tuple((float(x), float(y)) for x, y in points[1:])
    return Face((left, top, float(size[0]), float(size[1])), score, int(eyes), landmarks=landmarks)


def _of_turned(picture: Picture) -> list[Face]:
    """Return the faces of the quarter turn of a picture in which they are seen best, where they are in it."""
    small = resizing.smaller(picture, WHOLE_SIDE)
    scale = max(picture.shape[:2]) / max(small.shape[:2])
    best: list[Face] = []
    for turns in (1, 2, 3):
        turned = np.ascontiguousarray(np.rot90(small, turns))
        faces = [_turned_back(face, turned.shape[1::-1], turns, scale) for face in detection.detect(turned)]
        if sum(face.score for face in faces) > sum(face.score for face in best):
            best = faces
    return best


def _turned_back(face: Face, size: Size, turns: int, scale: float) -> Face:
    """Return a face of a picture that was made smaller and turned by quarters as it is in the picture itself."""

    def back(x: float, y: float) -> tuple[float, float]:
        width, height = size
        for _ in range(turns):  # clockwise
            x, y, width, height = height - y, x, height, width
        return x * scale, y * scale

    x, y, width, height = face.box
    middle = back(x + width / 2, y + height / 2)
    width, height = width * scale, height * scale
    box = (middle[0] - width / 2, middle[1] - height / 2, width, height)
    return replace(face, box=box, landmarks=tuple(back(a, b) for a, b in face.landmarks))
