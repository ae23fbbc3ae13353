"""Mutation testing of a package: one small fault at a time is put into it, and its tests should fail.

    python tests/mutants.py filters --count 300 --seed 0

A random sample of all mutants is judged, each by the tests below and the doctests that run what was changed (of a
constant of a module, or what is cached: by all tests of the files of which one runs something of that module); what
takes too long counts as killed. Mutants are written to a copy of the working tree, and each runs in a fork of a
process that has imported what does not change.

Changed are comparisons, arithmetic, numbers (+ 1), booleans, `and`, `or` and `not`, conditions (negated), results
(None), calls (an argument dropped), and statements that are calls, `raise` or `+=` (left out). Not changed is what
no behaviour tells: hints, docstrings, texts and what f-strings hold, assertions, arguments of `dataclass`.

Survivors are read: either a test is missing, or nothing can be told; those go to `equivalent_mutants.txt`.
"""

import argparse
import ast
import collections
import copy
import functools
import importlib
import os
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

# The tests that are about `filters` itself, or use it more directly than through a network.
NAMES = "animations average color color_film faces films filters masks metadata morph odd_pictures pictures prints"
TESTS = [f"tests/test_{name}.py" for name in [*NAMES.split(), "results", "sizes", "tiffs", "written_pictures"]]
TESTS += ["tests/test_hostile.py::TestPictures", "tests/test_paint.py::TestRegions"]
PRELOADED = "av cv2 hypothesis.extra.numpy keras matplotlib.pyplot pandas PIL.ImageCms skimage.data tifffile"
LEAST = 85  # percent that are killed
# Of a mutant: seconds of the processor above five times what the tests take, as many of the clock for each of them
# (a busy computer is no fault), and bytes.
LONGER, BUSY, MOST_MEMORY = 10, 30, 8 * 2**30

CHANGED = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt}
CHANGED |= {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult}
CHANGED |= {ast.Mod: ast.Mult, ast.Pow: ast.Mult, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd}
CHANGED |= {ast.LShift: ast.RShift, ast.RShift: ast.LShift, ast.And: ast.Or, ast.Or: ast.And}
NEGATED = {ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn}
NEGATED[ast.NotIn] = ast.In


def changed(node, **fields):
    new = copy.copy(node)
    vars(new).update(fields)
    return new


def replacements(node, field):
    """Yield what may stand in the place of a node."""
    match node:
        case ast.Compare(ops=ops):
            for i, kind in enumerate(map(type, ops)):
                yield changed(node, ops=[*ops[:i], (CHANGED | NEGATED)[kind](), *ops[i + 1 :]])
        case ast.BinOp(op=op) | ast.AugAssign(op=op) | ast.BoolOp(op=op) if type(op) in CHANGED:
            yield changed(node, op=CHANGED[type(op)]())
        case ast.UnaryOp(op=ast.Not() | ast.USub()):
            yield node.operand
        case ast.Constant(value=bool() | int() | float() as value):
            yield ast.Constant(not value if isinstance(value, bool) else value + 1)
        case ast.Call(args=args, keywords=keywords):
            yield from (changed(node, keywords=[k for k in keywords if k is not one]) for one in keywords)
            if len(args) > 1 and not isinstance(args[-1], ast.Starred):
                yield changed(node, args=args[:-1])
        case ast.Return(value=ast.AST() as value) if getattr(value, "value", 0) is not None:
            yield ast.Return(ast.Constant(None))
    is_call = isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
    if is_call or isinstance(node, (ast.Raise, ast.AugAssign)):
        yield ast.Pass()
    is_negated = isinstance(node, ast.UnaryOp) or (isinstance(node, ast.Compare) and type(node.ops[0]) in NEGATED)
    if field in ("test", "ifs") and not is_negated:
        yield ast.UnaryOp(ast.Not(), node)


def sites(node, function=None, head=False):
    """Yield parent, field, index, node, new node, function, whether it is in that one's head, of all mutants."""
    if isinstance(node, (ast.Assert, ast.Raise)):
        return
    for field, value in ast.iter_fields(node):
        for index, child in enumerate(value if isinstance(value, list) else [value]):
            is_dataclass = field == "decorator_list" and "dataclass" in ast.unparse(child)
            is_hint = field in ("annotation", "returns") or getattr(child, "id", "") == "TYPE_CHECKING"
            if not isinstance(child, ast.AST) or isinstance(child, ast.JoinedStr) or is_hint or is_dataclass:
                continue
            in_head = head or (isinstance(node, ast.FunctionDef) and field != "body")
            for new in replacements(child, field):
                if function or not isinstance(getattr(child, "op", None), ast.BitOr):  # a union of types
                    yield node, field, index if isinstance(value, list) else None, child, new, function, in_head
            inner = child if isinstance(child, ast.FunctionDef) else function
            yield from sites(child, inner, in_head and not isinstance(child, ast.stmt))


def mutants_of(path):
    """Return (path, what is changed, lines that tell which tests judge it, source) of all mutants of a module."""
    text = path.read_text()
    tree, found = ast.parse(text), []
    for parent, field, index, old, new, function, head in list(sites(tree)):
        before = getattr(parent, field)
        setattr(parent, field, new if index is None else [*before[:index], new, *before[index + 1 :]])
        source = ast.unparse(ast.fix_missing_locations(tree))
        setattr(parent, field, before)
        line = text.splitlines()[old.lineno - 1]
        place = f"{path}:{old.lineno}:{old.col_offset}:"
        told = " ".join(f"{place} {ast.unparse(old)} -> {ast.unparse(new)} in {line}".split())
        first, last = (function.body[0], function) if head and function else (old, old)
        cached = function and "cache" in map(ast.unparse, function.decorator_list)
        lines = range(first.lineno, last.end_lineno + 1) if function and not cached else ()
        found.append((path, told, lines, source))
    return found


