"""The wheel, unpacked as pip would, and run from another folder."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("bot", "retrieval", "config", "seeds")
NOT_BUILT = shutil.ignore_patterns("tests", ".*", "__pycache__", "*.egg-info", "build")


def files_of(folder: Path) -> Iterator[Path]:
    return (file.relative_to(folder) for file in folder.rglob("*") if file.is_file() and "__pycache__" not in str(file))


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as site-packages, with nothing but what the wheel brings."""
    folder = tmp_path_factory.mktemp("wheel")
    shutil.copytree(ROOT, folder / "quoth", ignore=NOT_BUILT)
    offline = ["--no-deps", "--no-index", "--no-build-isolation", "--disable-pip-version-check"]
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", *offline, "--wheel-dir", str(folder)]
    process = subprocess.run([*command, str(folder / "quoth")], capture_output=True, text=True, check=False)
    assert process.returncode == 0, process.stderr
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(folder / "installed")
    return folder / "installed"


def test_it_has_every_file_of_its_packages(installed: Path) -> None:
    expected = {name / file for name in map(Path, PACKAGES) for file in files_of(ROOT / name)}
    assert Path("retrieval/encoding/built_in/weights.bin") in expected
    for file in expected:
        assert (installed / file).read_bytes() == (ROOT / file).read_bytes(), file
    assert {file.parts[0] for file in files_of(installed)} - set(PACKAGES) == {"quoth-0.1.0.dist-info"}


def test_it_answers_in_an_empty_folder_and_writes_to_none_but_the_users(installed: Path, tmp_path: Path) -> None:
    before = set(files_of(installed))
    (tmp_path / "empty").mkdir()
    environment = {**os.environ, "PYTHONPATH": str(installed), "PYTHONDONTWRITEBYTECODE": "1"}
    start = "from bot.start import main; raise SystemExit(main())"
    ran = subprocess.run(
        [sys.executable, "-c", start, "ask", "When did Albania join NATO?"],
        cwd=tmp_path / "empty", env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert "Albania has belonged to NATO since 2009." in ran.stdout
    assert f"building it, once, from {installed / 'seeds' / 'articles'}\n" in ran.stderr
    assert (Path(os.environ["XDG_DATA_HOME"]) / "quoth" / "index" / "CURRENT").is_file()
    assert set(files_of(installed)) == before
    assert list((tmp_path / "empty").iterdir()) == []
