"""Weights on disk: float16 files, checked by their SHA-256, one model card each."""

import hashlib
import importlib
import json
import os
import warnings
from pathlib import Path

import h5py
import numpy as np

FOLDER = Path(__file__).parent / "weights"
LARGEST = 12 * 2**20  # bytes of a shipped file
# Of the mantissa, where a file would be larger: one more than bfloat16 has, in which trainings compute.
FEWER_BITS = 8


# Network → where it is built: (module in `transformers.networks`, function). Only what is asked for is imported.
BUILDERS = {
    "unet": ("generators", "unet"),
    "resnet": ("generators", "resnet"),
    "autoencoder": ("generators", "autoencoder"),
    "upscaler": ("generators", "upscaler"),
    "efficient_unet": ("efficient_unet", "efficient_unet"),
    "classifier": ("discriminators", "classifier"),
    "patch": ("discriminators", "patch"),
    "projected": ("projected", "projected"),
    "efficientnet_lite0": ("efficientnet", "encoder"),
    "noise_generator": ("noise", "noise_generator"),
    "painter": ("painter", "painter"),
}


def build(network, **arguments):
    """Build a network by its name in `BUILDERS`, with random weights."""
    module, function = BUILDERS[network]
    return getattr(importlib.import_module(f"transformers.networks.{module}"), function)(**arguments)


class WeightsError(ValueError):
    """Weights cannot be used; the message names the file and the remedy."""


def save_weights(model, path: str | os.PathLike, bits: int = 10) -> None:
    """Save a model's weights as float16, atomically.

    Parameters
    ----------
    model : keras.Model
    path : path-like
        Ends in ``.weights.h5``. Readable by either backend.
    bits : int
        Of the mantissa that are kept, at most the 10 of float16; fewer make the file smaller.
    """
    path = Path(path)
    full = path.with_name(f".full-{os.getpid()}.weights.h5")
    half = path.with_name(f".half-{os.getpid()}.weights.h5")

    def copy(name: str, item) -> None:
        if isinstance(item, h5py.Group):
            target.require_group(name).attrs.update(item.attrs)
        else:
            values = item[()]
            if values.dtype == np.float32:
                values = _rounded(values.astype(np.float16), bits)
            # Compressed by some 6 %; single numbers would grow.
            options = {"compression": "gzip", "shuffle": True} if values.size > 1024 else {}
            target.create_dataset(name, data=values, **options)

    try:
        model.save_weights(full)
        with h5py.File(full) as source, h5py.File(half, "w") as target:
            source.visititems(copy)
        half.replace(path)
    finally:
        full.unlink(missing_ok=True)
        half.unlink(missing_ok=True)


def _rounded(values, bits):
    """Return numbers of float16 rounded to so many bits of the mantissa, which compress better."""
    dropped = 10 - bits
    if not dropped:
        return values
    # What carries from the mantissa into the exponent is right: the next power of two. Halves go away from 0.
    whole = (values.view(np.uint16) + np.uint16(1 << (dropped - 1))) & np.uint16(0xFFFF << dropped & 0xFFFF)
    return whole.view(np.float16)


def load_weights(model, path: str | os.PathLike) -> None:
    """Load weights into a model that was built the same way.

    Raises
    ------
    WeightsError
        When the file is missing, damaged or belongs to another architecture.
    """
    path = Path(path)
    if not path.is_file():
        raise WeightsError(f"{path} does not exist; give the path of a .weights.h5 file")
    try:
        with warnings.catch_warnings():  # Keras warns of every layer before it raises
            warnings.simplefilter("ignore")
            model.load_weights(path)
    except (ValueError, OSError, KeyError) as error:
        reason = str(error).strip().split("\n")[0][:160]
        raise WeightsError(
            f"{path} does not fit this generator ({reason}); train it with the same transformation "
            "and preset, or choose other weights"
        ) from error


def available(network=None):
    """Return the names that `load` knows, of all networks or of one."""
    index = json.loads((FOLDER / "index.json").read_text())
    return sorted(name for name, entry in index.items() if network in (None, entry["network"]))


def load(name: str):
    """Return a network with shipped weights: a generator, or, named ``"….discriminator"``, its discriminator.

    Parameters
    ----------
    name : str
        For instance ``"gray_to_color"``; see `available`.

    Returns
    -------
    keras.Model
        A generator has ``stride`` and ``output_stride``; run it with `transformers.generate`.

    Raises
    ------
    WeightsError
        When no weights of that name are shipped, or the file's SHA-256 is not the recorded one.
    """
    index = json.loads((FOLDER / "index.json").read_text())
    if name not in index:
        raise WeightsError(f"no weights are shipped for '{name}'; there are {', '.join(sorted(index))}")
    entry = index[name]
    path = FOLDER / entry["file"]
    if not path.is_file():
        raise WeightsError(f"{path} is missing; restore it with: git checkout -- {path}")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    if digest != entry["sha256"]:
        raise WeightsError(f"{path} is damaged (its SHA-256 is not the recorded one); check it out again")
    backend = importlib.import_module("transformers.backend")  # a framework, which the list of names does without
    with backend.without_initial_values():
        model = build(entry["network"], **entry["arguments"])
    load_weights(model, path)
    return model


def ship(name: str, weights: str | os.PathLike, network: str, arguments: dict) -> None:
    """Put a weights file among the shipped ones and record its SHA-256 in the index.

    Parameters
    ----------
    name : str
    weights : path-like
    network : str
        Name in `BUILDERS`: of a generator, or of a discriminator, whose weights are shipped as
        ``NAME.discriminator`` beside those of the generator.
    arguments : dict
        What that function is called with.
    """
    model = build(network, **arguments)
    load_weights(model, weights)
    target = FOLDER / f"{name}.weights.h5"
    save_weights(model, target)
    if target.stat().st_size >= LARGEST:
        save_weights(model, target, FEWER_BITS)
    index_file = FOLDER / "index.json"
    index = json.loads(index_file.read_text()) if index_file.is_file() else {}
    index[name] = {
        "file": target.name,
        "sha256": hashlib.sha256(target.read_bytes()).hexdigest(),
        "network": network,
        "arguments": arguments,
    }
    _write_index(index)


def withdraw(name: str) -> None:
    """Take a weights file from among the shipped ones; nothing happens when there is none of that name."""
    index = json.loads((FOLDER / "index.json").read_text())
    if entry := index.pop(name, None):
        _write_index(index)
        (FOLDER / entry["file"]).unlink(missing_ok=True)


def _write_index(index):
    (FOLDER / "index.json").write_text(json.dumps(index, indent=2, sort_keys=True) + "\n")
