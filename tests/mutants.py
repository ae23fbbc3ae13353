"""Mutation testing of a package: one small fault at a time is put into it, and its tests should fail.

    python tests/mutants.py filters --count 300 --seed 0

A random sample of all mutants is judged, each by the tests below and the doctests that run what was changed (a
constant of a module: all that run something of it); what takes too long counts as killed. Mutants are written to a
copy of the working tree, and each runs in a fork of a process that has imported what does not change.

Changed are comparisons, arithmetic, numbers (+ 1), booleans, `and`, `or` and `not`, conditions (negated), results
(None), calls (an argument dropped), and statements that are calls, `raise` or `+=` (left out). Not changed is what
no behaviour tells: hints, docstrings, texts and what f-strings hold, assertions, arguments of `dataclass`.
"""

import argparse
import ast
import collections
import copy
import importlib
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path

# The tests that are about `filters` itself, or use it more directly than through a network.
NAMES = "animations average color color_film faces films filters masks metadata morph odd_pictures pictures prints"
TESTS = [f"tests/test_{name}.py" for name in [*NAMES.split(), "results", "sizes", "tiffs", "written_pictures"]]
TESTS += ["tests/test_hostile.py::TestPictures", "tests/test_paint.py::TestRegions"]
PRELOADED = ("av", "cv2", "hypothesis", "numpy", "pandas", "PIL.Image", "PIL.ImageCms", "pytest", "tifffile")
LEAST = 85  # percent that are killed
SLOWEST, MOST_MEMORY = 60, 8 * 2**30  # seconds above five times what the tests take, bytes of a mutant

COMPARED = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt}
NEGATED = {ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn}
NEGATED[ast.NotIn] = ast.In
ARITHMETIC = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult}
ARITHMETIC |= {ast.Mod: ast.Mult, ast.Pow: ast.Mult, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd}
ARITHMETIC |= {ast.LShift: ast.RShift, ast.RShift: ast.LShift}


def changed(node, **fields):
    new = copy.copy(node)
    for name, value in fields.items():
        setattr(new, name, value)
    return new


def replacements(node, field):
    """Yield what may stand in the place of a node."""
    operator = type(getattr(node, "op", None))
    if isinstance(node, ast.Compare):
        for i, kind in enumerate(map(type, node.ops)):
            new = (COMPARED | NEGATED)[kind]()
            yield changed(node, ops=[*node.ops[:i], new, *node.ops[i + 1 :]])
    elif isinstance(node, (ast.BinOp, ast.AugAssign)) and operator in ARITHMETIC:
        yield changed(node, op=ARITHMETIC[operator]())
    elif isinstance(node, ast.BoolOp):
        yield changed(node, op=ast.Or() if operator is ast.And else ast.And())
    elif isinstance(node, ast.UnaryOp) and operator in (ast.Not, ast.USub):
        yield node.operand
    elif isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
        yield ast.Constant(not node.value if isinstance(node.value, bool) else node.value + 1)
    elif isinstance(node, ast.Call):
        yield from (changed(node, keywords=[k for k in node.keywords if k is not one]) for one in node.keywords)
        if len(node.args) > 1 and not isinstance(node.args[-1], ast.Starred):
            yield changed(node, args=node.args[:-1])
    elif isinstance(node, ast.Return) and node.value and getattr(node.value, "value", 0) is not None:
        yield ast.Return(ast.Constant(None))
    if isinstance(node, (ast.Raise, ast.AugAssign)) or (
        isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
    ):
        yield ast.Pass()
    is_negated = isinstance(node, ast.Compare) and type(node.ops[0]) in NEGATED
    if field in ("test", "ifs") and not is_negated and not isinstance(node, ast.UnaryOp):
        yield ast.UnaryOp(ast.Not(), node)


def sites(node, function=None, is_default=False):
    """Yield parent, field, index, node, new node, function, whether it is in the function's head, of mutants."""
    if isinstance(node, (ast.Assert, ast.Raise, ast.JoinedStr)):
        return
    for field, value in ast.iter_fields(node):
        for index, child in enumerate(value if isinstance(value, list) else [value]):
            of_type = field in ("annotation", "returns") or getattr(child, "id", "") == "TYPE_CHECKING"
            is_dataclass = field == "decorator_list" and "dataclass" in ast.unparse(child)
            if not isinstance(child, ast.AST) or of_type or is_dataclass or isinstance(child, ast.JoinedStr):
                continue
            head = is_default or (isinstance(node, ast.FunctionDef) and field != "body")
            for new in replacements(child, field):
                if function or operator_of(child) is not ast.BitOr:  # a union of types, where it is in no function
                    yield node, field, index if isinstance(value, list) else None, child, new, function, head
            inner = child if isinstance(child, ast.FunctionDef) else function
            yield from sites(child, inner, head and not isinstance(child, ast.stmt))


def operator_of(node):
    return type(getattr(node, "op", None))


