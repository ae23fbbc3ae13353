"""What a gallery shows, as plain data, and that data as JSON."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any

from experiments.reports.exhibits.store import Image


@dataclass(frozen=True)
class Step:
    """One of the pictures of an `Item`, for instance what a filter leaves of a face."""

    title: str
    path: Path


@dataclass(frozen=True)
class Item:
    """What opens together: the steps of one picture, which can be compared with each other.

    Attributes
    ----------
    key : str
        Of its links; unique in a gallery, and the same when it is built again.
    title : str
    steps : tuple of Step
        From the original to the result.
    group : str
        The folder, or where the picture comes from.
    year : int, optional
    measures : dict
        Name of one of `MEASURES` → what was measured on the last step.
    face, column : str
        In a matrix: the key of its row, and the name of its column.
    """

    key: str
    title: str
    steps: tuple[Step, ...]
    group: str = ""
    year: int | None = None
    measures: dict[str, float] = field(default_factory=dict)
    face: str = ""
    column: str = ""


@dataclass(frozen=True)
class Collection:
    """Items of one kind: ``pictures``, ``films``, ``animations`` or ``translations``."""

    kind: str
    title: str
    note: str
    items: list[Item]


@dataclass(frozen=True)
class Column:
    """A transformation of a matrix, or a filter that has no way back."""

    name: str
    title: str
    summary: str
    returns: bool  # whether there is a way back


@dataclass(frozen=True)
class Matrix:
    """Faces by transformations; `faces` hold the originals."""

    columns: list[Column]
    faces: list[Item]
    cells: list[Item]


@dataclass(frozen=True)
class Training:
    """A run: its history as columns, its settings as texts, and a sheet for some epochs."""

    key: str
    title: str
    subtitle: str
    kind: str
    settings: dict[str, str]
    history: dict[str, list[float | None]]
    metrics: dict[str, dict[str, float]]
    sheets: list[Item]
    epochs: list[int]
    rows: str
    seconds: float | None
    epoch_seconds: float | None
    pictures_per_second: float | None


@dataclass(frozen=True)
class Survey:
    """How much of a face survives each filter: a row for each, with means and intervals, and some faces."""

    key: str
    rows: list[dict[str, Any]]
    faces: dict[str, list[Item]]


@dataclass(frozen=True)
class Measure:
    """A measure: what it is called, what it says in one sentence, and which way is better."""

    title: str
    short: str
    sentence: str
    unit: str
    digits: int
    higher_is_better: bool | None  # None: neither is


MEASURES = {
    "psnr": Measure(
        "PSNR",
        "PSNR",
        "Peak signal-to-noise ratio: how small the squared error of the pixels is; higher is closer.",
        "dB",
        1,
        True,
    ),
    "ssim": Measure(
        "SSIM",
        "SSIM",
        "Structural similarity: how alike local contrasts and shapes are; higher is closer, 1 is equal.",
        "",
        3,
        True,
    ),
    "ciede2000": Measure(
        "CIEDE2000",
        "CIEDE2000",
        "Mean difference of the colours as eyes see them; lower is closer, 1 is hardly visible.",
        "",
        1,
        False,
    ),
    "vgg_distance": Measure(
        "Feature distance",
        "Features",
        "How far apart both are in VGG-16 features, which respond to eyes, hair and texture; lower is closer.",
        "",
        3,
        False,
    ),
    "realness": Measure(
        "Discriminator’s score",
        "Realness",
        "How real the result looks to the network that its generator was trained against; higher looks more real.",
        "",
        2,
        True,
    ),
    "colourfulness": Measure(
        "Colourfulness",
        "Colourful",
        "How strong the colours of the result are, after Hasler and Süsstrunk: 0 is gray, 15 slightly colourful, "
        "33 moderately, 59 quite. It needs no original, and does not tell whether the colours are right.",
        "",
        1,
        None,
    ),
}


@dataclass
class Gallery:
    """All that a page shows."""

    title: str
    matrix: Matrix | None = None
    collections: list[Collection] = field(default_factory=list)
    runs: list[Training] = field(default_factory=list)
    surveys: list[Survey] = field(default_factory=list)
    measures: dict[str, Measure] = field(default_factory=lambda: dict(MEASURES))

    def paths(self) -> list[Path]:
        """Return the files of all steps, each once, in the order in which they are shown."""
        return list(dict.fromkeys(step.path for item in _items(self) for step in item.steps))

    def data(self, images: Mapping[Path, Image]) -> dict[str, Any]:
        """Return the gallery as JSON values: steps refer to the list ``images`` by number.

        Parameters
        ----------
        images : mapping
            Path → the pictures made of it. Steps whose path is missing are left out, and items without any.
        """
        used = {path: images[path] for path in self.paths() if path in images}
        numbers = {path: number for number, path in enumerate(used)}
        return {**_plain(self, numbers), "images": [_plain(image, {}) for image in used.values()]}


def _items(value: Any) -> list[Item]:
    """Return all items below a value."""
    if isinstance(value, Item):
        return [value]
    if is_dataclass(value):
        value = [getattr(value, each.name) for each in fields(value)]
    if isinstance(value, dict):
        value = list(value.values())
    return [item for each in value for item in _items(each)] if isinstance(value, (list, tuple)) else []


def _plain(value: Any, numbers: Mapping[Path, int]) -> Any:
    """Return a value as JSON has it; nothing for an item without pictures."""
    if isinstance(value, Item):
        steps = [{"title": s.title, "image": numbers[s.path]} for s in value.steps if s.path in numbers]
        rest = {each.name: getattr(value, each.name) for each in fields(value) if each.name != "steps"}
        return {**{k: v for k, v in rest.items() if v not in ("", None, {})}, "steps": steps} if steps else None
    if is_dataclass(value):
        return {each.name: _plain(getattr(value, each.name), numbers) for each in fields(value)}
    if isinstance(value, Mapping):
        return {key: _plain(each, numbers) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        plain = [_plain(each, numbers) for each in value]
        return [p for p, each in zip(plain, value, strict=True) if not (isinstance(each, Item) and p is None)]
    return value


def as_json(data: Any) -> str:
    """Return data as JSON that is also JavaScript, and ends no script element, whatever names hold."""
    text = json.dumps(data, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def speak(name: str) -> str:
    """Return a name of a file or of the program as words.

    Examples
    --------
    >>> speak("canny_to_color"), speak("super_resolution_x4_sharp")
    ('Canny to color', 'Super resolution ×4 sharp')
    """
    words = re.sub(r"(?<= )x(?=\d)", "×", name.replace("_", " ").strip())
    return words[:1].upper() + words[1:]


class Keys:
    """Keys of items: short, readable in a link, unique, and the same for the same names in the same order."""

    def __init__(self) -> None:
        self.taken: set[str] = set()

    def of(self, *names: str) -> str:
        """Return a key for names that lead to an item."""
        slugs = [slug(name) for name in names]
        key, number = "/".join(slugs), 1
        while key in self.taken:
            number += 1
            key = "/".join([*slugs, str(number)])
        self.taken.add(key)
        return key


def slug(name: str) -> str:
    """Return a name in small letters, digits and dashes.

    Examples
    --------
    >>> slug("Anna & Co"), slug("<>")
    ('anna-co', 'picture')
    """
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:60] or "picture"
