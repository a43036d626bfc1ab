"""Application commands: registered globally or for a guild, checked as Discord checks them.

Names of slash commands and options: 1 to 32 letters, numbers, hyphens, underscores or apostrophes of any script, in
lower case; descriptions 1 to 100 characters; at most 25 options, required ones first, unique names; choices at most
25. Context menu commands have names of 1 to 32 characters with spaces and capitals, no description, no options. At
most 100 slash commands and 5 of each context menu type.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.discord_server.clock import Snowflakes
from tests.discord_server.errors import Form
from tests.discord_server.limits import Path
from tests.discord_server.records import Guild, Json

SLASH, USER_MENU, MESSAGE_MENU = 1, 2, 3
MOST = {SLASH: 100, USER_MENU: 5, MESSAGE_MENU: 5}
STRING, INTEGER, NUMBER = 3, 4, 10


@dataclass(frozen=True)
class Commands:
    """The registry, by guild id or None for global commands."""

    application: int
    ids: Snowflakes
    _by_scope: dict[int | None, list[Json]] = field(default_factory=dict)

    def all(self, guild: int | None) -> list[Json]:
        """The commands of a scope."""
        return self._by_scope.get(guild, [])

    def overwrite(self, guild: int | None, commands: list[Json]) -> list[Json]:
        """Replace a scope's commands; a command of the same name and type keeps its id."""
        form = Form()
        for number, command in enumerate(commands):
            check_command(form, command, (number,))
        keys = [_key(command) for command in commands]
        for number, key in enumerate(keys):
            if key in keys[:number]:
                form.add((number, "name"), "APPLICATION_COMMANDS_DUPLICATE_NAME", "Option names must be unique")
        for kind, most in MOST.items():
            if sum(key[0] == kind for key in keys) > most:
                form.add((), "APPLICATION_COMMAND_TOO_MANY", f"Maximum number of application commands reached ({most})")
        form.close()
        known = {_key(command): command["id"] for command in self.all(guild)}
        self._by_scope[guild] = [self._stored(command, guild, known) for command in commands]
        return self.all(guild)

    def upsert(self, guild: int | None, command: Json) -> Json:
        """Register one command, in place of one of the same name and type."""
        form = Form()
        check_command(form, command, ())
        form.close()
        known = {_key(other): other["id"] for other in self.all(guild)}
        stored = self._stored(command, guild, known)
        others = [other for other in self.all(guild) if _key(other) != _key(command)]
        self._by_scope[guild] = [*others, stored]
        return stored

    def remove(self, guild: int | None, number: int) -> bool:
        """Unregister by id; whether there was one."""
        before = self.all(guild)
        self._by_scope[guild] = [command for command in before if int(command["id"]) != number]
        return len(self.all(guild)) < len(before)

    def find(self, name: str, kind: int, guild: Guild | None) -> Json | None:
        """The command that a user in this place means: the guild's before the global one."""
        offered = [*(self.all(guild.id) if guild else []), *self.all(None)]
        return next((command for command in offered if _key(command) == (kind, name)), None)

    def _stored(self, command: Json, guild: int | None, known: dict[tuple[int, str], str]) -> Json:
        stored: Json = {
            "description": "",
            "options": [],
            "default_member_permissions": None,
            "dm_permission": True,
            "nsfw": False,
            **command,
            "type": command.get("type", SLASH),
            "id": known.get(_key(command)) or str(self.ids.next()),
            "application_id": str(self.application),
            "version": str(self.ids.next()),
        }
        return stored if guild is None else {**stored, "guild_id": str(guild)}


def _key(command: Json) -> tuple[int, str]:
    return command.get("type") or SLASH, command.get("name", "")


def check_command(form: Form, command: Json, at: Path) -> None:
    """Note all that Discord would refuse in a command."""
    if (command.get("type") or SLASH) == SLASH:
        _check_named(form, command, at)
        _check_options(form, command.get("options") or [], at)
        return
    for path, name in _in_all_languages(command, "name", at):
        form.length(path, name, 1, 32)
    if command.get("description"):
        form.add(
            (*at, "description"), "APPLICATION_COMMAND_CONTEXT_MENU_DESCRIPTION", "Context menus have no description"
        )
    if command.get("options"):
        form.add((*at, "options"), "APPLICATION_COMMAND_CONTEXT_MENU_OPTIONS", "Context menus have no options")


def _check_named(form: Form, thing: Json, at: Path) -> None:
    """The name and description of a slash command or an option."""
    for path, name in _in_all_languages(thing, "name", at):
        form.length(path, name, 1, 32)
        is_word = all(letter in "-_'" or unicodedata.category(letter)[0] in "LNM" for letter in name)
        if not is_word or name != name.lower():
            form.add(path, "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")
    for path, description in _in_all_languages(thing, "description", at):
        form.length(path, description, 1, 100)


def _in_all_languages(thing: Json, key: str, at: Path) -> Iterator[tuple[Path, str]]:
    """Where a name or a description stands, and its text, the translations after it."""
    yield (*at, key), thing.get(key, "")
    translations = f"{key}_localizations"
    for locale, text in (thing.get(translations) or {}).items():
        yield (*at, translations, locale), text


def _check_options(form: Form, options: list[Json], at: Path) -> None:
    path: Path = (*at, "options")
    form.count(path, options, 25)
    seen: set[str] = set()
    optional = False
    for number, option in enumerate(options):
        here: Path = (*path, number)
        _check_named(form, option, here)
        if option.get("name") in seen:
            form.add((*here, "name"), "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS", "Option names must be unique")
        seen.add(option.get("name", ""))
        if option.get("required") and optional:
            sentence = "Required options must be placed before non-required options"
            form.add((*here, "required"), "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", sentence)
        optional = optional or not option.get("required")
        if option.get("type") in (1, 2):
            _check_options(form, option.get("options") or [], here)
        elif option.get("type") not in range(3, 12):
            form.add((*here, "type"), "BASE_TYPE_CHOICES", "Value must be one of (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11).")
        _check_choices(form, option, here)


def _check_choices(form: Form, option: Json, at: Path) -> None:
    choices = form.count((*at, "choices"), option.get("choices") or [], 25)
    if choices and option.get("autocomplete"):
        form.add((*at, "autocomplete"), "APPLICATION_COMMAND_AUTOCOMPLETE_CHOICES", "Choices exclude autocomplete")
    check_choice_list(form, choices, (*at, "choices"))


def check_choice_list(form: Form, choices: list[Json], at: Path) -> None:
    """Note what is wrong with choices, of an option or of an autocompletion."""
    for number, choice in enumerate(choices):
        form.length((*at, number, "name"), choice.get("name", ""), 1, 100)
        if isinstance(choice.get("value"), str):
            form.length((*at, number, "value"), choice["value"], 1, 100)
