"""Where settings come from, and which place wins."""

from __future__ import annotations

import os
import re
import tomllib
from dataclasses import fields, replace
from pathlib import Path

import pytest

import bot.settings
from bot.setting_table import ANSWER, METADATA, SETTINGS, variable
from bot.settings import HOME, default_index, load
from retrieval.encoding.selection import EncoderSettings
from retrieval.errors import SettingInvalid
from retrieval.index.manifest import PassageSettings
from retrieval.index.vectors import EXACT_UP_TO
from retrieval.milvus import access
from retrieval.settings import AnswerSettings, MetadataSettings

FILE = HOME / "config" / "quoth.toml"


def as_toml(value: object) -> object:
    """Return a default as TOML has it."""
    if value is None:
        return ""
    if isinstance(value, Path):
        return value.as_posix()
    return list(value) if isinstance(value, tuple) else value


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place for a settings file, where the command is run."""
    monkeypatch.chdir(tmp_path)
    return tmp_path / "quoth.toml"


def test_the_file_holds_every_setting_with_its_default() -> None:
    parsed = tomllib.loads(FILE.read_text("utf-8"))
    listed = {f"{section}.{key}": value for section, keys in parsed.items() for key, value in keys.items()}
    assert listed == {key: as_toml(setting.default) for key, setting in SETTINGS.items()}
    assert list(listed) == list(SETTINGS), "in the order of the code"


def test_every_setting_in_the_file_has_a_comment_above_it() -> None:
    comments, comment = list[str](), ""
    for line in FILE.read_text("utf-8").splitlines():
        if line and line[0].isalpha():
            comments.append(comment)
        comment = f"{comment} {line[2:]}".strip() if line.startswith("# ") else ""
    assert len(comments) == len(SETTINGS)
    for comment, setting in zip(comments, SETTINGS.values(), strict=True):
        assert comment.startswith(setting.help), "it begins with what the code says that the setting is for"


def test_the_engine_has_the_same_defaults() -> None:
    settings = load(FILE)
    assert settings.answer == AnswerSettings()
    assert settings.metadata == MetadataSettings()
    assert PassageSettings(settings.index.max_pieces, settings.index.title) == PassageSettings()
    model = settings.model
    assert EncoderSettings(model.name, model.engine, model.precision, model.threads) == EncoderSettings()
    assert settings.index.exact_up_to == EXACT_UP_TO


def test_every_setting_admits_its_default() -> None:
    for key, setting in SETTINGS.items():
        value = setting.kind.check(as_toml(setting.default))
        assert (value, type(value)) == (setting.default, type(setting.default)), key


def test_the_declarations_are_those_of_the_engines_records() -> None:
    assert list(METADATA) == [item.name for item in fields(MetadataSettings)]
    assert list(ANSWER) == [item.name for item in fields(AnswerSettings)]


def test_relative_defaults_count_from_the_checkout(file: Path) -> None:
    settings = load()
    assert settings.corpus.path == HOME / "seeds" / "articles"
    assert settings.index.path == default_index() == HOME / ".quoth" / "index"
    assert settings.model.cache is None
    assert settings.file == FILE


def test_an_installed_quoth_keeps_what_is_the_users_in_the_users_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packages, working = tmp_path / "site-packages", tmp_path / "working"
    (packages / "config").mkdir(parents=True)
    (packages / "config" / "quoth.toml").write_text("[answer]\ntop = 9\n")
    working.mkdir()
    monkeypatch.chdir(working)
    monkeypatch.setattr(bot.settings, "HOME", packages)
    settings = load()
    assert settings.corpus.path == packages / "seeds" / "articles"
    assert settings.index.path == default_index() == Path(os.environ["XDG_DATA_HOME"]) / "quoth" / "index"
    assert Path(str(settings.chat_database())).is_relative_to(os.environ["XDG_DATA_HOME"])
    assert (settings.file, settings.answer.top) == (None, 3)
    own = Path(os.environ["XDG_CONFIG_HOME"]) / "quoth" / "quoth.toml"
    own.parent.mkdir(parents=True)
    own.write_text("[answer]\ntop = 4\n")
    assert (load().file, load().answer.top) == (own, 4)
    (working / "quoth.toml").write_text("[answer]\ntop = 5\n")
    assert load().answer.top == 5


def test_flag_beats_environment_beats_file_beats_default(file: Path) -> None:
    assert load().answer.top == 3
    file.write_text("[answer]\ntop = 4\n")
    assert (load().answer.top, load().file) == (4, file)
    environment = {"QUOTH_ANSWER_TOP": "5"}
    assert load(environment=environment).answer.top == 5
    assert load(flags={"answer.top": 6}, environment=environment).answer.top == 6
    assert load(flags={"answer.top": None}, environment=environment).answer.top == 5


def test_a_named_file_is_read_instead_of_the_usual_one(file: Path, tmp_path: Path) -> None:
    file.write_text("[answer]\ntop = 4\n")
    (tmp_path / "other.toml").write_text("[answer]\ntop = 7\n")
    (tmp_path / "third.toml").write_text("[answer]\ntop = 8\n")
    environment = {"QUOTH_CONFIG": "other.toml"}
    assert load(environment=environment).answer.top == 7
    assert load(Path("third.toml"), environment=environment).answer.top == 8


def test_paths_count_from_where_they_are_written(file: Path, tmp_path: Path) -> None:
    (tmp_path / "house" / "config").mkdir(parents=True)
    in_config = tmp_path / "house" / "config" / "quoth.toml"
    in_config.write_text('[index]\npath = "ix"\n[model]\nname = "./model"\n')
    assert load(in_config).index.path == tmp_path / "house" / "ix"
    assert load(in_config).model.name == str(tmp_path / "house" / "model")
    beside = tmp_path / "house" / "mine.toml"
    beside.write_text('[corpus]\npath = "texts"\n')
    assert load(beside).corpus.path == tmp_path / "house" / "texts"
    assert load(beside, environment={"QUOTH_CORPUS_PATH": "t"}).corpus.path == tmp_path / "t"
    assert load(beside, {"corpus.path": Path("u")}).corpus.path == tmp_path / "u"
    assert load(beside, {"corpus.path": Path("~/u")}).corpus.path == Path.home() / "u"


def test_environment_values_are_read_as_their_types() -> None:
    settings = load(
        FILE,
        environment={
            "QUOTH_INDEX_TITLE": "no",
            "QUOTH_ANSWER_THRESHOLD": "0.25",
            "QUOTH_MODEL_PRECISION": "int8",
            "QUOTH_MODEL_THREADS": "",
            "OTHER": "left alone",
        },
    )
    assert settings.index.title is False
    assert settings.answer == replace(AnswerSettings(), threshold=0.25)
    assert settings.model.precision == "int8"
    assert settings.model.threads == 0


@pytest.mark.parametrize(
    ("name", "allowed"),
    [
        ("QUOTH_INDEX_PATH", "the path of a folder, or an address such as milvus://HOST:19530/NAME"),
        ("QUOTH_CORPUS_PATH", "the path of a file or folder"),
    ],
)
@pytest.mark.parametrize("text", ["", "  "])
def test_an_empty_path_is_a_mistake(name: str, allowed: str, text: str, file: Path) -> None:
    sentence = f"The setting {name} = {text!r} in the environment is not valid: it must be {allowed}."
    with pytest.raises(SettingInvalid, match=f"^{re.escape(sentence)}$"):
        load(environment={name: text})
    _, section, key = name.lower().split("_")
    file.write_text(f'[{section}]\n{key} = "{text}"\n')
    with pytest.raises(
        SettingInvalid, match=rf"{section}\.{key} = '{text}' in .* is not valid: it must be the path of"
    ):
        load()


def test_the_threshold_is_a_number_or_auto(file: Path) -> None:
    assert load().answer.threshold == "auto"
    file.write_text("[answer]\nthreshold = 1\n")
    number = load().answer.threshold
    assert (number, type(number)) == (1.0, float)
    assert load(environment={"QUOTH_ANSWER_THRESHOLD": " auto "}).answer.threshold == "auto"
    assert load(environment={"QUOTH_ANSWER_THRESHOLD": "0"}).answer.threshold == 0.0


def test_a_reranker_is_a_name_or_a_folder_or_none(file: Path, tmp_path: Path) -> None:
    file.write_text('[answer]\nreranker = ""\n')
    assert load().answer.reranker is None
    file.write_text('[answer]\nreranker = "owner/model"\n')
    assert load().answer.reranker == "owner/model"
    file.write_text('[answer]\nreranker = "./model"\n')
    assert load().answer.reranker == str(tmp_path / "model")
    for bad in ("3", '" "'):
        file.write_text(f"[answer]\nreranker = {bad}\n")
        with pytest.raises(SettingInvalid, match="it must be text, or nothing"):
            load()


def test_ids_and_their_indexes_are_read_from_files_and_variables(file: Path, tmp_path: Path) -> None:
    file.write_text('[discord]\nservers = [1, 2]\ncollections = { "3" = "three" }\n')
    discord = load().discord
    assert (discord.servers, discord.collections) == ((1, 2), {3: tmp_path / "three"})
    environment = {"QUOTH_DISCORD_SERVERS": "[4,5]", "QUOTH_DISCORD_COLLECTIONS": "6=six, 7 = /seven"}
    discord = load(environment=environment).discord
    assert (discord.servers, discord.collections) == ((4, 5), {6: tmp_path / "six", 7: Path("/seven")})
    assert load(environment={"QUOTH_DISCORD_SERVERS": "all"}).discord.servers is None
    with pytest.raises(SettingInvalid, match='it must be "all" or a list of ids, which are whole numbers'):
        load(environment={"QUOTH_DISCORD_SERVERS": "general"})
    with pytest.raises(SettingInvalid, match="it must be a table of ids, which are whole numbers, and their paths"):
        load(environment={"QUOTH_DISCORD_COLLECTIONS": "general=six"})


def test_a_setting_of_an_earlier_version_says_what_to_do(file: Path) -> None:
    why = "this setting no longer exists, as only lines with the same words are merged now"
    file.write_text("[answer]\nalike = 92.0\n")
    with pytest.raises(SettingInvalid, match=f"The setting answer.alike in .*{why}: run `quoth migrate`."):
        load()
    file.write_text("")
    with pytest.raises(SettingInvalid, match=f"QUOTH_ANSWER_ALIKE in the environment .*{why}: remove it."):
        load(environment={"QUOTH_ANSWER_ALIKE": "92"})


def test_every_setting_has_a_variable() -> None:
    for key in SETTINGS:
        with pytest.raises(SettingInvalid, match=variable(key)):
            load(FILE, environment={variable(key): "\0"})


def test_an_index_may_lie_on_a_server(file: Path) -> None:
    file.write_text('[index]\npath = "milvus://localhost/docs"\n[discord.collections]\n12 = "milvus+tls://h:1/x"\n')
    settings = load()
    assert str(settings.index.path) == "milvus://localhost/docs"
    assert [*map(str, settings.discord.collections.values())] == ["milvus+tls://h:1/x"]
    assert str(load(flags={"index.path": Path("milvus:///srv/q.db/docs")}).index.path) == "milvus:///srv/q.db/docs"


def test_what_is_fetched_for_an_index_on_a_server_lies_beside_the_default_index(file: Path) -> None:
    file.write_text(
        '[index]\npath = "milvus://localhost/docs"\n'
        '[corpus]\nsources = [{ name = "a", folder = "/srv/a", every = "1h" }]\n'
    )
    assert load().corpus.path.name == "docs.sources"
    assert load().corpus.path.parent == default_index().parent


@pytest.mark.parametrize(
    ("address", "reason"),
    [("milvus://u:pw@host/x", "it must not hold a password"), ("milvus://host/a b", "it must end with a name")],
)
def test_an_address_that_names_no_index_is_a_mistake(address: str, reason: str) -> None:
    with pytest.raises(SettingInvalid, match=reason) as error:
        load(environment={"QUOTH_INDEX_PATH": address})
    assert "pw" not in str(error.value)


def test_a_server_is_asked_as_the_settings_say(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "token").write_text("root:secret\n")
    file.write_text(f'[milvus]\ntimeout = 3\nretries = 4\ntoken_file = "{tmp_path / "token"}"\n')
    load()
    assert (access.limits(), access.token()) == (access.Limits(3.0, 4), "root:secret")
    monkeypatch.setenv("QUOTH_MILVUS_TOKEN", "root:other")
    load()
    assert access.token() == "root:other"
