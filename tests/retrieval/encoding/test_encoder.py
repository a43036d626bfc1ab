"""The encoder's interface, and both engines with the default model."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from retrieval.encoding.encoder import Encoder, Tokens
from retrieval.encoding.export_folder import encoder_folder
from retrieval.encoding.models import DEFAULT_MODEL, locate
from retrieval.encoding.onnx_encoder import OnnxEncoder, read_description
from retrieval.encoding.selection import EncoderSettings, passage_encoder, question_encoder
from retrieval.engine import Engine
from retrieval.errors import IndexMismatch, ModelDamaged, ModelError, ModelReplaced, ModelUnfit
from retrieval.index.build import build
from retrieval.index.generation import Generation
from retrieval.index.manifest import PassageSettings
from retrieval.sealed import seal, unseal
from tests.conftest import MODEL_CACHE
from tests.toy import SPEC, ToyEncoder, word_vector, write_corpus

TEXTS = [
    "Russia asked Albania to clarify its stance.",
    "It rained.",
    "Ünïcödé text, 日本 and 😀 emoji: the naïve café’s “quotes” — and so on…",
    "The letter was published on the website of the Russian Foreign Ministry. " * 8,
    "word " * 600,
]


def alike(one: Tokens, other: Tokens, within: float) -> bool:
    return (
        np.array_equal(one.offsets, other.offsets)
        and np.allclose(one.vectors, other.vectors, atol=within)
        and np.allclose(one.pooled, other.pooled, atol=within)
    )


def encoded(encoder: Encoder, texts: Sequence[str] = TEXTS, context: str = "") -> list[Tokens]:
    return list(encoder.passages((context, text) for text in texts))


def test_words_of_the_toy_are_where_they_stand() -> None:
    text = "The Heron, the heron!"
    tokens = ToyEncoder().question(text)
    assert [text[start:end] for start, end in tokens.offsets.tolist()] == ["The", "Heron", "the", "heron"]
    mean = np.mean([word_vector("the"), word_vector("heron")], axis=0)
    assert tokens.vectors[1] == pytest.approx(word_vector("heron") + 0.1 * mean, abs=1e-6)
    assert np.linalg.norm(tokens.pooled) == pytest.approx(1, abs=1e-6)


def test_context_is_read_and_its_pieces_are_left_out() -> None:
    encoder = ToyEncoder(prompts=("ask: ", "passage: "))
    (tokens,) = encoder.passages([("A title. ", "A heron came.")])
    assert encoder.encoded == ["passage: A title. A heron came."]
    assert tokens.offsets.tolist() == [[0, 1], [2, 7], [8, 12]]
    (alone,) = ToyEncoder().passages([("", "A heron came.")])
    assert not np.allclose(tokens.vectors, alone.vectors, atol=1e-4)
    assert encoder.question("A heron?").offsets.tolist() == [[0, 1], [2, 7]]
    assert encoder.encoded[-1] == "ask: A heron?"


def test_pieces_without_characters_are_left_out() -> None:
    class WithSpecial(ToyEncoder):
        def _encode(self, texts):  # type: ignore[no-untyped-def]
            for tokens in super()._encode(texts):
                twice = np.concatenate([tokens.vectors, tokens.vectors])
                yield Tokens(twice, np.concatenate([tokens.offsets, np.zeros_like(tokens.offsets)]), tokens.pooled)

    assert len(WithSpecial().question("One heron came.").vectors) == 3


def test_no_texts_no_vectors() -> None:
    assert list(ToyEncoder().passages([])) == []


def test_spec_is_what_was_chosen() -> None:
    for precision in ("fp32", "int8"):
        chosen = passage_encoder(EncoderSettings(precision=precision, threads=1), MODEL_CACHE)
        assert chosen.load().spec == chosen.spec
        assert question_encoder(chosen.spec, MODEL_CACHE).spec == chosen.spec
    assert (chosen.spec.name, chosen.spec.dimension, chosen.spec.max_pieces) == (DEFAULT_MODEL, 384, 256)
    like = passage_encoder(EncoderSettings(), MODEL_CACHE, chosen.spec).spec
    assert like.precision == "int8"


def test_pieces_stand_where_their_offsets_say(minilm: Encoder) -> None:
    for text, tokens in zip(TEXTS, encoded(minilm), strict=True):
        assert tokens.vectors.shape == (len(tokens.offsets), 384)
        assert tokens.vectors.dtype == np.float32
        assert len(tokens.offsets) == min(minilm.pieces(text), 254)
        starts, ends = tokens.offsets[:, 0], tokens.offsets[:, 1]
        assert (starts[1:] >= ends[:-1]).all()
        assert (ends > starts).all()
        assert ends[-1] <= len(text)
        assert np.linalg.norm(tokens.pooled) == pytest.approx(1, abs=1e-5)
    text, tokens = TEXTS[0], encoded(minilm)[0]
    assert [text[start:end] for start, end in tokens.offsets[:3].tolist()] == ["Russia", "asked", "Albania"]
    curly = TEXTS[2]
    pieces = [curly[start:end] for start, end in encoded(minilm)[2].offsets.tolist()]
    assert {"Ünïcödé"[:1], "日", "“"} & set("".join(pieces)) == {"Ü", "日", "“"}


def test_context_changes_vectors_and_not_places(minilm: Encoder) -> None:
    (alone,), (told,) = encoded(minilm, TEXTS[:1]), encoded(minilm, TEXTS[:1], "A letter from Moscow. ")
    assert np.array_equal(alone.offsets, told.offsets)
    assert alone.vectors.shape == told.vectors.shape
    assert not np.allclose(alone.vectors, told.vectors, atol=1e-2)


def test_vectors_do_not_depend_on_what_is_encoded_beside(minilm: Encoder, export_folder: Path) -> None:
    two = OnnxEncoder(export_folder, minilm.spec.precision, 2, "m")
    together, alone = encoded(two), [encoded(minilm, [text])[0] for text in TEXTS]
    backwards = encoded(two, TEXTS[::-1])[::-1]
    asked = OnnxEncoder(export_folder, minilm.spec.precision, 1, "m")
    for text, one, other, third in zip(TEXTS, together, alone, backwards, strict=True):
        assert alike(one, other, 0.0)
        assert alike(one, third, 0.0)
        assert alike(one, asked.question(text), 0.0)


def test_many_texts_come_back_in_order(export_folder: Path) -> None:
    encoder = OnnxEncoder(export_folder, "int8", 2, "m")
    texts = [f"{'Long ' * (number % 7 * 8)}number {number}" for number in range(40)]
    for text, tokens in zip(texts, encoded(encoder, texts), strict=True):
        assert tokens.offsets[-1, 1] == len(text)


def test_onnx_gives_what_torch_gives(export_folder: Path) -> None:
    from retrieval.encoding.torch_encoder import TorchEncoder

    torch = TorchEncoder(locate(DEFAULT_MODEL), export_folder, "cpu")
    onnx = OnnxEncoder(export_folder, "fp32", 1, DEFAULT_MODEL)
    assert torch.spec == onnx.spec
    assert np.array_equal(torch.centre, onnx.centre)
    assert torch.pieces(TEXTS[2]) == onnx.pieces(TEXTS[2])
    texts = [*TEXTS, *(f"Note {number}. {TEXTS[number % 4][:60]}" for number in range(70))]
    for one, other in zip(encoded(torch, texts, "A. "), encoded(onnx, texts, "A. "), strict=True):
        assert alike(one, other, 1e-4)


def test_int8_is_near_to_fp32(export_folder: Path) -> None:
    pairs = zip(*(encoded(OnnxEncoder(export_folder, one, 1, "m"), TEXTS[:4]) for one in ("fp32", "int8")), strict=True)
    for fp32, int8 in pairs:
        assert fp32.pooled @ int8.pooled > 0.97


@pytest.mark.parametrize("name", ["model-int8.onnx", "tokenizer.json"])
def test_a_damaged_model_file_is_refused(name: str, export_folder: Path, tmp_path: Path) -> None:
    folder = tmp_path / "export"
    folder.mkdir()
    for file in ("encoder.json", "model-int8.onnx", "tokenizer.json"):
        (folder / file).symlink_to(export_folder / file)
    raw = bytearray((folder / name).read_bytes())
    raw[len(raw) // 2] ^= 4
    (folder / name).unlink()
    (folder / name).write_bytes(raw)
    with pytest.raises(ModelDamaged, match=rf"The model file {folder / name} has SHA-256 \w{{12}}…, not"):
        OnnxEncoder(folder, "int8", 1, "m")
    (folder / name).unlink()
    with pytest.raises(ModelUnfit, match=rf"The model 'm' cannot be used \({name} .*export"):
        OnnxEncoder(folder, "int8", 1, "m")


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"{}", b"\xff", b'{"format": 1}'])
def test_a_description_that_is_none_is_refused(raw: bytes, tmp_path: Path) -> None:
    (tmp_path / "encoder.json").write_bytes(raw)
    with pytest.raises(ModelUnfit, match=r"encoder\.json cannot be read; delete .+ to have it exported again"):
        OnnxEncoder(tmp_path, "fp32", 1, "m")


def other_export(export_folder: Path, cache: Path, change: Callable[[bytes], bytes]) -> Path:
    """A cache with the export whose description was changed; returns the description's file."""
    folder = cache / "encoders" / export_folder.name
    folder.mkdir(parents=True)
    for file in export_folder.iterdir():
        if file.name != "encoder.json":
            (folder / file.name).symlink_to(file)
    (folder / "encoder.json").write_bytes(change((export_folder / "encoder.json").read_bytes()))
    return folder / "encoder.json"


