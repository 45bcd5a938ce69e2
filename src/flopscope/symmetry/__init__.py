"""Layer 1: symmetry groups of tensors, and what they save. Pure mathematics of axes: no arrays, no budget."""

from .group import Permutation as Permutation
from .group import SymmetryGroup as SymmetryGroup
from .group import checked as checked
