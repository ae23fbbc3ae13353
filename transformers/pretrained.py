"""Weights on disk: float16 files with a model card each, checked by their SHA-256."""

import contextlib
import hashlib
import importlib
import io
import json
import os
import random
import secrets
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np

from transformers.strangers import SLACK, WeightsError, refuse_strange

__all__ = ["WeightsError", "available", "build", "load", "load_weights", "save_weights", "ship", "withdraw"]
if TYPE_CHECKING:
    from transformers.backend import keras

FOLDER = Path(__file__).parent / "weights"
LARGEST = 12 * 2**20  # bytes of a shipped file
# Bits of the mantissa in files that would be larger: one more than bfloat16 has, in which trainings compute.
FEWER_BITS = 8

# Network → (module in `transformers.networks`, function). A module is imported when its network is built.
BUILDERS = {
    "unet": ("generators", "unet"),
    "resnet": ("generators", "resnet"),
    "autoencoder": ("generators", "autoencoder"),
    "upscaler": ("generators", "upscaler"),
    "repairer": ("generators", "repairer"),
    "efficient_unet": ("efficient_unet", "efficient_unet"),
    "classifier": ("discriminators", "classifier"),
    "patch": ("discriminators", "patch"),
    "projected": ("projected", "projected"),
    "efficientnet_lite0": ("efficientnet", "encoder"),
    "efficientnet_lite0_classifier": ("efficientnet", "classifier"),
    "flow_generator": ("flow", "flow_generator"),
    "painter": ("painter", "painter"),
    "any_painter": ("any_painter", "any_painter"),
}


def build(network: str, **arguments: Any) -> "keras.Model":
    """Build a network with random weights.

    Parameters
    ----------
    network : str
        Name in `BUILDERS`.
    **arguments
        Passed to its function.

    Returns
    -------
    keras.Model
    """
    module, function = BUILDERS[network]
    return getattr(importlib.import_module(f"transformers.networks.{module}"), function)(**arguments)


@contextlib.contextmanager
def without_initial_values() -> Iterator[None]:
    """Build networks with zeros in place of random weights, when weights are about to be loaded.

    What is built next draws as if they had not been: the same seed gives the same, whatever was loaded before.
    """
    keras = importlib.import_module("transformers.backend").keras  # which the list of names does not need
    initial = keras.initializers.VarianceScaling
    drawn, state = initial.__call__, random.getstate()  # Keras takes each layer's seed from there
    initial.__call__ = lambda self, shape, dtype=None, **options: keras.ops.zeros(shape, dtype)
    try:
        yield
    finally:
        initial.__call__ = drawn
        random.setstate(state)


class _Memory(io.BytesIO):
    """A file in memory: HDF5 ends the whole program where it cannot finish one on a full disk."""

    def __str__(self) -> str:
        return "memory.weights.h5"  # Keras looks at the ending


def save_weights(model: "keras.Model", path: str | os.PathLike, bits: int = 10) -> None:
    """Save a model's weights as float16, whole or not at all.

    Parameters
    ----------
    model : "keras.Model"
    path : path-like
        Ends in ``.weights.h5``. Readable by either backend.
    bits : int
        Bits of the mantissa to keep, at most the 10 of float16; fewer make the file smaller.

    Raises
    ------
    WeightsError
        When the file cannot be written.
    """
    path = Path(path)
    full, half = _Memory(), _Memory()

    def copy(name: str, item: h5py.Group | h5py.Dataset) -> None:
        if isinstance(item, h5py.Group):
            target.require_group(name).attrs.update(item.attrs)
        else:
            values = item[()]
            if values.dtype == np.float32:
                values = _rounded(values.astype(np.float16), bits)
            # Compression saves about 6 %; small arrays would grow.
            options = {"compression": "gzip", "shuffle": True} if values.size > 1024 else {}
            target.create_dataset(name, data=values, **options)

    model.save_weights(full)
    with h5py.File(full) as source, h5py.File(half, "w") as target:
        source.visititems(copy)
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(3)}.part")
    try:
        with temporary.open("wb") as file:
            file.write(half.getbuffer())
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        raise WeightsError(f"{path} cannot be written: {error.strerror}; choose another place") from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def _rounded(values: np.ndarray, bits: int) -> np.ndarray:
    """Return ``float16`` values rounded to fewer bits of the mantissa, which compress better."""
    dropped = 10 - bits
    if not dropped:
        return values
    # A carry from the mantissa into the exponent is right: it gives the next power of two. Halves are rounded
    # away from 0.
    whole = (values.view(np.uint16) + np.uint16(1 << (dropped - 1))) & np.uint16(0xFFFF << dropped & 0xFFFF)
    return whole.view(np.float16)


