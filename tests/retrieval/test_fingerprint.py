"""What an answer depends on, and which part of it changed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from retrieval.fingerprint import Fingerprint
from retrieval.settings import AnswerSettings
from tests.toy import ANSWERS, MODEL, open_toy


def test_a_fingerprint_is_read_as_it_is_written() -> None:
    whole = Fingerprint("0123456789ab", "01234567", "89abcdef")
    assert str(whole) == "0123456789ab.01234567.89abcdef"
    assert Fingerprint.parse(str(whole)) == whole
    assert Fingerprint.parse("0123456789ab") == Fingerprint("0123456789ab")


@pytest.mark.parametrize(
    ("settings", "differing"),
    [
        (ANSWERS, ()),
        (replace(ANSWERS, top=2), ()),  # fewer quotes are the first of more
        (replace(ANSWERS, candidates=3), ("settings",)),
        (replace(ANSWERS, threshold=0.3), ("settings",)),
    ],
)
def test_a_setting_changes_its_part_alone(
    toy_index: Path, settings: AnswerSettings, differing: tuple[str, ...]
) -> None:
    before, after = open_toy(toy_index).answer_fingerprint, open_toy(toy_index, settings).answer_fingerprint
    assert before.differing(after) == differing
    assert before.index == after.index


def test_another_model_of_the_confidence_changes_the_part_of_models(toy_index: Path) -> None:
    engine = open_toy(toy_index)
    before = engine.answer_fingerprint
    engine.model = replace(MODEL, intercept=-1.0)
    assert before.differing(engine.answer_fingerprint) == ("models",)
    assert before.differing(Fingerprint(before.index)) == ()
