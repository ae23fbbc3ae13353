"""What README and docs tell a reader to type, import and open is there."""

import ast
import importlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("transformers/weights/*.md")])
CODE = re.compile(r"```(?:sh|bash|console)?\n(.*?)```|((?:^ {4}.*\n)+)|`([^`\n]+)`", re.DOTALL | re.MULTILINE)
CALL = re.compile(r"^ *(?:\.venv/bin/)?(?:python -m experiments|faces) ([a-z-]+\b.*)", re.MULTILINE)
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z0-9-]*")
ids = [str(page.relative_to(ROOT)) for page in PAGES]


def calls(page: Path) -> set[tuple[str, ...]]:
    """Return the commands of a page: the name, with what a training is of, and the options."""
    found = set()
    for code in CODE.findall(page.read_text()):
        for call in CALL.findall("".join(code).replace("\\\n", " ")):
            words = call.split()
            kind = [w for w in words[1:2] if words[0] == "train" and re.fullmatch("[a-z_0-9]+", w)]
            found.add((words[0], *kind, *sorted(set(OPTION.findall(call)))))
    return found


@pytest.fixture(scope="module")
def options():
    return {}


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_commands_have_the_options_that_a_page_names(page, command, options):
    for call in calls(page):
        words = [word for word in call if not word.startswith("--")]
        if tuple(words) not in options:
            code, out, said = command(*words, "--help")
            assert code == 0, f"{words}: {said}"
            options[tuple(words)] = set(OPTION.findall(out))
        unknown = set(call) - set(words) - options[tuple(words)]
        assert not unknown, f"{' '.join(words)} has no {', '.join(unknown)}"


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text()):
        assert "://" in target or (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_python_can_be_typed(page):
    for block in re.findall(r"```python\n(.*?)```", page.read_text(), re.DOTALL):
        for node in ast.walk(ast.parse(block)):
            if isinstance(node, ast.ImportFrom) and node.module:
                module = importlib.import_module(node.module)
                missing = [name.name for name in node.names if not hasattr(module, name.name)]
                for name in missing:
                    importlib.import_module(f"{node.module}.{name}")
