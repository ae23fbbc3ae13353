"""The bytes of a picture file become an array: upright, in sRGB, 8 bits, whatever the file holds beside."""

import contextlib
import ctypes
import io
import logging
import warnings
from collections.abc import Iterator

import numpy as np
from PIL import Image, UnidentifiedImageError

from filters.io.files import PathLike, PictureError, Size

Decoded = tuple[np.ndarray, np.ndarray | None]  # colours and alpha, see `decode`

# Of Pillow's formats those that are opened: of a file's content, whatever its name. Others, such as EPS, would
# hand a file from anywhere to another program, which runs what is written in it.
FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "AVIF", "JPEG2000")
EXPECTED = "JPEG, PNG, WebP, TIFF, BMP, GIF, AVIF, JPEG 2000 or TGA"
MAX_PIXELS = 200_000_000
# What no photograph is: a file of some bytes that takes a gigabyte and seconds to unpack. A photograph has over
# 1 byte for 200 pixels, at the worst quality of JPEG.
BOMB_PIXELS, BOMB_PIXELS_PER_BYTE = 16_000_000, 10_000
TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")  # how one begins, or a BigTIFF
HEIC = (b"ftypheic", b"ftypheix", b"ftypmif1", b"ftyphevc")  # from the fifth byte on: a telephone's photograph
TGA_END = b"TRUEVISION-XFILE.\0"  # it has no beginning that tells
ORIENTATION = 0x0112  # EXIF's and TIFF's number of it
# Pillow's own guard warns at 89 megapixels and raises at 179; ours is one clear limit.
Image.MAX_IMAGE_PIXELS = None
with contextlib.suppress(AttributeError):
    # Of a large picture Pillow's own pieces are so small that the C library keeps them for each thread: six of
    # them, one after the other, held 3 GB. Larger pieces go back to the system.
    Image.core.set_block_size(64 * 2**20)
# What is wrong with a file is told by its `PictureError` alone: Pillow would warn besides, and libtiff print.
warnings.filterwarnings("ignore", module=r"PIL\b")
logging.getLogger("PIL").addHandler(logging.NullHandler())
with contextlib.suppress(OSError, AttributeError):  # where Pillow has no libtiff of its own to ask
    _libtiff = ctypes.CDLL(Image.core.__file__)
    _libtiff.TIFFSetErrorHandler(None)
    _libtiff.TIFFSetWarningHandler(None)

_log = logging.getLogger("filters")


def decode(data: bytes, name: PathLike) -> Decoded:
    """Decode the bytes of a picture file.

    Parameters
    ----------
    data : bytes
    name : path-like
        What messages call it.

    Returns
    -------
    colors : numpy.ndarray
        ``uint8`` sRGB ``(height, width, 3)``.
    alpha : numpy.ndarray or None
        ``uint8`` ``(height, width)``, 255 where the picture is opaque; None when it knows no transparency.

    Raises
    ------
    PictureError
        When the bytes are none, no picture, damaged or over 200 megapixels.
    """
    with _errors_of(data, name):
        try:
            return _decoded(data, name)
        except PictureError:
            raise
        except Exception:
            from filters.io.containers import without_metadata  # few are damaged

            pixels = without_metadata(data)
            if pixels is None:
                raise
            with contextlib.suppress(Exception):
                return _decoded(pixels, name)
            raise


def check(data: bytes, name: PathLike) -> None:
    """Make sure that bytes begin as a picture does: quick, as nothing is decoded; raises what `decode` does."""
    with _errors_of(data, name):
        try:
            with _opened(data, name):
                pass
        except UnidentifiedImageError:
            if not data.startswith(TIFF):  # some kinds that Pillow does not know are read all the same
                raise


@contextlib.contextmanager
def _errors_of(data: bytes, name: PathLike) -> Iterator[None]:
    """Turn whatever a decoder raises into a `PictureError`."""
    if not data:
        raise PictureError(f"{name} is empty; copy or download it again")
    try:
        yield
    except PictureError:
        raise
    except UnidentifiedImageError as error:
        if data[4:12] in HEIC:
            raise PictureError(f"{name} is a HEIC photograph, which is not read; export it as JPEG") from error
        raise PictureError(f"{name} is not a picture; expected {EXPECTED}") from error
    except MemoryError as error:
        raise PictureError(f"{name} needs more memory than there is; make it smaller") from error
    except Exception as error:
        why = " ".join(str(error).split()) or type(error).__name__
        raise PictureError(f"{name} is damaged ({why}); copy or download it again") from error


def _formats(data: bytes, name: PathLike) -> tuple[str, ...]:
    is_tga = str(name).lower().endswith(".tga") or data.endswith(TGA_END)
    return (*FORMATS, "TGA") if is_tga else FORMATS


@contextlib.contextmanager
def _opened(data: bytes, name: PathLike) -> Iterator[Image.Image]:
    """Yield the Pillow image in the bytes of a file."""
    with Image.open(io.BytesIO(data), formats=_formats(data, name)) as image:
        _refuse_huge(image.size, len(data), name)
        yield image


