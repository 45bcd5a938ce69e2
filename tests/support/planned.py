"""What a plan makes of a call, against what the call does: shapes, dtypes, kinds of results, and charges."""

from __future__ import annotations

from typing import Any

import numpy as np

import flopscope as flops
from flopscope.planning import AbstractArray, AbstractScalar
from parity import Array


def shaped(value: Any) -> Any:
    """`value` with a shape for every array in it."""
    if isinstance(value, Array):
        return flops.Shaped(value.values.shape, value.values.dtype)
    if isinstance(value, (list, tuple)):
        return type(value)(shaped(item) for item in value)
    if isinstance(value, dict):
        return {name: shaped(item) for name, item in value.items()}
    return value


def same(got: Any, real: Any, exact: bool = True) -> None:
    """Assert that a result in a plan stands for the real one; if not `exact`, of whatever dtype."""
    if isinstance(real, np.ndarray):
        assert type(got) is AbstractArray, f"{got!r} for an array {real.shape}"
        assert got.shape == real.shape
        assert not exact or got.dtype == real.dtype
    elif isinstance(real, np.generic):
        assert type(got) in (AbstractScalar, type(real)), f"{got!r} for a scalar {real!r}"
        assert not exact or got.dtype == real.dtype
    elif isinstance(real, (list, tuple)):
        assert type(got) is type(real)
        assert len(got) == len(real)
        for one, other in zip(got, real, strict=True):
            same(one, other, exact)
    elif isinstance(real, (bool, int, float)) and type(got) is AbstractScalar:
        assert np.dtype(type(real)).kind == got.dtype.kind
    else:
        assert type(got) is type(real)


def charges(summary: dict[str, Any]) -> dict[str, tuple[int, int]]:
    """FLOPs and calls by op."""
    return {op: (row["flop_cost"], row["calls"]) for op, row in summary["operations"].items()}
