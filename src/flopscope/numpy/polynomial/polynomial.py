"""Counted twin of ``numpy.polynomial.polynomial``."""

from flopscope.numpy._module import mirror as _mirror

__getattr__, __dir__ = _mirror(globals())
