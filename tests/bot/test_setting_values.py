"""Each kind of value: what it makes of a variable's text, what it takes, and how it says so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.setting_lists import FieldNames, Ids, PathsById
from bot.setting_values import (
    AnyPath,
    Choice,
    Kind,
    ModelName,
    NotAllowedError,
    Number,
    OptionalModelName,
    OptionalPath,
    Switch,
    Text,
    WholeNumber,
    WordOrNumber,
)

AUTO_OR_SHARE = WordOrNumber("auto", Number(0, 1))


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (Switch(), " Yes ", True),
        (Switch(), "off", False),
        (WholeNumber(0, 9), " 7 ", 7),
        (Number(0, 9), "7", 7.0),
        (Number(0, 9), ".5", 0.5),
        (AUTO_OR_SHARE, " auto ", "auto"),
        (AUTO_OR_SHARE, "1", 1.0),
        (Choice("auto", "onnx"), "onnx", "onnx"),
        (Text(), " a ", " a "),
        (ModelName(), "owner/model", "owner/model"),
        (OptionalModelName(), "", None),
        (AnyPath(), "a b", Path("a b")),
        (OptionalPath("file"), "", None),
        (OptionalPath("file"), "a", Path("a")),
        (Ids(), "1, 2", (1, 2)),
        (Ids(), "[3]", (3,)),
        (FieldNames(), " date, pub date ", ("date", "pub date")),
        (FieldNames(), '["date", "created"]', ("date", "created")),
        (PathsById(), " 1 = a=b , 2=c ", {1: Path("a=b"), 2: Path("c")}),
    ],
)
def test_a_variable_is_read(kind: Kind[Any], text: str, value: object) -> None:
    checked = kind.check(kind.parse(text))
    assert (checked, type(checked)) == (value, type(value))


@pytest.mark.parametrize(
    ("kind", "allowed", "refused"),
    [
        (Switch(), "true or false", [1, 0, "yes", None, "maybe"]),
        (WholeNumber(1, 2000), "a whole number from 1 to 2,000", [0, 2001, 1.0, True, "1", 10**400]),
        (Number(0, 1), "a number from 0 to 1", [-0.1, 1.1, 2, float("nan"), float("inf"), False, "0", 10**400]),
        (AUTO_OR_SHARE, "'auto' or a number from 0 to 1", ["Auto", "0.3", 1.5, True, float("nan"), ["auto"]]),
        (Choice("auto", "onnx"), "one of 'auto', 'onnx'", ["", "ONNX", " onnx", ["onnx"], {}]),
        (Text(), "text that is not empty", ["", " \n", "a\0", 1, ["a"]]),
        (ModelName(), "text that is not empty", ["", " "]),
        (OptionalModelName(), "text, or nothing", [" ", "a\0", 3, [], False]),
        (AnyPath(), "the path of a file or folder", ["", " ", "\0", 1]),
        (OptionalPath("file"), "the path of a file, or nothing", ["\0", 1, False, []]),
        (
            FieldNames(),
            'a list of one name of a field or more, such as ["date", "created"]',
            ["date", [], [""], [1], ["a", " "]],
        ),
        (Ids(), "a list of ids, which are whole numbers", ["1", [0], [-1], [2**64], [1.0], [True], ["1"], (1,)]),
        (
            PathsById(),
            "a table of ids, which are whole numbers, and their paths",
            ["1=a", {"a": "x"}, {"": "x"}, {"٣": "x"}, {"9" * 21: "x"}, {"1": ""}, {"1": " "}, {"1": 2}],
        ),
    ],
)
def test_any_other_value_is_refused(kind: Kind[Any], allowed: str, refused: list[object]) -> None:
    for value in refused:
        with pytest.raises(NotAllowedError) as caught:
            kind.check(value)
        assert str(caught.value) == f"it must be {allowed}", value


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (Switch(), "maybe"),
        (WholeNumber(0, 1), "1.5"),
        (WholeNumber(0, 1), "9" * 5000),
        (Number(0, 1), "high"),
        (AUTO_OR_SHARE, "high"),
        (Ids(), "1,general"),
    ],
)
def test_text_that_cannot_be_read_is_left_for_the_check_to_refuse(kind: Kind[Any], text: str) -> None:
    assert kind.parse(text) == text
    with pytest.raises(NotAllowedError):
        kind.check(text)


def test_relative_paths_count_from_the_base() -> None:
    base, home = Path("/base"), Path.home()
    assert AnyPath().locate(Path("a"), base) == base / "a"
    assert AnyPath().locate(Path("/a"), base) == Path("/a")
    assert OptionalPath("file").locate(None, base) is None
    assert OptionalPath("file").locate(Path("~/a"), base) == home / "a"
    assert PathsById().locate({1: Path("a"), 2: Path("~/b")}, base) == {1: base / "a", 2: home / "b"}
    assert ModelName().locate("owner/model", base) == "owner/model"
    assert ModelName().locate("./sub/../model", base) == "/base/model"
    assert OptionalModelName().locate("../model", base) == "/model"
    assert OptionalModelName().locate(None, base) is None
    for kind in (AnyPath(), OptionalPath("file")):
        with pytest.raises(RuntimeError):
            kind.locate(Path("~nobody-of-this-name/a"), base)


@pytest.mark.parametrize("kind", [ModelName(), OptionalModelName()])
@pytest.mark.parametrize(
    "address",
    ["https://host/m", "user:a@host/m", "./host/m?token=a", "./https:/user:a@host/m", "owner/model#key=a"],
)
def test_a_model_is_no_address(kind: Kind[Any], address: str) -> None:
    with pytest.raises(NotAllowedError, match=r"^it must be a model's name or folder, not an address$"):
        kind.check(address)
