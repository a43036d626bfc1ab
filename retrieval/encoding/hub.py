"""The folder of a model: one on this machine, or one that is downloaded from the Hugging Face hub once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from retrieval.errors import ModelNotFound


def model_folder(name: str, organisation: str, unwanted: Sequence[str]) -> Path:
    """Return the folder called `name`, or the one that the hub's model of this name is downloaded to.

    A hub name without a slash is one of `organisation`; files that match an `unwanted` pattern stay at the hub. Raises
    ModelNotFound.
    """
    try:
        folder = Path(name).expanduser()
    except RuntimeError:  # ~NAME where there is no such user
        raise ModelNotFound(name, "there is no such folder") from None
    if folder.is_dir():
        return folder
    if name.startswith((".", "/", "~")) or name.count("/") > 1:
        raise ModelNotFound(name, "there is no such folder")
    return _download(name, name if "/" in name else f"{organisation}/{name}", unwanted)


def _download(name: str, repository: str, unwanted: Sequence[str]) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError

    try:
        return Path(snapshot_download(repository, ignore_patterns=list(unwanted)))
    except HFValidationError as error:
        raise ModelNotFound(name, "this is neither a folder nor a hub name") from error
    except Exception as error:  # the hub client raises errors of its own, of httpx and of the OS
        raise ModelNotFound(name, _reason(error)) from error


def _reason(error: Exception) -> str:
    """Return why the hub does not give a model."""
    from huggingface_hub.errors import GatedRepoError, HfHubHTTPError, LocalEntryNotFoundError, RepositoryNotFoundError

    if isinstance(error, GatedRepoError):
        return "the hub gives it only to those who have agreed to its terms there"
    if isinstance(error, RepositoryNotFoundError):
        return "the hub has no model of this name, or keeps it private"
    if isinstance(error, HfHubHTTPError) and error.response is not None:
        return f"the hub answered with the status {error.response.status_code}"
    if isinstance(error, OSError) and error.strerror and not isinstance(error, LocalEntryNotFoundError):
        return f"it cannot be kept here: {error.strerror}"
    return "the hub cannot be reached"
