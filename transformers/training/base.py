"""What all trainings share: averaged weights, metrics, a step counter, optimizers, and the step itself."""

import re
from collections import Counter

from transformers import backend
from transformers.backend import keras

ops = keras.ops


class TrainingModel(keras.Model):
    """A Keras model that trains networks by losses of its own.

    A subclass makes its networks in ``__init__`` and then calls `start`; its ``compile`` calls `set_optimizers`. It
    has two methods: ``trained_variables()`` returns the variables of each optimizer, by its name, and
    ``update(*batch)`` takes a step of each optimizer that is due, and returns losses and measures by name.
    Networks are attributes: a network, or several in a dictionary or list. The exponential moving average (EMA) of
    the weights of ``generator`` is ``ema_generator``, which is what calling the model runs.

    Attributes
    ----------
    TRAINED : str
        Name of the attribute that has an EMA beside it, ``ema_…``.
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
        """Begin the running average, the step counter and the metrics.

        Parameters
        ----------
        ema_decay : float
            Of the EMA, per step; lower in the first steps, see `transformers.backend.assign_average`.
        metrics : tuple of str
            Names of what `update` returns.
        """
        self.ema_decay = ema_decay
        self.reset_ema()
        for network in self.ema_networks().values():
            network.trainable = False
        self.trackers = {name: keras.metrics.Mean(name=name) for name in metrics}
        self.step = self.new_variable("step", dtype="int64")
        self.built = True

    def new_variable(self, name: str, shape=(), dtype="float32", initializer="zeros"):
        """Return a new variable that no optimizer changes."""
        return self.add_weight(shape=shape, dtype=dtype, initializer=initializer, trainable=False, name=name)

    def parts(self, attribute: str) -> dict:
        """Return the networks or variables that an attribute holds, by name; one alone has an empty name."""
        value = getattr(self, attribute)
        if isinstance(value, dict):
            return dict(value)
        return {str(i): part for i, part in enumerate(value)} if isinstance(value, list) else {"": value}

    def ema_networks(self) -> dict:
        """Return the networks with averaged weights, by name as `parts` does."""
        return self.parts(f"ema_{self.TRAINED}")

    def reset_ema(self) -> None:
        """Set the averaged weights to the present ones, for instance when weights were loaded."""
        for name, network in self.parts(self.TRAINED).items():
            self.ema_networks()[name].set_weights(network.get_weights())

    @property
    def metrics(self):
        return list(self.trackers.values())

    def set_optimizers(self, **optimizers) -> None:
        """Compile the model with these optimizers, named as in `trained_variables`."""
        # XLA makes convolutions on processors slower, by a factor of three when measured. Without an optimizer
        # Keras takes one of its own, and on PyTorch builds it for all variables.
        super().compile(optimizer=next(iter(optimizers.values())), jit_compile=False)
        self.optimizers = optimizers
        for name, variables in self.trained_variables().items():
            optimizers[name].build(variables)

    def call(self, inputs, training: bool = False):
        (network,) = self.ema_networks().values()
        return network(inputs, training=False)

    def train_step(self, *args):
        # TensorFlow's trainer hands over the batch alone, PyTorch's too; Keras allows for a state.
        results = self.update(*args[-1])
        self.step.assign_add(1)
        for name, network in self.parts(self.TRAINED).items():
            backend.assign_average(self.ema_networks()[name].weights, network.weights, self.ema_decay, self.step)
        return self.log(results)

    def minimize(self, optimizer: str, loss_function):
        """Take a step of an optimizer; parameters and result are those of `transformers.backend.minimize`."""
        return backend.minimize(loss_function, self.optimizers[optimizer], self.trained_variables()[optimizer])

    def log(self, values: dict) -> dict:
        """Add values to the metrics of their names, and return the means so far in this epoch."""
        for name, value in values.items():
            self.trackers[name].update_state(ops.stop_gradient(value))
        return {name: self.trackers[name].result() for name in values}

    def named_variables(self) -> dict:
        """Return all that a training changes, optimizers included, by names that are the same in every process."""
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


def _by_layer(variables, prefix):
    """Name variables of a network by their layers, numbered within it: Keras counts layers of the whole process."""
    layers, counts, named = {}, Counter(), {}
    for variable in variables:
        layer, _, name = variable.path.rpartition("/")
        if layer not in layers:
            kind = re.sub(r"_\d+(?=/|$)", "", layer)
            layers[layer] = f"{kind}_{counts[kind]}"
            counts[kind] += 1
        named[f"{prefix}/{layers[layer]}/{name}"] = variable
    return named
