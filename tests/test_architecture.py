"""Who may import whom: imports run one way, and each third-party library has one home."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "reconciler"
MODULES = sorted(PACKAGE.rglob("*.py"))

LAYERS = (
    {"errors", "model", "problem", "actions", "__init__"},
    {
        "jsontext",
        "schemas",
        "suggest",
        "quoting",
        "codes",
        "urls",
        "kinds",
        "fields",
        "canon",
        "leaves",
        "diff",
        "attribution",
        "stamp",
        "payload",
        "declare",
        "selection",
    },
    {
        "manifest",
        "config",
        "live",
        "belonging",
        "claims",
        "compare",
        "renames",
        "removal",
        "notices",
        "guard",
        "plan",
        "cost",
        "planfile",
    },
    {
        "report",
        "crew",
        "halving",
        "now",
        "aftermath",
        "create",
        "overwrite",
        "finish",
        "apply",
        "api",
    },
    {"run", "workflow", "render", "journal", "journaltext", "history", "restore"},
    {"cli"},
    {"__main__"},
)
"""Each module imports from its own row and from the rows above it."""

HOMES: dict[str, str | tuple[str, ...]] = {
    # The sandbox may not import the reader of the files, and its script is YAML too.
    "yaml": ("manifest/yaml", "sandbox/script.py"),
    "jsonschema": "manifest/schema.py",
    "jsonschema_rs": "manifest/schema.py",
    "deepdiff": "diff.py",
    "orjson": "jsontext.py",
    "httpx": "api/channel.py",
    "click": "cli/",
    "flask": "sandbox/",
    "waitress": "sandbox/",
    "werkzeug": "sandbox/",
}

EDGES = {"time", "random", "secrets", "os", "sys", "signal", "logging", "socket", "subprocess"}
"""The world outside: modules that only the edges may import."""

MAY_TOUCH_THE_WORLD = ("cli/", "sandbox/", "manifest/files.py", "__main__.py")


def imports_of(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found.add(node.module)
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found


def room_of(name: str) -> str:
    return name.split(".")[1] if "." in name else "__init__"


def layer_of(room: str) -> int:
    return next((i for i, rooms in enumerate(LAYERS) if room in rooms), -1)


def ids(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


@pytest.mark.parametrize("path", MODULES, ids=ids)
def test_imports_run_one_way(path: Path) -> None:
    where = path.relative_to(PACKAGE)
    own = where.parts[0].removesuffix(".py")
    ours = {name for name in imports_of(path) if name.split(".")[0] == "reconciler"}
    if own == "sandbox":
        assert {n for n in ours if room_of(n) != "sandbox"} == set(), "a second witness"
        return
    assert layer_of(own) >= 0, f"{own} has no layer yet"
    for name in ours:
        room = room_of(name)
        if room == "sandbox":
            assert own == "cli", "only cli builds a sandbox"
        elif layer_of(room) >= 0:
            assert layer_of(room) <= layer_of(own), f"{own} must not import {name}"


@pytest.mark.parametrize("path", MODULES, ids=ids)
def test_each_library_has_one_home(path: Path) -> None:
    where = ids(path)
    for name in {name.split(".")[0] for name in imports_of(path)}:
        home = HOMES.get(name)
        assert home is None or where.startswith(home), f"{name} lives in {home}"


@pytest.mark.parametrize("path", MODULES, ids=ids)
def test_below_the_edges_nothing_touches_the_world(path: Path) -> None:
    """Time, randomness, environment and sleep enter through cli."""
    if not ids(path).startswith(MAY_TOUCH_THE_WORLD):
        assert {name.split(".")[0] for name in imports_of(path)} & EDGES == set()


@pytest.mark.parametrize("path", MODULES, ids=ids)
def test_below_cli_nothing_prints(path: Path) -> None:
    calls = [n for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Call)]
    names = {n.func.id for n in calls if isinstance(n.func, ast.Name)}
    assert names.isdisjoint({"print", "input", "breakpoint"})


@pytest.mark.parametrize("path", MODULES, ids=ids)
def test_no_module_outgrows_a_screenful_of_screens(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 300


@pytest.mark.parametrize("path", MODULES, ids=ids)
def test_a_module_says_which_question_it_answers(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


def test_workflow_stays_an_order_of_steps() -> None:
    assert len((PACKAGE / "workflow.py").read_text().splitlines()) <= 80


def test_planning_is_handed_something_that_can_only_read() -> None:
    """Neither the plan's modules nor the reader's port know a way to write."""
    for name in ("plan.py", "live.py", "diff.py", "canon.py"):
        source = (PACKAGE / name).read_text(encoding="utf-8")
        assert "Writer" not in source, name
        assert "_tasks(self, bodies" not in source, name
