"""The work on a task as the API shows it: handed out, taken in, reviewed, counted."""

from collections.abc import Sequence
from typing import Any

import httpx
import pytest

from .conftest import MakeClient
from .requests import CONSENSUS, KEY, MANUAL, PARTITIONED, UNASSIGNED, answer, patch, post

_OK = (10000, 200)
_REFUSED = (11102, 400)
_APP = "/v2/users/sandbox-user/apps/sandbox-app"
_OPEN = {"pending": 0, "awaiting_review": 0, "success": 0, "review_denied": 0} | {
    "awaiting_consensus_review": 0
}


class People:
    """Those who work on the tasks of one app."""

    def __init__(self, client: httpx.Client, inputs: int = 3) -> None:
        self.client = client
        self.inputs = [f"i{number}" for number in range(inputs)]
        for start in range(0, inputs, 100):
            batch = [{"id": name} for name in self.inputs[start : start + 100]]
            answer(client.post("/v2/inputs", json={"inputs": batch}))

    def act(
        self, who: str, task: str, action: str, code: tuple[int, int] = _OK, **config: Any
    ) -> list[Any]:
        names = {"REVIEW_START": "review_start_config", "LABEL_SUBMIT": "label_submit_config"}
        body = {"action": action}
        if config:
            body[names.get(action, f"{action.lower()}_config")] = config  # type: ignore[assignment]
        response = self.client.put(f"{_APP}/tasks/{task}/assignments", json=body, headers=_as(who))
        found: list[Any] = answer(response, *code)["task_assignments"]
        return found

    def start(self, who: str, task: str) -> list[str]:
        return [each["input"]["id"] for each in self.act(who, task, "LABEL_START")]

    def label(self, who: str, task: str, answers: dict[str, str]) -> list[Any]:
        """Annotate each input with a concept, and submit."""
        annotations = [
            {"input_id": name, "task_id": task, "data": {"concepts": [{"id": concept}]}}
            for name, concept in answers.items()
        ]
        answer(
            self.client.post("/v2/annotations", json={"annotations": annotations}, headers=_as(who))
        )
        own = [{"input": {"id": name}, "worker": {"user": {"id": who}}} for name in answers]
        return self.act(who, task, "LABEL_SUBMIT", task_assignments=own)

    def counts(self, task: str, what: str = "inputs", query: str = "") -> dict[str, dict[str, int]]:
        """Return the numbers above 0 of each worker."""
        body = answer(self.client.get(f"/v2/tasks/{task}/{what}/count?{query}"))
        assert (body["app_id"], body["task_id"]) == ("sandbox-app", task)
        return {
            each["user_id"]: {name: each[name] for name in _OPEN if each[name]}
            for each in body["counts"]
        }

    def statuses(self, task: str) -> list[int]:
        found = answer(self.client.get(f"/v2/annotations?task_id={task}"))["annotations"]
        return [each["status"]["code"] for each in found]

    def get(self, task: str, query: str = "") -> Any:
        return answer(self.client.get(f"/v2/tasks/{task}?{query}"))["task"]


def _as(who: str) -> dict[str, str]:
    return {"Authorization": f"Key {KEY}:{who}"}


def _state(assignments: Sequence[Any]) -> list[int]:
    return [each["status"]["code"] for each in assignments]


@pytest.fixture
def people(client: httpx.Client) -> People:
    return People(client)


def _full(*workers: str, **more: Any) -> dict[str, Any]:
    return UNASSIGNED | {"worker": {"strategy": "FULL", "user_ids": list(workers)}} | more


def test_work_without_review_is_done_at_once(people: People) -> None:
    [task] = post(people.client, _full("ana"))
    key = task["id"]
    assert people.counts(key) == {"ana": {"pending": 3}}
    assert people.start("ana", key) == people.inputs
    assert _state(people.label("ana", key, {"i0": "cat", "i1": "cat"})) == [54200, 54200]
    assert people.counts(key) == {"ana": {"pending": 1, "success": 2}}
    assert people.counts(key, "annotations") == {"ana": {"success": 2}}
    assert people.get(key)["status"]["code"] == 54001
    people.label("ana", key, {"i2": "cat"})
    assert people.get(key)["status"]["code"] == 54002


def test_what_waits_for_a_reviewer(people: People) -> None:
    [task] = post(people.client, MANUAL)
    key = task["id"]
    people.label("ana", key, {"i0": "cat", "i1": "dog", "i2": "cat"})
    assert people.counts(key) == {"ana": {"awaiting_review": 3}}
    assert people.statuses(key) == [24157] * 3
    queue = people.act("rev", key, "REVIEW_START")
    assert [each["input"]["id"] for each in queue] == people.inputs
    ids = [{"id": each["id"]} for each in queue]
    assert _state(people.act("rev", key, "REVIEW_APPROVE", task_assignments=ids[:1])) == [54200]
    assert _state(people.act("rev", key, "REVIEW_REJECT", task_assignments=ids[1:2])) == [54204]
    again = people.act("rev", key, "REVIEW_REQUEST_CHANGES", task_assignments=ids[2:])
    assert _state(again) == [54201]
    assert people.statuses(key) == [24150, 24158, 24151]
    assert people.counts(key) == {"ana": {"pending": 1, "success": 1, "review_denied": 1}}
    assert people.get(key)["status"]["code"] == 54001
    people.label("ana", key, {"i2": "cow"})
    assert people.act("rev", key, "REVIEW_APPROVE", workers=[{"user": {"id": "ana"}}])
    assert people.get(key)["status"]["code"] == 54002


