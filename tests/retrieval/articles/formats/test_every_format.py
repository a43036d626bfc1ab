"""A corpus of one file of each format, indexed and asked with the real model: a section, a table and a list of each."""

from __future__ import annotations

import json
import mailbox
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

import pytest

from retrieval.articles.formats import documents
from retrieval.articles.formats.table import FORMATS
from retrieval.citations.permalink import resolve
from retrieval.citations.verifier import verify
from retrieval.encoding.selection import EncoderSettings, passage_encoder
from retrieval.engine import Engine
from retrieval.index.build import build
from retrieval.index.manifest import PassageSettings
from tests.conftest import MODEL_CACHE
from tests.retrieval.articles.formats import packed


@dataclass(frozen=True)
class Topic:
    """What one file tells of, in a section, a row of a table and an item of a list: each a question with its answer."""

    section: tuple[str, str]
    row: tuple[str, str]
    item: tuple[str, str]

    @property
    def cells(self) -> list[str]:
        """The cells of the row."""
        return self.row[1].split(" | ")

    def html(self) -> str:
        """All three as HTML."""
        row = "".join(f"<td>{cell}</td>" for cell in self.cells)
        return (
            f"<h2>History</h2><p>{self.section[1]}</p><h2>Fees</h2><table><tr><th>For</th><th>Fee</th></tr>"
            f"<tr>{row}</tr></table><h2>Rules</h2><ul><li>{self.item[1]}</li></ul>"
        )

    def markdown(self) -> str:
        """All three as Markdown."""
        table = f"| For | Fee |\n|---|---|\n| {self.row[1]} |"
        return f"## History\n\n{self.section[1]}\n\n## Fees\n\n{table}\n\n## Rules\n\n- {self.item[1]}\n"


TOPICS = {
    ".adoc": Topic(
        ("Who built the lighthouse?", "The lighthouse was built by the engineer Ilse Brandt in 1871."),
        ("What is the fee for a lighthouse tour?", "lighthouse tour | 9 crowns"),
        ("What must visitors of the lighthouse wear?", "Visitors of the lighthouse must wear a helmet."),
    ),
    ".asciidoc": Topic(
        ("When did the windmill burn down?", "The windmill burned down in the summer of 1903."),
        ("What is the fee for grinding a sack of wheat?", "grinding a sack of wheat | 3 crowns"),
        ("Where do millers keep the flour?", "Millers keep the flour in the stone barn."),
    ),
    ".atom": Topic(
        ("Who conducts the choir?", "The choir is conducted by the organist Marta Holm."),
        ("What is the fee for a choir ticket?", "choir ticket | 17 crowns"),
        ("When do singers rehearse?", "Singers rehearse on Thursday evening."),
    ),
    ".csv": Topic(
        ("What do the beavers build?", "The beavers build their dams of willow branches."),
        ("What is the fee for a beaver permit?", "beaver permit | 41 crowns"),
        ("How are beaver traps marked?", "Beaver traps are marked with red paint."),
    ),
    ".docx": Topic(
        ("Why was the bridge closed?", "The bridge was closed because divers found a crack in its pier."),
        ("What is the fee for a lorry on the bridge?", "lorry on the bridge | 23 crowns"),
        ("How fast may cyclists ride across the bridge?", "Cyclists may ride across the bridge at walking speed."),
    ),
    ".eml": Topic(
        ("Where was the meteorite found?", "The meteorite was found in a potato field near Oslo."),
        ("What is the fee for the planetarium?", "planetarium | 12 crowns"),
        ("What are telescopes cleaned with?", "Telescopes are cleaned with distilled water."),
    ),
    ".epub": Topic(
        ("Who stole the violin?", "The violin was stolen by a retired jeweller from Naples."),
        ("What is the fee for a violin lesson?", "violin lesson | 35 crowns"),
        ("How are bows stored?", "Bows are stored loosened in a dry case."),
    ),
    ".ipynb": Topic(
        ("Which sensor failed in the storm?", "The pressure sensor failed in the storm of January."),
        ("What is the fee for a calibration?", "calibration | 78 crowns"),
        ("How often are batteries replaced?", "Batteries are replaced every four months."),
    ),
    ".json": Topic(
        ("How do I reset the router?", "You reset the router by holding the blue button for ten seconds."),
        ("What is the fee for a spare antenna?", "spare antenna | 19 crowns"),
        ("Who may change the password?", "Only moderators may change the password."),
    ),
    ".mbox": Topic(
        ("Why was the picnic moved?", "The picnic was moved because of the wasps in the orchard."),
        ("What is the fee for a picnic basket?", "picnic basket | 28 crowns"),
        ("What should children bring?", "Children should bring rubber boots and a towel."),
    ),
    ".odt": Topic(
        ("When does the library open on Saturdays?", "The library opens at eleven on Saturdays."),
        ("What is the fee for a lost library card?", "lost library card | 5 crowns"),
        ("How long may readers borrow maps?", "Readers may borrow maps for two weeks."),
    ),
    ".org": Topic(
        ("What do the bees prefer?", "The bees prefer lavender and white clover."),
        ("What is the fee for a jar of honey?", "jar of honey | 14 crowns"),
        ("When are the hives fed with syrup?", "The hives are fed with syrup in October."),
    ),
    ".rss": Topic(
        ("Who won the sailing regatta?", "The sailing regatta was won by the schooner Heron."),
        ("What is the fee for entering the regatta?", "entering the regatta | 66 crowns"),
        ("Which flag do referees raise?", "Referees raise a yellow flag."),
    ),
    ".rst": Topic(
        ("How does the parser treat tabs?", "The parser treats tabs as eight spaces."),
        ("What is the fee for a parser licence?", "parser licence | 95 crowns"),
        ("Where are log files written?", "Log files are written to the spool folder."),
    ),
    ".rtf": Topic(
        ("Who inherits the vineyard?", "The vineyard is inherited by the niece of Otto Falk."),
        ("What is the fee for the notary?", "notary | 240 crowns"),
        ("How many witnesses sign the will?", "Three witnesses sign the will."),
    ),
    ".srt": Topic(
        ("What do penguins eat?", "Penguins eat krill and small squid."),
        ("What is paid for feeding the penguins?", "feeding the penguins | 8 crowns"),
        ("When do penguin keepers weigh the chicks?", "Penguin keepers weigh the chicks on Monday."),
    ),
    ".tsv": Topic(
        ("What sank the ferry?", "The ferry was sunk by a gale from the north."),
        ("What is the fee for a ferry cabin?", "ferry cabin | 52 crowns"),
        ("Where are lifejackets stowed?", "Lifejackets are stowed below the benches."),
    ),
    ".vtt": Topic(
        ("How is the cheese ripened?", "The cheese is ripened in a limestone cave."),
        ("What is paid for a wheel of cheese?", "wheel of cheese | 31 crowns"),
        ("What do dairy workers scrub the shelves with?", "Dairy workers scrub the shelves with salt water."),
    ),
    ".xml": Topic(
        ("Who founded the university?", "The university was founded by the bishop Anselm in 1388."),
        ("What is the fee for a student visa?", "student visa | 110 crowns"),
        ("Which gowns do doctors wear?", "Doctors wear crimson gowns."),
    ),
}
ENDINGS = sorted(FORMATS)


