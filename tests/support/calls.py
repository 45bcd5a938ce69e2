"""At least one call of every function of NumPy that flopscope has, as data.

A line is a name and arguments; in them, S are operands 1, 2, 3 ..., R are random reals, I and N integers, B booleans,
C complex numbers, P is positive definite, O holds Python objects, and L(layout, operand) lays one out otherwise.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import numpy.lib.recfunctions

from parity import Array

FREE = """
array: S(4)
array: L("reversed", S(3, 4))
array: S(3, 4), dtype=int, order="F", ndmin=3
array: S(4), copy=None
array: [S(3), S(3)]
array: [[1, 2], [3, 4]]
array: ["a", "bc"]
array: 3
asarray: S(4)
asarray: S(4), dtype=int
asarray: L("strided", S(4, 4)), order="C"
asarray: [1.5, 2]
asanyarray: S(4)
ascontiguousarray: L("F", S(3, 4))
ascontiguousarray: S(3, 4)
ascontiguousarray: S()
asfortranarray: S(3, 4)
require: S(3, 4), float, ["F", "W"]
require: S(3, 4)
copy: L("F", S(3, 4))
astype: S(4), int
astype: S(4), float, copy=False
empty_like: S(0, 3)
zeros: (2, 3), int
zeros_like: S(3, 4)
zeros_like: S(3, 4), shape=2
ones: 4
ones: (2, 3), order="F"
ones_like: [1, 2]
full: (2, 2), 7
full: 3, S(3)
full_like: S(3, 4), 2
eye: 3
eye: 3, 4, k=1, dtype=int
identity: 3
arange: 5
arange: 1, 10, 3
linspace: 0, 1, 5
linspace: S(3), 10, 4
linspace: 0, 1, 5, retstep=True
frombuffer: b"12345678", dtype="u1"
fromiter: [1, 2, 3], float
fromstring: "1 2 3", sep=" "
diag: S(4)
diag: S(3, 4), k=1
diagflat: S(2, 2)
tri: 3, 4
tril: S(3, 4)
triu: S(3, 4), 1
meshgrid: S(3), S(4)
meshgrid: S(3), S(4), indexing="ij", sparse=True
meshgrid: S(3), S(4), copy=False
shape: S(3, 4)
shape: [[1, 2]]
ndim: S(3, 4)
size: S(3, 4)
size: S(3, 4), 1
reshape: S(3, 4), (4, 3)
reshape: S(3, 4), -1, order="F"
reshape: L("strided", S(3, 4)), (2, 6)
reshape: [1, 2, 3, 4], (2, 2)
ravel: S(3, 4)
ravel: S(3, 4), "F"
ravel: L("inner", S(3, 4))
resize: S(3, 4), (5, 5)
squeeze: S(1, 3, 1)
squeeze: S(1, 3, 1), 0
expand_dims: S(3, 4), 1
expand_dims: S(3, 4), axis=(0, 3)
atleast_1d: S()
atleast_1d: S(3)
atleast_1d: S(), S(2), 3
atleast_2d: S(3)
atleast_2d: S(3, 3), 5
atleast_3d: S(3, 4)
transpose: S(2, 3, 4)
transpose: S(2, 3, 4), (1, 0, 2)
transpose: S(2, 3, 4), axes=(1, 0, 2)
permute_dims: S(2, 3), (1, 0)
matrix_transpose: S(2, 3, 4)
swapaxes: S(2, 3, 4), 0, 2
moveaxis: S(2, 3, 4), 0, -1
rollaxis: S(2, 3, 4), 2
broadcast_to: S(3), (2, 3)
broadcast_to: S(3, 1), (3, 4)
broadcast_arrays: S(3), S(2, 1)
broadcast_arrays: S(3), S(3)
broadcast_shapes: (3,), (2, 1)
concatenate: [S(3), S(4)]
concatenate: [S(2, 3), S(2, 3)], axis=1
concatenate: [S(2), [1, 2]], dtype=complex
concatenate: (S(2), S(3)), out=R(5)
concat: [S(3), S(4)]
stack: [S(3), S(3)], axis=1
vstack: [S(3), S(3)]
row_stack: [S(3), S(3)]
hstack: [S(3), S(3)]
dstack: [S(3), S(3)]
column_stack: [S(3), S(3)]
block: [[S(2, 2), S(2, 1)], [S(1, 2), S(1, 1)]]
append: S(3), S(2)
append: S(2, 3), S(1, 3), axis=0
insert: S(3), 1, 9
insert: S(3), [0, 2], S(2)
delete: S(5), 2
delete: S(5), [0, 3]
delete: S(3, 4), 1, axis=1
split: S(6), 3
split: S(6), [2, 5]
array_split: S(7), 3
hsplit: S(4, 4), 2
vsplit: S(4, 4), 2
dsplit: S(2, 2, 4), 2
unstack: S(3, 4)
tile: S(3), 2
tile: S(3, 2), (2, 1, 2)
repeat: S(3), 2
repeat: S(3), [1, 0, 2]
repeat: S(2, 3), 2, axis=1
flip: S(3, 4)
flip: S(3, 4), 1
fliplr: S(3, 4)
flipud: S(3, 4)
roll: S(5), 2
roll: S(3, 4), (1, 1), axis=(0, 1)
rot90: S(3, 4)
rot90: S(3, 4), 2
take: S(5), [0, 3]
take: S(3, 4), 1, axis=1
take: S(3, 4), N(2, 2), mode="clip"
take: S(5), [0, 3], out=R(2)
take_along_axis: S(3, 4), N(3, 1), axis=1
compress: [True, False, True], S(3)
compress: B(3), S(3, 4), axis=0
extract: B(3, 4), S(3, 4)
diagonal: S(3, 4)
diagonal: S(2, 3, 4), 1, 1, 2
put: S(5), [0, 2], [9, 8]
put_along_axis: S(3, 4), N(3, 1), 9.0, axis=1
putmask: S(5), B(5), S(5)
place: S(5), B(5), [7, 8]
copyto: S(3, 4), S(4)
copyto: S(3, 4), 5, where=B(4)
fill_diagonal: S(3, 3), 9
indices: (2, 3)
indices: (2, 3), sparse=True
ix_: [0, 2], [1, 3]
unravel_index: I(4), (3, 4)
unravel_index: 5, (3, 4)
ravel_multi_index: (N(3), N(3)), (3, 4)
diag_indices: 3
diag_indices_from: S(3, 3)
tril_indices: 3
tril_indices_from: S(3, 3)
triu_indices: 3, 1
triu_indices_from: S(3, 3)
lib.stride_tricks.as_strided: S(6), (2, 2), (8, 16)
lib.stride_tricks.sliding_window_view: S(6), 3
lib.array_utils.normalize_axis_index: -1, 3
lib.array_utils.normalize_axis_tuple: (0, -1), 3
lib.format.dtype_to_descr: np.dtype("f8")
lib.recfunctions.structured_to_unstructured: J("i8,f8")
lib.recfunctions.unstructured_to_structured: S(3, 2), np.dtype("f8,f8")
lib.recfunctions.drop_fields: J("i8,f8"), "f0"
lib.recfunctions.rename_fields: J("i8,f8"), {"f0": "a"}
lib.recfunctions.repack_fields: J("i8,f8")
lib.recfunctions.get_names: np.dtype("i8,f8")
ctypeslib.as_array: S(4)
can_cast: "i4", "f8"
promote_types: "i4", "f8"
result_type: S(3), I(3)
min_scalar_type: 300
common_type: S(3), C(3)
mintypecode: "ff"
isdtype: np.dtype("f8"), "real floating"
issubdtype: float, np.floating
typename: "f"
isscalar: 3
isscalar: S()
isfortran: L("F", S(3, 4))
iterable: S(3)
iscomplexobj: C(3)
isrealobj: S(3)
real: C(3)
real: S(3)
real: [1, 2j]
imag: C(3)
imag: S(3)
packbits: B(10)
unpackbits: I(3, dtype="u1")
may_share_memory: S(3), S(3)
shares_memory: S(3), S(3)
datetime_data: "M8[s]"
datetime_as_string: np.datetime64("2020-01-01")
array2string: R(3, 4)
array2string: R(3), precision=2, separator=";"
array_repr: S(3)
array_str: S(3)
base_repr: 10, 3
binary_repr: 10
format_float_positional: 1.5
format_float_scientific: 1.5
geterr:
geterrcall:
getbufsize:
get_printoptions:
fft.fftfreq: 8, 0.1
fft.rfftfreq: 8
fft.fftshift: S(5)
fft.fftshift: S(3, 4), axes=0
fft.ifftshift: S(5)
linalg.diagonal: S(3, 4)
linalg.matrix_transpose: S(3, 4)
"""

# Counted functions that are no ufuncs. For a few, a rounding error is all that may differ ("about:").
COUNTED = """
round: R(4)
round: R(3, 4), 2
round: R(4), out=R(4)
round: 3.14159, decimals=2
around: R(4), 1
fix: R(4)
sinc: R(4)
i0: R(4)
angle: C(4)
angle: C(4), deg=True
real_if_close: C(4)
real_if_close: R(4) + 0j
nan_to_num: O(1.0, math.nan, math.inf, dtype=float)
nan_to_num: O(1.0, math.nan, dtype=float), copy=False, nan=7.0
isclose: R(3, 4), R(4)
isclose: R(4), 1.0, rtol=0.1
isneginf: R(4)
isposinf: R(4)
isreal: C(4)
iscomplex: C(4)
where: B(3, 4), S(3, 4), S(4)
where: B(4), 1, [1, 2, 3, 4]
where: B(3, 4)
clip: R(3, 4), -0.5, 0.5
clip: R(3, 4), R(4), None
clip: I(4), 1, 3, out=I(4)
select: [B(4), R(4) > 0], [S(4), I(4)]
select: [B(4)], [S(4)], default=7
choose: N(4), [S(4), I(4), R(4)]
choose: [0, 1], [10, 20]
choose: I(5), [S(5), R(5)], mode="wrap"
is_busday: np.array(["2020-01-01", "2020-01-04"], "M8[D]")
busday_offset: np.array(["2020-01-01", "2020-01-04"], "M8[D]"), [1, 2], roll="forward"
busday_count: np.datetime64("2020-01-01"), np.array(["2020-02-01", "2020-01-04"], "M8[D]")
logspace: 0, 2, 5
logspace: S(3), 4, 5
geomspace: 1, 100, 5
geomspace: S(3), 1000, num=4
pad: S(3), 2
pad: S(3, 4), ((1, 0), (2, 1)), mode="mean"
pad: S(3, 4), 1, "linear_ramp", end_values=5
pad: S(3, 4), 1, "reflect", reflect_type="odd"
matmul: R(3, 4), R(4, 5)
matmul: R(4), R(4)
matmul: R(2, 3, 4), R(4)
matmul: I(3, 4), I(4, 5)
matmul: R(3, 4), R(4, 5), out=R(3, 5)
vecdot: R(3, 4), R(4)
vecdot: C(3, 4), C(3, 4)
matvec: R(3, 4), R(4)
vecmat: R(3), R(3, 4)
tensordot: R(3, 4, 5), R(4, 5, 2)
tensordot: R(3, 4), R(4, 3), axes=([0, 1], [1, 0])
tensordot: R(3), R(4), 0
tensordot: R(3, 4), R(4, 5), axes=np.array([1, 0])
tensordot: R(3, 4), R(4, 5), axes=np.array(1)
dot: R(3, 4), R(4, 5)
dot: R(4), R(4)
dot: R(4), 3.0
dot: R(3, 4), R(4)
dot: R(2, 3, 4), R(5, 4, 2)
dot: R(3, 4), R(4, 5), out=R(3, 5)
inner: R(3, 4), R(5, 4)
inner: R(4), R(4)
vdot: C(3, 4), C(3, 4)
outer: R(3), R(4)
outer: R(3), R(4), out=R(3, 4)
kron: R(2, 3), R(4)
cross: R(5, 3), R(5, 3)
cross: R(5, 3), R(3)
einsum: "ij,jk->ik", R(3, 4), R(4, 5)
einsum: "ii", R(4, 4)
einsum: "ij->ji", R(3, 4)
einsum: "ij,j", R(3, 4), R(4)
einsum: "i,i->", R(4), R(4)
einsum: "...i,i", R(2, 3, 4), R(4)
einsum: R(3, 4), [0, 1], R(4), [1], [0]
einsum: "ij,jk,kl->il", R(3, 4), R(4, 5), R(5, 2)
einsum: "ij,jk->ik", R(3, 4), R(4, 5), optimize=False
einsum: "ij,jk->ik", R(3, 4), R(4, 5), out=R(3, 5)
einsum: "ij,j->i", I(3, 4), I(4), dtype=float
fft.fft: R(8)
fft.fft: C(3, 8)
fft.fft: R(3, 8), n=5
fft.fft: R(3, 8), axis=0, norm="ortho"
fft.ifft: C(8)
fft.rfft: R(9)
fft.rfft: R(4, 8), 6, 0
fft.irfft: C(5)
fft.irfft: C(3, 5), n=7
fft.hfft: C(5)
fft.ihfft: R(8)
fft.fftn: R(3, 4)
fft.fftn: R(3, 4, 5), s=(2, 6), axes=(0, 2)
fft.ifftn: C(3, 4)
fft.rfftn: R(3, 4)
fft.irfftn: C(3, 4)
fft.fft2: R(2, 3, 4)
fft.ifft2: C(3, 4)
fft.rfft2: R(3, 4)
fft.irfft2: C(3, 4)
fft.fft: R(8), out=C(8)
linalg.svd: R(4, 3)
linalg.svd: R(4, 3), full_matrices=False
linalg.svd: R(4, 3), compute_uv=False
linalg.svd: R(2, 4, 3)
linalg.svdvals: R(4, 3)
linalg.qr: R(4, 3)
linalg.qr: R(4, 3), mode="r"
linalg.qr: R(4, 3), "raw"
linalg.inv: P(3)
linalg.inv: P(2, 3)
linalg.det: P(3)
linalg.det: P(2, 3)
linalg.slogdet: P(3)
linalg.cholesky: P(3)
linalg.eig: R(3, 3)
linalg.eigvals: R(3, 3)
linalg.eigh: P(3)
linalg.eigvalsh: P(3)
linalg.eigvalsh: P(3), UPLO="U"
linalg.solve: P(3), R(3)
linalg.solve: P(3), R(3, 2)
linalg.solve: P(2, 3), R(2, 3, 1)
linalg.lstsq: R(5, 3), R(5)
linalg.lstsq: R(5, 3), R(5, 2), rcond=None
linalg.pinv: R(4, 3)
linalg.pinv: R(4, 3), rtol=0.1
linalg.tensorsolve: R(2, 3, 6), R(2, 3)
linalg.tensorinv: R(2, 3, 6)
linalg.norm: R(4)
linalg.norm: R(3, 4)
linalg.norm: R(3, 4), 2
linalg.norm: R(3, 4), "nuc"
linalg.norm: R(3, 4), axis=1, keepdims=True
linalg.norm: R(4), 1.0
linalg.norm: R(3, 4), axis=1.0
linalg.vector_norm: R(3, 4), axis=1.0
linalg.norm: R(4, 3), math.inf
linalg.matrix_norm: R(2, 3, 4)
linalg.vector_norm: R(3, 4), axis=0
linalg.cond: P(3)
linalg.cond: P(3), 1
linalg.matrix_rank: R(4, 3)
linalg.trace: R(3, 4)
linalg.matrix_power: R(3, 3), 3
linalg.matrix_power: P(3), -1
linalg.multi_dot: [R(3, 4), R(4, 5), R(5, 2)]
linalg.outer: R(3), R(4)
linalg.cross: R(5, 3), R(5, 3)
linalg.matmul: R(3, 4), R(4, 5)
linalg.tensordot: R(3, 4), R(4, 5), axes=1
linalg.vecdot: R(3, 4), R(4)
sum: R(3, 4)
sum: R(3, 4), 0
sum: R(3, 4), np.array(0)
linalg.norm: R(3, 4), axis=np.array(1)
median: R(3, 4), axis=np.array(0)
sum: I(3, 4), axis=(0, 1), keepdims=True
sum: B(5)
sum: [1, 2, 3]
sum: R(3, 4), axis=1, dtype=complex, out=C(3)
sum: R(3, 4), where=B(3, 4), initial=5
prod: R(3, 4), -1
max: R(3, 4)
max: R(3, 4), axis=0, initial=0
min: R(3, 4), 1
min: [3, 1, 2]
amax: R(3, 4)
amin: R(3, 4), 0
mean: R(3, 4)
mean: I(3, 4), 0, out=R(4)
mean: R(3, 4), where=B(3, 4)
std: R(3, 4), ddof=1
std: R(3, 4), 1, keepdims=True
var: R(3, 4)
var: R(3, 4), 0, mean=R(1, 4)
ptp: R(3, 4), 1
argmax: R(3, 4)
argmax: R(3, 4), 1, keepdims=True
argmin: R(3, 4), axis=0, out=N(4)
any: B(3, 4)
any: O(0, 1, 2)
all: B(3, 4), 1
all: O(0, 1, 2)
all: I(3, 4), axis=None, where=B(4)
count_nonzero: I(3, 4)
count_nonzero: I(3, 4), axis=1
median: R(3, 4)
median: R(3, 4), axis=0, keepdims=True
median: R(5), overwrite_input=False, out=R()
nansum: R(3, 4), 0
nanprod: R(3, 4)
nanmax: R(3, 4), axis=1
nanmin: R(3, 4)
nanmean: R(3, 4), 0
nanstd: R(3, 4)
nanvar: R(3, 4), 1
nanargmax: R(3, 4), 1
nanargmin: R(3, 4)
nanmedian: R(3, 4), 0
cumsum: R(3, 4)
cumsum: R(3, 4), 1
cumsum: I(3, 4), axis=0, dtype=float, out=R(3, 4)
cumprod: R(3, 4), 0
cumulative_sum: R(4)
cumulative_sum: R(3, 4), axis=1, include_initial=True
cumulative_prod: R(3, 4), axis=0
nancumsum: R(3, 4), 0
nancumprod: R(3, 4)
percentile: R(3, 4), 30
percentile: R(3, 4), [10, 50], axis=1
quantile: R(3, 4), 0.3, 0
quantile: R(3, 4), R(2) * 0 + 0.5, keepdims=True
quantile: R(5), 0.5, weights=S(5), method="inverted_cdf"
nanpercentile: R(3, 4), 30, axis=0
nanquantile: R(3, 4), 0.3
average: R(3, 4)
average: R(3, 4), 1, weights=S(4)
average: R(3, 4), weights=S(3, 4), returned=True
trace: R(3, 4)
trace: R(3, 4), 1
trace: R(2, 3, 4), axis1=1, axis2=2, out=R(2)
nonzero: I(3, 4)
flatnonzero: I(3, 4)
argwhere: I(3, 4)
asarray_chkfinite: R(3, 4)
asarray_chkfinite: [1, 2]
trim_zeros: [0, 0, 1, 2, 0]
trim_zeros: O(0, 0, 1, 2, 0, dtype=int), "f"
allclose: R(3, 4), R(4)
array_equal: R(3, 4), R(3, 4)
array_equal: R(3), R(4)
array_equiv: R(3, 4), R(4)
cov: R(3, 4)
cov: R(3, 4), R(3, 4), rowvar=False
corrcoef: R(3, 4)
convolve: R(4), R(3)
convolve: R(4), [1, 2], "same"
correlate: R(4), R(3)
correlate: R(4), R(3), mode="full"
diff: R(3, 4)
diff: R(3, 4), 2, axis=0
diff: R(4), prepend=0, append=S(2)
diff: R(4), n=0
diff: R(), n=0, axis=7
ediff1d: R(3, 4)
gradient: R(3, 4)
gradient: R(5), S(5)
gradient: R(3, 4), axis=1
gradient: R(3, 4), edge_order=0
trapezoid: R(3, 4)
trapezoid: R(4), S(4)
unwrap: R(5)
bartlett: 6
hamming: 6
hanning: 6
blackman: 6
kaiser: 6, 8.6
polyadd: S(3), S(4)
polysub: S(3), [1, 2]
polymul: S(3), S(4)
polydiv: S(4), S(2)
polyval: S(3), R(3, 4)
polyval: R(3, 2), R(5, 1)
polyval: [1, 2, 3], 2
polyder: S(5)
polyder: S(5), 2
polyder: S(5), 1.5
polyder: S(5), 3.0
polyint: S(5)
polyint: S(5), m=0
polyint: S(5), 2.0
roots: S(4)
poly: S(3)
poly: R(3, 3)
vander: S(4)
vander: S(4), 3, increasing=True
polyfit: S(5), R(5), 2
polyfit: S(5), R(5), 1, cov=True
polyfit: S(5), R(5), 1, full=True
polyfit: S(5), R(5), 1.0
mask_indices: 4, np.triu
piecewise: R(5), [R(5) > 0, R(5) > 1], [1, 2, 3]
emath.sqrt: R(3, 4)
emath.log: R(4)
emath.log2: R(4)
emath.log10: [1.0, -1.0]
emath.arccos: R(4)
emath.arcsin: S(4)
emath.arctanh: S(4)
emath.power: R(3, 4), 2.5
emath.logn: 2, R(4)
strings.isalnum: O("a b", "cd", "Ef ", dtype="U3")
strings.isalpha: O("a b", "cd", "Ef ", dtype="U3")
strings.isdecimal: O("a b", "cd", "Ef ", dtype="U3")
strings.isdigit: O("a b", "cd", "Ef ", dtype="U3")
strings.islower: O("a b", "cd", "Ef ", dtype="U3")
strings.isnumeric: O("a b", "cd", "Ef ", dtype="U3")
strings.isspace: O("a b", "cd", "Ef ", dtype="U3")
strings.istitle: O("a b", "cd", "Ef ", dtype="U3")
strings.isupper: O("a b", "cd", "Ef ", dtype="U3")
strings.str_len: O("a b", "cd", "Ef ", dtype="U3")
strings.capitalize: O("a b", "cd", "Ef ", dtype="U3")
strings.expandtabs: O("a b", "cd", "Ef ", dtype="U3")
strings.lower: O("a b", "cd", "Ef ", dtype="U3")
strings.lstrip: O("a b", "cd", "Ef ", dtype="U3")
strings.rstrip: O("a b", "cd", "Ef ", dtype="U3")
strings.strip: O("a b", "cd", "Ef ", dtype="U3")
strings.swapcase: O("a b", "cd", "Ef ", dtype="U3")
strings.title: O("a b", "cd", "Ef ", dtype="U3")
strings.upper: O("a b", "cd", "Ef ", dtype="U3")
strings.encode: O("a b", "cd", "Ef ", dtype="U3")
strings.strip: O("a b", "cd", "Ef ", dtype="U3"), "aE"
strings.decode: O(b"ab", b"c", dtype="S2")
strings.isalpha: ["a", "1"]
strings.center: O("a b", "cd", "Ef ", dtype="U3"), 8
strings.ljust: O("a b", "cd", "Ef ", dtype="U3"), [4, 5, 6], fillchar="-"
strings.rjust: O("a b", "cd", "Ef ", dtype="U3"), 5
strings.zfill: O("a b", "cd", "Ef ", dtype="U3"), N(3) + 4
strings.count: O("a b", "cd", "Ef ", dtype="U3"), "b"
strings.find: O("a b", "cd", "Ef ", dtype="U3"), O("b", "d", "E", dtype="U1")
strings.rfind: O("a b", "cd", "Ef ", dtype="U3"), "b", 1
strings.index: O("ab", "b", dtype="U2"), "b"
strings.rindex: O("ab", "b", dtype="U2"), "b"
strings.startswith: O("a b", "cd", "Ef ", dtype="U3"), "a"
strings.endswith: O("a b", "cd", "Ef ", dtype="U3"), "d", start=1
strings.replace: O("a b", "cd", "Ef ", dtype="U3"), "b", "xyz"
strings.translate: O("a b", "cd", "Ef ", dtype="U3"), "".join(map(chr, range(256)))
strings.mod: O("%d", "%x", dtype="U2"), O(10, 11, dtype=int)
strings.multiply: O("a b", "cd", "Ef ", dtype="U3"), 2
strings.partition: O("a b", "cd", "Ef ", dtype="U3"), " "
strings.rpartition: O("a b", "cd", "Ef ", dtype="U3"), " "
strings.slice: O("a b", "cd", "Ef ", dtype="U3"), 1
strings.add: O("a b", "cd", "Ef ", dtype="U3"), O("a b", "cd", "Ef ", dtype="U3")
strings.equal: O("a b", "cd", "Ef ", dtype="U3"), O("a b", "cd", "Ef ", dtype="U3")
char.equal: O("a b", "cd", "Ef ", dtype="U3"), O("a b", "cd", "Ef ", dtype="U3")
char.not_equal: O("a b", "cd", "Ef ", dtype="U3"), O("a b", "cd", "Ef ", dtype="U3")
char.less: O("a b", "cd", "Ef ", dtype="U3"), O("a b", "cd", "Ef ", dtype="U3")
char.less_equal: O("a b", "cd", "Ef ", dtype="U3"), O("a b", "cd", "Ef ", dtype="U3")
char.greater: O("a b", "cd", "Ef ", dtype="U3"), O("a b", "cd", "Ef ", dtype="U3")
char.greater_equal: O("a b", "cd", "Ef ", dtype="U3"), O("a b", "cd", "Ef ", dtype="U3")
char.multiply: O("a b", "cd", "Ef ", dtype="U3"), 2
char.partition: O("a b", "cd", "Ef ", dtype="U3"), " "
char.rpartition: O("a b", "cd", "Ef ", dtype="U3"), " "
char.join: "-", O("a b", "cd", "Ef ", dtype="U3")
char.split: O("a b", "cd", "Ef ", dtype="U3")
char.rsplit: O("a b", "cd", "Ef ", dtype="U3"), "b"
char.splitlines: O("a b", "cd", "Ef ", dtype="U3")
char.compare_chararrays: O("a b", "cd", "Ef ", dtype="U3"), O("a b", "cd", "Ef ", dtype="U3"), "<", True
char.upper: O("a b", "cd", "Ef ", dtype="U3")
lib.recfunctions.join_by: "f0", J("i8,f8"), J("i8,i4"), usemask=False
sort: R(3, 4)
sort: R(3, 4), axis=None
sort: R(3, 4), 0, kind="stable"
argsort: R(3, 4)
argsort: R(3, 4), axis=0
sort_complex: C(4)
lexsort: (I(4), R(4))
lexsort: I(3, 4)
partition: R(3, 4), 2
partition: R(3, 4), [0, 2], axis=0
argpartition: R(3, 4), 1
unique: I(3, 4)
unique: I(4), return_index=True, return_inverse=True, return_counts=True
unique: I(3, 4), axis=0
unique_all: I(4)
unique_counts: I(4)
unique_inverse: I(4)
unique_values: I(4)
union1d: I(4), S(3)
intersect1d: I(4), S(3)
intersect1d: I(4), N(4), return_indices=True
setdiff1d: I(4), S(2)
setxor1d: I(4), S(2)
isin: I(3, 4), [1, 2]
in1d: I(4), [1, 2]
isin: 3, I(4)
searchsorted: S(8), R(3)
searchsorted: S(8), 3.5, side="right"
searchsorted: S(8), R(3), sorter=N(8) * 0
digitize: R(5), S(3)
digitize: 2.5, S(3)
interp: R(5), S(4), R(4)
interp: 2.5, S(4), R(4), left=0
bincount: I(8)
bincount: I(8), R(8), minlength=10
bincount: I(0), R(3)
histogram: R(20)
histogram: R(20), bins=S(4)
histogram: R(20), "auto"
histogram: R(20), 5, range=(0, 1), weights=R(20)
histogram_bin_edges: R(20), 5
histogram2d: R(20), R(20)
histogram2d: R(20), R(20), [3, 4]
histogramdd: R(20, 2), 3
histogramdd: R(), 3
histogramdd: [], 3
histogramdd: [R(20), R(20)], bins=(3, 4)
"""

# Called with operands made of real numbers, unless they take something else.
OPERANDS = {
    "gcd": "I(3, 4), I(4)", "lcm": "I(3, 4), I(4)", "ldexp": "R(3, 4), I(4)",
    "left_shift": "I(3, 4), I(4)", "right_shift": "I(3, 4), I(4)", "invert": "I(3, 4)", "bitwise_count": "I(3, 4)",
    "bitwise_and": "I(3, 4), I(4)", "bitwise_or": "I(3, 4), B(4)", "bitwise_xor": "B(3, 4), B(4)",
    "isnat": "np.array(['2020', 'NaT'], 'M8[s]')",
}  # fmt: skip
UFUNCS = [name for name in sorted(dir(np)) if isinstance(getattr(np, name), np.ufunc)]


class Call(NamedTuple):
    """A name and the text of its arguments."""

    name: str
    text: str

    @property
    def arguments(self) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Positional and keyword arguments, with an `Array` for each operand."""
        return eval(f"call({self.text})", {**MAKERS, "call": lambda *args, **kwargs: (args, kwargs)})

    def __str__(self) -> str:
        return f"{self.name}({self.text})"


