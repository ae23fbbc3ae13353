"""The 1000 classes of ImageNet (Russakovsky et al. 2015), which a classifier's outputs stand for."""

import difflib
from functools import cache
from pathlib import Path

NAMES = Path(__file__).parent / "weights" / "imagenet_classes.txt"  # line n is output n - 1
SHOWN = 5  # names in a message


@cache
def class_names() -> tuple[str, ...]:
    """Return the names of all classes, in the order of a classifier's outputs. No two are alike."""
    return tuple(NAMES.read_text(encoding="utf-8").splitlines())


def class_number(text: str) -> int:
    """Return which class somebody means.

    Parameters
    ----------
    text : str
        A name, a part of one name only, or a number from 0 to 999. Capitals, hyphens and underscores do not matter.

    Returns
    -------
    int
        From 0.

    Raises
    ------
    ValueError
        When no class or several could be meant; the message lists those that resemble it.

    Examples
    --------
    >>> class_number("golden retriever"), class_number("Golden_Retr"), class_number("207")
    (207, 207, 207)
    """
    names = class_names()
    if text.strip().isdecimal():
        if int(text) < len(names):
            return int(text)
        raise ValueError(f"there is no class {text}; they are 0 … {len(names) - 1}")
    plain = [_plain(name) for name in names]
    sought = _plain(text)
    if not sought:
        raise ValueError("the name of a class is empty; name one, such as goldfish, or its number")
    if sought in plain:
        return plain.index(sought)
    words = [i for i, name in enumerate(plain) if f" {sought} " in f" {name} "]
    parts = [i for i, name in enumerate(plain) if sought in name]
    # Whole words come first: "ant" is an insect, not a part of "elephant".
    for found in (words, parts):
        if len(found) == 1:
            return found[0]
        if found:
            more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
            shown = ", ".join(f"{names[i]} ({i})" for i in found[:SHOWN])
            raise ValueError(f"'{text}' may be one of several classes: {shown}{more}; name one, or its number")
    near = difflib.get_close_matches(sought, plain, SHOWN, cutoff=0.0)
    shown = ", ".join(f"{names[plain.index(name)]} ({plain.index(name)})" for name in near)
    raise ValueError(f"ImageNet has no class '{text}'; those spelled most like it: {shown}")


def _plain(name: str) -> str:
    return " ".join(name.lower().replace("-", " ").replace("_", " ").replace("'", "").split())
