"""The hub's refusals, worded."""

from __future__ import annotations

import errno
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import pytest
from huggingface_hub.errors import GatedRepoError, HfHubHTTPError, LocalEntryNotFoundError, RepositoryNotFoundError

from retrieval.encoding.hub import model_folder
from retrieval.errors import ModelNotFound


def answer(status: int) -> Any:
    """A response of the library that the hub's client asks with."""
    return SimpleNamespace(status_code=status, headers={}, request=None)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (GatedRepoError("", response=answer(403)), "the hub gives it only to those who have agreed to its terms there"),
        (RepositoryNotFoundError("", response=answer(404)), "the hub has no model of this name, or keeps it private"),
        (HfHubHTTPError("", response=answer(503)), "the hub answered with the status 503"),
        (LocalEntryNotFoundError("Cannot find the files"), "the hub cannot be reached"),
        (ConnectionError("no route"), "the hub cannot be reached"),
        (OSError(errno.ENOSPC, "No space left on device"), "it cannot be kept here: No space left on device"),
    ],
)
def test_a_refusal_of_the_hub_is_worded(error: Exception, reason: str) -> None:
    with patch("huggingface_hub.snapshot_download", side_effect=error), pytest.raises(ModelNotFound) as caught:
        model_folder("owner/model", "owner", ())
    assert caught.value.reason == reason
