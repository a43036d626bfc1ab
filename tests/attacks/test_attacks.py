"""A few tries of every attack; `make attack` makes all of those listed in all.py."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest

from bot.discord.outgoing import markdown
from tests.attacks import __main__ as long_form
from tests.attacks import pasting
from tests.attacks.all import ATTACKS, Attack
from tests.attacks.rows import Interrupted, Lost, Row, Try, expect, tally

SEED = 3


@pytest.mark.parametrize("name", ATTACKS)
def test_nothing_is_lost(name: str) -> None:
    attack = ATTACKS[name]
    row = attack.run(attack.fast, SEED)
    assert row.losses == 0, row.first
    assert (row.attack, row.tries) == (name, attack.fast)


def test_losses_are_counted_and_the_first_is_reported() -> None:
    lines = list[str]()
    tries: list[Try] = [lambda: None, partial(expect, False, "the\nkey"), partial(expect, True, ""), lambda: 1 // 0]
    row = tally("doors", tries, lines.append)
    assert (row.tries, row.losses, row.first) == (4, 2, "the key")
    assert lines == [
        "doors: lost by try 2: the key",
        "doors: lost by try 4: ZeroDivisionError: integer division or modulo by zero",
    ]


def test_an_interrupted_attack_reports_its_tries() -> None:
    def tries() -> Iterator[Try]:
        yield partial(expect, False, "the key")
        raise KeyboardInterrupt

    with pytest.raises(Interrupted) as stopped:
        tally("doors", tries())
    assert (stopped.value.row.tries, stopped.value.row.losses) == (1, 1)


@pytest.mark.parametrize(("losses", "status"), [(0, 0), (2, 1), (None, 130)])
def test_the_long_form_ends_with_a_table_and_a_status(
    losses: int | None, status: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    counts = list[int]()

    def run(tries: int, seed: int, progress: object = None) -> Row:
        counts.append(tries)
        row = Row("doors", tries, losses or 0, "the key" if losses else None, 1.0)
        if losses is None:
            raise Interrupted(row)
        return row

    monkeypatch.setattr(long_form, "ATTACKS", {"doors": Attack(run, 1000, 1), "walls": Attack(run, 10, 1)})
    assert long_form.main(["--only", "doors", "--scale", "0.01"]) == status
    assert counts == [10]
    out = capsys.readouterr().out
    assert "doors" in out
    assert ("the key" in out) is bool(losses)


def test_an_unknown_attack_is_reported(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        long_form.main(["--only", "kills,doors"])
    assert "there is no attack doors: name some of kills, " in capsys.readouterr().err


# Attacks must be able to find something.


def test_live_marks_in_a_message_are_a_loss(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(markdown, "_live", lambda line: set())
    assert ATTACKS["texts"].run(60, SEED).losses > 10


@pytest.mark.parametrize(
    "line", ["index a --rebuilt", "calibrate --reset=x", "build a", "feedback", "ask --top", "--version"]
)
def test_a_line_that_quoth_does_not_understand_is_a_loss(line: str) -> None:
    pasting.expect_understood(["index", "a", "--rebuild", "--index", "b"])
    pasting.expect_understood(["feedback", "export", "--out", "-"])
    with pytest.raises(Lost, match="does not understand"):
        pasting.expect_understood(line.split())
