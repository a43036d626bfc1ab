"""`quoth chat`: in a terminal of 80 columns, its screen read by pyte, and through a pipe."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pexpect
import pyte
import pytest

from tests.bot.conftest import Cli
from tests.toy import build_toy, write_corpus

ROOT = Path(__file__).resolve().parents[3]
PATIENCE = 120  # seconds after which what a test waits for is taken to be missing
PASTE = ("\x1b[200~", "\x1b[201~")
GREETING = "6 articles, 30 sentences. /help lists the commands, Ctrl-D exits."
MARKET = """\
 1 │ From next month the weekly market is held on the castle green.
     The weekly market moves · ¶ 1 · market@0f1ec307f79e#27-89

Confidence: high (0.92)
"""


@pytest.fixture(scope="module")
def toy_index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The toy corpus, indexed with the toy encoder."""
    folder = tmp_path_factory.mktemp("chat")
    build_toy(write_corpus(folder / "articles"), folder / "index")
    return folder / "index"


class Terminal:
    """A terminal with quoth in it."""

    def __init__(self, environment: dict[str, str], *arguments: str) -> None:
        self._screen = pyte.Screen(80, 60)
        self._stream = pyte.Stream(self._screen)
        self.process = pexpect.spawn(
            sys.executable,
            ["-m", "tests.bot.chat.chat_entry", "chat", *arguments],
            cwd=str(ROOT), env=environment, dimensions=(60, 80), encoding="utf-8", timeout=PATIENCE,
        )  # fmt: skip

    def send(self, keys: str) -> None:
        """Type."""
        self.process.send(keys)

    def shows(self, transcript: str) -> None:
        """Wait until the whole screen is this."""
        while self.text() != transcript.rstrip():
            try:
                self._stream.feed(self.process.read_nonblocking(4096, PATIENCE))
            except (pexpect.TIMEOUT, pexpect.EOF):
                break
        assert self.text() == transcript.rstrip()

    def text(self) -> str:
        """The screen's lines."""
        return "\n".join(line.rstrip() for line in self._screen.display).rstrip()

    def ends(self) -> int:
        """Wait for the end; the exit status."""
        self.process.expect(pexpect.EOF)
        self.process.close()
        return int(self.process.exitstatus)


Open = Callable[..., Terminal]


@pytest.fixture
def environment(toy_index: Path, tmp_path: Path) -> dict[str, str]:
    """That of the process: the toy index, and a browser that writes down what it is given."""
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {tmp_path}/opened\n')
    browser.chmod(0o755)
    return {
        **os.environ,
        "BROWSER": str(browser),
        "CHAT_FIFOS": str(tmp_path),
        "PROMPT_TOOLKIT_NO_CPR": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "QUOTH_INDEX_PATH": str(toy_index),
        "TERM": "xterm-256color",
        "TMPDIR": str(tmp_path),
    }


@pytest.fixture
def terminal(environment: dict[str, str]) -> Iterator[Open]:
    """Opens terminals, each in a conversation."""
    opened: list[Terminal] = []

    def start(*arguments: str) -> Terminal:
        opened.append(Terminal(environment, *(arguments or ("--top", "1"))))
        opened[-1].shows(f"{GREETING}\n\nquoth>")
        opened[-1].send("\x0c")  # Ctrl-L: what is asserted begins with the prompt
        opened[-1].shows("quoth>")
        return opened[-1]

    yield start
    for chat in opened:
        chat.process.close(force=True)


