"""Articles that a corpus is given: recorded, moved in and out, and as they were after whatever fails."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.answering.contributed import RECORD, ChangedByHand, Contributed, NoSuchArticle, Upload
from bot.answering.contribution_record import FOLDER, Change, Contribution, RecordDamaged
from retrieval import files

ANN, BEN = 7, 8
RULES, NOTES = Upload("rules.md", b"No bell after ten.\n"), Upload("notes.txt", b"The well is deep.\n")
OWN = b"The operator's.\n"


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    (tmp_path / FOLDER).mkdir()
    for file in ("own.md", f"{FOLDER}/own.md"):
        (tmp_path / file).write_bytes(OWN)
    return tmp_path


def add(corpus: Path, *given: Upload) -> Change:
    """Give articles, and confirm that."""
    contributed = Contributed(corpus)
    change = contributed.add(contributed.stage(given, ANN))
    contributed.confirm(change)
    return change


def remove(corpus: Path, file: str) -> Change:
    """Take an article away, and confirm that."""
    contributed = Contributed(corpus)
    change = contributed.remove(file)
    contributed.confirm(change)
    return change


def undo(corpus: Path) -> Change:
    """Undo the last change, and confirm that."""
    contributed = Contributed(corpus)
    change = contributed.undo()
    contributed.confirm(change)
    return change


def names(corpus: Path) -> list[str]:
    """The articles that lie there, without the operator's."""
    return sorted(each.name for each in (corpus / FOLDER).iterdir() if each.name[0] != "." and each.name != "own.md")


def hidden(corpus: Path) -> list[bytes]:
    """What lies there and is no article."""
    return sorted(each.read_bytes() for each in (corpus / FOLDER).glob(".*") if each.name != RECORD)


def test_articles_are_added_listed_and_removed(corpus: Path) -> None:
    contributed = Contributed(corpus)
    assert contributed.all() == []
    (rules,) = add(corpus, Upload("House rules.md", RULES.data, "https://discord.com/channels/1/2/3")).contributions
    assert (rules.file, rules.path, rules.by) == ("House-rules.md", f"{FOLDER}/House-rules.md", ANN)
    assert rules.url == "https://discord.com/channels/1/2/3"
    (notes,) = add(corpus, NOTES).contributions
    assert contributed.all() == [notes, rules]
    assert remove(corpus, "House-rules.md") == Change((rules,), added=False)
    assert (contributed.all(), names(corpus)) == ([notes], ["notes.txt"])


def test_the_last_change_is_undone_and_done_again(corpus: Path) -> None:
    with pytest.raises(NoSuchArticle):
        undo(corpus)
    both = add(corpus, RULES, NOTES)
    for _ in range(2):
        assert undo(corpus) == Change(both.contributions, added=False)
        assert names(corpus) == []
        assert undo(corpus) == both
        assert names(corpus) == ["notes.txt", "rules.md"]
    removed = remove(corpus, "rules.md")
    assert undo(corpus) == Change(removed.contributions, added=True)
    assert (corpus / FOLDER / "rules.md").read_bytes() == RULES.data


def test_an_article_is_replaced_under_its_name(corpus: Path) -> None:
    add(corpus, RULES)
    remove(corpus, "rules.md")
    add(corpus, Upload("rules.md", b"No bell after nine.\n"))
    assert names(corpus) == ["rules.md"]
    assert hidden(corpus) == [], "what cannot be undone any more is not kept"
    undo(corpus)
    assert (names(corpus), hidden(corpus)) == ([], [b"No bell after nine.\n"])


def test_what_is_taken_back_leaves_undo_as_it_was(corpus: Path) -> None:
    add(corpus, RULES)
    removed = remove(corpus, "rules.md")
    contributed = Contributed(corpus)
    broken = contributed.add(contributed.stage([Upload("rules.md", b"no words")], BEN))
    assert contributed.settle() == broken
    assert contributed.settle() == broken, "until the index was built"
    contributed.mark_built()
    assert contributed.settle() is None
    assert undo(corpus) == Change(removed.contributions, added=True)
    assert (corpus / FOLDER / "rules.md").read_bytes() == RULES.data


def test_what_was_taken_back_meanwhile_is_not_confirmed(corpus: Path) -> None:
    contributed = Contributed(corpus)
    first = contributed.add(contributed.stage([RULES], ANN))
    contributed.settle()
    with pytest.raises(NoSuchArticle):
        contributed.confirm(first)
    second = contributed.add(contributed.stage([NOTES], ANN))
    with pytest.raises(NoSuchArticle):
        contributed.confirm(first)
    contributed.confirm(second)
    assert names(corpus) == ["notes.txt"]


