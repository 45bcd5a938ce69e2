"""What is measured: one row per program, run once with ``xp = numpy`` and once with ``xp = flopscope.numpy``."""

from __future__ import annotations

from collections.abc import Callable
from itertools import repeat
from types import ModuleType
from typing import NamedTuple

import numpy


class Program(NamedTuple):
    """A statement whose time under flopscope is compared with its time under bare NumPy.

    Attributes
    ----------
    name : str
        What it is called in the table.
    setup : str
        Statements run once before.
    statement : str
        What is measured.
    bound : float or None
        Largest time allowed, as a multiple of bare NumPy's.
    """

    name: str
    setup: str
    statement: str
    bound: float | None


FOUR = "x = xp.asarray([1.0, 2.0, 3.0, 4.0]); y = xp.asarray([0.5, 0.25, 2.0, 1.0])"
EIGHT = "a = xp.asarray(2 * numpy.eye(8) + 0.1 * numpy.arange(64.0).reshape(8, 8) % 1)"
MANY = "x = xp.asarray(numpy.arange(65536.0) * 7919 % 65536); y = x + 1"
SQUARE = "a = xp.asarray(256 * numpy.eye(256) + numpy.arange(65536.0).reshape(256, 256) * 7919 % 17)"

#: The fixed price of a counted call: NumPy itself takes a microsecond or less.
TINY = [
    Program("add", FOUR, "xp.add(x, y)", 4),
    Program("add, 8x8", EIGHT, "xp.add(a, a)", 4),
    Program("exp", FOUR, "xp.exp(x)", 4),
    Program("a + a", FOUR, "x + x", 4),
    Program("a + a, 8x8", EIGHT, "a + a", 4),
    Program("sum", FOUR, "xp.sum(x)", 1.1),
    Program("mean", FOUR, "xp.mean(x)", 1.1),
    Program("einsum, 8x8", EIGHT, "xp.einsum('ij,jk->ik', a, a)", 1.1),
    Program("reshape", FOUR, "xp.reshape(x, (2, 2))", 1.1),
    Program("a @ a, 8x8", EIGHT, "a @ a", 2.2),
    Program("x[0]", FOUR, "x[0]", 2),
    Program("linalg.inv, 8x8", EIGHT, "xp.linalg.inv(a)", 2),
    Program("linalg.solve, 8x8", EIGHT, "xp.linalg.solve(a, a)", 2),
    Program("linalg.svd, 8x8", EIGHT, "xp.linalg.svd(a)", 2),
    Program("random.normal", FOUR, "xp.random.normal(size=4)", 2),
    Program("Generator.normal", "rng = xp.random.default_rng(0)", "rng.normal(size=4)", 2),
    Program("fft.fft", FOUR, "xp.fft.fft(x)", 2),
    Program("sort", FOUR, "xp.sort(x)", 2),
    # What goes the general way: options, outputs, several results, more than two operands.
    Program("x += y", FOUR + "; from operator import iadd", "iadd(x, y)", None),
    Program("add, out=", FOUR, "xp.add(x, y, out=y)", None),
    Program("sum, keepdims=", EIGHT, "xp.sum(a, axis=0, keepdims=True)", None),
    Program("where", FOUR, "xp.where(x, x, y)", None),
    Program("linalg.eigh, 8x8", EIGHT, "xp.linalg.eigh(a)", None),
    Program("einsum of three", EIGHT, "xp.einsum('ij,jk,kl->il', a, a, a, optimize=True)", None),
    Program("zeros", FOUR, "xp.zeros(4)", None),
    Program("concatenate", FOUR, "xp.concatenate([x, y])", None),
]

#: 65,536 elements: NumPy's own work hides the counting.
LARGE = [
    Program("add, 64K", MANY, "xp.add(x, y)", 1.03),
    Program("a @ a, 256x256", SQUARE, "a @ a", 1.03),
    Program("linalg.inv, 256x256", SQUARE, "xp.linalg.inv(a)", 1.05),
    Program("linalg.solve, 256x256", SQUARE, "xp.linalg.solve(a, a)", 1.05),
    Program("linalg.svd, 256x256", SQUARE, "xp.linalg.svd(a)", 1.05),
    Program("random.normal, 64K", MANY, "xp.random.normal(size=65536)", 1.05),
    Program("Generator.normal, 64K", "rng = xp.random.default_rng(0)", "rng.normal(size=65536)", 1.05),
    Program("fft.fft, 64K", MANY, "xp.fft.fft(x)", 1.05),
    Program("sort, 64K", MANY, "xp.sort(x)", 1.05),
]


