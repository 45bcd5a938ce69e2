"""Result rules of what has classes or memory of its own: masked arrays, records, text in lists, strides by hand.

Most are told in miniature; those that take lengths as parameters go by the rule of their namesake in `numpy`. Which
elements are masked is not known: a full reduction is taken to find some that are not.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from flopscope.costs.table import TABLE
from flopscope.planning.miniature import NotToldError, in_miniature, of_kind
from flopscope.planning.others import CALLING_BACK
from flopscope.planning.standins import RULES, StandIn, operand, planner, rule, scalar, sizes, stand_in

# -- masked arrays ---------------------------------------------------------------------------------------------------

#: Functions whose result depends on what is masked, or on a condition: the axis that it shortens, None for one row.
_BY_MASK = {"compress": None, "compressed": None, "compress_rows": 0, "compress_cols": 1}
# Those that a plan does not follow.
_NOT_TOLD = frozenset(
    "clump_masked clump_unmasked compress_nd compress_rowcols flatnotmasked_contiguous flatnotmasked_edges ndenumerate "
    "notmasked_contiguous notmasked_edges".split()
)


def masked(function: Any, *args: Any, **kwargs: Any) -> Any:
    """Result of a function of ``numpy.ma``."""
    name = function.__name__
    if name == "is_masked":
        return scalar(bool)
    if name in _NOT_TOLD:
        raise NotToldError(f"ma.{name}")
    if name in _BY_MASK:
        a, axis = operand(args[1] if name == "compress" else args[0]), _BY_MASK[name]
        if name == "compress":
            axis = kwargs.get("axis", args[2] if len(args) > 2 else None)
        return _by_mask(name, a, axis)
    if name not in CALLING_BACK:
        try:
            return in_miniature(function, *args, **kwargs)
        except NotToldError:
            if name not in RULES:
                raise
    return _masked(RULES[name](getattr(np, name), *args, **kwargs))


def _by_mask(name: str, a: Any, axis: int | None) -> Any:
    """What is left of an array along an axis; of all of it, in one row, if that is None."""
    n = int(planner().ask(f"the length of ma.{name}() of", a))
    left = [n] if axis is None else [*a.shape]
    if axis is not None:
        left[axis] = n
    return of_kind(stand_in(tuple(left), a.dtype), np.ma.MaskedArray)


def like_operands(outcome: Any, given: Any) -> Any:
    """What a function returns of operands of these classes: of masked arrays masked ones, parts of records."""
    kinds = {value.kind for value in given if type(value) is StandIn}
    if np.recarray in kinds and type(outcome) is StandIn and outcome.dtype.names:
        return of_kind(outcome, np.recarray)
    return _masked(outcome) if np.ma.MaskedArray in kinds else outcome


def _masked(outcome: Any) -> Any:
    if type(outcome) is StandIn:
        return of_kind(outcome, np.ma.MaskedArray)
    if isinstance(outcome, (list, tuple)) and not hasattr(outcome, "_fields"):
        return type(outcome)(map(_masked, outcome))
    return outcome


for _name in TABLE:
    if _name.startswith("ma.") and _name not in RULES:
        rule(_name)(masked)

# -- records, text in lists ------------------------------------------------------------------------------------------


@rule(
    "rec.array rec.fromarrays rec.fromrecords "
    "lib.recfunctions.append_fields lib.recfunctions.assign_fields_by_name lib.recfunctions.drop_fields "
    "lib.recfunctions.flatten_descr lib.recfunctions.get_fieldstructure lib.recfunctions.get_names "
    "lib.recfunctions.get_names_flat lib.recfunctions.merge_arrays lib.recfunctions.rec_append_fields "
    "lib.recfunctions.rec_drop_fields lib.recfunctions.recursive_fill_fields lib.recfunctions.rename_fields "
    "lib.recfunctions.repack_fields lib.recfunctions.require_fields lib.recfunctions.stack_arrays "
    "lib.recfunctions.structured_to_unstructured "
    "char.equal char.not_equal char.less char.less_equal char.greater char.greater_equal char.compare_chararrays "
    "char.multiply char.join char.split char.rsplit char.splitlines"
)
def told_in_miniature(function: Any, *args: Any, **kwargs: Any) -> Any:
    """Result of a function that keeps the lengths of axes; how long texts become is a matter of values."""
    return in_miniature(function, *args, **kwargs)


@rule("lib.recfunctions.unstructured_to_structured")
def structured(function: Any, arr: Any, *args: Any, **kwargs: Any) -> Any:
    """Records of the elements along the last axis."""
    a = operand(arr)
    return stand_in(a.shape[:-1], function(np.empty((0, *a.shape[-1:]), a.dtype), *args, **kwargs).dtype)


@rule("char.partition char.rpartition")
def parts(function: Any, a: Any, sep: Any) -> Any:
    """Three parts of each text, along a new axis."""
    return stand_in((*sizes(a), 3), in_miniature(function, a, sep).dtype)


@rule("lib.stride_tricks.as_strided")
def as_strided(function: Any, x: Any, shape: Any = None, strides: Any = None, *_: Any, **__: Any) -> Any:
    """A view of any shape: nothing is in its place."""
    return stand_in(sizes(x) if shape is None else shape, x.dtype)