def calls(text: str) -> list[Call]:
    """The calls of a block of lines that the installed NumPy has."""
    pairs = (line.partition(":") for line in text.strip().splitlines())
    return [Call(name, arguments.strip()) for name, _, arguments in pairs if numpy_has(name)]


def numpy_has(name: str) -> bool:
    found: Any = np
    for part in name.split("."):
        found = getattr(found, part, None)
    return found is not None


class _Operand(Array):
    """An `Array` with the arithmetic that the lines above make use of."""

    def __add__(self, other: Any) -> Array:
        return _Operand(self.values + other)

    def __mul__(self, other: Any) -> Array:
        return _Operand(self.values * other)

    def __gt__(self, other: Any) -> Array:
        return _Operand(self.values > other)


def _random(*shape: int) -> np.ndarray:
    return np.random.default_rng(shape).normal(size=shape)


def _positive_definite(*shape: int) -> np.ndarray:
    square = _random(*shape, shape[-1])
    return square @ np.swapaxes(square, -1, -2) + np.eye(shape[-1])


MAKERS: dict[str, Any] = {
    "np": np,
    "math": math,
    "S": lambda *shape: _Operand(np.arange(1.0, math.prod(shape) + 1).reshape(shape)),
    "R": lambda *shape: _Operand(_random(*shape)),
    "C": lambda *shape: _Operand(_random(*shape) + 1j * _random(2, *shape)[1]),
    "I": lambda *shape, dtype=int: _Operand((np.arange(math.prod(shape)) * 7 % 5).astype(dtype).reshape(shape)),
    "N": lambda *shape: _Operand((np.arange(math.prod(shape)) % 3).reshape(shape)),
    "B": lambda *shape: _Operand((np.arange(math.prod(shape)) % 3 < 2).reshape(shape)),
    "P": lambda *shape: _Operand(_positive_definite(*shape)),
    "O": lambda *values, dtype=object: _Operand(np.array(values, dtype)),
    "J": lambda dtype: _Operand(np.array([(1, 2), (3, 4)], dtype)),
    "L": lambda layout, operand: Array(operand.values, layout),
}

FREE_CALLS = calls(FREE)
UFUNC_CALLS = [
    Call(name, OPERANDS.get(getattr(np, name).__name__, ", ".join(["R(3, 4)", "R(4)"][: getattr(np, name).nin])))
    for name in UFUNCS
    if getattr(np, name).signature is None
]
COUNTED_CALLS = UFUNC_CALLS + calls(COUNTED)
