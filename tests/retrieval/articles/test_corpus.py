"""A folder or a file -> which files are indexed, which are skipped and why."""

from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path

import pytest

from retrieval.articles.corpus import SourceFile, read, scan
from retrieval.errors import CorpusNotFound, CorpusUnreadable
from retrieval.records import Warn


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        file = folder / name.replace("__", "/").replace("_", ".")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


def paths(corpus: Path) -> tuple[list[str], dict[str, str]]:
    sources, warns = scan(corpus)
    assert all(warn.skipped for warn in warns)
    return [source.path for source in sources], {warn.path: warn.reason for warn in warns}


def test_a_folder_is_listed_in_order_with_digests(tmp_path: Path) -> None:
    write(tmp_path, b_txt="b", a_md="a", sub__deep__c_HTML="c", d_jsonl="{}", e_pdf="e", f_htm="f", g_Markdown="g")
    sources, warns = scan(tmp_path)
    assert [source.path for source in sources] == sorted(
        ["a.md", "b.txt", "d.jsonl", "e.pdf", "f.htm", "g.Markdown", "sub/deep/c.HTML"]
    )
    assert sources[0] == SourceFile("a.md", tmp_path / "a.md", hashlib.sha256(b"a").hexdigest(), 1)
    assert warns == []


def test_every_other_file_is_named(tmp_path: Path) -> None:
    write(tmp_path, a_png="x", Makefile="x", b_PPT="x", c_xls="x", _hidden_txt="x", _git__d_txt="x")
    assert paths(tmp_path) == (
        [],
        {
            "Makefile": "is of a format that is not read (no ending)",
            "a.png": "is of a format that is not read (.png)",
            "b.PPT": "is of a format that is not read (.ppt)",
            "c.xls": "is of a format that is not read (.xls)",
        },
    )


def test_a_single_file_is_a_corpus(tmp_path: Path) -> None:
    write(tmp_path, a_txt="It came.", b_xyz="It came.")
    sources, warns = scan(tmp_path / "a.txt")
    assert ([source.path for source in sources], warns) == (["a.txt"], [])
    assert read(sources[0])[0][0].id == "a"
    assert paths(tmp_path / "b.xyz") == ([], {"b.xyz": "is of a format that is not read (.xyz)"})


def test_a_corpus_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CorpusNotFound, match="There is no corpus at"):
        scan(tmp_path / "none")


def test_a_corpus_that_cannot_be_listed_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(path: object) -> list[str]:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "listdir", forbidden)
    with pytest.raises(CorpusUnreadable, match="Permission denied"):
        scan(tmp_path)


def test_a_circle_of_links_is_no_corpus(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    with pytest.raises((CorpusUnreadable, CorpusNotFound)):
        scan(tmp_path / "a")


def test_files_that_hold_nothing_or_too_much_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, empty_txt="", big_txt="x" * 2**20, good_txt="It came.", big_jsonl="x" * 2**20)
    (tmp_path / "big.txt").write_bytes(b"x" * (2**20 + 1))
    monkeypatch.setattr("retrieval.articles.corpus.LARGEST", 2**20)
    assert paths(tmp_path) == (
        ["big.jsonl", "good.txt"],
        {"empty.txt": "is empty", "big.txt": "is larger than 1 MiB"},
    )


def test_a_pipe_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    assert paths(tmp_path) == ([], {"pipe.txt": "is not a regular file"})


def test_a_file_that_may_not_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, a_txt="It came.", b_txt="It went.")
    opened = Path.open

    def forbidden(self: Path, mode: str = "r") -> object:
        if self.name == "a.txt":
            raise PermissionError(13, "Permission denied")
        return opened(self, mode)

    sources, _ = scan(tmp_path)
    monkeypatch.setattr(Path, "open", forbidden)
    assert paths(tmp_path) == (["b.txt"], {"a.txt": "cannot be read (Permission denied)"})
    assert read(sources[0]) == ([], [Warn("a.txt", "cannot be read (Permission denied)", retry=True)])


def test_a_folder_that_may_not_be_listed_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, a_txt="It came.", sub__b_txt="It went.")
    listed = os.scandir

    def forbidden(path: Path) -> object:
        if Path(path).name == "sub":
            raise PermissionError(13, "Permission denied")
        return listed(path)

    monkeypatch.setattr(os, "scandir", forbidden)
    assert paths(tmp_path) == (["a.txt"], {"sub": "cannot be read (Permission denied)"})


def test_links_are_followed_once_and_never_out(tmp_path: Path) -> None:
    corpus, outside = tmp_path / "corpus", tmp_path / "outside"
    write(outside, secret_txt="It came.")
    write(corpus, sub__a_txt="It came.", _store__b_txt="It went.", _store__deep__c_txt="It stayed.")
    for link, target in {
        "out.txt": outside / "secret.txt",
        "outdir": outside,
        "up": tmp_path,
        "self": corpus,
        "sub/loop": corpus / "sub",
        "double.txt": corpus / "sub" / "a.txt",
        "doubledir": corpus / "sub",
        "b1.txt": corpus / ".store" / "b.txt",
        "b2.txt": corpus / ".store" / "b.txt",
        "hidden": corpus / ".store" / "deep",
        "nowhere.txt": corpus / "none.txt",
        "circle.txt": corpus / "circle.txt",
    }.items():
        (corpus / link).symlink_to(target)
    outward, nowhere = "leads outside the corpus folder", "is a link that leads nowhere"
    assert paths(corpus) == (
        ["b1.txt", "hidden/c.txt", "sub/a.txt"],
        {"out.txt": outward, "outdir": outward, "up": outward, "nowhere.txt": nowhere, "circle.txt": nowhere},
    )
    (tmp_path / "alias").symlink_to(corpus)
    assert paths(tmp_path / "alias")[0] == ["b1.txt", "hidden/c.txt", "sub/a.txt"]


