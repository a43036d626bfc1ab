"""The offset that keeps a tuned reader from refusing more."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from retrieval.answering.confidence import FEATURES
from retrieval.answering.reader import Reading
from retrieval.evaluation.records import Outcome, Target
from retrieval.training.odds_offset import ODDS, OffsetReader, restoring


def outcome(number: int, odds: float | None, *, answerable: bool = True) -> Outcome:
    features = [0.0] * len(FEATURES)
    if odds is not None:
        features[ODDS] = odds
    targets = (Target("a", 0, 1, "b"),) if answerable else ()
    return Outcome(str(number), "?", (), (), targets, True, 0.5, tuple(features), (), (), (), 0.0, "?")


def test_it_restores_the_low_tenth() -> None:
    before = [outcome(number, odds) for number, odds in enumerate(np.linspace(-2.05, 2.95, 51))]
    after = [outcome(number, 2 * odds - 1) for number, odds in enumerate(np.linspace(-2.05, 2.95, 51))]
    offset = restoring(before, after)
    assert offset == pytest.approx(-1.55 - (2 * -1.55 - 1))
    shifted = [own.features[ODDS] + offset for own in after]
    assert np.quantile(shifted, 0.1) == pytest.approx(np.quantile([own.features[ODDS] for own in before], 0.1))


def test_only_answers_that_were_read_in_both_and_can_be_right_count() -> None:
    before = [outcome(0, 1.0), outcome(1, 9.0, answerable=False), outcome(2, None), outcome(3, 5.0)]
    after = [outcome(0, -1.0), outcome(1, -9.0, answerable=False), outcome(2, -4.0), outcome(4, 7.0)]
    assert restoring(before, after) == pytest.approx(2.0)
    assert restoring(before, []) == restoring([], after) == 0.0


def test_a_reader_with_an_offset_adds_it_to_both_kinds_of_odds() -> None:
    class Fixed:
        digest, languages = "0123", frozenset({"en"})

        def read(self, question: str, history: Sequence[str], passages: object) -> list[Reading]:
            return [Reading(np.array([-1.0, -np.inf], np.float32), np.array([2.0, 0.0], np.float32))]

    shifted = OffsetReader(Fixed(), 0.5)
    (reading,) = shifted.read("?", (), [])
    assert (shifted.digest, shifted.languages) == ("0123", frozenset({"en"}))
    assert reading.sentences.tolist() == [-0.5, -np.inf]
    assert reading.spans.tolist() == [2.5, 0.5]


def test_the_offset_becomes_part_of_the_weights(small_model: Path) -> None:
    torch = pytest.importorskip("torch")
    pytest.importorskip("transformers")
    from retrieval.training.reader_model import ReaderModel

    reader = ReaderModel.of(small_model).eval()
    inputs = torch.tensor([[1, 2, 3]]), torch.ones(1, 3, dtype=torch.int64), torch.zeros(1, 3, dtype=torch.int64)
    with torch.no_grad():
        tokens, nothing = reader(*inputs)
        reader.add_to_odds(0.75)
        tokens_after, nothing_after = reader(*inputs)
    assert torch.equal(tokens, tokens_after)
    assert torch.allclose(nothing_after, nothing - 0.75)
