"""NumPy with a meter: ``import flopscope.numpy as fnp`` instead of ``import numpy as np``.

Every function gives NumPy's result, as an array whose further arithmetic is counted too, and charges its analytical
cost to the active budget before it runs. A NumPy name that cannot be counted is refused with the reason.
"""

import flopscope.arrays.array as _array  # noqa: F401  (gives the array its behaviour)
import flopscope.arrays.callbacks as _callbacks  # noqa: F401  (the ops that call back)
import flopscope.arrays.escapes as _escapes  # noqa: F401  (says what leaves the meter)
import flopscope.arrays.explicit as _explicit  # noqa: F401  (the ops that take more than a row)
import flopscope.arrays.scalars as _scalars  # noqa: F401  (gives scalars theirs)
from flopscope.budgets.budget import namespace as namespace
from flopscope.numpy import _objects  # noqa: F401
from flopscope.numpy._module import mirror as _mirror

__getattr__, __dir__ = _mirror(globals())
