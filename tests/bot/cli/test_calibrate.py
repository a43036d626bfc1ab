"""`quoth calibrate`: what it prints, keeps and leaves alone."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

import bot.cli.calibrate
from retrieval.answering import calibration as calibrations
from retrieval.answering.calibration import FILE, Calibration, Choice, Rate
from retrieval.answering.confidence import BUILT_IN_THRESHOLD, FEATURES, READING, ConfidenceModel
from retrieval.answering.tuned_reader import digest_in_force
from retrieval.evaluation.calibrate import Point
from retrieval.index.generation import Generation
from retrieval.settings import BUILT_IN_READER
from tests.bot.conftest import BEES, HARBOUR, Cli

CAFE = "The café opens at noon on Sundays in the old customs house."
TEXTS = {"harbour": HARBOUR, "bees": BEES, "latin": CAFE}
ANSWERED: dict[str, dict[str, tuple[str, ...]]] = {
    "harbour": {
        "It stands forty metres above the sea.": ("How many metres above the sea does the lighthouse stand?",),
        "The fishing fleet lost eleven boats in the storm of March 1911.": (
            "How many boats did the fishing fleet lose?",
            "What did the fishing fleet lose in the storm of March 1911?",
            "When did the fishing fleet lose its boats?",
        ),
        "Nobody has counted the nets.": ("Who has counted the nets?",),
    },
    "bees": {
        "The school keeps nine beehives on its roof.": (
            "How many beehives does the school keep?",
            "Where does the school keep its beehives?",
            "Who keeps nine beehives?",
        ),
        "The pupils sell the honey at the summer fair, and the money buys books.": (
            "What do the pupils sell at the summer fair?",
            "What does the money of the honey buy?",
            "Where do the pupils sell the honey?",
        ),
    },
    "latin": {
        CAFE: (
            "When does the café open on Sundays?",
            "Where is the café that opens at noon?",
            "What opens at noon in the old customs house?",
        ),
    },
}
OFF_TOPIC = ("What is a quasar?", "Who won the chess match?", "How is steel made?", "Where do penguins breed?")


def write_gold(path: Path, off_topic: int = 3) -> Path:
    """Questions of the test corpus, and each of the off-topic ones so many times."""
    lines = []
    for article, sentences in ANSWERED.items():
        for sentence, questions in sentences.items():
            start = TEXTS[article].index(sentence)
            gold = [{"article": article, "start": start, "end": start + len(sentence), "quote": sentence}]
            lines += [{"question": question, "answerable": True, "gold": gold} for question in questions]
    lines += [{"question": question, "answerable": False, "gold": []} for question in OFF_TOPIC * off_topic]
    path.write_text("".join(json.dumps({"id": f"q{n}", **line}) + "\n" for n, line in enumerate(lines)), "utf-8")
    return path


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    """A gold set that is just large enough."""
    return write_gold(tmp_path / "gold.jsonl")


def calibration_of(index: Path) -> Calibration:
    """A calibration that fits the index."""
    manifest = Generation.current(index).manifest
    return Calibration(
        model=ConfidenceModel(-2.5, tuple(20.0 - number for number in range(len(FEATURES)))),
        threshold=0.4321,
        features=tuple(FEATURES),
        encoder=manifest.encoder,
        fingerprint=manifest.fingerprint,
        gold="ours.jsonl",
        gold_sha256="f" * 64,
        answerable=90,
        unanswerable=60,
        max_false_answers=0.05,
        false_answers=Rate(0.05, 0.0171, 0.137, 60),
        false_refusals=Rate(0.1, 0.0541, 0.179, 90),
        auroc=0.9731,
        folds=5,
        version="0.1.0",
        made="2025-01-31T12:00:00+00:00",
        reader=digest_in_force(BUILT_IN_READER, Path()),
    )


def files(index: Path) -> list[str]:
    """What lies in the index folder, the files of builds and locks apart."""
    return sorted(file.name for file in index.iterdir() if "lock" not in file.name and file.name != "builder")


def test_an_index_is_calibrated_and_reset(cli: Cli, own: Path, gold: Path) -> None:
    ran = cli("calibrate", gold)
    assert (ran.status, ran.err) == (0, "")
    calibration = calibrations.read(own)
    assert calibration is not None
    assert (calibration.gold, calibration.answerable, calibration.unanswerable, calibration.folds) == (
        "gold.jsonl",
        14,
        12,
        3,
    )
    assert calibration.fingerprint == Generation.current(own).manifest.fingerprint
    assert f"  threshold        {calibration.threshold:.4f}                 {BUILT_IN_THRESHOLD:.4f}\n" in ran.out
    assert ran.out.endswith(f"Wrote {own}/{FILE}\nTo undo this: quoth calibrate --reset --index {own}\n")
    again = cli("calibrate", gold)
    assert "The calibration before was fitted on these same questions, so its figures are not held out.\n" in again.out
    assert f"  threshold        {calibration.threshold:.4f}                 {calibration.threshold:.4f}\n" in again.out
    answers = [
        json.loads(cli("ask", question, "--json").out) for question in ("Who built the lighthouse?", OFF_TOPIC[0])
    ]
    assert [answer["answered"] for answer in answers] == [
        answer["confidence"] >= calibration.threshold for answer in answers
    ]
    reset = cli("calibrate", "--reset")
    assert (reset.status, reset.out) == (0, "")
    assert reset.err == f"Removed the calibration of the index {own}; it now uses the built-in confidence.\n"
    assert files(own) == ["CURRENT", "generations"]
    assert cli("calibrate", "--reset").err == f"The index {own} has no calibration: it uses the built-in confidence.\n"
    assert json.loads(cli("calibrate", "--reset", "--json").out) == {"index": str(own), "removed": False}


def test_what_is_printed(cli: Cli, own: Path, gold: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = Point(0.3, Rate(0.2, 0.1185, 0.3178, 60), Rate(0.0, 0.0, 0.0409, 90), 0.95)
    monkeypatch.setattr(bot.cli.calibrate, "calibrate", lambda *_, **__: calibration_of(own))
    monkeypatch.setattr(bot.cli.calibrate, "point", lambda *_: before)
    ran = cli("calibrate", gold, "--dry-run")
    terms = " ".join(f"+ {20 - number:g} × {name}" for number, name in enumerate(FEATURES))
    fingerprint = Generation.current(own).manifest.fingerprint
    assert (
        ran.out
        == f"""\
