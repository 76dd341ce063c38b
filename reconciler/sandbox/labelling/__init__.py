"""What labelling does to a task: who labels what, what becomes of it, how far it is.

Pure: a `Board` is where a task stands; each action returns the work that changes, to be stored
in place of what was held. Nothing here reads, writes, waits or draws lots.
"""

from .board import Board
from .judge import settle
from .model import ALL_REVIEWERS, ReviewStrategy, Rules, State, Work, WorkerStrategy
from .partition import assign
from .progress import Metrics, ReviewerMetrics, WorkerCount, count_work, is_done, measure
from .read_rules import read_rules
from .review import approve, reject, request_changes, start_review
from .work import find_abandoned, start, submit

__all__ = [
    "ALL_REVIEWERS",
    "Board",
    "Metrics",
    "ReviewStrategy",
    "ReviewerMetrics",
    "Rules",
    "State",
    "Work",
    "WorkerCount",
    "WorkerStrategy",
    "approve",
    "assign",
    "count_work",
    "find_abandoned",
    "is_done",
    "measure",
    "read_rules",
    "reject",
    "request_changes",
    "settle",
    "start",
    "start_review",
    "submit",
]
