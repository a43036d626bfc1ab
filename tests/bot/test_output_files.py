"""Files that a command is told to write: whole, and over nothing that quoth reads."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import resource
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.chat_log.store import Store
from bot.output_files import EXPORT as EXPORT_FILE
from bot.output_files import PAGES, QUOTE_PAGE, REPORT_PAGE, RUN, check_output, check_place, write_output, write_page
from bot.settings import CorpusSettings, IndexSettings, Settings
from retrieval.errors import InputInvalid
from tests.bot.conftest import BEES, Cli, write_corpus
from tests.odd_files import KINDS, put_odd_file
from tests.toy import build_toy


def seen(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def home(index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with an index, the corpus that it is said to be of, another index, a gold set, a store and settings."""
    shutil.copytree(index, tmp_path / "index")
    write_corpus(tmp_path / "articles")
    build_toy(tmp_path / "articles", tmp_path / "other")
    (tmp_path / "gold").mkdir()
    line = {"id": "1", "question": "Who built the lighthouse?", "answerable": False, "gold": []}
    for file in (tmp_path / "gold.jsonl", tmp_path / "gold" / "queries.jsonl"):
        file.write_text(json.dumps(line) + "\n")
    asyncio.run(Store.open(tmp_path / "chat.db").close())
    (tmp_path / "quoth.toml").write_text('[corpus]\npath = "articles"\n[index]\npath = "index"\n')
    (tmp_path / "link.html").symlink_to("articles/bees.md")
    (tmp_path / "link").symlink_to("articles")
    (tmp_path / "run.json").write_text("{}")
    (tmp_path / "run.txt").touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


PERMALINK = "harbour@{}#0-1"
SHOW = ("show", PERMALINK, "--html")
EXPORT = ("feedback", "export", "--store", "chat.db", "--out")
EVAL = ("eval", "gold.jsonl")
QRELS = ("eval", "gold/qrels/test.tsv")
WITHIN = "is there already, and lies in the corpus"
START = "from bot.start import main; main()"
AMONG = "would lie among what quoth reads, in"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((*SHOW, "index/CURRENT"), "The file index/CURRENT lies in the index {}/index, where only builds write: name"),
        ((*SHOW, "index/new.html"), "The file index/new.html lies in the index {}/index, where only builds write"),
        ((*SHOW, "other/generations/000001/words.bin"), "The file {2} lies in the index {}/other, where only builds"),
        ((*SHOW, "articles/bees.md"), f"The file articles/bees.md {WITHIN} {{}}/articles, where none is overwritten"),
        ((*SHOW, "link.html"), f"The file link.html {WITHIN} {{}}/articles, where none is overwritten: name one"),
        ((*SHOW, "quoth.toml"), "The file quoth.toml is the settings file itself: name another."),
        ((*EXPORT, "index/lock"), "The file index/lock lies in the index {}/index, where only builds write"),
        ((*EXPORT, "articles/bees.md"), f"The file articles/bees.md {WITHIN} {{}}/articles, where none is overwritten"),
        ((*EXPORT, "chat.db"), "The file chat.db is the Discord bot's database itself: name another."),
        ((*EVAL, "--json", "index/CURRENT"), "The file index/CURRENT lies in the index {}/index, where only builds"),
        ((*EVAL, "--html", "articles/bees.md"), f"The file articles/bees.md {WITHIN} {{}}/articles, where none"),
        ((*EVAL, "--json", "gold.jsonl"), "The file gold.jsonl is the gold set itself: name another."),
        (("eval", "gold", "--json", "gold/queries.jsonl"), "The file gold/queries.jsonl is there already, and lies in"),
        ((*EVAL, "--trec", "index"), "The file index/run.txt lies in the index {}/index, where only builds write"),
        ((*EVAL, "--trec", "new", "--json", "new/run.txt"), "The file new/run.txt cannot be written (No such file"),
        ((*EVAL, "--trec", ".", "--json", "run.txt"), "--trec writes run.txt, which another option names: name"),
        ((*SHOW, "x" * 300), "The permalink"),
        ((*EVAL, "--corpus", "gold", "--html", "gold/queries.jsonl"), "The file gold/queries.jsonl is there already"),
        ((*EVAL, "--compare", "run.json", "--html", "run.json"), "The file run.json is the run compared with itself: "),
        ((*EVAL, "--compare", "run.json", "--json", "./run.json"), "The file run.json is the run compared with itself"),
        ((*EVAL, "--compare", "run.txt", "--trec", "."), "The file run.txt is the run compared with itself: name"),
        ((*EVAL, "--trec", "articles"), f"The file articles/run.txt {AMONG} the corpus {{}}/articles: name one elsewh"),
        ((*EVAL, "--trec", "articles/new/er"), f"The file articles/new/er/run.txt {AMONG} the corpus {{}}/articles: "),
        ((*EVAL, "--trec", "link"), f"The file link/run.txt {AMONG} the corpus {{}}/articles: name one elsewhere."),
        ((*EVAL, "--trec", "index/generations"), "The file index/generations/run.txt lies in the index {}/index, whe"),
        ((*EVAL, "--corpus", "more", "--trec", "more"), f"The file more/run.txt {AMONG} the corpus more: name one"),
        (("eval", "gold", "--trec", "gold/trec"), f"The file gold/trec/run.txt {AMONG} the gold set gold: name one"),
        ((*QRELS, "--trec", "gold/qrels"), f"The file gold/qrels/run.txt {AMONG} the gold set gold: name one"),
        (
            (*QRELS, "--json", "gold/queries.jsonl"),
            "The file gold/queries.jsonl is there already, and lies in the gold",
        ),
        ((*SHOW, "articles/new.HTML"), f"The file articles/new.HTML {AMONG} the corpus {{}}/articles: name one elsewh"),
        ((*EXPORT, "articles/new.jsonl"), f"The file articles/new.jsonl {AMONG} the corpus {{}}/articles: name one el"),
    ],
)
def test_what_quoth_reads_is_never_overwritten(
    arguments: tuple[str, ...], message: str, home: Path, empty_cli: Cli
) -> None:
    before = seen(home)
    ran = empty_cli(*arguments)
    assert (ran.status, ran.out) == (2, "")
    message = message.replace("{2}", arguments[-1]).format(home)
    assert ran.err.startswith(f"quoth: {message}"), ran.err
    assert ran.err.count("\n") == 1
    assert seen(home) == before


