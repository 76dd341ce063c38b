"""`reconciler validate`: every format, the exit codes, all targets, and nothing but the files."""

from __future__ import annotations

import json
import re
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest
from jsonschema import Draft4Validator, Draft202012Validator

from reconciler.codes import read_pages
from reconciler.schemas import read_schema

if TYPE_CHECKING:
    from tests.cli.conftest import Invoke

SARIF = Path(__file__).parents[1] / "data/sarif-schema-2.1.0.json"
"""The schema of SARIF 2.1.0 with errata 01, as OASIS publishes it."""

WRONG = """\
tasks:
  a:
    name: A
    worker: {stratgy: FULL}
  b:
    name: A
"""

TARGETS = """\
owner: acme
default_target: one
targets:
  one:
    url: sandbox:one.db
    variables: {annotators: [ana, bo]}
  two:
    url: sandbox:two.db
    variables: {annotators: [ana, 5]}
"""


def write(project: Path, text: str, name: str = "t.yaml") -> None:
    (project / "tasks" / name).write_text(text, encoding="utf-8")


def test_files_without_problems(invoke: Invoke) -> None:
    result = invoke("validate")
    assert (result.code, result.err) == (0, "")
    assert result.out == "No problems: 2 tasks in 2 files.\n"


def test_problems_as_people_read_them(invoke: Invoke, project: Path) -> None:
    write(project, WRONG)
    result = invoke("validate")
    assert result.code == 1
    assert result.out == (
        "tasks/t.yaml:4:14: unknown-field: unknown field `stratgy`\n"
        "  |     worker: {stratgy: FULL}\n"
        "  |              ^^^^^^^\n"
        "  = did you mean `strategy`?\n"
        "tasks/t.yaml:6:11: name-twice: warning: the name `A` is also that of `a`\n"
        "  |     name: A\n"
        "  |           ^\n"
        "  = rename one of them: people tell tasks apart by name\n"
        "\n"
        "1 error, 1 warning in 2 files.\n"
    )


def test_warnings_alone_are_no_failure_unless_they_shall_be(invoke: Invoke, project: Path) -> None:
    write(project, "tasks: {a: {name: A}, b: {name: A}}")
    result = invoke("validate")
    assert (result.code, result.out.splitlines()[-1]) == (0, "1 warning in 2 files.")
    strict = invoke("validate", "--strict")
    assert (strict.code, strict.out.splitlines()[-1]) == (1, "1 error in 2 files.")


def test_the_document(invoke: Invoke, project: Path) -> None:
    write(project, WRONG)
    result = invoke("validate", "--format", "json", "--json-file", "found.json")
    assert json.loads((project / "found.json").read_text()) == result.document
    assert result.document["summary"] == {"files": 2, "tasks": 2, "errors": 1, "warnings": 1}
    schema = json.loads(read_schema("plan"))
    shape = {"$ref": "#/$defs/problem", "$defs": schema["$defs"]}
    for problem in result.document["problems"]:
        Draft202012Validator(shape).validate(problem)
    assert result.document["problems"][0] == {
        "file": "tasks/t.yaml",
        "line": 4,
        "column": 14,
        "code": "unknown-field",
        "severity": "error",
        "sentence": "unknown field `stratgy`",
        "hint": "did you mean `strategy`?",
    }


def test_workflow_commands(invoke: Invoke, project: Path) -> None:
    write(project, 'tasks:\n  "50%,\\n::x": {name: A, nane: "::error::"}\n', "a,b:c%.yaml")
    write(project, WRONG)
    result = invoke("validate", "--format", "github")
    *commands, count = result.out.splitlines()
    assert count == "3 errors, 1 warning in 3 files."
    unknown, twice = commands[-2:]
    where = "file=tasks/t.yaml,line=4,col=14,title=unknown-field,endColumn=21"
    assert unknown == f"::error {where}::unknown field `stratgy`; did you mean `strategy`?"
    where = "file=tasks/t.yaml,line=6,col=11,title=name-twice,endColumn=12"
    assert twice.startswith(f"::warning {where}::the name `A` is also that of `a`; rename one")
    assert commands[0].startswith("::error file=tasks/a%2Cb%3Ac%25.yaml,line=2,col=3,title=key,")
    assert "50%25,\\n::x" in commands[0]
    assert "%0A" not in commands[0], "a key is quoted before it is encoded"


