"""Counted twin of ``numpy.ma``."""

from flopscope.numpy import _masked  # noqa: F401  (builds the functions and the class)
from flopscope.numpy._module import mirror as _mirror

__getattr__, __dir__ = _mirror(globals())
