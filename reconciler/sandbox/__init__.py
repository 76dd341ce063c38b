"""A place to try things without an account.

An emulation of the Clarifai Tasks API, written from the API's documentation. What the
documentation leaves open is an option.
"""

from .app import create_app
from .database import reset
from .errors import SandboxError, ScriptError
from .options import Batch, Options, Writes
from .script import read_faults
from .serve import serve
from .spoil import spoil

__all__ = [
    "Batch",
    "Options",
    "SandboxError",
    "ScriptError",
    "Writes",
    "create_app",
    "read_faults",
    "reset",
    "serve",
    "spoil",
]