def test_a_conversation(terminal: Open) -> None:
    chat = terminal()
    chat.send("Who closed the stone bridge in 2016?\r")
    transcript = """\
quoth> Who closed the stone bridge in 2016?
 1 │ The stone bridge over the river Tarn reopened to carts and cars on Friday.
   │ Engineer Ilse Brandt had closed it in 2016, when divers found a crack in
   │ the eastern pier.
     Velmora gets its bridge back · Velmora Courier, “A crossing reopens” ·
       2019-05-17 · ¶ 1
       bridge@7f5229e394a5#175-340
     https://courier.example/bridge#:~:text=The%20stone%20bridge%20over%20the,cr
ack%20in%20the%20eastern%20pier.

Confidence: high (0.94)

"""
    chat.shows(transcript + "quoth>")
    chat.send("and who cut every block by hand?\r")
    transcript += """\
quoth> and who cut every block by hand?
Searched for: Who closed the stone bridge in 2016? and who cut every block by
hand?

 1 │ She thanked the masons of Oskeld, who cut every block by hand.
     Velmora gets its bridge back · Velmora Courier, “A crossing reopens” ·
       2019-05-17 · ¶ 2
       bridge@7f5229e394a5#459-521
     https://courier.example/bridge#:~:text=She%20thanked%20the%20masons%20of,ev
ery%20block%20by%20hand.

Confidence: high (0.89)

"""
    chat.shows(transcript + "quoth>")
    chat.send("/new\r")
    transcript += "quoth> /new\nThe conversation is forgotten.\n\n"
    chat.shows(transcript + "quoth>")
    chat.send("and who cut every block by hand?\r")
    transcript += """\
quoth> and who cut every block by hand?
 1 │ She thanked the masons of Oskeld, who cut every block by hand.
     Velmora gets its bridge back · Velmora Courier, “A crossing reopens” ·
       2019-05-17 · ¶ 2
       bridge@7f5229e394a5#459-521
     https://courier.example/bridge#:~:text=She%20thanked%20the%20masons%20of,ev
ery%20block%20by%20hand.

Confidence: high (0.96)

"""
    chat.shows(transcript + "quoth>")
    chat.send("\x04")
    assert chat.ends() == 0


def test_what_is_behind_a_quote(terminal: Open) -> None:
    chat = terminal()
    chat.send("Where is the weekly market held?\r")
    transcript = f"quoth> Where is the weekly market held?\n{MARKET}\n"
    chat.shows(transcript + "quoth>")
    chat.send("/why\r")
    transcript += """\
quoth> /why
   │ From next month the weekly market is held on the castle green.

   It has “weekly”, “market”, “held”.
   Of the 20 sentences compared, it has > 99.9 % of the belief.
   The confidence is high (0.92), the threshold 0.6: so quoth answers.

   belief      1.000 that it answers (the 20 sentences weighed sum to 1)
   first stage 0.846 = MaxSim 0.788 + 0.01 × BM25 (3.72 sentence + 2.09 passage)
   passage     number 1 of the 10 searched: 0.679 = cosine 0.554 + 0.06 × BM25
               2.09
   confidence  from quote 1, the logistic of
               -2 + 4 × maxsim 0.788 + 2 × terms 0.665

   question        match  best in the quote or above it
   Where            0.29  market
   is               0.90  is
   the              0.88  the
   weekly           0.88  weekly
   market           0.88  market
   held             0.89  held

"""
    chat.shows(transcript + "quoth>")
    chat.send("/context 1\r")
    transcript += """\
quoth> /context 1
   │ From next month the weekly market is held on the castle green. Traders
   │ complained that the old square
   │ floods whenever it rains.
     The weekly market moves · ¶ 1 · market@0f1ec307f79e#27-89

"""
    chat.shows(transcript + "quoth>")
    chat.send("/raw 1\r")
    transcript += """\
quoth> /raw 1
From next month the weekly market is held on the castle green.

characters 27 to 89 of market.txt
SHA-256 0f1ec307f79ea5abcb1e177201487bdb244c7ab7413a8fdfd004cc49c718d115

"""
    chat.shows(transcript + "quoth>")


def test_open_writes_the_page_and_opens_it_at_the_quote(terminal: Open, tmp_path: Path) -> None:
    chat = terminal()
    chat.send("Where is the weekly market held?\r/open\r/quit\r")
    chat.process.expect(r"Wrote (\S+/pages/[0-9a-f]{16}\.html)\r\n")
    page = Path(chat.process.match.group(1))
    assert chat.ends() == 0
    assert '<mark id="quote" tabindex="-1">From next month the weekly market' in page.read_text("utf-8")
    assert (tmp_path / "opened").read_text() == f"{page.as_uri()}#quote\n"
    assert not list(tmp_path.glob("quoth-*")), "a folder of temporary files is left"


def test_ctrl_c_cancels_the_question_and_not_the_conversation(terminal: Open, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "begun")
    os.mkfifo(tmp_path / "go")
    chat = terminal()
    chat.send("Slow: where is the weekly market held?\r")
    assert (tmp_path / "begun").read_text() == ""  # returns once the engine is at work
    chat.send("\x03")
    transcript = "quoth> Slow: where is the weekly market held?\n^CCancelled.\n\n"
    chat.shows(transcript + "quoth>")
    (tmp_path / "go").write_text("")
    chat.send("Where is the weekly market held?\r")
    chat.shows(f"{transcript}quoth> Where is the weekly market held?\n{MARKET}\nquoth>")
    chat.send("\x04")
    assert chat.ends() == 0


