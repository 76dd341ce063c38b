"""How the sandbox's calls, members and parameters differ from the API's published description.

Run as `python -m tests.sandbox.conformance` it writes what is not emulated into the README.
"""

import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any
from unittest.mock import patch

from flask import Request
from werkzeug.datastructures import ImmutableMultiDict

from reconciler.sandbox import create_app
from reconciler.sandbox.call import Call
from reconciler.sandbox.kinds import (
    Choice,
    Flag,
    Ignored,
    Kind,
    Many,
    Message,
    Open,
    Real,
    Struct,
    Text,
    Whole,
)
from reconciler.sandbox.routes import ROUTES, Route

# Imported by name: they have no types.
SERVICE = import_module("clarifai_grpc.grpc.api.service_pb2")
STATUS_CODES = import_module("clarifai_grpc.grpc.api.status.status_code_pb2")
EXTENSIONS = import_module("clarifai_grpc.grpc.api.utils.extensions_pb2")
_ANNOTATIONS = import_module("google.api.annotations_pb2")

README = Path(__file__).parents[2] / "README.md"
BEGIN, END = "<!-- What is not emulated: begin -->\n", "<!-- What is not emulated: end -->\n"
_LONG = "/v2/users/{user_app_id.user_id}/apps/{user_app_id.app_id}"
_METHODS = ("get", "post", "put", "patch", "delete")
_GROUPS = {
    "tasks": "Tasks and assignments",
    "task": "Tasks and assignments",
    "inputs": "Inputs",
    "datasets": "Datasets",
    "concepts": "Concepts",
    "annotations": "Annotations",
    "annotation_tracks": "Annotations",
}
METHODS = SERVICE.DESCRIPTOR.services_by_name["V2"].methods_by_name


@dataclass(frozen=True, slots=True)
class Seen:
    """What a route was seen to read: a kind of body, if any, and parameters of its query."""

    body: Message | None
    query: frozenset[str]


def list_bindings(name: str) -> list[tuple[str, str]]:
    """Return the methods and paths of the call *name*, the usual one first."""
    rule = METHODS[name].GetOptions().Extensions[_ANNOTATIONS.http]
    return [
        (method.upper(), getattr(each, method))
        for each in (rule, *rule.additional_bindings)
        for method in _METHODS
        if getattr(each, method)
    ]


def list_route_bindings(route: Route) -> list[tuple[str, str]]:
    """Return the methods and paths of a route as the description spells them."""
    path = route.path.replace("<", "{").replace(">", "}")
    return [(route.method, start + path) for start in ([_LONG, "/v2"] if route.short else [_LONG])]


def find_group(name: str) -> str:
    """Return which group of calls *name* is in, "" if in none that tasks have to do with."""
    _, path = list_bindings(name)[0]
    return _GROUPS.get(path.removeprefix(f"{_LONG}/").split("/")[0], "")


