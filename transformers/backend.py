"""All that differs between Keras' backends, and between processors: nothing else asks which one runs.

Import this module instead of `keras`: it chooses the backend (TensorFlow unless the
environment variable ``KERAS_BACKEND`` says otherwise) and silences start-up logs.
"""

import contextlib
import importlib.util
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any


@contextlib.contextmanager
def _silenced():
    """Send what native code writes to standard error nowhere: TensorFlow's start-up messages."""
    saved = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(nowhere)


@contextlib.contextmanager
def _hidden(*names):
    """Make imports of modules fail for a while, unless they are loaded already.

    Keras and TensorFlow import pandas, matplotlib and scipy when they are there, for uses that this
    project has not; that takes half a second of every command.
    """
    absent = [name for name in names if name not in sys.modules]
    sys.modules.update(dict.fromkeys(absent))
    try:
        yield
    finally:
        for name in absent:
            del sys.modules[name]


os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

with _silenced(), _hidden("pandas", "matplotlib", "scipy"):
    import keras


@contextlib.contextmanager
def without_initial_values():
    """Let networks be built with zeros where weights would be drawn at random: they are about to be loaded."""
    drawn = keras.initializers.VarianceScaling.__call__

    def zeros(self, shape, dtype=None, **options):
        return keras.ops.zeros(shape, dtype)

    keras.initializers.VarianceScaling.__call__ = zeros
    try:
        yield
    finally:
        keras.initializers.VarianceScaling.__call__ = drawn


PRECISIONS = ("auto", "float32", "mixed_bfloat16")


def name():
    """Return the backend in use: ``"tensorflow"`` or ``"torch"``."""
    return keras.backend.backend()


def prepare_training(seed: int, precision: str = "auto") -> str:
    """Set seeds and precision, before anything that a training needs is built.

    Parameters
    ----------
    seed : int
        Of all chance that does not come with the batches.
    precision : str
        As for `set_precision`.

    Returns
    -------
    str
        As of `set_precision`.
    """
    # On PyTorch too Keras' seeds and ``fit`` load TensorFlow, which is not to be heard.
    if name() == "torch" and importlib.util.find_spec("tensorflow"):
        with _silenced():
            importlib.import_module("tensorflow")
    keras.utils.set_random_seed(seed)
    return set_precision(precision)


def has_bfloat16() -> bool:
    """Tell whether this machine multiplies bfloat16 matrices faster than float32 ones.

    True with a processor that has AMX or AVX512-BF16 and with an NVIDIA GPU from Ampere on.
    """
    if name() == "torch":
        import torch

        if torch.cuda.is_available():
            return torch.cuda.is_bf16_supported(including_emulation=False)
    else:
        import tensorflow as tf

        for gpu in tf.config.list_physical_devices("GPU"):
            capability = tf.config.experimental.get_device_details(gpu).get("compute_capability")
            return bool(capability and capability[0] >= 8)
    return bool(_processor_flags() & {"amx_bf16", "avx512_bf16"})


def _processor_flags():
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        return set()
    return {f for line in text.splitlines() if line.startswith("flags") for f in line.split()}


def set_precision(precision: str = "auto") -> str:
    """Choose how layers compute; weights are kept in float32 in any case.

    Parameters
    ----------
    precision : {"auto", "float32", "mixed_bfloat16"}
        ``"auto"`` takes mixed bfloat16 where the hardware has it.

    Returns
    -------
    str
        The precision in use, ``"float32"`` or ``"mixed_bfloat16"``.
    """
    if precision not in PRECISIONS:
        raise ValueError(f"precision '{precision}' is unknown; choose from {', '.join(PRECISIONS)}")
    if precision == "auto":
        precision = "mixed_bfloat16" if has_bfloat16() else "float32"
    keras.mixed_precision.set_global_policy(precision)
    return precision


