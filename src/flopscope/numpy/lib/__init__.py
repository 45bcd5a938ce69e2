"""Counted twin of ``numpy.lib``."""

from flopscope.numpy._module import mirror as _mirror

__getattr__, __dir__ = _mirror(globals())
