"""The networks and the GAN do the same on PyTorch as on TensorFlow."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent


MAIN = ("losses", "networks", "efficientnet", "gan")
OTHERS = ("augmentation", "flow", "noise", "unpaired", "style", "painter", "any_painter", "dream")


@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="PyTorch is not installed")
@pytest.mark.parametrize("names", [MAIN, pytest.param(OTHERS, marks=pytest.mark.slow)])
def test_networks_and_trainings_pass_on_pytorch(names):
    environment = {**os.environ, "KERAS_BACKEND": "torch"}
    environment.pop("COVERAGE_PROCESS_CONFIG", None)  # these lines are counted on TensorFlow; tracing takes long
    files = [str(HERE / f"test_{name}.py") for name in names]
    files.append(str(HERE / "test_training.py::test_same_seed_same_weights[transformation]"))
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *files, "-m", "not slow", "-p", "no:cacheprovider"],
        cwd=HERE.parent,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-4000:]


@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="PyTorch is not installed")
def test_both_backends_give_the_same_picture_from_the_same_weights():
    code = (
        "import numpy as np, sys; from transformers import load, generate;"
        "x = np.zeros((1, 64, 64, 4), np.float32);"
        "x[..., 0] = np.linspace(-1, 1, 64 * 64).reshape(64, 64);"
        "x[:, 20:25, 30:35, 1:] = 0.3, -0.2, 1;"
        "sys.stdout.buffer.write(generate(load('gray_to_color'), x).tobytes())"
    )
    results = []
    for backend in ("tensorflow", "torch"):
        environment = {**os.environ, "KERAS_BACKEND": backend}
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=HERE.parent, env=environment, capture_output=True, check=True
        )
        results.append(done.stdout)
    import numpy as np

    first, second = (np.frombuffer(r, np.float32).reshape(16, 16, -1) for r in results)
    assert first.shape[2] > 200 and np.allclose(first, second, atol=2e-2)