def mutants_of(path):
    """Return (path, line, text, lines that tell which tests judge it, source) of all mutants of a module."""
    text = path.read_text()
    tree, found = ast.parse(text), []
    for parent, field, index, old, new, function, head in list(sites(tree)):
        before = getattr(parent, field)
        setattr(parent, field, new if index is None else [*before[:index], new, *before[index + 1 :]])
        source = ast.unparse(ast.fix_missing_locations(tree))
        setattr(parent, field, before)
        line = text.splitlines()[old.lineno - 1].strip()
        told = f"{path}:{old.lineno}: {ast.unparse(old)} -> {ast.unparse(new)}  in  {line}"
        lines = range(old.lineno, old.end_lineno + 1)
        if head and function:
            lines = range(function.body[0].lineno, function.end_lineno + 1)
        found.append((path, " ".join(told.split()), lines if function else None, source))
    return found


def in_fork(arguments, seconds, plugin=None):
    """Run pytest in a fork; return its exit code, None after too long."""
    child = os.fork()
    if not child:
        try:
            os.setsid()
            os.dup2(os.open("../said.txt", os.O_RDWR | os.O_CREAT | os.O_TRUNC), 1)
            os.dup2(1, 2)
            resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
            sys.modules["cv2"].setNumThreads(1)
            if plugin is None:  # what is compiled of the unchanged source serves all
                sys.dont_write_bytecode = True
                os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
            how = ["-p", "no:cacheprovider", "-p", "no:xdist", "--assert=plain", "--doctest-modules"]
            code = sys.modules["pytest"].main(
                [*how, "--basetemp=../temporary", *arguments], [plugin] if plugin else []
            )
        except BaseException:
            traceback.print_exc()
            code = 1
        sys.stdout.flush()
        os._exit(code)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.02)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return None


class Durations:
    """Keeps how long each test took that passed."""

    def __init__(self):
        self.seconds = {}

    def pytest_runtest_logreport(self, report):
        if report.passed:
            self.seconds[report.nodeid] = self.seconds.get(report.nodeid, 0) + report.duration

    def pytest_unconfigure(self):
        Path("../durations.json").write_text(json.dumps(self.seconds))


def tests_by_line(package, tests):
    """Run the tests as they are; return which of them run each line of each module, and how long each takes."""
    cover = [f"--cov={package}", "--cov-context=test", "--cov-report=", "--cov-fail-under=0", "-m", "not slow"]
    if in_fork([*cover, package, *tests], 3600, Durations()) != 0:
        raise SystemExit(Path("../said.txt").read_text() + "error: the tests must pass as they are")
    import coverage

    data, by_line = coverage.CoverageData(), {}
    data.read()
    for file in data.measured_files():
        lines = data.contexts_by_lineno(file).items()
        by_line[Path(file).relative_to(Path.cwd())] = {
            line: {context.rpartition("|")[0] for context in contexts if context} for line, contexts in lines
        }
    return by_line, json.loads(Path("../durations.json").read_text())


def judges(by_line, path, lines):
    """Return the tests that run some lines of a module; where none does, all that run any within a function."""
    known = by_line.get(path, {})
    found = set().union(*(known.get(line, ()) for line in lines or ()))
    return found or set().union(*known.values())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("package")
    parser.add_argument("tests", nargs="*", default=TESTS)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="", help="part of a module's path")
    wanted = parser.parse_args()
    sys.path.pop(0)
    for name in PRELOADED:
        importlib.import_module(name)
    files = subprocess.run(["git", "ls-files", "-z"], check=True, capture_output=True, text=True).stdout
    with tempfile.TemporaryDirectory() as folder:
        original = Path.cwd()
        for name in files.rstrip("\0").split("\0"):
            (Path(folder) / "tree" / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(name, Path(folder) / "tree" / name)
        os.chdir(Path(folder) / "tree")
        by_line, seconds = tests_by_line(wanted.package, wanted.tests)
        every = [m for path in sorted(Path(wanted.package).rglob("*.py")) for m in mutants_of(path)]
        every = [mutant for mutant in every if wanted.only in str(mutant[0])]
        sample = random.Random(wanted.seed).sample(every, min(wanted.count, len(every)))
        killed, of = collections.Counter(), collections.Counter()
        for number, (path, told, lines, source) in enumerate(sample, 1):
            tests = sorted((t for t in judges(by_line, path, lines) if t in seconds), key=lambda t: seconds[t])
            kept = shutil.copy2(path, "../kept.py")
            path.write_text(source)
            code = in_fork(["-x", *tests], SLOWEST + 5 * sum(map(seconds.get, tests))) if tests else 0
            shutil.copy2(kept, path)
            of[path], killed[path] = of[path] + 1, killed[path] + (code != 0)
            if code == 0:
                print(f"survived {len(tests)} tests: {told}", flush=True)
            if number % 20 == 0:
                print(f"{number} of {len(sample)}, {sum(killed.values())} killed", file=sys.stderr, flush=True)
        os.chdir(original)
    for path in of:
        print(f"{path}: {killed[path]} of {of[path]}")
    share = 100 * sum(killed.values()) / len(sample)
    print(f"{sum(killed.values())} of {len(sample)} killed, {share:.1f} %, of {len(every)} mutants")
    sys.exit(share < LEAST)


if __name__ == "__main__":
    main()
