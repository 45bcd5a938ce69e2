"""Every public callable has the signature of NumPy's of the same name, and its documentation says what it costs."""

from __future__ import annotations

import inspect
import warnings
from importlib import import_module
from typing import Any

import numpy as np
import pytest

import flopscope.numpy as fnp
from flopscope import FlopscopeArray
from flopscope.numpy import _module

#: Where ours is another one, and why.
DIFFERENT = {
    "einsum": "the cheapest path is the default, and symmetry may be declared",
    "linalg.svd": "k leading triplets may be asked for",
    "random.ranf": "one function with random_sample, whose parameters it names",
    "random.sample": "one function with random_sample, whose parameters it names",
    "ma.MaskedArray": "what it is given it passes on",
    "ma.masked_array": "what it is given it passes on",
}


def signature(function: Any) -> Any:
    """Names, kinds and defaults of the parameters, where they can be had."""
    try:
        found = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return None
    return [(p.name, p.kind, repr(p.default)) for p in found]


def pairs() -> dict[str, tuple[Any, Any]]:
    """Our callables and NumPy's, by name."""
    found: dict[str, tuple[Any, Any]] = {}
    homes = [(fnp, np, "")]
    for path in sorted(_module.MODULES):
        theirs = getattr(np, path, None) or import_module(f"numpy.{path}")
        homes.append((import_module(f"flopscope.numpy.{path}"), theirs, f"{path}."))
    homes += [
        (getattr(fnp.random, name), getattr(np.random, name), f"{name}.") for name in ("Generator", "RandomState")
    ]
    homes.append((FlopscopeArray, np.ndarray, "ndarray."))
    for ours, theirs, prefix in homes:
        for name in dir(theirs):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # deprecated names
                pair = getattr(ours, name, None), getattr(theirs, name)
            if not name.startswith("_") and all(map(callable, pair)) and pair[0] is not pair[1]:
                found[prefix + name] = pair
    return found


PAIRS = pairs()


def test_there_are_more_than_a_thousand():
    assert len(PAIRS) > 1000
    assert {name for name in DIFFERENT if name not in PAIRS} == set()


@pytest.mark.parametrize("name", PAIRS)
def test_a_signature_is_numpys(name):
    ours, theirs = map(signature, PAIRS[name])
    assert theirs is None or ours == theirs or name in DIFFERENT


def test_a_function_says_what_it_costs():
    silent = {
        name: (ours.__doc__ or "")[:60]
        for name, (ours, _) in PAIRS.items()
        if not isinstance(ours, type)
        and not name.startswith("ndarray.")  # moving data has no row of its own there
        and not any(word in (ours.__doc__ or "") for word in ("FLOP", "free."))
    }
    assert silent == {}