def test_what_the_operator_put_there_is_neither_replaced_nor_removed(corpus: Path) -> None:
    (added,) = add(corpus, Upload("OWN.txt", b"Another.\n")).contributions
    assert added.file == "OWN-2.txt"
    for name in ("own.md", "../own.md", RECORD, added.hidden):
        with pytest.raises(NoSuchArticle):
            remove(corpus, name)
    remove(corpus, "OWN-2.txt")
    (corpus / FOLDER / "OWN-2.txt").write_bytes(OWN)
    assert [each.file for each in undo(corpus).contributions] == ["OWN-2-2.txt"]
    assert undo(corpus).contributions[0].file == "OWN-2-2.txt"
    assert (corpus / FOLDER / "OWN-2.txt").read_bytes() == OWN


def test_an_article_whose_name_the_operator_took_comes_back_under_another(corpus: Path) -> None:
    add(corpus, RULES, Upload("rules-2.md", b"Of another house.\n"))
    contributed = Contributed(corpus)
    contributed.undo()
    for name in ("rules.md", "rules-2.md"):
        (corpus / FOLDER / name).write_bytes(OWN)
    contributed.settle()
    assert [each.file for each in contributed.all()] == ["rules-2-2.md", "rules-3.md"]
    assert {each.file for each in undo(corpus).contributions} == {"rules-2-2.md", "rules-3.md"}
    assert [(corpus / FOLDER / name).read_bytes() for name in ("rules.md", "rules-2.md")] == [OWN, OWN]


def test_a_name_that_the_operator_took_first_stays_theirs(corpus: Path) -> None:
    add(corpus, NOTES)
    contributed = Contributed(corpus)
    staged = contributed.stage([RULES], ANN)
    (corpus / FOLDER / "rules.md").write_bytes(OWN)
    with pytest.raises(FileExistsError):
        contributed.add(staged)
    contributed.settle()
    assert (corpus / FOLDER / "rules.md").read_bytes() == OWN
    assert hidden(corpus) == []
    assert [each.file for each in undo(corpus).contributions] == ["notes.txt"]


def test_a_file_that_was_changed_by_hand_is_the_operator_s(corpus: Path) -> None:
    add(corpus, RULES, NOTES)
    contributed = Contributed(corpus)
    (corpus / FOLDER / "rules.md").write_bytes(OWN)
    assert [each.file for each in contributed.all()] == ["notes.txt"]
    changes: list[Callable[[], object]] = [
        lambda: remove(corpus, "rules.md"),
        lambda: undo(corpus),
        contributed.undoing,
    ]
    for change in changes:
        with pytest.raises(ChangedByHand) as refused:
            change()
        assert refused.value.file == "rules.md"
    assert contributed.settle() is None
    remove(corpus, "notes.txt")
    add(corpus, Upload("more.md", b"More.\n"))
    assert (corpus / FOLDER / "rules.md").read_bytes() == OWN
    (corpus / FOLDER / "rules.md").write_bytes(RULES.data)
    assert [each.file for each in contributed.all()] == ["more.md", "rules.md"]


def test_a_file_that_was_changed_by_hand_before_it_is_taken_back_stays(corpus: Path) -> None:
    contributed = Contributed(corpus)
    change = contributed.add(contributed.stage([RULES, NOTES], ANN))
    (corpus / FOLDER / "rules.md").write_bytes(OWN)
    assert contributed.settle() == change
    assert (names(corpus), hidden(corpus), contributed.all()) == (["rules.md"], [], [])
    assert (corpus / FOLDER / "rules.md").read_bytes() == OWN


def test_files_that_the_operator_removed_are_not_undone(corpus: Path) -> None:
    add(corpus, RULES, NOTES)
    (corpus / FOLDER / "rules.md").unlink()
    assert [each.file for each in Contributed(corpus).all()] == ["notes.txt"]
    assert [each.file for each in undo(corpus).contributions] == ["notes.txt"]
    for file in (corpus / FOLDER).glob(".quoth-*"):
        file.unlink()
    with pytest.raises(NoSuchArticle):
        undo(corpus)


def test_who_is_forgotten_is_no_longer_recorded(corpus: Path) -> None:
    add(corpus, RULES)
    removed = remove(corpus, "rules.md")
    contributed = Contributed(corpus)
    staged = contributed.stage([NOTES], BEN)
    pending = contributed.add(staged)
    assert (contributed.forget(ANN), contributed.forget(BEN)) == (0, 0)
    assert {str(ANN), str(BEN)}.isdisjoint((corpus / FOLDER / RECORD).read_text().replace(",", "").split())
    contributed.confirm(pending)
    assert [each.by for each in contributed.all()] == [None]
    add(corpus, Upload("more.md", b"More.\n"))
    assert contributed.forget(ANN) == 1
    assert removed.contributions[0].by == ANN


