"""What is the user's stays: fetching removes and writes nothing that quoth did not put there."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.source_record import Source
from tests.bot.sources.site import Sources


@pytest.fixture
def origin(tmp_path: Path) -> Path:
    """A folder with an article in a folder of its own."""
    folder = tmp_path / "minutes"
    (folder / "sub").mkdir(parents=True)
    (folder / "sub" / "docs.md").write_text("The council met in May.\n")
    return folder


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder of the user's, with a file."""
    folder = tmp_path / "usershome"
    folder.mkdir()
    (folder / "letter.md").write_text("Mine.")
    return folder


def copied(folder: Path, name: str = "minutes") -> Source:
    return Source(name, "folder", str(folder))


def contents(folder: Path) -> dict[str, str]:
    """The files below a folder, and what they hold."""
    files = (file for file in folder.rglob("*") if file.is_file())
    return {file.relative_to(folder).as_posix(): file.read_text() for file in files}


@pytest.mark.parametrize("is_fetched", [True, False])
def test_a_source_whose_folder_is_a_link_fails_alone(
    is_fetched: bool, origin: Path, home: Path, tmp_path: Path
) -> None:
    sources = Sources(tmp_path / "fetched")
    link = sources.root / "minutes"
    if is_fetched:
        sources.fetch(copied(origin))
        link.rename(tmp_path / "elsewhere")
    else:
        sources.root.mkdir()
    link.symlink_to("../usershome")
    linked, other = sources.fetch(copied(origin), copied(origin, "other"))
    assert str(linked) == (
        f"The source minutes is not fetched through a link ({link}): remove the link, and a folder takes its place."
    )
    assert (other.failed, sources.files("other")) == (False, ["sub/docs.md"])
    assert contents(home) == {"letter.md": "Mine."}
    sources.fetch(copied(origin, "other"))  # the source is in the settings no more
    assert contents(home) == {"letter.md": "Mine."}


@pytest.mark.parametrize("name", ["sub", "sub/docs.md", "aside", "letter.md"])
def test_a_link_in_a_folder_of_quoths_own_is_removed_and_not_followed(
    name: str, origin: Path, home: Path, tmp_path: Path
) -> None:
    sources = Sources(tmp_path / "fetched")
    sources.fetch(copied(origin))
    link = sources.root / "minutes" / name
    if name == "sub":
        (link / "docs.md").unlink()
        link.rmdir()
    link.unlink(missing_ok=True)
    link.symlink_to(home / "letter.md" if name.endswith(".md") else home)
    assert not sources.fetch(copied(origin))[0].failed
    assert contents(home) == {"letter.md": "Mine."}
    assert contents(sources.root / "minutes" / "sub") == {"docs.md": "The council met in May.\n"}
    assert not link.is_symlink()


@pytest.mark.parametrize("name", [".state", ".repositories"])
def test_nothing_is_kept_through_a_link(name: str, origin: Path, home: Path, tmp_path: Path) -> None:
    sources = Sources(tmp_path / "fetched")
    sources.root.mkdir()
    (home / "former.json").write_text("{}")
    (home / "former.git").mkdir()
    (sources.root / name).symlink_to(home)
    (outcome,) = sources.fetch(copied(origin))
    assert outcome.failed == (name == ".state")
    assert contents(home) == {"letter.md": "Mine.", "former.json": "{}"}
    assert (home / "former.git").is_dir()


MINE = {
    ".state/photos.json": '{"my": "app state"}',
    "photos/a.jpg": "a picture",
    ".gone-mine/f": "not gone",
    ".repositories/mine.git/HEAD": "ref: refs/heads/main",
    ".state/other.json": "{}",
    "other/mine.md": "Mine.",
    "minutes copy/.quoth-fetched": "quoth-fetched 1\nminutes\n",
    "minutes copy/mine.md": "Mine.",
    ".state/letters.json": '{"pages": {}, "listings": {}, "notes": []}',
    "letters/mine.md": "Mine.",
}


def test_what_a_folder_holds_before_the_first_fetch_stays(origin: Path, tmp_path: Path) -> None:
    sources = Sources(tmp_path / "fetched")
    for name, text in MINE.items():
        (sources.root / name).parent.mkdir(parents=True, exist_ok=True)
        (sources.root / name).write_text(text)
    for _ in range(2):
        foreign, own = sources.fetch(copied(origin, "other"), copied(origin))
        assert str(foreign) == (
            f"The source other has a record that is damaged or not quoth's ({sources.root / '.state' / 'other.json'}): "
            "move that, or rename the source."
        )
        assert not own.failed
        assert MINE.items() <= contents(sources.root).items()


def test_a_folder_of_the_users_stays_though_its_record_is_quoths(origin: Path, tmp_path: Path) -> None:
    sources = Sources(tmp_path / "fetched")
    sources.fetch(copied(origin))
    (sources.root / "minutes").rename(tmp_path / "away")
    (sources.root / "minutes").mkdir()
    (sources.root / "minutes" / "mine.md").write_text("Mine.")
    (outcome,) = sources.fetch(copied(origin))
    assert "has the name of a folder that is there already" in str(outcome)
    sources.fetch(copied(origin, "other"))
    assert contents(sources.root / "minutes") == {"mine.md": "Mine."}


def test_a_damaged_record_of_a_folder_of_quoths_own_is_written_anew(origin: Path, tmp_path: Path) -> None:
    sources = Sources(tmp_path / "fetched")
    sources.fetch(copied(origin))
    (sources.root / ".state" / "minutes.json").write_text("{")
    assert not sources.fetch(copied(origin))[0].failed
    assert sources.state("minutes").files == 1


def test_what_a_former_source_brought_goes_and_goes_on_going(origin: Path, tmp_path: Path) -> None:
    sources = Sources(tmp_path / "fetched")
    sources.fetch(copied(origin), copied(origin, "other"))
    going = sources.root / ".gone-third-1"
    going.mkdir()
    (going / ".quoth-fetched").write_text("quoth-fetched 1\nthird\n")
    sources.fetch(copied(origin, "other"))
    assert sorted(path.name for path in sources.root.iterdir() if path.name != ".lock") == [".state", "other"]
    assert sorted(path.name for path in (sources.root / ".state").iterdir()) == ["other.json"]
