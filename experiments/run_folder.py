"""The run folder: what a training leaves there, and how it is taken up again."""

import json
import time

SAVE_EVERY = 120  # seconds between two saves of the whole state, at ends of epochs
SHEET_PICTURES = 6


def recorder(transformation, settings, folder, steps, pictures_shown, record):
    """The callback that fills the run folder. Made here because Keras is loaded late."""
    import pandas as pd

    from experiments.command import progress
    from experiments.sheets import plot_history
    from filters.pictures import write_bytes
    from transformers.backend import keras
    from transformers.pretrained import save_weights

    sheet_epochs = _sheet_epochs(settings.epochs)

    class Recorder(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            done = len(record)
            self.progress = progress("training", unit="step")
            self.bar = self.progress.__enter__()
            self.done = done * steps
            self.saved = time.monotonic()
            if not record:
                self._sheet(0)

        def on_train_batch_end(self, batch, logs=None):
            self.done += 1
            note = f"epoch {self.done // steps}, l1 {float(logs['l1']):.4f}"
            self.bar(self.done, steps * settings.epochs, note)

        def on_epoch_begin(self, epoch, logs=None):
            self.began = time.monotonic()

        def on_epoch_end(self, epoch, logs=None):
            values = {k: round(float(v), 6) for k, v in logs.items()}
            record.append({"epoch": epoch + 1, "seconds": round(time.monotonic() - self.began, 2), **values})
            table = pd.DataFrame(record)
            write_bytes(folder / "history.csv", table.to_csv(index=False).encode())
            if values["val_score"] <= table["val_score"].min():
                save_weights(self.model.averaged, folder / "best.weights.h5")
                save_weights(self.model.discriminator, folder / "critic.weights.h5")
            last = epoch + 1 == settings.epochs
            if epoch + 1 in sheet_epochs:
                self._sheet(epoch + 1)
                plot_history(table, folder / "history.png")
            if last or time.monotonic() - self.saved > SAVE_EVERY:
                save_weights(self.model.averaged, folder / "last.weights.h5")
                save_state(self.model, folder, epoch + 1, record)
                self.saved = time.monotonic()

        def on_train_end(self, logs=None):
            self.progress.__exit__(None, None, None)

        def _sheet(self, epoch):
            from filters import pictures

            path = folder / "samples" / f"epoch_{epoch:04d}.png"
            pictures.write(path, sample_sheet(self.model.averaged, transformation, pictures_shown))

    return Recorder()


def _sheet_epochs(epochs):
    """Early epochs closely, later ones ever further apart, and the last."""
    chosen, step = set(), 1.0
    while step < epochs:
        chosen.add(round(step))
        step *= 1.5
    return chosen | {epochs}


def sample_sheet(generator, transformation, pictures_shown, count=SHEET_PICTURES):
    """Some pictures, what the filter leaves of them, and what the generator makes of that."""
    from experiments.apply import restore
    from experiments.representation import filter_of
    from experiments.sheets import sheet

    every = max(1, len(pictures_shown) // count)
    shown = list(pictures_shown[::every][:count])
    filtered = [filter_of(transformation)(p) for p in shown]
    restored = [restore(generator, transformation, f) for f in filtered]
    return sheet([shown, filtered, restored])


def _state(gan):
    """Everything that a training changes, by name."""
    variables = [*gan.variables, *(v for optimizer in gan.optimizers for v in optimizer.variables)]
    return {f"{i:04d}": v for i, v in enumerate(variables)}


def save_state(gan, folder, epoch, record):
    import io

    import numpy as np

    from filters.pictures import write_bytes
    from transformers.backend import keras

    values = {k: keras.ops.convert_to_numpy(v.value) for k, v in _state(gan).items()}
    buffer = io.BytesIO()
    np.savez(buffer, epoch=epoch, record=json.dumps(record), **values)
    write_bytes(folder / "state.npz", buffer.getvalue())


def restore_state(gan, folder):
    """Take up the saved state; what history was written after it is dropped with it."""
    import numpy as np

    with np.load(folder / "state.npz") as saved:
        for key, variable in _state(gan).items():
            variable.assign(saved[key])
        return int(saved["epoch"]), json.loads(str(saved["record"]))