def test_a_consensus_needs_no_reviewer(people: People) -> None:
    review = {"review": CONSENSUS["review"]}
    [task] = post(people.client, _full("ana", "bo", "cy", **review))
    key = task["id"]
    assert _state(people.label("ana", key, {"i0": "cat", "i1": "cat"})) == [54203, 54203]
    assert people.statuses(key) == [24159, 24159]
    assert _state(people.label("bo", key, {"i0": "cat", "i1": "dog"})) == [54200, 54203]
    assert _state(people.label("cy", key, {"i0": "dog", "i1": "cow"})) == [54204, 54202]
    assert people.counts(key)["ana"] == {"pending": 1, "success": 1, "awaiting_review": 1}
    waiting = people.act("rev", key, "REVIEW_START")
    assert [each["input"]["id"] for each in waiting] == ["i1"] * 3


def test_an_answer_that_is_sent_twice_is_the_same(people: People) -> None:
    """Who was interrupted between annotating and submitting annotates again."""
    review = {"strategy": "CONSENSUS", "consensus_strategy_info": {"approval_threshold": 2}}
    [task] = post(people.client, _full("ana", "bo", review=review))
    twice = {"input_id": "i0", "task_id": task["id"], "data": {"concepts": [{"id": "cat"}]}}
    answer(people.client.post("/v2/annotations", json={"annotations": [twice]}, headers=_as("ana")))
    people.label("ana", task["id"], {"i0": "cat"})
    people.label("bo", task["id"], {"i0": "cat"})
    assert people.counts(task["id"])["ana"] == {"pending": 2, "success": 1}


def test_the_seeds_partition(client: httpx.Client) -> None:
    people = People(client, inputs=100)
    [task] = post(client, PARTITIONED)
    assert people.counts(task["id"]) == {"ana": {"pending": 90}, "bo": {"pending": 10}}
    assert people.counts(task["id"], query="user_ids=bo") == {"bo": {"pending": 10}}
    assert len(people.start("bo", task["id"])) == 10


def test_a_dynamic_task_hands_out_ten(client: httpx.Client) -> None:
    people = People(client, inputs=25)
    worker = {"strategy": "DYNAMIC", "user_ids": ["ana", "bo"]}
    [task] = post(client, UNASSIGNED | {"worker": worker})
    key = task["id"]
    assert people.counts(key) == {"ana": {}, "bo": {}}
    first = people.start("ana", key)
    assert first == people.inputs[:10]
    assert people.start("ana", key) == first
    assert people.start("bo", key) == people.inputs[10:20]
    people.label("ana", key, dict.fromkeys(first, "cat"))
    assert people.start("ana", key) == people.inputs[20:]


def test_workers_change_while_work_goes_on(client: httpx.Client) -> None:
    people = People(client, inputs=40)
    [task] = post(client, PARTITIONED)
    key = task["id"]
    done = people.start("ana", key)
    people.label("ana", key, dict.fromkeys(done, "cat"))
    worker = {"strategy": "PARTITIONED", "user_ids": ["bo", "cy"]}
    patch(client, PARTITIONED | {"id": key, "worker": worker})
    counts = people.counts(key)
    assert counts["ana"] == {"success": 10}
    assert counts["bo"]["pending"] + counts["cy"]["pending"] == 30
    assert abs(counts["bo"]["pending"] - counts["cy"]["pending"]) <= 1


def test_metrics_come_when_asked_for(people: People) -> None:
    [task] = post(people.client, MANUAL)
    key = task["id"]
    assert "metrics" not in people.get(key)
    assert "metrics" not in people.get(key, "additional_fields=worker.users")
    assert people.get(key, "additional_fields=all")["metrics"] == {
        "input_source": {"inputs_count_estimated": "3"},
        "review": {
            "inputs_count_estimated_per_reviewer": ["0"],
            "inputs_reviewable_count_estimated_per_reviewer": ["3"],
            "inputs_percent_estimated_per_reviewer": [0],
        },
    }
    people.label("ana", key, {"i0": "cat"})
    asked = "additional_fields=metrics.work.inputs_percent_estimated"
    [listed] = answer(people.client.get(f"/v2/tasks?{asked}"))["tasks"]
    assert listed["metrics"] == {"work": {"inputs_percent_estimated": 33}}


def test_inputs_of_a_dataset(people: People) -> None:
    answer(people.client.post("/v2/datasets", json={"datasets": [{"id": "d"}]}))
    answer(people.client.post("/v2/inputs", json={"inputs": [{"id": "x", "dataset_ids": ["d"]}]}))
    of_dataset = _full("ana", input_source={"type": "DATASET", "id": "d"})
    one = _full("ana", input_source={"type": "INPUT", "id": "i1"})
    search = _full("ana", input_source={"type": "SAVED_SEARCH", "id": "s"})
    starts = [
        people.start("ana", task["id"]) for task in post(people.client, of_dataset, one, search)
    ]
    assert starts == [["x"], ["i1"], []]