NOTES = "All that I know of the harbour.\n"
REPORT = "<!doctype html>\n<!-- made by quoth eval -->\n<html></html>\n"
PAGE = "<!doctype html>\n<!-- made by quoth show -->\n<html></html>\n"
FOREIGN = (
    (SHOW, "notes.txt", NOTES, "is none that `quoth show --html` wrote"),
    (SHOW, "report.html", REPORT, "is none that `quoth show --html` wrote"),
    (SHOW, "saved.html", PAGE.replace("<!--", "\n<!--"), "is none that `quoth show --html` wrote"),
    ((*EVAL, "--html"), "notes.txt", NOTES, "is none that `quoth eval --html` wrote"),
    ((*EVAL, "--html"), "page.html", PAGE, "is none that `quoth eval --html` wrote"),
    ((*EVAL, "--json"), "notes.json", '{"notes": []}\n', "is none that `quoth eval --json` wrote"),
    ((*EVAL, "--trec"), "mine/run.txt", NOTES, "is none that quoth eval --trec wrote"),
    (EXPORT, "earlier.jsonl", '{"id": "candidate-12345678"}\n', "is there already"),
)


@pytest.mark.parametrize("through", ["name", "link"])
@pytest.mark.parametrize(("arguments", "name", "content", "reason"), FOREIGN)
def test_a_file_of_the_users_own_is_not_overwritten(
    arguments: tuple[str, ...], name: str, content: str, reason: str, through: str, home: Path, empty_cli: Cli
) -> None:
    (home / name).parent.mkdir(exist_ok=True)
    (home / name).write_text(content)
    is_folder = arguments[-1] == "--trec"
    if through == "link":
        (home / "way").symlink_to(name.partition("/")[0] if is_folder else name)
    named = "way" if through == "link" else name.partition("/")[0] if is_folder else name
    before = seen(home)
    ran = empty_cli(*arguments, named)
    assert (ran.status, ran.out) == (2, "")
    another = "another folder" if is_folder else "another"
    file = f"{named}/run.txt" if is_folder else named
    assert ran.err == f"quoth: The file {file} {reason}, and is not overwritten: move it away, or name {another}.\n"
    assert seen(home) == before


