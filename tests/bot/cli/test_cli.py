"""The commands over a real index: what they print and how they end."""

from __future__ import annotations

import io
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import bot.cli.calibrate
import bot.settings
from bot.cli.calibrate import CalibrateOptions
from retrieval.encoding.export import encoder_folder
from retrieval.encoding.models import DEFAULT_MODEL, locate
from retrieval.index.generation import Generation
from tests.bot.conftest import BEES, ECHO, HARBOUR, HOSTILE, Cli, write_corpus
from tests.conftest import MODEL_CACHE

QUESTION = "Who built the lighthouse of Porto Vell?"
LIGHTHOUSE = "The lighthouse of Porto Vell was built in 1874 by the engineer Marta Oliveira."
OFF_TOPIC = "How do I bake sourdough bread?"
TEXTS = {"harbour": HARBOUR, "bees": BEES, "echo": ECHO, "hostile": HOSTILE}


def test_an_answer_in_a_pipe(cli: Cli) -> None:
    ran = cli("ask", QUESTION, "--top", "1")
    lines = ran.out.splitlines()
    assert (ran.status, ran.err) == (0, "")
    assert lines[0].removeprefix(" 1 │ ") in (LIGHTHOUSE, ECHO.strip())
    assert "     also in: " in ran.out
    assert "https://example.org/harbour#news:~:text=The%20lighthouse" in ran.out or "Engineer" in lines[0]
    assert re.fullmatch(r"Confidence: (fair|high) \(\d\.\d\d\)", lines[-1])


def test_the_words_of_a_question_need_no_quotes(cli: Cli) -> None:
    ran = cli("ask", *QUESTION.split(), "--json", "--top", "2")
    said = json.loads(ran.out)
    assert (ran.status, said["question"], said["id"], said["answered"]) == (0, QUESTION, None, True)
    assert list(said) == [
        "id", "question", "searched", "answered", "confidence", "quotes", "nearest", "fingerprint", "elapsed_ms",
    ]  # fmt: skip
    assert 1 <= len(said["quotes"]) <= 2
    for quote in said["quotes"]:
        cited = quote["citation"]
        assert TEXTS[cited["article"]][cited["start"] : cited["end"]] == quote["text"]


def test_an_abstention_exits_as_grep_does(cli: Cli) -> None:
    ran = cli("ask", OFF_TOPIC)
    assert ran.status == 1
    assert ran.out.startswith("The corpus does not answer that.\n\nNearest articles:\n   · ")
    assert json.loads(cli("ask", OFF_TOPIC, "--json").out)["quotes"] == []
    weak = json.loads(cli("ask", OFF_TOPIC, "--json", "--show-weak").out)
    assert {quote["weak"] for quote in weak["quotes"]} == {True}
    assert "     weak: " in cli("ask", OFF_TOPIC, "--show-weak").out


def test_a_misspelt_word_is_set_right_and_said(cli: Cli) -> None:
    assert cli("ask", "Who built the lighthuose?").out.startswith("Searched for: Who built the lighthouse?\n\n")


def test_what_a_terminal_would_obey_is_shown_and_not_sent(cli: Cli) -> None:
    question = "What did a clerk type into the town register of 1950?"
    assert r" typed \x1b[31mred ink\x1b[0m and \u202ekcab\u202c letters" in cli("ask", question).out
    printed = cli("ask", question, "--json").out
    assert "\x1b" not in printed
    assert json.loads(printed)["quotes"][0]["text"] == HOSTILE.strip()


def test_questions_from_a_file_are_answered_in_order(cli: Cli, tmp_path: Path) -> None:
    asked = [("a", OFF_TOPIC), (2, QUESTION), ("c", "How many boats did the storm of 1911 cost the fishing fleet?")]
    file = tmp_path / "questions.jsonl"
    file.write_text("\n\n".join(json.dumps({"id": id_, "question": question}) for id_, question in asked))
    ran = cli("ask", "--file", file, "--json")
    said = [json.loads(line) for line in ran.out.splitlines()]
    assert (ran.status, [(one["id"], one["question"]) for one in said]) == (1, asked)
    assert [one["answered"] for one in said] == [False, True, True]
    read = cli("ask", "--file", "-", stdin=file.read_bytes())
    assert [line for line in read.out.splitlines() if re.match(r"\w+: How|2: ", line)] == [
        f"{id_}: {question}" for id_, question in asked
    ]


