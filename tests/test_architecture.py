"""What docs/architecture.md promises of the rooms: which way imports go, and how much a reader has to open."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("filters", "transformers", "experiments")
# A room of `experiments` imports only those before it, and itself. Sheets and plots are used everywhere.
ROOMS = (
    *("cli", "core", "commands", "reports.sheets", "reports.plots", "datasets", "inference", "evaluation"),
    *("reports", "training", "studies", "benchmarks", "studio"),
)


def module_name(path):
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


MODULES = {module_name(path): path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))}


def imports(tree):
    """Ours that a tree imports, inside functions too: module, and name or None."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                if whole in MODULES:
                    yield whole, None
                elif node.module in MODULES:
                    yield node.module, alias.name


TREES = {name: ast.parse(path.read_text()) for name, path in MODULES.items()}
GRAPH = {name: {module for module, _ in imports(tree)} - {name} for name, tree in TREES.items()}


def room_of(module):
    """Where a module stands among `ROOMS`; None for scripts and other packages."""
    inside = module.removeprefix("experiments.")
    fitting = [room for room in ROOMS if f"{inside}.".startswith(f"{room}.")]
    return ROOMS.index(max(fitting, key=len)) if fitting and inside != module else None


def test_no_import_goes_round_in_a_circle():
    done, way = set(), []

    def visit(module):
        assert module not in way, " → ".join([*way[way.index(module) :], module])
        if module not in done:
            way.append(module)
            for other in GRAPH[module]:
                visit(other)
            done.add(way.pop())

    for module in GRAPH:
        visit(module)


@pytest.mark.parametrize("module", MODULES)
def test_imports_go_one_way(module):
    package = PACKAGES.index(module.split(".")[0])
    for other in GRAPH[module]:
        assert PACKAGES.index(other.split(".")[0]) <= package, f"{module} imports {other}"
        if room_of(module) is not None and room_of(other) is not None:
            assert room_of(other) <= room_of(module), f"{module} imports {other}"
    private = [f"{other}.{name}" for other, name in imports(TREES[module]) if name and name.startswith("_")]
    assert not private, f"{module} imports {private}"


def test_networks_know_no_pictures_in_files():
    """`transformers` takes arrays and gives arrays: nothing there reads, writes or filters pictures."""
    for name, tree in TREES.items():
        if name.startswith("transformers"):
            found = {
                alias.name.split(".")[0] if isinstance(node, ast.Import) else node.module.split(".")[0]
                for node in ast.walk(tree)
                if isinstance(node, (ast.Import, ast.ImportFrom))
                for alias in node.names
            }
            assert not found & {"cv2", "PIL", "filters", "experiments", "skimage"}, name


def test_files_can_be_read_at_a_sitting():
    long = {name: len(path.read_text().splitlines()) for name, path in MODULES.items()}
    assert not {name: count for name, count in long.items() if count > 300}
    assert len(list((ROOT / "experiments").glob("*.py"))) <= 15


def test_imports_stand_at_the_top():
    inside = [
        node
        for tree in TREES.values()
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef)
        for node in ast.walk(function)
        if isinstance(node, (ast.Import, ast.ImportFrom))
    ]
    assert len(set(inside)) <= 40


def test_colouring_needs_few_modules(tmp_path, astronaut):
    import filters

    filters.write(tmp_path / "old.png", filters.gray(astronaut[:64, :64]))
    code = (
        f"import sys; sys.argv = ['x', 'colorize', {str(tmp_path)!r}, '--out', {str(tmp_path / 'out')!r}]\n"
        "from experiments.cli.dispatch import main\n"
        "try: main()\n"
        "except SystemExit as stop: assert not stop.code\n"
        "ours = [m for m in sys.modules if m.split('.')[0] in ('filters', 'transformers', 'experiments')]\n"
        "print(*(m for m in ours if not hasattr(sys.modules[m], '__path__')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.split()) <= 35, done.stdout
