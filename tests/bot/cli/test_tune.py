"""`quoth tune`: what it refuses, tries, keeps, shows and takes away."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import pytest

from retrieval import files
from retrieval.answering import tuned_reader
from retrieval.answering.reader import BUILT_IN_FOLDER, CARD, DEQUANTISED, MODEL
from retrieval.answering.tuned_reader import TunedReader
from tests.bot.cli.test_calibrate import ANSWERED, OFF_TOPIC, TEXTS
from tests.bot.conftest import Cli
from tests.conftest import MODEL_CACHE
from tests.retrieval.answering.test_tuned_reader import TUNING
from tests.small_reader import write_small_model, write_small_reader

pytest.importorskip("torch")
pytest.importorskip("transformers")

from retrieval.evaluation.asking import ask_all
from retrieval.evaluation.measures.compare import compare
from retrieval.evaluation.records import Posed, Provenance
from retrieval.installing import install_command
from retrieval.training.tuner import Trial, Tuner

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning", "ignore:# The axis name")  # of torch, to itself

ROOT = Path(__file__).resolve().parents[3]
LEAD_INS = ("", "Please tell me: ")
INTERRUPTED = """
import os, signal, sys
from pathlib import Path
import bot.cli.tune
from bot.start import main
model, name = sys.argv.pop(1), sys.argv.pop(1)
bot.cli.tune.packaged_folder = lambda _: Path(model)
progress = bot.cli.tune._Progress.__call__
def interrupting(self, stage, finished, total):
    if stage.name == name:
        os.kill(os.getpid(), signal.SIGINT)
    progress(self, stage, finished, total)
bot.cli.tune._Progress.__call__ = interrupting
main()
"""


def write_gold(path: Path, articles: tuple[str, ...] = ("harbour", "bees", "latin")) -> Path:
    """Twice as many questions as the test corpus has, each in two wordings, and a few that it does not answer."""
    lines = []
    for article in articles:
        for sentence, questions in ANSWERED[article].items():
            start = TEXTS[article].index(sentence)
            gold = [{"article": article, "start": start, "end": start + len(sentence), "quote": sentence}]
            lines += [{"question": lead + question, "gold": gold} for question in questions for lead in LEAD_INS]
    lines += [{"question": question, "gold": []} for question in OFF_TOPIC]
    path.write_text("".join(json.dumps({"id": f"q{n}", **line}) + "\n" for n, line in enumerate(lines)), "utf-8")
    return path


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    return write_gold(tmp_path / "gold.jsonl")


def keep(index: Path, scratch: Path) -> TunedReader:
    """Keep the built-in reader's weights as if they were tuned."""
    scratch.mkdir()
    for graph in (MODEL, DEQUANTISED):
        shutil.copy(BUILT_IN_FOLDER / graph, scratch)
    card = json.loads((BUILT_IN_FOLDER / CARD).read_text("utf-8")) | {"tuning": asdict(TUNING)}
    (scratch / CARD).write_text(json.dumps(card))
    return tuned_reader.write(index, scratch)


@pytest.fixture(scope="module")
def small_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model to train a reader from."""
    return write_small_model(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def small_reader(small_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A reader of that model: what the built-in one's weights become is tested where they are read and tuned."""
    return write_small_reader(small_model, tmp_path_factory.mktemp("reader"))


