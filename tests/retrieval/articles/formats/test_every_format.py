"""A corpus of one file of each format, indexed and asked with the real model: a section, a table and a list of each."""

from __future__ import annotations

import json
import mailbox
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

import pytest

from bot.formats.json_output import citation_object
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
class Town:
    """What one file tells of: each has a town of its own, so that only one file answers."""

    name: str
    lamp: str
    fee: int
    card: str

    @property
    def section(self) -> tuple[str, str]:
        """A question on a section, and what its answer holds."""
        question = f"What colour is the lamp on the pier of {self.name}?"
        return question, f"The lamp on the pier of {self.name} is {self.lamp} at night."

    @property
    def row(self) -> tuple[str, str]:
        """A question on a row."""
        return f"What is the fee for a boat of 8 m in {self.name}?", f"boat of 8 m in {self.name} | {self.fee} crowns"

    @property
    def item(self) -> tuple[str, str]:
        """A question on an item of a list."""
        question = f"What do skippers have to bring to the office of {self.name}?"
        return question, f"Skippers bring their {self.card} to the office of {self.name}."

    def html(self) -> str:
        """All three as HTML."""
        header, row = ("<tr><th>Boat</th><th>Fee</th></tr>", "".join(f"<td>{cell}</td>" for cell in self.cells))
        return (
            f"<h2>Lamps</h2><p>{self.section[1]}</p><h2>Fees</h2><table>{header}<tr>{row}</tr></table>"
            f"<h2>Papers</h2><ul><li>{self.item[1]}</li></ul>"
        )

    def markdown(self) -> str:
        """All three as Markdown."""
        table = f"| Boat | Fee |\n|---|---|\n| {self.row[1]} |"
        return f"## Lamps\n\n{self.section[1]}\n\n## Fees\n\n{table}\n\n## Papers\n\n- {self.item[1]}\n"

    @property
    def cells(self) -> list[str]:
        """The cells of the row."""
        return self.row[1].split(" | ")


NAMES = ["Aldmoor", "Brinsea", "Corvel", "Dunwick", "Esmouth", "Farlow", "Gratham", "Holmsey", "Istrand", "Jarnsund", "Kelmar", "Lorvik", "Morhaven", "Norvale", "Oxsund", "Perrin", "Quayle", "Rossby", "Stromness", "Tarnow", "Ulvik", "Velmora"]
LAMPS = ("green", "red", "white", "blue", "yellow", "orange", "violet")
CARDS = ("insurance papers", "mooring card", "sailing licence", "passport", "logbook", "crew list")
ENDINGS = sorted(FORMATS)
TOWNS = {
    ending: Town(NAMES[row], LAMPS[row % 7], 11 + row, CARDS[row % 6]) for row, ending in enumerate(ENDINGS)
}  # fmt: skip


def cue(number: int, text: str, mark: str) -> str:
    return f"00:0{number}:00{mark}000 --> 00:0{number}:04{mark}000\n{text}\n\n"


def letter(town: Town) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["Subject"] = "Ilse Brandt <ilse@velmora.example>", f"The harbour of {town.name}"
    message.set_content(town.html(), subtype="html")
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


