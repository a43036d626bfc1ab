"""Questions in several languages over one corpus, with the default model and settings."""

from __future__ import annotations

import pytest

from retrieval.encoding.selection import EncoderSettings, passage_encoder
from retrieval.engine import Engine
from retrieval.index.build import build
from retrieval.index.manifest import PassageSettings
from tests.conftest import MODEL_CACHE

ARTICLES = {
    "灯台": "港の灯台は一九〇二年に建てられました。灯台守の田中さんは一九七八年に町へ引っ越しました。"
    "現在、灯台は海の博物館として使われています。毎週月曜日は休館日です。",
    "パン屋": "駅前のパン屋は朝六時に開店します。店長の佐藤さんはフランスで十年間修業しました。"
    "一番人気の商品はくるみパンです。",
    "面包店": "车站前的面包店早上六点开门。店主在法国学习了十年。最受欢迎的是核桃面包！面粉来自北方的磨坊。",
    "博物馆": "港口的旧仓库现在是一座海洋博物馆。博物馆每周一闭馆。成人门票五十元，儿童二十元。",
    "mühle": "Die alte Windmühle am Deich wurde 1876 errichtet und mahlt bis heute Roggen aus den Dörfern.\n\n"
    "Besichtigungen der Mühle sind sonntags möglich. Der Müller verkauft im Hofladen Brote und Kuchen.",
    "bridge": "The iron bridge over the river was closed to lorries in 1994 after inspectors found cracks.\n\n"
    "Cyclists and walkers cross it free of charge. The council repaints the railings every five years.",
}
FOUND = {
    "灯台はいつ建てられましたか。": "一九〇二年",
    "灯台は今何に使われていますか": "海の博物館",
    "パン屋は何時に開店しますか。": "朝六時",
    "一番人気のパンは何ですか？": "くるみパン",
    "博物馆什么时候闭馆？": "每周一闭馆",
    "最受欢迎的面包是什么？": "核桃面包",
    "面粉来自哪里？": "磨坊",
    "Wann wurde die Windmühle errichtet?": "1876",
    "Was verkaufen die Müller in ihren Hofläden?": "Brote und Kuchen",
    "When was the iron bridge closed to lorries?": "1994",
}


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    folder = tmp_path_factory.mktemp("languages")
    (folder / "corpus").mkdir()
    for name, text in ARTICLES.items():
        (folder / "corpus" / f"{name}.txt").write_text(text, "utf-8")
    build(
        folder / "corpus",
        folder / "index",
        lambda before: passage_encoder(EncoderSettings(), MODEL_CACHE),
        PassageSettings(),
    )
    return Engine.open(folder / "index", cache=MODEL_CACHE)


def test_the_index_knows_its_languages(engine: Engine) -> None:
    assert engine.generation.languages == ("de", "en", "ja", "zh")
    assert engine.generation.words.has("windmühle", "de")
    assert not engine.generation.words.has("windmühle", "en")


@pytest.mark.parametrize(("question", "words"), FOUND.items())
def test_a_question_finds_its_answer_in_its_language(engine: Engine, question: str, words: str) -> None:
    answer = engine.ask(question)
    assert answer.answered
    quote = answer.quotes[0]
    assert words in quote.text
    article = engine.generation.article(engine.generation.row_of(quote.citation.article) or 0)
    assert article.text[quote.citation.start : quote.citation.end] == quote.text


@pytest.mark.parametrize("question", ["首相の名前は何ですか", "火星までの距離はどのくらいですか", "如何修理汽车？"])
def test_what_has_none_of_the_words_is_no_answer(engine: Engine, question: str) -> None:
    assert not engine.ask(question).answered


@pytest.mark.parametrize(
    ("question", "term"),
    [
        ("Wann wurde die Windmüle errichtet?", "windmuhl"),
        ("Woher kommt der Roggn der Mühle?", "rogg"),
        ("Which inspecters found cracks?", "inspector"),
    ],
)
def test_a_misspelt_word_is_searched_as_one_of_its_language(engine: Engine, question: str, term: str) -> None:
    prepared = engine.prepare(question)
    assert term in prepared.terms
    assert not prepared.doubtful


def test_the_language_of_most_words_gives_the_words(engine: Engine) -> None:
    sources = engine.first_stage.sources
    assert sources.nearest("Wer mahlt den Rogen in den Dörfern?", "rogen", 1) == "Roggen"
    assert sources.nearest("Who repaints the railngs every five years?", "railngs", 1) == "railings"
    assert sources.nearest("Who repaints the rogen every five years?", "rogen", 1) is None


def test_a_sentence_says_how_much_its_words_weighed(engine: Engine) -> None:
    assert engine.first_stage.terms_weight("When was it built?") == engine.settings.sentence_terms
    assert engine.first_stage.terms_weight("塔はいつ") > engine.settings.sentence_terms
