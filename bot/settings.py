"""The settings in force, and the order in which the places that set them override each other.

Flags come before the environment (QUOTH_INDEX_PATH sets [index] path), the environment before the settings file, and
the file before the defaults. An unknown name is refused wherever it stands.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from bot.chat_log.address import Place
from bot.setting_changes import REMOVED, RENAMED, what_became
from bot.setting_errors import (
    SERVE_TOKEN,
    TOKEN,
    Origin,
    bad_value,
    refuse_token,
    unknown_section,
    unknown_setting,
    unknown_variable,
)
from bot.setting_table import (
    SECTIONS,
    SETTINGS,
    CorpusSettings,
    DiscordSettings,
    IndexSettings,
    MilvusSettings,
    ModelSettings,
    MonitoringSettings,
    ServeSettings,
    Setting,
    variable,
)
from bot.setting_values import AnyPath, NotAllowedError
from bot.settings_file import folder_of_relative_paths, read_settings_file
from bot.tokens import read_token
from retrieval import installing
from retrieval.errors import InputInvalid, SettingInvalid
from retrieval.index_address import address_of
from retrieval.milvus.access import TOKEN as MILVUS_TOKEN
from retrieval.milvus.access import Limits, use
from retrieval.paths import expanded
from retrieval.settings import AnswerSettings, MetadataSettings

if TYPE_CHECKING:
    from retrieval.index.manifest import PassageSettings

__all__ = [
    "SERVE_TOKEN",
    "TOKEN",
    "CorpusSettings",
    "DiscordSettings",
    "IndexSettings",
    "MilvusSettings",
    "ModelSettings",
    "MonitoringSettings",
    "ServeSettings",
    "Settings",
    "default_index",
    "load",
]

log = logging.getLogger(__name__)

HOME = installing.HOME
"""The checkout, if there is one, or else where quoth is installed; the default corpus lies there."""
ENVIRONMENT, COMMAND_LINE = "in the environment", "on the command line"
OTHER_VARIABLES = ("QUOTH_CONFIG", "QUOTH_LOG_LEVEL", TOKEN, SERVE_TOKEN, MILVUS_TOKEN)
"""Variables that are no settings: the file that holds them, how much is logged, and the secrets."""


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings, paths absolute."""

    corpus: CorpusSettings = field(default_factory=CorpusSettings)
    index: IndexSettings = field(default_factory=IndexSettings)
    model: ModelSettings = field(default_factory=ModelSettings)
    answer: AnswerSettings = field(default_factory=AnswerSettings)
    discord: DiscordSettings = field(default_factory=DiscordSettings)
    metadata: MetadataSettings = field(default_factory=MetadataSettings)
    monitoring: MonitoringSettings = field(default_factory=MonitoringSettings)
    serve: ServeSettings = field(default_factory=ServeSettings)
    milvus: MilvusSettings = field(default_factory=MilvusSettings)
    file: Path | None = None
    """The settings file that was read."""

    def passages(self) -> PassageSettings:
        """Return how articles become passages."""
        from retrieval.index.manifest import PassageSettings

        return PassageSettings(self.index.max_pieces, self.index.title)

    def model_cache(self) -> Path:
        """Return the folder of exported models."""
        from retrieval.encoding.models import default_cache

        return self.model.cache or default_cache()

    def chat_database(self) -> Place:
        """Return the database in which the Discord bot keeps what it was asked and what it posted."""
        from platformdirs import user_data_path

        return self.discord.store or user_data_path("quoth") / "chat.db"


class Given(NamedTuple):
    """The value of a setting as some place gives it."""

    setting: Setting
    value: object
    origin: Origin
    base: Path
    """What a relative path counts from."""

    def checked(self) -> Any:
        """Return the value as the settings hold it; raise SettingInvalid if it is not allowed."""
        refuse_token(self.value, self.origin)
        try:
            return self.setting.kind.locate(self.setting.kind.check(self.value), self.base)
        except NotAllowedError as error:
            raise self._refusal(str(error)) from None
        except RuntimeError:  # ~NAME where there is no such user, or ~ where there is no home
            raise self._refusal("its ~ stands for a home folder that does not exist") from None

    def _refusal(self, remedy: str) -> SettingInvalid:
        return bad_value(self.setting.key, self.value, remedy, self.origin)


def load(
    config: Path | None = None,
    flags: Mapping[str, object] | None = None,
    environment: Mapping[str, str] | None = None,
    read: Callable[[Path], Mapping[str, object]] = read_settings_file,
) -> Settings:
    """Return the settings in force; raise SettingInvalid, or InputInvalid for a file that cannot be read.

    `flags` maps keys such as "index.path" to what the command line gives; None stands for a flag that is not given.
    `read` gives the sections of the settings file.
    """
    environment = os.environ if environment is None else environment
    folder = _working_folder()
    values = {key: setting.kind.locate(setting.default, HOME) for key, setting in SETTINGS.items()}
    values["index.path"] = default_index()
    file = settings_file(config, environment)
    places = (
        _given_in_file(file, read(file)) if file else (),
        _given_in_environment(environment, folder),
        _given_in_flags(flags or {}, folder),
    )
    log.info("the settings are those of %s", file or "no file")
    for place in places:
        above = {given.setting.key: given.checked() for given in place}
        if "corpus.path" in above and "corpus.sources" not in above:
            above["corpus.sources"] = ()  # whoever names a corpus means that one
        values |= above
    settings = Settings(**{section: _section(section, values) for section in SECTIONS}, file=file)
    milvus = settings.milvus
    use(Limits(milvus.timeout, milvus.retries), partial(read_token, MILVUS_TOKEN, milvus.token_file, "milvus"))
    return _with_fetched(settings) if settings.corpus.sources else settings


