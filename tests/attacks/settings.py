"""Load settings of every sort, with misplaced secrets: they load, or are refused in a sentence without the secret."""

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
from tests.attacks.rows import Progress, Row, Try, expect, silent, tally
from tests.attacks.surroundings import temporary
from tests.attacks.words import UNFORESEEN
from tests.conftest import MODEL_CACHE
from tests.toy import build_toy, write_corpus

FLAGS = [key for key, setting in SETTINGS.items() if setting.flag]
BY_COMMAND = 25  # every 25th try runs a command, which also uses its settings
STATUSES = {0, 1, 2}
LEAST = 12  # characters from which a part of a secret must stay hidden
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
ADDRESSES = (
    "https://ann:{}@host/m",
    "https://ann:{}@host.org:8080/m",
    "postgres://ann:{}@host/m",
    "https://host/m?token={}",
    "https://host/m?a=b&api_key={}&c=d",
    "./https://ann:{}@host/m",
)
"""Addresses with a password or a key."""
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


def run(tries: int, seed: int, progress: Progress = silent) -> Row:
    """Load `tries` settings."""
    with temporary() as home:
        index = home / "index"
        build_toy(write_corpus(home / "articles"), index)
        before = Path.cwd()
        os.chdir(home)
        try:
            return tally("settings", _tries(home, index, tries, random.Random(seed)), progress)
        finally:
            os.chdir(before)


def _tries(home: Path, index: Path, count: int, rng: random.Random) -> Iterator[Try]:
    for number in range(count):
        inputs = _Maker(rng).draw()
        if number % BY_COMMAND == 0:
            yield partial(_by_command, inputs, home, index, rng.choice(COMMANDS))
        else:
            yield partial(_by_load, inputs, home)


@dataclass(slots=True)
class SettingsInputs:
    """Settings from all sources, and the secrets in them."""

    file: bytes | None = None
    environment: dict[str, str] = field(default_factory=dict)
    flags: dict[str, object] = field(default_factory=dict)
    secrets: list[str] = field(default_factory=list)

    def check(self, text: str) -> None:
        """Raise Lost if the text holds a secret or part of one, or is no message for a user."""
        for secret in self.secrets:
            # A token's last part is its secret.
            for part in (secret, secret.rpartition(".")[2]):
                expect(part not in text, f"a secret is printed: {text!r} of {self!r}")
        expect(UNFORESEEN not in text, f"{text!r} for {self!r}")
        expect("Traceback (most" not in text, f"a traceback for {self!r}")


def _by_load(inputs: SettingsInputs, home: Path) -> None:
    file = _write(inputs, home)
    try:
        loaded = load(file, inputs.flags, inputs.environment)
    except QuothError as error:
        text = sentence(error)
        inputs.check(text)
        expect(text.strip() and len(text) <= LONGEST, f"a sentence of {len(text)} characters for {inputs!r}")
    except Exception as error:
        inputs.check(sentence(error))
        raise
    else:
        expect(isinstance(loaded, Settings), "no settings")


def _by_command(inputs: SettingsInputs, home: Path, index: Path, arguments: tuple[str, ...]) -> None:
    file = _write(inputs, home)
    environment = {
        "QUOTH_INDEX_PATH": str(index),
        "QUOTH_MODEL_CACHE": str(MODEL_CACHE),
        "QUOTH_DISCORD_STORE": str(home / "chat.db"),
        "HF_HUB_OFFLINE": "1",
        **{name: value for name, value in inputs.environment.items() if "\0" not in value},
    }
    if arguments == ("index",):  # `index` writes to this folder only, whatever the settings say
        environment |= {"QUOTH_INDEX_PATH": str(home / "another"), "QUOTH_CORPUS_PATH": str(home / "articles")}
    config = [] if file is None else ["--config", str(file)]
    with patch.dict(os.environ, environment):
        outcome = CliRunner().invoke(app, [*arguments, *config], prog_name="quoth")
    text = outcome.stdout + outcome.stderr
    inputs.check(text)
    if outcome.exception is not None and not isinstance(outcome.exception, SystemExit):
        raise outcome.exception
    expect(outcome.exit_code in STATUSES, f"{arguments} ended with status {outcome.exit_code} for {inputs!r}")


