"""Everything that depends on Keras' backend or on the processor; no other module asks which one runs.

Import `keras` from this module: it chooses the backend (TensorFlow unless the environment variable
``KERAS_BACKEND`` says otherwise) and silences start-up logs.
"""

import contextlib
import importlib.util
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

# For type hints. Keras has no type for what its functions take and return: tensors of the backend, symbolic
# ones while a network is built, and arrays.
Tensor = Any
Batch = np.ndarray  # ``float32`` ``(count, height, width, channels)``
Size = tuple[int, int]  # ``(width, height)`` in pixels


@contextlib.contextmanager
def _silenced() -> Iterator[None]:
    """Discard what native code writes to standard error: TensorFlow's start-up messages."""
    saved, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(nowhere)


@contextlib.contextmanager
def _hidden(*names: str) -> Iterator[None]:
    """Make imports of modules fail for a while, unless they are loaded already.

    Keras and TensorFlow import pandas, matplotlib and scipy where they are installed, for features that
    this project does not use; that takes half a second of every command.
    """
    absent: dict[str, Any] = {name: None for name in names if name not in sys.modules}
    sys.modules.update(absent)
    try:
        yield
    finally:
        for name in absent:
            del sys.modules[name]


os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

with _silenced(), _hidden("pandas", "matplotlib", "scipy"):
    import keras


PRECISIONS = ("auto", "float32", "mixed_bfloat16")


def name() -> str:
    """Return the backend in use: ``"tensorflow"`` or ``"torch"``."""
    return keras.backend.backend()


def _framework() -> Any:
    """Return the package of the backend in use, which is loaded already."""
    return importlib.import_module(name())


def prepare_training(seed: int, precision: str = "auto") -> str:
    """Set seeds and precision; call it before the networks of a training are built.

    In float32 on processors the same seed then gives the same training, bit for bit, on one number of cores.

    Parameters
    ----------
    seed : int
        For all randomness that does not come with the batches.
    precision : {"auto", "float32", "mixed_bfloat16"}
        See `set_precision`, also for the result.
    """
    # On PyTorch too, Keras' seeds and ``fit`` load TensorFlow, whose messages are silenced here.
    if name() == "torch" and importlib.util.find_spec("tensorflow"):
        with _silenced():
            importlib.import_module("tensorflow")
    keras.utils.set_random_seed(seed)
    precision = set_precision(precision)
    if precision == "float32" and not has_gpu():
        if name() == "torch":
            _framework().use_deterministic_algorithms(True, warn_only=True)
        else:
            _framework().config.experimental.enable_op_determinism()
    return precision


def has_gpu() -> bool:
    """Tell whether the backend computes on a graphics processor."""
    if name() == "torch":
        return _framework().cuda.is_available()
    return bool(_framework().config.list_physical_devices("GPU"))


def has_bfloat16() -> bool:
    """Tell whether this machine multiplies bfloat16 matrices faster than float32 ones.

    True for a processor with AMX or AVX512-BF16, and for an NVIDIA GPU of the Ampere generation or later.
    """
    if name() == "torch":
        cuda = _framework().cuda
        if cuda.is_available():
            return cuda.is_bf16_supported(including_emulation=False)
    else:
        config = _framework().config
        for gpu in config.list_physical_devices("GPU"):
            capability = config.experimental.get_device_details(gpu).get("compute_capability")
            return bool(capability and capability[0] >= 8)
    return bool(_processor_flags() & {"amx_bf16", "avx512_bf16"})


def _processor_flags() -> set[str]:
    file = Path("/proc/cpuinfo")
    text = file.read_text() if file.is_file() else ""
    return {f for line in text.splitlines() if line.startswith("flags") for f in line.split()}


