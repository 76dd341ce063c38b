"""The official client, which tests that need it are skipped without."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from .requests import KEY

GRPC: Any = pytest.importorskip("clarifai_grpc.grpc.api.service_pb2_grpc")
SERVICE: Any = pytest.importorskip("clarifai_grpc.grpc.api.service_pb2")
RESOURCES: Any = pytest.importorskip("clarifai_grpc.grpc.api.resources_pb2")
CHANNEL: Any = pytest.importorskip("clarifai_grpc.channel.clarifai_channel")
pytest.importorskip("requests")

USAGE_ERROR: Any = pytest.importorskip("clarifai_grpc.channel.errors").UsageError
METADATA = (("authorization", f"Key {KEY}"),)


@contextmanager
def open_stub(url: str) -> Iterator[Any]:
    """Yield the client's stub for the API at *url*."""
    channel = CHANNEL.ClarifaiChannel.get_json_channel(base_url=url)
    yield GRPC.V2Stub(channel)
    channel.session.close()


def name_app(name: str) -> Any:
    """Return the app *name* as the client's calls take it."""
    return RESOURCES.UserAppIDSet(user_id="official", app_id=name)