def test_a_file_that_appears_while_quoth_works_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text(NOTES)
    for output in (QUOTE_PAGE, REPORT_PAGE, RUN, EXPORT_FILE):
        with pytest.raises(InputInvalid, match="and is not overwritten: move it away, or name another"):
            write_output(tmp_path / "notes.txt", "a page", output)
    assert (tmp_path / "notes.txt").read_text() == NOTES


def test_what_quoth_wrote_before_is_replaced(home: Path, empty_cli: Cli) -> None:
    ref = json.loads(empty_cli("verify", "built in 1874 by the engineer", "--json").out)["citations"][0]["ref"]
    (home / "empty.html").touch()
    (home / "way.html").symlink_to("page.html")
    for name in ("page.html", "page.html", "way.html", "empty.html"):
        ran = empty_cli("show", ref, "--html", name)
        assert (ran.status, ran.err) == (0, f"Wrote {name}\n")
    for _ in range(2):
        assert empty_cli(*EVAL, "--html", "report.html", "--json", "new.json", "--trec", "trec").status == 0
    assert (home / "way.html").is_symlink()
    for name, output in (("page.html", QUOTE_PAGE), ("report.html", REPORT_PAGE), ("new.json", RUN)):
        assert (home / name).read_bytes().startswith(output.begins), name


SETTINGS = """
[corpus]
path = "articles"
[index]
path = "index"
[model]
name = "./encoder"
cache = "exports"
[answer]
reranker = "./reranker"
[discord]
store = "store.db"
token_file = "token"
[discord.collections]
1 = "another"
"""
OUTPUTS = (SHOW, ("feedback", "export", "--store", "chat.db", "--out"), (*EVAL, "--json"), (*EVAL, "--html"))
NAMED = {
    "encoder/model.safetensors": "is there already, and lies in the model {}/encoder, where none is overwritten: name",
    "exports/model.onnx": "is there already, and lies in the cache of models {}/exports, where none is overwritten",
    "reranker/config.json": "is there already, and lies in the reranker {}/reranker, where none is overwritten: name",
    "store.db": "is the Discord bot's database itself: name another.",
    "store.db-wal": "is the Discord bot's database itself: name another.",
    "token": "is the file of the Discord token itself: name another.",
    "another/page.html": "lies in the index {}/another, where only builds write: name one elsewhere.",
    "another": "is the index itself: name another.",
}


@pytest.fixture
def configured(home: Path) -> Path:
    """As home, with settings that name a file or folder wherever they can."""
    (home / "quoth.toml").write_text(SETTINGS)
    (home / "circle").symlink_to("circle")
    for folder in ("encoder", "exports", "reranker"):
        (home / folder).mkdir()
    return home


def check_refusals(cli: Cli, home: Path, file: str, reason: str) -> None:
    before = seen(home)
    for arguments in OUTPUTS:
        ran = cli(*arguments, file)
        assert (ran.status, ran.out) == (2, "")
        assert ran.err.startswith(f"quoth: The file {file} {reason.format(home)}"), ran.err
        assert seen(home) == before


@pytest.mark.parametrize("file", NAMED)
def test_nothing_that_the_settings_name_is_overwritten(
    file: str, configured: Path, empty_cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("QUOTH_MODEL_CACHE", raising=False)  # empty_cli sets it
    (configured / file).parent.mkdir(exist_ok=True)
    (configured / file).write_text("precious")
    check_refusals(empty_cli, configured, file, NAMED[file])


@pytest.mark.parametrize("file", ["store.db", "store.db-wal", "token", "another", "another/page.html", "circle"])
def test_no_file_is_written_where_the_settings_expect_another(file: str, configured: Path, empty_cli: Cli) -> None:
    check_refusals(empty_cli, configured, file, NAMED.get(file, "is a link that leads in a circle: name another."))
    assert (configured / "circle").is_symlink()


def test_a_link_that_leads_in_a_circle_is_not_replaced(tmp_path: Path) -> None:
    link = tmp_path / "page.html"
    link.symlink_to("other.html")
    (tmp_path / "other.html").symlink_to("page.html")
    with pytest.raises(InputInvalid, match=r"page\.html cannot be written \(Too many levels of symbolic links\): name"):
        write_output(link, "a page", QUOTE_PAGE)
    assert link.is_symlink()


@pytest.mark.usefixtures("no_waiting")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["CURRENT", "generations/000001/manifest.json", "generations/000001/sources.json"])
def test_an_index_whose_files_are_no_regular_ones_is_not_waited_for(name: str, kind: str, home: Path) -> None:
    put_odd_file(home / "other" / name, kind)
    check_place(home / "earlier.log", Settings(CorpusSettings(home), IndexSettings(home / "other")))
    with pytest.raises(InputInvalid, match="is there already, and lies in the corpus"):
        check_place(home / "run.json", Settings(CorpusSettings(home), IndexSettings(home / "other")))


