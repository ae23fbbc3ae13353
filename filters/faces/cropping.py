"""Cutting faces out of photographs."""

from dataclasses import replace

import cv2
import numpy as np

from filters.faces import directions
from filters.faces.detection import STANDING_ROLL, Face, largest
from filters.io.pictures import Picture, Size

CROP_SIZE = (360, 480)  # width, height of saved crops
ASPECT = CROP_SIZE[0] / CROP_SIZE[1]
# Of the crop's height, measured in heights of the face box (brow to chin): room for hair and chin.
CROP_HEIGHT = 1.9
ROOM_ABOVE = 0.56
MAX_REFLECTION = 0.1  # of a side
NEARLY_QUARTER = 15.0  # degrees: a face that lies as nearly on a side is turned without sampling
SURROUNDINGS = 2.3  # side of the square that is turned, in heights of the face box: more than a crop has
LEAST_OWN_FACE = 0.4  # height of the face in a crop, of the crop's; 0.53 where there is room all round


def crop_box(face: Face, picture_size: Size) -> tuple[int, int, int, int]:
    """Return where to cut a face: a 3:4 portrait with hair and chin inside.

    Where the picture ends the crop is first moved, then made smaller (as far as the face box
    stays inside), and only then let past the border, to be filled by reflection, by at most a
    tenth of a side: more would show a mirrored second head.

    Parameters
    ----------
    face : Face
    picture_size : tuple of int
        ``(width, height)`` of the picture.

    Returns
    -------
    tuple of int
        ``(left, top, right, bottom)`` in pixels; may lie outside the picture by a tenth of a side.

    Examples
    --------
    With room all round, 1.9 face heights of 100 pixels: 56 above the brow, 34 below the chin.

    >>> crop_box(Face((500, 500, 80, 100), 0.9, 2), (1000, 1000))
    (469, 444, 611, 634)
    """
    width, height = picture_size
    x, y, face_width, face_height = face.box
    wanted = CROP_HEIGHT * face_height
    needed = max(1.08 * face_height, 1.04 * face_width / ASPECT)
    fits = min(height, width / ASPECT)
    reflected = fits / (1 - MAX_REFLECTION)
    side = min(wanted, max(fits, min(needed, reflected)))

    center = x + face_width / 2
    top = y - ROOM_ABOVE * face_height
    if side < wanted:
        # Smaller than wished: share the loss between the room above and the room below.
        top = y + face_height / 2 - side * (ROOM_ABOVE + 0.5) / CROP_HEIGHT
    left = _moved_inside(center - side * ASPECT / 2, side * ASPECT, width)
    top = _moved_inside(top, side, height)
    return round(left), round(top), round(left + side * ASPECT), round(top + side)


def _moved_inside(start: float, length: float, limit: float) -> float:
    if length >= limit:
        return (limit - length) / 2
    return min(max(start, 0.0), limit - length)


def cut(picture: Picture, face: Face, size: Size = CROP_SIZE) -> Picture:
    """Cut one face out of a picture. A face that lies, or is held aslant by over 35 degrees, is turned upright.

    Parameters
    ----------
    picture : numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``.
    face : Face
    size : tuple of int
        ``(width, height)`` of the result, 3:4.

    Returns
    -------
    numpy.ndarray
        ``uint8`` RGB ``(size[1], size[0], 3)``.
    """
    if abs(face.roll) > STANDING_ROLL:
        picture, face = _upright(picture, face)
    height, width = picture.shape[:2]
    left, top, right, bottom = crop_box(face, (width, height))
    inside = picture[max(top, 0) : bottom, max(left, 0) : right]
    border = (max(-top, 0), max(bottom - height, 0), max(-left, 0), max(right - width, 0))
    if any(border):
        inside = cv2.copyMakeBorder(inside, *border, cv2.BORDER_REFLECT_101)
    shrinking = inside.shape[0] > size[1]
    return cv2.resize(inside, size, interpolation=cv2.INTER_AREA if shrinking else cv2.INTER_CUBIC)


def _upright(picture: Picture, face: Face) -> tuple[Picture, Face]:
    """Return a picture turned so that a face in it stands upright, and the face in it, without landmarks."""
    x, y, width, height = face.box
    across, down = x + width / 2, y + height / 2
    quarters = round(face.roll / 90)
    if abs(face.roll - 90 * quarters) <= NEARLY_QUARTER:
        tall, wide = picture.shape[:2]
        for _ in range(quarters % 4):  # clockwise
            across, down, wide, tall = tall - down, across, tall, wide
        turned = np.ascontiguousarray(np.rot90(picture, -quarters))
    else:
        side = round(SURROUNDINGS * height)
        matrix = cv2.getRotationMatrix2D((across, down), -face.roll, 1.0)
        matrix[:, 2] += side / 2 - np.array([across, down])
        turned = cv2.warpAffine(
            picture, matrix, (side, side), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101
        )
        across = down = side / 2
    return turned, replace(face, box=(across - width / 2, down - height / 2, width, height), landmarks=())


def is_crop(picture: Picture) -> bool:
    """Tell whether a picture is a face crop already: 3:4, with a face as large and upright as in those of `cut`.

    Parameters
    ----------
    picture : numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``.

    Returns
    -------
    bool
    """
    height, width = picture.shape[:2]
    if abs(width / height - ASPECT) >= 0.01:
        return False
    face = largest(directions.detect(picture))
    return face is not None and face.box[3] >= LEAST_OWN_FACE * height and abs(face.roll) <= STANDING_ROLL