def write_raw(folder: Path, *names: bytes) -> None:
    for name in names:
        file = folder / os.fsdecode(name)
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(b"It came as " + name.hex().encode())
        except OSError:
            pytest.skip("this file system takes only names in UTF-8")


def test_a_name_that_is_not_utf8_is_escaped_and_named(tmp_path: Path) -> None:
    write_raw(tmp_path, b"caf\xe9.txt")
    (source,), warns = scan(tmp_path)
    articles, _ = read(source)
    assert (source.path, articles[0].id) == (r"caf\xe9.txt", r"caf\xe9")
    reason = "has a name that is not UTF-8: it is cited by this one, which is escaped"
    assert warns == [Warn(r"caf\xe9.txt", reason, skipped=False)]
    assert scan(source.file) == ([source], warns)


def test_no_two_files_are_cited_by_one_path(tmp_path: Path) -> None:
    plain = ["caf\ufffd.txt", "caf\\xea.txt", "a\\xff/b.txt", "line\nend.txt", "line\rend.txt"]
    escaped = {b"caf\xe9.txt": r"caf\xe9.txt", b"caf\xe8.txt": r"caf\xe8.txt"}
    escaped |= {b"\\xfe\xfe.txt": r"\\xfe\xfe.txt", b"\xfe\\xfe.txt": r"\xfe\\xfe.txt", b"\xff/b.txt": r"\xff/b.txt"}
    skipped = {b"caf\xea.txt": r"caf\xea.txt", b"a\xff/b.txt": r"a\xff/b.txt"}
    write_raw(tmp_path, *map(str.encode, plain), *escaped, *skipped)
    sources, warns = scan(tmp_path)
    names = {**{path.encode(): path for path in plain}, **escaped}
    texts = {source.path: read(source)[0][0].text for source in sources}
    assert [source.path for source in sources] == sorted(names.values())
    assert texts == {path: f"It came as {name.hex()}" for name, path in names.items()}
    assert {warn.path for warn in warns if not warn.skipped} == set(escaped.values())
    reason = "has a name that is not UTF-8, and another file has this one, which is escaped: rename it"
    assert {warn.path: warn.reason for warn in warns if warn.skipped} == dict.fromkeys(skipped.values(), reason)


@pytest.mark.parametrize("name", ["a.txt", "a.jsonl", "a.html"])
def test_a_file_that_changes_or_vanishes_is_named(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    file.write_text('{"id": "a", "text": "It came."}', encoding="utf-8")
    (source,), _ = scan(tmp_path)
    with file.open("a", encoding="utf-8") as more:
        more.write('\n{"id": "b", "text": "It went."}')
    assert read(source) == ([], [Warn(name, "changed while it was read: index again", retry=True)])
    file.unlink()
    assert read(source) == ([], [Warn(name, "vanished while the corpus was read", retry=True)])


def test_each_format_is_read_by_its_ending(tmp_path: Path) -> None:
    write(tmp_path, a_TXT="It came.", b_md="# B\n\nIt came.", c_jsonl='{"id": "c", "text": "It came."}', d_pdf="broken")
    sources, _ = scan(tmp_path)
    results = [read(source) for source in sources]
    assert [article.id for articles, _ in results for article in articles] == ["a", "b", "c"]
    assert [warn.path for _, warns in results for warn in warns] == ["d.pdf"]
    assert results[0][0][0].sha256 == hashlib.sha256(b"It came.").hexdigest()


def test_a_link_that_may_not_be_followed_is_skipped_and_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.txt").write_text("It came.")
    (tmp_path / "x").symlink_to("elsewhere")
    realpath = os.path.realpath

    def refuse(path: str | Path, *, strict: bool = False) -> str:
        if Path(path).name == "x":
            raise PermissionError(errno.EACCES, "Permission denied")
        return realpath(path, strict=strict)

    monkeypatch.setattr("os.path.realpath", refuse)
    sources, warns = scan(tmp_path)
    assert [source.path for source in sources] == ["a.txt"]
    assert [(warn.path, warn.reason) for warn in warns] == [("x", "cannot be read (Permission denied)")]


def test_an_article_is_told_its_language(tmp_path: Path) -> None:
    write(
        tmp_path,
        a_txt="The letter came to the harbour on Friday.",
        b_md="Der Brief kam am Freitag, und niemand las ihn, bis die Fähre wieder fuhr.",
    )
    (tmp_path / "c.html").write_text("<p>Письмо пришло в пятницу, и никто не прочёл его.</p>", encoding="utf-8")
    sources, _ = scan(tmp_path)
    assert [read(source)[0][0].language for source in sources] == ["en", "de", "ru"]
