"""Symmetric tensors: making them, and testing tensors for symmetry.

What ops on symmetric tensors cost is a matter of those ops' own rules, which count unique elements.
"""

from __future__ import annotations

from typing import Any

from . import groups
from .shapes import Shaped, numel, shape
from .table import aliases, ops


def is_symmetric(x: Any, symmetry: Any, tolerance: Any = None) -> int:
    """numel(x) per generator of the group: 1 per pair of elements that are compared.

    Source: priced as allclose of the tensor and its transpose.
    Example: (256, 256) and S2: 65,536; (10, 10, 10) and S3, of two generators: 2*1000 = 2,000.
    """
    symmetry.check_sizes(shape(x))
    return numel(x) * len(symmetry.generators)


def has(x: Any, symmetry: Any) -> bool:
    """Whether an operand is known to have a symmetry."""
    known = groups.symmetry(x)
    return known is not None and symmetry.is_subgroup(known)


def as_symmetric(x: Any, symmetry: Any, validate: bool = True, tolerance: Any = None) -> int:
    """numel(x) per generator of the group, as is_symmetric; 0 without validation, or for what is known to have it.

    Source: priced as is_symmetric.
    Example: (256, 256) and S2: 65,536.
    """
    symmetry.check_sizes(shape(x))
    return is_symmetric(x, symmetry) if validate and not has(x, symmetry) else 0


def symmetrize(x: Any, symmetry: Any) -> int:
    """numel(x) per term of the sums that make the mean: for S_k, 2 + 3 + ... + k; 0 for what is known to have it.

    The mean over a group is a mean over cosets of a subgroup of means over it, and so on down (Schreier and Sims).

    Source: the definition, (x + x.T)/2 for a matrix: n**2 additions and n**2 divisions.
    Example: (256, 256) and S2: 2*65,536 = 131,072; (10, 10, 10) and S3: (2 + 3)*1000 = 5,000.
    """
    symmetry.check_sizes(shape(x))
    return 0 if has(x, symmetry) else numel(x) * sum(map(len, symmetry.cosets()))


def draw(shape: Any, symmetry: Any, distribution: Any = "normal", **_: Any) -> int:
    """Number of unique elements of the result: 1 per variate, each of which fills an orbit.

    Source: as the distributions of numpy.random.
    Example: (256, 256) and S2: 256*257/2 = 32,896.
    """
    return symmetry.unique_elements((shape if isinstance(shape, Shaped) else Shaped(shape)).shape)


ops(is_symmetric, "symmetry.is_symmetric")
ops(as_symmetric, "symmetry.as_symmetric")
ops(symmetrize, "symmetry.symmetrize")
ops(draw, "symmetry.random")
aliases({"random.symmetric": "symmetry.random"})
