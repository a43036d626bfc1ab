"""Settings of every sort, with secrets put where they do not belong: read, or refused in one sentence without them."""

from __future__ import annotations

import base64
import os
import random
import re
import string
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from unittest.mock import patch

from typer.testing import CliRunner

from bot.errors import sentence
from bot.main import app
from bot.setting_table import SETTINGS, variable
from bot.settings import Settings, load
from retrieval.errors import QuothError
from tests.attacks.rows import Row, Tell, Try, expect, silent, tally
from tests.attacks.surroundings import temporary
from tests.attacks.words import UNFORESEEN
from tests.conftest import MODEL_CACHE
from tests.toy import build_toy, write_corpus

FLAGS = [key for key, setting in SETTINGS.items() if setting.flag]
BY_COMMAND = 25  # each so many-th try goes through a command, which also uses what it was given
STATUSES = {0, 1, 2}
LEAST = 12  # characters of a part of a secret that must not be known
LONGEST = 8000  # characters of a sentence
COMMANDS = (
    ("status",),
    ("show", "bridge@7f5229e394a5#250-340"),
    ("ask", "Who closed the bridge?"),
    ("index",),
    ("feedback", "export"),
    ("discord", "--invite"),
)
SECRET_NAMES = (
    "discord.token",
    "token",
    "discord.secret",
    "discord.bot_token",
    "discord.client_secret",
    "bot.token",
    "discord.password",
    "tokens.discord",
    "DISCORD_TOKEN",
    "discord.Token",
)
SECRET_VARIABLES = (
    "QUOTH_DISCORD_SECRET",
    "QUOTH_DISCORD_BOT_TOKEN",
    "QUOTH_DISCORD_TOKE",
    "QUOTH_TOKEN",
    "QUOTH_DISCORD",
    "QUOTH_DISCORD_PASSWORD",
    "QUOTH_DISCORD_TOKEN_",
    "QUOTH_BOT",
)


def run(tries: int, seed: int, tell: Tell = silent) -> Row:
    """Read so many settings."""
    with temporary() as home:
        index = home / "index"
        build_toy(write_corpus(home / "articles"), index)
        before = Path.cwd()
        os.chdir(home)
        try:
            return tally("settings", _tries(home, index, tries, random.Random(seed)), tell)
        finally:
            os.chdir(before)


def _tries(home: Path, index: Path, count: int, drawn: random.Random) -> Iterator[Try]:
    for number in range(count):
        given = _Maker(drawn).given()
        if number % BY_COMMAND == 0:
            yield partial(_by_command, given, home, index, drawn.choice(COMMANDS))
        else:
            yield partial(_by_load, given, home)


@dataclass(slots=True)
class Given:
    """Settings in all places, and the secrets in them."""

    file: bytes | None = None
    environment: dict[str, str] = field(default_factory=dict)
    flags: dict[str, object] = field(default_factory=dict)
    secrets: list[str] = field(default_factory=list)

    def check(self, text: str) -> None:
        """Raise Lost where the text holds a secret or a part of one, or is no sentence for a user."""
        for secret in self.secrets:
            # Of a token the last part is what must not be known.
            for part in (secret, secret.rpartition(".")[2]):
                expect(part not in text, f"a secret is printed: {text!r} of {self!r}")
        expect(UNFORESEEN not in text, f"{text!r} for {self!r}")
        expect("Traceback (most" not in text, f"a traceback for {self!r}")


def _by_load(given: Given, home: Path) -> None:
    file = _write(given, home)
    try:
        loaded = load(file, given.flags, given.environment)
    except QuothError as error:
        text = sentence(error)
        given.check(text)
        expect(text.strip() and len(text) <= LONGEST, f"a sentence of {len(text)} characters for {given!r}")
    except Exception as error:
        given.check(sentence(error))
        raise
    else:
        expect(isinstance(loaded, Settings), "no settings")