def test_the_corpus_that_an_index_was_built_from_is_its_corpus(home: Path) -> None:
    settings = Settings(CorpusSettings(home / "elsewhere"), IndexSettings(home / "other"))
    with pytest.raises(InputInvalid, match=WITHIN):
        check_place(home / "articles" / "bees.md", settings)
    (home / "articles").rename(home / "moved")
    with pytest.raises(
        InputInvalid, match=r"bees\.md is none that `quoth show --html` wrote, and is not overwritten: "
    ):
        check_output(home / "moved" / "bees.md", settings, QUOTE_PAGE)
    check_place(home / "moved" / "new.html", settings)
    check_place(home / "earlier.json", settings)


@pytest.mark.parametrize("arguments", OUTPUTS)
def test_an_article_of_a_collection_is_not_overwritten(arguments: tuple[str, ...], home: Path, empty_cli: Cli) -> None:
    write_corpus(home / "harbour news")
    (home / "harbour news" / "bees.md").write_text(BEES + "Only this collection tells of the drones.")
    build_toy(home / "harbour news", home / "another")
    (home / "quoth.toml").write_text(SETTINGS.replace('"./encoder"', '"all-MiniLM-L6-v2"'))
    ran = empty_cli(*arguments, "harbour news/bees.md")
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith(f"quoth: The file harbour news/bees.md {WITHIN} {home}/harbour news, where none"), ran.err
    (home / "harbour news").rename(home / "moved")
    ran = empty_cli(*arguments, "moved/bees.md")
    assert "The file moved/bees.md is " in ran.err
    assert ran.err.endswith(", and is not overwritten: move it away, or name another.\n")


def test_nothing_is_added_to_the_corpus_of_a_collection(home: Path, empty_cli: Cli) -> None:
    write_corpus(home / "harbour news")
    build_toy(home / "harbour news", home / "another")
    (home / "quoth.toml").write_text(SETTINGS)
    before = seen(home)
    ran = empty_cli(*EVAL, "--trec", "harbour news/trec")
    among = f"{AMONG} the corpus {home}/harbour news: name one elsewhere."
    assert (ran.status, ran.out, ran.err) == (2, "", f"quoth: The file harbour news/trec/run.txt {among}\n")
    assert seen(home) == before


def test_the_articles_that_evaluations_keep_are_left_alone(home: Path, empty_cli: Cli) -> None:
    kept = Path(os.environ["XDG_CACHE_HOME"]) / "quoth" / "evaluation"
    (kept / "gold-1").mkdir(parents=True)
    ran = empty_cli(*EVAL, "--trec", kept / "gold-1")
    assert ran.status == 2
    assert AMONG in ran.err
    assert not list((kept / "gold-1").iterdir())