def _write(inputs: SettingsInputs, home: Path) -> Path | None:
    if inputs.file is None:
        return None
    file = home / "inputs.toml"
    file.write_bytes(inputs.file)
    return file


class _Maker:
    """Draws settings."""

    def __init__(self, rng: random.Random) -> None:
        self._rng, self._inputs = rng, SettingsInputs()

    def draw(self) -> SettingsInputs:
        """Draw settings in a file, the environment and flags; some with a secret."""
        rng, inputs = self._rng, self._inputs
        if rng.random() < 0.7:
            inputs.file = self._file()
        if rng.random() < 0.5:
            inputs.environment |= {self._variable(): self._text() for _ in range(rng.randrange(1, 4))}
        if rng.random() < 0.3:
            inputs.flags = {key: self._flag(key) for key in FLAGS if rng.random() < 0.5}
        if rng.random() < 0.4:
            self._misplace()
        return inputs

    def _misplace(self) -> None:
        """Put a secret where a user might: under a plausible name, or in another setting."""
        rng, inputs = self._rng, self._inputs
        if rng.random() < 0.25:
            self._place(rng.choice(ADDRESSES).format(self._password()))
            return
        secret = token(rng)
        inputs.secrets.append(secret)
        dressed = rng.choice(
            ("{}", "{}", "{}", "Bot {}", " {}", "'{}'", "/etc/{}", "./{}", "~/{}", "a={}", "https://x.org/{}")
        )
        if rng.random() < 0.3:
            secret = broken(secret, rng)
            inputs.secrets += [part for part in re.split(r"[/\s]+", secret.rpartition(".")[2]) if len(part) >= LEAST]
        self._place(dressed.format(secret))
        if rng.random() < 0.15:
            self._unknown()

    def _password(self) -> str:
        """Draw a password, which stays hidden in its parts too."""
        parts = ["".join(self._rng.choices(string.ascii_letters, k=12)) for _ in range(self._rng.randrange(1, 3))]
        self._inputs.secrets += parts
        return self._rng.choice("./@-:").join(parts)

    def _place(self, value: str) -> None:
        """Put a value into a file, a variable or a flag."""
        rng, inputs = self._rng, self._inputs
        if rng.random() < 0.5:
            name = rng.choice((*SECRET_NAMES, *SETTINGS))
            section, _, key = name.rpartition(".")
            line = f"{key} = {_quoted(value)}\n"
            line = rng.choice(
                (line, line, f"{key} = [{_quoted(value)}]\n", f"{_quoted(value)} = 1\n", f"{key} = {value}\n")
            )
            inputs.file = (f"[{section}]\n{line}" if section else line).encode()
        elif rng.random() < 0.7:
            name = rng.choice((*SECRET_VARIABLES, *map(variable, SETTINGS)))
            inputs.environment[name] = value
        else:
            key = rng.choice(FLAGS)
            inputs.flags[key] = value

    def _unknown(self) -> None:
        """Add an unknown setting with an inconspicuous value."""
        word = "".join(self._rng.choices(string.ascii_letters, k=18))
        self._inputs.secrets.append(word)
        if self._inputs.file is None or self._rng.random() < 0.5:
            self._inputs.environment["QUOTH_" + self._rng.choice(("DISCORD_PASS", "SECRET", "KEYS"))] = word
        else:
            name = self._rng.choice(SECRET_NAMES)
            section, _, key = name.rpartition(".")
            self._inputs.file = (f"[{section}]\n" if section else "").encode() + f'{key} = "{word}"\n'.encode()

    def _file(self) -> bytes:
        rng = self._rng
        kind = rng.random()
        if kind < 0.06:
            return rng.randbytes(rng.randrange(200))
        sections: dict[str, list[str]] = {}
        for _ in range(rng.randrange(1, 6)):
            section, _, key = self._name().rpartition(".")
            sections.setdefault(section, []).append(f"{key} = {self._value()}")
        text = "".join(f"[{name}]\n" * bool(name) + "\n".join(lines) + "\n" for name, lines in sorted(sections.items()))
        raw = text.encode("utf-8", "surrogatepass")
        if kind < 0.1:
            raw = b"\xef\xbb\xbf" + raw
        elif kind < 0.14:
            at = rng.randrange(len(raw) + 1)
            raw = raw[:at] + rng.randbytes(1) + raw[at:]
        elif kind < 0.17:
            raw = raw.replace(b"\n", rng.choice((b"\r\n", b"\r", b"\n\0\n")))
        return raw

    def _name(self) -> str:
        rng = self._rng
        known = rng.choice(list(SETTINGS))
        section, _, key = known.partition(".")
        if rng.random() < 0.75:
            return known
        return rng.choice((f"{section}.{key}s", key, f"{section}s.{key}", f"{section}.{key}.{key}", section))

    def _variable(self) -> str:
        return variable(self._name()) if self._rng.random() < 0.95 else "QUOTH_CONFIG"

    def _flag(self, key: str) -> object:
        if key == "answer.top":
            return self._rng.choice((1, 5, 0, -1, 10**30, 100))
        text = self._text()
        return Path(text) if key.endswith("path") and "\0" not in text and self._rng.random() < 0.5 else text

    def _text(self) -> str:
        return self._rng.choice(_TEXTS)

    def _value(self) -> str:
        return self._rng.choice(_VALUES)