class Symmetric(NamedTuple):
    """A statement on symmetric tensors, compared with the same on arrays without symmetry, both under flopscope.

    Attributes
    ----------
    name : str
        What it is called in the table.
    statement, plain : str
        What is compared.
    bound : float or None
        Largest time added, in microseconds; with `kernels`, largest overhead as a multiple of the plain one's.
    kernels : tuple of str
        What NumPy does in both statements: the rest of their time is overhead.
    """

    name: str
    statement: str
    plain: str
    bound: float | None
    kernels: tuple[str, str] | tuple[()] = ()


SYMMETRIC_SETUP = (
    "import flopscope, flopscope.einsum; x = xp.asarray(numpy.arange(64.0).reshape(8, 8)); y = x + 1; p = y + y.T; "
    "s = flopscope.as_symmetric(p, symmetric_axes=(0, 1)); bare, other = numpy.array(x), numpy.array(y); "
    "product, square = [flopscope.einsum.plan(text, ((8, 8), (8, 8))).run for text in ('ij,jk->ik', 'ki,kj->ij')]"
)

#: What it costs to know a symmetry and to pass it on. The bounds are those of the issue on symmetry; what it does not
#: name has none.
SYMMETRIC = [
    Symmetric("exp, symmetric", "xp.exp(s)", "xp.exp(p)", 1.5),
    Symmetric("add, symmetric", "xp.add(s, s)", "xp.add(p, p)", 1.5),
    Symmetric("s + s", "s + s", "p + p", 1.5),
    Symmetric("2 * s", "2 * s", "2 * p", 1.5),
    Symmetric("-s", "-s", "-p", 1.5),
    Symmetric("s < s", "s < s", "p < p", 1.5),
    Symmetric(
        "einsum, s and x", "xp.einsum('ij,jk->ik', s, x)", "xp.einsum('ij,jk->ik', p, x)", 3,
        ("product(other, bare)", "product(other, bare)"),
    ),
    Symmetric(
        "einsum, x and x", "xp.einsum('ki,kj->ij', x, x)", "xp.einsum('ki,kj->ij', x, y)", 3,
        ("square(bare, bare)", "square(bare, other)"),
    ),
    Symmetric(
        "einsum, s and s", "xp.einsum('ij,jk->ik', s, s)", "xp.einsum('ij,jk->ik', p, x)", 3,
        ("product(other, other)", "product(other, bare)"),
    ),
    Symmetric("s @ x", "s @ x", "p @ x", None),
    Symmetric("s.sum()", "s.sum()", "p.sum()", None),
    Symmetric("s.sum(0)", "s.sum(0)", "p.sum(0)", None),
    Symmetric("s.T", "s.T", "p.T", None),
    Symmetric("s[0]", "s[0]", "p[0]", None),
]  # fmt: skip

#: The guide's contraction of a symmetric tensor with three matrices: what is to be known before it runs.
GUIDE = (
    "flopscope.einsum_cost('ijk,ai,bj,ck->abc', shapes=[(10, 10, 10), (10, 10), (10, 10), (10, 10)], "
    "symmetries=[flopscope.SymmetryGroup.symmetric(axes=(0, 1, 2)), None, None, None])"
)


_SOURCE = """
def make(xp):
    {setup}
    def block(n):
        for _ in repeat(None, n):
            {statement}
    return block
"""


def prepare(program: Program, xp: ModuleType) -> Callable[[int], None]:
    """A function that executes the program's statement as often as it is told, on operands made by `xp`."""
    source = _SOURCE.format(setup=program.setup, statement=program.statement)
    namespace = {"numpy": numpy, "repeat": repeat}
    exec(compile(source, f"<{program.name}>", "exec"), namespace)
    return namespace["make"](xp)


# -- end to end ------------------------------------------------------------------------------------------------------

WIDTH, DEPTH = 8, 20
LAYERS = [numpy.random.default_rng(seed).standard_normal((WIDTH, WIDTH)) / WIDTH**0.5 for seed in range(DEPTH)]


def estimate(xp: ModuleType, layers: list[numpy.ndarray]) -> numpy.ndarray:
    """Means of a tanh network's outputs for normal inputs, by propagating mean and covariance: many small ops."""
    mean, covariance = xp.zeros(WIDTH), xp.eye(WIDTH)
    for weights in layers:
        mean, covariance = xp.matmul(weights, mean), xp.einsum("ij,jk,lk->il", weights, covariance, weights)
        slope = 1 - xp.tanh(mean) ** 2
        curvature = xp.multiply(xp.tanh(mean), slope)
        mean = xp.tanh(mean) - xp.multiply(curvature, xp.diagonal(covariance))
        covariance = xp.multiply(covariance, xp.outer(slope, slope))
        covariance = covariance / xp.maximum(1.0, xp.sum(xp.abs(covariance)))
    return mean


#: About 300 ops on 8x8 arrays: what a program is slowed down by as a whole.
ESTIMATOR = Program(
    "estimator, 20 layers of 8",
    "import programs; layers = [xp.asarray(one) for one in programs.LAYERS]",
    "programs.estimate(xp, layers)",
    2.5,
)
