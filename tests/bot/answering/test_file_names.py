"""Names of files that somebody chose are made safe, and free."""

from __future__ import annotations

import pytest

from bot.answering.file_names import LONGEST_STEM, free_name, is_safe, safe_name


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd.md", "passwd.md"),
        ("..\\..\\boot.txt", "boot.txt"),
        ("CON.md", "article-CON.md"),
        (".hidden.md", "hidden.md"),
        ("\u202egnp.exe.md", "gnp-exe.md"),
        ("Bürgermeister & Rat.PDF", "Bürgermeister-Rat.pdf"),
        ("日本語.html", "日本語.html"),
        ("$(reboot);`id`.md", "reboot-id.md"),
        ("....md", "article.md"),
        ("a\n\ud800b.md", "a-b.md"),
    ],
)
def test_names_are_made_safe(name: str, safe: str) -> None:
    assert safe_name(name) == safe
    assert is_safe(safe)


def test_long_names_are_cut() -> None:
    assert safe_name("a" * 300 + ".md") == "a" * LONGEST_STEM + ".md"
    assert len(safe_name("鷺" * 300 + ".md").encode()) < 200


@pytest.mark.parametrize("name", ["evil.exe", "md", "archive.tar.gz", "page.md.zip", ""])
def test_endings_that_no_reader_knows_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        safe_name(name)


@pytest.mark.parametrize("name", ["../own.md", ".own.md", "a/b.md", "own.exe", "own", "", ".."])
def test_a_name_that_leads_elsewhere_is_not_safe(name: str) -> None:
    assert not is_safe(name)


def test_names_are_free_whatever_their_capitals_and_endings() -> None:
    assert free_name("rules.md", ["notes.md"]) == "rules.md"
    assert free_name("Rules.md", ["rules.txt"]) == "Rules-2.md"
    assert free_name("rules.pdf", ["rules.md", "RULES-2.md"]) == "rules-3.pdf"
