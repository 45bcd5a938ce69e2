"""Counted twin of ``numpy.lib.stride_tricks``."""

from flopscope.numpy._module import mirror as _mirror

__getattr__, __dir__ = _mirror(globals())
