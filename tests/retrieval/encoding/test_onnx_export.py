"""What the child that exports a model writes, and which models it refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from retrieval.encoding.onnx_export import _pooling, main
from retrieval.errors import ModelUnfit
from tests.retrieval.encoding.tiny import tiny_model


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (
            {"dense": True},
            r"its modules after the transformer are \['Pooling', 'Dense'\], and only Pooling and Normalize",
        ),
        ({"hidden": 36}, r"its dimension 36 is not a multiple of 8"),
    ],
    ids=["dense", "dimension"],
)
def test_a_model_that_cannot_be_used_is_refused_by_what_it_has(
    changes: dict[str, Any], reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tiny_model(tmp_path / "model", **changes)
    (tmp_path / "out").mkdir()
    assert main([str(folder), "tiny", "0" * 64, str(tmp_path / "out"), "", ""]) == 1
    with pytest.raises(ModelUnfit, match=rf"^The model 'tiny' cannot be used \({reason}"):
        raise ModelUnfit("tiny", json.loads(capsys.readouterr().out.strip().rpartition("\n")[2])["error"])
    assert not (tmp_path / "out" / "encoder.json").exists()


def modules(*names: str, **pooling: object) -> list[Any]:
    found: list[Any] = [type(name, (), {})() for name in names]
    for module in found:
        module.get_config_dict = lambda: pooling
    return found


@pytest.mark.parametrize(
    ("pooling", "mode"),
    [
        ({"pooling_mode": "mean"}, "mean"),
        ({"pooling_mode": "cls"}, "cls"),
        ({"pooling_mode_mean_tokens": True, "pooling_mode_cls_token": False}, "mean"),
        ({"pooling_mode_mean_tokens": False, "pooling_mode_cls_token": True}, "cls"),
    ],
)
def test_mean_and_cls_pooling_are_known(pooling: dict[str, object], mode: str) -> None:
    assert _pooling(modules("Transformer", "Pooling", "Normalize", **pooling), "m") == mode


@pytest.mark.parametrize(
    ("pooling", "told"),
    [
        ({"pooling_mode": "max"}, "it pools by 'max', and only mean and cls are known"),
        ({"pooling_mode": "lasttoken"}, "it pools by 'lasttoken'"),
        ({"pooling_mode_mean_tokens": True, "pooling_mode_max_tokens": True}, "it pools by 'mean\\+max'"),
        ({}, "it pools by 'unknown'"),
    ],
)
def test_other_pooling_is_refused(pooling: dict[str, object], told: str) -> None:
    with pytest.raises(ModelUnfit, match=told):
        _pooling(modules("Transformer", "Pooling", **pooling), "m")
