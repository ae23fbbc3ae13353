"""Folders as a gallery shows them: photographs by year or folder, films, animations, and translations."""

import re
from collections.abc import Sequence
from pathlib import Path

from experiments.reports.exhibits.model import Collection, Item, Keys, Step, speak
from experiments.reports.exhibits.store import Store, kind_of, read_json
from filters.io import films, pictures
from filters.io.pictures import PathLike, PictureError

STEPS = "steps.json"  # of a folder with a folder for each step: {"steps": [[folder, title], …]}
YEAR = re.compile(r"(?<!\d)(1[89]\d\d|20[0-4]\d)(?!\d)")
TITLES = {
    "pictures": (
        "Photographs",
        "Open one to see it in full, and to compare it with what it was made of. Results are measured against "
        "their originals, where these are known.",
    ),
    "translations": (
        "There and back",
        "Each picture is translated, and what comes of it is translated back; the numbers compare that with the "
        "first picture.",
    ),
    "films": ("Films", "Films play in the page, with sound where they have any."),
    "animations": ("Morphs and animations", "They stand still until they are played."),
}
BEFORE, ORIGINAL = "Before", "Original"
KINDS = {"picture": "pictures", "film": "films", "animation": "animations"}


def collections(
    folders: Sequence[Path],
    before: Sequence[PathLike],
    originals: Sequence[PathLike],
    store: Store,
    keys: Keys,
) -> list[Collection]:
    """Return what some folders hold, by kind.

    Parameters
    ----------
    folders : sequence of pathlib.Path
    before : sequence of path-like
        Folders of what the pictures were made of, matched by base name; films to films.
    originals : sequence of path-like
        Folders of what the pictures should be, matched in the same way.
    store : Store
        Whose own files are left out.
    keys : Keys

    Returns
    -------
    list of Collection
        Those that are not empty.
    """
    known = {
        title: {(kind_of(p) == "film", p.stem): p for folder in given for p in shown_below(folder, store)}
        for title, given in ((ORIGINAL, originals), (BEFORE, before))
    }
    found: dict[str, list[Item]] = {kind: [] for kind in TITLES}
    for folder in folders:
        steps = steps_of(folder)
        if steps:
            found["translations"] += _in_steps(folder, steps, keys)
            continue
        for path in shown_below(folder, store):
            kind = kind_of(path)
            if _is_strip(path):
                continue
            parts, places = [], {path.resolve()}
            for title, given in known.items():
                other = given.get((kind == "film", path.stem))
                if other is not None and other.resolve() not in places:
                    parts.append(Step(title, other))
                    places.add(other.resolve())
            parts.append(Step("Result" if parts or kind != "picture" else "Picture", path))
            group = _group(folder, path)
            key = keys.of(KINDS[kind], group, path.stem)
            year = _year(path, folder)
            found[KINDS[kind]].append(Item(key, speak(path.stem), tuple(parts), group, year))
    return [Collection(kind, *TITLES[kind], items) for kind, items in found.items() if items]


def shown_below(folder: PathLike, store: Store) -> list[Path]:
    """Return the pictures and films below a folder, sorted, but for the gallery's own.

    Raises
    ------
    PictureError
        When there are none.
    """
    found = films.find_films(folder)
    try:
        found += pictures.find_pictures([folder])
    except PictureError:
        if not found:
            raise
    return store.others(sorted(dict.fromkeys(found)))


def steps_of(folder: Path) -> list[tuple[str, str]]:
    """Return the folders and titles of the steps that a folder is made of; none for other folders."""
    held = read_json(folder / STEPS, dict).get("steps", [])
    steps = held if isinstance(held, list) else []
    pairs = [tuple(s) for s in steps if isinstance(s, list) and len(s) == 2 and all(isinstance(t, str) for t in s)]
    return [(name, title) for name, title in pairs if re.fullmatch(r"[\w -]+", name) and (folder / name).is_dir()]


def _in_steps(folder: Path, steps: list[tuple[str, str]], keys: Keys) -> list[Item]:
    files = [{p.stem: p for p in sorted((folder / name).iterdir()) if _is_picture(p)} for name, _ in steps]
    items = []
    for stem in files[-1]:
        parts = tuple(Step(title, at[stem]) for at, (_, title) in zip(files, steps, strict=True) if stem in at)
        items.append(Item(keys.of("translations", stem), speak(stem), parts, speak(folder.name)))
    return items


def _is_strip(path: Path) -> bool:
    """Tell whether a picture shows some frames of an animation beside it, as `morph` writes them."""
    animation = path.stem.removesuffix("_strip")
    return animation != path.stem and any(path.with_name(f"{animation}{e}").exists() for e in pictures.ANIMATIONS)


def _is_picture(path: Path) -> bool:
    return path.suffix.lower() in pictures.EXTENSIONS and not path.name.startswith(".")


def _group(folder: Path, path: Path) -> str:
    """Return the folder that a picture is listed under."""
    below = path.parent.relative_to(folder).parts
    return " / ".join(speak(part) for part in (folder.resolve().name, *below))


def _year(path: Path, folder: Path) -> int | None:
    """Return the year in a picture's name, or else in that of the nearest folder that has one."""
    for part in reversed((folder.resolve().name, *path.relative_to(folder).parts)):
        found = YEAR.search(part)
        if found:
            return int(found[0])
    return None
