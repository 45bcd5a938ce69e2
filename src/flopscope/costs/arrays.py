"""Arrays: creating, describing and moving data, which is free, and the few functions among these that compute.

Data movement is not arithmetic, whether it copies or not: a function belongs here when each element of its result is
an element of its input, a constant, or a position. What such a function computes on the side (index ramps, bit packing,
text) is part of the move.
"""

from __future__ import annotations

from math import prod
from operator import index
from typing import Any, cast

import numpy as np

from . import groups
from .elementwise import elementwise
from .shapes import shape
from .table import aliases, composed, free, ops, unsupported

# Creation

free(
    """
    array asarray asanyarray ascontiguousarray asfortranarray require
    empty empty_like zeros zeros_like ones ones_like full full_like eye identity arange linspace
    frombuffer fromfile fromiter fromregex fromstring from_dlpack
    diag diagflat tri tril triu meshgrid
    """
)
free("copy astype", symmetry=groups.kept)
unsupported(
    "asmatrix bmat matrix matlib",
    "np.matrix is a class of its own, whose operations would not be counted; use 2-D arrays and block",
)

# Shapes, axes, joining, splitting, tiling, rearranging

free(
    """
    shape ndim size ravel resize atleast_1d atleast_2d atleast_3d
    broadcast_to broadcast_arrays broadcast_shapes
    concatenate stack vstack row_stack hstack dstack column_stack block append insert delete
    split array_split hsplit vsplit dsplit unstack
    tile repeat flip fliplr flipud roll rot90
    """
)
free("reshape", symmetry=groups.reshaped)
for _name in "transpose matrix_transpose swapaxes moveaxis rollaxis expand_dims squeeze".split():
    free(_name, symmetry=groups.rearranged(getattr(np, _name)))
aliases({"concat": "concatenate", "permute_dims": "transpose"})

# Indexing

free(
    """
    take take_along_axis compress extract diagonal
    put put_along_axis putmask place copyto fill_diagonal
    indices ix_ unravel_index ravel_multi_index diag_indices diag_indices_from
    tril_indices tril_indices_from triu_indices triu_indices_from
    """
)

# Types, parts, bits, memory: looking at the same data another way

free(
    """
    can_cast promote_types result_type min_scalar_type common_type mintypecode isdtype issubdtype typename
    isscalar isfortran iterable iscomplexobj isrealobj
    packbits unpackbits
    may_share_memory shares_memory nested_iters
    datetime_data datetime_as_string
    """
)

free("real imag", symmetry=groups.kept)

# Files, text, settings

free(
    """
    load loadtxt genfromtxt save savez savez_compressed savetxt
    array2string array_repr array_str base_repr binary_repr format_float_positional format_float_scientific
    get_printoptions set_printoptions printoptions
    geterr seterr geterrcall seterrcall getbufsize setbufsize
    info get_include show_config show_runtime
    """
)


# Submodules

free(
    """
    lib.stride_tricks.as_strided lib.stride_tricks.sliding_window_view
    lib.array_utils.byte_bounds lib.array_utils.normalize_axis_index lib.array_utils.normalize_axis_tuple
    lib.format.descr_to_dtype lib.format.drop_metadata lib.format.dtype_to_descr lib.format.header_data_from_array_1_0
    lib.format.isfileobj lib.format.magic lib.format.open_memmap lib.format.read_array
    lib.format.read_array_header_1_0 lib.format.read_array_header_2_0 lib.format.read_magic lib.format.write_array
    lib.format.write_array_header_1_0 lib.format.write_array_header_2_0
    lib.recfunctions.append_fields lib.recfunctions.assign_fields_by_name lib.recfunctions.drop_fields
    lib.recfunctions.flatten_descr lib.recfunctions.get_fieldstructure lib.recfunctions.get_names
    lib.recfunctions.get_names_flat lib.recfunctions.merge_arrays lib.recfunctions.rec_append_fields
    lib.recfunctions.rec_drop_fields lib.recfunctions.recursive_fill_fields lib.recfunctions.rename_fields
    lib.recfunctions.repack_fields lib.recfunctions.require_fields lib.recfunctions.stack_arrays
    lib.recfunctions.structured_to_unstructured lib.recfunctions.unstructured_to_structured
    rec.array rec.find_duplicate rec.format_parser rec.fromarrays rec.fromfile rec.fromrecords rec.fromstring
    ctypeslib.as_array ctypeslib.as_ctypes ctypeslib.as_ctypes_type ctypeslib.load_library ctypeslib.ndpointer
    """
)
unsupported("core", "it is private since NumPy 2.0; use the public name in fnp")
unsupported(
    "test fft.test lib.test linalg.test ma.test polynomial.test random.test",
    "it runs NumPy's own tests, of NumPy's own functions; use numpy.test",
)