def test_who_is_forgotten_is_not_recorded_with_what_was_taken_back(corpus: Path) -> None:
    contributed = Contributed(corpus)
    contributed.add(contributed.stage([NOTES], BEN))
    contributed.settle()
    contributed.forget(BEN)
    taken_back = contributed.settle()
    assert taken_back is not None
    assert [each.by for each in taken_back.contributions] == [None]


# Whatever fails


@dataclass(frozen=True, slots=True)
class State:
    """What a corpus was given, without keys and times, which no two runs have alike."""

    articles: dict[str, bytes]
    hidden: list[bytes]
    listed: list[str]
    undoing: tuple[list[str], bool] | None


def state(corpus: Path) -> State:
    """What is there now, and what would be undone."""
    contributed = Contributed(corpus)
    try:
        change = contributed.undoing()
        undoing = ([each.file for each in change.contributions], change.added)
    except NoSuchArticle:
        undoing = None
    articles = {name: (corpus / FOLDER / name).read_bytes() for name in names(corpus)}
    return State(articles, hidden(corpus), [each.file for each in contributed.all()], undoing)


class Killed(BaseException):
    """The end of the process."""


OPERATIONS = ((os, ("open", "rename", "replace", "unlink", "mkdir", "chmod", "fsync")), (io, ("open",)))


@contextmanager
def failing(at: int, error: type[BaseException], *, forever: bool) -> Iterator[list[str]]:
    """Raise an error in place of the file operation of this number, and of all after it."""
    done: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        for module, functions in OPERATIONS:
            for name in functions:
                patch.setattr(module, name, _counting(getattr(module, name), name, done, at, error, forever))
        yield done


def _counting(
    real: Callable[..., Any], name: str, done: list[str], at: int, error: type[BaseException], forever: bool
) -> Callable[..., Any]:
    def operation(*args: Any, **options: Any) -> Any:
        done.append(name)
        if len(done) == at or (forever and len(done) > at):
            raise error(5, "Input/output error")
        return real(*args, **options)

    return operation


CHANGES: dict[str, tuple[Callable[[Path], object], Callable[[Path], object]]] = {
    "the first": (lambda corpus: None, lambda corpus: add(corpus, RULES)),
    "two at once": (
        lambda corpus: add(corpus, RULES),
        lambda corpus: add(corpus, NOTES, Upload("more.md", b"More.\n")),
    ),
    "one more, after a removal": (
        lambda corpus: (add(corpus, RULES), remove(corpus, "rules.md")),
        lambda corpus: add(corpus, Upload("rules.md", b"No bell after nine.\n")),
    ),
    "a removal": (lambda corpus: add(corpus, RULES, NOTES), lambda corpus: remove(corpus, "rules.md")),
    "a removal, after a removal": (
        lambda corpus: (add(corpus, RULES, NOTES), remove(corpus, "rules.md")),
        lambda corpus: remove(corpus, "notes.txt"),
    ),
    "undoing an addition": (lambda corpus: add(corpus, RULES, NOTES), lambda corpus: undo(corpus)),
    "undoing a removal": (lambda corpus: (add(corpus, RULES), remove(corpus, "rules.md")), lambda corpus: undo(corpus)),
}


def runs(tmp_path: Path, setup: Callable[[Path], object]) -> Iterator[tuple[int, Path]]:
    """A corpus of its own for the failure of each operation in turn."""
    at = 0
    while True:
        at += 1
        corpus = tmp_path / str(at)
        (corpus / FOLDER).mkdir(parents=True)
        (corpus / FOLDER / "own.md").write_bytes(OWN)
        setup(corpus)
        yield at, corpus


def outcome(tmp_path: Path, setup: Callable[[Path], object], change: Callable[[Path], object]) -> tuple[State, State]:
    """What is there before a change and after it, where nothing fails."""
    _, corpus = next(runs(tmp_path / "whole", setup))
    before = state(corpus)
    change(corpus)
    return before, state(corpus)


@pytest.mark.parametrize("name", CHANGES)
def test_a_kill_at_any_operation_leaves_all_as_before_or_after(tmp_path: Path, name: str) -> None:
    setup, change = CHANGES[name]
    before, after = outcome(tmp_path, setup, change)
    outcomes = []
    for at, corpus in runs(tmp_path, setup):
        with failing(at, Killed, forever=True) as done:
            try:
                change(corpus)
            except Killed:
                pass
            else:
                break
        _each_in_one_place(corpus, before, after)
        Contributed(corpus).settle()
        outcomes.append(state(corpus))
        assert outcomes[-1] in (before, after), f"killed at {at}, {done[-1]}"
        assert (corpus / FOLDER / "own.md").read_bytes() == OWN
    assert (outcomes[0], outcomes[-1]) == (before, after)
    assert len(outcomes) > 10, "many operations were killed"
    assert state(corpus) == after


