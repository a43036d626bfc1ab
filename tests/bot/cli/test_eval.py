"""`quoth eval`: what it prints and writes, and how it ends."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from retrieval.engine import Engine
from retrieval.evaluation import asking, run_file, trec
from retrieval.evaluation.records import Posed, Provenance, Run
from tests.bot.conftest import BEES, HARBOUR, Cli
from tests.conftest import MODEL_CACHE

TEXTS = {"harbour": HARBOUR, "bees": BEES}
ASKED: tuple[tuple[str, str, str], ...] = (
    ("Who built the lighthouse of Porto Vell?", "harbour", "the engineer Marta Oliveira"),
    ("When was the lighthouse of Porto Vell built?", "harbour", "1874"),
    ("How tall is the lighthouse?", "harbour", "forty metres"),
    ("How many boats did the fishing fleet lose?", "harbour", "eleven boats"),
    ("When was the storm?", "harbour", "March 1911"),
    ("How many beehives does the school keep?", "bees", "nine beehives"),
    ("Where do the pupils sell the honey?", "bees", "at the summer fair"),
    ("Who baked the sourdough bread?", "", ""),
    ("What is the capital of Mongolia?", "", ""),
)


def gold_lines() -> list[str]:
    lines = []
    for number, (question, article, answer) in enumerate(ASKED, start=1):
        start = TEXTS[article].index(answer) if article else 0
        span = {"article": article, "start": start, "end": start + len(answer), "quote": answer, "answer": answer}
        fields = {
            "id": f"q{number}",
            "question": question,
            "answerable": bool(article),
            "gold": [span] if article else [],
        }
        lines.append(json.dumps({**fields, "tags": [question.split()[0].lower()]}))
    return lines


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    """Nine questions about the test corpus."""
    file = tmp_path / "gold.jsonl"
    file.write_text("\n".join(gold_lines()) + "\n")
    return file


def spoil(monkeypatch: pytest.MonkeyPatch, change: Callable[[Run], Run]) -> None:
    """Have every run end otherwise than it does."""
    ask_all = asking.ask_all

    def spoilt(
        engine: Engine, posed: tuple[Posed, ...], provenance: Provenance, tell: Callable[[int, int], None]
    ) -> Run:
        return change(ask_all(engine, posed, provenance, tell))

    monkeypatch.setattr(asking, "ask_all", spoilt)


def all_wrong(run: Run) -> Run:
    """The run with every quote beside the answer."""
    return replace(
        run,
        outcomes=tuple(
            replace(outcome, quotes=tuple(replace(quote, right=False) for quote in outcome.quotes))
            for outcome in run.outcomes
        ),
    )


def test_a_small_gold_set(cli: Cli, gold: Path, index: Path) -> None:
    ran = cli("eval", gold)
    assert (ran.status, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert lines[0] == "gold.jsonl: 9 questions, 7 answerable, 2 not"
    assert re.fullmatch(rf"over {index}, index [0-9a-f]{{12}}, all-MiniLM-L6-v2, threshold [\d.]+", lines[1])
    headings = [line for line in lines if line and not line.startswith(" ")][2:]
    groups = [heading.split()[0] for heading in headings]
    names = ["Passages", "Quotes", "Refusals", "Confidence", "Proof", "Speed", "No"]
    assert groups == names, "No question failed"
    assert re.search(r"^  \S.* [01]\.\d{3}  +[01]\.\d{3} to [01]\.\d{3}  P@1$", ran.out, re.MULTILINE)
    assert re.search(r"^  \S.* 100\.0 %  100\.0 to 100\.0  exact$", ran.out, re.MULTILINE)
    assert max(map(len, lines[2:])) <= 120


def test_everything_is_written(cli: Cli, gold: Path, tmp_path: Path) -> None:
    files = {name: tmp_path / name for name in ("run.json", "report.html", "trec")}
    ran = cli(*("eval", gold, "--json", files["run.json"], "--html", files["report.html"]), *("--trec", files["trec"]))
    assert ran.status == 0
    assert ran.err == "".join(f"Wrote {file}\n" for file in files.values())
    run = run_file.read(files["run.json"])
    assert [outcome.question for outcome in run.outcomes] == [question for question, _, _ in ASKED]
    assert run.provenance.gold == "gold.jsonl"
    assert files["report.html"].read_text("utf-8").startswith("<!doctype html>")
    assert (files["trec"] / "qrels.txt").is_file()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["gold.jsonl", *sorted(files)]


def test_standard_output_holds_what_was_asked_for_and_nothing_else(cli: Cli, gold: Path, tmp_path: Path) -> None:
    ran = cli("eval", gold, "--json", "-")
    assert (ran.status, ran.err) == (0, "")
    (tmp_path / "run.json").write_text(ran.out)
    assert len(run_file.read(tmp_path / "run.json").outcomes) == len(ASKED)
    page = cli("eval", gold, "--html", "-", "--json", tmp_path / "run.json")
    assert page.out.startswith("<!doctype html>")
    assert page.err == f"Wrote {tmp_path / 'run.json'}\n"


def test_a_run_is_compared_with_one_before(
    cli: Cli, gold: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = tmp_path / "run.json"
    assert cli("eval", gold, "--json", before).status == 0
    monkeypatch.setenv("QUOTH_ANSWER_CANDIDATES", "9")
    after = tmp_path / "after.json"
    same = cli("eval", gold, "--compare", before, "--gate", "--json", after)
    assert same.status == 0
    assert "\nChanged: candidates 10 → 9.\n" in same.out
    passed = f"Gate: passed; no figure is significantly worse than in {before} (p corrected for the number of figures)."
    assert same.err == f"Wrote {after}\n{passed}\n"
    assert dict(run_file.read(after).provenance.settings)["candidates"] == "9"
    spoil(monkeypatch, all_wrong)
    worse = cli("eval", gold, "--compare", before)
    assert (worse.status, worse.err) == (0, ""), "only a gate fails"
    assert "First quote wrong now, not before: " in worse.out
    assert "\nFailures\n  7 of 9 questions: 7 wrong answers\n" in worse.out


def test_a_gate_fails_on_a_loss_that_chance_does_not_explain(
    cli: Cli, gold: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = tmp_path / "run.json"
    lines = [json.loads(line) for line in gold_lines()]
    many = [{**line, "id": f"{line['id']}-{time}"} for time in range(5) for line in lines]
    gold.write_text("\n".join(map(json.dumps, many)))
    assert cli("eval", gold, "--json", before).status == 0
    spoil(monkeypatch, all_wrong)
    ran = cli("eval", gold, "--compare", before, "--gate", "--html", tmp_path / "report.html")
    assert ran.status == 1
    reported = ran.err.splitlines()
    assert reported[:2] == [
        f"Wrote {tmp_path / 'report.html'}",
        f"Gate: FAILED; significantly worse than in {before} (p corrected for the number of figures):",
    ]
    assert any(re.fullmatch(r"  P@1, [\w ]+: [01]\.\d{3} before, 0\.000 now, p 0\.0\d\d", line) for line in reported)
    assert re.search(r"^  P@1 .* <?0\.\d{3}  loss", ran.out, re.MULTILINE)
    assert cli("eval", gold, "--compare", before, "--gate", "--json", "-").err == "\n".join(reported[1:]) + "\n"


def test_a_gate_that_passes_tells_why_a_loss_is_none(
    cli: Cli, gold: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lose(run: Run) -> Run:
        return replace(run, outcomes=(*all_wrong(replace(run, outcomes=run.outcomes[:6])).outcomes, *run.outcomes[6:]))

    assert cli("eval", gold, "--json", tmp_path / "run.json").status == 0
    spoil(monkeypatch, lose)
    ran = cli("eval", gold, "--compare", tmp_path / "run.json", "--gate")
    assert ran.status == 0
    assert re.search(r"^  P@1 .* 0\.0[0-4]\d  loss", ran.out, re.MULTILINE)
    assert ran.err.endswith(
        " (p corrected for the number of figures). The table calls losses without that correction.\n"
    )


def test_the_gold_set_is_missing(cli: Cli) -> None:
    ran = cli("eval")
    assert (ran.status, ran.out) == (2, "")
    assert ran.err == "quoth: The gold set is missing: name one, as in quoth eval gold.jsonl.\n"


def test_a_quote_that_is_not_exact_fails_the_run(
    cli: Cli, gold: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forge(run: Run) -> Run:
        quotes = (replace(run.outcomes[1].quotes[0], exact=False), *run.outcomes[1].quotes[1:])
        return replace(run, outcomes=(run.outcomes[0], replace(run.outcomes[1], quotes=quotes), *run.outcomes[2:]))

    spoil(monkeypatch, forge)
    ran = cli("eval", gold, "--json", tmp_path / "run.json")
    assert (ran.status, ran.err) == (
        1,
        f"Wrote {tmp_path / 'run.json'}\nFAILED: quotes are not exact slices of their source in q2.\n",
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--gate"], "--gate has nothing to compare with: add --compare RUN.json, a run that --json wrote."),
        (["--json", "no/run.json"], "The file no/run.json cannot be written (No such file or directory): name another"),
        (["--html", "folder"], "The file folder is a folder: name a file in it."),
        (["--json", "gold.jsonl"], "The file gold.jsonl is the gold set itself: name another."),
        (["--json", "a", "--html", "folder/../a"], "--json and --html both name a: name two files, or - for one"),
        (["--json", "-", "--html", "-"], "--json and --html both name -: name two files, or - for one of them."),
        (["--trec", "gold.jsonl"], "The folder gold.jsonl is a file: name a folder, which is created if"),
        (["--trec", "no/trec"], "The folder no/trec cannot be written (No such file or directory): name another"),
        (["--compare", "no.json"], "The run file no.json cannot be read (No such file or directory): name one"),
        (["--compare", "gold.jsonl"], "The run file gold.jsonl is a gold set, not a run: name one that quoth eval"),
        (["--corpus", "folder", "--index", "ix"], "--corpus and --index were both given: name the articles or the"),
        (["--corpus", "nowhere"], "There is no corpus at {}/nowhere: name an existing folder or file of articles."),
        (["--index", "nowhere"], "There is no index at {}/nowhere: build one with"),
    ],
)
def test_a_mistake_is_told_before_anything_is_asked(
    cli: Cli, gold: Path, arguments: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    ran = cli("eval", "gold.jsonl", *arguments)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith("quoth: " + message.format(tmp_path))
    assert ran.err.count("\n") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder", "gold.jsonl"]


def test_every_fault_of_a_gold_set_is_told_at_once(cli: Cli, gold: Path) -> None:
    lines = gold_lines()
    lines[0] = lines[0].replace("harbour", "harber")
    lines[2] = "{"
    gold.write_text("\n".join(lines))
    ran = cli("eval", gold)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith("quoth: The gold set ")
    skipping = cli("eval", gold, "--skip-bad")
    assert skipping.status == 0
    assert skipping.err.startswith("Left out of the gold set (2 faults):\n  line ")
    assert skipping.out.startswith("gold.jsonl: 7 questions, 5 answerable, 2 not\n")


def test_a_run_of_other_questions_is_refused_before_any_is_asked(
    cli: Cli, gold: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(run: Run) -> Run:
        raise AssertionError("it was asked")

    assert cli("eval", gold, "--json", tmp_path / "run.json").status == 0
    gold.write_text(gold_lines()[0].replace("Who built", "And who built"))
    spoil(monkeypatch, never)
    ran = cli("eval", gold, "--compare", tmp_path / "run.json", "--json", tmp_path / "other.json")
    assert (ran.status, ran.out) == (2, "")
    assert ran.err == (
        "quoth: The run to compare with, of gold.jsonl, shares no question with gold.jsonl: "
        "compare runs of one gold set, or of two that share questions.\n"
    )


def test_an_interrupted_run_writes_nothing(
    cli: Cli, gold: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(run: Run) -> Run:
        raise KeyboardInterrupt

    spoil(monkeypatch, interrupt)
    ran = cli("eval", gold, "--json", tmp_path / "run.json", "--html", tmp_path / "report.html")
    assert (ran.status, ran.out, ran.err) == (130, "", "Interrupted; no file was written.\n")
    assert [path.name for path in tmp_path.iterdir()] == ["gold.jsonl"]


def test_an_interrupted_writing_says_what_is_there(
    cli: Cli, gold: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(folder: Path, run: Run) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(trec, "write", interrupt)
    ran = cli("eval", gold, "--json", tmp_path / "run.json", "--trec", tmp_path / "trec")
    assert (ran.status, ran.err) == (130, f"Interrupted; written before that: {tmp_path / 'run.json'}.\n")
    assert len(run_file.read(tmp_path / "run.json").outcomes) == len(ASKED)


def test_files_are_written_though_the_tables_have_no_reader(cli: Cli, gold: Path, index: Path, tmp_path: Path) -> None:
    """As in `quoth eval gold.jsonl --json run.json | head -1`."""
    environment = {"QUOTH_MODEL_CACHE": str(MODEL_CACHE), "QUOTH_INDEX_PATH": str(index), "HOME": str(tmp_path)}
    command = [sys.executable, "-m", "bot.main", "eval", str(gold), "--json", str(tmp_path / "run.json")]
    root = Path(__file__).resolve().parents[3]
    started = subprocess.Popen(
        command, cwd=root, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert started.stdout is not None
    assert started.stderr is not None
    started.stdout.close()
    assert started.stderr.read() == ""
    started.stderr.close()
    assert started.wait(60) in (141, -signal.SIGPIPE)
    assert len(run_file.read(tmp_path / "run.json").outcomes) == len(ASKED)
