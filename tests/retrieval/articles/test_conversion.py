"""HTML and PDF in a process of its own: what is hostile costs itself alone."""

from __future__ import annotations

import os
import re
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from retrieval import child
from retrieval.articles import conversion
from retrieval.articles.conversion import Converter
from retrieval.articles.converters import read_html
from retrieval.articles.pdf import read_pdf
from retrieval.errors import ConverterNotStarted, TemporaryFilesUnusable
from retrieval.index import folder as folders
from retrieval.records import Warn
from tests.retrieval.articles.test_text_files import PAGE, pdf
from tests.test_architecture import HEAVY, python
from tests.toy import build_toy, write_corpus

ROOT = Path(__file__).resolve().parents[3]
DIGEST = "0" * 64
SLOW = b"<p " + b" ".join(b"a%d=1" % number for number in range(80_000)) + b">The letter came to the harbour.</p>"


def test_a_document_is_read_as_it_is_without_a_process_of_its_own() -> None:
    page, papers = PAGE.format(charset="utf-8").encode(), pdf("The letter came.", "It was read.")
    with Converter() as converter:
        assert converter.read(".html", page, "a.html", DIGEST) == read_html(page, "a.html", DIGEST)
        assert converter.read(".pdf", papers, "b/ä.pdf", DIGEST) == read_pdf(papers, "b/ä.pdf", DIGEST)
        assert converter.read(".htm", b"plain", "c.htm", DIGEST) == read_html(b"plain", "c.htm", DIGEST)


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("The café of the town costs 5 € a day – naïve.", "cp1252"),
        ("Письмо пришло в пятницу, и никто его не читал.", "cp1251"),
    ],
)
def test_a_page_whose_encoding_is_guessed_is_read_too(text: str, encoding: str) -> None:
    page = f"<title>T</title><p>{text}</p>".encode(encoding)
    with Converter() as converter:
        articles, warns = converter.read(".html", page, "a.html", DIGEST)
    assert ([article.text for article in articles], len(warns)) == ([text], 1)
    assert (articles, warns) == read_html(page, "a.html", DIGEST)


def test_temporary_files_that_cannot_be_written_are_no_fault_of_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    def classify(text: str) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("py3langid.classify", classify)
    with pytest.raises(TemporaryFilesUnusable):
        read_html("<title>T</title><p>The café of the town costs 5 € a day – naïve.</p>".encode("cp1252"), "a", DIGEST)


def test_a_process_says_that_temporary_files_cannot_be_written(coded: Converter) -> None:
    code = "from retrieval.errors import TemporaryFilesUnusable; raise TemporaryFilesUnusable('/full', 'no space')"
    with pytest.raises(TemporaryFilesUnusable, match=r"temporary files, /full, cannot be used \(no space\)"):
        read(coded, code)
    assert read(coded, "") == "read"


def test_a_page_that_takes_too_long_is_skipped_and_the_next_is_read() -> None:
    with Converter(seconds=1) as converter:
        warn = Warn("slow.html", "takes more than 1 s to read: split it, or give its text")
        assert converter.read(".html", SLOW, "slow.html", DIGEST) == ([], [warn])
        articles, _ = converter.read(".pdf", pdf("It came."), "b.pdf", DIGEST)
        assert [article.text for article in articles] == ["It came."]


CODED = """
from retrieval.articles import conversion
from retrieval.records import Article

served = []

def run(data, path, sha256):
    scope = {"served": served, "text": "read"}
    exec(data.decode(), scope)
    served.append(path)
    return [Article(path, scope["text"], path, sha256)], []

def main(arguments):
    conversion.CONVERTERS = {".html": run}
    return conversion.main(arguments)
"""


