"""A script of faults is read strictly; all that is wrong with it is said, with its place."""

import re
from pathlib import Path

import pytest

from reconciler.sandbox import SandboxError, ScriptError, read_faults
from reconciler.sandbox.faults import Asked, Fault, Faults, Step
from reconciler.sandbox.script import read_steps

_README = Path(__file__).parent.parent.parent / "README.md"
_GOOD = "request: create, nth: 1, fault: drop-after"


def _read(tmp_path: Path, text: str | bytes) -> tuple[Step, ...]:
    path = tmp_path / "faults.yaml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_steps(path)


def _wrong(tmp_path: Path, text: str | bytes) -> list[str]:
    """Return the problems of a script, without the name of the file."""
    with pytest.raises(ScriptError) as caught:
        _read(tmp_path, text)
    prefix = f"{tmp_path / 'faults.yaml'}:"
    assert all(problem.startswith(prefix) for problem in caught.value.problems)
    return [problem.removeprefix(prefix) for problem in caught.value.problems]


def test_every_key_has_its_meaning(tmp_path: Path) -> None:
    script = """\
- request: create
  nth: 2
  fault: drop-before
- {request: list, nth: [1, 3], fault: error-after, status: 503}
- {request: any, every: 5, fault: throttle, retry_after: 2}
- {request: get, nth: 1, fault: slow, seconds: 0.5}
- {request: delete, nth: 1, fault: error-before}
"""
    assert _read(tmp_path, script) == (
        Step(Asked.CREATE, Fault.DROP_BEFORE, nth=frozenset({2})),
        Step(Asked.LIST, Fault.ERROR_AFTER, nth=frozenset({1, 3}), status=503),
        Step(Asked.ANY, Fault.THROTTLE, every=5, retry_after=2),
        Step(Asked.GET, Fault.SLOW, nth=frozenset({1}), seconds=0.5),
        Step(Asked.DELETE, Fault.ERROR_BEFORE, nth=frozenset({1}), status=500),
    )


@pytest.mark.parametrize("request_word", list(Asked))
def test_every_word(tmp_path: Path, request_word: Asked) -> None:
    for fault in Fault:
        seconds = ", seconds: 1" if fault is Fault.SLOW else ""
        text = f"- {{request: {request_word}, nth: 1, fault: {fault}{seconds}}}"
        [step] = _read(tmp_path, text)
        assert (step.request, step.fault) == (request_word, fault)


@pytest.mark.parametrize(
    ("step", "problem"),
    [
        ("request: create, nth: 1, fault: drop", "1:36: wrong word `drop`; write one of drop-bef"),
        ("request: POST, nth: 1, fault: slow", "1:13: wrong word `POST`; write one of create, "),
        ("request: [create], nth: 1, fault: slow", "1:13: wrong word; write one of create, list"),
        ("nth: 1, fault: drop-after", "1:3: `request` is missing; add one of create, list, get"),
        ("request: create, nth: 1", "1:3: `fault` is missing; add one of drop-before, drop-after"),
        ("request: get, fault: drop-after", "1:3: `nth` is missing; add `nth: 1`, or `every: 2`"),
        (f"{_GOOD}, every: 2", "1:48: `every` stands beside `nth`; remove one of them"),
        (f"{_GOOD}, nth: 2", "1:48: the key `nth` stands twice; remove one"),
        (f"{_GOOD}, colour: red", "1:48: unknown key `colour`; the keys are request, nth, every"),
        (f"{_GOOD}, [1]: red", "1:48: unknown key; the keys are request, nth"),
        (f"{_GOOD}, <<: {{}}", "1:48: unknown key `<<`; the keys are"),
        (f"{_GOOD}, seconds: 3", "1:48: `seconds` means nothing to drop-after; remove it: it is"),
        (f"{_GOOD}, status: 500", "1:48: `status` means nothing to drop-after; remove it"),
        (f"{_GOOD}, retry_after: 1", "1:48: `retry_after` means nothing to drop-after; remove"),
        ("request: get, nth: 1, fault: slow", "1:26: `seconds` is missing; add `seconds: 3`"),
    ],
)
def test_a_step_that_is_wrong(tmp_path: Path, step: str, problem: str) -> None:
    assert _wrong(tmp_path, f"- {{{step}}}")[0].startswith(problem)


