"""The record of a run: what is kept, that it reads back, and from whatever is left of it."""

from __future__ import annotations

import json
import string
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.actions import Create
from reconciler.apply import apply_plan
from reconciler.create import Creator
from reconciler.errors import RecordError
from reconciler.history import PastRun, read_run
from reconciler.journal import (
    Closed,
    Ended,
    Entry,
    Intent,
    Noted,
    Started,
    entries_of,
    name_run,
    next_tick,
    write_time,
)
from reconciler.journaltext import decode, encode
from reconciler.live import read_live
from reconciler.model import ABSENT, Fault, Notice
from reconciler.plan import make_plan
from reconciler.report import Halted, Sending
from tests.harness import OWNER, declare
from tests.shelf import Shelf, lose, refuse

if TYPE_CHECKING:
    from reconciler.model import Json, Spec

START = Started("20261124T173000Z-4f2a", "2026-11-24T17:30:00Z", "apply", "acme", {}, {"delete": 3})
BEFORE: Spec = {"id": "7", "name": "Two", "metadata": {"line": "a\nb\u2028c"}}

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=9)
numbers = st.integers(0, 10_000)
json_values: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=9,
)
specs = st.dictionaries(texts, json_values, max_size=4)
faults = st.builds(Fault, texts, numbers, numbers, texts, texts, texts)
notices = st.builds(Notice, texts, texts, texts, texts)
entries: st.SearchStrategy[Entry] = st.one_of(
    st.builds(Started, texts, texts, texts, texts, specs, specs, texts, texts),
    st.builds(
        Intent,
        numbers,
        texts,
        texts,
        texts,
        texts,
        texts,
        st.lists(texts, max_size=3).map(tuple),
        st.just(ABSENT) | specs,
    ),
    st.builds(
        Ended,
        numbers,
        texts,
        texts,
        texts,
        texts,
        texts,
        st.just(ABSENT) | faults,
        st.lists(notices, max_size=2).map(tuple),
    ),
    st.builds(Noted, notices, st.booleans()),
    st.builds(Closed, texts, texts, numbers, specs),
)


@given(st.lists(entries, max_size=5))
def test_what_is_written_reads_back(written: list[Entry]) -> None:
    lines = [encode(entry) for entry in written]
    assert all(line.endswith(b"\n") and line.count(b"\n") == 1 for line in lines)
    assert decode(b"".join(lines)) == (tuple(written), 0)


def record() -> list[Entry]:
    return [
        START,
        Intent(0, "delete", "one", "One", "not_declared", id="6", before=BEFORE),
        Intent(1, "delete", "two", "Two", "not_declared", id="7", before=BEFORE),
        Ended(0, "delete", "one", "One", "done", id="6"),
        Noted(Notice("not_listed", "the new tasks could not be listed")),
        Ended(1, "delete", "two", "Two", "failed", id="7", fault=Fault("no", 400, 11102)),
        Closed("2026-11-24T17:30:04Z", "incomplete", 3),
    ]


def test_a_record_that_breaks_off_anywhere_is_read_up_to_there() -> None:
    """No more is lost than the torn line, and whoever has the first line has the run."""
    lines = [encode(entry) for entry in record()]
    data = b"".join(lines)
    for size in range(len(data) + 1):
        found, damaged = decode(data[:size])
        whole = data[:size].count(b"\n")
        # A last line that lacks only its end is all there.
        complete = whole + (size + 1 <= len(data) and data[size : size + 1] == b"\n" and size > 0)
        assert found == tuple(record()[:complete])
        assert damaged == (complete == whole and not data[:size].endswith(b"\n") and size > 0)
        if complete:
            run = read_run(data[:size])
            assert run.outcome == ("killed" if complete < len(lines) else "incomplete")
            assert len(run.actions) + run.unbegun == 3
        else:
            with pytest.raises(RecordError):
                read_run(data[:size])


@given(st.binary(max_size=200))
def test_whatever_is_in_a_file_is_a_run_or_an_error(data: bytes) -> None:
    for content in (data, encode(START) + data):
        try:
            run = read_run(content)
        except RecordError:
            continue
        assert isinstance(run, PastRun)


def test_an_intent_without_an_outcome_is_unknown() -> None:
    run = read_run(b"".join(map(encode, record()[:4])))
    assert [(a.key, a.outcome, a.before) for a in run.actions] == [
        ("one", "done", BEFORE),
        ("two", "unknown", BEFORE),
    ]
    assert run.actions[1].fault is not ABSENT
    assert (run.count("done", "delete"), run.count("unknown"), run.unbegun) == (1, 1, 1)


