"""How a step runs: the callable is chosen once, when the plan is made, from terms and shapes alone.

Sums over a pair become one product of matrices (``ndarray.dot``, which hands strided operands to BLAS; ``matmul`` for
stacks), with the transposing and reshaping that it takes. What is no matrix product, or would be copied only to become
one, is left to NumPy's own einsum. The choice does not depend on dtypes, except that large integer products, for which
there is no BLAS, run in einsum.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from math import prod
from typing import Any, NoReturn

import numpy as np

from flopscope.einsum.parser import ASCII_LABELS, Shape, label_sizes, written

Kernel = Callable[..., Any]

#: NumPy's einsum without its dispatch to other array libraries, which takes a quarter of a small call.
numpy_einsum: Kernel = getattr(np.einsum, "__wrapped__", np.einsum)

# Multiply-adds per matrix from which a product beats einsum's plain loops; measured with float64, NumPy 2.4.
_WORTH_STACKED_VECTOR = 8**2
_WORTH_STRIDED_STACK = 8**3
# And from which einsum's loops beat the product for integers.
_LARGE_INTEGER = 64**3


def choose_kernel(inputs: Sequence[str], shapes: Sequence[Shape], output: str) -> tuple[Kernel, str | None]:
    """Callable that takes the step's arrays and returns its result, and the kind of BLAS call that it makes."""
    if len(inputs) == 1 and output and len(inputs[0]) == len(output):
        axes = tuple(inputs[0].index(label) for label in output)
        return _transposed(axes), None
    if len(inputs) == 2:
        product = _matrix_product(inputs, shapes, output)
        if product is not None:
            return product
        a, b = inputs
        if (output == a and a.endswith(b)) or (output == b and b.endswith(a)):
            return np.multiply, None  # axes broadcast as they stand
    return _einsum(inputs, output), None


def own_error(error: SystemError) -> BaseException:
    """The exception of an object's own arithmetic, which ``ndarray.dot`` wraps in a SystemError."""
    cause: BaseException = error
    while isinstance(cause, SystemError) and cause.__cause__ is not None:
        cause = cause.__cause__
    return cause


def ascii_subscripts(inputs: Sequence[str], output: str) -> str:
    """The step in the 52 letters that NumPy knows."""
    labels = "".join(dict.fromkeys("".join(inputs)))
    if len(labels) > len(ASCII_LABELS):
        raise ValueError(
            f"einsum step {written(inputs, output)} has {len(labels)} labels, NumPy runs up to {len(ASCII_LABELS)}"
        )
    return written(inputs, output).translate(str.maketrans(labels, ASCII_LABELS[: len(labels)]))


def _einsum(inputs: Sequence[str], output: str) -> Kernel:
    try:
        return partial(numpy_einsum, ascii_subscripts(inputs, output))
    except ValueError as error:
        # It can be priced and planned all the same.
        return partial(_refuse, str(error))


def _refuse(message: str, *arrays: Any) -> NoReturn:
    raise ValueError(message)


