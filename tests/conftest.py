"""What the tests share: small pictures, and photographs that installed packages carry."""

import signal
import sys

import hypothesis
import numpy as np
import pytest

# No test is about time: a busy computer is no bug.
hypothesis.settings.register_profile("patient", deadline=None)
hypothesis.settings.load_profile("patient")

# A shell that starts the tests in the background lets them ignore Ctrl-C, and all programs that they start.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def _float32():
    """Commands choose a precision for the whole program; no test, nor its fixtures, finds what another chose."""
    _reset()
    yield
    _reset()


def _reset():
    if "transformers.backend" in sys.modules:
        sys.modules["transformers.backend"].set_precision("float32")


@pytest.fixture(scope="module")
def eager():
    """Run training steps as they are: compiling one takes longer than a few steps."""
    from transformers import backend

    if backend.name() == "torch":
        yield
        return
    import tensorflow as tf

    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


@pytest.fixture(scope="session")
def astronaut():
    """A colour photograph with one face (Eileen Collins), 512x512."""
    from experiments.datasets.packaged import packaged_photos
    from filters import read

    return read(packaged_photos()[0])


@pytest.fixture
def noise():
    """A repeatable random picture of any size."""

    def make(height, width, seed=0):
        return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)

    return make


@pytest.fixture
def command(capsys):
    """Run a command as a user would; gives its exit code and what it said."""

    def call(*arguments):
        from experiments.cli import dispatch

        before = sys.argv
        sys.argv = ["experiments", *map(str, arguments)]
        try:
            dispatch.main()
            code = 0
        except SystemExit as stop:
            code = stop.code or 0
        finally:
            sys.argv = before
        said = capsys.readouterr()
        return code, said.out, said.err

    return call