def token(rng: random.Random) -> str:
    """Return a fake Discord token."""
    user_id = base64.urlsafe_b64encode(str(rng.randrange(10**16, 10**19)).encode()).decode().rstrip("=")
    letters = string.ascii_letters + string.digits + "-_"
    timestamp, signature = ("".join(rng.choices(letters, k=size)) for size in (6, rng.choice((27, 38))))
    return f"{user_id}.{timestamp}.{signature}"


def broken(token: str, rng: random.Random) -> str:
    """Return the token cut in two, as by the folders of a path or the end of a line."""
    place = rng.randrange(1, len(token))
    return token[:place] + rng.choice(("/", "\n", "/\n", "\r\n", "\n  ")) + token[place:]


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


_TEXTS = (
    "", " ", "1", "0", "true", "auto", "0.5", "nan", "inf", "-1", "1e400", "9" * 5000, "1_000", "١٢", "~nouser/x", "~",
    "./here", "../" * 200, "/" + "x" * 5000, "a\nb", "\udc80\udcff", "\x1b[31m", "\u202e\u2066", "1,2,3", "[1,2", "=",
    "1=a,2=b", ",", "1=,2=\x00", "\x00", "$(touch x)", "'" * 10, "/dev/null", "/proc/self/mem", "onnx", "int8", "fp32",
)  # fmt: skip
"""Values of variables and flags."""

_VALUES = (
    '""', '" "', "1", "0", "-1", "true", "false", "nan", "inf", "-inf", "0.5", "1.0", "1e400", "9" * 5000,
    "0x" + "f" * 5000, '"auto"', '"onnx"', '"int8"', '"~nouser/x"', '"~"', '"./here"', '"/dev/null"', "[]", "[1, 2]",
    '["a"]', "[1, true]", "{}", '{ "1" = "a" }', "{ a = 1 }", '{ "\\u0000" = "x" }', "1979-05-27", "07:32:00",
    "1979-05-27T07:32:00Z", '"\\u0000"', '"\\u001b[31m"', '"\\u202e"', '"""\na\nb"""', "[" * 50 + "]" * 50,
    "[" * 3000 + "]" * 3000, "{a=" * 3000 + "1" + "}" * 3000, '"' + "x" * 5000 + '"', "1__0", "", "=", "[", "[[x]]",
    '"unclosed', "1 2", "# nothing", '"a" # b', "9" * 400 + ".0", f"{2**63}", f"[{2**200}]", f'{{ "{2**200}" = "a" }}',
    '{ "01" = "a", "1" = "b" }', '{ "٣" = "a" }', "[nan]", "[1.5]",
)  # fmt: skip
"""Values in files, in valid or almost valid TOML."""