def test_every_format_has_a_topic() -> None:
    assert sorted(TOPICS) == ENDINGS


def cue(number: int, text: str, mark: str) -> str:
    return f"00:0{number}:00{mark}000 --> 00:0{number}:04{mark}000\n{text}\n\n"


def letter(topic: Topic) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["Subject"] = "Ilse Brandt <ilse@velmora.example>", "What was said"
    message.set_content(topic.html(), subtype="html")
    return message


def message_of(id_: str, content: str) -> dict[str, object]:
    author = {"id": "7", "name": "ada", "nickname": "Ada", "isBot": False}
    return {
        "id": id_,
        "type": "Default",
        "timestamp": "2024-03-01T09:30:15+00:00",
        "author": author,
        "content": content,
    }


def written(ending: str, topic: Topic, folder: Path) -> bytes:
    """A file of a format, in which a topic is told of; subtitles have no lists or tables, and tables no sections."""
    facts = (topic.section[1], topic.row[1].replace(" | ", " pays "), topic.item[1])
    spoken = [f"{fact.rstrip('.')}." for fact in facts]
    table = {".csv": ",", ".tsv": "\t"}.get(ending)
    rst_row = "\n".join(f"     - {cell}" for cell in topic.cells).replace("     -", "   * -", 1)
    page = "\n".join(f"{mark} {fact}" for mark, fact in (("==History==\n", facts[0]), ("==Rules==\n*", facts[2])))
    texts = {
        ".srt": "".join(f"{n}\n{cue(n, fact, ',')}" for n, fact in enumerate(spoken, 1)),
        ".vtt": "WEBVTT\n\n" + "".join(cue(n, f"<v Ada>{fact}", ".") for n, fact in enumerate(spoken, 1)),
        ".ipynb": json.dumps({"cells": [{"cell_type": "markdown", "source": topic.markdown()}]}),
        ".json": json.dumps({
            "guild": {"id": "1", "name": "Harbours"}, "channel": {"id": "2", "type": "GuildTextChat", "name": "chat"},
            "messages": [message_of("3", facts[0]), message_of("4", f"{facts[1]}."), message_of("5", f"- {facts[2]}")],
        }),
        ".rss": "<rss version='2.0'><channel><title>C</title><item><title>Harbour</title><description><![CDATA["
                f"{topic.html()}]]></description></item></channel></rss>",
        ".atom": "<feed xmlns='http://www.w3.org/2005/Atom'><title>F</title><entry><title>Harbour</title>"
                 f"<content type='html'><![CDATA[{topic.html()}]]></content></entry></feed>",
        ".xml": f"<mediawiki><page><title>The hall</title><ns>0</ns><revision><text>"
                f"{page}\n{{|\n! For !! Fee\n|-\n| {topic.row[1].replace('|', '||')}\n|}}</text></revision>"
                "</page></mediawiki>",
        ".rst": f"History\n=======\n\n{facts[0]}\n\nFees\n====\n\n.. list-table::\n   :header-rows: 1\n"
                f"   * - For\n     - Fee\n{rst_row}\n\nRules\n=====\n\n- {facts[2]}\n",
        ".org": f"* History\n{facts[0]}\n* Fees\n| For | Fee |\n|---+---|\n| {topic.row[1]} |\n* Rules\n- {facts[2]}\n",
        ".adoc": f"= H\n\n== History\n\n{facts[0]}\n\n[options=header]\n|===\n|For |Fee\n\n"
                 f"|{topic.row[1].replace('| ', '|')}\n|===\n\n== Rules\n\n* {facts[2]}\n",
        ".rtf": r"{\rtf1\ansi\pard\plain " + facts[0] + r"\par\trowd\cellx3000\cellx6000\pard\plain\intbl "
                + r"For\cell Fee\cell\row\trowd\cellx3000\cellx6000\pard\plain\intbl "
                + r"\cell ".join(topic.cells) + r"\cell\row\pard\plain\u8226 ?  " + facts[2] + r"\par}",
    }  # fmt: skip
    texts[".asciidoc"] = texts[".adoc"]
    if table:
        rows = [["For", "Fee"], topic.cells, ["history", facts[0]], ["rule", facts[2]]]
        return "\n".join(table.join(row) for row in rows).encode()
    if ending in texts:
        return texts[ending].encode()
    if ending == ".mbox":
        box = mailbox.mbox(folder / "box")
        box.add(letter(topic))
        box.flush()
        return (folder / "box").read_bytes()
    cells = "".join(f"<table:table-cell><text:p>{cell}</text:p></table:table-cell>" for cell in topic.cells)
    return {
        ".eml": lambda: letter(topic).as_bytes(),
        ".epub": lambda: packed.epub({"one": topic.html()}),
        ".docx": lambda: packed.docx(packed.word(facts[0], topic.cells, facts[2])),
        ".odt": lambda: packed.odt(
            f"<text:p>{facts[0]}</text:p><table:table><table:table-row>{cells}</table:table-row></table:table>"
            f"<text:list><text:list-item><text:p>{facts[2]}</text:p></text:list-item></text:list>"
        ),
    }[ending]()


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("formats")
    corpus = folder / "corpus"
    corpus.mkdir()
    for ending in ENDINGS:
        if ending not in documents.READERS or documents.find_pandoc() is not None:
            (corpus / f"notes{ending}").write_bytes(written(ending, TOPICS[ending], folder))
    report = build(
        corpus, folder / "index", lambda before: passage_encoder(EncoderSettings(), MODEL_CACHE), PassageSettings()
    )
    assert [warn for warn in report.warnings if warn.skipped] == []
    return folder / "index"


