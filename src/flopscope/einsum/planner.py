"""Plans: an einsum priced and compiled once per (subscripts, shapes, options), then only looked up and run."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import prod
from operator import index
from typing import Any, NamedTuple

import numpy as np

from flopscope.einsum.facts import NO_FACTS, Facts
from flopscope.einsum.info import PathInfo, Step
from flopscope.einsum.kernels import Kernel, ascii_subscripts, choose_kernel, own_error
from flopscope.einsum.parser import Shape, expand, written
from flopscope.einsum.path import Contraction, IndexSpace, contractions, extended, find_path, step_cost


class Plan(NamedTuple):
    """An einsum ready to run.

    Attributes
    ----------
    cost : int
        FLOPs of the whole path.
    run : callable
        Takes the operands as plain arrays of the planned shapes and returns the result: a new array, a view where
        NumPy gives one, or a scalar.
    info : PathInfo
        Path, steps and everything else worth telling.
    """

    cost: int
    run: Kernel
    info: PathInfo

    def __repr__(self) -> str:
        return f"<plan {self.info.subscripts}: {self.cost:,} FLOPs>"


def plan(subscripts: str, shapes: Sequence[Sequence[int]], optimize: Any = True, facts: Facts = NO_FACTS) -> Plan:
    """Price and compile an einsum from subscripts, shapes and what else is known of the operands, touching no data.

    Plans are cached; tuples of tuples for `shapes` find them fastest. See :func:`flopscope.einsum.path.find_path` for
    what `optimize` may be.

    Examples
    --------
    >>> plan("ij,jk->ik", ((256, 256), (256, 256))).cost
    16777216
    """
    try:
        return _plan(subscripts, shapes, optimize, facts)
    except TypeError:  # a list somewhere, which the cache cannot look up
        hashable = _tuples(shapes), _tuples(optimize)
    return _plan(subscripts, *hashable, facts)


def _tuples(value: Any) -> Any:
    """`value` with tuples for lists, at every depth."""
    return tuple(map(_tuples, value)) if type(value) in (list, tuple) else value


@lru_cache(maxsize=4096, typed=True)  # 1 is not True: NumPy refuses it
def _plan(subscripts: str, shapes: tuple[Shape, ...], optimize: Any, facts: Facts) -> Plan:
    shapes = tuple(tuple(index(size) for size in shape) for shape in shapes)
    if any(size < 0 for shape in shapes for size in shape):
        raise ValueError(f"a shape has no negative sizes, got {shapes}")
    inputs, output = expand(subscripts, shapes)
    space = IndexSpace(inputs, shapes) if facts == NO_FACTS else _network(inputs, shapes, output, facts)
    path, optimizer = find_path(inputs, shapes, output, optimize, space)
    steps: list[Step] = []
    program: list[tuple[tuple[int, ...], Kernel]] = []
    for step in contractions(inputs, shapes, output, path, space):
        kernel, blas = choose_kernel(step.inputs, step.shapes, step.output)
        last = len(program) == len(path) - 1
        program.append((step.operands, kernel if step.shape or last else _boxed(kernel)))
        steps.append(_step(step, blas, space))
    naive_cost = step_cost(inputs, output, space.sizes)
    symmetry = steps[-1].symmetry
    if symmetry:
        symmetry = symmetry.relabel({label: axis for axis, label in enumerate(output)})
    info = PathInfo(written(inputs, output), shapes, path, tuple(steps), naive_cost, optimizer, symmetry)
    run = program[0][1] if len(program) == 1 else _chained(program)
    return Plan(info.optimized_cost, run, info)


def _step(step: Contraction, blas: str | None, space: IndexSpace) -> Step:
    """A contraction as it is reported."""
    *symmetries, symmetry = (
        space.symmetry(operands, extended(term, shape)) or None
        for operands, term, shape in zip(
            (*step.members, sum(step.members)), (*step.inputs, step.output), (*step.shapes, step.shape), strict=True
        )
    )
    return Step(
        step.operands,
        written(step.inputs, step.output),
        step.cost,
        step.dense_cost,
        blas,
        size := prod(step.shape),
        symmetry.unique_elements(dict(zip(step.output, step.shape, strict=True))) if symmetry else size,
        tuple(symmetries),
        symmetry,
    )


def _network(inputs: Sequence[str], shapes: Sequence[Shape], output: str, facts: Facts) -> IndexSpace:
    from flopscope.einsum.network import Network  # late: most programs have no symmetry

    return Network(inputs, shapes, output, facts)


def einsum_cache_info() -> Any:
    """Tell how often plans of einsums were found (hits) or made (misses), and how many are kept.

    Calls of two operands that repeat the one before find their plan without asking, and are not among the hits.

    Returns
    -------
    CacheInfo
        ``hits``, ``misses``, ``maxsize`` and ``currsize``, as of ``functools.lru_cache``.

    Examples
    --------
    >>> einsum_cache_info().maxsize
    4096
    """
    return _plan.cache_info()


def einsum_cache_clear() -> None:
    """Forget all plans of einsums; they are made again when they are needed.

    Examples
    --------
    >>> einsum_cache_clear()
    >>> einsum_cache_info().currsize
    0
    """
    _plan.cache_clear()


def execute(
    plan: Plan,
    arrays: Sequence[Any],
    *,
    out: Any = None,
    dtype: Any = None,
    order: Any = "K",
    casting: Any = "safe",
) -> Any:
    """Run a plan with any of einsum's options; without them it is ``plan.run(*arrays)``."""
    try:
        return _execute(plan, arrays, out, dtype, order, casting)
    except SystemError as error:
        raise own_error(error) from None