def _with_fetched(settings: Settings) -> Settings:
    """Return the settings with the folder of what the sources bring as their corpus."""
    index, address = settings.index.path, address_of(settings.index.path)
    beside = index if address is None else default_index().with_name(address.name)
    folder = settings.corpus.fetched or beside.with_name(f"{beside.name}.sources")
    return replace(settings, corpus=replace(settings.corpus, path=folder, fetched=folder))


def default_index() -> Path:
    """Return where the index lies unless a setting says otherwise: in the checkout, or else in the user's folder."""
    if is_checkout():
        return HOME / IndexSettings().path
    from platformdirs import user_data_path

    return user_data_path("quoth") / "index"


def is_checkout() -> bool:
    """Return whether quoth runs from a checkout, where it is not installed among other packages."""
    return installing.is_checkout(HOME)


def _working_folder() -> Path:
    try:
        return Path.cwd()
    except OSError as error:
        remedy = "change to one that exists, as with `cd`"
        raise InputInvalid("The working directory", f"cannot be used ({error.strerror})", remedy) from error


def settings_file(config: Path | None, environment: Mapping[str, str]) -> Path | None:
    """Return the settings file: the one that is named, or else the first usual one that exists."""
    for name, place, path in (
        ("--config", COMMAND_LINE, config),
        ("QUOTH_CONFIG", ENVIRONMENT, environment.get("QUOTH_CONFIG")),
    ):
        if path:
            refuse_token(str(path), Origin(name, place))
            return _working_folder() / expanded(Path(path))
    return next((file for file in usual_files() if file.is_file()), None)


def usual_files() -> tuple[Path, Path]:
    """Return where a settings file is looked for that nobody names: where the user stands, then the user's own."""
    return _working_folder() / "quoth.toml", own_file()


def own_file() -> Path:
    """Return where the settings file lies that counts in every folder."""
    if is_checkout():
        return HOME / "config" / "quoth.toml"
    from platformdirs import user_config_path

    return user_config_path("quoth") / "quoth.toml"


def _given_in_file(file: Path, sections: Mapping[str, object]) -> Iterator[Given]:
    place, base = f"in {file}", folder_of_relative_paths(file)
    for section, content in sections.items():
        if section not in SECTIONS:
            if isinstance(content, dict):
                raise unknown_section(section, SECTIONS, place)
            raise _unknown(section, place)
        if not isinstance(content, dict):
            remedy = f"it is a section, so put its keys below [{section}]"
            raise bad_value(section, content, remedy, Origin(section, place))
        for name, value in content.items():
            key = f"{section}.{name}"
            if key not in SETTINGS:
                raise _unknown(key, place)
            yield Given(SETTINGS[key], value, Origin(key, place), base)


def _unknown(key: str, place: str) -> SettingInvalid:
    if remedy := what_became(key):
        return SettingInvalid(key, remedy, place)
    return unknown_setting(key, SETTINGS, place)


def _given_in_environment(environment: Mapping[str, str], folder: Path) -> Iterator[Given]:
    """Yield the settings in the environment, and refuse a variable that is none.

    An empty variable counts as not set, except where it should name the corpus or the index: another folder than was
    meant would be read or written.
    """
    known = {variable(key): setting for key, setting in SETTINGS.items()}
    for name in sorted(environment):
        if not name.startswith("QUOTH_") or name in OTHER_VARIABLES:
            continue
        if name not in known:
            former = next((key for key in (*REMOVED, *RENAMED) if variable(key) == name), None)
            if former and (remedy := what_became(former, in_file=False)):
                raise SettingInvalid(name, remedy, ENVIRONMENT)
            raise unknown_variable(name, [*known, *OTHER_VARIABLES], ENVIRONMENT)
        kind, text = known[name].kind, environment[name]
        if text or isinstance(kind, AnyPath):
            yield Given(known[name], kind.parse(text), Origin(name, ENVIRONMENT), folder)


def _given_in_flags(flags: Mapping[str, object], folder: Path) -> Iterator[Given]:
    for key, value in flags.items():
        if value is not None:
            setting = SETTINGS[key]
            plain = str(value) if isinstance(value, Path) else value
            yield Given(setting, plain, Origin(setting.flag or key, COMMAND_LINE), folder)


def _section(section: str, values: Mapping[str, Any]) -> Any:
    record = SECTIONS[section]
    return record(**{item.name: values[f"{section}.{item.name}"] for item in fields(record)})
