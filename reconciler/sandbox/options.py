"""What the documentation leaves open, so that a sandbox can be had either way."""

import math
from dataclasses import dataclass
from enum import StrEnum


class Writes(StrEnum):
    """In which words a task is written back; the documentation shows no reply of a task.

    `CURRENT`: today's field names only, enums as numbers, likely defaults filled in.
    `CLASSIC`: the deprecated field names, enums as names, nothing filled in.
    `MIRRORS`: both spellings at once, enums as numbers, likely defaults filled in.
    """

    CURRENT = "current"
    CLASSIC = "classic"
    MIRRORS = "mirrors"


class Batch(StrEnum):
    """What becomes of a POST, PATCH or DELETE of which a part is wrong.

    `ATOMIC`: nothing is done, and one error answers.
    `MIXED`: each task is judged alone, and what is right is done.
    """

    ATOMIC = "atomic"
    MIXED = "mixed"


@dataclass(frozen=True, slots=True)
class Options:
    """How a sandbox behaves where the documentation is silent.

    `writes`: the words of replies.
    `keep_metadata`: false drops a task's metadata silently, as a server older than the field.
    `page_cap`: the most tasks on a page. Set, it replaces the refusal of a `per_page` over 1000
    by a silent cap; pages are then counted in capped pages.
    `keep_status_on_create`: false ignores a status sent with POST.
    `batch`: whether a request for many tasks is done in part.
    `list_delay`: the seconds until a created task shows up in lists; by its id it is there at once.
    `rate_limit`: the requests that are taken in any one second; `None` takes all.
    `retry_after`: the seconds that an answer to one request too many asks to wait, if any.
    `latency`: the seconds that each answer takes longer.
    `token`: the one key that is accepted; `None` accepts every key that is not empty.
    """

    writes: Writes = Writes.CURRENT
    keep_metadata: bool = True
    page_cap: int | None = None
    keep_status_on_create: bool = False
    batch: Batch = Batch.ATOMIC
    list_delay: float = 0.0
    rate_limit: int | None = None
    retry_after: int | None = None
    latency: float = 0.0
    token: str | None = None

    def __post_init__(self) -> None:
        for name in ("list_delay", "latency"):
            if not 0 <= getattr(self, name) < math.inf:
                raise ValueError(f"{name} must be a number of seconds, 0 or more")
        if self.rate_limit is not None and self.rate_limit < 1:
            raise ValueError("rate_limit must be at least 1")
        if self.retry_after is not None and (self.retry_after < 0 or self.rate_limit is None):
            raise ValueError("retry_after must be 0 or more, and stand beside a rate_limit")
        if self.page_cap is not None and self.page_cap < 1:
            raise ValueError("page_cap must be at least 1")
        if self.token == "":
            raise ValueError("token must not be empty; None accepts every key")