def test_earlier_questions_of_a_line_join_one_that_leans_on_them(cli: Cli) -> None:
    lines = (
        {"id": 1, "question": "and who built it?", "history": ["When was the lighthouse of Porto Vell built?"]},
        {"id": 2, "question": QUESTION, "history": ["What do the pupils sell?"]},
        {"id": 3, "question": "and who built it?"},
    )
    ran = cli("ask", "--file", "-", "--json", stdin="\n".join(map(json.dumps, lines)))
    said = [json.loads(line) for line in ran.out.splitlines()]
    assert [one["searched"] for one in said] == [
        "When was the lighthouse of Porto Vell built? and who built it?", QUESTION, "and who built it?",
    ]  # fmt: skip
    assert "Marta Oliveira" in said[0]["quotes"][0]["text"]


@pytest.mark.parametrize(
    ("questions", "status"),
    [([OFF_TOPIC], 1), ([QUESTION], 0), ([QUESTION, OFF_TOPIC], 1), ([OFF_TOPIC, QUESTION], 1), ([QUESTION] * 2, 0)],
)
@pytest.mark.parametrize("form", [["--json"], ["--json", "--show-weak"], []])
def test_a_file_exits_with_1_if_a_question_was_not_answered(
    questions: list[str], status: int, form: list[str], cli: Cli
) -> None:
    lines = [json.dumps({"id": number, "question": question}) for number, question in enumerate(questions)]
    assert cli("ask", "--file", "-", *form, stdin="\n".join(lines)).status == status
    assert "only if all of them were answered" in " ".join(cli("ask", "--help").out.replace("│", " ").split())


