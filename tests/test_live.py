from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from reconciler.errors import MissingError, NotFoundError
from reconciler.live import find_live, make_live, owner_word, status_of
from reconciler.model import Fault, NewerStamp, NoStamp, Stamp
from reconciler.stamp import read_mark, write_stamp

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reconciler.model import Spec

STAMP = Stamp("acme", "cat", "nonce", {"name": "0f"})


class Listing:
    """A reader of fixed tasks that counts what it is asked."""

    def __init__(self, *tasks: dict[str, Any]) -> None:
        self.tasks = {str(task["id"]): task for task in tasks}
        self.asked: list[str] = []

    def list_tasks(
        self,
        *,
        workers: Sequence[str] = (),  # noqa: ARG002 - the port
        reviewers: Sequence[str] = (),  # noqa: ARG002
    ) -> Iterable[Spec]:
        self.asked.append("list")
        return list(self.tasks.values())

    def count_annotations(self, task_id: str) -> int:
        raise AssertionError(task_id)

    def get_task(self, task_id: str) -> Spec:
        self.asked.append(task_id)
        if task_id not in self.tasks:
            raise MissingError(Fault("no such task"))
        return self.tasks[task_id]


def mark(**stamp: Any) -> dict[str, Any]:
    return {"metadata": {"reconciler": stamp}}


def test_a_stamp_is_read_as_it_was_written() -> None:
    assert read_mark({"metadata": {"reconciler": write_stamp(STAMP)}}) == STAMP


def test_numbers_come_back_as_doubles() -> None:
    assert read_mark(mark(v=1.0, owner="acme", key="cat", nonce="n")) == Stamp("acme", "cat", "n")
    assert read_mark(mark(v=2.0, owner="acme", key="cat")) == NewerStamp("acme", "cat", 2)


@pytest.mark.parametrize(
    "spec",
    [
        {},
        {"metadata": None},
        {"metadata": []},
        {"metadata": {"reconciler": "mine"}},
        mark(),
        mark(v="1", owner="acme", key="cat"),
        mark(v=True, owner="acme", key="cat"),
        mark(v=1, owner="", key="cat"),
        mark(v=1, owner=["acme"], key="cat"),
    ],
)
def test_what_does_not_read_as_a_stamp_is_none(spec: Any) -> None:
    assert read_mark(spec) == NoStamp()


def test_a_task_is_found_by_key_or_id() -> None:
    task_id = "0123456789abcdef" * 2
    reader = Listing(
        {"id": "1", "metadata": {"reconciler": write_stamp(STAMP)}},
        {"id": task_id},
        {"id": "3", **mark(v=1, owner="other", key="dog")},
    )
    assert find_live(reader, "cat", owner="acme").id == "1"
    assert find_live(reader, "3", owner="acme").id == "3"
    with pytest.raises(NotFoundError, match="`dog`"):
        find_live(reader, "dog", owner="acme")
    reader.asked.clear()
    assert find_live(reader, task_id, owner="acme").id == task_id
    assert reader.asked == [task_id], "what looks like an id costs one request"


def test_whose_task_and_in_which_state() -> None:
    ours = make_live({"id": "1", **mark(v=1, owner="acme", key="a"), "status": {"code": 54002}})
    assert owner_word(ours, "acme") == "ours"
    assert owner_word(ours, "other") == "other"
    assert owner_word(make_live({"id": "2"}), "acme") == "nobody"
    assert status_of(ours) == "TASK_DONE"
    assert status_of(make_live({"id": "2", "status": {"code": 54999}})) == "54999"
    assert status_of(make_live({"id": "2"})) == ""