def see_routes() -> dict[str, Seen]:
    """Send a request to each route, and return by its name what it read."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(Path(folder) / "sandbox.db")
        client = app.test_client()
        client.environ_base["HTTP_AUTHORIZATION"] = "Key k:ana"
        task = {"worker": {"strategy": "FULL", "user_ids": ["ana"]}}
        [made] = client.post("/v2/tasks", json={"tasks": [task]}).get_json()["tasks"]
        for kind in ("inputs", "datasets"):
            client.post(f"/v2/{kind}", json={kind: [{"id": "x"}]})
        seen = {}
        for route in ROUTES:
            path = route.path.replace("<task_id>", made["id"])
            path = re.sub("<.*?>", "x", path)
            with _watch(app) as (kinds, names):
                client.open(
                    f"/v2/users/sandbox-user/apps/sandbox-app{path}", method=route.method, json={}
                )
            seen[route.name] = Seen(next(iter(kinds), None), frozenset(names))
    return seen


@contextmanager
def _watch(app: Any) -> Iterator[tuple[list[Message], set[str]]]:
    kinds: list[Message] = []
    names: set[str] = set()
    read = Call.read

    def watched_read(call: Call, kind: Message) -> Any:
        kinds.append(kind)
        return read(call, kind)

    class Query(ImmutableMultiDict[str, str]):
        def __contains__(self, name: object) -> bool:
            names.add(str(name))
            return super().__contains__(name)

        def get(  # type: ignore[override]
            self, name: str, *rest: Any, **more: Any
        ) -> Any:
            names.add(name)
            return super().get(name, *rest, **more)

        def getlist(  # type: ignore[override]
            self, name: str, *rest: Any, **more: Any
        ) -> Any:
            names.add(name)
            return super().getlist(name, *rest, **more)

    class Watched(Request):
        parameter_storage_class = Query

    with patch.object(Call, "read", watched_read), patch.object(app, "request_class", Watched):
        yield kinds, names


def list_parameters(name: str) -> list[str]:
    """Return the parameters that the query of the call *name* may have."""
    in_path = set(re.findall(r"\{(\w+)\}", list_bindings(name)[0][1]))
    members = [field.name for field in METHODS[name].input_type.fields]
    return [member for member in members if member not in {"user_app_id", *in_path}]


@dataclass(frozen=True, slots=True)
class Difference:
    """What a message's members come to in the sandbox.

    `ignored` are accepted without effect, `kept` are kept as sent and not looked into, `refused`
    are unknown to it; `wrong` says where the sandbox contradicts the description.
    """

    ignored: tuple[str, ...]
    kept: tuple[str, ...]
    refused: tuple[str, ...]
    wrong: tuple[str, ...]


def compare_messages(seen: dict[str, Seen]) -> dict[str, Difference]:
    """Return the differences of all messages that requests are made of, by their names."""
    found: dict[str, Difference] = {}
    for name, each in seen.items():
        if each.body is not None:
            _compare(each.body, METHODS[name].input_type, found)
    return found


def _compare(kind: Message, message: Any, found: dict[str, Difference], *, place: str = "") -> None:
    """Add the differences of a message; one that is read in two ways goes by its *place* too."""
    fields = message.fields_by_name
    known = {name: of for name, of in kind.members.items() if name in fields}
    difference = Difference(
        ignored=tuple(name for name, of in known.items() if isinstance(of, Ignored)),
        kept=tuple(name for name, of in known.items() if _is_kept(of, fields[name])),
        refused=tuple(name for name in fields if name not in kind.members),
        wrong=(
            *(f"{name}: there is no such member" for name in kind.members if name not in fields),
            *(f"{name}: {of}" for name, of in known.items() if not _agrees(of, fields[name])),
            *_compare_one_of(kind, message),
        ),
    )
    name = message.name
    if found.setdefault(name, difference) != difference:
        found[place] = difference
    for member, of in known.items():
        inner = of.of if isinstance(of, Many) else of
        if isinstance(inner, Message):
            _compare(inner, fields[member].message_type, found, place=f"{name}.{member}")


def _is_kept(kind: Kind, field: Any) -> bool:
    """Return whether what has members of its own is taken for one value."""
    inner = kind.of if isinstance(kind, Many) else kind
    return isinstance(inner, Open) or (
        isinstance(inner, Struct) and field.message_type.full_name != "google.protobuf.Struct"
    )


def _agrees(kind: Kind, field: Any) -> bool:
    match kind:
        case Ignored() | Open():
            return True
        case Many(of=of):
            return bool(field.is_repeated) and _agrees_alone(of, field)
        case _:
            return not field.is_repeated and _agrees_alone(kind, field)


def _agrees_alone(kind: Kind, field: Any) -> bool:
    match kind:
        case Text():
            return bool(field.type == field.TYPE_STRING)
        case Flag():
            return bool(field.type == field.TYPE_BOOL)
        case Whole(low=low):
            return bool(field.type == (field.TYPE_INT32 if low else field.TYPE_UINT32))
        case Real(shows_zero=shows):
            shown = field.GetOptions().Extensions[EXTENSIONS.cl_show_if_empty]
            return bool(field.type == field.TYPE_FLOAT and shown == shows)
        case Choice():
            return field.enum_type is not None and _has_enum(kind, field.enum_type)
        case _:
            return field.message_type is not None


def _has_enum(kind: Choice, enum: Any) -> bool:
    """Return whether *kind* is the enum, or those of the API's statuses that it speaks of."""
    numbers = {value.name: value.number for value in enum.values}
    if enum.full_name == "clarifai.api.status.StatusCode":
        return kind.numbers.items() <= numbers.items()
    return kind.numbers == numbers


