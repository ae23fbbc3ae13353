"""Compare ways of enlarging faces: bicubic interpolation, our networks, and others given as frozen graphs."""

import argparse
import json
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from experiments.cli.console import progress, say
from experiments.commands.upscale import MODELS, name_of
from experiments.commands.upscalers import weights as weights_given
from experiments.core import registry
from experiments.core.codecs import SIZE
from experiments.core.models import find_weights
from experiments.datasets.crops import load_crops
from experiments.datasets.subset import evenly
from experiments.evaluation import metrics
from experiments.inference.upscaling import upscale
from filters import gray, shrink
from filters.io.pictures import PathLike, Picture
from transformers import backend, pretrained

Enlarge = Callable[[Picture], Picture]  # from a small picture to a large one, both ``uint8`` RGB

ANCHORS = ("ESPCN", "FSRCNN", "LapSRN")
METRICS = ("psnr_y", "ssim", "vgg_distance", "seconds")


def run(arguments: argparse.Namespace) -> int:
    """Run the command ``upscalers``."""
    files = weights_given(arguments)
    with progress("reading", unit="file") as bar:
        crops, _, _, problems = load_crops(arguments.data, bar, SIZE)
    for problem in problems:
        say(problem)
    if arguments.threads:
        cv2.setNumThreads(arguments.threads)
        backend.set_threads(arguments.threads)
    backend.set_precision(arguments.precision)
    crops = evenly(crops, arguments.limit)
    results = {}
    for scale in arguments.scale or (4, 2):
        ways = {"bicubic": bicubic(scale), **ours(scale, files)}
        if arguments.anchors:
            ways |= anchors(scale, Path(arguments.anchors))
        results[f"x{scale}"] = compare(crops, scale, ways, arguments.method)
    if arguments.json:
        print(json.dumps({"pictures": len(crops), "method": arguments.method, **results}, indent=2))
    else:
        print(as_text(results, len(crops)))
    return 1 if problems else 0


def compare(
    originals: Sequence[Picture], scale: int, ways: dict[str, Enlarge], method: str = "bicubic"
) -> dict[str, dict[str, float]]:
    """Reduce pictures, enlarge them again in several ways, and measure the results.

    Parameters
    ----------
    originals : sequence of numpy.ndarray
        ``uint8`` RGB of one size, both sides multiples of `scale`.
    scale : int
        Factor on both sides.
    ways : dict
        Name → function from a small picture to a large one, both ``uint8`` RGB.
    method : str
        See `filters.shrink`.

    Returns
    -------
    dict
        Name → mean PSNR of Y in dB (ITU-R BT.601, full range), mean SSIM of RGB, mean VGG feature distance, and
        median seconds per picture. The ways take turns at each picture, after one round that is not timed.
    """
    smalls = [shrink(p, scale, method) for p in originals]
    large, seconds = ({name: [] for name in ways} for _ in range(2))
    for way in ways.values():
        way(smalls[0])
    with progress(f"enlarging by {scale}") as bar:
        for done, small in enumerate(smalls, 1):
            for name, way in ways.items():
                began = time.perf_counter()
                large[name].append(way(small))
                seconds[name].append(time.perf_counter() - began)
            bar(done, len(smalls))
    results = {}
    for name, found in large.items():
        pairs = list(zip(originals, found, strict=True))
        results[name] = {
            "psnr_y": float(np.mean([metrics.psnr(gray(a), gray(b)) for a, b in pairs])),
            "ssim": float(np.mean([metrics.ssim(a, b) for a, b in pairs])),
            "vgg_distance": float(np.mean(metrics.feature_distances(originals, found))),
            "seconds": statistics.median(seconds[name]),
        }
    return results


def bicubic(scale: int) -> Enlarge:
    """Return OpenCV's bicubic interpolation by `scale`."""
    return lambda small: cv2.resize(small, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)


