"""Every function of NumPy has its place in the table: priced, free, composed, refused, or another name."""

from __future__ import annotations

import inspect
import re
import types
from pkgutil import iter_modules

import numpy as np
import pytest

from flopscope import costs
from flopscope.arrays.registry import numpy_attribute
from flopscope.costs.table import ALIASES, TABLE

CONTRACTION_PLANNER = {"einsum", "einsum_path"}  # code of their own, in flopscope.einsum

FUNCTIONS = (types.FunctionType, types.BuiltinFunctionType, np.ufunc, type(np.sum))
NUMPY = {
    name: function
    for name, function in vars(np).items()
    if not name.startswith("_") and isinstance(function, FUNCTIONS) and name not in CONTRACTION_PLANNER
}
PRICED = {name: op for name, op in TABLE.items() if op.cost is not None}


def test_importing_the_package_imports_every_chapter():
    modules = {module.name for module in iter_modules(costs.__path__)}
    others = set("dtypes fma2 groups models recorded shapes table textbook".split())
    assert set(costs.__all__) == modules - others


def test_every_function_of_numpy_is_classified():
    assert sorted(name for name in NUMPY if not (name in TABLE or name in ALIASES)) == []


def test_nothing_is_classified_twice():
    assert TABLE.keys() & ALIASES.keys() == set()


def test_every_alias_points_to_a_row():
    assert {alias: name for alias, name in ALIASES.items() if name not in TABLE} == {}


def test_a_row_goes_by_the_name_that_numpy_gives_its_function():
    misnamed = {
        name: function.__name__ for name, function in NUMPY.items() if name in TABLE and function.__name__ != name
    }
    assert misnamed in ({}, {"show_config": "show"})  # up to NumPy 2.1


def test_an_alias_of_the_same_function_points_to_its_name():
    same = {name: function.__name__ for name, function in NUMPY.items() if function.__name__ != name}
    same.pop("show_config", None)
    assert {name: ALIASES.get(name) for name in same} == same


def test_functions_that_are_one_in_numpy_are_one_row():
    names: dict[int, set[str]] = {}
    for name in (*TABLE, *ALIASES):
        if name in TABLE and TABLE[name].reason:
            continue
        function = numpy_attribute(name)
        if callable(function) and not inspect.isclass(function):
            names.setdefault(id(function), set()).add(name)
    rows = [{ALIASES.get(name, name) for name in found} for found in names.values()]
    assert [found for found in rows if len(found) > 1] == []
    assert sum(len(found) > 1 for found in names.values()) > 60  # abs, concat, mod, emath.sqrt ...


def test_a_refusal_says_what_to_use_instead():
    refused = [op for op in TABLE.values() if op.reason]
    assert [op.name for op in refused if not re.search(r"\buse\b", op.reason)] == []


@pytest.mark.parametrize("name", PRICED)
def test_a_rule_states_its_formula_its_source_and_an_example(name):
    doc = inspect.getdoc(PRICED[name].cost)
    assert doc, f"the rule of {name} has no docstring"
    formula, _, rest = doc.partition("\n")
    assert formula.endswith(".")
    assert len(formula) <= 120
    if "." not in name:  # a rule of a submodule may say in words which rules it is made of
        assert re.search(r"numel|[*+]|\bn\b|per ", formula)
    assert re.search(r"\nSource: \w", rest)
    assert re.search(r"\nExamples?: [^\n]*\d", rest)


def parameters_of(name):
    function = NUMPY.get(name)
    try:
        return inspect.signature(function).parameters.values() if function else ()
    except ValueError:
        return ()  # NumPy does not tell


@pytest.mark.parametrize("name", [name for name in PRICED if parameters_of(name)])
def test_a_rule_takes_the_parameters_of_the_function_by_name_and_by_position(name):
    rule = inspect.signature(PRICED[name].cost)
    positional, by_name, anyhow = [], {}, []
    for parameter in parameters_of(name):
        if parameter.kind is parameter.POSITIONAL_ONLY:
            anyhow.append(0)
        elif parameter.kind is parameter.POSITIONAL_OR_KEYWORD:
            by_name[parameter.name] = 0
            positional.append(0)
        elif parameter.kind is parameter.KEYWORD_ONLY:
            by_name[parameter.name] = 0
    rule.bind(*anyhow, *positional)
    rule.bind(*anyhow, **by_name)
