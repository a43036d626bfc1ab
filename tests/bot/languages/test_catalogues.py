"""Every catalogue against what is to be translated, and how texts are put into a language."""

from __future__ import annotations

import asyncio
import re
from string import Formatter

import pytest

from bot.discord.launch import opened
from bot.discord.outgoing.components import DOUBTS
from bot.discord.outgoing.messages import ALSO_IN, AND_IN_MORE, ASKED, CONFIDENCE, LONGEST_HINT, more_hint
from bot.formats.answer_text import LEVELS, SEARCHED
from bot.formats.visible import one_line
from bot.languages.catalogue import ENGLISH, Language, Message, catalogues, leads, parsed
from bot.settings import DiscordSettings, IndexSettings, Settings
from retrieval.answering.confidence import LEVELS as CONFIDENCE_LEVELS
from tests.bot.languages.messages import Messages, in_code, of_commands
from tests.toy import build_toy, open_toy, write_corpus

LANGUAGES = sorted(catalogues())
NUMBERS = range(2000)
COMMAND = re.compile(r"(?<![\w/.])/([\w-]+)(?: ([\w-]+))?")
NAME = re.compile(r"[-_'\w]{1,32}")
MENUS = {"Find a quote", "Verify quote"}
LONGEST_DESCRIPTION, LONGEST_MENU = 100, 32  # characters that Discord takes
CZECH = """
thousands = " "
decimal = ","
plural = "n==1 ? 0 : n>=2 && n<=4 ? 1 : 2"
[names]
[texts]
"Removed." = "Odstraněno."
[plurals]
"{count} question" = ["{count} otázka", "{count} otázky", "{count} otázek"]
"""


