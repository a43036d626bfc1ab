"""Whatever a source says costs a sentence at the most."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from urllib.parse import quote

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.setting_values import NotAllowedError
from bot.source_record import KINDS, Source
from bot.source_settings import Sources
from bot.sources import state as states
from bot.sources.addresses import is_public, page_file
from bot.sources.bodies import unpacked
from bot.sources.commits import blobs_of
from bot.sources.faults import SourceFault
from bot.sources.listings import feed, sitemap
from bot.sources.state import State
from retrieval.articles.saved_pages import Origin, origin_of, with_origin

PIECES = (
    *("<urlset>", "</urlset>", "<url>", "<loc>", "http://a/", "</loc>", "</url>", "<sitemapindex>", "<sitemap>", "&x;"),
    *("<rss>", "<item>", "<link", " href='", "'/>", "<guid>", "<feed xmlns='http://www.w3.org/2005/Atom'>", "<entry>"),
    *("<!DOCTYPE a [<!ENTITY x 'y'>]>", "<?xml version='1.0' encoding='utf-16'?>", "<![CDATA[", "]]>", "\0", "\ufeff"),
    *("http://[", "2024-13-45", "<lastmod>", "<pubDate>", "99999999999999999999"),
)
MARKUP = st.lists(st.sampled_from(PIECES), max_size=30).map("".join)
DATA = MARKUP.map(lambda text: text.encode("utf-8", "surrogatepass")) | st.binary(max_size=200)


@settings(max_examples=400, deadline=None)
@given(data=DATA)
def test_lists(data: bytes) -> None:
    for read in (sitemap, feed):
        try:
            listing = read(data, "https://example.org/list.xml")
        except SourceFault:
            continue
        assert all(each.url.startswith(("http://", "https://")) for each in listing.pages)


@settings(max_examples=200, deadline=None)
@given(data=st.binary(max_size=300) | st.binary(max_size=100).map(lambda data: b"\x1f\x8b\x08\x00" + data))
def test_packed_bodies(data: bytes) -> None:
    with suppress(SourceFault):
        assert len(unpacked(data, 300)) <= 300


@settings(max_examples=400, deadline=None)
@given(path=st.text(max_size=80), query=st.text(max_size=10))
def test_names_of_pages(path: str, query: str) -> None:
    url = f"https://example.org/{quote(path, errors='replace')}?{quote(query, errors='replace')}"
    name = page_file(url, "https://example.org/")
    parts = PurePosixPath(name).parts
    assert name.isascii()
    assert name.endswith(".html")
    assert not any(part.startswith(("/", ".", "-", "_")) for part in parts)


@given(text=st.text(max_size=40) | st.ip_addresses().map(str))
def test_addresses(text: str) -> None:
    assert isinstance(is_public(text), bool)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=10,
)
SOURCE, NOW = Source("a", "feed", "https://example.org/feed.xml"), datetime(2026, 1, 1, tzinfo=UTC)
FIELDS = st.sampled_from(list(State.__dataclass_fields__))


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=JSON | st.dictionaries(FIELDS, JSON, max_size=14) | st.tuples(FIELDS, JSON))
def test_records(data: object, tmp_path: Path) -> None:
    if isinstance(data, tuple):  # one that is right but for one field
        states.save(tmp_path, "a", State("x", tried="2026-01-01T00:00:00+00:00"))
        file = states.file_of(tmp_path, "a")
        data = json.loads(file.read_text()) | {data[0]: data[1]}
    file = states.file_of(tmp_path, "a")
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(data))
    state = states.load(tmp_path, "a")
    later = replace(state.after_failure(SOURCE, NOW, "fails"), asked=states.identity(SOURCE))
    assert not later.is_due(SOURCE, NOW)
    assert state.must_wait(SOURCE, NOW) in (False, bool(state.not_before))
    states.save(tmp_path, "a", later)
    assert states.load(tmp_path, "a") == later


@settings(max_examples=300, deadline=None)
@given(
    tables=st.lists(
        st.dictionaries(
            st.sampled_from([*KINDS, "name", "every", "branch", "link", "below", "pages", "pause", "allow_private"]),
            JSON | st.sampled_from(["https://example.org/x", "a", "1h", "main", "https://e.org/{commit}/{file}"]),
            max_size=6,
        ),
        max_size=3,
    )
)
def test_settings(tables: list[dict[str, object]]) -> None:
    try:
        sources = Sources().check(tables)
    except NotAllowedError:
        return
    assert len({source.name for source in sources}) == len(tables)


@given(data=st.binary(max_size=100), url=st.from_regex(r"https?://[\x21-\x7e]{1,30}", fullmatch=True))
def test_what_stands_above_a_page(data: bytes, url: str) -> None:
    origin_of(data)
    assert origin_of(with_origin(data, Origin(url))).url == url.replace(">", "%3E").replace("%2D%2D", "--")


@given(names=st.lists(st.binary(min_size=1, max_size=20).filter(lambda name: b"\0" not in name), max_size=5))
def test_files_of_commits(names: list[bytes]) -> None:
    listed = b"".join(b"100644 blob %040d       5\t%s\0" % (0, name) for name in names)
    blobs, _ = blobs_of(listed, "")
    assert not any(blob.path.startswith(("/", ".")) or "/." in blob.path for blob in blobs)


def test_a_record_that_says_when_it_is_due_without_a_zone_is_no_record(tmp_path: Path) -> None:
    states.save(tmp_path, "a", State("x", next="2026-01-01T00:00:00"))
    assert states.load(tmp_path, "a") == State()