def test_a_bad_line_stops_a_file_before_any_question(cli: Cli) -> None:
    ran = cli("ask", "--file", "-", "--json", stdin='{"id": 1, "question": "Who?"}\n{"id": 2}\n[]')
    assert (ran.status, ran.out) == (2, "")
    assert ran.err == (
        "quoth: Standard input has 2 lines that cannot be asked, so nothing was:\n"
        '  line 2: "question" is missing; add it, as a text.\n'
        '  line 3: it is not an object; write one, as {"id": "1", "question": "Who signed the letter?"}.\n'
    )


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (
            ["ask"],
            'The question is missing: ask one, as in quoth ask "Who signed the letter?", or a file of them with',
        ),
        (["ask", "  "], 'The question is empty: ask something, for example "Who signed the letter?".'),
        (["ask", "x", "--file", "y"], "A question and --file were both given: ask one question, or a file of them."),
        (["ask", "Who?", "--index", "nowhere"], "There is no index at {}/nowhere: build one with"),
        (
            ["ask", "Who?", "--top", "0"],
            "The setting --top = 0 in the command line is not valid: it must be a whole number",
        ),
        (["ask", "Who?", "--config", "no.toml"], "The settings file {}/no.toml is not there: name one that exists."),
        (["index", "nowhere", "--index", "ix"], "There is no corpus at {}/nowhere: name a folder or file"),
        (["show", "nonsense"], "The permalink 'nonsense' is not one: copy it whole"),
        (
            ["show", "nobody@0123456789ab#0-9"],
            "The permalink 'nobody@0123456789ab#0-9' names no article of this corpus",
        ),
        (["verify"], "The text to verify is missing: give it, as in quoth verify"),
        (["verify", "?!"], "The text to verify has no word in it: give the words of a quote."),
        (["status", "--index", "nowhere"], "There is no index at {}/nowhere: build one with"),
        (["eval", "no.jsonl"], "The gold set no.jsonl is not there: name"),
        (["calibrate"], "The gold set is missing: name one, as in quoth calibrate gold.jsonl"),
        (["calibrate", "no.jsonl", "--max-false-answers", "2"], "The share of false answers 2 must be at least 0 and"),
        (["calibrate", "no.jsonl", "--reset"], "--reset and GOLD were both given: reset the index, or calibrate it."),
        (["reach", "--limit", "-1"], "The option --limit -1 is below zero: give a number, or 0 for all."),
    ],
)
def test_a_mistake_is_one_sentence(
    cli: Cli, arguments: list[str], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = cli(*arguments)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith("quoth: " + told.format(tmp_path))
    assert ran.err.count("\n") == 1


def test_calibrate_hands_on_what_it_was_asked_for(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[CalibrateOptions, Path]] = []

    def run(options: CalibrateOptions, settings: bot.settings.Settings) -> int:
        asked.append((options, settings.index.path))
        return 0

    monkeypatch.setattr(bot.cli.calibrate, "run", run)
    cli("calibrate", "g.json", "--max-false-answers", ".02", "--index", "/ix", "--dry-run", "--skip-bad", "--json")
    cli("calibrate", "g.jsonl", "--corpus", "articles")
    cli("calibrate", "--reset")
    named, over, reset = (options for options, _ in asked)
    assert named == CalibrateOptions(
        Path("g.json"), max_false_answers=0.02, indexed=True, dry_run=True, skip_bad=True, as_json=True
    )
    assert asked[0][1] == Path("/ix")
    assert over == CalibrateOptions(Path("g.jsonl"), corpus=Path("articles"))
    assert reset == CalibrateOptions(None, reset=True)


def test_an_unknown_variable_is_refused(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUOTH_TOP", "3")
    ran = cli("ask", QUESTION)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith("quoth: The setting QUOTH_TOP in the environment is not valid: no variable has")


def test_an_index_of_another_model_or_other_passages_is_refused(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUOTH_INDEX_MAX_PIECES", "100")
    ran = cli("ask", QUESTION)
    assert ran.status == 2
    assert "max_pieces=200, title=true, and max_pieces=100, title=true is asked for" in ran.err
    monkeypatch.delenv("QUOTH_INDEX_MAX_PIECES")
    monkeypatch.setenv("QUOTH_MODEL_NAME", "another")
    assert "was made with the model all-MiniLM-L6-v2, and another is asked for" in cli("verify", QUESTION).err


def test_a_reranker_that_is_not_there_stops_what_would_ask_it(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("QUOTH_ANSWER_RERANKER", str(tmp_path / "none"))
    ran = cli("ask", QUESTION)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err == (
        f"quoth: The model {str(tmp_path / 'none')!r} is not to be had (there is no such folder): "
        "name a folder that holds it, or fetch it once with the network on.\n"
    )
    assert cli("verify", LIGHTHOUSE).status == 0


def test_the_default_index_is_built_when_it_is_first_asked(
    empty_cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_corpus(tmp_path / "seeds" / "articles")
    (tmp_path / "config").mkdir()
    shutil.copy(bot.settings.HOME / "config" / "quoth.toml", tmp_path / "config")
    monkeypatch.setattr(bot.settings, "HOME", tmp_path)
    monkeypatch.chdir(tmp_path)
    ran = empty_cli("ask", QUESTION, "--json")
    assert (ran.status, json.loads(ran.out)["answered"]) == (0, True)
    assert ran.err.splitlines()[0] == (
        f"There is no index yet: building it, once, from {tmp_path / 'seeds' / 'articles'}"
    )
    assert (tmp_path / ".quoth" / "index" / "CURRENT").is_file()
    assert empty_cli("ask", QUESTION, "--json").err == ""


def test_indexing_says_what_it_did(empty_cli: Cli, tmp_path: Path) -> None:
    folder, index = write_corpus(tmp_path / "articles"), tmp_path / "index"
    first = empty_cli("index", folder, "--index", index)
    assert (first.status, first.err) == (0, "")
    rows = dict(re.findall(r"^(\w[\w ]*?)  +(.*)$", first.out, re.MULTILINE))
    assert rows["holds"] == "5 articles, 5 passages, 9 sentences"
    assert rows["passages"] == "5 encoded, 0 reused"
    assert rows["vectors"] == "exact"
    assert re.fullmatch(r"[\d.]+ s, [\d,]+ passages a second", rows["time"])
    assert re.fullmatch(r"[\d,.]+ (MB|bytes), [\d,]+ bytes a passage", rows["on disk"])
    assert re.search(r"\n\n1 skipped, 1 read by a guess:\n  skipped  empty.txt  .*\n  guessed  latin.txt  ", first.out)
    again = empty_cli("index", folder, "--index", index)
    assert again.out.startswith(f"Nothing to do: the index has what {folder} holds, 5 articles, 5 passages")
    (folder / "bees.md").write_text("The bees moved to another roof in the spring of 2024.\n")
    (folder / "echo.txt").unlink()
    third = empty_cli("index", folder, "--index", index)
    assert "passages     1 encoded, 3 reused\ndropped      1 articles\n" in third.out
    assert empty_cli("index", folder, "--index", index, "--rebuild", "--quiet").out == ""


def test_many_warnings_are_counted_and_named_on_request(empty_cli: Cli, tmp_path: Path) -> None:
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "bees.md").write_text(BEES)
    for number in range(25):
        (folder / f"empty{number:02}.txt").touch()
    arguments = ("index", folder, "--index", tmp_path / "index")
    short = empty_cli(*arguments).out
    assert short.count("  skipped  empty") == 20
    assert short.endswith("  and 5 more (--verbose names all)\n")
    assert empty_cli(*arguments, "--verbose").out.count("  skipped  empty") == 25


@pytest.fixture
def ref(cli: Cli) -> str:
    """The permalink of the lighthouse's sentence."""
    cited = json.loads(cli("verify", LIGHTHOUSE, "--json").out)["citations"]
    return str(cited[0]["ref"])


def test_a_permalink_is_shown_in_its_paragraph(cli: Cli, ref: str) -> None:
    ran = cli("show", ref)
    assert (ran.status, ran.err) == (0, "")
    assert ran.out == (
        f"   │ [[{LIGHTHOUSE}]] It stands forty metres above the sea.\n"
        f"     The [bold]harbour[/bold] of Porto Vell · Coast Gazette · 2023-05-04 · ¶ 1 · {ref}\n"
        "     https://example.org/harbour#news:~:text=The%20lighthouse%20of%20Porto%20Vell%20was%20built%20in%201874"
        "%20by%20the%20engineer%20Marta%20Oliveira.\n"
    )


def test_a_permalink_becomes_a_page(cli: Cli, ref: str, tmp_path: Path) -> None:
    ran = cli("show", ref, "--html", tmp_path / "quote.html")
    page = (tmp_path / "quote.html").read_text("utf-8")
    assert (ran.status, ran.out, ran.err) == (0, "", f"Wrote {tmp_path / 'quote.html'}\n")
    assert f'<mark id="quote" tabindex="-1">{LIGHTHOUSE}</mark>' in page
    assert cli("show", ref, "--html", "-").out == page
    assert "cannot be written" in cli("show", ref, "--html", tmp_path).err


def test_a_page_is_opened(cli: Cli, ref: str, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []

    def refuse(address: str) -> bool:
        opened.append(address)
        return False

    monkeypatch.setattr("webbrowser.open", refuse)
    ran = cli("show", ref, "--open")
    assert ran.status == 0
    assert ran.err.endswith(", and no browser could be opened\n")
    assert opened[0].startswith("file:///")
    assert opened[0].endswith("#quote")


def test_verbatim_near_and_absent(cli: Cli) -> None:
    verbatim = cli("verify", LIGHTHOUSE)
    assert (verbatim.status, verbatim.out.splitlines()[0]) == (0, "Verbatim:")
    near = cli("verify", "-", stdin=LIGHTHOUSE.replace("built in 1874", "erected about 1874"))
    assert near.status == 1
    assert near.out.splitlines()[2] in (
        "   │ The lighthouse of Porto Vell was [-erected about-] {+built in+} 1874 by the engineer Marta Oliveira.",
        "   │ The lighthouse of Porto Vell was [-erected about-] {+built in+} 1874 by the [-engineer-] {+Engineer+} "
        "Marta Oliveira.",
    )
    absent = cli("verify", "Nothing of this kind was ever printed by anyone, anywhere.")
    assert (absent.status, absent.out) == (1, "Not in the corpus, and nothing there comes near it.\n")
    said = json.loads(cli("verify", *LIGHTHOUSE.split(), "--json").out)
    assert list(said) == ["text", "verdict", "citations", "nearest"]
    assert (said["verdict"], said["nearest"]) == ("verbatim", None)


def test_status_checks_everything(cli: Cli, index: Path) -> None:
    ran = cli("status")
    said = json.loads(cli("status", "--json").out)
    assert (ran.status, said["healthy"], said["damage"], said["generation"]) == (0, True, None, 1)
    assert (said["articles"], said["model"]["name"]) == (5, "all-MiniLM-L6-v2")
    assert said["corpus"]["state"] == "unchanged"
    rows = dict(re.findall(r"^(\w[\w ]*?)  +(.*)$", ran.out, re.MULTILINE))
    assert rows["health"] == f"good: {len(Generation.current(index).manifest.files)} checksums are right"


def test_status_finds_damage_and_a_changed_corpus(empty_cli: Cli, tmp_path: Path) -> None:
    folder, index = write_corpus(tmp_path / "articles"), tmp_path / "index"
    empty_cli("index", folder, "--index", index)
    (folder / "new.txt").write_text("A new article is here today.\n")
    assert json.loads(empty_cli("status", "--index", index, "--json").out)["corpus"]["state"].startswith(
        "changed since"
    )
    texts = index / "generations" / "000001" / "texts.bin"
    raw = bytearray(texts.read_bytes())
    raw[10] ^= 1
    texts.write_bytes(raw)
    ran = empty_cli("status", "--index", index)
    assert ran.status == 2
    assert re.search(r"^health +DAMAGED\. The index file \S+texts\.bin is damaged", ran.out, re.MULTILINE)
    texts.write_bytes(raw[:-1])
    told = empty_cli("status", "--index", index, "--json")
    assert (told.status, json.loads(told.out)["healthy"]) == (2, False)


def rebuilt(cli: Cli, tmp_path: Path, times: int = 2) -> Path:
    """An index that was built so often, each time of another corpus, and keeps two former generations."""
    folder, index = write_corpus(tmp_path / "articles"), tmp_path / "index"
    for number in range(times):
        (folder / "new.txt").write_text(f"Article number {number} is here today.\n")
        assert cli("index", folder, "--index", index).status == 0
    return index


def test_status_checks_every_generation_that_is_kept(
    empty_cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUOTH_INDEX_KEEP", "2")
    index = rebuilt(empty_cli, tmp_path, 4)
    ran, told = empty_cli("status", "--index", index), json.loads(empty_cli("status", "--index", index, "--json").out)
    assert ran.status == 0
    assert [(one["generation"], one["healthy"]) for one in told["former"]] == [(3, True), (2, True)]
    count = len(Generation.current(index).manifest.files)
    kept = r" +00000{}, made \S+, [\d,]+ bytes, replaced \S+\n +good: {} checksums are right\n"
    assert re.search(rf"^former{kept.format(3, count)}{kept.format(2, count)}settings ", ran.out, re.MULTILINE)
    texts = index / "generations" / "000002" / "texts.bin"
    texts.write_bytes(texts.read_bytes().swapcase())
    ran, told = empty_cli("status", "--index", index), json.loads(empty_cli("status", "--index", index, "--json").out)
    assert (ran.status, told["healthy"], told["damage"]) == (2, False, None)
    assert [one["healthy"] for one in told["former"]] == [True, False]
    assert f"DAMAGED. The index file {texts} is damaged (its checksum differs)" in " ".join(ran.out.split())
    assert "--rebuild" not in ran.out, "a former generation is not built again"
    shutil.rmtree(texts.parent)
    assert empty_cli("status", "--index", index).status == 2
    assert empty_cli("index", tmp_path / "articles", "--index", index).out.startswith("Nothing to do")
    told = json.loads(empty_cli("status", "--index", index, "--json").out)
    assert (told["healthy"], [one["generation"] for one in told["former"]]) == (True, [3])


def test_status_tells_a_generation_that_was_removed_from_a_damaged_one(
    empty_cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUOTH_INDEX_KEEP", "2")
    index = rebuilt(empty_cli, tmp_path, 3)
    folder = index / "generations" / "000001"
    shutil.rmtree(folder)
    ran, told = empty_cli("status", "--index", index), json.loads(empty_cli("status", "--index", index, "--json").out)
    out = " ".join(ran.out.split())
    assert (ran.status, told["healthy"], told["damage"], told["missing"]) == (2, False, None, None)
    assert [one["missing"] for one in told["former"]] == [None, f"There is no folder {folder}."]
    build = f"quoth index {tmp_path / 'articles'} --index {index}"
    remedy = f"which cannot be shown without it: put it back, or run `{build}`, which then lists it no longer."
    assert f"missing. There is no folder {folder}. It only serves citations of articles that have changed" in out
    assert remedy in out
    assert "not so the former 000001, see above" in out
    assert "DAMAGED" not in out
    assert empty_cli("index", tmp_path / "articles", "--index", index).status == 0
    ran = empty_cli("status", "--index", index)
    assert (ran.status, "000001" in ran.out, "not so" in ran.out) == (0, False, False)


@pytest.mark.parametrize("part", ["generations", "generations/000003"])
def test_status_names_the_current_generation_that_was_removed(
    part: str, empty_cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUOTH_INDEX_KEEP", "2")
    index = rebuilt(empty_cli, tmp_path, 3)
    shutil.rmtree(index / part)
    ran, told = empty_cli("status", "--index", index), json.loads(empty_cli("status", "--index", index, "--json").out)
    corpus = "FOLDER" if part == "generations" else tmp_path / "articles"
    sentence = (
        f"The index {index} lacks its generation 000003 (there is no folder {index / part}): "
        f"put it back, or build the index again with `quoth index {corpus} --rebuild --index {index}`."
    )
    assert (ran.status, told["healthy"], told["damage"], told["missing"]) == (2, False, None, sentence)
    assert [(one["generation"], one["healthy"]) for one in told["former"]] == [
        (number, part != "generations") for number in (2, 1)
    ]
    assert f"health missing. {sentence}" in " ".join(ran.out.split())
    assert "DAMAGED" not in ran.out
    assert empty_cli("ask", "Who?", "--index", index).err.replace("\n", " ").strip() == f"quoth: {sentence}"
    assert empty_cli("index", tmp_path / "articles", "--index", index).status == 0
    ran = empty_cli("status", "--index", index)
    assert (ran.status, "missing" in ran.out, "000002" in ran.out) == (0, False, part != "generations")
    assert Generation.current(index).folder.name == "000004", "its name is not given once more"


def test_status_survives_builds_beside_it(empty_cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While a generation is checked, builds take it away, and the one that was before it."""
    index, verify, overtaken = rebuilt(empty_cli, tmp_path), Generation.verify, list[str]()

    def overtake(self: Generation) -> Iterator[str]:
        yield from verify(self)
        if len(overtaken) < 2:
            overtaken.append(self.folder.name)
            for half in "ab":
                (tmp_path / "articles" / "new.txt").write_text(f"Article {self.folder.name}{half} is here today.\n")
                assert empty_cli("index", tmp_path / "articles", "--index", index).status == 0
            assert not self.folder.exists()
            yield from verify(self)

    monkeypatch.setattr("retrieval.index.generation.Generation.verify", overtake)
    with monkeypatch.context() as patched:
        patched.setattr("retrieval.index.build._before", lambda index: None)
        patched.setattr("retrieval.index.build._try_out", lambda *_: None)
        ran = empty_cli("status", "--index", index)
    assert (ran.status, len(overtaken)) == (0, 2)
    assert "DAMAGED" not in ran.out


@pytest.mark.parametrize("name", ["CURRENT", "texts.bin", "words.txt", "manifest.json", "calibration.json"])
def test_a_file_that_may_not_be_read_is_not_damaged(
    name: str, empty_cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index, opened = rebuilt(empty_cli, tmp_path), io.open

    def refuse(file: str | Path, *arguments: Any, **options: Any) -> Any:
        if Path(str(file)).name == name:
            raise PermissionError(13, "Permission denied", str(file))
        return opened(file, *arguments, **options)

    (index / "calibration.json").touch()
    with monkeypatch.context() as patched:
        patched.setattr("io.open", refuse)
        ran, told = (
            empty_cli("status", "--index", index),
            json.loads(empty_cli("status", "--index", index, "--json").out),
        )
    assert (ran.status, told["healthy"], told["damage"]) == (2, False, None)
    assert told["unread"].endswith(f"/{name} cannot be read (Permission denied): check its permissions and its disk.")
    assert re.search(r"^health +not known\. The index file ", ran.out, re.MULTILINE)
    assert "DAMAGED" not in ran.out


def test_the_export_of_the_model_is_announced(empty_cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def export(model: object, cache: Path) -> Path:
        shutil.copytree(MODEL_CACHE / "encoders", cache / "encoders")
        return encoder_folder(locate(DEFAULT_MODEL).digest, cache)

    monkeypatch.setattr("retrieval.encoding.selection.export", export)
    monkeypatch.setenv("QUOTH_MODEL_CACHE", str(tmp_path / "cache"))
    ran = empty_cli("index", write_corpus(tmp_path / "articles"), "--index", tmp_path / "index")
    assert (ran.status, ran.err) == (0, "Preparing the model all-MiniLM-L6-v2, once (about half a minute)…\n")


@pytest.mark.parametrize("text", ["", " "])
@pytest.mark.parametrize(
    "arguments",
    [
        *(("index",), ("index", "--index"), ("index", "--config"), ("ask", QUESTION, "--index"), ("ask", "--file")),
        *(("show", "a@0123456789ab#1-2", "--html"), ("status", "--index"), ("eval",), ("eval", "--corpus")),
        *(("calibrate", "--reset", "--index"), ("reach", "--store"), ("feedback", "export", "--out")),
    ],
)
def test_an_empty_path_is_no_folder(arguments: tuple[str, ...], text: str, cli: Cli, tmp_path: Path) -> None:
    before = sorted(tmp_path.rglob("*"))
    ran = cli(*arguments, text)
    assert ran.status == 2
    assert f"{text!r} names no file or folder; is a variable not set?" in " ".join(ran.err.replace("│", " ").split())
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("id_", ["-x", "--index=zz", " a", "\u00a0a", "-h"])
def test_any_permalink_can_be_shown(id_: str, cli: Cli, tmp_path: Path) -> None:
    corpus, index = tmp_path / "odd", tmp_path / "odd.index"
    corpus.mkdir()
    line = {"_id": id_, "title": "t", "text": "The brown crow sat on the old barn roof all day."}
    (corpus / "a.jsonl").write_text(json.dumps(line) + "\n", "utf-8")
    assert cli("index", str(corpus), "--index", str(index)).status == 0
    ref = json.loads(cli("verify", line["text"], "--json", "--index", str(index)).out)["citations"][0]["ref"]
    shown = cli("show", "--index", str(index), ref)
    assert (shown.status, "brown crow" in shown.out) == (0, True), shown.err
