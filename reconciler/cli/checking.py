"""How is a folder of files checked, and what is said of it?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.cli.exits import DONE, FAILED
from reconciler.cli.output import say, say_on_screen, write_document
from reconciler.codes import read_pages
from reconciler.errors import ProblemsFoundError, UsageError
from reconciler.jsontext import print_json
from reconciler.manifest import Manifest
from reconciler.problem import Severity
from reconciler.render.document import validation_document
from reconciler.render.github import render_github
from reconciler.render.problems import count_validation, render_page, render_validation
from reconciler.render.sarif import sarif_document
from reconciler.suggest import suggest
from reconciler.workflow import check_files

if TYPE_CHECKING:
    from reconciler.cli.options import Options


def check(options: Options, *, strict: bool) -> Manifest:
    """Return what the files declare and all that is wrong with them."""
    given = options.read_variables()
    try:
        manifest = check_files(options.directory, target=options.target, given=given)
    except ProblemsFoundError as error:
        manifest = Manifest((), error.problems, 0)
    if strict:
        problems = tuple(replace(p, severity=Severity.ERROR) for p in manifest.problems)
        manifest = replace(manifest, problems=problems)
    return manifest


def publish_validation(manifest: Manifest, options: Options) -> int:
    """Print what was found in the format that the options ask for; return the exit code."""
    document = validation_document(manifest)
    match options.output:
        case "json":
            say(print_json(document))
        case "sarif":
            say(print_json(sarif_document(manifest.problems)))
        case "github":
            say("\n".join([*_commands(manifest), count_validation(manifest)]))
        case _:
            text = render_validation(manifest, colour=options.colour, width=options.width)
            say_on_screen(text, options)
    write_document(document, options)
    return FAILED if manifest.has_errors else DONE


def _commands(manifest: Manifest) -> list[str]:
    return [render_github(manifest.problems)] if manifest.problems else []


def explain_code(code: str) -> int:
    """Print the page of a code; raise `UsageError` if there is none."""
    pages = read_pages()
    if code not in pages:
        hint = suggest(code, pages) or f"there are {', '.join(pages)}"
        raise UsageError(f"--explain {code}: there is no such code; {hint}")
    say(render_page(pages[code]))
    return DONE
