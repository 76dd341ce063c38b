"""What does the Tasks API do for us? Its calls, one method each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import count
from math import inf
from typing import TYPE_CHECKING, Final, Self
from urllib.parse import quote

from reconciler.api.reply import (
    Verdict,
    count_of,
    failure_of,
    is_out_of_range,
    leaves_open,
    tasks_of,
)
from reconciler.errors import AnswerLostError, ApiError, RejectedError
from reconciler.model import Fault, Json, Spec, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reconciler.api.channel import Channel
    from reconciler.api.reply import Reply

PER_PAGE: Final = 1000
"""The largest page that the API documents."""

_KNOWN_PAGES: Final = 2
"""So many pages in a row that bring nothing new end a listing."""

_TRIGGER: Final = "delete_previous_annotations"


class TasksApi:
    """The Tasks API of one app: a `live.Reader` and an `apply.Writer`.

    What is safe to repeat is repeated: lists, gets, overwrites and deletes after any failure
    that may pass; creates only when the request certainly wasn't carried out. Safe to use from
    many threads.
    """

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    @property
    def requests(self) -> int:
        """How many requests have been sent."""
        return self._channel.requests

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._channel.close()

    def list_tasks(
        self, *, workers: Sequence[str] = (), reviewers: Sequence[str] = ()
    ) -> Iterator[Spec]:
        """Yield every task of the app once; see `live.Reader`.

        A page is the last only if it is empty or, after the first, out of range, or if two in a
        row bring nothing new: a server may give fewer tasks a page than it is asked for, and
        what is created meanwhile may push those of a page to the next one.
        """
        seen: set[str] = set()
        known = 0
        for page in count(1):
            tasks = self._list_page(page, workers=workers, reviewers=reviewers)
            fresh = {task_id: task for task_id, task in tasks.items() if task_id not in seen}
            known = 0 if fresh else known + 1
            if not tasks or known == _KNOWN_PAGES:
                return
            seen.update(fresh)
            yield from fresh.values()

    def get_task(self, task_id: str) -> Spec:
        """Return one task, the one that is asked for; raise `MissingError` if there is none."""
        reply = self._channel.send("GET", f"/tasks/{quote(task_id, safe='')}")
        task = reply.body.get("task")
        if not isinstance(task, Mapping) or text_of(task.get("id")) != task_id:
            raise ApiError(replace(reply.fault, sentence="the API answered without the task"))
        return task

    def count_annotations(self, task_id: str) -> int:
        """Return how many annotations belong to a task; see `live.Reader`."""
        reply = self._channel.send("GET", f"/tasks/{quote(task_id, safe='')}/annotations/count")
        # Without the task's own id it is some other answer, and silence must not mean nobody.
        if reply.body.get("task_id") != task_id:
            raise ApiError(replace(reply.fault, sentence="the API answered without the counts"))
        return count_of(reply.body)

    def create_tasks(self, bodies: Sequence[Spec]) -> tuple[Spec | Fault, ...]:
        """Create tasks; see `apply.Writer`."""
        return self._results(self._channel.send("POST", "/tasks", body={"tasks": list(bodies)}))

    def overwrite_tasks(
        self, bodies: Sequence[Spec], *, until: float = inf
    ) -> tuple[Spec | Fault, ...]:
        """Overwrite tasks; see `apply.Writer`.

        One that has earlier annotations deleted is not repeated after a lost answer: it would
        delete what the first try has made.
        """
        body: Json = {"action": "overwrite", "tasks": list(bodies)}
        once = any(_TRIGGER in body for body in bodies)
        return self._results(
            self._channel.send("PATCH", "/tasks", body=body, until=until, once=once)
        )

    def delete_tasks(self, ids: Sequence[str], *, until: float = inf) -> None:
        """Delete tasks; see `apply.Writer`."""
        reply = self._channel.send("DELETE", "/tasks", body={"ids": list(ids)}, until=until)
        if reply.verdict is Verdict.MIXED:
            if len(ids) == 1:
                raise AnswerLostError(reply.fault, answered=True)
            raise self._channel.error(replace(reply, verdict=Verdict.REFUSED))

    def _list_page(
        self, page: int, *, workers: Sequence[str], reviewers: Sequence[str]
    ) -> Mapping[str, Spec]:
        """Return the tasks of a page by id, none if the page lies beyond the last."""
        params: list[tuple[str, str]] = [
            ("page", str(page)),
            ("per_page", str(PER_PAGE)),
            ("including_label_order_tasks", "true"),
            *(("worker_user_ids", user) for user in workers),
            *(("review_user_ids", user) for user in reviewers),
        ]
        try:
            reply = self._channel.send("GET", "/tasks", params=params)
        except RejectedError as error:
            if page > 1 and is_out_of_range(error.fault):
                return {}
            raise
        found = tasks_of(reply.body)
        tasks = {text_of(task.get("id")): task for task in reversed(found or ())}
        if found is None or reply.verdict is Verdict.MIXED or "" in tasks:
            raise ApiError(replace(reply.fault, sentence="the list of tasks can't be read whole"))
        return dict(reversed(tasks.items()))

    def _results(self, reply: Reply) -> tuple[Spec | Fault, ...]:
        results: list[Spec | Fault] = []
        for task in tasks_of(reply.body) or ():
            failure = failure_of(task, reply.fault.http_status)
            if failure and leaves_open(failure):
                results.append({})
            else:
                results.append(self._channel.mask(failure) if failure else task)
        return tuple(results)
