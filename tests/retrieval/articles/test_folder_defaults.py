"""What a folder says of all articles below it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from retrieval.articles.corpus import digest, read, scan
from retrieval.articles.folder_defaults import Defaults
from retrieval.records import Article, Warn


def write(folder: Path, **files: str) -> Path:
    """Write files by names in which two underscores part folders."""
    for name, text in files.items():
        file = folder / name.replace("__", "/").replace("_DEFAULTS", "_quoth.toml").replace("_md", ".md")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    return folder


def articles(corpus: Path) -> dict[str, Article]:
    sources, warns = scan(corpus)
    assert warns == []
    return {article.path or "": article for source in sources for article in read(source)[0]}


def warnings(corpus: Path) -> list[str]:
    _, warns = scan(corpus)
    assert not any(warn.skipped for warn in warns)
    return [f"{warn.path} {warn.reason}" for warn in warns]


TEXT = "The bell of Velmora rings at noon, and nobody has ever said why that is so.\n"


def test_the_nearest_folder_counts_and_front_matter_before_it(tmp_path: Path) -> None:
    corpus = write(
        tmp_path,
        _DEFAULTS='source = "The Courier"\nurl = "https://courier.example/news/"\ndate = 2021-03-03\ntags = ["news"]\n',
        a_md=TEXT,
        town___DEFAULTS='author = ["Bo", "Ilse"]\ntags = "bell, noon"\nlanguage = "de"\n',
        town__b_md=TEXT,
        town__c_md="---\nsource: The Herald\nauthor: Cy\nurl: https://x.example/c\ndate: 2022\ntags: [c]\nlang: fr\n"
        f"---\n{TEXT}",
        town__old___DEFAULTS='source = "Old Courier"\ndate = "5. Mai 1999"\n',
        town__old__d_md=f"---\nauthor: Cy\n---\n{TEXT}",
    )
    known = {
        path: (article.source, article.url, article.published, article.tags, article.language)
        for path, article in articles(corpus).items()
    }
    site = "https://courier.example/news"
    assert known == {
        "a.md": ("The Courier", f"{site}/a", "2021-03-03", ("news",), "en"),
        "town/b.md": ("The Courier", f"{site}/town/b", "2021-03-03", ("bell", "noon"), "de"),
        "town/c.md": ("The Herald", "https://x.example/c", "2022", ("c",), "fr"),
        "town/old/d.md": ("Old Courier", f"{site}/town/old/d", "1999-05-05", ("bell", "noon"), "de"),
    }


def test_authors_stand_for_a_source_that_nothing_names(tmp_path: Path) -> None:
    assert articles(write(tmp_path, _DEFAULTS='author = "Bo"\n', a_md=TEXT))["a.md"].source == "Bo"


@pytest.mark.parametrize(
    ("url", "path", "address"),
    [
        ("https://x.example/{path}", "town/the bell.md", "https://x.example/the%20bell"),
        ("https://x.example/{path}/", "town/deep/a.mdx", "https://x.example/deep/a/"),
        ("https://x.example/{path}", "town/deep/index.md", "https://x.example/deep"),
        ("https://x.example/{path}", "town/README.md", "https://x.example/"),
        ("https://x.example/{path}", "town/a.pdf", "https://x.example/a.pdf"),
        ("https://x.example/blob/{file}?plain=1", "town/a.md", "https://x.example/blob/a.md?plain=1"),
    ],
)
def test_an_address_has_a_place_for_the_path(url: str, path: str, address: str) -> None:
    assert Defaults(url=url, folder="town/").address(path) == address


def test_a_folder_names_the_fields_of_its_front_matter(tmp_path: Path) -> None:
    corpus = write(
        tmp_path,
        a_md=f"---\nstand: 03/04/2021\n---\n{TEXT}",
        us___DEFAULTS='[metadata]\ndate = ["stand"]\ndate_order = "MDY"\n',
        us__a_md=f"---\nstand: 03/04/2021\n---\n{TEXT}",
    )
    assert {path: article.published for path, article in articles(corpus).items()} == {
        "a.md": None,
        "us/a.md": "2021-03-04",
    }


def test_a_change_concerns_what_lies_below(tmp_path: Path) -> None:
    corpus = write(tmp_path, _DEFAULTS='source = "A"\n', a_md=TEXT, b__a_md=TEXT, b___DEFAULTS='source = "B"\n')
    before, _ = scan(corpus)
    write(corpus, b___DEFAULTS='source = "C"\n')
    after, _ = scan(corpus)
    changed = [old.path for old, new in zip(before, after, strict=True) if old.metadata_digest != new.metadata_digest]
    assert (changed, digest(before) == digest(after)) == (["b/a.md"], False)
    write(corpus, b___DEFAULTS="# nothing new\nsource = 'C'\n")
    assert digest(scan(corpus)[0]) == digest(after)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("source = \n", "has a mistake at line 1 (Invalid value): correct it"),
        ("a = 1\nb\n", "has a mistake at line 2 (Expected '=' after a key in a key/value pair): correct it"),
        ("date = 'yesterday'", 'has a mistake in line 1: date must be a date, such as "2023-06-30"'),
        ("\nsource = 1.5", "has a mistake in line 2: source must be text that is not empty"),
        ("url = '/docs'", "has a mistake in line 1: url must be a web address, such as "
         '"https://example.org/docs/{path}"'),
        ("url = 'https://x.example/{name}'", "has a mistake in line 1: url must be a web address, such as "
         '"https://example.org/docs/{path}"'),
        ("url = 'https://bo:secret@x.example/'", "has a mistake in line 1: url holds a password or a key, which would "
         "be published: remove that"),
        ("tags = [[1]]", "has a mistake in line 1: tags must be a list of texts"),
        ("language = 'english'", 'has a mistake in line 1: language must be the code of a language, such as "en"'),
        ("title = 'A'", "has a mistake in line 1: title is none of the keys source, author, url, date, tags, "
         "language: say it in each article, since it differs from one to the next"),
        ("published = 2020-01-02", "has a mistake in line 1: published is none of the keys source, author, url, date, "
         "tags, language: write date instead"),
        ("sorce = 'A'", "has a mistake in line 1: sorce is none of the keys source, author, url, date, tags, "
         "language: write source instead"),
        ("[metadata]\npublished = ['seen']", "has a mistake in line 2: published is none of the keys title, source, "
         "author, url, date, id, tags, aliases, language, date_order: write date instead"),
        ("[metadata]\ntitle = []", "has a mistake in line 2: title must be a list of one name of a field or more, such "
         'as ["title"]'),
        ("a" * 99 + " = 1", f"has a mistake in line 1: {'a' * 40} is none of the keys source, author, url, date, tags, "
         "language: remove it"),
        ("source = '" + "a" * 70_000 + "'", "cannot be read (it is larger than 65,536 bytes): replace it"),
        ("metadata = 1", "has a mistake in line 1: metadata is a section, [metadata]"),
        ("[metadata]\ndate = 'stand'", "has a mistake in line 2: date must be a list of one name of a field or "
         'more, such as ["published"]'),
        ("[metadata]\ndate_order = 'YMD'", 'has a mistake in line 2: date_order must be "DMY" or "MDY"'),
        ("source = " + "[" * 5000, "cannot be read (RecursionError): replace it"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_and_the_folder_above_counts(tmp_path: Path, text: str, reason: str) -> None:
    corpus = write(tmp_path, _DEFAULTS='source = "A"\ndate = 2020\n', b___DEFAULTS=text, b__a_md=TEXT)
    above = scan(write(tmp_path / "other", _DEFAULTS='source = "A"\ndate = 2020\n', b__a_md=TEXT))[0][0].metadata
    (source,) = (source for source in scan(corpus)[0] if source.path == "b/a.md")
    assert warnings(corpus) == [f"b/_quoth.toml {reason}; until then, what lies above it counts"]
    assert source.metadata == above


def test_one_mistake_leaves_the_other_values_standing(tmp_path: Path) -> None:
    corpus = write(tmp_path, _DEFAULTS='tags = 1\nsource = "A"\n', a_md=TEXT)
    assert warnings(corpus) == [
        "_quoth.toml has a mistake in line 1: tags must be a list of texts; until then, that counts as not set"
    ]
    assert scan(corpus)[0][0].metadata.defaults == Defaults(source="A")


def test_a_corpus_of_one_file_has_no_folder(tmp_path: Path) -> None:
    write(tmp_path, _DEFAULTS='source = "A"\n', a_md=TEXT)
    assert scan(tmp_path / "a.md")[0][0].metadata.defaults == Defaults()


def test_what_is_no_file_of_the_corpus_is_not_read(tmp_path: Path) -> None:
    outside = write(tmp_path / "outside", _DEFAULTS='source = "A"\n')
    corpus = write(tmp_path / "corpus", a_md=TEXT, b__a_md=TEXT)
    (corpus / "_quoth.toml").symlink_to(outside / "_quoth.toml")
    (corpus / "b" / "_quoth.toml").mkdir()
    sources, warns = scan(corpus)
    assert [source.metadata.defaults for source in sources] == [Defaults(), Defaults()]
    assert warns == [
        Warn(
            "b/_quoth.toml",
            "cannot be read (Is a directory): replace it; until then, what lies above it counts",
            skipped=False,
        )
    ]


def test_a_folder_whose_name_is_not_utf8_is_named_escaped(tmp_path: Path) -> None:
    folder = tmp_path / os.fsdecode(b"caf\xe9")
    try:
        folder.mkdir()
    except OSError:
        pytest.skip("this system has no such names")
    write(folder, _DEFAULTS='url = "https://x.example/"\ntags = 1\n', a_md=TEXT)
    sources, warns = scan(tmp_path)
    assert [warn.path for warn in warns] == ["caf\\xe9/_quoth.toml", "caf\\xe9/a.md"]
    assert read(sources[0])[0][0].url == "https://x.example/a"
