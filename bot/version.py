"""The version of quoth that is installed."""

from __future__ import annotations

NOT_INSTALLED = "a checkout that is not installed"


def installed_version() -> str | None:
    """Return the version; None in a checkout that is not installed."""
    from importlib.metadata import PackageNotFoundError, version  # takes a hundredth of a second to load

    try:
        return version("quoth")
    except PackageNotFoundError:
        return None
