"""What the user reads of a setting that is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.setting_errors import unknown_setting
from bot.setting_table import SETTINGS, variable
from bot.settings import HOME, load
from retrieval.errors import InputInvalid, SettingInvalid

FILE = HOME / "config" / "quoth.toml"


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place for a settings file, where the command is run."""
    monkeypatch.chdir(tmp_path)
    return tmp_path / "quoth.toml"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "[answer]\ntopp = 3",
            "The setting answer.topp in {} is not valid: no setting has this name (did you mean answer.top?).",
        ),
        (
            "[metadata]\npublished = ['seen']",
            "The setting metadata.published in {} is not valid: "
            "no setting has this name (did you mean metadata.date?).",
        ),
        (
            "[index]\nkeap = 3",
            "The setting index.keap in {} is not valid: no setting has this name (did you mean index.keep?).",
        ),
        (
            "[answer]\nzebra = 3",
            "The setting answer.zebra in {} is not valid: "
            "no setting has this name; `quoth help settings` says which there are.",
        ),
        (
            "[answer]\npath = 'x'",
            "The setting answer.path in {} is not valid: "
            "no setting has this name (did you mean corpus.path or index.path?).",
        ),
        ("top = 3", "The setting top in {} is not valid: no setting has this name (did you mean answer.top?)."),
        (
            "[answers]\ntop = 3",
            "The setting [answers] in {} is not valid: "
            "there is no such section; the sections are [corpus], [metadata], [index], [milvus], [model], [answer], "
            "[discord], [monitoring], [serve].",
        ),
        (
            "answer = 3",
            "The setting answer = 3 in {} is not valid: it is a section, so put its keys below [answer].",
        ),
        (
            "[answer]\ntop = 0",
            "The setting answer.top = 0 in {} is not valid: it must be a whole number from 1 to 100.",
        ),
        (
            "[answer]\ntop = 2.5",
            "The setting answer.top = 2.5 in {} is not valid: it must be a whole number from 1 to 100.",
        ),
        (
            "[answer]\ntop = true",
            "The setting answer.top = True in {} is not valid: it must be a whole number from 1 to 100.",
        ),
        (
            "[answer]\nthreshold = nan",
            "The setting answer.threshold = nan in {} is not valid: it must be 'auto' or a number from 0 to 1.",
        ),
        (
            "[answer]\nthreshold = '0.3'",
            "The setting answer.threshold = '0.3' in {} is not valid: it must be 'auto' or a number from 0 to 1.",
        ),
        (
            "[index]\nmax_pieces = 401",
            "The setting index.max_pieces = 401 in {} is not valid: it must be a whole number from 32 to 400.",
        ),
        ("[index]\ntitle = 1", "The setting index.title = 1 in {} is not valid: it must be true or false."),
        (
            "[index]\npath = ''",
            "The setting index.path = '' in {} is not valid: it must be the path of a folder, or an address such as "
            "milvus://HOST:19530/NAME.",
        ),
        (
            "[model]\nname = ' '",
            "The setting model.name = ' ' in {} is not valid: it must be text that is not empty.",
        ),
        (
            "[model]\ncache = 1",
            "The setting model.cache = 1 in {} is not valid: it must be the path of a folder, or nothing.",
        ),
        (
            "[metadata]\ndate = 'created'",
            "The setting metadata.date = 'created' in {} is not valid: "
            'it must be a list of one name of a field or more, such as ["date", "created"].',
        ),
        (
            "[model]\nengine = 'gpu'",
            "The setting model.engine = 'gpu' in {} is not valid: it must be one of 'auto', 'onnx', 'torch'.",
        ),
        (
            "[serve]\nhosts = 'quoth.example'",
            "The setting serve.hosts in {} is not valid: it must be a list of names.",
        ),
        (
            "[serve]\ntoken = 'a-secret'",
            "The setting serve.token in {} is not valid: no setting has this name (did you mean serve.token_file?), "
            "and a token belongs in the variable QUOTH_SERVE_TOKEN, or in a file that token_file below [serve] names.",
        ),
        (
            "[milvus]\ntoken = 'a-secret'",
            "The setting milvus.token in {} is not valid: no setting has this name (did you mean milvus.token_file?), "
            "and a token belongs in the variable QUOTH_MILVUS_TOKEN, or in a file that token_file below [milvus] "
            "names.",
        ),
        (
            "[discord]\ntoken = 'a-secret'",
            "The setting discord.token in {} is not valid: no setting has this name (did you mean discord.token_file?"
            "), and a token belongs in the variable QUOTH_DISCORD_TOKEN, or in a file that token_file below [discord] "
            "names.",
        ),
    ],
)
def test_a_mistake_in_the_file_is_named(file: Path, text: str, sentence: str) -> None:
    file.write_text(text)
    with pytest.raises(SettingInvalid) as caught:
        load()
    assert str(caught.value) == sentence.format(file)


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("QUOTH_ANSWER_TOP", "many", "QUOTH_ANSWER_TOP = 'many' in the environment is not valid: it must be a whole"),
        ("QUOTH_ANSWER_TPO", "3", "QUOTH_ANSWER_TPO in .* no variable has this name .did you mean QUOTH_ANSWER_TOP"),
        ("QUOTH_CONFLG", "x", "did you mean QUOTH_CONFIG?"),
        ("QUOTH_TOP", "3", r"this name \(did you mean QUOTH_ANSWER_TOP\?\)\.$"),
        ("QUOTH_MODEL_TOP", "3", r"this name \(did you mean QUOTH_ANSWER_TOP\?\)\.$"),
        ("QUOTH_ANSWER_PATH", "x", r"\(did you mean QUOTH_CORPUS_PATH or QUOTH_INDEX_PATH\?\)\.$"),
        ("QUOTH_ZEBRA", "x", "no variable has this name; `quoth help settings` says which there are\\.$"),
        ("QUOTH_ANSWER_THRESHOLD", "high", "= 'high' .* is not valid: it must be 'auto' or a number from 0 to 1"),
        ("QUOTH_ANSWER_THRESHOLD", "1.5", "= 1.5 .* is not valid: it must be 'auto' or a number from 0 to 1"),
        ("QUOTH_INDEX_TITLE", "maybe", "it must be true or false"),
        ("QUOTH_MILVUS_PASSWORD", "x", "a token belongs in the variable QUOTH_MILVUS_TOKEN, or in a file that token_f"),
        ("QUOTH_SERVE_SECRET", "x", "a token belongs in the variable QUOTH_SERVE_TOKEN, or in a file that token_file"),
    ],
)
def test_a_mistake_in_the_environment_is_named(name: str, value: str, sentence: str) -> None:
    with pytest.raises(SettingInvalid, match=sentence):
        load(FILE, environment={name: value})