@contextmanager
def full(size: int = 0) -> Iterator[None]:
    """A disk on which no file may grow beyond this size."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)


@pytest.mark.parametrize("size", [0, 5])
def test_a_full_disk_leaves_what_was_there(size: int, tmp_path: Path) -> None:
    file = tmp_path / "mine.html"
    file.write_text(PAGE)
    with (
        full(size),
        pytest.raises(InputInvalid, match=r"mine\.html cannot be written \(File too large\): name another"),
    ):
        write_output(file, "a longer text", QUOTE_PAGE)
    assert seen(tmp_path) == {"mine.html": PAGE.encode()}


def test_an_earlier_result_is_replaced_with_its_rights_and_its_link(tmp_path: Path) -> None:
    file, link = tmp_path / "page.html", tmp_path / "link.html"
    file.write_text(PAGE)
    file.chmod(0o600)
    link.symlink_to(file)
    write_output(link, "later \ud800", QUOTE_PAGE)
    assert link.is_symlink()
    assert file.read_bytes() == b"later ?"
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_file_that_may_not_be_written_is_not_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "page.html"
    file.write_text(PAGE)
    monkeypatch.setattr(os, "access", lambda path, mode: (Path(path), mode) != (file, os.W_OK))  # as root all may
    with pytest.raises(InputInvalid, match=rf"cannot be written \({os.strerror(errno.EACCES)}\): name another"):
        write_output(file, "later", QUOTE_PAGE)
    assert file.read_text() == PAGE


ODD = {"pipe": "nothing reads from it", "socket": "it is a socket"}


@pytest.mark.usefixtures("no_waiting")
@pytest.mark.parametrize("arguments", OUTPUTS)
@pytest.mark.parametrize("kind", ODD)
def test_a_pipe_that_nothing_reads_is_refused_before_any_work(
    kind: str, arguments: tuple[str, ...], home: Path, empty_cli: Cli
) -> None:
    put_odd_file(home / "odd", kind)
    (home / "link").unlink()
    (home / "link").symlink_to("odd")
    for name in ("odd", "link"):
        ran = empty_cli(*arguments, name)
        assert (ran.status, ran.out) == (2, "")
        remedy = "start what reads it first, or name another"
        assert ran.err == f"quoth: The file {name} cannot be written ({ODD[kind]}): {remedy}.\n"


@pytest.mark.usefixtures("no_waiting")
@pytest.mark.parametrize("kind", ODD)
def test_a_pipe_whose_reader_has_gone_is_not_waited_for(kind: str, tmp_path: Path) -> None:
    put_odd_file(tmp_path / "odd", kind)
    with pytest.raises(InputInvalid, match=rf"odd cannot be written \({ODD[kind]}\): name another"):
        write_output(tmp_path / "odd", "a page", QUOTE_PAGE)


def test_a_pipe_that_is_checked_is_not_at_its_end(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    try:
        check_place(tmp_path / "pipe", Settings())
        with pytest.raises(BlockingIOError):
            os.read(reader, 1)
        write_output(tmp_path / "pipe", "a page", QUOTE_PAGE)
        assert os.read(reader, 10) == b"a page"
    finally:
        os.close(reader)


@pytest.mark.parametrize("line", ["{} >(cat)", "{} /dev/stdout | cat", "{} /dev/stdout >file; cat file"])
def test_a_pipe_of_the_shell_gets_the_page(line: str, home: Path, empty_cli: Cli) -> None:
    ref = json.loads(empty_cli("verify", "built in 1874 by the engineer", "--json").out)["citations"][0]["ref"]
    shown = shlex.join([sys.executable, "-c", START, "show", ref, "--html"])
    done = subprocess.run(["bash", "-c", line.format(shown)], capture_output=True, text=True, check=True, cwd=home)
    assert done.stdout.startswith("<!doctype html>"), done.stderr
    assert done.stdout.endswith("</html>\n")


def test_a_page_for_the_browser_is_written_once_and_few_are_kept() -> None:
    page = write_page(f"{PAGE}0")
    assert write_page(f"{PAGE}0") == page
    os.utime(page, (0, 0))
    assert page.parent.stat().st_mode & 0o777 == 0o700
    (page.parent / "mine.html").write_text("my own")
    (page.parent / f"{'0' * 16}.html").symlink_to("mine.html")
    for number in range(1, PAGES + 5):
        page = write_page(f"{PAGE}{number}")
        os.utime(page, (number, number))
    left = {file.read_text() for file in page.parent.iterdir()}
    assert left == {"my own", *(f"{PAGE}{number}" for number in range(5, PAGES + 5))}
    assert (page.parent / f"{'0' * 16}.html").is_symlink()


def test_pages_for_the_browser_that_cannot_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/dev/null")
    with pytest.raises(InputInvalid, match=r"^The page for the browser cannot be written \(Not a directory\): name a"):
        write_page(PAGE)


def test_a_pipe_or_a_device_is_written_as_it_is() -> None:
    write_output(Path("/dev/null"), "nothing", QUOTE_PAGE)
    with pytest.raises(InputInvalid, match=r"/dev/full cannot be written \(No space left on device\): name another"):
        write_output(Path("/dev/full"), "nothing", QUOTE_PAGE)