def set_threads(count: int) -> None:
    """Set how many threads an operation may use on processors; call it before anything is computed."""
    if name() == "torch":
        import torch

        torch.set_num_threads(count)
    else:
        import tensorflow as tf

        tf.config.threading.set_intra_op_parallelism_threads(count)
        tf.config.threading.set_inter_op_parallelism_threads(count)


def minimize(loss_function: Callable, optimizer, variables) -> tuple:
    """Take one step of an optimiser.

    Parameters
    ----------
    loss_function : callable
        Takes nothing; returns the scalar loss to differentiate, and anything else.
    optimizer : keras.optimizers.Optimizer
    variables : list of keras.Variable
        What may change.

    Returns
    -------
    tuple
        What `loss_function` returned.
    """
    if name() == "torch":
        import torch

        loss, extra = loss_function()
        gradients = torch.autograd.grad(loss, [v.value for v in variables])
        with torch.no_grad():
            optimizer.apply(gradients, variables)
    else:
        import tensorflow as tf

        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch([v.value for v in variables])
            loss, extra = loss_function()
        optimizer.apply(tape.gradient(loss, [v.value for v in variables]), variables)
    return loss, extra


def assign_average(averages, variables, most: float, step) -> None:
    """Move each variable of `averages` towards its twin: ``a = decay a + (1 - decay) v``.

    Parameters
    ----------
    averages, variables : list of keras.Variable
    most : float
        The decay in the long run. In the first steps it is ``(1 + step) / (10 + step)``, so that what
        training began with is soon forgotten.
    step : keras.Variable
        How many steps there were, this one included.
    """
    step = keras.ops.cast(step, "float32")
    decay = keras.ops.minimum(most, (1.0 + step) / (10.0 + step))
    if name() == "torch":
        import torch

        with torch.no_grad():
            for average, variable in zip(averages, variables, strict=True):
                average.value.data.lerp_(variable.value.data, 1 - decay)
    else:
        for average, variable in zip(averages, variables, strict=True):
            average.assign_add((variable.value - average.value) * (1 - decay))


def without_gradient():
    """Return a context in which nothing is recorded for gradients."""
    if name() == "torch":
        import torch

        return torch.no_grad()
    return contextlib.nullcontext()


def compiled(function: Callable) -> Callable[..., Any]:
    """Return a function of arrays made fast where the backend compiles; nothing is recorded for gradients.

    Parameters
    ----------
    function : callable
        Takes and returns tensors, in lists if need be. It is traced for a kind of arguments, not for
        each size.
    """
    if name() == "torch":

        def call(*arguments):
            with without_gradient():
                return function(*arguments)

        return call
    import tensorflow as tf

    # XLA makes convolutions on processors slower.
    return tf.function(function, reduce_retracing=True, autograph=False, jit_compile=False)


def value_and_gradient(function: Callable) -> Callable:
    """Return a function's value and its gradient by the first argument, compiled as by `compiled`.

    Parameters
    ----------
    function : callable
        Takes a tensor, and others; returns the scalar to differentiate, and anything else.

    Returns
    -------
    callable
        Takes an array, and the others; gives the value, the rest, and the gradient: ``float`` and
        ``float32`` array.
    """
    if name() == "torch":
        import torch

        def by_autograd(x, *others):
            x = x.detach().requires_grad_()
            value, rest = function(x, *others)
            return value.detach(), rest, torch.autograd.grad(value, x)[0]

        differentiate = by_autograd
    else:
        import tensorflow as tf

        def by_tape(x, *others):
            with tf.GradientTape(watch_accessed_variables=False) as tape:
                tape.watch(x)
                value, rest = function(x, *others)
            return value, rest, tape.gradient(value, x)

        differentiate = compiled(by_tape)

    def call(x, *others):
        value, rest, gradient = differentiate(keras.ops.convert_to_tensor(x, "float32"), *others)
        return float(value), rest, keras.ops.convert_to_numpy(gradient)

    return call