def test_ctrl_c_clears_what_is_typed(terminal: Open) -> None:
    chat = terminal()
    chat.send("Who on earth")
    chat.shows("quoth> Who on earth")
    chat.send("\x03")
    chat.shows("quoth>")
    chat.send("/json on\r")
    chat.shows("quoth> /json on\nAnswers are now printed as JSON.\n\nquoth>")


def test_lines_that_are_pasted_together_are_one_question(terminal: Open) -> None:
    chat = terminal()
    chat.send(f"{PASTE[0]}Where is\nthe weekly market\nheld?{PASTE[1]}")
    typed = "quoth> Where is\n       the weekly market\n       held?"
    chat.shows(typed)
    chat.send("\r")
    chat.shows(f"{typed}\n{MARKET}\nquoth>")


def test_tab_completes_commands_and_titles(terminal: Open) -> None:
    chat = terminal()
    chat.send("/so\t")
    chat.shows("quoth> /sources")
    chat.send("\x03What is in The mus\t")
    chat.shows("quoth> What is in The museum of clocks")
    chat.send("\x03/\t")
    chat.shows(
        "quoth> /\n/context /open    /sources /filter  /new     /help\n"
        "/raw     /why     /search  /verify  /json    /quit\nquoth> /"
    )


def test_history_is_kept_between_sessions_and_is_nobody_elses(terminal: Open) -> None:
    first = terminal()
    first.send(f"/new\r{PASTE[0]}/verify two\nlines{PASTE[1]}\r\x04")
    assert first.ends() == 0
    file = Path(os.environ["XDG_STATE_HOME"]) / "quoth" / "history"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    second = terminal()
    second.send("\x1b[A")
    second.shows("quoth> /verify two\n       lines")
    second.send("\x1b[A\x1b[A")
    second.shows("quoth> /new")


def test_a_fault_is_a_sentence_and_the_conversation_goes_on(terminal: Open) -> None:
    chat = terminal()
    chat.send("Broken?\r")
    chat.process.expect(r"Something went wrong unexpectedly \(reference [0-9a-f]{8}\)[^Q]+quoth\.log\.")
    assert "Traceback" not in chat.process.after
    chat.send("\x0c/whi\r")
    chat.shows("quoth> /whi\nThe command /whi is unknown: did you mean /why? /help lists them all.\n\nquoth>")


