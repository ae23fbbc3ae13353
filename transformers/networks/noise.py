"""The generators of faces from noise, by name."""

from transformers.backend import Size, keras
from transformers.networks import dcgan, flow

KINDS = {
    "noise": (flow.flow_generator, flow.picture_size),
    "dcgan": (dcgan.dcgan_generator, dcgan.picture_size),
}


def build_generator(kind: str = "noise", preset: str = "base") -> keras.Model:
    """Build a generator by its name.

    Parameters
    ----------
    kind : {"noise", "dcgan"}
    preset : {"tiny", "base", "large"}

    Returns
    -------
    keras.Model
        Noise ``(batch, latent)`` from N(0, 1) to RGB ``(batch, height, width, 3)`` in [-1, 1].

    Raises
    ------
    ValueError
        When the name is unknown.
    """
    return _found(kind)[0](preset)


def picture_size(kind: str = "noise", preset: str = "base") -> Size:
    """Return the size of a generator's pictures, ``(width, height)`` in pixels; see `build_generator`."""
    return _found(kind)[1](preset)


def _found(kind: str) -> tuple:
    if kind not in KINDS:
        raise ValueError(f"no generator from noise is named '{kind}'; known: {', '.join(KINDS)}")
    return KINDS[kind]
