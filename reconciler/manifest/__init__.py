"""Which tasks are desired? A folder of files → desired tasks, and every problem with its place."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from reconciler.errors import ProblemsFoundError, UsageError
from reconciler.manifest.expand import MOST_TASKS, Expanded, expand_entry
from reconciler.manifest.files import find_files, name_file, read_file
from reconciler.manifest.frame import read_frame
from reconciler.manifest.judge import judge_document, judge_set, judge_task
from reconciler.manifest.ledger import Ledger
from reconciler.manifest.scope import Scope
from reconciler.manifest.variables import names_in
from reconciler.manifest.yamltext import Document, read_text
from reconciler.model import Place
from reconciler.problem import Problem, Severity
from reconciler.suggest import suggest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from reconciler.model import Desired


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a folder declares for one target or for several.

    *desired* holds the tasks for the first target in the order of files and lines, as far as
    they can be read; *problems* the errors and warnings for all targets, by place.
    """

    desired: tuple[Desired, ...]
    problems: tuple[Problem, ...]
    files: int

    @property
    def has_errors(self) -> bool:
        """Whether one of the problems is an error."""
        return any(problem.severity is Severity.ERROR for problem in self.problems)


def load_desired(directory: Path, scope: Scope) -> Manifest:
    """Return what a folder declares for the target of *scope*, without an error.

    Raise `ProblemsFoundError` with every problem of every file if one of them is an error.
    """
    ledger = Ledger()
    manifest = read_manifest(directory, (scope,), ledger)
    if ledger.has_errors:
        raise ProblemsFoundError(manifest.problems)
    return manifest


def read_manifest(directory: Path, scopes: Sequence[Scope], ledger: Ledger) -> Manifest:
    """Read a folder for each of *scopes*; the problems are those of *ledger* and its own.

    Raise `ProblemsFoundError` if the folder can't be read whole, `UsageError` if the command
    line sets a variable that no file uses.
    """
    documents = []
    paths = find_files(directory)
    if not paths:
        ledger.add((_no_files(directory),))
    for path in paths:
        document, problems = _read_document(path)
        ledger.add_flaws(problems)
        ledger.keep_text(document.file, document.text)
        if document.whole:
            documents.append(document)
    desired: list[tuple[Desired, ...]] = []
    for scope in scopes:
        ledger.begin(scope.target)
        desired.append(tuple(_read_scope(documents, scope, ledger)))
    if not ledger.has_errors:
        _check_given(scopes, documents)
    return Manifest(desired[0], ledger.close(), len(paths) + ledger.has_config)


def _no_files(directory: Path) -> Problem:
    sentence = "there are no task files in this folder"
    hint = "is it the right one? If no task is wanted, write a file with `tasks: {}`"
    place = Place(name_file(directory))
    return Problem(place, "no-files", sentence, hint, severity=Severity.WARNING)


def _read_document(path: Path) -> tuple[Document, tuple[Problem, ...]]:
    text, problems = read_file(path)
    file = name_file(path)
    if problems:
        return Document(file, text, None, {}, plain=True, whole=False), problems
    return read_text(text, file=file, is_json=path.suffix.lower() == ".json")


def _read_scope(documents: Iterable[Document], scope: Scope, ledger: Ledger) -> Iterator[Desired]:
    """Yield the desired tasks for one target, and note what is wrong with them."""
    found: list[Expanded] = []
    for document in documents:
        for result in islice(_expand(document, scope), MOST_TASKS):
            if isinstance(result, Problem):
                ledger.add((result,), target=scope.target)
                continue
            found.append(result)
            ledger.add(judge_task(result), target=scope.target)
        if len(found) > MOST_TASKS:
            ledger.add((_too_many(document),))
            break
        ledger.add(judge_document(document), target=scope.target)
    ledger.add(judge_set(found, scope), target=scope.target)
    return (expanded.desired for expanded in found)


def _too_many(document: Document) -> Problem:
    sentence = f"up to here the files declare more than {MOST_TASKS} tasks, which is the limit"
    return Problem(document.place(), "for-each", sentence, "write fewer of them")


def _expand(document: Document, scope: Scope) -> Iterator[Expanded | Problem]:
    for entry in read_frame(document):
        if isinstance(entry, Problem):
            yield entry
        else:
            yield from expand_entry(entry, scope)


def _check_given(scopes: Iterable[Scope], documents: Iterable[Document]) -> None:
    """Raise `UsageError` for a variable of the command line that fills in nothing.

    It would be a mistyped one, and the value of the right one another than it seems.
    """
    given = {name for scope in scopes for name in scope.given}
    if not given:
        return
    used = {name for document in documents for name in names_in(document.text)}
    for name in sorted(given - used):
        hint = suggest(name, used) or "remove it"
        raise UsageError(f"--var {name}: no file uses this variable; {hint}")


__all__ = ["Manifest", "Scope", "load_desired", "read_manifest"]