def _each_in_one_place(corpus: Path, before: State, after: State) -> None:
    """Nothing that was there, or could be brought back, is in two places or lost before the next command."""
    there = [*(file.read_bytes() for file in (corpus / FOLDER).iterdir() if file.name not in (RECORD, "own.md"))]
    for text in {*before.articles.values(), *after.articles.values()}:
        kept = text in before.articles.values() or text in before.hidden
        assert there.count(text) == 1 or (not kept and there.count(text) == 0)


@pytest.mark.parametrize("name", CHANGES)
def test_a_kill_while_a_kill_is_recovered_from_loses_nothing(tmp_path: Path, name: str) -> None:
    setup, change = CHANGES[name]
    before, _ = outcome(tmp_path, setup, change)
    for at, corpus in runs(tmp_path, setup):
        _kill_before_it_is_confirmed(corpus, change)
        with failing(at, Killed, forever=True):
            try:
                Contributed(corpus).settle()
            except Killed:
                pass
            else:
                break
        Contributed(corpus).settle()
        assert state(corpus) == before
    assert state(corpus) == before
    assert at > 5


def _kill_before_it_is_confirmed(corpus: Path, change: Callable[[Path], object]) -> None:
    def killed(contributed: Contributed, change: Change) -> None:
        raise Killed

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Contributed, "confirm", killed)
        with pytest.raises(Killed):
            change(corpus)


@pytest.mark.parametrize("name", CHANGES)
def test_an_error_of_any_operation_leaves_all_as_before(tmp_path: Path, name: str) -> None:
    setup, change = CHANGES[name]
    before, after = outcome(tmp_path, setup, change)
    refused = 0
    for at, corpus in runs(tmp_path, setup):
        expected = after
        with failing(at, OSError, forever=False) as done:
            try:
                change(corpus)
            except OSError:
                expected = before
                refused += 1
        Contributed(corpus).settle()
        assert state(corpus) == expected, f"failed at {at}, {done[-1]}"
        if len(done) < at:
            break
    assert refused > 10, "many operations failed"


def test_a_file_that_is_half_written_is_gone_afterwards(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = files.NewFile.write

    def half(file: files.NewFile, data: bytes | memoryview) -> int:
        write(file, data[: len(data) // 2])
        raise Killed

    add(corpus, RULES)
    with monkeypatch.context() as patch:
        patch.setattr(files.NewFile, "write", half)
        patch.setattr(Path, "unlink", lambda *_, **__: None)
        with pytest.raises(Killed):
            add(corpus, NOTES)
    assert len(hidden(corpus)) == 1
    Contributed(corpus).settle()
    assert (names(corpus), hidden(corpus)) == (["rules.md"], [])


# A record that is damaged


def _with(field: str, value: object) -> Callable[[dict[str, Any]], object]:
    return lambda record: record["contributions"][0].update({field: value})


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"null", b'{"format": 9}', b"\xff", b"[" * 100_000])
def test_nothing_is_changed_where_the_record_is_damaged(raw: bytes, corpus: Path) -> None:
    add(corpus, RULES)
    (corpus / FOLDER / RECORD).write_bytes(raw)
    contributed = Contributed(corpus)
    before = sorted(each.name for each in (corpus / FOLDER).iterdir())
    attempts: list[Callable[[], object]] = [
        contributed.all,
        contributed.settle,
        contributed.undo,
        lambda: contributed.remove("rules.md"),
        lambda: contributed.forget(ANN),
    ]
    for attempt in attempts:
        with pytest.raises(RecordDamaged, match=RECORD):
            attempt()
    assert sorted(each.name for each in (corpus / FOLDER).iterdir()) == before


@pytest.mark.parametrize(
    "damage",
    [
        _with("file", "../own.md"),
        _with("file", ".articles.json"),
        _with("file", 7),
        _with("key", "../../own"),
        _with("key", ""),
        _with("at", "yesterday"),
        _with("more", 1),
        lambda record: record["contributions"][0].pop("file"),
        lambda record: record.pop("pending"),
        lambda record: record.update(last={"contributions": [{"file": "../own.md"}], "added": False}),
    ],
)
def test_a_record_that_names_other_places_is_not_followed(
    damage: Callable[[dict[str, Any]], object], corpus: Path
) -> None:
    add(corpus, RULES)
    record = json.loads((corpus / FOLDER / RECORD).read_bytes())
    damage(record)
    (corpus / FOLDER / RECORD).write_text(json.dumps(record))
    with pytest.raises(RecordDamaged):
        Contributed(corpus).all()
    assert (corpus / "own.md").read_bytes() == OWN


def test_a_record_is_read_as_it_was_written(corpus: Path) -> None:
    contributed = Contributed(corpus)
    change = contributed.add(contributed.stage([Upload("rules.md", b"x", "https://x.example")], ANN))
    contributed.confirm(change)
    assert Contributed(corpus).all() == list(change.contributions)
    assert isinstance(change.contributions[0], Contribution)