def test_a_reader_is_tried_kept_used_and_taken_away(
    cli: Cli, own: Path, gold: Path, small_model: Path, small_reader: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The corpus is too small for it to become better, so it is kept as if it had."""
    monkeypatch.setattr(tuned_reader, "BUILT_IN_FOLDER", small_reader)
    monkeypatch.setattr("bot.cli.tune.packaged_folder", lambda _: small_model)
    monkeypatch.setattr(Trial, "better", True)
    ran = cli("tune", gold, "--folds", "2", "--epochs", "1")
    kept = tuned_reader.read(own)
    assert ran.status == 0
    assert kept is not None
    assert f"Wrote {kept.folder}, the reader {kept.digest}\n" in ran.out
    assert f"To undo this: quoth tune --reset --index {own}\n" in ran.out
    assert (kept.tuning.gold_sha256, kept.tuning.questions) == (files.file_digest(gold), 32)
    assert kept.digest != kept.tuning.base
    assert f"reader        tuned: {kept.digest}, from {kept.tuning.base}\n" in cli("status").out
    assert cli("ask", "How many beehives does the school keep?").err == ""
    assert cli("tune", "--reset").err == f"Removed the tuned reader of the index {own}; the built-in one reads again.\n"
    assert "reader        built-in\n" in cli("status").out


def test_a_reader_that_is_no_better_is_not_kept(
    cli: Cli, own: Path, gold: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def untuned(tuner: Tuner, posed: Sequence[Posed], _: object, provenance: Provenance, folds: int) -> Trial:
        run = ask_all(tuner.engine, posed, provenance)
        return Trial(compare(run, run), folds)

    monkeypatch.setattr(Tuner, "trial", untuned)
    ran = cli("tune", gold)
    assert ran.status == 1
    assert "gold.jsonl: 32 questions, 28 answerable, 4 not\n" in ran.out
    assert "Held out, 5 folds" in ran.out
    reason = "the first quote is not significantly more often right with the tuned reader than with the one before"
    assert f"Nothing was kept: {reason}." in " ".join(ran.out.split())
    assert tuned_reader.read(own) is None
    printed = json.loads(cli("tune", gold, "--json").out)
    assert (printed["better"], printed["written"], printed["answerable"]) == (False, False, 28)


def test_status_and_a_calibration_tell_of_it(cli: Cli, own: Path, tmp_path: Path) -> None:
    kept = keep(own, tmp_path / "scratch")
    rows = f"""\
reader        tuned: {kept.digest}, from 0123456789ab
              on gold.jsonl, 42 questions and 3 lines of feedback, 2025-01-31
              P@1 0.750, 0.500 before, held out
              tuned on fingerprint 0123456789ab; the index has changed since
"""
    assert rows in cli("status").out
    assert json.loads(cli("status", "--json").out)["reader"]["digest"] == kept.digest
    with (kept.folder / MODEL).open("ab") as file:
        file.write(b" ")
    ran = cli("ask", "How many beehives does the school keep?")
    assert ran.status == 0
    remedy = f"remove it with `quoth tune --reset --index {own}`, and tune another."
    assert f"The tuned reader of the index {own} cannot be used (" in ran.err
    assert ran.err.endswith(f"so answers do without it: {remedy}\n")
    ran = cli("status")
    assert ran.status == 2
    assert f"DAMAGED. The tuned reader of the index {own} cannot be used" in ran.out


@pytest.mark.parametrize("stage", ["train", "after"])
def test_an_interrupt_keeps_nothing(
    stage: str, own: Path, gold: Path, small_model: Path, small_reader: Path, tmp_path: Path
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    before = sorted(tmp_path.rglob("*"))
    environment = {
        **os.environ,
        "QUOTH_INDEX_PATH": str(own),
        "QUOTH_MODEL_CACHE": str(MODEL_CACHE),
        "QUOTH_ANSWER_READER": str(small_reader),
        "TMPDIR": str(scratch),
    }
    arguments = [str(small_model), stage, "tune", str(gold), "--folds", "2", "--epochs", "1"]
    process = subprocess.run(
        [sys.executable, "-c", INTERRUPTED, *arguments],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert process.stderr.endswith("Interrupted; the index's reader is unchanged, and the same command starts over.\n")
    assert (process.returncode, process.stdout) == (130, "")
    assert sorted(tmp_path.rglob("*")) == before


def test_what_cannot_be_tuned_is_refused_in_a_sentence(
    cli: Cli, own: Path, tmp_path: Path, gold: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = write_gold(tmp_path / "few.jsonl", ("bees",))
    same = tmp_path / "same.jsonl"
    lines = [json.loads(line) for line in write_gold(same, ("harbour", "bees")).read_text("utf-8").splitlines()]
    same.write_text("".join(json.dumps(line) + "\n" for line in lines))
    for arguments, sentence in (
        (
            (few,),
            "The gold set few.jsonl has 12 answerable questions, too few to tune on: add questions until there are ",
        ),
        ((same,), "The gold set same.jsonl asks only about bees and harbour, and at least 3 articles are needed to "),
        ((), "The gold set is missing: name one, as in quoth tune gold.jsonl"),
        ((gold, "--folds", "1"), "--folds 1 is not from 2 to 20: leave it out for the usual number.\n"),
        ((gold, "--epochs", "0"), "--epochs 0 is not from 1 to 100: leave it out for the usual number.\n"),
        ((gold, "--reset"), "--reset and GOLD were both given: remove the tuned reader, or tune another.\n"),
        ((gold, "--feedback", tmp_path / "none.jsonl"), f"The gold set {tmp_path / 'none.jsonl'} "),
    ):
        ran = cli("tune", *arguments)
        assert (ran.status, ran.out) == (2, "")
        assert ran.err.startswith(f"quoth: {sentence}")
    assert cli("tune", "--reset").err == f"The index {own} has no tuned reader.\n"
    monkeypatch.setenv("QUOTH_CONFIG", str(tmp_path / "quoth.toml"))
    (tmp_path / "quoth.toml").write_text('[answer]\nreader = ""\n')
    assert cli("tune", gold).err == (
        'quoth: The setting answer.reader = "" turns the reader off, so there is none to tune: leave the setting out, '
        'or set it to "auto".\n'
    )


def test_without_torch_it_says_what_to_install(
    cli: Cli, own: Path, gold: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("retrieval.extras.find_spec", lambda name: None)
    ran = cli("tune", gold)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err == f"quoth: Tuning needs the extra 'models': install it with `{install_command('models')}`.\n"


def test_a_gold_set_that_is_not_there_is_named_before_what_to_install(
    cli: Cli, own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("retrieval.extras.find_spec", lambda name: None)
    ran = cli("tune", tmp_path / "none.jsonl")
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith(f"quoth: The gold set {tmp_path / 'none.jsonl'} does not exist: name")
