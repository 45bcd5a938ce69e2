"""flopscope as the Array API standard has it (version 2024.12): ``import flopscope.array_api as xp``.

For libraries that compute in the namespace of the arrays they are given (SciPy with ``SCIPY_ARRAY_API=1``, scikit-learn
with ``array_api_dispatch=True``, array-api-extra, einops.array_api): what they do with arrays made here is counted, at
the price of the same ops in flopscope.numpy. NumPy's arrays, and counted ones, come in by `asarray`.
"""

from numpy import __array_namespace_info__ as __array_namespace_info__
from numpy import e as e
from numpy import inf as inf
from numpy import nan as nan
from numpy import newaxis as newaxis
from numpy import pi as pi

from flopscope import array as _array_behaviour  # noqa: F401
from flopscope import explicit as _explicit  # noqa: F401
from flopscope.array_api import _dtypes, _functions
from flopscope.array_api import fft as fft
from flopscope.array_api import linalg as linalg
from flopscope.array_api import special as special
from flopscope.array_api._array import Array as Array

__array_api_version__ = "2024.12"

_DTYPES = """
    bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float32 float64 complex64 complex128
    can_cast finfo iinfo isdtype result_type
"""
_FUNCTIONS = """
    abs acos acosh add all any arange argmax argmin argsort asarray asin asinh astype atan atan2 atanh
    bitwise_and bitwise_invert bitwise_left_shift bitwise_or bitwise_right_shift bitwise_xor
    broadcast_arrays broadcast_shapes broadcast_to ceil clip concat conj copysign cos cosh count_nonzero
    cumulative_prod cumulative_sum diff divide empty empty_like equal exp expand_dims expm1 eye flip floor floor_divide
    from_dlpack full full_like greater greater_equal hypot imag isfinite isin isinf isnan less less_equal linspace
    log log10 log1p log2 logaddexp logical_and logical_not logical_or logical_xor matmul matrix_transpose max maximum
    mean meshgrid min minimum moveaxis multiply negative nextafter nonzero not_equal ones ones_like permute_dims
    positive pow prod real reciprocal remainder repeat reshape roll round searchsorted sign signbit sin sinh sort sqrt
    square squeeze stack std subtract sum take take_along_axis tan tanh tensordot tile tril triu trunc
    unique_all unique_counts unique_inverse unique_values unstack var vecdot where zeros zeros_like
"""
for _module, _names in ((_dtypes, _DTYPES), (_functions, _FUNCTIONS)):
    globals().update({name: getattr(_module, name) for name in _names.split()})

__all__ = "Array __array_api_version__ __array_namespace_info__ e fft inf linalg nan newaxis pi".split()
__all__ += _DTYPES.split() + _FUNCTIONS.split()


def __dir__() -> list[str]:
    return __all__
