"""The encoder's adapters end to end on an encoder of three layers: they alone learn, go on, and are exported."""

from __future__ import annotations

import json
import shutil
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from retrieval.encoding.models import DEFAULT_MODEL, ModelFolder, locate
from retrieval.errors import InputInvalid
from retrieval.files import file_digest
from retrieval.training.__main__ import main
from retrieval.training.answer_places import AnswerPlaces
from retrieval.training.encoder_texts import ABOVE, OUTSIDE, EncoderTexts, PassagePieces, QuestionPieces
from retrieval.training.licences import DERIVED, LICENCES, data_sets
from retrieval.training.prepared import Prepared
from retrieval.training.transformer import load_transformer

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")
safetensors = pytest.importorskip("safetensors.torch")

from retrieval.training import encoder_loop  # noqa: E402 - they need torch
from retrieval.training.adapter_export import ADAPTER, ADAPTER_CARD, AdapterCard, export_adapter  # noqa: E402
from retrieval.training.centre import centre_of, centre_texts  # noqa: E402
from retrieval.training.contrasts import Contrasts  # noqa: E402
from retrieval.training.held_out_retrieval import HeldOutQuestions  # noqa: E402
from retrieval.training.late_interaction import (  # noqa: E402
    centred,
    contrastive_losses,
    encode,
    sentence_scores,
    signs,
)
from retrieval.training.low_rank import adapt, adapters, learnt, load_learnt  # noqa: E402

CARD = AdapterCard("small", "0", [], 0, 0, "not at all", "", "")


