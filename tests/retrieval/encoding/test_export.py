"""Any sentence-transformers model, exported once: here a tiny one with random weights, made by the test."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import numpy as np
import pytest

from retrieval.encoding.adapter import load_model
from retrieval.encoding.export import export
from retrieval.encoding.export_folder import MARKER, UNFINISHED, clear, encoder_folder, is_exported
from retrieval.encoding.models import ModelFolder, locate
from retrieval.encoding.onnx_encoder import OnnxEncoder
from retrieval.encoding.selection import EncoderSettings, passage_encoder
from retrieval.engine import Engine
from retrieval.errors import ModelUnfit
from retrieval.index.build import build
from retrieval.index.manifest import PassageSettings
from retrieval.settings import AnswerSettings
from tests.retrieval.encoding.tiny import tiny_model
from tests.toy import write_corpus
from tests.traps import set_traps

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, ModelFolder, Path]]:
    """The tiny model, located, and the folder of its export, which was made from a folder full of traps."""
    folder = tmp_path_factory.mktemp("export")
    model = locate(str(tiny_model(folder / "model")))
    sprung = set_traps(folder / "articles")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder / "articles")
        patch.setenv("PYTHONPATH", os.pathsep)
        export_folder = export(ModelFolder(model.name, Path("../model/saved"), model.digest), Path("../cache"))
        assert export_folder == encoder_folder(model.digest, Path("../cache"))
    assert not sprung.exists(), sprung.read_text("utf-8")
    yield folder / "cache", model, encoder_folder(model.digest, folder / "cache")
    assert not sprung.exists(), sprung.read_text("utf-8")


def test_a_model_from_a_folder_gives_what_torch_gives(exported: tuple[Path, ModelFolder, Path]) -> None:
    from sentence_transformers import SentenceTransformer

    _, model, folder = exported
    torch = SentenceTransformer(str(model.path), device="cpu")
    onnx = OnnxEncoder(folder, "fp32", 1, "tiny")
    assert (onnx.spec.dimension, onnx.spec.max_pieces, onnx.spec.digest) == (32, 64, model.digest)
    texts = ["The clock museum", "wells ran dry twice last year, says the waterworks!", "storm " * 100]
    for text, tokens in zip(texts, onnx.passages(("", text) for text in texts), strict=True):
        wanted = torch.encode([text], output_value="token_embeddings")[0].numpy()
        assert np.allclose(tokens.vectors, wanted[1:-1], atol=1e-4)
        pooled = torch.encode([text])[0]
        assert tokens.pooled == pytest.approx(pooled / np.linalg.norm(pooled), abs=1e-4)


def test_what_an_adapter_learned_is_added_before_the_export(
    exported: tuple[Path, ModelFolder, Path], tmp_path: Path
) -> None:
    import torch
    from safetensors.torch import save_file

    _, plain, plain_export = exported
    layer, adapter = "encoder.layer.1.attention.self.query", tmp_path / "adapter.safetensors"
    torch.manual_seed(3)
    save_file({f"{layer}.up": torch.randn(32, 2).half(), f"{layer}.down": torch.randn(2, 32).half()}, adapter)
    adapted = ModelFolder("tiny", plain.path, "a" * 64, adapter=adapter)
    own, unadapted = (
        OnnxEncoder(export(adapted, tmp_path), "fp32", 1, "tiny"),
        OnnxEncoder(plain_export, "fp32", 1, "t"),
    )
    learned, published = load_model(adapted, device="cpu"), load_model(plain, device="cpu")
    text = "wells ran dry twice last year, says the waterworks!"
    vectors = {
        name: model.encode([text], output_value="token_embeddings")[0].numpy()[1:-1]
        for name, model in (("learned", learned), ("published", published))
    }
    (tokens,), (before,) = own.passages([("", text)]), unadapted.passages([("", text)])
    assert np.allclose(tokens.vectors, vectors["learned"], atol=1e-4)
    assert np.allclose(before.vectors, vectors["published"], atol=1e-4)
    assert not np.allclose(tokens.vectors, before.vectors, atol=0.01)


def test_an_export_is_made_once_and_whole(exported: tuple[Path, ModelFolder, Path]) -> None:
    cache, model, folder = exported
    assert folder == encoder_folder(model.digest, cache)
    assert is_exported(model.digest, cache)
    assert [path.name for path in folder.parent.iterdir()] == [folder.name], "nothing is left beside it"
    before = (folder / "encoder.json").stat()
    assert export(model, cache) == folder
    assert (folder / "encoder.json").stat() == before
    said = json.loads((folder / "encoder.json").read_text("utf-8"))
    assert (said["pooling"], said["prompts"]) == ("cls", ["", ""])
    assert {len(centre) for centre in said["centre"].values()} == {32}


def test_questions_are_asked_with_it(exported: tuple[Path, ModelFolder, Path], tmp_path: Path) -> None:
    cache, model, _ = exported
    settings = EncoderSettings(str(model.path), engine="onnx", precision="fp32")
    chosen = passage_encoder(settings, cache)
    build(write_corpus(tmp_path / "corpus"), tmp_path / "index", lambda before: chosen, PassageSettings())
    engine = Engine.open(tmp_path / "index", AnswerSettings(threshold=0.0), cache=cache)
    assert engine.encoder.spec == chosen.spec
    generation = engine.generation
    assert all(last > first for first, last in generation.sentences[:, 4:6].tolist()), "64 pieces: no sentence unseen"
    quote = engine.ask("Who winds the clocks of the museum?").quotes[0]
    row = generation.row_of(quote.citation.article)
    assert row is not None
    assert generation.article(row).text[quote.citation.start : quote.citation.end] == quote.text


def test_an_export_that_dies_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "model.safetensors").write_bytes(b"no weights at all")
    (tmp_path / "model" / "config.json").write_text("{}")
    model = locate(str(tmp_path / "model"))
    with pytest.raises(ModelUnfit, match=r"cannot be used \(its export to ONNX ended with: .+\): choose another"):
        export(model, tmp_path / "cache")
    assert list((tmp_path / "cache" / "encoders").iterdir()) == []


@pytest.fixture
def unreadable(tmp_path: Path) -> ModelFolder:
    """A model whose export fails as soon as it is read."""
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "model.safetensors").write_bytes(b"no weights at all")
    return ModelFolder("unreadable", tmp_path / "model", "ab" * 32)


def left(cache: Path) -> list[str]:
    return sorted(path.name for path in (cache / "encoders").iterdir())


KILLED = """
import os, signal, sys
from pathlib import Path
from retrieval.encoding import export
from retrieval.encoding.models import ModelFolder

