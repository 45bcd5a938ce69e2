"""Planning: what an op would cost, from shapes alone.

These functions evaluate the cost rule that the executed op is charged by, so plan and charge agree to the last FLOP.
They touch no budget and allocate nothing: a 10**6 x 10**6 matmul is priced as fast as a 2 x 2 one. Prices are those of
the cost model that is given, by default of the one that prices calls here and now. A budget's ``flop_multiplier`` is no
part of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

import numpy as np

from flopscope.arrays import registry
from flopscope.budgets.blocks import active_scope
from flopscope.costs import elementwise, reductions
from flopscope.costs.models import CostModel
from flopscope.costs.models import cost_model as find_cost_model
from flopscope.costs.shapes import Shaped
from flopscope.costs.table import ALIASES, TABLE, Op, lookup
from flopscope.errors import UnsupportedFunctionError, near


def cost(
    op: str, *operands: Any, symmetries: Any = None, cost_model: CostModel | str | None = None, **parameters: Any
) -> int:
    """Price any op from the shapes of its operands.

    Parameters
    ----------
    op : str
        Public name, such as ``"add"``, ``"linalg.qr"``, ``"fft.rfft"``, ``"random.normal"`` or ``"add.reduce"``.
    *operands : tuple of int, list of tuples, or any other argument
        The op's positional arguments, a shape standing for each array; numbers and strings stand for themselves.
    symmetries : sequence of (SymmetryGroup or None), optional
        Symmetry of each array among the operands, in order; of a single one, ``symmetry=``.
    cost_model : CostModel or str, optional
        What prices the call; by default what prices calls here and now.
    **parameters
        The op's keyword arguments as they are (``axis=0``, ``size=(10, 20)``); for an array give a `Shaped`.

    Returns
    -------
    int
        FLOPs; 0 for ops that only move data.

    Raises
    ------
    ValueError
        For an op that is unknown or refused, and for shapes that the op does not accept.
    TypeError
        For arguments that the op does not have.

    Examples
    --------
    >>> cost("linalg.qr", (64, 8))  # 64*8*8
    4096
    >>> cost("matmul", (10**6, 10**6), (10**6, 10**6))
    1000000000000000000
    >>> cost("random.normal", size=(10, 20))
    200
    >>> from flopscope import SymmetryGroup
    >>> pair = SymmetryGroup.symmetric(axes=(0, 1))
    >>> cost("add", (256, 256), (256, 256), symmetries=[pair, pair])  # 256*257/2
    32896
    """
    row, model = _row(op), _model(cost_model)
    if row.cost is None:
        return 0
    if "symmetry" in parameters and symmetries is None and row.name not in _OF_A_SYMMETRY:
        symmetries = [parameters.pop("symmetry")]
    try:
        _check_number_of_operands(row, len(operands), outputs=True)
        _check_parameters(row, parameters)
        return model.price(row, _operands(operands, symmetries), parameters)
    except (TypeError, ValueError, LookupError, AttributeError, ArithmeticError) as error:
        shown = [repr(one.shape if isinstance(one, Shaped) else one) for one in operands]
        given = ", ".join([*shown, *(f"{k}={v!r}" for k, v in parameters.items())])
        kind = TypeError if isinstance(error, TypeError) else ValueError
        raise kind(
            f"cannot price {op}({given}): {error}. Give a shape for each array and parameters by keyword; "
            f"the formula is: {row.formula.splitlines()[0]}"
        ) from error


def einsum_cost(
    subscripts: str,
    *,
    shapes: Any,
    optimize: Any = True,
    symmetries: Any = None,
    identical: Any = None,
    symmetry: Any = None,
    cost_model: CostModel | str | None = None,
) -> int:
    """Price an einsum along the path it would take.

    Parameters
    ----------
    subscripts : str
        As for ``fnp.einsum``.
    shapes : sequence of tuple of int
        Shapes of the operands.
    optimize : bool, str, list or callable, default True
        As for ``fnp.einsum``.
    symmetries : sequence of (SymmetryGroup or None), optional
        Groups of the operands, on their axes 0, 1, 2 ...
    identical : sequence of (tuple of int), optional
        Sets of positions of operands that will be the same array.
    symmetry : SymmetryGroup, optional
        Group that the result is declared to have, as for ``fnp.einsum``.
    cost_model : CostModel or str, optional
        As for `cost`.

    Returns
    -------
    int
        FLOPs.

    Examples
    --------
    >>> einsum_cost("ij,jk->ik", shapes=[(256, 256), (256, 256)])  # 256**3
    16777216
    >>> einsum_cost("ki,kj->ij", shapes=[(100, 8), (100, 8)], identical=[(0, 1)])  # 100*8*9/2
    3600
    """
    if not isinstance(shapes, Iterable):
        raise TypeError(f"shapes= is a sequence of shapes, one for each operand; got {shapes!r}")
    known = {"symmetries": symmetries, "identical": identical, "symmetry": symmetry}
    given = {name: value for name, value in known.items() if value is not None}
    return cost("einsum", subscripts, *map(_array, shapes), optimize=optimize, cost_model=cost_model, **given)


def svd_cost(m: int, n: int, k: int | None = None, *, cost_model: CostModel | str | None = None) -> int:
    """Price a singular value decomposition: m*n*k, with k = min(m, n) unless given.

    Parameters
    ----------
    m, n : int
        Rows and columns.
    k : int, optional
        Number of leading triplets, as in ``fnp.linalg.svd(a, k=k)``.
    cost_model : CostModel or str, optional
        As for `cost`.

    Returns
    -------
    int
        FLOPs.

    Examples
    --------
    >>> svd_cost(m=256, n=256, k=10)  # 256*256*10
    655360
    """
    return cost("linalg.svd", Shaped((m, n)).shape, k=k, cost_model=cost_model)


def pointwise_cost(
    op: str,
    shape: Any = None,
    *,
    shapes: Any = None,
    symmetry: Any = None,
    symmetries: Any = None,
    cost_model: CostModel | str | None = None,
) -> int:
    """Price an elementwise op: the number of elements of the broadcast result.

    Parameters
    ----------
    op : str
        Name, such as ``"exp"`` or ``"add"``.
    shape : tuple of int
        Shape of the result, or
    shapes : sequence of tuple of int
        shapes of the operands, which are broadcast.
    symmetry : SymmetryGroup, optional
        Symmetry of the result, with `shape`.
    symmetries : sequence of (SymmetryGroup or None), optional
        Symmetries of the operands, with `shapes`: what they have in common counts.
    cost_model : CostModel or str, optional
        As for `cost`.

    Returns
    -------
    int
        FLOPs.

    Examples
    --------
    >>> pointwise_cost("exp", shape=(256, 256))
    65536
    >>> pointwise_cost("add", shapes=[(256, 1), (1, 64)])  # 256*64
    16384
    >>> from flopscope import SymmetryGroup
    >>> pointwise_cost("exp", shape=(256, 256), symmetry=SymmetryGroup.symmetric(axes=(0, 1)))  # 256*257/2
    32896
    """
    row = _row(op)
    if row.cost not in _POINTWISE:
        raise ValueError(f"{op} is not an elementwise op; use cost({op!r}, ...)")
    if (shape is None) == (shapes is None):
        raise TypeError("pointwise_cost() takes either shape= (of the result) or shapes= (of the operands)")
    if (symmetries if shapes is None else symmetry) is not None:
        raise TypeError("pointwise_cost() takes symmetry= with shape= (of the result), symmetries= with shapes=")
    model = _model(cost_model)
    if shapes is None:
        inputs = getattr(registry.numpy_attribute(row.name), "nin", 2 if row.cost is elementwise.isclose else 1)
        return model.price(row, [_array(shape, symmetry)] * inputs, {})
    operands = [_array(one) for one in shapes]
    _check_number_of_operands(row, len(operands))
    return model.price(row, _operands(operands, symmetries), {})


def reduction_cost(
    op: str,
    input_shape: Any,
    axis: Any = None,
    *,
    symmetry: Any = None,
    cost_model: CostModel | str | None = None,
) -> int:
    """Price a reduction or a scan: the number of elements of the input.

    Parameters
    ----------
    op : str
        Name, such as ``"sum"``, ``"mean"``, ``"max"`` or ``"cumsum"``.
    input_shape : tuple of int
        Shape of the input.
    axis : int or tuple of int, optional
        Checked against the shape; the cost of a reduction does not depend on it.
    symmetry : SymmetryGroup, optional
        Symmetry of the input.
    cost_model : CostModel or str, optional
        As for `cost`.

    Returns
    -------
    int
        FLOPs.

    Examples
    --------
    >>> reduction_cost("sum", input_shape=(256, 256))
    65536
    """
    if _row(op).cost not in (reductions.reduction, reductions.extremum, reductions.scan, reductions.cumulative):
        raise ValueError(f"{op} is not a reduction; use cost({op!r}, ...)")
    return cost(op, _array(input_shape, symmetry), axis=axis, cost_model=cost_model)


def _model(given: CostModel | str | None) -> CostModel:
    return active_scope().model if given is None else find_cost_model(given)


def _row(name: Any) -> Op:
    if not isinstance(name, str):
        raise TypeError(f"an op is given by its name, such as 'add' or 'linalg.qr'; got {name!r}")
    row = lookup(name)
    parent, _, method = name.rpartition(".")
    ufunc = lookup(parent)
    if row is None and method in registry.UFUNC_METHODS and ufunc is not None:
        row = registry.method_row(ufunc.name, method)
    if row is None:
        known = (*TABLE, *ALIASES)
        # Who asks for "svd" means "linalg.svd", and who asks for "np.exp" means "exp".
        below = [f"'{path}'" for path in known if path.endswith(f".{name}") or name.endswith(f".{path}")]
        raise ValueError(
            f"there is no op {name!r}" + (f"; did you mean {' or '.join(below[:3])}?" if below else near(name, known))
        )
    if row.reason:
        raise ValueError(f"{name} is not supported: {row.reason}")
    return row


def _check_number_of_operands(row: Op, given: int, outputs: bool = False) -> None:
    """Rules of ufuncs take any number of operands; NumPy does not, though `outputs` may follow them."""
    ufunc = registry.numpy_attribute(row.name)
    if isinstance(ufunc, np.ufunc) and not ufunc.nin <= given <= (ufunc.nargs if outputs else ufunc.nin):
        raise TypeError(f"{row.name} takes {ufunc.nin} operand{'s' if ufunc.nin > 1 else ''}, got {given}")


# Keyword arguments that ufuncs have; the last three only those on matrices and vectors.
_OF_UFUNCS = frozenset("out where casting order dtype subok signature axes axis keepdims".split())


def _check_parameters(row: Op, parameters: Iterable[str]) -> None:
    """Rules take any parameter; NumPy does not."""
    given = {*parameters}
    known: set[str] = set(_OF_UFUNCS)
    if given and not isinstance(registry.numpy_attribute(row.name), np.ufunc):
        from inspect import signature

        try:
            theirs, own = (signature(one).parameters for one in (registry.door(row.name), cast("Any", row.cost)))
        except (TypeError, ValueError, UnsupportedFunctionError):  # compiled, or not in this NumPy
            return
        if any(one.kind is one.VAR_KEYWORD for one in theirs.values()):
            return
        known = {*theirs, *own}
    unknown = sorted(given - known)
    if unknown:
        raise TypeError(f"{row.name} has no parameter {unknown[0]!r}{near(unknown[0], known)}")


# Rules of ops that cost 1 per element of the result.
_POINTWISE = frozenset(
    {
        *(elementwise.elementwise, elementwise.pointwise, elementwise.clip, elementwise.rounded, elementwise.angle),
        *(elementwise.real_if_close, elementwise.nan_to_num, elementwise.isclose),
    }
)

# Ops that have a parameter ``symmetry`` of their own.
_OF_A_SYMMETRY = frozenset(
    "einsum einsum_path symmetry.as_symmetric symmetry.is_symmetric symmetry.symmetrize symmetry.random".split()
)


def _array(shape: Any, symmetry: Any = None) -> Shaped:
    """What stands for an array of a shape; a `Shaped` stands for itself, with its dtype."""
    if isinstance(shape, Shaped):
        return Shaped(shape.shape, shape.dtype, symmetry or shape.symmetry)
    return Shaped(shape, symmetry=symmetry)


def _operands(operands: Iterable[Any], symmetries: Any) -> list[Any]:
    """The arguments that the operands of a planning function stand for."""
    arguments = [_operand(value) for value in operands]
    if symmetries is not None:
        if not isinstance(symmetries, (list, tuple)):
            raise TypeError(f"symmetries= takes a list of a group, or None, for each array; got {symmetries!r}")
        arrays = [place for place, value in enumerate(arguments) if isinstance(value, Shaped)]
        if len(arrays) != len(symmetries):
            raise ValueError(f"symmetries= has {len(symmetries)} entries for {len(arrays)} arrays")
        for place, symmetry in zip(arrays, symmetries, strict=True):
            if symmetry is not None:
                arguments[place] = Shaped(arguments[place].shape, arguments[place].dtype, symmetry)
    return arguments


def _operand(value: Any) -> Any:
    """A shape as the array it stands for; a list of shapes as a list of arrays; the rest as it is."""
    if isinstance(value, tuple) and all(hasattr(size, "__index__") for size in value):
        return Shaped(value)
    if isinstance(value, list):
        items = cast("list[Any]", value)
        if items and all(isinstance(item, tuple) for item in items):
            return [Shaped(item) for item in items]
    return cast("Any", value)
