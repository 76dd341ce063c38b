"""What a worker said about an input, so that equal texts mean the same."""

from collections.abc import Iterable

from .normalise import objects
from .values import Json, JsonObject, print_json

_ABSENT_VALUE = 1  # documented for concepts in JSON requests


def read_answer(annotations: Iterable[JsonObject]) -> str:
    """Return what the `data` of all of a worker's *annotations* of one input say together.

    Their order says nothing, nor does that of concepts, nor that one was sent twice. No annotation
    at all is an answer too: that there is nothing to see.
    """
    return print_json([*sorted({print_json(_sort(data)) for data in annotations})])


def _sort(data: JsonObject) -> Json:
    rest: JsonObject = {name: data[name] for name in sorted(data) if name != "concepts"}
    concepts = sorted(print_json(_identify(each)) for each in objects(data.get("concepts")))
    return [*concepts, _sort_deeply(rest)]


def _identify(concept: JsonObject) -> Json:
    return [concept.get("id", concept.get("name")), concept.get("value", _ABSENT_VALUE)]


def _sort_deeply(value: Json) -> Json:
    match value:
        case dict():
            return {name: _sort_deeply(value[name]) for name in sorted(value)}
        case list():
            return [_sort_deeply(item) for item in value]
        case _:
            return value