ours.jsonl: 150 questions, 90 answerable, 60 not
over the index {own}, {fingerprint}

Held out, 5 folds     now  95 % interval  before  95 % interval
  threshold        0.4321                 0.3000
  false answers     5.0 %    1.7 to 13.7  20.0 %   11.8 to 31.8
  false refusals   10.0 %    5.4 to 17.9   0.0 %     0.0 to 4.1
  AUROC             0.973                  0.950

False answers are unanswerable questions that were answered, false refusals answerable ones that were not.
Confidence: the logistic of -2.5 {terms}
Nothing was written (--dry-run).
"""
    )
    assert max(map(len, ran.out.replace(str(own), "").splitlines()[2:8])) < 80
    assert (ran.status, ran.err, files(own)) == (0, "", ["CURRENT", "generations"])
    for choice, line in (
        (
            Choice(True, 0.81, 0.75, 0.02),
            "Model: fitted to these questions, AUROC 0.810 held out; the built-in one has 0.750.",
        ),
        (
            Choice(False, 0.757, 0.75, 0.02),
            "Model: the built-in one, AUROC 0.750. One fitted to these questions has 0.757 held out, which is "
            "not better by more than the standard error, 0.020.",
        ),
    ):
        chosen = replace(calibration_of(own), choice=choice)
        monkeypatch.setattr(bot.cli.calibrate, "calibrate", lambda *_, chosen=chosen, **__: chosen)
        assert f"\n{line}\nConfidence: " in cli("calibrate", gold, "--dry-run").out
    strict = replace(calibration_of(own), false_refusals=Rate(0.89, 0.872, 0.906, 90))
    monkeypatch.setattr(bot.cli.calibrate, "calibrate", lambda *_, **__: strict)
    way_out = "Most answerable questions are refused: allow more false answers with --max-false-answers."
    assert cli("calibrate", gold, "--dry-run").out.splitlines()[-2] == way_out
    missed = replace(calibration_of(own), max_false_answers=0.02)
    monkeypatch.setattr(bot.cli.calibrate, "calibrate", lambda *_, **__: missed)
    assert cli("calibrate", gold, "--dry-run").out.splitlines()[-2] == (
        "Held out, more were answered falsely than the 2.0 % that you allow: expect that on new questions, too. A "
        "smaller --max-false-answers, or more unanswerable questions, brings it down."
    )
    monkeypatch.setattr(bot.cli.calibrate, "calibrate", lambda *_, **__: calibration_of(own))
    monkeypatch.setenv("QUOTH_ANSWER_THRESHOLD", "0.7")
    line = cli("calibrate", gold).out.splitlines()[-1]
    assert line == 'The setting answer.threshold = 0.7 overrides this threshold: set it to "auto" to use this one.'
    assert calibrations.read(own) == calibration_of(own)


def test_over_a_corpus_the_index_that_is_kept_of_it_is_calibrated(
    cli: Cli, own: Path, corpus: Path, gold: Path
) -> None:
    ran = cli("calibrate", gold, "--corpus", corpus)
    wrote, _, note = ran.out.splitlines()[-3:]
    match = re.fullmatch(rf"Wrote (.*)/{FILE}", wrote)
    assert match is not None
    assert calibrations.read(Path(match.group(1))) is not None
    assert note == f"That index serves only evaluations over {corpus}; no other index was changed."
    assert files(own) == ["CURRENT", "generations"]


def test_as_an_object(cli: Cli, own: Path, gold: Path) -> None:
    ran = cli("calibrate", gold, "--json", "--max-false-answers", "0.2", "--dry-run")
    printed = json.loads(ran.out)
    assert (ran.status, ran.err) == (0, "")
    assert (printed["index"], printed["written"], printed["max_false_answers"]) == (str(own), False, 0.2)
    assert printed["before"]["threshold"] == BUILT_IN_THRESHOLD
    assert printed["model"].keys() == {"intercept", "weights"}
    assert printed["false_refusals"].keys() == {"value", "low", "high", "count"}
    written = json.loads(cli("calibrate", gold, "--json", "--max-false-answers", "0.2").out)
    assert written["written"] is True
    calibration = calibrations.read(own)
    assert calibration is not None
    assert (calibration.threshold, list(calibration.model.weights)) == (
        written["threshold"],
        written["model"]["weights"],
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "The gold set is missing: name one, as in quoth calibrate gold.jsonl, or remove"),
        (["GOLD", "--reset"], "--reset and GOLD were both given: reset the index, or calibrate it."),
        (["--reset", "--dry-run"], "--reset and --dry-run were both given: reset the index, or calibrate it."),
        (["GOLD", "--max-false-answers", "5"], "The share of false answers 5 must be at least 0 and below 1: try 0.05"),
        (["GOLD", "--max-false-answers", "nan"], "The share of false answers nan must be at least 0 and below 1: try"),
        (["SMALL"], "The gold set small.jsonl has no unanswerable question, so it cannot show when to refuse"),
    ],
)
def test_a_mistake_is_one_sentence_and_nothing_is_written(
    cli: Cli, own: Path, gold: Path, arguments: list[str], message: str
) -> None:
    small = write_gold(gold.with_name("small.jsonl"), off_topic=0)
    ran = cli(
        "calibrate", *({"GOLD": str(gold), "SMALL": str(small)}.get(argument, argument) for argument in arguments)
    )
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith(f"quoth: {message}")
    assert ran.err.count("\n") == 1
    assert files(own) == ["CURRENT", "generations"]


def test_interrupted_it_leaves_the_one_before(cli: Cli, own: Path, gold: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calibrations.write(own, calibration_of(own))

    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    for place in ("ask_all", "calibrate", "judge"):
        with monkeypatch.context() as patch:
            patch.setattr(bot.cli.calibrate, place, interrupt)
            ran = cli("calibrate", gold)
        assert (ran.status, ran.out) == (130, "")
        assert ran.err == "Interrupted; the index's calibration is unchanged.\n"
        assert calibrations.read(own) == calibration_of(own)


def test_an_index_that_cannot_be_written_is_told(
    cli: Cli, own: Path, gold: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(self: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("filelock.FileLock._acquire", denied)
    ran = cli("calibrate", gold)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith(f"quoth: The index folder {own} cannot be written (Permission denied): make it writable")
    assert files(own) == ["CURRENT", "generations"]


def test_a_damaged_one_stops_questions_until_it_is_reset(cli: Cli, own: Path, gold: Path) -> None:
    calibrations.write(own, calibration_of(own))
    file = own / FILE
    raw = file.read_bytes()
    file.write_bytes(raw.replace(b"0.4321", b"0.4320"))
    fault = (
        f"The calibration {file} is damaged (its checksum differs): "
        f"remove it with `quoth calibrate --reset --index {own}`, and calibrate again."
    )
    for command in (("ask", "Who?"), ("calibrate", gold), ("verify", "Who?")):
        ran = cli(*command)
        assert (ran.status, ran.out, ran.err) == (2, "", f"quoth: {fault}\n")
    status = cli("status")
    assert status.status == 2
    assert re.search(rf"^health +DAMAGED\. {re.escape(fault)}$", status.out, re.MULTILINE)
    assert json.loads(cli("status", "--json").out)["damage"] == fault
    assert cli("calibrate", "--reset", "--index", own).status == 0
    assert cli("ask", "Who built the lighthouse?").status == 0


def test_one_that_does_not_fit_is_told_and_not_used(cli: Cli, own: Path) -> None:
    plain = json.loads(cli("ask", "Who built the lighthouse?", "--json").out)
    other = calibration_of(own)
    calibrations.write(own, replace(other, encoder=replace(other.encoder, digest="0" * 64)))
    ran = cli("ask", "Who built the lighthouse?", "--json")
    assert json.loads(ran.out)["confidence"] == plain["confidence"]
    assert ran.err.startswith(
        f"The calibration of the index {own} is not used, since it was made with the encoder "
        f"{other.encoder.name}, {other.encoder.precision}, digest 000000000000, and the index has "
    )
    assert ran.err.endswith(
        f": make another with `quoth calibrate GOLD --index {own}`, "
        f"or remove it with `quoth calibrate --reset --index {own}`.\n"
    )
    status = cli("status")
    assert status.status == 0
    not_used = (
        f"refusals      threshold {BUILT_IN_THRESHOLD:.4g}; the calibration is not used: it was made with the encoder "
    )
    assert not_used in status.out
    report = json.loads(cli("status", "--json").out)
    assert (report["threshold"], report["calibration"]["not_used"][:15]) == (BUILT_IN_THRESHOLD, "it was made wit")


class Indifferent:
    """A reranker that leaves the order as it is."""

    def scores(self, question: str, texts: Sequence[str]) -> list[float]:
        return [-float(place) for place in range(len(texts))]


def test_one_made_with_a_reranker_is_for_questions_asked_with_it(
    cli: Cli, own: Path, gold: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("retrieval.engine.load_reranker", lambda name: Indifferent())
    monkeypatch.setenv("QUOTH_ANSWER_RERANKER", "indifferent")
    assert cli("calibrate", gold, "--max-false-answers", "0.2").status == 0
    calibration = calibrations.read(own)
    assert calibration is not None
    assert calibration.reranker == "indifferent"
    assert cli("ask", "Who built the lighthouse?").err == ""
    assert "            with the reranker indifferent\n" in cli("status").out
    monkeypatch.delenv("QUOTH_ANSWER_RERANKER")
    why = "it was made with the reranker indifferent, and none is in force"
    message = f"The calibration of the index {own} is not used, since {why}: make another with "
    assert cli("ask", "Who built the lighthouse?").err.startswith(message)
    assert f"; the calibration is not used: {why}\n" in cli("status").out
    calibrations.write(own, calibration_of(own))
    monkeypatch.setenv("QUOTH_ANSWER_RERANKER", "indifferent")
    why = "it was made without a reranker, and indifferent is in force"
    assert json.loads(cli("status", "--json").out)["calibration"]["not_used"] == why
    assert why in cli("ask", "Who built the lighthouse?").err


def test_a_text_is_verified_whatever_the_calibration_was_made_with(cli: Cli, own: Path) -> None:
    for fits_not in (
        replace(calibration_of(own), reranker="indifferent"),
        replace(calibration_of(own), features=("tide",)),
    ):
        calibrations.write(own, replace(fits_not, model=ConfidenceModel(0.0, (0.0,) * len(fits_not.features))))
        ran = cli("verify", "It stands forty metres above the sea.")
        assert (ran.status, ran.err) == (0, "")


def test_status_tells_of_it(cli: Cli, own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert f"refusals      not calibrated: threshold {BUILT_IN_THRESHOLD:.4g}\n" in cli("status").out
    status = json.loads(cli("status", "--json").out)
    assert (status["threshold"], status["calibration"]) == (BUILT_IN_THRESHOLD, None)
    calibrations.write(own, calibration_of(own))
    rows = """\
