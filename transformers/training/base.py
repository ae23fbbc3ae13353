"""The base class of all trainings: averaged weights, metrics, step counter, optimizers, and the step itself."""

import re
from collections import Counter
from collections.abc import Callable
from typing import Any

from transformers import backend
from transformers.backend import Tensor, keras

ops = keras.ops


class TrainingModel(keras.Model):
    """A Keras model that trains networks with its own losses.

    A subclass makes its networks in ``__init__`` and then calls `start`; its ``compile`` calls `set_optimizers`. It
    has two methods: ``trained_variables()`` returns the variables of each optimizer, by its name, and
    ``update(*batch)`` takes a step of each optimizer that is due, and returns losses and metrics by name.
    An attribute holds a network, or several in a dictionary or list. The exponential moving average (EMA) of the
    weights of ``generator`` is ``ema_generator``; calling the model runs it.

    Attributes
    ----------
    TRAINED : str
        Name of the attribute whose EMA is kept in ``ema_…``.
    STATE : tuple of str
        Names of the attributes that hold what a training changes: networks and variables.
    optimizers : dict of keras.optimizers.Optimizer
        By the names of `trained_variables`.
    step : keras.Variable
        Steps so far.
    """

    TRAINED = "generator"
    STATE = ("step", "generator", "ema_generator", "discriminator")

    def start(self, ema_decay: float, metrics: tuple) -> None:
        """Initialize the EMA, the step counter and the metrics.

        Parameters
        ----------
        ema_decay : float
            Decay of the EMA per step, from 0 to 1; lower in the first steps, see
            `transformers.backend.assign_average`.
        metrics : tuple of str
            Names of the values that `update` returns.
        """
        self.ema_decay = ema_decay
        self.reset_ema()
        for network in self.ema_networks().values():
            network.trainable = False
        self.trackers = {name: keras.metrics.Mean(name=name) for name in metrics}
        self.rate_scale = 1.0
        self.step = self.new_variable("step", dtype="int64")
        self.built = True

    def new_variable(
        self, name: str, shape: tuple[int, ...] = (), dtype: str = "float32", initializer: str = "zeros"
    ) -> keras.Variable:
        """Return a new variable that no optimizer changes."""
        return self.add_weight(shape=shape, dtype=dtype, initializer=initializer, trainable=False, name=name)

    def parts(self, attribute: str) -> dict:
        """Return the networks or variables of an attribute, by name; a single one has an empty name.

        Parameters
        ----------
        attribute : str

        Returns
        -------
        dict of str to keras.Model or keras.Variable
        """
        value = getattr(self, attribute)
        if isinstance(value, dict):
            return dict(value)
        return {str(i): part for i, part in enumerate(value)} if isinstance(value, list) else {"": value}

    def ema_networks(self) -> dict:
        """Return the networks with averaged weights, by name as `parts` does."""
        return self.parts(f"ema_{self.TRAINED}")

    def reset_ema(self) -> None:
        """Set the averaged weights to the present ones, for instance after loading weights."""
        for name, network in self.parts(self.TRAINED).items():
            self.ema_networks()[name].set_weights(network.get_weights())

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        return list(self.trackers.values())

    def set_optimizers(self, **optimizers: keras.optimizers.Optimizer) -> None:
        """Compile the model with optimizers, named as in `trained_variables`."""
        # XLA made convolutions on processors three times slower. Without an optimizer Keras would create one, and
        # on PyTorch build it for all variables.
        super().compile(optimizer=next(iter(optimizers.values())), jit_compile=False)
        self.optimizers = optimizers
        for name, variables in self.trained_variables().items():
            optimizers[name].build(variables)

    def lower_rates(self, scale: float, contained: float = 1.0) -> None:
        """Set all learning rates to a share of what they would be.

        Parameters
        ----------
        scale : float
            The share, from 0 to 1.
        contained : float
            The share that rates which follow no schedule have already.
        """
        self.rate_scale = scale
        for optimizer in self.optimizers.values():
            rate = optimizer._learning_rate
            if isinstance(rate, keras.optimizers.schedules.LearningRateSchedule):
                optimizer.learning_rate = _Scaled(getattr(rate, "schedule", rate), scale)
            else:
                optimizer.learning_rate = float(ops.convert_to_numpy(rate)) * scale / contained
        self.make_train_function(force=True)

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        (network,) = self.ema_networks().values()
        return network(inputs, training=False)

    def train_step(self, *args: Any) -> dict[str, Tensor]:
        # The trainers of TensorFlow and PyTorch pass the batch alone; Keras allows a state before it.
        results = self.update(*args[-1])
        self.step.assign_add(1)
        for name, network in self.parts(self.TRAINED).items():
            backend.assign_average(self.ema_networks()[name].weights, network.weights, self.ema_decay, self.step)
        return self.log(results)

    def minimize(self, optimizer: str, loss_function: Callable[[], tuple[Tensor, Any]]) -> tuple[Tensor, Any]:
        """Take a step of an optimizer, given by its name; see `transformers.backend.minimize`."""
        return backend.minimize(loss_function, self.optimizers[optimizer], self.trained_variables()[optimizer])

    def log(self, values: dict) -> dict:
        """Update the metrics of these names, and return their means in this epoch so far.

        Parameters
        ----------
        values : dict of str to tensor

        Returns
        -------
        dict of str to tensor
        """
        for name, value in values.items():
            self.trackers[name].update_state(ops.stop_gradient(value))
        return {name: self.trackers[name].result() for name in values}

    def named_variables(self) -> dict:
        """Return all variables that a training changes, by names that are the same in every process."""
        named = {}
        for attribute in self.STATE:
            for name, part in self.parts(attribute).items():
                prefix = f"{attribute}/{name}" if name else attribute
                named |= {prefix: part} if isinstance(part, keras.Variable) else _by_layer(part.variables, prefix)
        names = {id(variable): name for name, variable in named.items()}
        for optimizer, trained in self.trained_variables().items():
            counts = Counter()
            for variable in self.optimizers[optimizer].variables:
                slot = next((s for s in ("momentum", "velocity") if variable.name.endswith(f"_{s}")), None)
                name = f"{slot}/{names[id(trained[counts[slot]])]}" if slot else variable.name
                named[f"{optimizer}_optimizer/{name}"] = variable
                counts[slot] += 1
        return named


class _Scaled(keras.optimizers.schedules.LearningRateSchedule):
    """A share of the rates of another schedule."""

    def __init__(self, schedule: Callable[[Tensor], Tensor], scale: float) -> None:
        self.schedule, self.scale = schedule, scale

    def __call__(self, step: Tensor) -> Tensor:
        return self.schedule(step) * self.scale

    def get_config(self) -> dict[str, Any]:
        return {"schedule": self.schedule, "scale": self.scale}


def _by_layer(variables: list[keras.Variable], prefix: str) -> dict[str, keras.Variable]:
    """Name a network's variables by layers numbered within it; Keras numbers them within the process."""
    layers, counts, named = {}, Counter(), {}
    for variable in variables:
        layer, _, name = variable.path.rpartition("/")
        if layer not in layers:
            kind = re.sub(r"_\d+(?=/|$)", "", layer)
            layers[layer] = f"{kind}_{counts[kind]}"
            counts[kind] += 1
        named[f"{prefix}/{layers[layer]}/{name}"] = variable
    return named
