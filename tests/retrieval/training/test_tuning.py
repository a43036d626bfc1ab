"""Tuning the upper layers: they learn what the lower ones read, and the lower ones stay as they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from retrieval.training.batches import Batches
from retrieval.training.groups import Group
from retrieval.training.prepared import Prepared

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from retrieval.training.loss import reader_loss  # noqa: E402 - they need torch
from retrieval.training.reader_model import ReaderModel  # noqa: E402
from retrieval.training.tuning import LowerBatch, TuningPlan, UpperLayers, in_file, read_lower, tuned  # noqa: E402


@pytest.fixture(scope="module")
def reader(small_model: Path) -> ReaderModel:
    torch.manual_seed(0)
    return ReaderModel.of(small_model)


@pytest.fixture(scope="module")
def lower(prepared: Prepared, small_model: Path, reader: ReaderModel) -> list[LowerBatch]:
    batches = Batches(prepared, small_model / "tokenizer.json", tokens=512)
    groups = [
        Group(question.text, (question.document, (question.document + 1) % 3), question.answers, True, "own")
        for question in prepared.questions
    ]
    return list(read_lower(reader, [batch for _, batch in batches.with_groups(groups)]))


def test_the_upper_layers_say_what_the_whole_reader_says(reader: ReaderModel, lower: list[LowerBatch]) -> None:
    upper = UpperLayers(reader).eval()
    for batch in lower:
        with torch.no_grad():
            expected = reader(batch.batch.ids, batch.batch.mask, batch.batch.types)
            outputs = upper(batch.hidden.float(), batch.batch.mask)
        seen = batch.batch.mask.bool()
        assert torch.allclose(outputs[0][seen], expected[0][seen], atol=0.02)
        assert torch.allclose(outputs[1], expected[1], atol=0.02)


def test_it_learns_with_the_upper_layers_alone(reader: ReaderModel, lower: list[LowerBatch]) -> None:
    told: list[tuple[int, int]] = []
    before = {name: weights.clone() for name, weights in reader.state_dict().items()}
    learned = tuned(reader, lower, TuningPlan(epochs=20, rate=3e-3), lambda *counts: told.append(counts))
    assert told == [(number + 1, 20 * len(lower)) for number in range(20 * len(lower))]
    for name, weights in learned.state_dict().items():
        assert torch.equal(reader.state_dict()[name], before[name]), "the reader to tune stays as it is"
        is_upper = "layer.0." not in name and "embeddings" not in name
        assert is_upper or torch.equal(weights, before[name]), name
    assert _loss(learned, lower) < 0.8 * _loss(reader, lower)
    again = tuned(reader, lower, TuningPlan(epochs=20, rate=3e-3))
    assert all(torch.equal(weights, again.state_dict()[name]) for name, weights in learned.state_dict().items())


def test_what_the_lower_layers_read_can_lie_in_a_file(lower: list[LowerBatch], tmp_path: Path) -> None:
    file = tmp_path / "hidden"
    again = in_file(iter(lower), file)
    assert file.stat().st_size == sum(2 * batch.hidden.numel() for batch in lower)
    assert [batch.batch for batch in again] == [batch.batch for batch in lower]
    assert all(torch.equal(own.hidden, batch.hidden) for own, batch in zip(again, lower, strict=True))
    storages = {batch.hidden.untyped_storage().data_ptr() for batch in again}
    assert len(storages) == 1, "one mapping, however many batches"
    assert in_file([], file) == []


def _loss(reader: ReaderModel, lower: list[LowerBatch]) -> float:
    upper = UpperLayers(reader).eval()
    total = 0.0
    with torch.no_grad():
        for batch in lower:
            tokens, nothing = upper(batch.hidden.float(), batch.batch.mask)
            total += reader_loss(tokens, nothing, batch.batch).item()
    return total