def _by_command(given: Given, home: Path, index: Path, arguments: tuple[str, ...]) -> None:
    file = _write(given, home)
    environment = {
        "QUOTH_INDEX_PATH": str(index),
        "QUOTH_MODEL_CACHE": str(MODEL_CACHE),
        "QUOTH_DISCORD_STORE": str(home / "chat.db"),
        "HF_HUB_OFFLINE": "1",
        **{name: value for name, value in given.environment.items() if "\0" not in value},
    }
    if arguments == ("index",):  # what writes stays here, whatever the settings say
        environment |= {"QUOTH_INDEX_PATH": str(home / "another"), "QUOTH_CORPUS_PATH": str(home / "articles")}
    config = [] if file is None else ["--config", str(file)]
    with patch.dict(os.environ, environment):
        done = CliRunner().invoke(app, [*arguments, *config], prog_name="quoth")
    text = done.stdout + done.stderr
    given.check(text)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    expect(done.exit_code in STATUSES, f"{arguments} ended with status {done.exit_code} for {given!r}")


def _write(given: Given, home: Path) -> Path | None:
    if given.file is None:
        return None
    file = home / "given.toml"
    file.write_bytes(given.file)
    return file


class _Maker:
    """Draws settings."""

    def __init__(self, drawn: random.Random) -> None:
        self._drawn, self._given = drawn, Given()

    def given(self) -> Given:
        """Settings in a file, the environment and flags; some with a secret."""
        drawn, given = self._drawn, self._given
        if drawn.random() < 0.7:
            given.file = self._file()
        if drawn.random() < 0.5:
            given.environment |= {self._variable(): self._text() for _ in range(drawn.randrange(1, 4))}
        if drawn.random() < 0.3:
            given.flags = {key: self._flag(key) for key in FLAGS if drawn.random() < 0.5}
        if drawn.random() < 0.4:
            self._misplace()
        return given

    def _misplace(self) -> None:
        """Put a secret where somebody might: below a name that looks right, or in a setting that is one."""
        drawn, given = self._drawn, self._given
        secret = token(drawn)
        given.secrets.append(secret)
        dressed = drawn.choice(
            ("{}", "{}", "{}", "Bot {}", " {}", "'{}'", "/etc/{}", "./{}", "~/{}", "a={}", "https://x.org/{}")
        )
        if drawn.random() < 0.3:
            secret = broken(secret, drawn)
            given.secrets += [part for part in re.split(r"[/\s]+", secret.rpartition(".")[2]) if len(part) >= LEAST]
        value = dressed.format(secret)
        if drawn.random() < 0.5:
            name = drawn.choice((*SECRET_NAMES, *SETTINGS))
            section, _, key = name.rpartition(".")
            line = f"{key} = {_quoted(value)}\n"
            line = drawn.choice(
                (line, line, f"{key} = [{_quoted(value)}]\n", f"{_quoted(value)} = 1\n", f"{key} = {value}\n")
            )
            given.file = (f"[{section}]\n{line}" if section else line).encode()
        elif drawn.random() < 0.7:
            name = drawn.choice((*SECRET_VARIABLES, *map(variable, SETTINGS)))
            given.environment[name] = value
        else:
            key = drawn.choice(FLAGS)
            given.flags[key] = value
        if drawn.random() < 0.15:
            self._unknown()

    def _unknown(self) -> None:
        """Give a setting that nothing knows a value that looks like nothing in particular."""
        word = "".join(self._drawn.choices(string.ascii_letters, k=18))
        self._given.secrets.append(word)
        if self._given.file is None or self._drawn.random() < 0.5:
            self._given.environment["QUOTH_" + self._drawn.choice(("DISCORD_PASS", "SECRET", "KEYS"))] = word
        else:
            name = self._drawn.choice(SECRET_NAMES)
            section, _, key = name.rpartition(".")
            self._given.file = (f"[{section}]\n" if section else "").encode() + f'{key} = "{word}"\n'.encode()

    def _file(self) -> bytes:
        drawn = self._drawn
        kind = drawn.random()
        if kind < 0.06:
            return drawn.randbytes(drawn.randrange(200))
        sections: dict[str, list[str]] = {}
        for _ in range(drawn.randrange(1, 6)):
            section, _, key = self._name().rpartition(".")
            sections.setdefault(section, []).append(f"{key} = {self._value()}")
        text = "".join(f"[{name}]\n" * bool(name) + "\n".join(lines) + "\n" for name, lines in sorted(sections.items()))
        raw = text.encode("utf-8", "surrogatepass")
        if kind < 0.1:
            raw = b"\xef\xbb\xbf" + raw
        elif kind < 0.14:
            at = drawn.randrange(len(raw) + 1)
            raw = raw[:at] + drawn.randbytes(1) + raw[at:]
        elif kind < 0.17:
            raw = raw.replace(b"\n", drawn.choice((b"\r\n", b"\r", b"\n\0\n")))
        return raw

    def _name(self) -> str:
        drawn = self._drawn
        known = drawn.choice(list(SETTINGS))
        section, _, key = known.partition(".")
        if drawn.random() < 0.75:
            return known
        return drawn.choice((f"{section}.{key}s", key, f"{section}s.{key}", f"{section}.{key}.{key}", section))

    def _variable(self) -> str:
        return variable(self._name()) if self._drawn.random() < 0.95 else "QUOTH_CONFIG"

    def _flag(self, key: str) -> object:
        if key == "answer.top":
            return self._drawn.choice((1, 5, 0, -1, 10**30, 100))
        text = self._text()
        return Path(text) if key.endswith("path") and "\0" not in text and self._drawn.random() < 0.5 else text

    def _text(self) -> str:
        return self._drawn.choice(_TEXTS)

    def _value(self) -> str:
        return self._drawn.choice(_VALUES)