@pytest.fixture(autouse=True)
def one_thread() -> Any:
    """The same sums in the same order each time."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


class CutOff(encoder_loop.EncoderTraining):
    """A training that is interrupted once it has saved so many batches; -1 for never."""

    cut = -1

    def save(self) -> None:
        super().save()
        if self.state.batches == self.cut:
            raise KeyboardInterrupt


def training(prepared: Prepared, model: Path, folder: Path, *, cut: int = -1) -> CutOff:
    """A training of 24 batches, one a second, with a checkpoint after each."""
    ticks = count()
    plan = encoder_loop.EncoderPlan(
        0.4, "cpu", 1e-2, questions=2, save_every=1, measure_every=1e6, clock=lambda: float(next(ticks))
    )
    own = ModelFolder("small", model, "0")
    started = CutOff(load_transformer(model), own, prepared, plan, folder, lambda line: None)
    started.cut = cut
    return started


def losses(transformer: Any, prepared: Prepared, model: Path) -> float:
    """The mean loss of a transformer over a pass."""
    tokenizer_file = model / "tokenizer.json"
    texts, centre = EncoderTexts(prepared, tokenizer_file), centre_of(transformer, centre_texts(tokenizer_file))
    contrasts = Contrasts(prepared, texts, range(len(prepared.questions)), questions=5, negatives=1)
    with torch.no_grad():
        each = [sum(contrastive_losses(transformer, batch, centre)).item() for batch in contrasts.one_pass(99)]
    return float(np.mean(each))


def test_the_loss_falls_and_only_the_adapters_learn(prepared: Prepared, small_model: Path, tmp_path: Path) -> None:
    before = load_transformer(small_model).eval()
    state = training(prepared, small_model, tmp_path).run()
    assert (state.batches, state.questions) == (24, 40)
    assert losses(state.transformer, prepared, small_model) < 0.9 * losses(before, prepared, small_model)
    weights = state.transformer.state_dict()
    for name, tensor in before.state_dict().items():
        parent, _, part = name.rpartition(".")
        assert torch.equal(tensor, weights[name] if name in weights else weights[f"{parent}.layer.{part}"]), name
    assert all(bool(adapter.up.any()) for adapter in adapters(state.transformer).values())


def test_it_goes_on_where_it_was_cut_off(
    prepared: Prepared, small_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(encoder_loop, "CENTRED", 5)  # so that it stops between one centre and the next
    whole = training(prepared, small_model, tmp_path / "whole").run()
    for cut in (8, 16):
        with pytest.raises(KeyboardInterrupt):
            training(prepared, small_model, tmp_path / "parts", cut=cut).run()
    resumed = training(prepared, small_model, tmp_path / "parts")
    assert (resumed.state.batches, resumed.state.passes, resumed.state.place) == (16, 5, 1)
    parts = resumed.run()
    assert (parts.seconds, parts.batches, parts.questions, parts.before) == (24, 24, whole.questions, whole.before)
    for name, tensor in learnt(whole.transformer).items():
        assert torch.equal(tensor, learnt(parts.transformer)[name]), name


def test_the_checkpoint_of_another_encoder_is_refused(prepared: Prepared, small_model: Path, tmp_path: Path) -> None:
    training(prepared, small_model, tmp_path).save()
    other = ModelFolder("other", small_model, "1")
    plan = encoder_loop.EncoderPlan(1, "cpu")
    with pytest.raises(InputInvalid, match="is of the encoder 'small', not 'other'"):
        encoder_loop.EncoderTraining(load_transformer(small_model), other, prepared, plan, tmp_path, print)


def test_a_checkpoint_that_is_none_is_refused(prepared: Prepared, small_model: Path, tmp_path: Path) -> None:
    (tmp_path / encoder_loop.ENCODER_CHECKPOINT).write_bytes(b"none")
    with pytest.raises(InputInvalid, match="cannot be read: remove it to train anew"):
        training(prepared, small_model, tmp_path)


def test_the_checkpoint_of_a_reader_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    torch.save({"averaged": {}, "model": {}}, tmp_path / encoder_loop.ENCODER_CHECKPOINT)
    assert main(["export-encoder", str(tmp_path), str(tmp_path / "out")]) == 2
    assert "encoder.pt is of another kind or version: remove it to train anew." in capsys.readouterr().err


@pytest.mark.parametrize("number", ["0", "-1", "many"])
def test_a_batch_has_a_question(number: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["encoder", str(tmp_path), "--questions", number])
    assert "no whole number from 1 on" in capsys.readouterr().err


def test_the_export_holds_what_a_merge_needs(prepared: Prepared, small_model: Path, tmp_path: Path) -> None:
    transformer = load_transformer(small_model).eval()
    plain = load_transformer(small_model).eval()
    adapt(transformer)
    drawn = torch.Generator().manual_seed(5)
    for adapter in adapters(transformer).values():  # numbers that half precision has
        adapter.up.data = torch.randint(-8, 8, adapter.up.shape, generator=drawn) / 64
        adapter.down.data = torch.randint(-8, 8, adapter.down.shape, generator=drawn) / 64
    file = export_adapter(learnt(transformer), tmp_path, CARD)
    matrices = safetensors.load_file(str(file))
    assert {tensor.dtype for tensor in matrices.values()} == {torch.float16}
    for name in {name.rpartition(".")[0] for name in matrices}:
        layer = plain.get_submodule(name)
        layer.weight.data += matrices[f"{name}.up"].float() @ matrices[f"{name}.down"].float()
        inputs = torch.randn(3, layer.in_features, generator=drawn)
        assert torch.allclose(layer(inputs), transformer.get_submodule(name)(inputs), atol=1e-5)
    ids = torch.randint(5, 1000, (2, 12), generator=drawn)
    with torch.no_grad():
        merged, adapted = (model(input_ids=ids).last_hidden_state for model in (plain, transformer))
    assert torch.allclose(merged, adapted, atol=1e-4)
    card = json.loads((tmp_path / ADAPTER_CARD).read_text("utf-8"))
    assert card["files"] == {ADAPTER: file_digest(file)}
    assert file.read_bytes() == export_adapter(learnt(transformer), tmp_path / "again", CARD).read_bytes()


def test_an_adapter_begins_as_nothing(small_model: Path) -> None:
    plain, adapted = load_transformer(small_model).eval(), load_transformer(small_model).eval()
    adapt(adapted)
    ids = torch.arange(5, 30)[None]
    with torch.no_grad():
        assert torch.equal(plain(input_ids=ids).last_hidden_state, adapted(input_ids=ids).last_hidden_state)


def test_an_adapter_of_another_shape_is_refused(small_model: Path) -> None:
    one, other = load_transformer(small_model), load_transformer(small_model)
    adapt(one, rank=4)
    adapt(other, rank=8)
    with pytest.raises(InputInvalid, match="other layers or of another rank"):
        load_learnt(one, learnt(other))


def test_an_encoder_without_bert_s_layers_is_refused() -> None:
    with pytest.raises(InputInvalid, match="The encoder, a Linear, has no layers to adapt"):
        adapt(torch.nn.Linear(2, 2))


def test_weights_beyond_half_precision_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputInvalid, match="half precision cannot hold"):
        export_adapter({"layer.up": torch.tensor([[1e6]])}, tmp_path, CARD)
    assert not (tmp_path / ADAPTER).exists()


def test_signs_pass_the_gradient_of_the_centred_direction() -> None:
    vectors = torch.randn(3, 8, generator=torch.Generator().manual_seed(1)).requires_grad_()
    centre, weights = torch.full((8,), 0.1), torch.arange(24.0).reshape(3, 8)
    binary = signs(vectors, centre)
    assert torch.allclose(binary, torch.where(vectors > centre, 1.0, -1.0) / 8**0.5)
    (through,) = torch.autograd.grad((binary * weights).sum(), vectors)
    (straight,) = torch.autograd.grad((centred(vectors, centre) * weights).sum(), vectors)
    assert torch.allclose(through, straight)
    assert bool(through.any())


def test_a_sentence_has_the_mean_of_its_best_matches() -> None:
    # Two question pieces along the axes, one twice as heavy; the special pieces at both ends have no weight.
    question = QuestionPieces(np.arange(4), np.array([0, 2 / 3, 1 / 3, 0], np.float32))
    tokens = torch.tensor([[9.0, 9.0], [1.0, 0.0], [0.0, 1.0], [9.0, 9.0]])
    first = PassagePieces(np.arange(4), np.array([OUTSIDE, ABOVE, 0, 1]), 2)
    second = PassagePieces(np.arange(2), np.array([0, OUTSIDE]), 1)
    pieces = torch.tensor([[9.0, 9.0], [0.0, 0.8], [0.6, 0.1], [0.3, 0.9], [0.5, 0.5], [9.0, 9.0]])
    scores = sentence_scores([question, question], torch.cat([tokens, tokens]), [first, second], pieces)
    row = [(2 * 0.6 + 0.9 * 0.8) / 3, (2 * 0.3 + 0.9) / 3, 0.5]
    assert scores.tolist() == [[pytest.approx(score) for score in row]] * 2


def test_texts_keep_their_order_however_they_are_batched(small_model: Path) -> None:
    transformer = load_transformer(small_model).eval()
    texts = [np.arange(5, 5 + length) for length in (9, 300, 3, 300, 200, 300, 300, 300, 300, 300, 300, 4)]
    with torch.no_grad():
        vectors, pooled = encode(transformer, texts)
        alone = [encode(transformer, [text]) for text in texts]
    assert torch.allclose(vectors, torch.cat([own for own, _ in alone]), atol=0.05)
    assert torch.allclose(pooled, torch.cat([own for _, own in alone]), atol=0.01)


def test_held_out_figures_of_the_default_encoder(prepared: Prepared, tokenizer_file: Path) -> None:
    transformer = load_transformer(locate(DEFAULT_MODEL).path).eval()
    texts = EncoderTexts(prepared, tokenizer_file)
    held_out = HeldOutQuestions.of(prepared, texts, range(len(prepared.questions)), 10)
    figures = held_out.measure(transformer, centre_of(transformer, centre_texts(tokenizer_file)))
    answered = [row for row in range(len(prepared.questions)) if AnswerPlaces(prepared).holding(row)]
    assert figures.questions == {"natural": len(answered)}
    assert figures.shares["natural"]["passage@1"] == 1
    assert figures.shares["natural"]["sentence@1"] >= 0.8
    assert str(figures).startswith("held out, 3 passages: natural (5) passage@1 1.000, ")


def test_nothing_held_out_gives_no_figures(prepared: Prepared, small_model: Path, tokenizer_file: Path) -> None:
    held_out = HeldOutQuestions.of(prepared, EncoderTexts(prepared, tokenizer_file), [], 10)
    figures = held_out.measure(load_transformer(small_model), torch.zeros(32))
    assert str(figures) == "no answered question is held out"


def test_a_card_lists_data_sets_with_their_licences() -> None:
    listed = data_sets({"own": 3, "structured-lists": 2, "squad11": 9, "structured-tables": 5})
    assert listed == [
        ("squad11", 9, LICENCES["squad11"]),
        ("own", 3, "not known"),
        (DERIVED, 7, "as the sets above"),
    ]


def test_the_stages_run_one_after_the_other(prepared: Prepared, small_model: Path, tmp_path: Path) -> None:
    prepared.write(tmp_path / "prepared")
    own, folder = ["--model", str(small_model)], tmp_path / "work"
    train = ["encoder", str(tmp_path / "prepared"), "--minutes", "0.001", "--device", "cpu", "--folder", str(folder)]
    assert main([*own, *train]) == 0
    assert main(["export-encoder", str(folder), str(tmp_path / "out"), "--machine", "a toaster"]) == 0
    card = json.loads((tmp_path / "out" / ADAPTER_CARD).read_text("utf-8"))
    assert (card["trained_from"], card["trained"]) == (str(small_model), "0 minutes on a toaster")
    assert card["data"] == [
        ["The harbour", 2, "not known"],
        ["The mill", 2, "not known"],
        ["The orchard", 1, "not known"],
    ]
    assert card["trained_from_digest"] == locate(str(small_model)).digest


def test_the_folder_can_be_named_before_the_stage(
    prepared: Prepared, small_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    prepared.write(tmp_path / "prepared")
    own = ["--model", str(small_model), "--folder", str(tmp_path / "work")]
    assert main([*own, "encoder", str(tmp_path / "prepared"), "--minutes", "0.001", "--device", "cpu"]) == 0
    assert (tmp_path / "work" / encoder_loop.ENCODER_CHECKPOINT).is_file()
    assert "loss" not in capsys.readouterr().err


def test_an_export_too_early_says_what_comes_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export-encoder", str(tmp_path), str(tmp_path / "out")]) == 2
    assert "encoder.pt does not exist: run `python -m retrieval.training encoder` first." in capsys.readouterr().err


def test_an_encoder_that_pools_otherwise_is_refused(
    prepared: Prepared, small_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    prepared.write(tmp_path / "prepared")
    model = tmp_path / "model"
    shutil.copytree(small_model, model)
    (model / "1_Pooling").mkdir()
    (model / "1_Pooling" / "config.json").write_text('{"pooling_mode_mean_tokens": false}', "utf-8")
    assert main(["--model", str(model), "encoder", str(tmp_path / "prepared"), "--folder", str(tmp_path)]) == 2
    assert "does not pool by the mean" in capsys.readouterr().err
