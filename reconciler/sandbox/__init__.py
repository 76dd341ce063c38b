"""A place to try things without an account.

An emulation of the Clarifai Tasks API, written from the API's documentation. What the
documentation leaves open is an option.
"""

from .app import create_app
from .database import reset
from .errors import SandboxError
from .options import Batch, Options, Writes
from .serve import serve

__all__ = ["Batch", "Options", "SandboxError", "Writes", "create_app", "reset", "serve"]
