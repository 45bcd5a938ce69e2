"""Counted twin of ``numpy.lib.recfunctions``."""

from flopscope.numpy._module import mirror as _mirror

__getattr__, __dir__ = _mirror(globals())
