"""Models of the kind of XLM-R and multilingual E5: SentencePiece, prompts, export."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from retrieval.encoding.export import export
from retrieval.encoding.models import E5_PROMPTS, NO_PROMPTS, ModelFolder, locate
from retrieval.encoding.onnx_encoder import OnnxEncoder
from tests.retrieval.encoding.tiny import tiny_multilingual_model


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> ModelFolder:
    return locate(str(tiny_multilingual_model(tmp_path_factory.mktemp("model"))))


@pytest.fixture(scope="module")
def encoder(model: ModelFolder, tmp_path_factory: pytest.TempPathFactory) -> OnnxEncoder:
    return OnnxEncoder(export(model, tmp_path_factory.mktemp("cache")), "fp32", 1, model.name)


def test_it_gives_what_torch_gives_behind_its_prompts(model: ModelFolder, encoder: OnnxEncoder) -> None:
    from sentence_transformers import SentenceTransformer

    torch = SentenceTransformer(str(model.path), device="cpu")
    text = "Ein grauer Reiher kam."
    tokens = next(encoder.passages([("Am Wehr. ", text)]))
    assert tokens.pooled == pytest.approx(torch.encode([f"passage: Am Wehr. {text}"])[0], abs=1e-4)
    assert encoder.question(text).pooled == pytest.approx(torch.encode([f"query: {text}"])[0], abs=1e-4)


def test_int8_is_near(model: ModelFolder, encoder: OnnxEncoder, tmp_path: Path) -> None:
    int8 = OnnxEncoder(export(model, tmp_path), "int8", 1, model.name)
    pooled = [next(both.passages([("", "Ein grauer Reiher kam.")])).pooled for both in (int8, encoder)]
    assert pooled[0] @ pooled[1] > 0.95


@pytest.mark.parametrize("context", ["", "Am Wehr. "])
def test_words_begin_behind_the_space_before_them(encoder: OnnxEncoder, context: str) -> None:
    text = "Der Reiher  kam.\nEin grauer Reiher stand am Wehr. 鷺 日本"
    tokens = next(encoder.passages([(context, text)]))
    pieces = [text[start:end] for start, end in tokens.offsets.tolist()]
    assert pieces[:4] == ["Der", "Reiher", "kam", "."]
    assert pieces[-3:] == ["鷺", "日", "本"]
    assert not [piece for piece in pieces if piece != piece.strip() or not piece]
    assert len(tokens.vectors) == len(pieces)


def test_letters_in_another_form_stay_where_they_are(encoder: OnnxEncoder) -> None:
    text = "ﬁ Ｒeiher ½"
    tokens = next(encoder.passages([("", text)]))
    starts, ends = tokens.offsets.T
    assert (ends > starts).all()
    assert np.all(np.diff(starts) >= 0)
    assert (starts.min(), ends.max()) == (0, len(text))


@pytest.mark.parametrize(
    ("name", "prompts"),
    [
        ("multilingual-e5-small", E5_PROMPTS),
        ("e5_base", E5_PROMPTS),
        ("models--intfloat--multilingual-e5-small/snapshots/fce5a1", E5_PROMPTS),
        ("multilingual-e5-large-instruct", NO_PROMPTS),
        ("bge-m3", NO_PROMPTS),
        ("fe5d1", NO_PROMPTS),
    ],
)
def test_the_prompts_of_a_family_follow_from_the_name(name: str, prompts: tuple[str, str], tmp_path: Path) -> None:
    folder = tmp_path / name
    folder.mkdir(parents=True)
    (folder / "model.safetensors").write_bytes(b"weights")
    assert locate(str(folder)).prompts == prompts


def test_the_same_weights_with_other_prompts_are_another_model(tmp_path: Path) -> None:
    digests = []
    for name in ("tiny-e5", "tiny"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "model.safetensors").write_bytes(b"weights")
        digests.append(locate(str(tmp_path / name)).digest)
    assert digests[0] != digests[1]
