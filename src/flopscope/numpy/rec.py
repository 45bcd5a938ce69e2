"""Counted twin of ``numpy.rec``."""

from flopscope.numpy._module import mirror as _mirror

__getattr__, __dir__ = _mirror(globals())
