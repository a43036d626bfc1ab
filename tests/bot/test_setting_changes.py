"""Settings files of earlier versions: only what became of a setting changes, and comments stay."""

from __future__ import annotations

import tomllib

import pytest

from bot import setting_changes
from bot.setting_changes import amended, what_became
from bot.setting_table import SETTINGS

FILE = """# my settings
[answer]
top = 3  # three are enough
# How alike two quotes may be.
alike = 92.0  # a guess
threshold = "auto"

[index]
alike = "another section's"
"""


def test_what_no_longer_exists_becomes_a_comment() -> None:
    amendment = amended(FILE)
    assert amendment.text == FILE.replace("alike = 92.0", "# alike = 92.0", 1)
    assert amendment.changes == ("answer.alike no longer exists, and becomes a comment",)
    assert amended(amendment.text).changes == ()


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("answer.alike = 1\n[index]\nkeep = 2\n", "# answer.alike = 1\n[index]\nkeep = 2\n"),
        ("[answer]\r\nalike = 1\r\ntop = 2\r\n", "[answer]\r\n# alike = 1\r\ntop = 2\r\n"),
        (
            "[answer]\nconfidence = [\n  1,\n  2,  # two\n]\n",
            "[answer]\n# confidence = [\n#   1,\n#   2,  # two\n# ]\n",
        ),
        ('[answer]\n"alike" = 1', '[answer]\n# "alike" = 1'),
        (
            '[model]\nname = """\n[answer]\nalike = 3\n"""\n[answer]\nalike = 1\n',
            '[model]\nname = """\n[answer]\nalike = 3\n"""\n[answer]\n# alike = 1\n',
        ),
    ],
)
def test_nothing_else_changes_its_meaning(text: str, after: str) -> None:
    amendment = amended(text)
    assert (amendment.text, amendment.by_hand) == (after, ())


def test_what_cannot_be_changed_alone_is_left_to_the_user() -> None:
    text = "answer = { alike = 1, top = 2 }\n"
    amendment = amended(text)
    assert (amendment.text, amendment.changes, amendment.by_hand) == (text, (), ("answer.alike",))


def test_a_renamed_setting_keeps_value_and_comment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setting_changes, "RENAMED", {"answer.most": "answer.top"})
    assert amended("[answer]\nmost = 4  # four\n").text == "[answer]\ntop = 4  # four\n"
    assert amended("[answer]\nmost = 4\ntop = 5\n").text == "[answer]\n# most = 4\ntop = 5\n"
    assert what_became("answer.most") == "this setting is called answer.top now: run `quoth migrate`"
    assert what_became("answer.most", in_file=False) == "this setting is called answer.top now: rename it"


def test_the_table_names_no_setting_that_exists() -> None:
    assert not {*setting_changes.REMOVED, *setting_changes.RENAMED} & SETTINGS.keys()
    assert set(setting_changes.RENAMED.values()) <= SETTINGS.keys()
    assert amended("[answer]\ntop = 3\n").text == "[answer]\ntop = 3\n"
    assert tomllib.loads(amended(FILE).text)["answer"] == {"top": 3, "threshold": "auto"}