def set_precision(precision: str = "auto") -> str:
    """Choose the precision in which layers compute; weights are always stored in float32.

    Parameters
    ----------
    precision : {"auto", "float32", "mixed_bfloat16"}
        ``"auto"`` takes mixed bfloat16 where the hardware has it.

    Returns
    -------
    str
        The precision in use, ``"float32"`` or ``"mixed_bfloat16"``.

    Raises
    ------
    ValueError
        When the precision is unknown.
    """
    if precision not in PRECISIONS:
        raise ValueError(f"precision '{precision}' is unknown; choose from {', '.join(PRECISIONS)}")
    if precision == "auto":
        precision = "mixed_bfloat16" if has_bfloat16() else "float32"
    keras.mixed_precision.set_global_policy(precision)
    return precision


def set_threads(count: int) -> None:
    """Limit the threads of an operation on processors; call it before anything is computed."""
    if name() == "torch":
        _framework().set_num_threads(count)
    else:
        threading = _framework().config.threading
        threading.set_intra_op_parallelism_threads(count)
        threading.set_inter_op_parallelism_threads(count)


def minimize(
    loss_function: Callable, optimizer: keras.optimizers.Optimizer, variables: list[keras.Variable]
) -> tuple:
    """Take one step of an optimizer.

    Parameters
    ----------
    loss_function : callable
        Takes no arguments; returns the scalar loss to differentiate, and a second result of any kind.
    optimizer : keras.optimizers.Optimizer
        Built for `variables`.
    variables : list of keras.Variable
        The variables to change.

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


def assign_average(
    averages: Sequence[keras.Variable], variables: Sequence[keras.Variable], most: float, step: Tensor
) -> None:
    """Update exponential moving averages: ``average = decay average + (1 - decay) variable``.

    Parameters
    ----------
    averages, variables : sequence of keras.Variable
        As many averages as variables, of the same shapes.
    most : float
        The decay in the long run, from 0 to 1. In the first steps it is ``(1 + step) / (10 + step)``, so that
        the initial weights are soon forgotten.
    step : keras.Variable or int
        Number of steps so far, this one included.
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


def without_gradient() -> contextlib.AbstractContextManager:
    """Return a context manager inside which no gradients are recorded."""
    return _framework().no_grad() if name() == "torch" else contextlib.nullcontext()


def at_once() -> contextlib.AbstractContextManager:
    """Return a context manager inside which values are computed at once, also while a function is compiled."""
    return contextlib.nullcontext() if name() == "torch" else _framework().init_scope()


def compiled(function: Callable) -> Callable[..., Any]:
    """Return a function compiled, where the backend can do that; it records no gradients.

    Parameters
    ----------
    function : callable
        Takes and returns tensors, or lists of tensors. It is traced once for each structure and rank of its
        arguments, not for each size.
    """
    if name() == "torch":

        def call(*arguments: Any) -> Any:
            with without_gradient():
                return function(*arguments)

        return call
    import tensorflow as tf

    # XLA makes convolutions on processors slower.
    return tf.function(function, reduce_retracing=True, autograph=False, jit_compile=False)


def value_and_gradient(function: Callable) -> Callable:
    """Make a function that also returns the gradient with respect to its first argument.

    Parameters
    ----------
    function : callable
        Takes a tensor, and further arguments; returns the scalar to differentiate, and a second result.

    Returns
    -------
    callable
        Takes an array, and the further arguments; returns the value (float), the second result, and the
        gradient, a ``float32`` array of the first argument's shape. Compiled as by `compiled`.
    """
    if name() == "torch":
        import torch

        def by_autograd(x: Tensor, *others: Any) -> tuple:
            x = x.detach().requires_grad_()
            value, rest = function(x, *others)
            return value.detach(), rest, torch.autograd.grad(value, x)[0]

        differentiate = by_autograd
    else:
        import tensorflow as tf

        def by_tape(x: Tensor, *others: Any) -> tuple:
            with tf.GradientTape(watch_accessed_variables=False) as tape:
                tape.watch(x)
                value, rest = function(x, *others)
            return value, rest, tape.gradient(value, x)

        differentiate = compiled(by_tape)

    def call(x: Tensor, *others: Any) -> Any:
        value, rest, gradient = differentiate(keras.ops.convert_to_tensor(x, "float32"), *others)
        return float(value), rest, keras.ops.convert_to_numpy(gradient)

    return call
