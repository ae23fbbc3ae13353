"""Choosing some of many faces: by file name, or by what is measured of them."""

import ast
import operator
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

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


def columns():
    """Return what can be compared: the columns of ``faces.csv``, and ``is_colour``, which is ``not gray``."""
    return (*COLUMNS, "is_colour")


def evenly(items: Sequence | np.ndarray, count: int | None, ends: bool = False):
    """Return `count` of the items, evenly spread; all, where there are not more.

    Parameters
    ----------
    items : sequence or numpy.ndarray
    count : int or None
        None takes all.
    ends : bool
        Take the first and the last one; `count` is 2 or more then.

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


@dataclass(frozen=True)
class Subset:
    """Which faces to take.

    Attributes
    ----------
    text : str
        As the person wrote it.
    condition : ast.expr or None
        Of `parse`; None where the text is a pattern of file names.
    """

    text: str
    condition: ast.expr | None

    def takes_name(self, path: PathLike) -> bool:
        """Tell whether a file may be among them, by its name with or without extension."""
        names = Path(path).name, Path(path).stem
        return self.condition is not None or any(fnmatchcase(name, self.text) for name in names)

    def takes(self, row: dict) -> bool:
        """Tell whether a face with these measures is among them.

        Parameters
        ----------
        row : dict
            Of columns of ``faces.csv``, as many as are known.
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


def parse(text: str):
    """Return a `Subset` from what a person writes, or None for None.

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


def _is_plain(node):
    """Tell whether an expression only compares columns and constants: it cannot call or look up anything."""
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


def _value(node: ast.expr, row) -> Any:
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
