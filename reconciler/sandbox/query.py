"""Which page of which tasks the query of a list asks for.

Names and defaults are documented, as are the 1000 tasks of a page at most. That a page over 1000
or before the first is refused with 11105 is inferred; that a page beyond the end is empty, and
that an unknown name is ignored, is unknown. `worker_ids` has no spelling in a query (documented)
and is ignored. `additional_fields` only ever adds what a sandbox does not have.
"""

from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from .enums import SOURCE_TYPE
from .errors import ApiError, Code
from .kinds import Whole
from .options import Options
from .read import read_choice, read_whole
from .store import Filters

_DEFAULT_PAGE_SIZE = 128
_LARGEST_PAGE_SIZE = 1000
_UINT32 = Whole(0, 2**32 - 1)
_BOOLEANS = frozenset({"true", "True", "1", "false", "False", "0"})


@dataclass(frozen=True, slots=True)
class Page:
    """The tasks that a list asks for: `limit` of those that `filters` let through."""

    filters: Filters
    limit: int
    offset: int


def read_query(query: MultiDict[str, str], options: Options, *, now: float) -> Page:
    """Return the page that *query* asks for; `ApiError` if it makes no sense.

    *now* is the moment of the request, in seconds since 1970.
    """
    page = _read_number(query, "page", 1)
    size = _read_number(query, "per_page", min(_DEFAULT_PAGE_SIZE, options.page_cap or 1000))
    if page == 0:
        raise ApiError(Code.INVALID_RANGE, "page: must be at least 1")
    if options.page_cap is not None:
        size = min(size, options.page_cap)
    if not 1 <= size <= max(_LARGEST_PAGE_SIZE, options.page_cap or 0):
        raise ApiError(Code.INVALID_RANGE, f"per_page: must be from 1 to {_LARGEST_PAGE_SIZE}")
    flag = query.get("including_label_order_tasks", "false")
    if flag not in _BOOLEANS:
        raise ApiError(Code.INVALID_REQUEST, "including_label_order_tasks: expected true or false")
    created_by = int((now - options.list_delay) * 1e6) if options.list_delay else None
    filters = _read_filters(query, created_by=created_by)
    return Page(filters, limit=size, offset=(page - 1) * size)


def _read_filters(query: MultiDict[str, str], *, created_by: int | None) -> Filters:
    return Filters(
        ids=_read_many(query, "ids"),
        workers=_read_many(query, "worker_user_ids"),
        reviewers=_read_many(query, "review_user_ids"),
        source_type=_read_source_type(query),
        source_ids=_read_many(query, "input_source_ids"),
        label_orders=_read_many(query, "label_order_ids"),
        created_by=created_by,
    )


def _read_many(query: MultiDict[str, str], name: str) -> list[str] | None:
    return query.getlist(name) or None


def _read_number(query: MultiDict[str, str], name: str, default: int) -> int:
    if name not in query:
        return default
    try:
        return read_whole(_UINT32, query[name])
    except ValueError as error:
        raise ApiError(Code.INVALID_REQUEST, f"{name}: {error}") from error


def _read_source_type(query: MultiDict[str, str]) -> int | None:
    if "input_source_type" not in query:
        return None
    try:
        return read_choice(SOURCE_TYPE, query["input_source_type"]) or None
    except ValueError as error:
        raise ApiError(Code.INVALID_REQUEST, f"input_source_type: {error}") from error