def test_no_flipped_or_lost_byte_of_a_description_is_taken(export_folder: Path, tmp_path: Path) -> None:
    file = other_export(export_folder, tmp_path, bytes)
    raw, drawn = file.read_bytes(), random.Random(3)
    places = [0, len(raw) - 1, *(drawn.randrange(len(raw)) for _ in range(300))]
    damaged = [raw[:-1], raw + b"\n", *(raw[:at] + bytes([raw[at] ^ 1 << at % 8]) + raw[at + 1 :] for at in places)]
    for other in damaged:
        file.write_bytes(other)
        with pytest.raises(
            ModelUnfit, match=r"encoder\.json (is damaged, its checksum differs|cannot be read); delete"
        ):
            read_description(file.parent)
    file.write_bytes(raw)
    assert read_description(file.parent) == read_description(export_folder)


@pytest.mark.parametrize("key", ["centre", "pooling", "prompts"])
def test_an_index_is_bound_to_what_its_encoder_was_exported_with(key: str, export_folder: Path, tmp_path: Path) -> None:
    corpus, index = write_corpus(tmp_path / "corpus"), tmp_path / "index"
    settings = EncoderSettings(engine="onnx", precision="fp32", threads=1)
    build(corpus, index, lambda before: passage_encoder(settings, MODEL_CACHE), PassageSettings())
    made = Generation.current(index).manifest

    def changed(raw: bytes) -> bytes:
        content = unseal(raw)
        if key == "centre":
            content["centre"]["fp32"] = [2 * number for number in content["centre"]["fp32"]]
        else:
            content[key] = {"pooling": "cls", "prompts": ["query: ", ""]}[key]
        return seal(content)

    cache = tmp_path / "cache"
    other_export(export_folder, cache, changed)
    wanted = {
        "centre": r"was built with a centre of length \S+, but one \S+ away from it is asked for: put back",
    }.get(key, r"was built with the model's export \(pooling, prompts\) \w{16}, but \w{16} is asked for: put back")
    with pytest.raises(IndexMismatch, match=wanted):
        Engine.open(index, cache=cache)
    (corpus / "added.txt").write_text("A heron came to the old mill.\n", "utf-8")
    with pytest.raises(IndexMismatch, match=r"but (\w{16}|one \S+ away from it) is asked for"):
        build(corpus, index, lambda before: passage_encoder(settings, cache), PassageSettings())
    report = build(corpus, index, lambda before: passage_encoder(settings, cache), PassageSettings(), rebuild=True)
    assert (report.manifest.encoder.export, report.manifest.centre) != (made.encoder.export, made.centre)
    assert Engine.open(index, cache=cache).fingerprint == report.manifest.fingerprint != made.fingerprint