def without_line(told):
    return re.sub(r":\d+:", ":", told, count=1)


@functools.cache
def equivalent():
    """Return the mutants of which a person has found that they change nothing that can be told."""
    lines = Path("tests/equivalent_mutants.txt").read_text().splitlines()
    return {line for line in lines if line and not line.startswith("#")}


def in_fork(arguments, seconds, plugins=()):
    """Run pytest in a fork; return its exit code, None after too long."""
    child = os.fork()
    if not child:
        code = 1
        try:
            os.setsid()
            os.dup2(os.open("../said.txt", os.O_RDWR | os.O_CREAT | os.O_TRUNC), 1)
            os.dup2(1, 2)
            resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
            resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
            sys.modules["cv2"].setNumThreads(1)
            how = ["-p", "no:cacheprovider", "-p", "no:xdist", "--assert=plain", "--doctest-modules"]
            code = pytest.main([*how, "--basetemp=../temporary", *arguments], [*plugins])
            sys.stdout.flush()
        finally:
            os._exit(code)
    end = time.monotonic() + BUSY * seconds
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            code = os.waitstatus_to_exitcode(status)
            return None if code in (-signal.SIGXCPU, -signal.SIGKILL) else code
        time.sleep(0.02)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return None


class Durations:
    """Keeps how long each test keeps the processor busy."""

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item):
        start = time.process_time()
        result = yield
        with Path("../durations.txt").open("a") as file:
            file.write(f"{time.process_time() - start} {item.nodeid!r}\n")
        return result


def tests_by_line(package, tests):
    """Run the tests as they are; return which of them run each line of each module, and how long each takes."""
    cover = [f"--cov={package}", "--cov-context=test", "--cov-report=", "--cov-fail-under=0", "-m", "not slow"]
    if in_fork([*cover, package, *tests], 3600, [Durations()]) != 0:
        raise SystemExit(Path("../said.txt").read_text() + "error: the tests must pass as they are")
    data, by_line, seconds = importlib.import_module("coverage").CoverageData(), {}, collections.Counter()
    data.read()
    for file in data.measured_files():
        by_line[Path(file).relative_to(Path.cwd())] = {
            line: {context.rpartition("|")[0] for context in contexts if context}
            for line, contexts in data.contexts_by_lineno(file).items()
        }
    for line in Path("../durations.txt").read_text().splitlines():
        duration, name = line.split(" ", 1)
        seconds[ast.literal_eval(name)] += float(duration)
    return by_line, seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("package")
    parser.add_argument("tests", nargs="*", default=TESTS)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="", help="part of a module's path")
    wanted = parser.parse_args()
    sys.path.pop(0)
    for name in PRELOADED.split():
        importlib.import_module(name)
    files = subprocess.run(["git", "ls-files", "-z"], check=True, capture_output=True, text=True).stdout
    with tempfile.TemporaryDirectory() as folder:
        for name in files.rstrip("\0").split("\0"):
            (Path(folder) / "tree" / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(name, Path(folder) / "tree" / name)
        os.chdir(Path(folder) / "tree")
        by_line, seconds = tests_by_line(wanted.package, wanted.tests)
        # What is compiled of the unchanged source serves all; of a mutant nothing is kept.
        sys.dont_write_bytecode, os.environ["PYTHONDONTWRITEBYTECODE"] = True, "1"
        every = [m for path in sorted(Path(wanted.package).rglob("*.py")) for m in mutants_of(path)]
        every = [m for m in every if wanted.only in str(m[0]) and without_line(m[1]) not in equivalent()]
        sample = random.Random(wanted.seed).sample(every, min(wanted.count, len(every)))
        killed, of = collections.Counter(), collections.Counter()
        for path, told, lines, source in sample:
            known = by_line.get(path, {})
            files = {test.split("::")[0] for tests in known.values() for test in tests}
            found = set().union(*(known.get(line, ()) for line in lines))
            found = found or {test for test in seconds if test.split("::")[0] in files}
            tests = sorted(found, key=seconds.get)
            kept = shutil.copy2(path, "../kept.py")
            path.write_text(source)
            code = in_fork(["-x", *tests], LONGER + int(5 * sum(map(seconds.get, tests)))) if tests else 0
            shutil.copy2(kept, path)
            of[path], killed[path] = of[path] + 1, killed[path] + (code != 0)
            if not code:
                print("survived" if code == 0 else "too slow", f"{len(tests)} tests: {told}", flush=True)
            if of.total() % 20 == 0:
                print(f"{of.total()} of {len(sample)}, {killed.total()} killed", file=sys.stderr, flush=True)
        os.chdir("/")
    for path in of:
        print(f"{path}: {killed[path]} of {of[path]}")
    share = 100 * killed.total() / len(sample)
    print(f"{killed.total()} of {len(sample)} killed, {share:.1f} %, of {len(every)} mutants")
    sys.exit(share < LEAST)


if __name__ == "__main__":
    main()