@pytest.mark.parametrize(
    "value", ["0", "-1", "1.5", "'1'", "one", "1_0", "0x1", "true", "~", "{}", "1000001", "1:30"]
)
def test_numbers_of_requests_are_whole_and_from_1(tmp_path: Path, value: str) -> None:
    sentence = "; write a whole number from 1 to 1000000"
    for key in ("nth", "every"):
        text = f"- {{request: get, fault: truncate, {key}: {value}}}"
        [problem] = _wrong(tmp_path, text)
        assert problem.startswith("1:")
        assert problem.endswith(sentence)
    problems = _wrong(tmp_path, f"- {{request: get, fault: truncate, nth: [{value}, 1, {value}]}}")
    assert [problem.endswith(sentence) for problem in problems] == [True, True]


@pytest.mark.parametrize(
    ("members", "sentence"),
    [
        ("fault: slow, seconds: -1", "wrong value `-1`; write a number from 0 to 3600"),
        ("fault: slow, seconds: .nan", "wrong value `.nan`; write a number from 0 to 3600"),
        ("fault: slow, seconds: '1'", 'wrong value `"1"`; write a number from 0 to 3600'),
        ("fault: slow, seconds: 3601", "wrong value `3601`; write a number from 0 to 3600"),
        ("fault: throttle, retry_after: 0.5", "write a whole number from 0 to 3600"),
        ("fault: error-before, status: 404", "write a whole number from 500 to 599"),
        ("fault: error-after, status: 600", "write a whole number from 500 to 599"),
        ("fault: truncate, nth: []", "an empty list; write the numbers of requests"),
    ],
)
def test_values_that_are_wrong(tmp_path: Path, members: str, sentence: str) -> None:
    when = "" if "nth" in members else "nth: 1, "
    [problem] = _wrong(tmp_path, f"- {{request: get, {when}{members}}}")
    assert sentence in problem


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "1:1: the script is empty; write steps such as `- {request: create"),
        ("# nothing\n", "1:1: the script is empty"),
        ("[]", "1:1: this is no list of steps"),
        ("request: create\n", "1:1: this is no list of steps; write steps such as"),
        ("- create\n- [1]\n", "1:3: this is no step; write one such as"),
        ("- &a [*a]\n", "1:3: this is no step"),
        ("- {request: create\n- x", "2:4: not YAML: "),
        ("- a\n---\n- b\n", "2:1: not YAML: "),
        ("- *nowhere\n", "1:3: not YAML: found undefined alias"),
        ("- a\n- b\x07\n", "2:4: not YAML: this character is not allowed"),
        (b"- a\n- \xff\n", "2:1: this line is not UTF-8; save the file as UTF-8"),
        ("[" * 100_000, "1:1: nested too deep"),
    ],
)
def test_a_text_that_is_no_script(tmp_path: Path, text: str | bytes, problem: str) -> None:
    assert _wrong(tmp_path, text)[0].startswith(problem)


def test_all_that_is_wrong_is_said_in_the_order_of_the_file(tmp_path: Path) -> None:
    script = """\
- request: create
  nth: 0
  fault: drop
- nth: [x, 1, y]
  status: 200
  fault: throttle
"""
    places = [re.match(r"\d+:\d+", problem) for problem in _wrong(tmp_path, script)]
    found = [place[0] for place in places if place]
    assert found == ["2:8", "3:10", "4:3", "4:9", "4:15", "5:3", "5:11"]


def test_a_script_that_is_not_there(tmp_path: Path) -> None:
    for path in (tmp_path / "none.yaml", tmp_path):
        with pytest.raises(SandboxError, match=r"cannot be read \(.*\); check it"):
            read_faults(path)


def test_the_script_of_the_readme(tmp_path: Path) -> None:
    [text] = re.findall(
        r"^```yaml faults.yaml\n(.*?)^```", _README.read_text(), re.MULTILINE | re.DOTALL
    )
    path = tmp_path / "faults.yaml"
    path.write_text(text)
    assert isinstance(read_faults(path), Faults)
    assert {step.fault for step in read_steps(path)} > {Fault.DROP_AFTER}