# Functions that call back into user code: what that computes on counted arrays is charged as itself.

composed("apply_along_axis apply_over_axes fromfunction frompyfunc lib.recfunctions.apply_along_fields")

# What computes


def logspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True, base: Any = 10.0, *_: Any, **__: Any) -> int:
    """numel(result): 1 per element, a power of the base.

    Source: written out as power(base, linspace(start, stop, num)).
    Example: 50 points: 50; from starts (3,): 150.
    """
    return index(num) * elementwise(start, stop, base)


def geomspace(start: Any, stop: Any, num: int = 50, *_: Any, **__: Any) -> int:
    """numel(result): 1 per element, a power of the ratio.

    Source: as logspace.
    Example: 50 points: 50; from starts (3,): 150.
    """
    return logspace(start, stop, num)


_MOVING_MODES = {"constant", "edge", "empty", "reflect", "symmetric", "wrap"}
_STATISTICS = {"maximum", "mean", "median", "minimum"}


def _pairs(value: Any, ndim: int) -> list[Any]:
    """A parameter of ``pad`` as a pair (before, after) for every axis."""
    if not isinstance(value, dict):
        return np.broadcast_to(value, (ndim, 2)).tolist()
    pairs = [[0, 0] for _ in range(ndim)]
    for axis, widths in cast("dict[int, Any]", value).items():
        pairs[axis] = np.broadcast_to(widths, 2).tolist()
    return pairs


def pad(array: Any, pad_width: Any, mode: Any = "constant", **kwargs: Any) -> int:
    """0 where elements move; numel(new) for 'linear_ramp'; numel(read) for 'mean', 'median', 'maximum', 'minimum'.

    The statistics read, axis after axis, every element of the lines that are padded, or `stat_length` from each end.
    Reflections with ``reflect_type='odd'`` compute 2*numel(new).

    Source: a reduction of what is read; one interpolated value per element; ``2*edge - element``.
    Example: (4, 8) by 1, constant: 0; mean: 32 + 6*8 = 80; linear_ramp: 60 - 32 = 28.
    """
    if callable(mode):
        raise ValueError("the price of pad with a function as mode is not a matter of shapes; pad, then call it")
    if mode not in _MOVING_MODES | _STATISTICS | {"linear_ramp"}:
        raise ValueError(f"pad has no mode {mode!r}")
    sizes = list(shape(array))
    widths = _pairs(pad_width, len(sizes))
    lengths = _pairs(kwargs.get("stat_length"), len(sizes))
    total = 0
    for axis, ((before, after), ends) in enumerate(zip(widths, lengths, strict=True)):
        if before < 0 or after < 0:
            raise ValueError(f"pad widths must be zero or more, got {pad_width}")
        n, new = sizes[axis], before + after
        if mode in _STATISTICS and new:
            left, right = (n if end is None else min(end, n) for end in ends)
            work = n if left == right == n else left + right
        elif mode == "linear_ramp":
            work = new
        elif mode in ("reflect", "symmetric") and kwargs.get("reflect_type") == "odd":
            work = 2 * new
        else:
            work = 0
        total += work * prod(sizes[:axis] + sizes[axis + 1 :])
        sizes[axis] = n + new
    return total


def mask_indices(n: Any, mask_func: Any, k: Any = 0) -> int:
    """2*n*n: a comparison and a look at each element of the mask; what `mask_func` computes is charged as itself.

    Source: written out as nonzero(mask_func(ones((n, n)), k) != 0).
    Example: n = 3: 2*9 = 18.
    """
    return 2 * index(n) ** 2


ops(mask_indices, "mask_indices")
ops(logspace, "logspace")
ops(geomspace, "geomspace")
ops(pad, "pad")

# Assertions of tests, which are none of a program's arithmetic

for _name in """
    allclose almost_equal approx_equal array_almost_equal array_almost_equal_nulp array_compare array_equal array_less
    array_max_ulp equal
""".split():
    free(f"testing.assert_{_name}")
free("testing.print_assert_equal")
