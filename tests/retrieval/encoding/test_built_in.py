"""The default model as quoth carries it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from retrieval.encoding import built_in, selection
from retrieval.encoding.encoder import Encoder, Floats, cosines
from retrieval.encoding.models import BUILT_IN, DEFAULT_MODEL
from retrieval.encoding.onnx_encoder import OnnxEncoder
from retrieval.encoding.selection import EncoderSettings, passage_encoder, question_encoder
from retrieval.engine import Engine
from retrieval.index.build import build
from retrieval.index.manifest import PassageSettings
from retrieval.installing import install_command
from retrieval.training.encoder_packaging import package
from tests.toy import write_corpus

ROOT = Path(__file__).resolve().parents[3]
TEXT = "The lighthouse of Porto Vell was built in 1874 by the engineer Marta Oliveira."
WITHOUT_EXTRAS = """
import sys
from importlib.util import find_spec
import retrieval.extras
extras = {package for packages in retrieval.extras.EXTRAS.values() for package in packages}
extras |= {"transformers", "safetensors", "huggingface_hub", "scipy"}
retrieval.extras.find_spec = lambda name: None if name in extras else find_spec(name)
sys.modules.update(dict.fromkeys(extras))
from bot.start import main
sys.exit(main())
"""


def run_without_extras(*arguments: object, home: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "XDG_CACHE_HOME": str(home / "cache")}
    return subprocess.run(
        [sys.executable, "-c", WITHOUT_EXTRAS, *map(str, arguments)],
        cwd=home, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


def nearness(one: Encoder, other: Encoder) -> Floats:
    return cosines(one.question(TEXT).vectors, other.question(TEXT).vectors)


def test_it_is_what_is_made_of_the_export(export_folder: Path, tmp_path: Path) -> None:
    package(export_folder, tmp_path)
    carried = OnnxEncoder(BUILT_IN, "int8", 1, DEFAULT_MODEL)
    made, exported = OnnxEncoder(tmp_path, "int8", 1, DEFAULT_MODEL), OnnxEncoder(export_folder, "int8", 1, "m")
    assert np.array_equal(made.question(TEXT).vectors, exported.question(TEXT).vectors)
    assert np.array_equal(made.centre, exported.centre)
    assert {file.name for file in tmp_path.iterdir()} == {file.name for file in BUILT_IN.iterdir()}
    # Another version of torch may export other last bits.
    assert carried.spec == made.spec
    assert nearness(carried, made).min() > 0.999


def test_both_graphs_compute_with_the_same_weights(export_folder: Path) -> None:
    int8, weights = (OnnxEncoder(BUILT_IN, precision, 1, DEFAULT_MODEL) for precision in ("int8", "int8-weights"))
    fp32 = OnnxEncoder(export_folder, "fp32", 1, DEFAULT_MODEL)
    assert nearness(int8, weights).mean() > selection.NEAR
    assert nearness(weights, fp32).min() > 0.98
    assert nearness(weights, fp32).mean() > nearness(int8, fp32).mean()


def test_a_processor_that_saturates_int8_computes_in_fp32(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(built_in, "saturates_int8", lambda: True)
    chosen = passage_encoder(EncoderSettings(), tmp_path)
    assert chosen.spec.precision == "int8-weights"
    build(write_corpus(tmp_path / "corpus"), tmp_path / "index", lambda before: chosen, PassageSettings())
    engine = Engine.open(tmp_path / "index", cache=tmp_path / "cache")
    assert engine.encoder.spec == chosen.spec
    assert engine.ask("Who winds the clocks of the museum?").answered
    assert not (tmp_path / "cache").exists()


def test_an_index_keeps_its_precision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    int8 = passage_encoder(EncoderSettings(precision="int8"), tmp_path).spec
    monkeypatch.setattr(built_in, "saturates_int8", lambda: True)
    assert passage_encoder(EncoderSettings(), tmp_path, int8).spec == int8
    assert question_encoder(int8, tmp_path).spec == int8
    assert list(tmp_path.iterdir()) == []


def test_it_asks_and_indexes_without_any_extra(tmp_path: Path) -> None:
    write_corpus(tmp_path / "corpus")
    index = ("--index", tmp_path / "index")
    indexed = run_without_extras("index", tmp_path / "corpus", *index, "--quiet", home=tmp_path)
    assert (indexed.returncode, indexed.stdout, indexed.stderr) == (0, "", "")
    asked = run_without_extras("ask", "Who winds the clocks of the museum?", *index, home=tmp_path)
    assert (asked.returncode, asked.stderr) == (0, "")
    assert "clock" in asked.stdout


@pytest.mark.parametrize(
    ("arguments", "needs"),
    [
        (("eval", "gold.jsonl"), "An evaluation needs the extra 'evaluation'"),
        (("tune", "gold.jsonl"), "Tuning needs the extra 'models'"),
        (("index", "corpus", "--model", "./model"), "The export of the model '{home}/model' needs the extra 'models'"),
    ],
)
def test_what_needs_an_extra_names_it(arguments: tuple[str, ...], needs: str, tmp_path: Path) -> None:
    write_corpus(tmp_path / "corpus")
    (tmp_path / "gold.jsonl").write_text('{"id": "1", "question": "Who?", "gold": []}\n')
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "model.safetensors").write_bytes(b"")
    ran = run_without_extras(*arguments, "--index", tmp_path / "index", home=tmp_path)
    extra = "evaluation" if "evaluation" in needs else "models"
    told = f"quoth: {needs.format(home=tmp_path)}: install it with `{install_command(extra)}`.\n"
    assert (ran.returncode, ran.stderr) == (2, told)