def load_weights(model: "keras.Model", path: str | os.PathLike) -> None:
    """Load weights into a model that was built the same way.

    Parameters
    ----------
    model : keras.Model
    path : path-like
        A ``.weights.h5`` file.

    Raises
    ------
    WeightsError
        When the file is missing, damaged, belongs to another architecture, or holds NaN or infinity.
    """
    path = Path(path)
    if not path.is_file():
        raise WeightsError(f"{path} does not exist; give the path of a .weights.h5 file")
    refuse_strange(path, 2 * model.count_params() + SLACK)
    try:
        with warnings.catch_warnings():  # Keras warns of every layer before it raises
            warnings.simplefilter("ignore")
            model.load_weights(path)
    except Exception as error:  # whatever Keras and HDF5 raise of a file that anybody may have made
        reason = " ".join(str(error).split("\n")[0].split())[:160] or type(error).__name__
        raise WeightsError(
            f"{path} does not fit this generator ({reason}); train it with the same transformation "
            "and preset, or choose other weights"
        ) from error
    broken = next((v.path for v in model.variables if not _is_finite(v)), None)
    if broken:
        raise WeightsError(
            f"{path} holds values that are no numbers (in {broken}): the training that wrote it had failed; choose "
            "other weights"
        )


def _is_finite(variable: "keras.Variable") -> bool:
    values = np.asarray(variable.numpy())
    return values.dtype.kind != "f" or bool(np.isfinite(values).all())


def available(network: str | None = None) -> list[str]:
    """Return the names that `load` knows.

    Parameters
    ----------
    network : str, optional
        Name in `BUILDERS`; only weights of this network.

    Returns
    -------
    list of str
        Sorted.
    """
    index = json.loads((FOLDER / "index.json").read_text())
    return sorted(name for name, entry in index.items() if network in (None, entry["network"]))


def load(name: str) -> "keras.Model":
    """Load a network with shipped weights.

    Parameters
    ----------
    name : str
        Of a generator, for instance ``"gray_to_color"``, or of its discriminator,
        ``"gray_to_color.discriminator"``; see `available`.

    Returns
    -------
    keras.Model
        A generator has ``stride`` and ``output_stride``; run it with `transformers.generate`.

    Raises
    ------
    WeightsError
        When no weights of that name are shipped, or the file's SHA-256 is not the recorded one.

    Examples
    --------
    >>> import numpy as np
    >>> from transformers import generate
    >>> photo = np.zeros((1, 48, 64, 3), np.float32)  # one gray picture, RGB in [-1, 1]
    >>> generate(load("starry_night"), photo).shape
    (1, 48, 64, 3)
    """
    index = json.loads((FOLDER / "index.json").read_text())
    if name not in index:
        known = ", ".join(sorted(entry for entry in index if "." not in entry))
        raise WeightsError(
            f"no weights are shipped for '{name}'; train it, and name the run with --weights. Shipped are {known}"
        )
    entry = index[name]
    path = FOLDER / entry["file"]
    if not path.is_file():
        raise WeightsError(f"{path} is missing; restore it with: git checkout -- {path}")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    if digest != entry["sha256"]:
        raise WeightsError(f"{path} is damaged (its SHA-256 is not the recorded one); check it out again")
    with without_initial_values():
        model = build(entry["network"], **entry["arguments"])
    load_weights(model, path)
    return model


def ship(name: str, weights: str | os.PathLike, network: str, arguments: dict) -> None:
    """Add a weights file to the shipped ones and record its SHA-256 in the index.

    Parameters
    ----------
    name : str
        Under which `load` finds it; for a discriminator, the name of its generator and ``.discriminator``.
    weights : path-like
        A ``.weights.h5`` file.
    network : str
        Name in `BUILDERS`.
    arguments : dict
        Passed to its function.

    Raises
    ------
    WeightsError
        When the file is missing, damaged or belongs to another architecture.
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
    """Remove a weights file from the shipped ones; do nothing when there is none of that name."""
    index = json.loads((FOLDER / "index.json").read_text())
    if entry := index.pop(name, None):
        _write_index(index)
        (FOLDER / entry["file"]).unlink(missing_ok=True)


def _write_index(index: dict[str, dict]) -> None:
    (FOLDER / "index.json").write_text(json.dumps(index, indent=2, sort_keys=True) + "\n")