def _compare_one_of(kind: Message, message: Any) -> Iterator[str]:
    groups = {tuple(field.name for field in each.fields) for each in message.oneofs}
    known = {tuple(name for name in group if name in kind.members) for group in groups}
    expected = {group for group in known if len(group) > 1}
    if expected != ({kind.one_of} if kind.one_of else set()):
        yield f"only one of {sorted(expected)} may be given"


def print_differences(seen: dict[str, Seen]) -> str:
    """Return what is not emulated, in Markdown."""
    messages = compare_messages(seen)
    return "\n".join(
        [
            BEGIN,
            *_print_table("Calls that are not answered", _list_missing_calls()),
            *_print_table("Paths that are not answered", _list_missing_paths()),
            *_print_table("Parameters without effect", _list_unread(seen)),
            *_print_table("Members without effect", _pick(messages, lambda each: each.ignored)),
            *_print_table(
                "Members kept as sent, whatever is in them", _pick(messages, lambda each: each.kept)
            ),
            *_print_table(
                "Members that are refused as unknown", _pick(messages, lambda each: each.refused)
            ),
            END,
        ]
    )


def _pick(
    messages: dict[str, Difference], which: Callable[[Difference], tuple[str, ...]]
) -> dict[str, list[str]]:
    """Return the members that *which* picks, but those that the path says again."""
    said = {"user_app_id", "task_id", "dataset_id"}
    return {
        name: [each for each in which(found) if each not in said or not name.endswith("Request")]
        for name, found in messages.items()
    }


def _list_missing_calls() -> dict[str, list[str]]:
    answered = {route.name for route in ROUTES}
    missing: dict[str, list[str]] = {group: [] for group in _GROUPS.values()}
    for name in METHODS:
        group = find_group(name)
        if group and name not in answered:
            missing[group].append(name)
    return missing


def _list_missing_paths() -> dict[str, list[str]]:
    return {
        route.name: [
            re.sub(r"user_app_id\.", "", path)
            for method, path in list_bindings(route.name)
            if (method, path) not in list_route_bindings(route)
        ]
        for route in ROUTES
    }


def _list_unread(seen: dict[str, Seen]) -> dict[str, list[str]]:
    return {
        route.name: [
            name for name in list_parameters(route.name) if name not in seen[route.name].query
        ]
        for route in ROUTES
        if route.method == "GET"
    }


def _print_table(title: str, rows: dict[str, list[str]]) -> Iterator[str]:
    rows = {name: members for name, members in rows.items() if members}
    if not rows:
        return
    yield f"| {title} | |"
    yield "|---|---|"
    for name, members in rows.items():
        yield f"| {name} | {', '.join(f'`{each}`' for each in members)} |"
    yield ""


def read_readme() -> str:
    """Return what the README says is not emulated."""
    text = README.read_text("utf-8")
    return text[text.index(BEGIN) : text.index(END) + len(END)]


if __name__ == "__main__":
    text = README.read_text("utf-8").replace(read_readme(), print_differences(see_routes()))
    README.write_text(text, "utf-8")
