"""The option that says which part of a painting its style is taken from."""

import argparse
import re

CROP_HELP = (
    "part of the painting that the style is taken from: auto leaves out its margins and captions, none "
    "nothing; or left, top, width and height in pixels of its file"
)


def crop(text: str) -> str:
    """Read ``auto``, ``none`` or ``X,Y,W,H``, see `filters.margins.box`.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
        The same without blanks.

    Raises
    ------
    argparse.ArgumentTypeError
        When it is none of them, or the part has no pixels.
    """
    plain = re.sub(r"\s", "", text)
    if plain in ("auto", "none"):
        return plain
    if not re.fullmatch(r"(\d{1,6},){3}\d{1,6}", plain) or "0" in [str(int(n)) for n in plain.split(",")[2:]]:
        raise argparse.ArgumentTypeError(
            f"'{text}' is neither auto nor none nor a part of the painting; write it as 60,50,928,514: left, top, "
            "width and height in pixels"
        )
    return plain
