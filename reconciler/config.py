"""Where to apply, and as whom? `reconciler.yaml` and the environment → owner and target."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from reconciler.errors import ProblemsFoundError, TargetError, UsageError
from reconciler.guard import DEFAULT_MAX_DELETES, MaxDeletes
from reconciler.manifest.files import CONFIG_NAME, name_file, read_file
from reconciler.manifest.frame import find_place
from reconciler.manifest.judge import place_violation
from reconciler.manifest.ledger import Ledger
from reconciler.manifest.places import Violation
from reconciler.manifest.schema import find_violations
from reconciler.manifest.scope import Scope
from reconciler.manifest.trace import Origin
from reconciler.manifest.variables import read_values
from reconciler.manifest.yamltext import Document, read_text
from reconciler.model import ABSENT, Absent, Json, Ownership, Place, Target, mapping_of, text_of
from reconciler.problem import Problem, Severity
from reconciler.suggest import suggest
from reconciler.urls import SANDBOX_SCHEME, check_trust, read_url

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_SANDBOX_OWNER: Final = "sandbox"
_PUBLIC_API: Final = "https://api.clarifai.com"
_DEFAULT_TOKEN_ENV: Final = "CLARIFAI_PAT"  # noqa: S105 - the name of a variable
_DEFAULT_PACE: Final = 15.0
_SANDBOX_PACE: Final = 1000.0


@dataclass(frozen=True, slots=True)
class Config:
    """What `reconciler.yaml` says; *targets* are as written, *file* is "" if there is none."""

    file: str = ""
    owner: str = ""
    default_target: str = ""
    ownership: Ownership = Ownership.STAMP
    targets: Mapping[str, Json] = field(default_factory=dict)
    places: Mapping[str, Place] = field(default_factory=dict)
    document: Document | Absent = ABSENT


def read_config(directory: Path) -> Config:
    """Return the configuration of a folder; raise `ProblemsFoundError` with all that is wrong."""
    ledger = Ledger()
    config = inspect_config(directory, ledger)
    if ledger.has_errors:
        raise ProblemsFoundError(ledger.close())
    return config


def inspect_config(directory: Path, ledger: Ledger) -> Config:
    """Return the configuration of a folder as far as it can be read; note what is wrong."""
    path = directory / CONFIG_NAME
    # A link that leads nowhere is no reason to take the environment's target.
    if not (path.exists() or path.is_symlink()):
        return Config()
    text, problems = read_file(path)
    ledger.config = name_file(path)
    ledger.keep_text(ledger.config, text)
    if not problems:
        document, problems = read_text(text, file=name_file(path))
    ledger.add(problems)
    if problems:
        return Config(file=ledger.config)
    ledger.add(_check_config(document))
    data = mapping_of(document.data)
    targets = mapping_of(data.get("targets"))
    return Config(
        file=document.file,
        owner=text_of(data.get("owner")),
        default_target=text_of(data.get("default_target")),
        ownership=Ownership.APP if data.get("ownership") == Ownership.APP else Ownership.STAMP,
        targets=targets,
        places={name: document.place(("targets", name)) for name in targets},
        document=document,
    )


def max_deletes_of(config: Config, target: str) -> MaxDeletes:
    """Return how many tasks one run may delete at a target, and where that is set."""
    if config.document is ABSENT:
        return DEFAULT_MAX_DELETES
    for path in (("targets", target, "guards", "max_deletes"), ("guards", "max_deletes")):
        value: Json = config.document.data
        for name in path:
            value = mapping_of(value).get(name)
        if isinstance(value, int | str):
            source = f"set at {find_place(config.document, path)}"
            number = int(value.removesuffix("%")) if isinstance(value, str) else value
            return MaxDeletes(number, is_share=isinstance(value, str), source=source)
    return DEFAULT_MAX_DELETES


def make_scope(config: Config, target: str, given: Mapping[str, Json]) -> Scope:
    """Return what the task files are read for: a target of *config*, if that has any.

    *given* are the variables of the command line; they win over those of the target.
    """
    spec = mapping_of(config.targets.get(target))
    values, _ = read_values(mapping_of(spec.get("variables")))
    return Scope(
        values={**mapping_of(values), **given},
        target=target,
        given=frozenset(given),
        config=config.document,
        targets=tuple(config.targets),
        complete=not config.file or config.document is not ABSENT,
        unique_names=config.ownership is Ownership.APP,
    )


def make_scopes(config: Config, target: str, given: Mapping[str, Json]) -> tuple[Scope, ...]:
    """Return a scope for *target*, or one for every target if that is "".

    Raise `UsageError` if there is no such target.
    """
    if target and not config.file:
        raise UsageError(f"there is no {CONFIG_NAME} that could define the target `{target}`")
    if target and config.document is not ABSENT:
        _target_name(config, target)
    names = [target] if target else list(config.targets) or [""]
    return tuple(make_scope(config, name, given) for name in names)


def choose_target(config: Config, *, name: str, environ: Mapping[str, str]) -> tuple[Target, str]:
    """Return the target of that *name*, or the default one, and the owner.

    Without a configuration file the target is the environment. Raise `TargetError` if the
    target can't be used as it is, `UsageError` if there is none of that name.
    """
    if not config.file:
        if name:
            sentence = f"there is no {CONFIG_NAME} that could define the target `{name}`"
            raise UsageError(f"{sentence}; leave --target out, or name the folder that has one")
        return _environment_target(environ)
    name = _target_name(config, name)
    spec = mapping_of(config.targets[name])
    url = text_of(spec.get("url"))
    is_sandbox = url.startswith(SANDBOX_SCHEME)
    owner = config.owner or (_SANDBOX_OWNER if is_sandbox else "")
    if not owner:
        raise TargetError(
            "no-owner",
            f"{config.file}: `owner` is missing, and only a sandbox does without;"
            " add the name of this set of tasks, and never change it afterwards",
        )
    try:
        return _make_target(name, spec, environ), owner
    except TargetError as error:
        raise TargetError(error.code, f"{config.places[name]}: {error}") from None


def _check_config(document: Document) -> Iterator[Problem]:
    violations = find_violations("config", document.data)
    origin = Origin(document, (), Scope(), {})
    yield from (place_violation(origin, violation) for violation in violations)
    data = mapping_of(document.data)
    targets = mapping_of(data.get("targets"))
    chosen = text_of(data.get("default_target"))
    if chosen and chosen not in targets:
        hint = suggest(chosen, targets) or "name one of `targets`"
        violation = Violation(
            ("default_target",), "unknown-target", f"there is no target `{chosen}`", hint
        )
        yield place_violation(origin, violation)
    if not (violations or targets):
        hint = "name one under `targets`, a sandbox for example"
        yield place_violation(origin, Violation((), "no-target", "there are no targets", hint))
    for sentence, hint in _check_owner(text_of(data.get("owner"))):
        yield place_violation(origin, Violation(("owner",), "owner", sentence, hint))
    if "owner" not in data:
        yield from _check_ownerless(origin, targets)
    for name, spec in targets.items():
        yield from _check_target(document, ("targets", name), mapping_of(spec))


def _check_ownerless(origin: Origin, targets: Mapping[str, Json]) -> Iterator[Problem]:
    """Yield the targets that need an owner; a sandbox beside them can be used without."""
    urls = {name: text_of(mapping_of(spec).get("url")) for name, spec in targets.items()}
    has_sandbox = any(url.startswith(SANDBOX_SCHEME) for url in urls.values())
    severity = Severity.WARNING if has_sandbox else Severity.ERROR
    for name, url in urls.items():
        if url and not url.startswith(SANDBOX_SCHEME):
            sentence = "`owner` is missing, and only a sandbox does without"
            hint = "add the name of this set of tasks, and never change it afterwards"
            path = ("targets", name)
            violation = Violation(path, "no-owner", sentence, hint, True, severity)  # noqa: FBT003
            yield place_violation(origin, violation)


def _check_owner(owner: str) -> Iterator[tuple[str, str]]:
    """Yield what makes a name of an owner look like another one: it is never to change."""
    if owner != owner.strip() or not owner.isprintable():
        yield "the owner's name holds what can't be seen", "type it anew"


def _check_target(
    document: Document, path: tuple[str, ...], spec: Mapping[str, Json]
) -> Iterator[Problem]:
    """Yield what is wrong with a target wherever it is used: its URL, its variables."""
    url = text_of(spec.get("url"))
    try:
        if url:
            read_url(url)
    except TargetError as error:
        yield Problem(find_place(document, (*path, "url")), error.code, str(error))
    _, errors = read_values(mapping_of(spec.get("variables")))
    for each in errors:
        violation = Violation(
            (*path, "variables", *each.path), "variable", str(each), each.hint, each.in_key
        )
        yield place_violation(Origin(document, (), Scope(), {}), violation)


def _target_name(config: Config, name: str) -> str:
    only = next(iter(config.targets)) if len(config.targets) == 1 else ""
    chosen = name or config.default_target or only
    if chosen in config.targets:
        return chosen
    known = ", ".join(f"`{each}`" for each in config.targets)
    if not known:
        raise UsageError(f"{config.file} has no targets; name one under `targets`")
    if not chosen:
        raise UsageError(
            f"{config.file} has no `default_target`; choose by --target one of {known}"
        )
    hint = suggest(chosen, config.targets) or f"there are {known}"
    raise UsageError(f"{config.file} has no target `{chosen}`; {hint}")


def _environment_target(environ: Mapping[str, str]) -> tuple[Target, str]:
    owner = environ.get("RECONCILER_OWNER", "")
    if not owner:
        raise TargetError(
            "no-owner",
            f"there is no {CONFIG_NAME}, and RECONCILER_OWNER is not set: write the file, or set"
            " the variable to the name of this set of tasks",
        )
    user, app = environ.get("CLARIFAI_USER_ID", ""), environ.get("CLARIFAI_APP_ID", "")
    if bool(user) != bool(app):
        sentence = "set both of CLARIFAI_USER_ID and CLARIFAI_APP_ID, or none for an app's key"
        raise TargetError("half-path", sentence)
    spec = {"url": environ.get("CLARIFAI_API_BASE") or _PUBLIC_API, "user_id": user, "app_id": app}
    return _make_target("environment", spec, environ), owner


def _make_target(name: str, spec: Mapping[str, Json], environ: Mapping[str, str]) -> Target:
    url = read_url(text_of(spec.get("url")))
    is_sandbox = url.startswith(SANDBOX_SCHEME)
    default_pace = _SANDBOX_PACE if is_sandbox else _DEFAULT_PACE
    pace = spec.get("requests_per_second", default_pace)
    token_env = text_of(spec.get("token_env")) or _DEFAULT_TOKEN_ENV
    if not is_sandbox:
        check_trust(url, environ)
    return Target(
        name=name,
        url=url,
        token="" if is_sandbox else _find_token(token_env, environ),
        user_id=text_of(spec.get("user_id")),
        app_id=text_of(spec.get("app_id")),
        requests_per_second=float(pace) if isinstance(pace, int | float) else default_pace,
    )


def _find_token(variable: str, environ: Mapping[str, str]) -> str:
    token = environ.get(variable, "").strip()
    if not token:
        sentence = f"the variable {variable} is not set: put a Clarifai access token into it"
        raise TargetError("no-token", sentence)
    if not (token.isascii() and token.isprintable()) or " " in token:
        sentence = f"the variable {variable} holds characters that no token has; set it again"
        raise TargetError("bad-token", sentence)
    return token
