"""The sandbox's calls, members, parameters, enums and codes are those that the API publishes."""

from typing import Any

import pytest

pytest.importorskip("clarifai_grpc")


from reconciler.sandbox import enums
from reconciler.sandbox.annotation_rows import STATUSES
from reconciler.sandbox.errors import Code
from reconciler.sandbox.kinds import Choice
from reconciler.sandbox.labelling import State
from reconciler.sandbox.routes import ROUTES, Route

from . import conformance
from .conformance import EXTENSIONS, SERVICE, STATUS_CODES

_PUBLISHED = STATUS_CODES.StatusCode
_CODES = {
    Code.SUCCESS: "SUCCESS",
    Code.MIXED: "MIXED_STATUS",
    Code.FAILURE: "FAILURE",
    Code.THROTTLED: "CONN_THROTTLED",
    Code.KEY_NOT_FOUND: "CONN_KEY_NOT_FOUND",
    Code.BAD_FORMAT: "CONN_BAD_REQUEST_FORMAT",
    Code.NOT_FOUND: "CONN_DOES_NOT_EXIST",
    Code.INVALID_REQUEST: "CONN_INVALID_REQUEST",
    Code.BAD_AUTHORIZATION: "CONN_INVALID_REQUEST",
    Code.METHOD_NOT_ALLOWED: "CONN_METHOD_NOT_ALLOWED",
    Code.INVALID_RANGE: "CONN_INVALID_RANGE",
    Code.INPUT_DUPLICATE: "INPUT_DUPLICATE",
    Code.INPUT_MISSING: "INPUT_DOES_NOT_EXIST",
    Code.DUPLICATE_ID: "DATABASE_DUPLICATE_KEY",
    Code.DATASET_INPUT_DUPLICATE: "DATASET_INPUT_DUPLICATE",
    Code.TASK_MISSING: "TASK_MISSING",
    Code.TASK_PERMISSION_DENIED: "TASK_PERMISSION_DENIED",
    Code.INTERNAL: "INTERNAL_UNCATEGORIZED",
}
_STATES = {
    State.SUCCESS: "ANNOTATION_SUCCESS",
    State.PENDING: "ANNOTATION_PENDING",
    State.AWAITING_REVIEW: "ANNOTATION_AWAITING_REVIEW",
    State.AWAITING_CONSENSUS_REVIEW: "ANNOTATION_AWAITING_CONSENSUS_REVIEW",
    State.REJECTED: "ANNOTATION_REVIEW_DENIED",
}


@pytest.fixture(scope="module")
def seen() -> dict[str, conformance.Seen]:
    return conformance.see_routes()


def _name(route: Route) -> str:
    return route.name


@pytest.mark.parametrize("route", ROUTES, ids=_name)
def test_methods_and_paths(route: Route) -> None:
    ours, published = conformance.list_route_bindings(route), conformance.list_bindings(route.name)
    assert set(ours) <= set(published)
    assert route.short == any("users" not in path for _, path in published)


@pytest.mark.parametrize("route", ROUTES, ids=_name)
def test_the_list_that_an_answer_always_shows(route: Route) -> None:
    shown = [
        field.name
        for field in conformance.METHODS[route.name].output_type.fields
        if field.GetOptions().Extensions[EXTENSIONS.cl_show_if_empty]
    ]
    assert shown == ([route.many] if route.many else [])


def test_whatever_takes_a_body_was_seen_to_read_it(seen: dict[str, conformance.Seen]) -> None:
    for route in ROUTES:
        assert (seen[route.name].body is None) == (route.method == "GET"), route.name


def test_members(seen: dict[str, conformance.Seen]) -> None:
    """Names, kinds, bounds, enums, and what excludes each other, down to the last message."""
    found = conformance.compare_messages(seen)
    assert {name: each.wrong for name, each in found.items() if each.wrong} == {}
    assert {"Task", "TaskWorker", "Concept", "TaskReviewConsensusStrategyInfo"} <= found.keys()


def test_parameters(seen: dict[str, conformance.Seen]) -> None:
    for route in ROUTES:
        if route.method == "GET":
            published = set(conformance.list_parameters(route.name))
            assert seen[route.name].query <= published, route.name


def test_all_that_tasks_are_asked_with_is_read(seen: dict[str, conformance.Seen]) -> None:
    assert set(conformance.list_parameters("ListTasks")) - seen["ListTasks"].query == {"worker_ids"}
    assert seen["GetTask"].query == {"additional_fields"}


def test_codes() -> None:
    assert {code: _PUBLISHED.Value(name) for code, name in _CODES.items()} == {
        code: code.value.code for code in Code
    }


def test_states_of_work_and_of_its_annotations() -> None:
    for state in State:
        assert _PUBLISHED.Value(f"TASK_ASSIGNMENT_{state.name}") == state.value
    assert {state: _PUBLISHED.Value(name) for state, name in _STATES.items()} == STATUSES


def test_enums() -> None:
    """All but the parts of StatusCode are whole; those are all statuses of a task."""
    published = [{value.name: value.number for value in enum.values} for enum in _find_enums()]
    for name, choice in vars(enums).items():
        if isinstance(choice, Choice) and name not in {"TASK_STATUS", "ANNOTATION_STATUS"}:
            assert choice.numbers in published, name
    statuses = dict(_PUBLISHED.items())
    for prefix, choice, last in (
        ("TASK_", enums.TASK_STATUS, 54099),
        ("ANNOTATION_", enums.ANNOTATION_STATUS, 24199),
    ):
        whole = {n: v for n, v in statuses.items() if n.startswith(prefix) and v <= last}
        assert choice.numbers == {"ZERO": 0} | whole


def _find_enums() -> list[Any]:
    files = [SERVICE.DESCRIPTOR, *SERVICE.DESCRIPTOR.dependencies]
    found = []
    for file in files:
        found += [*file.enum_types_by_name.values()]
        for message in file.message_types_by_name.values():
            found += [*message.enum_types_by_name.values()]
    return found


def test_the_readme_says_what_is_not_emulated(seen: dict[str, conformance.Seen]) -> None:
    how = "run `python -m tests.sandbox.conformance` to write it anew"
    assert conformance.read_readme() == conformance.print_differences(seen), how
