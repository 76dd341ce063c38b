"""A place to try things without an account.

An emulation of the Clarifai Tasks API, written from the API's documentation. What the
documentation leaves open is an option.
"""

from .app import create_app
from .crew import Habits, TaskProgress, label, review, seed, show
from .database import reset
from .desk import Desk, open_desk
from .errors import SandboxError, ScriptError
from .options import Batch, Options, Writes
from .script import read_faults
from .serve import serve
from .spoil import spoil

__all__ = [
    "Batch",
    "Desk",
    "Habits",
    "Options",
    "SandboxError",
    "ScriptError",
    "TaskProgress",
    "Writes",
    "create_app",
    "label",
    "open_desk",
    "read_faults",
    "reset",
    "review",
    "seed",
    "serve",
    "show",
    "spoil",
]
