"""Every block of the README, run unchanged in a copy of the checkout."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import subprocess
import sysconfig
from pathlib import Path

import pytest

from retrieval.answering.confidence import BUILT_IN_THRESHOLD
from tests.conftest import MODEL_CACHE
from tests.discord_server import DiscordServer

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
LEFT_OUT = shutil.ignore_patterns(".venv", ".git", ".quoth", "__pycache__", ".*_cache", ".hypothesis", "*.egg-info")


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the checkout beside a home folder with articles."""
    folder = tmp_path_factory.mktemp("readme")
    shutil.copytree(ROOT, folder / "quoth", ignore=LEFT_OUT)
    (folder / "cache").mkdir()
    MODEL_CACHE.mkdir(parents=True, exist_ok=True)  # in case no test has exported the model yet
    (folder / "cache" / "quoth").symlink_to(MODEL_CACHE, target_is_directory=True)
    # This environment's packages, without quoth itself: an editable install here would lead back to this checkout.
    (folder / "packages").mkdir()
    for package in Path(sysconfig.get_paths()["purelib"]).iterdir():
        if not package.name.startswith(("__editable__", "quoth-", "__pycache__")):
            (folder / "packages" / package.name).symlink_to(package)
    articles = folder / "home" / "articles"
    articles.mkdir(parents=True)
    (articles / "treaty.txt").write_text(
        "The treaty of Ambleford\n\nQueen Maud signed the treaty of Ambleford in the spring of 1402. Peace came.\n"
    )
    return folder / "quoth"


def surroundings(checkout: Path) -> dict[str, str]:
    """Return a command's environment in the copy: offline, with this environment's packages and the tests' model."""
    return {
        **os.environ,
        "HOME": str(checkout.parent / "home"),
        "XDG_CACHE_HOME": str(checkout.parent / "cache"),
        "PYTHONPATH": str(checkout.parent / "packages"),
        "PIP_NO_DEPS": "1",
        "PIP_NO_INDEX": "1",
        "PIP_NO_BUILD_ISOLATION": "0",  # pip reads this one as the value of build isolation
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    }


def run(command: list[str], checkout: Path, typed: str = "") -> str:
    """Run a command in the copy."""
    process = subprocess.run(
        command, cwd=checkout, env=surroundings(checkout), input=typed, capture_output=True, text=True, check=False
    )
    assert process.returncode == 0, process.stdout + process.stderr
    return process.stdout


def named_figures() -> list[str]:
    """Return the figures that the README explains."""
    table = README[README.index("| figure | what it says |") :].split("\n\n")[0]
    cells = [line.split("|")[1] for line in table.splitlines()[2:]]
    return [name.strip() for cell in cells for name in cell.split(",")]


async def run_bot(block: str, checkout: Path) -> str:
    """Run the lines that start the bot, on the fake Discord, until it is connected."""
    async with DiscordServer() as server:
        (checkout.parent / "home" / "discord-token").write_text(server.token)
        environment = {**surroundings(checkout), "QUOTH_DISCORD_API_URL": server.url}
        bot = await asyncio.create_subprocess_exec(
            "sh", "-ec", block, cwd=checkout, env=environment, stdout=asyncio.subprocess.PIPE, start_new_session=True
        )
        try:
            await server.connected(timeout=60)
        finally:
            os.killpg(bot.pid, signal.SIGTERM)
            output, _ = await bot.communicate()
        return output.decode()


def test_the_blocks_are_those_that_are_run_here() -> None:
    assert [language for language, _ in BLOCKS] == ["sh"] * 7 + ["python"] * 2
    first = README[: README.index("```sh")].count("\n") + 1
    assert first < 25
    assert "make ask" in BLOCKS[0][1]
    assert "make test" in BLOCKS[0][1]


def test_the_shell_and_python_blocks(checkout: Path) -> None:
    make, plain, own, chat, discord, evaluation, again, *python = (block for _, block in BLOCKS)
    out = run(["sh", "-ec", plain], checkout)
    assert "Russia" in out
    assert "nato-russia-council@" in out
    (install,) = (checkout / ".venv").rglob("__editable__.quoth*.pth")
    assert install.read_text("utf-8").strip() == str(checkout), "type checkers and editors cannot follow an import hook"
    # The environment that the plain lines made stands in for the one that make would make.
    (checkout / ".venv" / ".ready").touch()
    # `make test` would run this test again, so make only prints its commands.
    out = run(["sh", "-ec", make.replace("make test", "make -n test")], checkout)
    assert "nato-russia-council@" in out
    assert "-m pytest" in out
    out = run(["sh", "-ec", own], checkout)
    assert "Queen Maud signed the treaty of Ambleford in the spring of 1402." in out
    out = run(["sh", "-ec", chat], checkout, typed="Where was the Charter for European Security signed?\n")
    assert "Istanbul" in out
    assert "/oauth2/authorize?client_id=" in asyncio.run(run_bot(discord, checkout))
    home = checkout.parent / "home"
    out = run(["sh", "-ec", evaluation], checkout)
    assert "gold.jsonl: 5 questions, 3 answerable, 2 not" in out
    assert all(figure in out for figure in named_figures())
    assert "Bucharest" in (home / "report.html").read_text("utf-8")
    out = run(["sh", "-ec", again], checkout)
    assert "Changed: candidates 10 → 20." in out
    assert "5 questions, " in out
    assert "Nothing was written (--dry-run)." in out
    assert not list(checkout.rglob("calibration.json"))
    out = run([".venv/bin/python", "-c", "\n".join(python)], checkout)
    assert "nato-russia-council@" in out


def test_the_threshold_is_the_one_in_force() -> None:
    assert f'`threshold = "auto"` is {BUILT_IN_THRESHOLD}.' in README
    settings = (ROOT / "config" / "quoth.toml").read_text("utf-8")
    assert f"or {BUILT_IN_THRESHOLD} if the index is not calibrated." in settings


def test_the_quality_figures_name_how_to_get_them_again() -> None:
    figures = README[README.index("## How well") : README.index("## How it works")]
    assert "make bench" in figures


def test_ci_runs_the_readmes_test_command() -> None:
    assert (ROOT / ".ci" / "run").read_text("utf-8").strip().endswith("make test")


def test_the_workflow_and_the_hook_run_the_gate_itself() -> None:
    assert "- run: .ci/run\n" in (ROOT / ".github" / "workflows" / "gate.yml").read_text("utf-8")
    assert "entry: make check\n" in (ROOT / ".pre-commit-config.yaml").read_text("utf-8")


@pytest.mark.parametrize(
    "page", [ROOT / "README.md", *sorted((ROOT / "bot" / "help").glob("*.md"))], ids=lambda page: page.stem
)
def test_the_rows_of_tables_stand_on_their_own_lines(page: Path) -> None:
    lines = [re.sub(r"`[^`]*`", "", line) for line in page.read_text("utf-8").splitlines()]
    columns = 0
    for line in lines:
        if not line.startswith("|"):
            assert not columns or not line, f"no blank line ends the table before: {line}"
            columns = 0
            continue
        columns = columns or line.count("|")
        assert (line.count("|"), line[-1]) == (columns, "|"), line