@pytest.fixture
def coded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Converter]:
    """A converter whose process runs the documents as code."""
    (tmp_path / "coded.py").write_text(CODED, "utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    command = child.command
    monkeypatch.setattr(child, "command", lambda module, *arguments: command("coded", *arguments))
    with Converter(seconds=1) as converter:
        yield converter


def read(converter: Converter, code: str) -> str | Warn:
    """The text or the warning that a document gives."""
    articles, warns = converter.read(".html", code.encode(), "a.html", DIGEST)
    assert len(articles) + len(warns) == 1
    return articles[0].text if articles else warns[0]


@pytest.mark.parametrize(
    ("code", "reason", "retry"),
    [
        ("while True: pass", "takes more than 1 s to read: split it, or give its text", False),
        ("import re; re.match('(a+)+$', 'a' * 99 + 'b')", "takes more than 1 s to read: split it, or give its", False),
        ("bytes(2 ** 40)", "takes more than 2048 MiB of memory to read: split it, or give its text", False),
        ("raise MemoryError", "takes more than 2048 MiB of memory to read: split it, or give its text", False),
        ("import os; os.abort()", "breaks the reader of its format (exit status -6)", False),
        ("import os; os._exit(0)", "breaks the reader of its format (exit status 0)", False),
        ("raise SystemError", "breaks the reader of its format (exit status 1)", False),
        ("import os; os.kill(os.getpid(), 9)", "was not read: its reading was ended from outside", True),
        (
            "from retrieval.articles.conversion import LONGEST_TEXT; text = 'x' * (LONGEST_TEXT + 1)",
            "holds more than 32 million characters of text",
            False,
        ),
    ],
)
def test_a_document_that_ends_its_reader_costs_itself_alone(
    code: str, reason: str, retry: bool, coded: Converter
) -> None:
    assert read(coded, "") == "read"
    warn = read(coded, code)
    assert isinstance(warn, Warn)
    assert warn.reason.startswith(reason)
    assert (warn.path, warn.skipped, warn.retry) == ("a.html", True, retry)
    assert read(coded, "print('noise')") == "read"


def test_a_reader_that_only_waits_is_ended_by_the_clock(coded: Converter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversion, "_WAITING", -2.9)
    reason = "takes more than 1 s to read: split it, or give its text"
    assert read(coded, "import signal; signal.pause()") == Warn("a.html", reason, retry=True)


def test_what_documents_before_it_left_is_not_laid_to_a_document(coded: Converter) -> None:
    assert read(coded, "import os; served and os.abort()") == "read"
    assert read(coded, "import os; served and os.abort()") == "read", "in a process of its own"
    assert read(coded, "text = str(len(served))") == "1"


def test_a_process_that_has_grown_is_followed_by_another(coded: Converter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coded, "_seconds", 60)
    assert read(coded, "served.append(b'x' * 600_000_000)") == "read"
    assert read(coded, "text = str(len(served))") == "0"


def test_a_limit_that_the_user_set_is_told_as_it_is(coded: Converter, monkeypatch: pytest.MonkeyPatch) -> None:
    """And the document is tried again, as the limit may be another then."""
    code = "import coded, resource; resource.setrlimit(resource.RLIMIT_AS, (2**29, 2**29)); coded.main(['{}'])"
    monkeypatch.setattr(child, "command", lambda *_: [sys.executable, "-c", code.format(conversion.MEMORY)])
    monkeypatch.setattr(
        child, "environment", lambda: {**os.environ, "PYTHONPATH": f"{os.environ['PYTHONPATH']}:{ROOT}"}
    )
    assert read(coded, "") == "read"
    warn = read(coded, "bytes(2 ** 30)")
    assert isinstance(warn, Warn)
    told = re.fullmatch(r"takes more than (\d+) MiB of memory to read: split it, or give its text", warn.reason)
    assert told is not None
    assert (256 <= int(told[1]) < 512, warn.retry) == (True, True)


def no_process(patched: pytest.MonkeyPatch) -> str:
    """No process can be had."""

    def refuse(*_: object, **__: object) -> None:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    patched.setattr("retrieval.articles.conversion.subprocess.Popen", refuse)
    return "Resource temporarily unavailable"


def no_interpreter(patched: pytest.MonkeyPatch) -> str:
    """Python was removed."""
    patched.setattr(sys, "executable", "/nowhere/python")
    return "No such file or directory: /nowhere/python"


def no_thread(patched: pytest.MonkeyPatch) -> str:
    """No thread can be had."""

    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    patched.setattr(threading.Thread, "start", refuse)
    return "it cannot be timed: can't start new thread"


def no_module(patched: pytest.MonkeyPatch) -> str:
    """quoth is half removed."""
    patched.setattr(child, "command", lambda *_: [sys.executable, "-c", "raise SystemExit(3)"])
    return "it ended with exit status 3"


def no_parser(patched: pytest.MonkeyPatch) -> str:
    """A library is half removed."""
    code = "from retrieval.articles import conversion; conversion.PARSERS = ('nowhere',); conversion.main(['1'])"
    patched.setattr(child, "command", lambda *_: [sys.executable, "-c", code])
    patched.setattr(child, "away", lambda: str(ROOT))
    return "ModuleNotFoundError: No module named 'nowhere'"


def little_memory(patched: pytest.MonkeyPatch) -> str:
    """The user's limit leaves no memory for documents."""
    limit = "import resource; resource.setrlimit(resource.RLIMIT_AS, (2 ** 27, 2 ** 27))"
    code = f"from retrieval.articles import conversion; {limit}; conversion.main(['{conversion.MEMORY}'])"
    patched.setattr(child, "command", lambda *_: [sys.executable, "-c", code])
    patched.setattr(child, "away", lambda: str(ROOT))
    return "the limit for memory leaves it "


def no_memory(patched: pytest.MonkeyPatch) -> str:
    """There is too little memory for the parsers."""
    limit = "import resource; resource.setrlimit(resource.RLIMIT_AS, (2 ** 25, 2 ** 25))"
    code = f"from retrieval.articles import conversion; {limit}; conversion.main(['1'])"
    patched.setattr(child, "command", lambda *_: [sys.executable, "-c", code])
    patched.setattr(child, "away", lambda: str(ROOT))
    return ""


def no_end(patched: pytest.MonkeyPatch) -> str:
    """The process is never ready."""
    patched.setattr(child, "command", lambda *_: [sys.executable, "-c", "import signal; signal.pause()"])
    patched.setattr(conversion, "_STARTING", 0.1)
    return "it was not ready after 0.1 s"


@pytest.mark.parametrize(
    "lack", [no_process, no_interpreter, no_thread, no_module, no_parser, little_memory, no_memory, no_end]
)
def test_a_process_that_cannot_be_started_is_laid_to_no_article(
    lack: Callable[[pytest.MonkeyPatch], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus, index = write_corpus(tmp_path / "corpus"), tmp_path / "index"
    build_toy(corpus, index)
    before = folders.current(index)
    (corpus / "page.html").write_text(PAGE.format(charset="utf-8"), "utf-8")
    with monkeypatch.context() as patched:
        reason = lack(patched)
        with pytest.raises(ConverterNotStarted) as told:
            build_toy(corpus, index)
    assert reason in str(told.value)
    assert str(told.value).startswith("The process that reads HTML and PDF files cannot be started (")
    assert "page.html" not in str(told.value)
    assert folders.current(index) == before
    report = build_toy(corpus, index)
    assert report.manifest.counts.articles == 7
    assert not any(warn.skipped for warn in report.warnings)


def test_an_interruption_ends_the_process(coded: Converter, monkeypatch: pytest.MonkeyPatch) -> None:
    processes = list[object]()

    def interrupted(process: object, request: bytes) -> None:
        processes.append(process)
        raise KeyboardInterrupt

    monkeypatch.setattr(conversion, "_exchange", interrupted)
    with pytest.raises(KeyboardInterrupt), coded:
        read(coded, "")
    assert [process.poll() for process in processes] == [-9]  # type: ignore[attr-defined]


def test_the_parsers_are_not_loaded_where_a_build_runs(tmp_path: Path) -> None:
    code = """
import sys
from retrieval.articles.conversion import Converter
with Converter() as converter:
    converter.read(".html", b"<p>It came.</p>", "a.html", "")
print(sorted({"trafilatura", "lxml", "pypdf"} & set(sys.modules)))
"""
    assert python(code, cwd=tmp_path) == "[]\n"


def test_the_process_loads_nothing_that_encodes(coded: Converter) -> None:
    loaded = read(coded, "import sys; text = ' '.join(sys.modules)")
    assert isinstance(loaded, str)
    own = {"babel"}  # trafilatura's
    assert (HEAVY - own | {"numpy", "onnxruntime", "faiss"}) & set(loaded.split()) == set()