def test_the_older_calls(people: People) -> None:
    [task] = post(people.client, MANUAL)
    path = f"{_APP}/tasks/{task['id']}/assignments"
    found = answer(people.client.get(path, headers=_as("ana")))["inputs"]
    assert [each["id"] for each in found] == people.inputs
    body = answer(people.client.put(path, json={"input_id": "i1"}, headers=_as("ana")))
    assert _state(body["task_assignments"]) == [54202]
    people.label("ana", task["id"], {"i0": "cat"})
    body = {"action": "overwrite", "status_codes": ["ANNOTATION_AWAITING_REVIEW"]} | {
        "user_ids": ["ana"],
        "status_code": 24150,
    }
    path = f"{_APP}/task/{task['id']}/annotations/status"
    changed = answer(people.client.patch(path, json=body))
    assert (changed["user_ids"], changed["updated_count"]) == (["ana"], 1)
    assert people.statuses(task["id"]) == [24150]


def test_a_status_of_an_annotation_is_patched(people: People) -> None:
    made = {"annotations": [{"input_id": "i0", "data": {"concepts": [{"id": "cat"}]}}]}
    [annotation] = answer(people.client.post("/v2/annotations", json=made))["annotations"]
    assert annotation["status"]["code"] == 24150
    change = {"id": annotation["id"], "status": {"code": "ANNOTATION_PENDING"}}
    body = {"action": "merge", "annotations": [change]}
    [changed] = answer(people.client.patch("/v2/annotations", json=body))["annotations"]
    assert changed["status"]["code"] == 24151
    assert changed["modified_at"] > annotation["modified_at"]
    body = {"action": "merge", "annotations": [change | {"data": {}}]}
    refused = answer(people.client.patch("/v2/annotations", json=body), 11102, 400)
    assert "annotations[0].data: the sandbox patches a status only" in refused["status"]["details"]


def test_labels_go_with_their_task(people: People) -> None:
    [task] = post(people.client, MANUAL)
    people.label("ana", task["id"], {"i0": "cat"})
    body = {"ids": [task["id"]]}
    answer(people.client.request("DELETE", "/v2/tasks", json=body))
    assert people.statuses(task["id"]) == []


@pytest.mark.parametrize(
    ("who", "action", "role"),
    [("bo", "LABEL_START", "worker"), ("ana", "REVIEW_START", "reviewer")],
)
def test_strangers_are_refused(people: People, who: str, action: str, role: str) -> None:
    [task] = post(people.client, MANUAL)
    response = people.client.put(
        f"{_APP}/tasks/{task['id']}/assignments", json={"action": action}, headers=_as(who)
    )
    body = answer(response, 54103, 403)
    assert f"{who} is no {role} of this task" in body["status"]["details"]


def test_what_names_nothing_is_refused(people: People) -> None:
    [task] = post(people.client, MANUAL)
    act = people.act
    assert act("ana", task["id"], "LABEL_SUBMIT", _REFUSED) == []
    assert act("ana", task["id"], "LABEL_SUBMIT", _REFUSED, task_assignments=[{"id": "x"}]) == []
    assert act("ana", "0" * 32, "LABEL_START", (54102, 404)) == []
    unknown = {"annotations": [{"input_id": "nowhere"}]}
    answer(people.client.post("/v2/annotations", json=unknown), 30102, 404)
    unknown = {"annotations": [{"input_id": "i0", "task_id": "0" * 32}]}
    answer(people.client.post("/v2/annotations", json=unknown), 54102, 404)


def test_a_key_speaks_for_a_user(make_client: MakeClient) -> None:
    client = make_client(token="secret")
    for key, code, http in [("secret", 10000, 200), ("secret:ana", 10000, 200)]:
        answer(client.get("/v2/tasks", headers={"Authorization": f"Key {key}"}), code, http)
    for key in ("secre", "other:ana", "ana:secret", "secret:ana:bo"):
        response = client.get("/v2/tasks", headers={"Authorization": f"Key {key}"})
        answer(response, 11009, 401)


def test_tasks_of_a_label_order(client: httpx.Client) -> None:
    [own, ordered] = post(client, MANUAL, MANUAL | {"label_order_id": "lo"})
    assert ordered["label_order_id"] == "lo"

    def listed(query: str) -> list[str]:
        return [task["id"] for task in answer(client.get(f"/v2/tasks?{query}"))["tasks"]]

    both = [own["id"], ordered["id"]]
    assert listed("") == listed("including_label_order_tasks=false") == [own["id"]]
    assert listed("including_label_order_tasks=True") == both
    assert listed("label_order_ids=lo") == [ordered["id"]]
    assert listed("label_order_ids=other") == []
    assert answer(client.get(f"/v2/tasks/{ordered['id']}"))["task"] == ordered
