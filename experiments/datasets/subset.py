"""Choosing some of many faces: by file name, by what is measured of them, or evenly."""

import ast
import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, TypeVar, overload

import numpy as np

from experiments.cli.console import UsageError
from filters.io.pictures import PathLike
from filters.measures import COLUMNS

COMPARISONS = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_Item = TypeVar("_Item")


def columns() -> tuple[str, ...]:
    """Return what can be compared: the columns of ``faces.csv``, and ``is_colour``, which is ``not gray``."""
    return (*COLUMNS, "is_colour")


@overload
def evenly(items: Sequence[_Item], count: int | None, ends: bool = False) -> list[_Item]: ...
@overload
def evenly(items: np.ndarray, count: int | None, ends: bool = False) -> list[np.ndarray]: ...
def evenly(items: Sequence | np.ndarray, count: int | None, ends: bool = False) -> list:
    """Return `count` of the items, evenly spread over all; all, where there are no more.

    Parameters
    ----------
    items : sequence or numpy.ndarray
    count : int or None
        None takes all.
    ends : bool
        Whether to take the first and the last one; `count` must then be 2 or more.

    Returns
    -------
    list
        In their order.

    Examples
    --------
    >>> evenly("abcdefghi", 3), evenly("abcdefghi", 3, ends=True)
    (['b', 'e', 'h'], ['a', 'e', 'i'])
    """
    if count is None or count >= len(items):
        return list(items)
    if ends:
        return [items[round(i * (len(items) - 1) / (count - 1))] for i in range(count)]
    return [items[(2 * i + 1) * len(items) // (2 * count)] for i in range(count)]


def limited(count: int, limit: int, spread: bool) -> list[int]:
    """Return the indices of those of `count` pictures that a training takes.

    Parameters
    ----------
    count : int
    limit : int
        How many.
    spread : bool
        Whether to take them evenly spread over all, or the first ones, as earlier versions did.
    """
    return evenly(range(count), limit) if spread else list(range(count)[:limit])


@dataclass(frozen=True)
class Subset:
    """A choice among faces.

    Attributes
    ----------
    text : str
        As the user wrote it.
    condition : ast.expr or None
        What `parse` made of it; None where the text is a pattern of file names.
    """

    text: str
    condition: ast.expr | None

    def takes_name(self, path: PathLike) -> bool:
        """Tell whether a file may belong to the subset, by its name with or without extension."""
        names = Path(path).name, Path(path).stem
        return self.condition is not None or any(fnmatchcase(name, self.text) for name in names)

    def takes(self, row: Mapping[str, Any]) -> bool:
        """Tell whether a face with these measures belongs to the subset.

        Parameters
        ----------
        row : mapping
            Columns of ``faces.csv``, as many as are known.

        Raises
        ------
        UsageError
            When the condition needs an unknown column, or compares a number with a text.
        """
        if self.condition is None:
            return True
        if "gray" in row:
            row = {**row, "is_colour": not row["gray"]}
        try:
            return bool(_value(self.condition, row))
        except KeyError as error:
            known = ", ".join(row)
            raise UsageError(
                f"--subset: {error} is known of folders written by 'experiments cut' only; known here: {known}"
            ) from error
        except TypeError as error:
            raise UsageError(f"--subset: '{self.text}' compares a number with a text") from error


def parse(text: str | None) -> Subset | None:
    """Return the `Subset` that a user's text describes; None for None.

    Raises
    ------
    UsageError
        When it is neither a pattern of names nor comparisons of known columns; the message lists them.
    """
    if text is None:
        return None
    if any(sign in text for sign in "*?[") and not any(sign in text for sign in "<>="):
        return Subset(text, None)
    try:
        condition = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        condition = None
    if condition is None or not _is_plain(condition):
        raise UsageError(
            f"--subset: '{text}' is neither a pattern of file names such as 'official_*' nor comparisons joined "
            f"by and, or, not of these columns: {', '.join(columns())}"
        )
    return Subset(text, condition)


def _is_plain(node: ast.expr) -> bool:
    """Tell whether an expression only compares columns and constants, and so cannot call or look up anything."""
    match node:
        case ast.Constant():
            return True
        case ast.Name():
            return node.id in columns()
        case ast.UnaryOp(op=ast.Not()):
            return _is_plain(node.operand)
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float())):
            return True
        case ast.BoolOp():
            return all(map(_is_plain, node.values))
        case ast.Compare():
            parts = [node.left, *node.comparators]
            return all(type(op) in COMPARISONS for op in node.ops) and all(map(_is_plain, parts))
    return False


def _value(node: ast.expr, row: Mapping[str, Any]) -> Any:
    match node:
        case ast.Constant():
            return node.value
        case ast.Name():
            return row[node.id]
        case ast.UnaryOp(op=ast.Not()):
            return not _value(node.operand, row)
        case ast.UnaryOp():
            return -_value(node.operand, row)
        case ast.BoolOp():
            every = all if isinstance(node.op, ast.And) else any
            return every(_value(part, row) for part in node.values)
        case ast.Compare():
            values = [_value(part, row) for part in (node.left, *node.comparators)]
            pairs = zip(node.ops, values, values[1:], strict=False)
            return all(COMPARISONS[type(op)](one, two) for op, one, two in pairs)
