"""Counted twin of ``numpy.random``."""

from flopscope.numpy._module import mirror as _mirror

__getattr__, __dir__ = _mirror(globals(), "random")