def test_a_line_that_was_cut_short_in_the_middle_costs_that_line() -> None:
    lines = [encode(entry) for entry in record()]
    lines[3] = lines[3][:20] + b"\n"
    run = read_run(b"".join(lines))
    assert [a.outcome for a in run.actions] == ["unknown", "failed"]
    assert (run.damaged, run.outcome) == (1, "incomplete")


def test_what_a_later_version_adds_is_passed_over() -> None:
    more = json.dumps({"kind": "weather", "sky": "blue"}).encode() + b"\n"
    data = encode(START).replace(b'"1.0"', b'"1.7"') + more
    assert read_run(data).damaged == 0
    with pytest.raises(RecordError, match="upgrade"):
        read_run(encode(START).replace(b'"1.0"', b'"2.0"'))


def test_a_run_that_is_written_at_the_moment_is_running() -> None:
    assert read_run(encode(START), running=True).outcome == "running"
    closed = b"".join(map(encode, record()))
    assert read_run(closed, running=True).outcome == "incomplete"


def test_a_task_that_is_too_deep_is_left_out_of_its_line() -> None:
    deep: Json = "bottom"
    for _ in range(300):
        deep = [deep]
    line = encode(Intent(0, "delete", "one", "One", "not_declared", before={"metadata": deep}))
    assert decode(line) == ((Intent(0, "delete", "one", "One", "not_declared"),), 0)


@given(st.integers(1, 2**62), st.integers(1, 2**62))
def test_ids_sort_as_their_times_do(one: int, other: int) -> None:
    first, second = sorted([one, other])
    assert name_run(first) <= name_run(second)
    assert name_run(first) < name_run(next_tick(first))
    assert set(name_run(first)) <= set(string.hexdigits + "TZ-")


def test_times() -> None:
    assert name_run(1_795_541_400_290_000_000) == "20261124T173000Z-4a3d"
    assert write_time(1_795_541_400_290_000_000) == "2026-11-24T17:30:00Z"


def test_every_write_is_announced_first() -> None:
    """Also one that halves a refused batch, and a create that is posted again."""
    shelf = Shelf()
    creator = Creator(shelf, OWNER, iter(map(str, range(99))).__next__, lambda _: None)

    def follow(tasks: dict[str, Spec], writes: tuple[str, ...]) -> list[Entry]:
        plan = make_plan(declare(tasks), read_live(shelf), owner=OWNER)
        places = {id(action): number for number, action in enumerate(plan.actions)}
        kept: list[Entry] = []
        announced: set[int] = set()
        before = len(shelf.calls)
        for event in apply_plan(plan, creator):
            sent = [call for call in shelf.calls[before:] if call[0] in writes]
            assert announced or not sent
            kept.extend(entries_of(event, places))
            if isinstance(event, Sending):
                announced |= {places[id(action)] for action in event.actions}
        assert announced == set(places.values())
        return kept

    shelf.on_create += [shelf.keep, refuse(400, 11102), lose]
    made = follow({key: {"name": key} for key in "abc"}, ("create",))
    assert sorted(e.key for e in made if isinstance(e, Intent)) == ["a", "b", "c"]
    assert len(shelf.tasks) == 3
    kept = follow({"a": {"name": "a", "description": "new"}}, ("overwrite", "delete"))
    intents = [entry for entry in kept if isinstance(entry, Intent)]
    assert [(i.action, i.key, i.fields) for i in intents] == [
        ("update", "a", ("description",)),
        ("delete", "b", ()),
        ("delete", "c", ()),
    ]
    assert all(intent.before is not ABSENT and intent.before["id"] for intent in intents)


def test_warnings_and_what_halts_a_run_are_kept() -> None:
    notice = Notice("stamp_dropped", "no mark", "a", "1")
    assert list(entries_of(notice, {})) == [Noted(notice)]
    assert list(entries_of(Halted(notice), {})) == [Noted(notice, halts=True)]


def test_a_create_has_no_task_before_it() -> None:
    action = Create(declare({"a": {"name": "A"}})[0])
    [intent] = list(entries_of(Sending((action,)), {id(action): 4}))
    assert intent == Intent(4, "create", "a", "A", "not_live")
    assert b"before" not in encode(intent)