def piped(environment: dict[str, str], text: bytes | str, *arguments: str) -> tuple[int, str, str]:
    """Exit status, standard output and standard error of a conversation through pipes."""
    process = subprocess.run(
        [sys.executable, "-m", "tests.bot.chat.chat_entry", "chat", *(arguments or ("--top", "1"))],
        cwd=ROOT, env=environment, input=text.encode() if isinstance(text, str) else text,
        capture_output=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    return process.returncode, process.stdout.decode(), process.stderr.decode()


def test_through_a_pipe_each_line_is_answered(environment: dict[str, str]) -> None:
    lines = (
        "Where is the weekly market held?", "", "/context", "/raw 1", "What is a quasar?", "/raw", "/sources clock",
        "/verify She signed the letter with her own hand.", "/verify she signed the letter by hand",
        "/verify quasars everywhere", "/verify", "/jsn on", "/zzz", "/raw x", "/json", "/new", "/raw",
    )  # fmt: skip
    status, out, err = piped(environment, "\n".join(lines))
    assert status == 0
    assert (
        out
        == f"""\
{MARKET}
   │ [[From next month the weekly market is held on the castle green.]] Traders complained that the old square
   │ floods whenever it rains.
     The weekly market moves · ¶ 1 · market@0f1ec307f79e#27-89

From next month the weekly market is held on the castle green.

characters 27 to 89 of market.txt
SHA-256 0f1ec307f79ea5abcb1e177201487bdb244c7ab7413a8fdfd004cc49c718d115

The corpus does not answer that.

Nearest articles:
   · The museum of clocks
   · What the storm left behind
   · Velmora gets its bridge back

Confidence: fair (0.55)

1 article with 'clock' in the title or id:
   · The museum of clocks (clock-museum)

Verbatim:
     A letter from the mayor · ¶ 1 · letters/mayor@aaf956007cb5#186-226

Not verbatim. Closest text ([-only in yours-] {{+only in the corpus+}}):

   │ [-she-] {{+She+}} signed the letter [-by hand-] {{+with her own hand.+}}
     A letter from the mayor · ¶ 1 · letters/mayor@aaf956007cb5#186-226

Not in the corpus, and nothing in it comes close.

The conversation is forgotten.

"""
    )
    assert err.splitlines() == [
        "There is no quote: the last question was not answered; ask another first.",
        "The text to verify is missing: give it, as in /verify Albania joined NATO in 2009.",
        "The command /jsn is unknown: did you mean /json? /help lists them all.",
        "The command /zzz is unknown: /help lists them all.",
        "The quote 'x' is not a number: name a quote by its number, as in /raw 1.",
        "/json takes on or off: it is off now.",
        "There is no quote yet: ask a question first.",
    ]


def test_with_json_on_every_line_gets_its_objects(environment: dict[str, str]) -> None:
    lines = (
        "/json on", "Where is the weekly market held?", "/raw", "/context 1", "/why", "/verify castle green", "/new",
        "/sources clock", "/raw", "/help", "/json off", "/help", "/quit", "Where?",
    )  # fmt: skip
    status, out, err = piped(environment, "\n".join(lines))
    objects, _, text = out.partition("Answers are now printed as text.\n\n")
    answer, raw, context, why, verified, source, fault, *help_ = map(json.loads, objects.splitlines())
    assert (status, err) == (0, "")
    quote = answer["quotes"][0]
    assert answer["answered"]
    assert (raw["text"], raw["citation"]) == (quote["text"], quote["citation"])
    assert context["quote"] == quote["text"]
    assert (context["before"], context["state"]) == ("", "current")
    assert why["belief"] == pytest.approx(quote["score"], abs=1e-6)
    assert why["confidence"] == pytest.approx(answer["confidence"], abs=1e-4)
    assert [token["asked"] for token in why["tokens"]] == ["Where", "is", "the", "weekly", "market", "held"]
    assert verified["verdict"] == "verbatim"
    assert source == {"article": "clock-museum", "title": "The museum of clocks", "url": None}
    assert fault == {"error": "There is no quote yet: ask a question first."}
    assert [command["command"] for command in help_][:2] == ["/context", "/raw"]
    assert (
        text
        == """\
Ask the corpus anything; follow-up questions work too. The commands:
  /context 1      the paragraph around quote 1, with the quote marked
  /raw 1          the exact characters of quote 1, their place, and the file's digest
  /open 1         the article with quote 1 highlighted, in the browser
  /why 1          what spoke for quote 1, in words and in numbers
  /sources [WORD] the articles, or those with a word in the title
  /search WORDS   the passages nearest to some words, for you to judge
  /filter [WORDS] ask only some articles, as in /filter since 2023; off takes it off
  /verify TEXT    check whether this text is in the corpus, character by character
  /new            forget the conversation so far
  /json on|off    print answers as JSON lines, or as text
  /help           this list
  /quit           end the conversation; so does Ctrl-D

"""
    )


FILTERED = "Filter: since 2019-01-01 · source: velmora courier (1 article, 5 without dates left out)"


def test_a_filter_holds_until_another_is_set(environment: dict[str, str]) -> None:
    lines = (
        "/filter", "/filter since 2019 source velmora courier", "Where is the weekly market held?",
        "/search market", "/new", "/filter", "/filter tag x", "/filter colour red",
        '/filter source "', "/filter since May", "/filter off", "Where is the weekly market held?",
    )  # fmt: skip
    status, out, err = piped(environment, "\n".join(lines))
    off = "No filter is on. Set one, as in /filter since 2023.\n\n"
    assert status == 0
    assert out.startswith(f"{off}{FILTERED}\n\n{FILTERED}\n\n")
    assert out.endswith(f"The conversation is forgotten.\n\n{FILTERED}\n\n{off}{MARKET}\n")
    assert "The weekly market" not in out.removesuffix(f"{MARKET}\n")
    example = 'write it as in /filter since 2023 source "Harbour Gazette".'
    assert err.splitlines() == [
        "There is no article with the tag 'x': none has tags.",
        f"The filter 'colour' is none of since, until, source, path, tag, language: {example}",
        f"The filter has a quotation mark that is not closed: {example}",
        "The date 'May' cannot be read: write it as 2023, 2023-06, 2023-06-30 or 30 June 2023.",
    ]


def test_a_filter_is_in_the_objects_and_holds_for_why(environment: dict[str, str]) -> None:
    lines = ("/json on", "/filter path=letters/*", "Where is the water from?", "/why 1", "/filter off", "/filter")
    _, out, err = piped(environment, "\n".join(lines))
    assert err == ""
    set_, answer, why, off, still_off = map(json.loads, out.splitlines())
    assert set_ == {"filter": {"path": "letters/*", "articles": 1}}
    assert answer["filter"] == set_["filter"]
    assert {quote["citation"]["article"] for quote in answer["quotes"]} == {"letters/mayor"}
    assert why["quote"] == answer["quotes"][0]["text"]
    assert off == still_off == {"filter": None}


def test_search_shows_pages_of_passages(environment: dict[str, str]) -> None:
    lines = (
        "/search market wheel",
        "/search market wheel --page 3",
        "/search market wheel --page 9",
        "/search",
        "/json on",
        "/search market wheel --page 2",
    )
    status, out, err = piped(environment, "\n".join(lines))
    assert (status, err) == (0, "The words to search for are missing: give them, as in /search harbour fees.\n")
    text, _, last = out.rstrip("\n").rpartition("\n")
    first, rest = text.split("/search market wheel --page 2 goes on\n")
    assert first.startswith(" 1 │ ")
    assert first.endswith("Passages 1 to 5 of 12\n")
    assert "Passages 11 to 12 of 12\n\nThere are no more passages than 12\n" in rest
    page = json.loads(last)
    assert (page["words"], page["first"], page["total"], len(page["passages"])) == ("market wheel", 6, 12, 5)


def test_the_prompt_shows_the_filter(terminal: Open) -> None:
    chat = terminal()
    chat.send("/filter since 2019\r")
    chat.shows(
        "quoth> /filter since 2019\nFilter: since 2019-01-01 (1 article, 5 without dates left out)\n\n"
        "quoth [since 2019-01-01]>"
    )
    chat.send("\x0c/filter off\r")
    chat.shows("quoth [since 2019-01-01]> /filter off\nNo filter is on. Set one, as in /filter since 2023.\n\nquoth>")


def test_a_line_that_is_not_utf8_is_told_and_the_next_answered(environment: dict[str, str]) -> None:
    status, out, err = piped(environment, b"\xef\xbb\xbf/new\ncaf\xe9?\nWhere is the weekly market held?")
    assert (status, err) == (0, "Line 2 is not UTF-8 (byte 4): write it as UTF-8.\n")
    assert out == f"The conversation is forgotten.\n\n{MARKET}\n"


def test_an_interrupt_through_a_pipe_ends_it(environment: dict[str, str], tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "begun")
    os.mkfifo(tmp_path / "go")
    with subprocess.Popen(
        [sys.executable, "-m", "tests.bot.chat.chat_entry", "chat"],
        cwd=ROOT, env=environment, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stdin is not None
        process.stdin.write("Slow?\n")
        process.stdin.flush()
        assert (tmp_path / "begun").read_text() == ""
        process.send_signal(signal.SIGINT)
        (tmp_path / "go").write_text("")
        out, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, out, err) == (130, "", "Interrupted.\n")


def test_only_eight_turns_are_remembered(environment: dict[str, str]) -> None:
    questions = ["Where is the weekly market held?", *["and when was that?"] * 9]
    _, out, _ = piped(environment, "/json on\n" + "\n".join(questions))
    searched = [json.loads(line)["searched"] for line in out.splitlines()]
    assert searched[8].startswith("Where is the weekly market held? ")
    assert searched[9].startswith("and when was that? ")


def test_an_index_that_is_not_there_is_a_sentence(environment: dict[str, str], tmp_path: Path) -> None:
    status, out, err = piped(environment, "Who?", "--index", str(tmp_path / "none"))
    assert (status, out) == (2, "")
    assert err.startswith(f"quoth: There is no index at {tmp_path}/none: build one with")
    assert err.count("\n") == 1


def test_the_real_model_answers_in_a_chat(cli: Cli) -> None:
    ran = cli("chat", stdin="/json on\nWho built the lighthouse of Porto Vell?\nand when was it built?\n/why\n")
    first, second, why = map(json.loads, ran.out.splitlines())
    assert (ran.status, ran.err) == (0, "")
    assert first["answered"]
    assert second["searched"] == "Who built the lighthouse of Porto Vell? and when was it built?"
    assert {"Porto", "Vell"} <= {token["found"] for token in why["tokens"]}
