"""Training end to end on a reader of two layers: it learns, goes on after an interruption, and exports what it is."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from retrieval.answering.reader import CARD, DEQUANTISED, MODEL
from retrieval.errors import InputInvalid, ModelUnfit
from retrieval.files import file_digest
from retrieval.training.__main__ import main
from retrieval.training.batches import Batches
from retrieval.training.groups import Groups, split
from retrieval.training.prepared import Prepared, read_prepared

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from retrieval.training import exporting, loop  # noqa: E402 - they need torch
from retrieval.training.held_out import auroc, measure  # noqa: E402
from retrieval.training.loss import reader_loss  # noqa: E402
from retrieval.training.reader_model import ReaderModel, mean, sentence_logits  # noqa: E402
from retrieval.training.tensor_batch import TensorBatch, to_device  # noqa: E402


def run(prepared: Prepared, model: Path, folder: Path, minutes: float) -> tuple[loop.State, list[str]]:
    """Train for a while."""
    lines: list[str] = []
    batches = Batches(prepared, model / "tokenizer.json", tokens=2048)
    ticks = count()
    # A second from each look at the clock to the next: a step a second.
    plan = loop.Plan(minutes, "cpu", rate=3e-3, clock=lambda: float(next(ticks)))
    torch.manual_seed(1)
    groups = Groups(prepared, 2)
    state = loop.train(ReaderModel.of(model), batches, groups, split(prepared), plan, folder, lines.append)
    return state, lines


def tensors(**changes: Any) -> TensorBatch:
    """A batch of one question with two passages of three tokens each, the second token of the first answering."""
    starts = torch.tensor([[False, True, False], [False] * 3])
    batch = TensorBatch(
        ids=torch.zeros(2, 3),
        types=torch.zeros(2, 3),
        mask=torch.ones(2, 3),
        sentences=torch.tensor([[0, 0, 1], [0, 1, 1]]),
        starts=starts,
        ends=starts,
        answering=torch.tensor([[True, False], [False, False]]),
        spanned=torch.tensor([True, False]),
        groups=torch.tensor([0, 0]),
    )
    return replace(batch, **changes)


def test_a_sentence_has_the_sum_of_its_tokens() -> None:
    logits = sentence_logits(torch.log(torch.tensor([[1.0, 2.0, 4.0]])), torch.tensor([[0, 0, -1]]), 2)
    assert logits.tolist() == [[pytest.approx(math.log(3)), -math.inf]]


def test_the_loss_of_a_reader_that_knows_nothing() -> None:
    # Within: 1 of 4 outcomes twice for spans; of the sentences one of three. Over both passages: one of six tokens.
    loss = reader_loss(torch.zeros(2, 3, 3), torch.zeros(2, 2), tensors())
    spans = math.log(4) + math.log(6)
    sentences = math.log(4 / 2) * 1 + math.log(4) * 0.6
    assert loss.item() == pytest.approx(spans + sentences / 1.6 + math.log(6 / 2), rel=1e-5)


def test_the_loss_falls_with_the_right_token_and_rises_with_a_wrong_one() -> None:
    base = reader_loss(torch.zeros(2, 3, 3), torch.zeros(2, 2), tensors())
    right, wrong = torch.zeros(2, 3, 3), torch.zeros(2, 3, 3)
    right[0, 1] = 2.0
    wrong[1, 1] = 2.0
    assert reader_loss(right, torch.zeros(2, 2), tensors()) < base < reader_loss(wrong, torch.zeros(2, 2), tensors())


def test_a_batch_without_answers_has_a_loss_to_learn_from() -> None:
    none = torch.zeros(2, 3, dtype=torch.bool)
    batch = tensors(starts=none, ends=none, answering=none[:, :2], spanned=none[:, 0])
    tokens = torch.zeros(2, 3, 3, requires_grad=True)
    loss = reader_loss(tokens, torch.zeros(2, 2), batch)
    loss.backward()
    assert math.isfinite(loss.item())
    assert tokens.grad is not None
    assert bool(torch.isfinite(tokens.grad).all())


def test_it_learns_and_goes_on_where_it_was(prepared: Prepared, small_model: Path, tmp_path: Path) -> None:
    batches = Batches(prepared, small_model / "tokenizer.json", tokens=2048)
    groups = Groups(prepared, 2)
    first, lines = run(prepared, small_model, tmp_path, 0.25)
    assert first.steps == 15
    assert "resuming" not in lines[0]
    second, lines = run(prepared, small_model, tmp_path, 0.5)
    assert "resuming" in lines[0]
    assert second.steps == 30
    assert second.inputs > first.inputs
    rows = range(len(prepared.questions))
    answered = [group for group in groups.one_pass(rows, 9) if group.answers]
    (_, batch), *_ = batches.with_groups(answered)
    losses = []
    for model in (ReaderModel.of(small_model), second.averaged):
        on_device = to_device(batch, "cpu")
        with torch.no_grad():
            tokens, nothing = model.eval()(on_device.ids, on_device.mask, on_device.types)
        losses.append(reader_loss(tokens, nothing, on_device).item())
    assert losses[1] < losses[0]
    assert str(measure(second.averaged, batches, answered, "cpu")).startswith("held out: sentence right")


@pytest.mark.parametrize("suffix", [".pt", ".safetensors"])
def test_weights_to_go_on_from_are_the_ones_that_were_trained(
    prepared: Prepared, small_model: Path, tmp_path: Path, suffix: str
) -> None:
    state, _ = run(prepared, small_model, tmp_path, 0.05)
    file = tmp_path / loop.CHECKPOINT
    if suffix == ".safetensors":
        file = tmp_path / "reader.safetensors"
        pytest.importorskip("safetensors.torch").save_file(state.averaged.state_dict(), str(file))
    model = ReaderModel.of(small_model)
    model.load(file)
    for name, weights in state.averaged.state_dict().items():
        assert torch.equal(model.state_dict()[name], weights)


def test_weights_that_are_none_are_refused(small_model: Path, tmp_path: Path) -> None:
    (tmp_path / "weights.safetensors").write_bytes(b"none")
    with pytest.raises(InputInvalid, match=r"weights\.safetensors cannot be loaded: name a reader's weights"):
        ReaderModel.of(small_model).load(tmp_path / "weights.safetensors")


def test_a_checkpoint_that_was_cut_short_never_takes_the_place_of_a_whole_one(
    prepared: Prepared, small_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state, _ = run(prepared, small_model, tmp_path, 0.01)
    before = (tmp_path / loop.CHECKPOINT).read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(torch, "save", full)
    with pytest.raises(OSError, match="No space"):
        loop.save(state, tmp_path)
    assert (tmp_path / loop.CHECKPOINT).read_bytes() == before


@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore:# The axis name")  # of torch, to itself
def test_the_export_says_what_torch_says(small_model: Path, tmp_path: Path) -> None:
    card = exporting.Card("small", "our own", 12, "none")
    file = exporting.export_reader(ReaderModel.of(small_model), tmp_path, card)
    described = json.loads((tmp_path / CARD).read_text("utf-8"))
    assert described["files"] == {name: file_digest(file.with_name(name)) for name in (MODEL, DEQUANTISED)}
    assert described["inputs"] == 12
    assert described["difference_from_torch"] <= exporting.TOLERANCE
    assert str(Path(exporting.__file__).parent).encode() not in file.read_bytes()


def test_the_mean_of_two_models_lies_between_them() -> None:
    one, other = ({"a": torch.tensor([1.0, number]), "n": torch.tensor(3)} for number in (2.0, 4.0))
    assert mean(one, other)["a"].tolist() == [1.0, 3.0]
    assert mean(one, other)["n"].tolist() == 3


def test_an_export_that_differs_is_refused(small_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "_to_onnx", lambda model, file: None)
    monkeypatch.setattr(exporting, "largest_difference", lambda model, file: 0.5)
    with pytest.raises(ModelUnfit, match=r"differs from torch by 0\.5"):
        exporting.export_reader(ReaderModel.of(small_model), tmp_path, exporting.Card("small", "", 0, ""))


def test_auroc_counts_ties_half() -> None:
    assert auroc([1.0, 2.0], [1.0, 0.0]) == pytest.approx(0.875)
    assert math.isnan(auroc([], [1.0]))


def test_a_prepared_set_comes_back_as_it_was(prepared: Prepared, tmp_path: Path) -> None:
    prepared.write(tmp_path)
    again = read_prepared(tmp_path)
    assert (again.documents, again.passages, again.questions) == (
        prepared.documents,
        prepared.passages,
        prepared.questions,
    )
    assert np.array_equal(again.near, prepared.near)
    assert np.array_equal(again.far, prepared.far)


def test_a_set_that_is_not_there_says_how_to_make_it(tmp_path: Path) -> None:
    with pytest.raises(InputInvalid, match="prepare"):
        read_prepared(tmp_path)


@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore:# The axis name")  # of torch, to itself
def test_the_stages_run_one_after_the_other(question_file: Path, small_model: Path, tmp_path: Path) -> None:
    own = ["--folder", str(tmp_path), "--model", str(small_model)]
    assert main([*own, "prepare", str(question_file)]) == 0
    assert main([*own, "mine", "--device", "cpu"]) == 0
    assert main([*own, "train", "--minutes", "0.01", "--device", "cpu"]) == 0
    assert main([*own, "export", str(tmp_path / "out")]) == 0
    assert (tmp_path / "out" / MODEL).is_file()


def test_a_stage_too_early_says_what_comes_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--folder", str(tmp_path), "export", str(tmp_path)]) == 2
    assert "train` first" in capsys.readouterr().err
