"""Which page of what, and which tasks, the query of a list asks for.

Names and defaults are documented, as are the 1000 items of a page at most, and that tasks of
label orders are left out unless they are asked for. That a page over 1000 or before the first is
refused with 11105 is inferred; that a page beyond the end is empty, and that an unknown name is
ignored, is unknown. `worker_ids` has no spelling in a query (documented) and is ignored.
"""

from werkzeug.datastructures import MultiDict

from .enums import SOURCE_TYPE
from .errors import ApiError, Code
from .kinds import Whole
from .options import Options
from .read import read_choice, read_whole
from .record import Page
from .task_rows import Filters

_DEFAULT_PAGE_SIZE = 128
_LARGEST_PAGE_SIZE = 1000
_UINT32 = Whole(0, 2**32 - 1)
_TRUE = frozenset({"true", "True", "1"})
_FALSE = frozenset({"false", "False", "0"})


def read_page(query: MultiDict[str, str], options: Options) -> Page:
    """Return the page that *query* asks for; `ApiError` if there is no such page."""
    page = _read_number(query, "page", 1)
    size = _read_number(query, "per_page", min(_DEFAULT_PAGE_SIZE, options.page_cap or 1000))
    if page == 0:
        raise ApiError(Code.INVALID_RANGE, "page: must be at least 1")
    if options.page_cap is not None:
        size = min(size, options.page_cap)
    if not 1 <= size <= max(_LARGEST_PAGE_SIZE, options.page_cap or 0):
        raise ApiError(Code.INVALID_RANGE, f"per_page: must be from 1 to {_LARGEST_PAGE_SIZE}")
    return Page(limit=size, offset=(page - 1) * size)


def read_filters(query: MultiDict[str, str], *, created_by: int | None) -> Filters:
    """Return which tasks *query* asks for; `ApiError` if a filter makes no sense."""
    flag = query.get("including_label_order_tasks", "false")
    if flag not in _TRUE | _FALSE:
        raise ApiError(Code.INVALID_REQUEST, "including_label_order_tasks: expected true or false")
    label_orders = read_many(query, "label_order_ids")
    return Filters(
        ids=read_many(query, "ids"),
        workers=read_many(query, "worker_user_ids"),
        reviewers=read_many(query, "review_user_ids"),
        source_type=_read_source_type(query),
        source_ids=read_many(query, "input_source_ids"),
        label_orders=label_orders,
        of_label_orders=flag in _TRUE or label_orders is not None,
        created_by=created_by,
    )


def read_many(query: MultiDict[str, str], name: str) -> list[str] | None:
    """Return the values of *name* in *query*, `None` if there are none."""
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