def _matrix_product(inputs: Sequence[str], shapes: Sequence[Shape], output: str) -> tuple[Kernel, str] | None:
    """The pair as a product of matrices (or stacks of them), or None if it is none or einsum does it better."""
    sizes = label_sizes(inputs, shapes)
    # An axis of size 1 that broadcasts against the other operand is not there for this purpose.
    a, b = (
        "".join(label for label, size in zip(term, shape, strict=True) if size == sizes[label])
        for term, shape in zip(inputs, shapes, strict=True)
    )
    stack = "".join(label for label in output if label in a and label in b)
    summed = "".join(label for label in a if label in b and label not in output)
    rows = "".join(label for label in a if label not in b)
    columns = "".join(label for label in b if label not in a)
    repeated = any(len(set(term)) < len(term) for term in inputs)
    if repeated or not summed or not set(output).issuperset(rows + columns):
        return None
    matrices = bool(rows and columns)
    if matrices and output == stack + columns + rows:
        flipped = _matrix_product(inputs[::-1], shapes[::-1], output)  # comes out in the order that is wanted
        return flipped and (_flipped(flipped[0]), flipped[1])

    # Axes that lie side by side merge into one as a view; sum in the order of the operand that else is copied.
    orders = summed, "".join(label for label in b if label in summed)
    copied = [_copied(a, rows, order, sizes) + _copied(b, columns, order, sizes) for order in orders]
    summed = orders[copied.index(min(copied))]
    m, k, n = (prod(sizes[label] for label in labels) for labels in (rows, summed, columns))
    if not matrices and (min(copied) or (stack and (not rows + columns or m * k * n < _WORTH_STACKED_VECTOR))):
        return None
    if stack and a[-1] in stack and b[-1] in stack and m * k * n < _WORTH_STRIDED_STACK:
        return None  # einsum's innermost loop runs along the stack

    # ndarray.dot takes vectors as they are; matmul, in a stack, only as matrices of one row or column.
    piles = [sizes[label] for label in stack]
    row = [m] if rows or stack else []
    column = [n] if columns or stack else []
    run = _between(
        _to_matrix(inputs[0], stack + rows + summed, sizes, [*piles, *row, k]),
        _to_matrix(inputs[1], stack + summed + columns, sizes, [*piles, k, *column]),
        _from_matrix(stack + rows + columns, output, sizes, [*piles, *row, *column]),
        np.matmul if stack else np.ndarray.dot,
        matrices,
    )
    if matrices and m * k * n >= _LARGE_INTEGER:
        run = _unless_integers(run, _einsum(inputs, output))
    kind = "GEMM" if matrices else "GEMV" if rows or columns else "DOT"
    return run, f"batched {kind}" if stack else kind


def _copied(term: str, free: str, summed: str, sizes: dict[str, int]) -> int:
    """Elements to copy before the axes `free`, and `summed`, can be one axis each."""
    return 0 if free in term and summed in term else prod(sizes[label] for label in term)


def _to_matrix(term: str, order: str, sizes: dict[str, int], shape: list[int]) -> tuple[Any, Any]:
    """Axes and shape that bring an operand into `order`, each None where nothing is to do."""
    dropped = "".join(label for label in term if label not in order)
    axes = tuple(term.index(label) for label in order + dropped)
    as_is = not dropped and shape == [sizes[label] for label in order]
    return (None if axes == tuple(range(len(term))) else axes), (None if as_is else tuple(shape))


def _from_matrix(natural: str, output: str, sizes: dict[str, int], shape: list[int]) -> tuple[Any, Any]:
    """Shape and axes that bring a product from its `natural` order to the output, None where nothing is to do."""
    full = [sizes[label] for label in natural]
    axes = tuple(natural.index(label) for label in output)
    return (None if shape == full else tuple(full)), (None if natural == output else axes)


def _dot(a: Any, b: Any) -> Any:
    """The product of two matrices, laid out as they are (einsum's order "K")."""
    if a.flags.fnc and b.flags.fnc and not (a.dtype.hasobject or b.dtype.hasobject):  # which may mind the order
        return b.T.dot(a.T).T
    return a.dot(b)


def _between(
    left: tuple[Any, Any], right: tuple[Any, Any], result: tuple[Any, Any], product: Kernel, full: bool
) -> Kernel:
    """`product` between the transposing and reshaping of its operands and that of its result.

    `full` says whether the product of two matrices is a matrix.
    """
    axes_a, shape_a = left
    axes_b, shape_b = right
    shape_out, axes_out = result
    if left == right == result == (None, None):
        return _dot if product is np.ndarray.dot and full else product

    def run(a: Any, b: Any) -> Any:
        if axes_a is not None:
            a = a.transpose(axes_a)
        if shape_a is not None:
            a = a.reshape(shape_a)
        if axes_b is not None:
            b = b.transpose(axes_b)
        if shape_b is not None:
            b = b.reshape(shape_b)
        c = product(a, b)
        if shape_out is not None:
            c = c.reshape(shape_out)
        if axes_out is not None:
            c = c.transpose(axes_out)
        return c

    return run


def _transposed(axes: Shape) -> Kernel:
    def run(a: Any) -> Any:
        return a.transpose(axes)

    return run


def _flipped(product: Kernel) -> Kernel:
    def run(a: Any, b: Any) -> Any:
        return product(b, a)

    return run


def _unless_integers(product: Kernel, plain: Kernel) -> Kernel:
    def run(a: Any, b: Any) -> Any:
        integers = a.dtype.kind in "iu" and b.dtype.kind in "iu"
        return plain(a, b) if integers else product(a, b)

    return run