refusals      calibrated: threshold 0.4321
              on ours.jsonl, 150 questions, 2025-01-31
              false answers 5.0 % (1.7 to 13.7), held out
              false refusals 10.0 % (5.4 to 17.9), held out
"""
    assert rows + "settings" in cli("status").out
    status = json.loads(cli("status", "--json").out)
    assert (status["threshold"], status["calibration"]["gold"]) == (0.4321, "ours.jsonl")
    assert (status["calibration"]["index_unchanged"], status["calibration"]["not_used"]) == (True, None)
    assert status["calibration"]["false_answers"] == {"value": 0.05, "low": 0.0171, "high": 0.137, "count": 60}
    calibrations.write(own, replace(calibration_of(own), fingerprint="0123456789ab"))
    later = "              fitted on fingerprint 0123456789ab; the index has changed since\n"
    assert rows + later + "settings" in cli("status").out
    assert json.loads(cli("status", "--json").out)["calibration"]["index_unchanged"] is False
    monkeypatch.setenv("QUOTH_ANSWER_THRESHOLD", "0.7")
    assert "refusals      calibrated: threshold 0.4321, which the setting 0.7 overrides\n" in cli("status").out
    assert json.loads(cli("status", "--json").out)["threshold"] == 0.7
    calibrations.remove(own)
    assert "refusals      not calibrated: threshold 0.7\n" in cli("status").out


def test_the_built_in_confidence_is_in_force_without_one(cli: Cli, own: Path, gold: Path) -> None:
    """What stands as before is what the built-in model does to the same questions."""
    printed = json.loads(cli("calibrate", gold, "--json", "--dry-run").out)
    lines = [json.loads(line) for line in gold.read_text("utf-8").splitlines()]
    answers = [json.loads(line) for line in cli("ask", "--file", gold, "--json").out.splitlines()]
    refused = [not answer["answered"] for answer, line in zip(answers, lines, strict=True) if line["answerable"]]
    assert printed["before"]["false_refusals"]["value"] == pytest.approx(sum(refused) / len(refused))
    assert (printed["choice"]["fitted"], tuple(printed["model"]["weights"])) == (False, READING.weights)
    assert printed["choice"]["auroc_built_in"] == printed["before"]["auroc"]


@pytest.fixture
def no_reader(tmp_path: Path) -> Path:
    """Settings without a reader."""
    file = tmp_path / "no-reader.toml"
    file.write_text('[answer]\nreader = ""\n')
    return file


def test_it_calibrates_without_a_reader_too(
    cli: Cli, own: Path, gold: Path, no_reader: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUOTH_CONFIG", str(no_reader))
    assert cli("calibrate", gold).status == 0
    calibration = calibrations.read(own)
    assert calibration is not None
    assert calibration.reader is None
    assert cli("ask", "How is steel made?").err == ""
    monkeypatch.delenv("QUOTH_CONFIG")
    why = f"it was made without a reader, and {digest_in_force(BUILT_IN_READER, Path())} is in force"
    assert f"since {why}: make another" in cli("ask", "How is steel made?").err
    assert f"; the calibration is not used: {why}\n" in cli("status").out


def test_a_reader_that_is_named_and_cannot_be_used_is_a_mistake(
    cli: Cli, own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUOTH_ANSWER_READER", str(tmp_path / "nowhere"))
    ran = cli("ask", "How many beehives does the school keep?", "--json")
    assert (ran.status, ran.out) == (2, "")
    assert ran.err == (
        f"quoth: The reader in {tmp_path / 'nowhere'} cannot be used (its reader.json cannot be read): name the folder "
        "of one with the setting answer.reader, or leave that out for the built-in one.\n"
    )
