"""What stands where a placeholder stands? Substitution: never code, and only once; pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from reconciler.errors import UsageError
from reconciler.manifest.yamltext import read_text
from reconciler.suggest import suggest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.manifest.yamltext import Path
    from reconciler.model import Json

UNDEFINED: Final = "undefined-variable"
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_BRACES: Final = re.compile(r"\{\{[^{}\n]{0,40}\}{0,2}")

_MOST_ERRORS: Final = 20
"""Of one text no more is told."""

_TOKEN: Final = re.compile(r"\\\{\{|\{\{\s*([A-Za-z_][A-Za-z0-9_]*)\s*\}\}|\{\{")


class SubstitutionError(Exception):
    """A placeholder that can't be filled in, and where: *path* inside what was substituted.

    *code* is that of the problem, *token* the placeholder itself. *in_key* says that it stands
    in the key at *path*, and not in the value.
    """

    def __init__(
        self,
        sentence: str,
        hint: str,
        path: Path = (),
        *,
        code: str = "variable",
        in_key: bool = False,
        token: str = "",
    ) -> None:
        super().__init__(sentence)
        self.token = token
        self.hint = hint
        self.path = path
        self.code = code
        self.in_key = in_key

    def at(self, path: Path, *, in_key: bool = False) -> SubstitutionError:
        """Return the same error at *path*."""
        return SubstitutionError(
            str(self), self.hint, path, code=self.code, in_key=in_key, token=self.token
        )


def substitute(value: Json, variables: Mapping[str, Json]) -> Json:
    """Return *value* with the placeholders in all strings and mapping keys filled in.

    A string that is one placeholder becomes the variable's value, with its type; inside a
    longer text only text and numbers fit. `\\{{` is a literal `{{`. Raise the first
    `SubstitutionError`.
    """
    result, errors = fill_in(value, variables)
    if errors:
        raise errors[0]
    return result


def fill_in(
    value: Json, variables: Mapping[str, Json]
) -> tuple[Json, tuple[SubstitutionError, ...]]:
    """Return what `substitute` returns, and every error; what is wrong is left as it was."""
    filler = _Filler(variables)
    return filler.fill(value, ()), tuple(filler.errors)


@dataclass(slots=True)
class _Filler:
    """Fills in one value. What aliases share is filled in once, and shared again."""

    variables: Mapping[str, Json]
    errors: list[SubstitutionError] = field(default_factory=list)
    filled: dict[int, Json] = field(default_factory=dict)

    def fill(self, value: Json, path: Path) -> Json:
        """Return *value*, which stands at *path*, with its placeholders filled in."""
        if isinstance(value, str):
            return self._fill_text(value, path) if "{{" in value else value
        if not isinstance(value, Mapping | Sequence):
            return value
        known = self.filled.get(id(value))
        if known is None:
            known = self._fill_parts(value, path)
            self.filled[id(value)] = known
        return known

    def _fill_text(self, text: str, path: Path) -> Json:
        filled, wrong = _fill_text(text, self.variables)
        self.errors.extend(error.at(path) for error in wrong)
        return text if wrong else filled

    def _fill_parts(self, value: Mapping[str, Json] | Sequence[Json], path: Path) -> Json:
        if not isinstance(value, Mapping):
            return [self.fill(part, (*path, i)) for i, part in enumerate(value)]
        result: dict[str, Json] = {}
        for name, part in value.items():
            key = _fill_key(name, self.variables, path, self.errors)
            if key in result:
                sentence = f"another key beside `{name}` becomes `{key}` too"
                error = SubstitutionError(sentence, "remove one of them")
                self.errors.append(error.at((*path, name), in_key=True))
            result[key] = self.fill(part, (*path, name))
        return result


def _fill_key(
    key: str, variables: Mapping[str, Json], path: Path, errors: list[SubstitutionError]
) -> str:
    filled, wrong = fill_key(key, variables)
    errors.extend(error.at((*path, key), in_key=True) for error in wrong)
    return key if wrong else filled


def fill_key(key: str, variables: Mapping[str, Json]) -> tuple[str, tuple[SubstitutionError, ...]]:
    """Return a mapping's key with its placeholders filled in, and every error."""
    if "{{" not in key:
        return key, ()
    value, errors = _fill_text(key, variables)
    if errors or (isinstance(value, str | int) and not isinstance(value, bool)):
        return str(value), errors
    sentence = f"the key `{key}` does not become text"
    return key, (SubstitutionError(sentence, "use text or a number"),)