def ours(scale: int, files: Mapping[str, str] | None = None) -> dict[str, Enlarge]:
    """Return our generators of one scale.

    Parameters
    ----------
    scale : int
    files : dict, optional
        Transformation → weights file or run, to be taken in place of the shipped weights.

    Returns
    -------
    dict
        Model, of `experiments.commands.upscale.MODELS` → function; models without weights are left out.
    """
    files = files or {}
    ways = {}
    for model in MODELS:
        name = name_of(scale, model)
        if name in files:
            weights, config = find_weights(files[name], name)
            generator = registry.find(name).build_generator(config.get("preset"))
            pretrained.load_weights(generator, weights)
        elif name in pretrained.available():
            generator = pretrained.load(name)
        else:
            continue
        ways[model] = lambda small, generator=generator: upscale(small, generator)
    return ways


def anchors(scale: int, folder: Path) -> dict[str, Enlarge]:
    """Return the networks of one scale in a folder, by name; see `frozen_graph`."""
    found = {name: folder / f"{name}_x{scale}.pb" for name in ANCHORS}
    return {name: frozen_graph(path, scale) for name, path in found.items() if path.is_file()}


class DepthToSpace:
    """TensorFlow's layer of that name for ``cv2.dnn``, whose own layer cannot run these graphs."""

    def __init__(self, params: dict[str, Any], blobs: Sequence[np.ndarray]) -> None:
        self.block = params["block_size"]

    def getMemoryShapes(self, inputs: Sequence[Sequence[int]]) -> list[list[int]]:
        """Return the shape of the output, for that of the input."""
        count, channels, height, width = inputs[0]
        block = self.block
        return [[count, channels // block**2, height * block, width * block]]

    def forward(self, inputs: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Move blocks of channels into blocks of pixels."""
        count, channels, height, width = inputs[0].shape
        block = self.block
        parts = inputs[0].reshape(count, block, block, channels // block**2, height, width)
        shape = (count, channels // block**2, height * block, width * block)
        return [np.ascontiguousarray(parts.transpose(0, 3, 4, 1, 5, 2)).reshape(shape)]


def frozen_graph(path: PathLike, scale: int) -> Enlarge:
    """Return a network that enlarges Y, run as OpenCV's ``dnn_superres`` runs it.

    The network is given Y, divided by 255, and its last output is the new Y; Cr and Cb are enlarged bilinearly;
    all three are rounded to 8 bits and become RGB again (opencv_contrib,
    ``modules/dnn_superres/src/dnn_superres.cpp``).

    Parameters
    ----------
    path : path-like
        A frozen TensorFlow graph, ``.pb``.
    scale : int
        By which the network enlarges.

    Returns
    -------
    callable
        From ``uint8`` RGB to ``uint8`` RGB, both sides `scale` times as long.

    Raises
    ------
    ValueError
        When OpenCV cannot read the file.
    """
    try:
        network = cv2.dnn.readNetFromTensorflow(str(path))
    except cv2.error as error:
        raise ValueError(f"{path} is no TensorFlow graph that OpenCV can read; download it again") from error

    def enlarge(small: Picture) -> Picture:
        ycrcb = cv2.cvtColor(small, cv2.COLOR_RGB2YCrCb)
        network.setInput(cv2.dnn.blobFromImage(ycrcb[..., 0], 1 / 255))
        light = np.clip(np.round(network.forward()[0, 0] * 255), 0, 255).astype(np.uint8)
        chroma = cv2.resize(ycrcb[..., 1:], None, fx=scale, fy=scale, interpolation=cv2.INTER_LINEAR)
        return cv2.cvtColor(np.dstack([light, chroma]), cv2.COLOR_YCrCb2RGB)

    def run(small: Picture) -> Picture:
        # For this call only: other graphs may need OpenCV's own layer of that name.
        cv2.dnn_registerLayer("DepthToSpace", DepthToSpace)
        try:
            return enlarge(small)
        finally:
            cv2.dnn_unregisterLayer("DepthToSpace")

    return run


def as_text(results: dict[str, dict], count: int) -> str:
    """Return a table for the terminal.

    Parameters
    ----------
    results : dict
        Scale, for instance "x4" → what `compare` returns.
    count : int
        Number of pictures.
    """
    lines = []
    for scale, ways in results.items():
        lines.append(f"{f'{scale}, {count} pictures':20}" + "".join(f"{m:>14}" for m in METRICS))
        for name, values in ways.items():
            lines.append(f"{name:20}" + "".join(f"{values[m]:14.4f}" for m in METRICS))
    return "\n".join(lines)
