"""quoth where Unix's own modules, functions and links are missing, as on Windows: it does what it does here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from bot.chat_log.store import Store
from retrieval.engine import Engine
from tests.bot.chat_log.test_store import using
from tests.conftest import MODEL_CACHE
from tests.other_platform import MODULES
from tests.toy import write_corpus

ROOT = Path(__file__).resolve().parents[1]
PAGE = "<h1>Ferry</h1><p>The ferry to the island leaves at nine on weekdays, and takes dogs on a lead.</p>"
QUESTION = "When does the ferry to the island leave?"
CHILDREN = f"""
import sys
if any(argument.endswith("child.py") for argument in sys.orig_argv):
    sys.modules.update(dict.fromkeys({MODULES!r}))
"""


def run_elsewhere(folder: Path, *commands: list[str]) -> list[dict[str, Any]]:
    """What commands print and how they end in a process of that kind, whose children are of that kind, too."""
    (folder / "site").mkdir()
    (folder / "site" / "sitecustomize.py").write_text(CHILDREN)
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(folder / "site"), str(ROOT)]),
        "QUOTH_INDEX_PATH": str(folder / "index"),
        "QUOTH_DISCORD_STORE": str(folder / "chat.db"),
        "QUOTH_MODEL_CACHE": str(MODEL_CACHE),
        "TMPDIR": str(folder / "site"),
    }
    process = subprocess.run(
        [sys.executable, "-m", "tests.other_platform"],
        input="".join(json.dumps(command) + "\n" for command in commands),
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert process.returncode == 0, process.stderr
    return [json.loads(line) for line in process.stdout.splitlines()]


def test_commands_do_elsewhere_what_they_do_here(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "corpus")
    (corpus / "page.html").write_text(PAGE)
    using(tmp_path / "chat.db", lambda store: store.guilds())
    outcomes = run_elsewhere(
        tmp_path,
        ["index", str(corpus), "--quiet"],
        ["ask", QUESTION, "--json"],
        ["search", "drinking water", "--json"],
        ["verify", "The harbour board of Velmora wants to raise the sea wall by two metres."],
        ["status"],
        ["store", "backup", str(tmp_path / "copy.db")],
        ["store", "restore", str(tmp_path / "copy.db")],
        ["gc", "--dry-run"],
        ["migrate", "--dry-run"],
    )
    assert [(outcome["status"], outcome["fault"]) for outcome in outcomes] == [(0, "")] * 9, outcomes
    index, ask, search, _, status, _, restore, gc, migrate = outcomes
    assert index["err"] == ""
    citation = json.loads(ask["out"])["quotes"][0]["citation"]
    assert (citation["article"], citation["path"]) == ("page", "page.html")
    assert json.loads(search["out"])["passages"][0]["citation"]["path"] == "letters/mayor.md"
    assert "good: " in status["out"]
    assert "The database before is kept as" in restore["err"]
    assert "it is current" in gc["out"]
    assert migrate["out"] == "Settings, database and index are of this version.\n"
    using(tmp_path / "chat.db", Store.guilds)
    answer = Engine.open(tmp_path / "index", cache=MODEL_CACHE).ask("Who winds the clocks?")
    assert answer.quotes[0].citation.article == "clock-museum", "what was built there is read here"