def test_a_mistake_in_a_flag_is_named_as_the_flag() -> None:
    with pytest.raises(SettingInvalid, match="--top = 0 on the command line is not valid: it must be a whole number"):
        load(FILE, {"answer.top": 0})


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "does not exist: name one that does"),
        (b"[answer]\ntop = \n", "is not valid TOML .*line 2.*: correct that line"),
        (b"# caf\xe9", "is not UTF-8 .byte 5.: save it as UTF-8"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None, sentence: str) -> None:
    file = tmp_path / "mine.toml"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(InputInvalid, match=f"The settings file {file} {sentence}"):
        load(file)


@pytest.mark.parametrize(
    "content",
    [
        "[index]\ntitle.{first}.{second}.{third} = 1\n",
        '[index]\ntitle = """{first}.{second}.\n{third}"""\n',
        '[index]\ntitle = "{first} . {second} . {third}"\n',
        '[index]\ntitle = "{first}．{second}．{third}"\n',
        '[index]\ntitle = "{first}.{second}.\u200b{third}"\n',
        '[index]\ntitle = "{second}.{third}"\n',
        "[{first}.{second}.{third}]\n",
    ],
)
def test_a_token_in_parts_is_not_repeated_either(content: str, file: Path) -> None:
    parts = {"first": "MTk4NjIyNDgzNDcxOTI1MjQ4", "second": "Cl2FMQ", "third": "ZnCjm1XVW7vRze4b7Cq4se7kKWs"}
    file.write_text(content.format(**parts), "utf-8")
    with pytest.raises(SettingInvalid) as caught:
        load()
    assert parts["third"] not in str(caught.value)
    assert parts["first"] not in str(caught.value)


@pytest.mark.parametrize("name", ["answer.nonsense", "discord.colour", "QUOTH_ANSWER_NONSENSE"])
def test_only_a_name_that_is_near_is_suggested(name: str) -> None:
    known = list(map(variable, SETTINGS)) if name.isupper() else list(SETTINGS)
    assert "did you mean" not in str(unknown_setting(name, known, "in the file"))
