"""`quoth show` and `quoth verify` over a real index."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from unittest.mock import patch

import pytest

from retrieval.citations import freshness
from retrieval.files import file_digest
from tests.bot.conftest import Cli

LIGHTHOUSE = "The lighthouse of Porto Vell was built in 1874 by the engineer Marta Oliveira."


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
    cli("show", ref, "--html", "~/quote.html")
    assert (Path.home() / "quote.html").read_text("utf-8") == page


def test_the_file_of_a_quote_is_read_once(cli: Cli, ref: str) -> None:
    with patch.object(freshness, "file_digest", side_effect=file_digest) as digest:
        cli("show", ref)
    digest.assert_called_once()


def test_a_page_is_opened(cli: Cli, ref: str, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []

    def refuse(address: str) -> bool:
        opened.append(address)
        return False

    monkeypatch.setattr("webbrowser.open", refuse)
    ran = cli("show", ref, "--open")
    assert ran.status == 0
    assert ran.err.endswith(", but no browser could be opened\n")
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
    assert (absent.status, absent.out) == (1, "Not in the corpus, and nothing in it comes close.\n")
    match = json.loads(cli("verify", *LIGHTHOUSE.split(), "--json").out)
    assert list(match) == ["text", "verdict", "citations", "nearest"]
    assert (match["verdict"], match["nearest"]) == ("verbatim", None)


def test_the_same_but_for_typography(cli: Cli) -> None:
    wrapped = cli("verify", "-", stdin=LIGHTHOUSE.replace(" in 1874", "\n\tin 1874"))
    assert wrapped.status == 1
    assert wrapped.out.startswith(f"The same but for typography. The corpus has:\n\n   │ {LIGHTHOUSE}\n     The [bold]")
    match = json.loads(cli("verify", "-", "--json", stdin=LIGHTHOUSE.replace(" in", "\n in")).out)
    assert (match["verdict"], match["nearest"]) == ("typography", LIGHTHOUSE)


def test_what_was_copied_from_discord(cli: Cli) -> None:
    copied = "> " + LIGHTHOUSE.replace("Porto Vell", "**Porto Vell**").replace(".", "\\.")
    assert cli("verify", "-", stdin=copied).out.splitlines()[0] == "Verbatim:"


def test_an_article_that_has_changed_since_is_named(
    corpus: Path, index: Path, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(corpus, tmp_path / "articles")
    monkeypatch.setenv("QUOTH_INDEX_PATH", str(tmp_path / "new"))
    assert cli("index", tmp_path / "articles", "--quiet").status == 0
    harbour = (tmp_path / "articles" / "harbour.md").read_text("utf-8")
    changed = harbour.replace("It stands forty metres above the sea.", "It stands forty-two metres above the sea.")
    near = cli("verify", "It stands forty-two metres above the sea.")
    assert (near.status, near.err) == (1, "")
    (tmp_path / "articles" / "harbour.md").write_text(changed, "utf-8")
    for arguments in (("It stands forty-two metres above the sea.",), ("Zebras compose.", "--source", "harbour")):
        ran = cli("verify", *arguments)
        again = f"index again with `quoth index {tmp_path}/articles --index {tmp_path}/new`"
        assert ran.status == 1
        assert ran.err == f"harbour.md has changed since it was indexed: {again}.\n"


def test_a_claimed_source(cli: Cli, ref: str) -> None:
    for source in (ref, ref.partition("@")[0], "The [bold]harbour[/bold] of Porto Vell"):
        match = json.loads(cli("verify", LIGHTHOUSE, "--source", source, "--json").out)
        assert (match["source"], match["elsewhere"]) == ([ref.partition("@")[0]], False)
    unknown = cli("verify", LIGHTHOUSE, "--source", "zebra")
    assert (unknown.status, unknown.out) == (2, "")
    assert (
        "The source 'zebra' is no article of this corpus: name its title, its id, its path or a permalink."
        in unknown.err
    )


def test_a_claimed_source_is_named_by_the_path_of_its_file(
    cli: Cli, corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(corpus)
    for source in ("harbour.md", "./harbour.md", str(corpus / "harbour.md"), f"../{corpus.name}/harbour.md"):
        ran = cli("verify", LIGHTHOUSE, "--source", source, "--json")
        assert json.loads(ran.out)["elsewhere"] is False
    elsewhere = cli("verify", LIGHTHOUSE, "--source", "/etc/hostname")
    assert "The source '/etc/hostname' is no article of this corpus" in elsewhere.err


@pytest.mark.parametrize("id_", ["-x", "--index=zz", " a", "\u00a0a", "-h"])
def test_any_permalink_can_be_shown(id_: str, cli: Cli, tmp_path: Path) -> None:
    corpus, index = tmp_path / "odd", tmp_path / "odd.index"
    corpus.mkdir()
    line = {"_id": id_, "title": "t", "text": "The brown crow sat on the old barn roof all day."}
    (corpus / "a.jsonl").write_text(json.dumps(line) + "\n", "utf-8")
    assert cli("index", str(corpus), "--index", str(index)).status == 0
    ref = json.loads(cli("verify", line["text"], "--json", "--index", str(index)).out)["citations"][0]["ref"]
    ran = cli("show", "--index", str(index), ref)
    assert (ran.status, "brown crow" in ran.out) == (0, True), ran.err
