"""flopscope as the Array API standard has it (version 2024.12): ``import flopscope.array_api as xp``.

For libraries that compute in the namespace of the arrays they are given (SciPy with ``SCIPY_ARRAY_API=1``, scikit-learn
with ``array_api_dispatch=True``, array-api-extra, einops.array_api): what they do with arrays made here is counted, at
the price of the same ops in flopscope.numpy. NumPy's arrays, and counted ones, come in by `asarray`.

Special values are NumPy's, as in array-api-strict: ``floor_divide`` of infinity is NaN, and for a single exponent of
0.5 ``pow`` takes the square root, which differs at -0 and -infinity.
"""

from typing import TYPE_CHECKING, Any

from numpy import e as e
from numpy import inf as inf
from numpy import nan as nan
from numpy import newaxis as newaxis
from numpy import pi as pi

from flopscope.array_api import _dtypes, _functions
from flopscope.array_api import fft as fft
from flopscope.array_api import linalg as linalg
from flopscope.array_api import special as special
from flopscope.array_api._array import Array as Array
from flopscope.array_api._info import __array_namespace_info__ as __array_namespace_info__

__array_api_version__ = "2024.12"

for _module in (_dtypes, _functions):
    globals().update({name: getattr(_module, name) for name in _module.NAMES.split()})


def __dir__() -> list[str]:
    fixed = "Array __array_api_version__ __array_namespace_info__ e fft inf linalg nan newaxis pi"
    return [*fixed.split(), *_dtypes.NAMES.split(), *_functions.NAMES.split()]


if TYPE_CHECKING:

    def __getattr__(name: str) -> Any: ...