def lone_name(text: str) -> str:
    """Return the name of the placeholder that is all of *text*, "" if it isn't one."""
    whole = _TOKEN.fullmatch(text)
    return whole[1] or "" if whole else ""


def names_in(text: str) -> set[str]:
    """Return the names of all placeholders in a text."""
    return {match[1] for match in _TOKEN.finditer(text) if match[1]}


def read_values(variables: Json) -> tuple[Json, tuple[SubstitutionError, ...]]:
    r"""Return variables as they are filled in, and each that uses another one.

    Expansion happens once: a placeholder in a value would be sent as it is. `\{{` is `{{`.
    """
    values, errors = fill_in(variables, {})
    once = SubstitutionError(*_ONCE)
    return values, tuple(once.at(error.path, in_key=error.in_key) for error in errors)


_ONCE: Final = (
    "variables are not filled in from other variables",
    "write the value itself, or \\{{ for a literal {{",
)


def _fill_text(
    text: str, variables: Mapping[str, Json]
) -> tuple[Json, tuple[SubstitutionError, ...]]:
    """Return a text with its placeholders filled in, and every error."""
    errors: list[SubstitutionError] = []

    def fill(match: re.Match[str]) -> str:
        try:
            return _fill_token(match, text, variables)
        except SubstitutionError as error:
            error.token = _braces_at(text, match.start())
            if len(errors) < _MOST_ERRORS:
                errors.append(error)
            return match[0]

    name = lone_name(text)
    if name and name in variables:
        return variables[name], ()
    return _TOKEN.sub(fill, text), tuple(errors)


def _braces_at(text: str, start: int) -> str:
    """Return what a person would call the placeholder that begins at *start*, right or wrong."""
    found = _BRACES.match(text, start)
    return found[0] if found else ""


def _fill_token(match: re.Match[str], text: str, variables: Mapping[str, Json]) -> str:
    if match[0] == "\\{{":
        return "{{"
    if not match[1]:
        sentence = f"`{_braces_at(text, match.start())}` is not a placeholder"
        hint = r"write {{ name }}, or \{{ for a literal {{ (in double quotes \\{{)"
        raise SubstitutionError(sentence, hint)
    value = _value_of(match[1], variables)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        sentence = f"the variable `{match[1]}` is neither text nor a number"
        raise SubstitutionError(sentence, "let the placeholder stand alone in its string")
    return str(value)


def _value_of(name: str, variables: Mapping[str, Json]) -> Json:
    if name in variables:
        return variables[name]
    hint = suggest(name, variables) or f"give it under the target's `variables` or by --var {name}="
    raise SubstitutionError(f"the variable `{name}` is not defined", hint, code=UNDEFINED)


def is_name(text: str) -> bool:
    """Tell whether a placeholder can hold *text*."""
    return _NAME.fullmatch(text) is not None


def parse_assignments(assignments: Iterable[str]) -> dict[str, Json]:
    """Return the variables of NAME=VALUE texts, the values parsed as YAML.

    Raise `UsageError` for one that can't be read.
    """
    result: dict[str, Json] = {}
    for text in assignments:
        name, equals, value = text.partition("=")
        if not equals or not is_name(name):
            raise UsageError(f"--var {text}: write NAME=VALUE, with a name like `annotators`")
        document, problems = read_text(value, file=f"--var {name}")
        if problems:
            first = problems[0]
            raise UsageError(f"--var {name}: {first.sentence}; {first.hint or 'quote the value'}")
        values, errors = read_values(document.data)
        if errors:
            raise UsageError(f"--var {name}: {errors[0]}; {errors[0].hint}")
        result[name] = values
    return result
