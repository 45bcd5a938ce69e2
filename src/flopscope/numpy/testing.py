"""Twin of ``numpy.testing``: assertions compare outside the meter, since a program's tests are none of its arithmetic.

They look at plain arrays, and are not charged. Functions that run code of the user's (`assert_raises`) are NumPy's own:
what that code computes is charged.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from flopscope.arrays import dispatch
from flopscope.arrays.registry import explicit, numpy_attribute
from flopscope.costs.table import TABLE, Op
from flopscope.numpy._module import mirror as _mirror


def _build(op: Op) -> Callable[..., Any]:
    theirs = numpy_attribute(op.name)

    @wraps(theirs)
    def compare(*args: Any, **kwargs: Any) -> Any:
        return dispatch.uncharged(theirs, *args, **kwargs)

    return dispatch.free(op, compare)


for _name in TABLE:
    if _name.startswith("testing."):
        explicit(_name)(_build)

__getattr__, __dir__ = _mirror(globals())