@pytest.fixture(scope="module")
def engine(index: Path) -> Engine:
    return Engine.open(index, cache=MODEL_CACHE)


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_section_a_row_and_an_item_of_each_are_answered(ending: str, index: Path, engine: Engine) -> None:
    if ending in documents.READERS and documents.find_pandoc() is None:
        pytest.skip("the extra documents is not installed: pandoc was not tried")
    topic = TOPICS[ending]
    for question, expected in (topic.section, topic.row, topic.item):
        answer = engine.ask(question)
        assert answer.answered, question
        first = answer.quotes[0]
        assert first.citation.path == f"notes{ending}"
        assert expected.split(" | ")[-1].rstrip(".") in first.text
        assert resolve(index, first.citation.ref).text == first.text
        assert verify(engine, first.text).verdict == "verbatim"
        assert first.citation.converter is not None
        assert first.citation.converter.split(" ")[1][0].isdigit()
        assert (first.citation.locator is not None) == (ending in {".srt", ".vtt"})


def test_subtitles_are_cited_by_their_time_and_messages_by_their_link(engine: Engine) -> None:
    quote = engine.ask(TOPICS[".vtt"].item[0]).quotes[0]
    assert quote.citation.locator == "00:03:00"
    assert quote.citation.section == ("Ada",)
    quote = engine.ask(TOPICS[".json"].item[0]).quotes[0]
    assert quote.citation.url == "https://discord.com/channels/1/2/5"
    assert quote.citation.section == ("Ada, 2024-03-01 09:30",)