def written(ending: str, town: Town, folder: Path) -> bytes:
    """A file of a format, in which a town is told of; subtitles have no lists or tables, and tables no sections."""
    facts = (town.section[1], town.row[1].replace(" | ", " pays "), town.item[1])
    table = {".csv": ",", ".tsv": "\t"}.get(ending)
    rst_row = "\n".join(f"     - {cell}" for cell in town.cells).replace("     -", "   * -", 1)
    page = "\n".join(f"{mark} {fact}" for mark, fact in (("==Lamps==\n", facts[0]), ("==Papers==\n*", facts[2])))
    texts = {
        ".srt": "".join(f"{n}\n{cue(n, f'{fact.rstrip(".")}.', ',')}" for n, fact in enumerate(facts, 1)),
        ".vtt": "WEBVTT\n\n" + "".join(cue(n, f"<v Ada>{fact.rstrip('.')}.", ".") for n, fact in enumerate(facts, 1)),
        ".ipynb": json.dumps({"cells": [{"cell_type": "markdown", "source": town.markdown()}]}),
        ".json": json.dumps({
            "guild": {"id": "1", "name": "Harbours"}, "channel": {"id": "2", "type": "GuildTextChat", "name": "chat"},
            "messages": [message_of("3", facts[0]), message_of("4", f"{facts[1]}."), message_of("5", f"- {facts[2]}")],
        }),
        ".rss": "<rss version='2.0'><channel><title>C</title><item><title>Harbour</title><description><![CDATA["
                f"{town.html()}]]></description></item></channel></rss>",
        ".atom": "<feed xmlns='http://www.w3.org/2005/Atom'><title>F</title><entry><title>Harbour</title>"
                 f"<content type='html'><![CDATA[{town.html()}]]></content></entry></feed>",
        ".xml": f"<mediawiki><page><title>{town.name}</title><ns>0</ns><revision><text>{page}\n"
                f"{{|\n! Boat !! Fee\n|-\n| {town.row[1].replace('|', '||')}\n|}}</text></revision></page></mediawiki>",
        ".rst": f"Lamps\n=====\n\n{facts[0]}\n\nFees\n====\n\n.. list-table::\n   :header-rows: 1\n\n   * - Boat\n     - Fee\n"
                f"{rst_row}\n\nPapers\n======\n\n- {facts[2]}\n",
        ".org": f"* Lamps\n{facts[0]}\n* Fees\n| Boat | Fee |\n|---+---|\n| {town.row[1]} |\n* Papers\n- {facts[2]}\n",
        ".adoc": f"= H\n\n== Lamps\n\n{facts[0]}\n\n[options=header]\n|===\n|Boat |Fee\n\n|{town.row[1].replace('| ', '|')}\n"
                 f"|===\n\n== Papers\n\n* {facts[2]}\n",
        ".rtf": r"{\rtf1\ansi\pard\plain " + facts[0] + r"\par\trowd\cellx3000\cellx6000\pard\plain\intbl "
                + r"\cell ".join(town.cells) + r"\cell\row\pard\plain\u8226 ?  " + facts[2] + r"\par}",
    }  # fmt: skip
    texts[".asciidoc"] = texts[".adoc"]
    if table:
        rows = [["Boat", "Fee"], town.cells, ["lamp", facts[0]], ["papers", facts[2]]]
        return "\n".join(table.join(row) for row in rows).encode()
    if ending in texts:
        return texts[ending].encode()
    if ending == ".mbox":
        box = mailbox.mbox(folder / "box")
        box.add(letter(town))
        box.flush()
        return (folder / "box").read_bytes()
    cells = "".join(f"<table:table-cell><text:p>{cell}</text:p></table:table-cell>" for cell in town.cells)
    return {
        ".eml": lambda: letter(town).as_bytes(),
        ".epub": lambda: packed.epub({"one": town.html()}),
        ".docx": lambda: packed.docx(packed.word(facts[0], town.cells, facts[2])),
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
            (corpus / f"harbour{ending}").write_bytes(written(ending, TOWNS[ending], folder))
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
    town = TOWNS[ending]
    for question, expected in (town.section, town.row, town.item):
        answer = engine.ask(question)
        assert answer.answered, question
        first = answer.quotes[0]
        assert first.citation.path == f"harbour{ending}"
        assert expected.split(" | ")[-1].rstrip(".") in first.text
        assert resolve(index, first.citation.ref).text == first.text
        assert verify(engine, first.text).verdict == "verbatim"
        record = citation_object(first.citation)
        assert record["converter"].split(" ")[1][0].isdigit()
        assert ("locator" in record) == (ending in {".srt", ".vtt"})


def test_subtitles_are_cited_by_their_time_and_messages_by_their_link(engine: Engine) -> None:
    quote = engine.ask(TOWNS[".vtt"].item[0]).quotes[0]
    assert quote.citation.locator == "00:03:00"
    assert quote.citation.section == ("Ada",)
    quote = engine.ask(TOWNS[".json"].item[0]).quotes[0]
    assert quote.citation.url == "https://discord.com/channels/1/2/5"
    assert quote.citation.section == ("Ada, 2024-03-01 09:30",)