def token(drawn: random.Random) -> str:
    """What is shaped like a Discord token, and is none."""
    whose = base64.urlsafe_b64encode(str(drawn.randrange(10**16, 10**19)).encode()).decode().rstrip("=")
    letters = string.ascii_letters + string.digits + "-_"
    when, signature = ("".join(drawn.choices(letters, k=size)) for size in (6, drawn.choice((27, 38))))
    return f"{whose}.{when}.{signature}"


def broken(token: str, drawn: random.Random) -> str:
    """Return the token cut in two, as by the folders of a path or the end of a line."""
    place = drawn.randrange(1, len(token))
    return token[:place] + drawn.choice(("/", "\n", "/\n", "\r\n", "\n  ")) + token[place:]


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


_TEXTS = (
    "", " ", "1", "0", "true", "auto", "0.5", "nan", "inf", "-1", "1e400", "9" * 5000, "1_000", "١٢", "~nouser/x", "~",
    "./here", "../" * 200, "/" + "x" * 5000, "a\nb", "\udc80\udcff", "\x1b[31m", "\u202e\u2066", "1,2,3", "[1,2", "=",
    "1=a,2=b", ",", "1=,2=\x00", "\x00", "$(touch x)", "'" * 10, "/dev/null", "/proc/self/mem", "onnx", "int8", "fp32",
)  # fmt: skip
"""Of variables and flags."""

_VALUES = (
    '""', '" "', "1", "0", "-1", "true", "false", "nan", "inf", "-inf", "0.5", "1.0", "1e400", "9" * 5000,
    "0x" + "f" * 5000, '"auto"', '"onnx"', '"int8"', '"~nouser/x"', '"~"', '"./here"', '"/dev/null"', "[]", "[1, 2]",
    '["a"]', "[1, true]", "{}", '{ "1" = "a" }', "{ a = 1 }", '{ "\\u0000" = "x" }', "1979-05-27", "07:32:00",
    "1979-05-27T07:32:00Z", '"\\u0000"', '"\\u001b[31m"', '"\\u202e"', '"""\na\nb"""', "[" * 50 + "]" * 50,
    "[" * 3000 + "]" * 3000, "{a=" * 3000 + "1" + "}" * 3000, '"' + "x" * 5000 + '"', "1__0", "", "=", "[", "[[x]]",
    '"unclosed', "1 2", "# nothing", '"a" # b', "9" * 400 + ".0", f"{2**63}", f"[{2**200}]", f'{{ "{2**200}" = "a" }}',
    '{ "01" = "a", "1" = "b" }', '{ "٣" = "a" }', "[nan]", "[1.5]",
)  # fmt: skip
"""Of files, as TOML or nearly."""