def _refuse_huge(size: Size, bytes_: int, name: PathLike) -> None:
    width, height = size
    if width * height > MAX_PIXELS:
        raise PictureError(
            f"{name} has {width}x{height} pixels, over the limit of {MAX_PIXELS // 1_000_000} megapixels; "
            "make it smaller"
        )
    if width * height > max(BOMB_PIXELS, BOMB_PIXELS_PER_BYTE * bytes_):
        raise PictureError(
            f"{name} has {width}x{height} pixels in {bytes_} bytes, as no photograph has; it is damaged, or made "
            "to exhaust memory"
        )


def _decoded(data: bytes, name: PathLike) -> Decoded:
    if data.startswith(TIFF):
        return _decoded_tiff(data, name)
    with _opened(data, name) as image:
        image.load()
        colors, alpha = _of_image(image, data)
        decoded = _upright(colors, alpha, _orientation(image))
        moves = False
        with contextlib.suppress(Exception):  # what comes after the first frame may be damaged
            moves = image.format != "MPO" and getattr(image, "is_animated", False)
    if moves:
        _log.warning("%s is an animation; its first frame was taken", name)
    return decoded


def _decoded_tiff(data: bytes, name: PathLike) -> Decoded:
    from filters.io import deep, tiffs  # few are TIFFs

    pages = tiffs.pages(data)
    if not pages:
        raise ValueError("it has no page")
    page = pages[0]
    if page.lacks_strips:
        raise ValueError("it is cut off")
    _refuse_huge((page.get(tiffs.WIDTH), page.get(tiffs.HEIGHT)), len(data), name)

    def plain() -> Decoded:
        with _opened(data, name) as image:
            image.seek(page.index)
            image.load()  # turns it upright
            return _of_image(image, data)

    def odd() -> Decoded:
        image, alpha = deep.image_of(tiffs.samples(data, page))
        profile = page.tags.get(tiffs.PROFILE)
        colors = _in_srgb(image, profile if isinstance(profile, bytes) else None)
        return _upright(colors, alpha, page.get(tiffs.ORIENTATION, 1))

    try:
        decoded = odd() if page.is_odd else plain()
    except PictureError:
        raise
    except Exception as error:
        if page.is_odd:
            raise
        try:
            decoded = odd()
        except Exception:
            raise error from None
    if len(pages) > 1:
        _log.warning("%s has %d pages; the first was taken", name, len(pages))
    return decoded


def _of_image(image: Image.Image, data: bytes) -> Decoded:
    """Return colours and alpha of a loaded Pillow image, and the bytes that it came of."""
    profile, alpha = image.info.get("icc_profile"), None
    deep_png = image.format == "PNG" and data[24] == 16 and data[25] & 2  # 16 bits, RGB: Pillow leaves 8
    if deep_png or image.mode in ("I", "F") or image.mode.startswith("I;16"):
        from filters.io import deep  # few have over 8 bits

        image, alpha = deep.image_of_png(data) if deep_png else (deep.gray_image(np.asarray(image)), None)
    elif image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        image = image.convert("LA" if image.mode in ("L", "LA", "La") else "RGBA")
        alpha = np.array(image.getchannel("A"))
        image = image.getchannel("L") if image.mode == "LA" else image.convert("RGB")
    elif image.mode in ("P", "1"):
        image = image.convert("RGB" if image.mode == "P" else "L")
    return _in_srgb(image, profile), alpha


def _in_srgb(image: Image.Image, profile: bytes | None) -> np.ndarray:
    """Return the colours of an opaque image, ``uint8`` sRGB ``(height, width, 3)``."""
    if profile:
        from filters.io.profiles import to_srgb  # many have none

        image = to_srgb(image, profile)
    if image.mode.startswith("I;16"):
        levels = np.rint(np.arange(65536) / 257).astype(np.uint8)
        return np.repeat(levels[np.asarray(image)][..., None], 3, axis=2)
    return np.array(image if image.mode == "RGB" else image.convert("RGB"))


def _orientation(image: Image.Image) -> int:
    """Return EXIF's number for how an image lies; 1, upright, where it tells nothing that can be read."""
    with contextlib.suppress(Exception):
        return int(image.getexif().get(ORIENTATION, 1))
    return 1


def _upright(colors: np.ndarray, alpha: np.ndarray | None, orientation: int) -> Decoded:
    """Turn a picture as EXIF tells; other numbers than 2 to 8 leave it as it is."""

    def turned(values: np.ndarray) -> np.ndarray:
        if orientation in (5, 6, 7, 8):
            values = np.swapaxes(values, 0, 1)
        if orientation in (3, 4, 7, 8):
            values = values[::-1]
        if orientation in (2, 3, 6, 7):
            values = values[:, ::-1]
        return np.ascontiguousarray(values)

    return turned(colors), None if alpha is None else turned(alpha)
