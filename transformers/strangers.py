"""Weights files of strangers: what may be in them, asked before anything is read."""

import os
from typing import NoReturn

import h5py

# Of a file from anywhere: numbers in it, what it may hold beside those of a network, and HDF5's filters deflate,
# shuffle, checksum and LZF.
MOST_VALUES, SLACK = 500_000_000, 100_000
FILTERS = {h5py.h5z.FILTER_DEFLATE, h5py.h5z.FILTER_SHUFFLE, h5py.h5z.FILTER_FLETCHER32, h5py.h5z.FILTER_LZF}


class WeightsError(ValueError):
    """Weights cannot be used; the message names the file and the remedy."""


def refuse_strange(path: str | os.PathLike, most: int = MOST_VALUES) -> None:
    """Refuse a weights file that is more than arrays of numbers, before anything of it is read.

    HDF5 files can point to other files, whose content they then show as theirs, name filters that are programs, and
    declare sizes that no memory holds.

    Parameters
    ----------
    path : path-like
        An HDF5 file.
    most : int
        Numbers that it may hold.

    Raises
    ------
    WeightsError
    """

    def refuse(why: str) -> NoReturn:
        raise WeightsError(f"{path} is no weights file of this program: {why}; choose other weights")

    if not str(path).endswith(".h5"):
        refuse("its name does not end in .weights.h5")
    seen, waiting, count = set(), [], 0
    try:
        with h5py.File(path) as file:
            waiting.append(file["/"])
            while waiting:
                group = waiting.pop()
                for name in group:
                    if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                        refuse("it links to other files")
                    item = group[name]
                    address = h5py.h5o.get_info(item.id).addr  # pyright: ignore[reportAttributeAccessIssue]
                    if address in seen:
                        refuse("it holds one thing in several places")
                    seen.add(address)
                    if isinstance(item, h5py.Group):
                        waiting.append(item)
                        continue
                    if not isinstance(item, h5py.Dataset) or item.dtype.kind not in "fiub":
                        refuse("it holds other things than numbers")
                    if item.is_virtual or item.external:
                        refuse("it shows the content of other files")
                    plan = item.id.get_create_plist()
                    if {plan.get_filter(index)[0] for index in range(plan.get_nfilters())} - FILTERS:
                        refuse("it is packed in a way that is not known")
                    count += int(item.size or 0)
                    if count > most:
                        refuse("it claims more numbers than the network has")
    except WeightsError:
        raise
    except Exception as error:
        reason = " ".join(str(error).split())[:160] or type(error).__name__
        raise WeightsError(f"{path} is damaged ({reason}); copy or download it again") from error