def _execute(plan: Plan, arrays: Sequence[Any], out: Any, dtype: Any, order: Any, casting: Any) -> Any:
    if out is None and dtype is None and order == "K" and casting == "safe":
        return plan.run(*arrays)
    options: dict[str, Any] = {"dtype": dtype, "order": order, "casting": casting}
    if len(arrays) == 1:  # which may be a view, for which NumPy has rules of its own
        term, _, output = plan.info.subscripts.partition("->")
        return np.einsum(ascii_subscripts([term], output), *arrays, out=out, **options)
    # As in NumPy, the type in which to compute is common to the operands and `out`.
    common = np.dtype(dtype) if dtype is not None else np.result_type(*arrays, *([] if out is None else [out]))
    if out is not None and not np.can_cast(common, out.dtype, casting):
        raise TypeError(f"einsum computes in {common}, which casting={casting!r} does not put into out of {out.dtype}")
    layout: Any = order
    if isinstance(order, str) and order.upper() == "A":
        straight = all(a.flags.c_contiguous for a in arrays)
        layout = "F" if not straight and all(a.flags.f_contiguous for a in arrays) else "C"
    result: Any = plan.run(*(a.astype(common, casting=casting, copy=False) for a in arrays))
    if out is None:
        return np.asarray(result, order=layout) if np.ndim(result) else result
    if out.shape != np.shape(result):
        raise ValueError(f"einsum out has shape {out.shape}, the result {np.shape(result)}")
    np.copyto(out, result, casting="unsafe")  # as checked above
    return out


def _chained(program: list[tuple[tuple[int, ...], Kernel]]) -> Kernel:
    """The steps one after the other."""

    def run(*arrays: Any) -> Any:
        left = list(arrays)
        common = left[0].dtype
        if any(a.dtype != common for a in left):
            # What einsum does with all operands at once: two small integers must not overflow, nor two booleans
            # be ORed, before they meet the third operand.
            common = np.result_type(*left)
            left = [a.astype(common, copy=False) for a in left]
        for operands, kernel in program:
            taken = [left[p] for p in operands]
            for p in reversed(operands):
                del left[p]
            left.append(kernel(*taken))
        return left[0]

    return run


def _boxed(kernel: Kernel) -> Kernel:
    """`kernel` with its scalar as an array: a Python object would lose its dtype on the way to the next step."""

    def run(*arrays: Any) -> Any:
        box = np.empty((), arrays[0].dtype)
        box[()] = kernel(*arrays)
        return box

    return run
