"""Answers as a terminal shows them, asserted whole."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from textwrap import dedent

import pytest
from rich.console import Console

from bot.formats.answer_text import confidence
from bot.formats.shell import quoted
from bot.formats.word_diff import word_diff
from bot.terminal.answers import show_answer, show_citation, show_diff, show_place
from bot.terminal.screen import Screen
from retrieval.citations.permalink import CitedSpan
from retrieval.records import Answer, Article, ArticleRef, Citation, Difference, Quote

LONG = (
    "Much of the letter deals with the Charter for European Security, which was signed in Istanbul in November 1999 at "
    "a summit of the OSCE."
)
CITED = Citation(
    "letter", "For Ukraine in NATO, or against?", 1877, 2012, 5, "c45e935cb3d5" + "0" * 52, "Albanian online news",
    "2022-02-03", "https://example.org/letter", "letter.md",
)  # fmt: skip
OTHER = Citation("replies", "Leaked replies", 40, 99, 2, "dc50e0d36c38" + "0" * 52, "The Wall Street Journal")
ANSWER = Answer(
    "who signed the leter?",
    True,
    0.8612,
    (Quote(LONG, CITED, 0.5, (OTHER,)), Quote("It was signed.\n\nBy [bold]Lavrov[/bold].", OTHER, 0.4)),
    (ArticleRef("letter", "For Ukraine"),),
    "0123456789ab",
    12.0,
    "who signed the letter?",
)
ABSTENTION = Answer("How is bread baked?", False, 0.06, (), (ArticleRef("a", "One"), ArticleRef("b", "Two")), "", 1.0)


def transcript(show: object, *, width: int | None = None, **options: object) -> str:
    """What `show` prints to a terminal of a width without colour, or to a pipe."""
    stream = io.StringIO()
    terminal = {} if width is None else {"force_terminal": True, "width": width, "color_system": None}
    screen = Screen(Console(file=stream, highlight=False, **{**terminal, **options}))  # type: ignore[arg-type]
    show(screen)  # type: ignore[operator]
    return stream.getvalue()


def link(citation: Citation) -> str | None:
    """Stands for the real link, which needs an index."""
    return f"{citation.url}#:~:text=Much%20of" if citation.url else None


def answer(screen: Screen) -> None:
    """Show ANSWER."""
    show_answer(screen, ANSWER, link)


def test_an_answer_at_80_columns() -> None:
    assert transcript(answer, width=80) == dedent("""\
        Searched for: who signed the letter?

         1 │ Much of the letter deals with the Charter for European Security, which was
           │ signed in Istanbul in November 1999 at a summit of the OSCE.
             For Ukraine in NATO, or against? · Albanian online news · 2022-02-03 · ¶ 5
               letter@c45e935cb3d5#1877-2012
             https://example.org/letter#:~:text=Much%20of
             also in: Leaked replies · The Wall Street Journal · ¶ 2
               replies@dc50e0d36c38#40-99

         2 │ It was signed.
           │
           │ By [bold]Lavrov[/bold].
             Leaked replies · The Wall Street Journal · ¶ 2 · replies@dc50e0d36c38#40-99

        Confidence: high (0.86)
        """)


def test_an_answer_at_120_columns() -> None:
    assert transcript(answer, width=120) == dedent("""\
        Searched for: who signed the letter?

         1 │ Much of the letter deals with the Charter for European Security, which was signed in Istanbul
           │ in November 1999 at a summit of the OSCE.
             For Ukraine in NATO, or against? · Albanian online news · 2022-02-03 · ¶ 5
               letter@c45e935cb3d5#1877-2012
             https://example.org/letter#:~:text=Much%20of
             also in: Leaked replies · The Wall Street Journal · ¶ 2 · replies@dc50e0d36c38#40-99

         2 │ It was signed.
           │
           │ By [bold]Lavrov[/bold].
             Leaked replies · The Wall Street Journal · ¶ 2 · replies@dc50e0d36c38#40-99

        Confidence: high (0.86)
        """)


def test_an_answer_in_a_pipe_is_not_wrapped() -> None:
    assert transcript(answer) == dedent(f"""\
        Searched for: who signed the letter?

         1 │ {LONG}
             For Ukraine in NATO, or against? · Albanian online news · 2022-02-03 · ¶ 5 · letter@c45e935cb3d5#1877-2012
             https://example.org/letter#:~:text=Much%20of
             also in: Leaked replies · The Wall Street Journal · ¶ 2 · replies@dc50e0d36c38#40-99

         2 │ It was signed.
           │
           │ By [bold]Lavrov[/bold].
             Leaked replies · The Wall Street Journal · ¶ 2 · replies@dc50e0d36c38#40-99

        Confidence: high (0.86)
        """)


STYLES = re.compile(r"\x1b\]8;.*?\x1b\\|\x1b\[[\d;]*m")
LONGEST_LINK = f"https://example.org/letter#:~:text={'Much%20of' * 40}"


def cited_with(address: str, monkeypatch: pytest.MonkeyPatch, **variables: str) -> str:
    """A citation with the address, in a terminal of 80 columns with colour, as these variables name it."""
    for name, value in {"TERM": "xterm", **variables}.items():
        monkeypatch.setenv(name, value)
    return transcript(lambda screen: show_citation(screen, CITED, lambda _: address), width=80, color_system="standard")


@pytest.mark.parametrize(
    "variables",
    [{"TERM_PROGRAM": "iTerm.app"}, {"TERM": "xterm-kitty"}, {"VTE_VERSION": "7600"}, {"FORCE_HYPERLINK": "1"}],
)
def test_a_long_address_is_a_short_link_where_the_terminal_has_links(
    variables: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    printed = cited_with(LONGEST_LINK, monkeypatch, **variables)
    assert f";{LONGEST_LINK}\x1b\\" in printed
    lines = STYLES.sub("", printed).splitlines()
    assert lines[-1] == "     example.org/letter"
    assert all(len(line) <= 80 for line in lines)
    long = STYLES.sub("", cited_with(f"https://example.org/{'long-name/' * 40}", monkeypatch, **variables))
    assert long.splitlines()[-1] == f"     example.org/{('long-name/' * 40)[:62]}…"


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"TERM": "xterm-256color"},
        {"TERM_PROGRAM": "Apple_Terminal"},
        {"TERM": "tmux-256color", "TMUX": "1", "TERM_PROGRAM": "iTerm.app"},
        {"VTE_VERSION": "4800"},
        {"TERM": "xterm-kitty", "FORCE_HYPERLINK": "0"},
    ],
)
def test_elsewhere_an_address_stands_whole_on_a_line_of_its_own(
    variables: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    printed = cited_with(LONGEST_LINK, monkeypatch, **variables)
    assert "\x1b]8" not in printed
    assert STYLES.sub("", printed).splitlines()[-1] == f"     {LONGEST_LINK}"


def test_an_abstention() -> None:
    assert transcript(lambda screen: show_answer(screen, ABSTENTION, link), width=80) == dedent("""\
        The corpus does not answer that.

        Nearest articles:
           · One
           · Two

        Confidence: low (0.06)
        """)


def test_weak_quotes_are_said_to_be_no_answer() -> None:
    weak = replace(ABSTENTION, quotes=(Quote("Bread is dear.", OTHER, 0.1, weak=True),))
    assert transcript(lambda screen: show_answer(screen, weak, link), width=80) == dedent("""\
        The corpus does not answer that.

        The closest sentences, none of which is an answer:

         1 │ Bread is dear.
             weak: Leaked replies · The Wall Street Journal · ¶ 2
               replies@dc50e0d36c38#40-99

        Confidence: low (0.06)
        """)


@pytest.mark.parametrize("width", [None, 80])
def test_what_a_terminal_would_obey_is_written_out(width: int | None) -> None:
    hostile = "a\x1b[31mb\rc\x07d\u202ee\x9bf\u2066g\udc80"
    quoted = Quote(hostile, replace(OTHER, title=hostile, source=hostile, article=hostile), 0.4)
    answer = replace(ANSWER, quotes=(quoted,), searched=hostile)
    text = transcript(lambda screen: show_answer(screen, answer, link), width=width)
    assert text.count(r"a\x1b[31mb\rc\x07d".replace(r"\r", r"\x0d")) >= 1
    assert not set("\x1b\r\x07\u202e\x9b\u2066\udc80") & set(text)


def test_many_other_places_are_counted() -> None:
    quoted = Quote("It was signed.", OTHER, 0.4, tuple(replace(OTHER, article=f"a{n}") for n in range(5)))
    text = transcript(lambda screen: show_answer(screen, replace(ANSWER, quotes=(quoted,)), link))
    assert text.count("also in:") == 3
    assert "     and in 2 more (--json names all)\n" in text


@pytest.mark.parametrize(("value", "words"), [(0.1, "low (0.10)"), (0.4999, "fair (0.50)"), (0.8, "high (0.80)")])
def test_confidence_in_a_word(value: float, words: str) -> None:
    assert confidence(value) == words


def span_of(state: str) -> CitedSpan:
    """A place to show."""
    article = Article("replies", "He came. He signed.\nHe left.", "Leaked replies", "dc50e0d36c38" + "0" * 52)
    cited = replace(OTHER, start=9, end=19)
    return CitedSpan(cited, "He signed.", "He came. ", "\nHe left.", article, state)  # type: ignore[arg-type]


def test_a_place_has_its_quote_marked_by_signs_without_colour() -> None:
    lines = (
        "   │ He came. [[He signed.]]\n"
        "   │ He left.\n"
        "     Leaked replies · The Wall Street Journal · ¶ 2 · replies@dc50e0d36c38#9-19\n"
    )
    for width in (None, 80):
        assert transcript(lambda screen: show_place(screen, span_of("current"), link), width=width) == lines


def test_a_place_has_its_quote_marked_by_colour() -> None:
    coloured = transcript(
        lambda screen: show_place(screen, span_of("current"), link), width=80, color_system="standard"
    )
    assert "\x1b[1;30;43mHe signed.\x1b[0m" in coloured
    assert "[[" not in coloured


@pytest.mark.parametrize(
    ("state", "note"),
    [
        ("changed", "The article has changed since. This is what was cited:"),
        ("withdrawn", "The article is no longer in the corpus. This is what was cited:"),
    ],
)
def test_a_place_that_is_no_more_says_so(state: str, note: str) -> None:
    assert transcript(lambda screen: show_place(screen, span_of(state), link)).startswith(note + "\n\n")


def test_a_word_diff_is_readable_without_colour() -> None:
    pieces = word_diff("Albania has been a NATO member since 2009.", "Albania has belonged to NATO\nsince 2009.")
    assert transcript(lambda screen: show_diff(screen, pieces)) == (
        "   │ Albania has [-been a-] {+belonged to+} NATO [-member-] since 2009.\n"
    )


@pytest.mark.parametrize("id_", ["$(touch ran)", "it's", "a\x1b[31m\nb"])
def test_a_permalink_is_printed_as_a_shell_takes_it(id_: str) -> None:
    cited = replace(OTHER, article=id_)
    assert transcript(lambda screen: show_citation(screen, cited)).endswith(f" · {quoted(cited.ref)}\n")
    assert transcript(lambda screen: show_citation(screen, OTHER)).endswith(f" · {OTHER.ref}\n")


def test_questions_without_an_answer_are_named_below_the_quotes() -> None:
    partly = replace(ANSWER, unanswered=("Who baked the [bold]bread?",))
    printed = transcript(lambda screen: show_answer(screen, partly, link), width=80)
    assert printed.endswith("\nThe corpus does not answer: Who baked the [bold]bread?\nConfidence: high (0.86)\n")


@pytest.mark.parametrize("question", ["Can you tell me who signed the letter? thx", "who signed the letter"])
def test_what_was_searched_for_is_told_only_if_it_has_other_words(question: str) -> None:
    polite = replace(ANSWER, question=question)
    assert "Searched for" not in transcript(lambda screen: show_answer(screen, polite, link))
    assert "Searched for: who signed the letter?" in transcript(answer)


def test_words_in_which_sources_differ_stand_below_the_quotes() -> None:
    difference = Difference((0, 1), (("Much of", "letter"), ()))
    printed = transcript(lambda screen: show_answer(screen, replace(ANSWER, differences=(difference,)), link), width=80)
    assert "\nThese sources differ: quote 1 has “Much of”, “letter”, quote 2 does not\n" in printed


@pytest.mark.parametrize(("items", "line"), [((6, 9, 9), "items 6 to 9 of 9"), ((2, 2, 3), "item 2 of 3")])
def test_a_part_of_a_list_says_which(items: tuple[int, int, int], line: str) -> None:
    part = replace(ANSWER.quotes[0], items=items, context=("To start it:",))
    text = transcript(lambda screen: show_answer(screen, replace(ANSWER, quotes=(part,)), link))
    assert f"     under: To start it:\n     {line}\n" in text
