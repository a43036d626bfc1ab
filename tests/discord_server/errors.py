"""Discord's refusals: an HTTP status with a JSON body of a code, a sentence and, for forms, a tree of errors."""

from collections.abc import Mapping
from typing import Any


class Refusal(Exception):
    """An answer other than success, as Discord words it."""

    def __init__(self, status: int, code: int, message: str, errors: Mapping[str, Any] | None = None) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.body: dict[str, Any] = {"message": message, "code": code}
        if errors is not None:
            self.body["errors"] = errors


class NotOffered(Exception):
    """Discord's own client would not let this user do this: no such command, button disabled, option missing."""


class NothingCame(AssertionError):
    """What a test waited for did not happen in time."""


def unauthorized() -> Refusal:
    """The bot's token is missing or wrong."""
    return Refusal(401, 0, "401: Unauthorized")


def unknown(code: int, what: str) -> Refusal:
    """Something asked for does not exist, or the bot may not know that it does."""
    return Refusal(404, code, f"Unknown {what}")


def unknown_channel() -> Refusal:
    """10003"""
    return unknown(10003, "Channel")


def unknown_message() -> Refusal:
    """10008"""
    return unknown(10008, "Message")


def unknown_interaction() -> Refusal:
    """10062: never heard of, or not acknowledged within three seconds."""
    return unknown(10062, "interaction")


def missing_access() -> Refusal:
    """50001: the channel cannot be seen."""
    return Refusal(403, 50001, "Missing Access")


def missing_permissions() -> Refusal:
    """50013: the channel can be seen, this cannot be done."""
    return Refusal(403, 50013, "Missing Permissions")


def archived() -> Refusal:
    """50083: nothing in a thread can be changed until it is opened again."""
    return Refusal(400, 50083, "Thread is archived")


def empty_message() -> Refusal:
    """50006"""
    return Refusal(400, 50006, "Cannot send an empty message")


class Form:
    """Collects what is wrong with a request body, then refuses it as a whole with 50035."""

    def __init__(self) -> None:
        self._errors: dict[str, Any] = {}

    def add(self, path: tuple[str | int, ...], code: str, message: str) -> None:
        """Note one error at a path such as ("embeds", 0, "title")."""
        node = self._errors
        for part in path:
            node = node.setdefault(str(part), {})
        node.setdefault("_errors", []).append({"code": code, "message": message})

    def length(self, path: tuple[str | int, ...], value: object, low: int, high: int) -> None:
        """Refuse a value that is not text of low to high characters, counted as code points (Discord counts these)."""
        if not isinstance(value, str):
            self.add(path, "BASE_TYPE_BAD_TYPE", "Must be a string.")
        elif not value and low > 0:
            self.add(path, "BASE_TYPE_REQUIRED", "This field is required")
        elif len(value) > high and low:
            self.add(path, "BASE_TYPE_BAD_LENGTH", f"Must be between {low} and {high} in length.")
        elif len(value) > high:
            self.add(path, "BASE_TYPE_MAX_LENGTH", f"Must be {high} or fewer in length.")
        elif len(value) < low:
            self.add(path, "BASE_TYPE_BAD_LENGTH", f"Must be between {low} and {high} in length.")

    def count(self, path: tuple[str | int, ...], value: object, high: int) -> list[Any]:
        """The value if it is a list of at most this many things, else an error and an empty list."""
        if not isinstance(value, list):
            self.add(path, "BASE_TYPE_BAD_TYPE", "Only iterables may be used in a ListType")
            return []
        if len(value) > high:
            self.add(path, "BASE_TYPE_MAX_LENGTH", f"Must be {high} or fewer in length.")
        return value

    def close(self) -> None:
        """Refuse the form if anything was noted."""
        if self._errors:
            raise Refusal(400, 50035, "Invalid Form Body", self._errors)
