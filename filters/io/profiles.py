"""Colour profiles of the ICC: what a scanner or a camera meant by its numbers, in sRGB."""

import contextlib
import io

import numpy as np
from PIL import Image, ImageCms

# What a profile's colour space is called, and the modes of images that are of it. White and black of papers and
# inks are brought to those of the screen, as image editors do.
MODES = {"RGB": ("RGB",), "GRAY": ("L", "I;16"), "CMYK": ("CMYK",)}
INTENT, FLAGS = ImageCms.Intent.RELATIVE_COLORIMETRIC, ImageCms.Flags.BLACKPOINTCOMPENSATION
_WEDGE = Image.fromarray(
    np.stack(np.meshgrid(*[np.arange(0, 256, 51)] * 3), axis=-1).reshape(36, 6, 3).astype(np.uint8)
)


def to_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """Bring an image from its colour profile to sRGB.

    Parameters
    ----------
    image : PIL.Image.Image
        Of mode ``L``, ``I;16``, ``RGB`` or ``CMYK``.
    profile : bytes

    Returns
    -------
    PIL.Image.Image
        Of mode ``RGB``; the image itself where the profile is that of sRGB, damaged, or of other colours than
        the image has.
    """
    with contextlib.suppress(Exception):  # a damaged profile is no reason to do without the pixels
        given = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        space = ImageCms.core.profile_frombytes(profile).xcolor_space.strip()
        if space == "RGB" and image.mode == "I;16":
            image = Image.fromarray(np.rint(np.asarray(image) / 257).astype(np.uint8))
        if space == "RGB" and image.mode == "L":
            image = image.convert("RGB")
        if image.mode in MODES.get(space, ()):
            transform = ImageCms.buildTransform(given, _srgb(), image.mode, "RGB", INTENT, FLAGS)
            if space != "RGB" or _changes(transform):
                return ImageCms.applyTransform(image, transform) or image
    return image


def _changes(transform: ImageCms.ImageCmsTransform) -> bool:
    """Tell whether a transform does more than round."""
    after = np.asarray(ImageCms.applyTransform(_WEDGE, transform), int)
    return bool(np.abs(after - np.asarray(_WEDGE, int)).max() > 1)


def _srgb() -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
