"""Where to apply, and as whom: a pull request that edits a URL must not collect tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reconciler.config import Config, choose_target, make_scope, read_config
from reconciler.errors import (
    ProblemsFoundError,
    ReconcilerError,
    TargetError,
    UsageError,
)
from reconciler.model import Target

if TYPE_CHECKING:
    from pathlib import Path

TOKEN = {"CLARIFAI_PAT": "secret-token"}


def write(folder: Path, text: str) -> Config:
    (folder / "reconciler.yaml").write_text(text)
    return read_config(folder)


def with_url(folder: Path, url: str) -> Config:
    return write(folder, f"owner: acme\ntargets:\n  t: {{url: '{url}'}}\n")


def test_a_target_as_it_is_written(tmp_path: Path) -> None:
    config = write(
        tmp_path,
        "owner: acme\ntargets:\n  production:\n    url: https://api.clarifai.com/\n"
        "    user_id: me\n    app_id: wild\n    requests_per_second: 3\n    variables: {a: [1]}\n",
    )
    target, owner = choose_target(config, name="", environ=TOKEN)
    assert owner == "acme"
    assert target == Target(
        name="production",
        url="https://api.clarifai.com",
        token="secret-token",
        user_id="me",
        app_id="wild",
        requests_per_second=3,
    )
    assert make_scope(config, "production", {}).values == {"a": [1]}
    assert "secret-token" not in repr(target)


def test_flag_over_default_over_the_only_one(tmp_path: Path) -> None:
    two = "targets: {a: {url: 'sandbox:a.db'}, b: {url: 'sandbox:b.db'}}"
    config = write(tmp_path, f"default_target: a\n{two}")
    assert choose_target(config, name="", environ={})[0].name == "a"
    assert choose_target(config, name="b", environ={})[0].name == "b"
    with pytest.raises(UsageError, match="no target `c`; there"):
        choose_target(config, name="c", environ={})
    with pytest.raises(UsageError, match="has no `default_target`"):
        choose_target(write(tmp_path, two), name="", environ={})


def test_only_a_sandbox_does_without_an_owner(tmp_path: Path) -> None:
    sandbox = write(tmp_path, "targets: {s: {url: 'sandbox:s.db'}}")
    assert choose_target(sandbox, name="", environ={})[1] == "sandbox"
    production = "p: {url: 'https://api.clarifai.com'}"
    with pytest.raises(ProblemsFoundError) as caught:
        write(tmp_path, f"targets: {{{production}}}")
    assert [problem.code for problem in caught.value.problems] == ["no-owner"]
    both = write(tmp_path, f"targets: {{s: {{url: 'sandbox:s.db'}}, {production}}}")
    assert choose_target(both, name="s", environ={})[1] == "sandbox"
    with pytest.raises(TargetError, match="`owner` is missing"):
        choose_target(both, name="p", environ=TOKEN)


@pytest.mark.parametrize(
    "url",
    [
        "https://api.clarifai.com",
        "https://API.Clarifai.COM:443/base/",
        "https://clarifai.com",
        "http://127.0.0.1:8000",
        "http://localhost:8000",
        "http://[::1]:8000",
        "https://trusted.example",
    ],
)
def test_urls_that_may_have_the_token(tmp_path: Path, url: str) -> None:
    environ = {**TOKEN, "RECONCILER_TRUSTED_HOSTS": "other.example, trusted.example"}
    target, _ = choose_target(with_url(tmp_path, url), name="", environ=environ)
    assert target.token == "secret-token"
    assert not target.url.endswith("/")


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://api.clarifai.com", "clear-text"),
        ("https://evil.example", "untrusted-host"),
        ("https://clarifai.com.evil.example", "untrusted-host"),
        ("https://evilclarifai.com", "untrusted-host"),
        ("https://api.clarifai.com@evil.example", "bad-url"),
        ("https://user:pa55@api.clarifai.com", "bad-url"),
        ("https://api.clarifai.com?x=1", "bad-url"),
        ("https://api.clarifai.com#x", "bad-url"),
        ("https://api.clarifai.com?", "bad-url"),
        ("https://api.clarifai.com\\\\@evil.example", "bad-url"),
        ("https://api.clarifai.com:port", "bad-url"),
        ("https://[::1", "bad-url"),
        ("ftp://api.clarifai.com", "bad-url"),
        ("api.clarifai.com", "bad-url"),
        ("https://", "bad-url"),
        ("sandbox:", "bad-url"),
        ("http://127.0.0.1.evil.example", "clear-text"),
        ("http://localhost.evil.example", "clear-text"),
        ("https://evil.example\\.clarifai.com", "bad-url"),
        ("https://evil.example%2f.clarifai.com", "bad-url"),
        ("https://evil.example /.clarifai.com", "bad-url"),
        ("https://evil.example\t.clarifai.com", "bad-url"),
        ("https://evil.example\u2215.clarifai.com", "bad-url"),
        ("https://api.clarifai.com\u3002evil.example", "bad-url"),
        ("http://[::1%25lo]:8000", "bad-url"),
        ("https://api.clarifai.com#", "bad-url"),
        ("https://pa55:a@[x", "bad-url"),
    ],
)
def test_urls_that_may_not(tmp_path: Path, url: str, code: str) -> None:
    with pytest.raises(ReconcilerError) as caught:
        choose_target(with_url(tmp_path, url), name="", environ=TOKEN)
    if isinstance(caught.value, TargetError):
        said, found = str(caught.value), caught.value.code
        assert "reconciler.yaml:3:3: " in said
    else:
        assert isinstance(caught.value, ProblemsFoundError)
        (problem,) = caught.value.problems
        said, found = repr(problem), problem.code
        assert str(problem.place).endswith("reconciler.yaml:3:12")
    assert found == code
    assert "secret-token" not in said
    assert "pa55" not in said


@pytest.mark.parametrize("token", ["", "  ", "two words", "line\nbreak", "uml\u00e4ut"])
def test_a_token_that_is_none(tmp_path: Path, token: str) -> None:
    config = with_url(tmp_path, "https://api.clarifai.com")
    with pytest.raises(TargetError, match="CLARIFAI_PAT"):
        choose_target(config, name="", environ={"CLARIFAI_PAT": token})


def test_another_variable_may_hold_the_token(tmp_path: Path) -> None:
    text = "owner: a\ntargets: {p: {url: 'https://api.clarifai.com', token_env: CLARIFAI_KEY}}"
    config = write(tmp_path, text)
    assert choose_target(config, name="", environ={"CLARIFAI_KEY": "k"})[0].token == "k"
    with pytest.raises(TargetError, match="CLARIFAI_KEY is not set"):
        choose_target(config, name="", environ=TOKEN)


def test_without_a_file_the_target_is_the_environment(tmp_path: Path) -> None:
    config = read_config(tmp_path)
    environ = {**TOKEN, "RECONCILER_OWNER": "acme"}
    target, owner = choose_target(config, name="", environ=environ)
    assert (target.name, target.url, owner) == ("environment", "https://api.clarifai.com", "acme")
    whole = {**environ, "CLARIFAI_USER_ID": "me", "CLARIFAI_APP_ID": "wild"}
    assert choose_target(config, name="", environ=whole)[0].app_id == "wild"
    with pytest.raises(TargetError, match="RECONCILER_OWNER is not set"):
        choose_target(config, name="", environ=TOKEN)
    with pytest.raises(TargetError, match="set both"):
        choose_target(config, name="", environ={**environ, "CLARIFAI_APP_ID": "wild"})
    with pytest.raises(TargetError, match="not to evil"):
        choose_target(
            config, name="", environ={**environ, "CLARIFAI_API_BASE": "https://evil.example"}
        )
    with pytest.raises(UsageError, match="leave --target out"):
        choose_target(config, name="production", environ=environ)


@pytest.mark.parametrize(
    ("text", "place", "code"),
    [
        ("", ":1:1", "wrong-type"),
        ("ownr: x", ":1:1", "unknown-field"),
        ("targets: {a: {}}", ":1:11", "missing-field"),
        ("targets: {a: {url: 'sandbox:u', user_id: x}}", ":1:33", "missing-field"),
        ("targets: {a: {url: 'sandbox:u', token_env: PATH}}", ":1:44", "wrong-value"),
        ("targets: {a: {url: 'sandbox:u', token: geheim}}", ":1:33", "unknown-field"),
        ("targets: {a: {url: 'sandbox:u', requests_per_second: 0}}", ":1:54", "wrong-value"),
        ("targets: {a: {url: 'sandbox:u', variables: {1a: x}}}", ":1:45", "wrong-name"),
        ("targets: {a: {url: 'sandbox:u', variables: {a: '{{ b }}'}}}", ":1:48", "variable"),
        ("targets: {a: {url: 'sandbox:u', variables: {'{{ b }}': 1}}}", ":1:45", "variable"),
        ("{default_target: b, targets: {a: {url: 'sandbox:u'}}}", ":1:18", "unknown-target"),
        ("guards: {max_deletes: 300%}", ":1:23", "wrong-value"),
        ("guards: {max_deletes: 1.5}", ":1:23", "wrong-type"),
        ("guards: {max_delete: 1}", ":1:10", "unknown-field"),
        ("ownership: apps", ":1:12", "wrong-value"),
        ("owner: 5", ":1:8", "wrong-type"),
        ("- a", ":1:1", "wrong-type"),
        ("owner: [", ":1:9", "yaml-syntax"),
    ],
)
def test_problems_have_their_place(
    tmp_path: Path, text: str, place: str, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ProblemsFoundError) as caught:
        write(tmp_path, text)
    problem = caught.value.problems[0]
    assert (str(problem.place), problem.code) == (f"reconciler.yaml{place}", code)


def test_without_targets_there_is_nothing_to_choose(tmp_path: Path) -> None:
    with pytest.raises(ProblemsFoundError) as caught:
        write(tmp_path, "owner: acme")
    assert [problem.code for problem in caught.value.problems] == ["no-target"]


def test_a_name_that_is_nearly_right_is_suggested(tmp_path: Path) -> None:
    config = write(
        tmp_path, "targets: {staging: {url: 'sandbox:a'}, production: {url: 'sandbox:b'}}"
    )
    with pytest.raises(UsageError, match="no target `prodution`; did you mean `production`"):
        choose_target(config, name="prodution", environ={})


def test_a_link_that_leads_nowhere_is_not_taken_for_no_file(tmp_path: Path) -> None:
    """Else the run would go to the target of the environment."""
    (tmp_path / "reconciler.yaml").symlink_to(tmp_path / "gone.yaml")
    with pytest.raises(ProblemsFoundError) as caught:
        read_config(tmp_path)
    assert caught.value.problems[0].code == "file-unreadable"


def test_a_scheme_in_capitals_is_the_same_scheme(tmp_path: Path) -> None:
    """The client tells by it whether a proxy has any business."""
    target, _ = choose_target(with_url(tmp_path, "HTTP://127.0.0.1:1"), name="", environ=TOKEN)
    assert target.url == "http://127.0.0.1:1"