@pytest.fixture(params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> Language:
    """Each language that there is a catalogue of."""
    return catalogues()[request.param]


@pytest.fixture(scope="module")
def commands(tmp_path_factory: pytest.TempPathFactory) -> Messages:
    """What the bot's commands have to translate."""
    folder = tmp_path_factory.mktemp("commands")
    build_toy(write_corpus(folder / "articles"), folder / "index")

    async def read() -> Messages:
        settings = Settings(index=IndexSettings(folder / "index"), discord=DiscordSettings(store=folder / "chat.db"))
        async with opened(settings, open_toy) as client:
            return of_commands(client.tree)

    return asyncio.run(read())


def wanted(commands: Messages) -> set[str]:
    """All English texts that are translated one by one."""
    return in_code().texts | commands.descriptions


def pairs(language: Language) -> list[tuple[str, str]]:
    """Every English text with its translation, those that count with each of their forms."""
    counted = [(english, form) for english, forms in language.plurals.items() for form in forms]
    return [*language.texts.items(), *counted]


def fields(text: str) -> set[str | None]:
    """The placeholders of a text."""
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_a_catalogue_has_what_the_bot_says_and_nothing_else(language: Language, commands: Messages) -> None:
    texts = wanted(commands)
    lacks = [*(texts - language.texts.keys()), *(in_code().plurals.keys() - language.plurals.keys())]
    lacks += sorted(commands.names - language.names.keys())
    spare = [*(language.texts.keys() - texts), *(language.plurals.keys() - in_code().plurals.keys())]
    spare += sorted(language.names.keys() - commands.names)
    assert not lacks, f"{language.tag}.toml lacks {lacks}"
    assert not spare, f"{language.tag}.toml has too much: {spare}"


def test_every_placeholder_is_in_the_translation(language: Language) -> None:
    for english, translated in pairs(language):
        assert fields(translated) == fields(english), translated
    for singular, plural in in_code().plurals.items():
        assert fields(singular) == fields(plural)


def test_a_translation_has_the_marks_of_the_english_text(language: Language) -> None:
    for english, translated in pairs(language):
        for mark in ("**", "`", "\n"):
            assert translated.count(mark) == english.count(mark), translated
        for beginning in ("-# ", "- ", " "):
            assert translated.startswith(beginning) == english.startswith(beginning), translated


def test_every_number_has_its_form(language: Language) -> None:
    forms = {language.form(number) for number in NUMBERS}
    assert forms == set(range(max(forms) + 1))
    assert {len(each) for each in language.plurals.values()} == {len(forms)}


def test_names_and_descriptions_are_such_as_discord_takes(language: Language, commands: Messages) -> None:
    for name in language.names.values():
        assert NAME.fullmatch(name), name
        assert name == name.lower()
    assert len(set(language.names.values())) == len(language.names), "two commands or options have one name"
    for english in commands.descriptions:
        longest = LONGEST_MENU if english in MENUS else LONGEST_DESCRIPTION
        assert 1 <= len(language.text(english)) <= longest, language.text(english)


def test_texts_call_commands_as_their_readers_do(language: Language) -> None:
    for english, translated in language.texts.items():
        for name, sub in COMMAND.findall(english):
            assert name in language.names, english
            called = f"/{language.name(name)}" + (f" {language.name(sub)}" if sub in language.names else "")
            assert called in translated, translated
        for menu in MENUS:
            assert menu not in english or language.text(menu) in translated


@pytest.mark.parametrize("message", [ASKED, SEARCHED, CONFIDENCE, ALSO_IN, AND_IN_MORE])
def test_lines_that_are_found_again_begin_with_words(message: Message) -> None:
    """On one line as it is written, with no spaces that `one_line` would change."""
    assert all(len(lead) > 2 and lead == one_line(lead) for lead in leads(message))


def test_what_was_searched_for_begins_as_nothing_else() -> None:
    others = in_code().texts - {SEARCHED}
    texts = [language.texts.get(other, other) for language in (*catalogues().values(), ENGLISH) for other in others]
    assert not [text for text in texts if text.startswith(leads(SEARCHED))]


def test_every_level_of_confidence_is_translated() -> None:
    assert LEVELS.keys() == CONFIDENCE_LEVELS.keys() == {*DOUBTS, "high"}


@pytest.mark.parametrize("has_more", [True, False])
def test_the_hint_to_more_quotes_has_its_room(language: Language, has_more: bool) -> None:
    assert all(len(more_hint(left, language, has_more=has_more)) <= LONGEST_HINT - 8 for left in (1, 99))


@pytest.mark.parametrize(
    ("locale", "tag"), [("de", "de"), ("es-ES", "es"), ("es-419", "es"), ("pt-BR", "en"), ("en-GB", "en"), ("", "en")]
)
def test_a_locale_has_the_catalogue_of_its_language_or_english(locale: str, tag: str) -> None:
    assert Language.of(locale).tag == tag


def test_what_a_catalogue_lacks_is_said_in_english() -> None:
    czech = parsed("cs", CZECH)
    assert czech.text("Removed.") == "Odstraněno."
    assert czech.text("Shared.") == "Shared."
    assert czech.plural("{count} vote", "{count} votes", 2) == "2 votes"


@pytest.mark.parametrize(
    ("count", "phrase"), [(1, "1 otázka"), (3, "3 otázky"), (0, "0 otázek"), (1200, "1 200 otázek")]
)
def test_a_number_chooses_among_all_forms_of_a_language(count: int, phrase: str) -> None:
    assert parsed("cs", CZECH).plural("{count} question", "{count} questions", count) == phrase


@pytest.mark.parametrize(
    ("tag", "phrases"),
    [
        ("en", ["0 questions", "1 question", "1,200 questions"]),
        ("de", ["0 Fragen", "1 Frage", "1.200 Fragen"]),
        ("fr", ["0 question", "1 question", "1\u202f200 questions"]),
        ("es", ["0 preguntas", "1 pregunta", "1.200 preguntas"]),
    ],
)
def test_plurals(tag: str, phrases: list[str]) -> None:
    plural = Language.of(tag).plural
    assert [plural("{count} question", "{count} questions", count) for count in (0, 1, 1200)] == phrases


def test_what_is_put_into_a_text_stays_as_it_is() -> None:
    assert Language.of("de").text("Asked: {question}", question="{count} %s {") == "Gefragt: {count} %s {"


def test_a_number_alone_is_never_followed_by_a_plural() -> None:
    """Texts that count things take the form that fits: 1 article, not 1 articles."""
    counted = re.compile(r"\{(?:count|\w+s)\} (?:\w+ )?\w+s\b")
    always_several = {
        "{count} articles of mine could be meant by that source. Please pick one from the list.",
        "- Last {days} days: {figures}",
        "in {count} or more places",
    }
    assert {text for text in in_code().texts if counted.search(text)} <= always_several
