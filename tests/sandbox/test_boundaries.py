"""The sandbox is a second witness: nothing of the client's side is in it."""

import ast
import sys
from pathlib import Path

import reconciler.sandbox

_FOLDER = Path(reconciler.sandbox.__file__).parent


def _imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found.add(str(node.module).split(".")[0])
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 1, f"{path.name} reaches out of its folder"
    return found


def test_imports() -> None:
    allowed = sys.stdlib_module_names | {"flask", "waitress", "werkzeug"}
    extra = {"script.py": {"yaml"}}
    for path in _FOLDER.glob("*.py"):
        assert _imports(path) <= allowed | extra.get(path.name, set()), path.name


def test_modules_stay_small() -> None:
    for path in _FOLDER.glob("*.py"):
        assert len(path.read_text().splitlines()) < 300, path.name


def test_the_public_surface() -> None:
    assert sorted(reconciler.sandbox.__all__) == reconciler.sandbox.__all__
    for name in reconciler.sandbox.__all__:
        assert getattr(reconciler.sandbox, name).__doc__
