"""Stages and blocks of EfficientNet-Lite0 (Tan and Le 2019) and of larger ones, without importing Keras."""

import math
from collections.abc import Iterable

# Of each stage: kernel size, stride of its first block, expansion, channels, blocks.
STAGES = (
    (3, 1, 1, 16, 1),
    (3, 2, 6, 24, 2),
    (5, 2, 6, 40, 2),
    (3, 2, 6, 80, 3),
    (5, 1, 6, 112, 3),
    (5, 2, 6, 192, 4),
    (3, 1, 6, 320, 1),
)

LITE2 = {"width": 1.1, "depth": 1.2}


def stages(width: float = 1.0, depth: float = 1.0) -> list[tuple[int, int, int, int, int]]:
    """Return the stages of a network of another width and depth, each as in `STAGES`.

    Channels become multiples of 8, as in the authors' code, unless the width is below 1; first and last stage keep
    their one block.

    Examples
    --------
    >>> [(channels, blocks) for *_, channels, blocks in stages(**LITE2)]
    [(16, 1), (24, 3), (48, 3), (88, 4), (120, 4), (208, 5), (352, 1)]
    """
    last = len(STAGES) - 1
    return [
        (
            size,
            stride,
            expansion,
            _scaled(channels, width),
            blocks if index in (0, last) else math.ceil(depth * blocks),
        )
        for index, (size, stride, expansion, channels, blocks) in enumerate(STAGES)
    ]


def _scaled(channels: int, width: float) -> int:
    if width < 1:
        return max(4, round(channels * width))
    eighths = int(channels * width + 4) // 8 * 8
    return eighths if eighths >= 0.9 * channels * width else eighths + 8


def layer_names() -> list[str]:
    """Return the names of all blocks, from input to output: ``"stage1_block1"`` to ``"stage7_block1"``."""
    return [f"stage{i}_block{j}" for i, (*_, blocks) in enumerate(STAGES, 1) for j in range(1, blocks + 1)]


def last_block(name: str) -> str:
    """Return the name of a stage's last block, for a stage; a block's own name, for a block.

    Examples
    --------
    >>> last_block("stage5"), last_block("stage5_block1")
    ('stage5_block3', 'stage5_block1')
    """
    return max((known for known in layer_names() if known.partition("_")[0] == name), default=name)


def unknown_block(chosen: Iterable[str]) -> str:
    """Return what is wrong with a choice of stages and blocks.

    Parameters
    ----------
    chosen : iterable of str

    Returns
    -------
    str
        An error message; empty when the network has all of them.

    Examples
    --------
    >>> unknown_block(["stage5", "stage1_block2"])
    'EfficientNet-Lite0 has no layer stage1_block2; they are stage1 … stage7, stage1_block1 … stage7_block1'
    """
    known = layer_names()
    unknown = sorted(name for name in set(chosen) if last_block(name) not in known)
    if not unknown:
        return ""
    return (
        f"EfficientNet-Lite0 has no layer {', '.join(unknown)}; they are stage1 … stage{len(STAGES)}, "
        f"{known[0]} … {known[-1]}"
    )


def is_ours(name: str) -> bool:
    """Tell whether a layer's name is of the kind that this network's blocks and stages have."""
    return name.startswith("stage")
