"""Where to apply, and as whom? `reconciler.yaml` and the environment → owner and target."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final
from urllib.parse import SplitResult, urlsplit

from reconciler.errors import ProblemsFoundError, TargetError, UsageError
from reconciler.manifest.expand import locate
from reconciler.manifest.files import CONFIG_NAME, name_file, read_file
from reconciler.manifest.schema import find_violations
from reconciler.manifest.variables import suggest
from reconciler.manifest.yamltext import Document, read_text
from reconciler.model import Json, Place, Problem, Target, mapping_of, text_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SANDBOX_SCHEME: Final = "sandbox:"
_SANDBOX_OWNER: Final = "sandbox"
_PUBLIC_API: Final = "https://api.clarifai.com"
_TRUSTED_DOMAIN: Final = "clarifai.com"
_DEFAULT_TOKEN_ENV: Final = "CLARIFAI_PAT"  # noqa: S105 - the name of a variable
_DEFAULT_PACE: Final = 15.0
_SANDBOX_PACE: Final = 1000.0
_HOST: Final = re.compile(r"[a-z0-9._-]+|[0-9a-f.]*:[0-9a-f:.]+")


@dataclass(frozen=True, slots=True)
class Config:
    """What `reconciler.yaml` says; *targets* are as written, *file* is "" if there is none."""

    file: str = ""
    owner: str = ""
    default_target: str = ""
    targets: Mapping[str, Json] = field(default_factory=dict)
    places: Mapping[str, Place] = field(default_factory=dict)


def read_config(directory: Path) -> Config:
    """Return the configuration of a folder; raise `ProblemsFoundError` with all that is wrong."""
    path = directory / CONFIG_NAME
    # A link that leads nowhere is no reason to take the environment's target.
    if not (path.exists() or path.is_symlink()):
        return Config()
    text, problems = read_file(path)
    document, more = read_text(text, file=name_file(path))
    problems = problems or more or _check_shape(document)
    if problems:
        raise ProblemsFoundError(problems)
    data = mapping_of(document.data)
    targets = mapping_of(data.get("targets"))
    return Config(
        file=document.file,
        owner=text_of(data.get("owner")),
        default_target=text_of(data.get("default_target")),
        targets=targets,
        places={name: document.place(("targets", name)) for name in targets},
    )


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


def _check_shape(document: Document) -> tuple[Problem, ...]:
    problems = []
    for violation in find_violations("config", document.data):
        spot = locate(document, (), violation.path)
        place = spot.key if violation.of_key else spot.value
        problems.append(Problem(place, violation.code, violation.sentence, violation.hint))
    return tuple(problems)


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
    url = text_of(spec.get("url"))
    default_pace = _SANDBOX_PACE if url.startswith(SANDBOX_SCHEME) else _DEFAULT_PACE
    pace = spec.get("requests_per_second", default_pace)
    token_env = text_of(spec.get("token_env")) or _DEFAULT_TOKEN_ENV
    is_sandbox = url.startswith(SANDBOX_SCHEME)
    if is_sandbox and not url.removeprefix(SANDBOX_SCHEME):
        raise TargetError("bad-url", f"the URL `{url}` names no file; write sandbox:FILE")
    if not is_sandbox:
        url = _check_url(url, environ)
    return Target(
        name=name,
        url=url,
        token="" if is_sandbox else _find_token(token_env, environ),
        user_id=text_of(spec.get("user_id")),
        app_id=text_of(spec.get("app_id")),
        requests_per_second=float(pace) if isinstance(pace, int | float) else default_pace,
        variables=mapping_of(spec.get("variables")),
    )


def _check_url(url: str, environ: Mapping[str, str]) -> str:
    """Return the URL without a slash at its end, if a token may be sent to it."""
    # Only what every reader of URLs reads alike: the client must not see another host.
    if not (url.isascii() and url.isprintable()) or " " in url or "\\" in url:
        raise TargetError("bad-url", "the URL holds characters that no URL has; write https://HOST")
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
        _ = parts.port
    except ValueError:
        raise TargetError("bad-url", "the URL can't be read; write https://HOST") from None
    if "@" in parts.netloc:
        raise TargetError("bad-url", "a URL must not hold a user or a password; remove them")
    shown = f"`{url}`"
    if not _HOST.fullmatch(host) or parts.scheme not in ("https", "http"):
        raise TargetError("bad-url", f"{shown} is no URL; write https://HOST or sandbox:FILE")
    if "?" in url or "#" in url:
        raise TargetError("bad-url", f"the URL {shown} must not have a query or a fragment")
    _check_host(parts, host, environ)
    return parts.geturl().rstrip("/")


def _check_host(parts: SplitResult, host: str, environ: Mapping[str, str]) -> None:
    local = _is_loopback(host)
    if parts.scheme == "http" and not local:
        sentence = f"http:// would send the token to {host} in clear text; write https://"
        raise TargetError("clear-text", sentence)
    trusted = environ.get("RECONCILER_TRUSTED_HOSTS", "").lower().replace(",", " ").split()
    if local or host in trusted or host == _TRUSTED_DOMAIN or host.endswith(f".{_TRUSTED_DOMAIN}"):
        return
    raise TargetError(
        "untrusted-host",
        f"a token is sent only to *.{_TRUSTED_DOMAIN} and to this computer, not to {host};"
        " if you trust that host, name it in the variable RECONCILER_TRUSTED_HOSTS",
    )


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _find_token(variable: str, environ: Mapping[str, str]) -> str:
    token = environ.get(variable, "").strip()
    if not token:
        sentence = f"the variable {variable} is not set: put a Clarifai access token into it"
        raise TargetError("no-token", sentence)
    if not (token.isascii() and token.isprintable()) or " " in token:
        sentence = f"the variable {variable} holds characters that no token has; set it again"
        raise TargetError("bad-token", sentence)
    return token