def test_a_line_break_cannot_begin_a_command(invoke: Invoke, project: Path) -> None:
    write(project, 'tasks:\n  a: {name: A, worker: {strategy: "F\\n::error::%0A"}}\n')
    (command, _) = invoke("validate", "--format", "github").out.splitlines()
    assert "`F%0A::error::%250A` is none of" in command


def test_sarif(invoke: Invoke, project: Path) -> None:
    (project / "tasks/reconciler.yaml").write_text(TARGETS, encoding="utf-8")
    write(project, WRONG, "ä #1.yaml")
    write(project, 'tasks: {c: {name: C, worker: {user_ids: "{{ annotators }}"}}}')
    log: Any = invoke("validate", "--format", "sarif").document
    Draft4Validator(json.loads(SARIF.read_text(encoding="utf-8"))).validate(log)
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["name-twice", "unknown-field", "wrong-type"]
    for rule in rules:
        page = read_pages()[rule["id"]]
        assert rule["shortDescription"]["text"] == page.title
        assert page.wrong in rule["help"]["markdown"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in ("error", "warning")
    where = {
        (r["ruleId"], unquote(place["artifactLocation"]["uri"]), *place["region"].values())
        for r in run["results"]
        for place in [r["locations"][0]["physicalLocation"]]
    }
    assert where == {
        ("unknown-field", "tasks/ä #1.yaml", 4, 14, 21),
        ("name-twice", "tasks/ä #1.yaml", 6, 11, 12),
        ("wrong-type", "tasks/reconciler.yaml", 9, 35, 36),
    }
    assert " " not in str(where) or "#" not in run["results"][0]["locations"][0]["physicalLocation"]
    related = next(r for r in run["results"] if r["ruleId"] == "wrong-type")["relatedLocations"]
    assert related[0]["physicalLocation"]["artifactLocation"]["uri"] == "tasks/t.yaml"


def test_an_empty_log_is_sarif_too(invoke: Invoke) -> None:
    log: Any = invoke("validate", "--format", "sarif").document
    Draft4Validator(json.loads(SARIF.read_text(encoding="utf-8"))).validate(log)
    assert log["runs"][0]["results"] == []


def test_the_variables_of_every_target_are_tried(invoke: Invoke, project: Path) -> None:
    (project / "tasks/reconciler.yaml").write_text(TARGETS, encoding="utf-8")
    write(project, 'tasks:\n  a: {name: A, worker: {user_ids: "{{ annotators }}"}}\n')
    result = invoke("validate")
    assert result.code == 1
    assert result.out == (
        "tasks/reconciler.yaml:9:35: wrong-type: must be text, not the number 5\n"
        "  |     variables: {annotators: [ana, 5]}\n"
        "  |                                   ^\n"
        '  = put it in quotes: "5"\n'
        "  = used at tasks/t.yaml:2:35\n"
        "  = target two\n"
        "\n"
        "1 error in 2 files.\n"
    )
    assert invoke("validate", "--target", "one").code == 0
    assert invoke("validate", "--target", "two").code == 1
    assert "target two" not in invoke("validate", "--target", "two").out
    wrong = invoke("validate", "--target", "on")
    assert (wrong.code, "did you mean `one`?" in wrong.err) == (64, True)


def test_a_variable_of_the_command_line_wins(invoke: Invoke, project: Path) -> None:
    (project / "tasks/reconciler.yaml").write_text(TARGETS, encoding="utf-8")
    write(project, 'tasks:\n  a: {name: A, worker: {user_ids: "{{ annotators }}"}}\n')
    assert invoke("validate", "--var", "annotators=[ana]").code == 0
    wrong = invoke("validate", "--var", "annotators=[7]").out
    assert wrong.startswith("tasks/t.yaml:2:35: wrong-type: must be text, not the number 7, which")


def test_a_variable_that_nothing_uses_is_wrong_usage(invoke: Invoke, project: Path) -> None:
    write(project, 'tasks: {a: {for_each: {annotator: [x]}, name: "{{ annotator }}"}}')
    result = invoke("validate", "--var", "annotater=x")
    assert result.code == 64
    assert "did you mean `annotator`?" in result.err


def test_what_is_wrong_in_the_files_comes_before_a_variable_that_nothing_uses(
    invoke: Invoke, project: Path
) -> None:
    """The typo may be in the file."""
    write(project, 'tasks: {a: {name: "{{ concpt }}", priority: high}}')
    result = invoke("validate", "--var", "concept=cat")
    assert result.code == 1
    assert "did you mean `concept`?" in result.out
    assert "did you mean `HIGH`?" in result.out


def test_a_configuration_that_cannot_be_read_defines_nothing_wrong(
    invoke: Invoke, project: Path
) -> None:
    """What its variables would have been is unknown: they are no second problem."""
    (project / "tasks/reconciler.yaml").write_text("targets: [", encoding="utf-8")
    write(project, 'tasks: {a: {name: "{{ v }}", worker: {user_ids: "{{ w }}"}}, b: {nam: B}}')
    codes = re.findall(r"^\S+: (\S+):", invoke("validate").out, re.MULTILINE)
    assert codes == ["yaml-syntax", "missing-field", "unknown-field"]


def test_a_secret_in_a_wrong_place_is_not_told(invoke: Invoke, project: Path) -> None:
    secret = "s3cret0123456789"
    for text in (
        f"targets: {{a: {{url: 'sandbox:x', token: {secret}}}}}",
        f"targets: {{a: {{url: 'sandbox:x', token_env: {secret}}}}}",
        f"targets: {{a: {{url: 'https://u:{secret}@api.clarifai.com'}}}}",
        f"targets: {{a: {{url: 'https://api.clarifai.com?key={secret}'}}}}",
        f"targets: {{a: {{url: 'sandbox:x'}}}}\ntoken: {secret}: x\n",
    ):
        (project / "tasks/reconciler.yaml").write_text(text, encoding="utf-8")
        for form in ("text", "json", "github", "sarif"):
            result = invoke("validate", "--format", form)
            assert result.code == 1
            assert secret not in result.out + result.err


@pytest.mark.parametrize("code", sorted(read_pages()))
def test_every_code_is_explained(invoke: Invoke, code: str) -> None:
    result = invoke("validate", "--explain", code)
    assert result.code == 0
    assert result.out.startswith(f"{code} ({read_pages()[code].severity}): ")


def test_an_unknown_code_is_wrong_usage(invoke: Invoke) -> None:
    result = invoke("validate", "--explain", "weight-strangr")
    assert result.code == 64
    assert "did you mean `weight-stranger`?" in result.err


def test_it_needs_no_token_no_network_and_no_owner(
    invoke: Invoke, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("validate must not open a connection")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    (project / "tasks/reconciler.yaml").write_text(
        "owner: a\ntargets: {p: {url: 'https://somewhere.example'}}", encoding="utf-8"
    )
    assert invoke("validate").code == 0
    assert not (project / ".reconciler").exists()


def test_a_folder_that_is_none(invoke: Invoke) -> None:
    result = invoke("validate", "nowhere", "--format", "json")
    assert (result.code, result.document["problems"][0]["code"]) == (1, "no-directory")


def test_plan_and_apply_say_warnings_and_go_on(invoke: Invoke, project: Path) -> None:
    write(project, "tasks: {a: {name: A}, b: {name: A}}")
    plan = invoke("plan", "--format", "json")
    assert plan.code == 0
    assert plan.document["problems"][0]["severity"] == "warning"
    assert "name-twice: warning:" in plan.err
    report = invoke("apply", "--auto-approve", "--format", "json")
    assert report.code == 0
    assert report.document["problems"][0]["code"] == "name-twice"