def test_an_export_that_rounds_otherwise_answers_from_the_same_index(export_folder: Path, tmp_path: Path) -> None:
    corpus, index = write_corpus(tmp_path / "corpus"), tmp_path / "index"
    settings = EncoderSettings(engine="onnx", precision="fp32", threads=1)
    build(corpus, index, lambda before: passage_encoder(settings, MODEL_CACHE), PassageSettings())
    here = Engine.open(index, cache=MODEL_CACHE)

    def rounded(raw: bytes) -> bytes:
        content = unseal(raw)
        content["centre"]["fp32"] = [round(number, 3) for number in content["centre"]["fp32"]]
        return seal(content)

    cache = tmp_path / "cache"
    other_export(export_folder, cache, rounded)
    there = Engine.open(index, cache=cache)
    assert there.encoder.centre.tolist() != here.encoder.centre.tolist()
    assert there.fingerprint == here.fingerprint
    question = "Who built the lighthouse?"
    assert there.ask(question).quotes == here.ask(question).quotes
    (corpus / "added.txt").write_text("A heron came to the old mill.\n", "utf-8")
    report = build(corpus, index, lambda before: passage_encoder(settings, cache), PassageSettings())
    assert report.manifest.centre == here.generation.manifest.centre


def test_a_question_encoder_whose_model_is_another_now(tmp_path: Path) -> None:
    spec = passage_encoder(EncoderSettings(), MODEL_CACHE).spec
    told = list[bool]()
    with pytest.raises(ModelReplaced, match=r"now, and the index was built with f{12}…: build the index again"):
        question_encoder(replace(spec, digest="f" * 64), tmp_path, lambda: told.append(True))
    assert not told
    with pytest.raises(ModelError):
        question_encoder(SPEC, tmp_path / "file")


def test_a_cache_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    problem = (
        r"its export cannot be written to .*file/encoders: Not a directory\): choose another folder with `model.cache`"
    )
    with pytest.raises(ModelUnfit, match=problem):
        passage_encoder(EncoderSettings(precision="fp32"), tmp_path / "file")


def test_the_export_says_what_it_is(export_folder: Path) -> None:
    said = json.loads((export_folder / "encoder.json").read_text("utf-8"))
    assert encoder_folder(locate(DEFAULT_MODEL).digest, MODEL_CACHE) == export_folder
    assert said["difference_from_torch"] < 1e-4
    assert (said["pooling"], said["dimension"], said["max_pieces"]) == ("mean", 384, 256)
    assert set(said["files"]) == {"model-fp32.onnx", "model-int8.onnx", "tokenizer.json"}