def die(model, out):
    print(out, flush=True)
    (out / "scratch-0123456789abcdef").mkdir()
    (out / "scratch-0123456789abcdef" / "half").write_bytes(b"half of a file")
    (out / "model-fp32.onnx").write_bytes(b"half of a model")
    signal.pause()

export._run_export = die
export.export(ModelFolder("tiny", Path("model"), sys.argv[1]), Path(sys.argv[2]))
"""


def test_what_a_killed_export_left_is_removed_by_the_next(unreadable: ModelFolder, tmp_path: Path) -> None:
    cache, other = tmp_path / "cache", "cd" * 32
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, other, str(cache)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as killed:
        assert killed.stdout is not None
        half = Path(killed.stdout.readline().strip())
        killed.kill()
    assert [half.name] == left(cache)
    (cache / "encoders" / f"{UNFINISHED}nothing_").mkdir()
    with pytest.raises(ModelUnfit):
        export(unreadable, cache)
    assert left(cache) == []


def test_what_no_export_made_stays(unreadable: ModelFolder, tmp_path: Path) -> None:
    encoders, own = tmp_path / "cache" / "encoders", tmp_path / "own"
    own.mkdir()
    (own / "tokenizer.json").write_text("my own")
    for folder, names in {
        "mine": ("notes.txt",),
        f"{UNFINISHED}mine": ("tokenizer.json", MARKER),
        f"{UNFINISHED}notmine_": ("tokenizer.json", "notes.txt", MARKER),
        f"{UNFINISHED}unmarked": ("tokenizer.json",),
        f"{UNFINISHED}written_": ("tokenizer.json", f"{MARKER}/notes.txt"),
        f"{UNFINISHED}scratch_": ("scratch/notes.txt", MARKER),
        f"{UNFINISHED}dotted__": (".notes", MARKER),
    }.items():
        for name in names:
            (encoders / folder / name).parent.mkdir(parents=True, exist_ok=True)
            (encoders / folder / name).write_text("" if name == MARKER else "my own")
    (encoders / f"{UNFINISHED}locked__").mkdir()
    (encoders / f"{UNFINISHED}locked__" / MARKER).write_text("my own")
    (encoders / f"{UNFINISHED}linked__").symlink_to(own)
    (encoders / f"{UNFINISHED}links___").mkdir()
    (encoders / f"{UNFINISHED}links___" / MARKER).touch()
    (encoders / f"{UNFINISHED}links___" / "tokenizer.json").symlink_to(own / "tokenizer.json")
    (encoders / f"{UNFINISHED}links___" / "scratch-0123456789abcdef").symlink_to(own)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(ModelUnfit):
        export(unreadable, tmp_path / "cache")
    assert [path for path in sorted(tmp_path.rglob("*")) if path.name != "export.lock"] == before


def test_a_folder_in_an_exports_place_stays_where_it_holds_something_else(
    unreadable: ModelFolder, tmp_path: Path
) -> None:
    folder = encoder_folder(unreadable.digest, tmp_path / "cache")
    folder.mkdir(parents=True)
    for name in ("tokenizer.json", "notes.txt"):
        (folder / name).write_text("my own")
    with pytest.raises(ModelUnfit, match=rf"{folder.name} in it holds 'notes\.txt', which is somebody's own"):
        export(unreadable, tmp_path / "cache")
    assert sorted(path.name for path in folder.iterdir()) == ["notes.txt", "tokenizer.json"]
    (folder / "notes.txt").unlink()
    with pytest.raises(ModelUnfit, match="its export to ONNX ended with"):
        export(unreadable, tmp_path / "cache")
    assert left(tmp_path / "cache") == [], "half an export is removed"
    folder.symlink_to(tmp_path / "model")
    with pytest.raises(ModelUnfit, match=rf"{folder.name} in it is somebody's own"):
        export(unreadable, tmp_path / "cache")
    assert folder.is_symlink()


def test_a_lock_of_exports_that_is_none_stays(unreadable: ModelFolder, tmp_path: Path) -> None:
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "export.lock").write_text("my own")
    with pytest.raises(ModelUnfit, match=r"export\.lock is somebody's own file"):
        export(unreadable, tmp_path / "cache")
    assert (tmp_path / "cache" / "export.lock").read_text() == "my own"


def test_an_export_that_is_interrupted_leaves_nothing(
    unreadable: ModelFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(_: ModelFolder, out: Path) -> None:
        (out / "model-fp32.onnx").write_bytes(b"half of a model")
        raise KeyboardInterrupt

    monkeypatch.setattr("retrieval.encoding.export._run_export", interrupted)
    with pytest.raises(KeyboardInterrupt):
        export(unreadable, tmp_path / "cache")
    assert left(tmp_path / "cache") == []


def test_what_a_child_still_writes_is_not_removed(tmp_path: Path) -> None:
    """A child may outlive its killed parent by a moment; its lock is waited for."""
    half = tmp_path / "encoders" / f"{UNFINISHED}halfdone"
    half.mkdir(parents=True)
    (half / MARKER).touch()
    holding = "import sys; from filelock import FileLock\nwith FileLock(sys.argv[1]): print('held'); input()"
    with subprocess.Popen(
        [sys.executable, "-uc", holding, str(half / MARKER)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as writing:
        assert writing.stdout is not None
        assert writing.stdout.readline() == b"held\n"
        with ThreadPoolExecutor() as pool:
            cleared = pool.submit(clear, half.parent)
            with pytest.raises(TimeoutError):
                cleared.result(timeout=0.2)
            assert half.is_dir()
            writing.kill()
            cleared.result(timeout=60)
    assert not half.exists()


def test_of_two_exports_at_once_the_second_takes_the_firsts(
    exported: tuple[Path, ModelFolder, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, model, folder = exported
    cache, runs, begun = tmp_path / "cache", list[Path](), Barrier(2)

    def copied(_: ModelFolder, out: Path) -> None:
        runs.append(out)
        shutil.copytree(folder, out, dirs_exist_ok=True)

    def both() -> Path:
        begun.wait(60)
        return export(model, cache)

    monkeypatch.setattr("retrieval.encoding.export._run_export", copied)
    with ThreadPoolExecutor(2) as pool:
        one, other = (job.result(60) for job in [pool.submit(both), pool.submit(both)])
    assert one == other
    assert len(runs) == 1
    assert OnnxEncoder(one, "int8", 1, "tiny").spec.digest == model.digest
    assert left(cache) == [one.name]
    assert not (one / MARKER).exists()
