"""What other libraries do with counted arrays: one table, which the tests check and docs/interop.md shows.

A case is the code itself, run with `x` (6, 4), `y` (6, 4), `s` (4, 4, positive definite), `v` (6,), `n` (6, integers)
and the modules that its library brings. `charged` is what it costs, in FLOPs, or `SOME` where that is the library's
own affair; `leaves` says by which ways elements leave the meter. A call that does neither only moves data.
"""

from __future__ import annotations

from typing import NamedTuple

from dispatched import IN_PART, programs

#: More than nothing: how much depends on how the library computes.
SOME = -1
#: Taken by compiled code, which asks nobody.
UNSEEN = "(not seen)"


class Case(NamedTuple):
    library: str
    code: str
    charged: int = 0
    #: Ways out, as the summary calls them.
    leaves: str = ""


# What names stand for in the code of a library, where that is not the library itself.
MODULES = {
    "array API": "numpy array_api_compat flopscope.array_api",
    "dask": "numpy dask dask.array",
    "matplotlib": "matplotlib matplotlib.figure",
    "scikit-learn": "sklearn sklearn.linear_model sklearn.decomposition sklearn.preprocessing sklearn.cluster "
    "sklearn.metrics",
    "scipy": "numpy scipy scipy.linalg scipy.special scipy.optimize scipy.sparse scipy.stats scipy.fft scipy.ndimage",
    "Python": "math statistics pickle copy io multiprocessing concurrent.futures",
    "NumPy": "numpy io",
    "opt_einsum": "opt_einsum",
    "pytest": "pytest",
}

CASES = [
    Case("einops", "einops.rearrange(x, 'a (b c) -> c b a', c=2)"),
    Case("einops", "einops.repeat(v, 'a -> a b', b=3)"),
    Case("einops", "einops.reduce(x, 'a b -> a', 'sum')", 24),  # 6*4
    Case("einops", "einops.reduce(x, '(a c) b -> a b', 'mean', c=2)", 24),
    Case("einops", "einops.einsum(x, y, 'a b, c b -> a c')", 144),  # 6*4*6
    Case("opt_einsum", "opt_einsum.contract('ab,cb->ac', x, y)", 144),
    Case("opt_einsum", "opt_einsum.contract('ab,cb,cd->ad', x, y, x)", 192),  # 6*4*4 twice
    Case("autoray", "autoray.do('sum', x)", 24),
    Case("autoray", "autoray.do('linalg.qr', x)", 96),  # 6*4*4
    Case("autoray", "autoray.do('tensordot', x, y, axes=((1,), (1,)))", 144),
    Case("autoray", "autoray.to_numpy(x)", 0, UNSEEN),
    Case("scipy", "scipy.special.erf(x)", 24),
    Case("scipy", "scipy.special.xlogy(x, y)", 24),
    Case("scipy", "scipy.special.logsumexp(x)", SOME, "numpy.array"),
    Case("scipy", "scipy.linalg.solve(s, s[0])", 0, "numpy.asarray_chkfinite"),
    Case("scipy", "scipy.linalg.svd(x)[1]", 0, "numpy.array"),
    Case("scipy", "scipy.linalg.cholesky(s)", 0, "numpy.array"),
    Case("scipy", "scipy.optimize.minimize(lambda p: ((p - v) ** 2).sum(), v * 0).x", SOME, "numpy.asarray"),
    Case("scipy", "scipy.optimize.linear_sum_assignment(s)", 0, UNSEEN),
    Case("scipy", "(scipy.sparse.csr_array(s) @ scipy.sparse.csr_array(s)).toarray()", 0, "numpy.asarray"),
    Case("scipy", "scipy.sparse.csr_array(numpy.eye(6)) @ v", 0, UNSEEN),
    Case("scipy", "scipy.stats.zscore(v)", SOME, "numpy.array"),
    Case("scipy", "scipy.stats.pearsonr(v, v ** 2).statistic", SOME),
    Case("scipy", "scipy.stats.norm.pdf(v)", 0, "numpy.asarray"),
    Case("scipy", "scipy.fft.fft(v)", 0, "numpy.asarray"),
    Case("scipy", "scipy.ndimage.gaussian_filter(x, 1.0)", 0, "numpy.asarray"),
    Case("scikit-learn", "sklearn.linear_model.LinearRegression().fit(x, v).coef_", 0, "numpy.asarray"),
    Case("scikit-learn", "sklearn.decomposition.PCA(2).fit(x).explained_variance_", 0, "numpy.asarray"),
    Case("scikit-learn", "sklearn.preprocessing.StandardScaler().fit_transform(x)", 0, "numpy.asarray"),
    Case("scikit-learn", "sklearn.cluster.KMeans(2, random_state=0, n_init=1).fit(x).inertia_", 0, "numpy.asarray"),
    Case("scikit-learn", "sklearn.metrics.mean_squared_error(v, v ** 2)", 6, "numpy.asarray"),
    Case("pandas", "pandas.Series(v).sum()", SOME),
    Case("pandas", "(v + pandas.Series(v)).to_numpy()", 6, "numpy.asarray"),
    Case("pandas", "pandas.Series(v).apply(lambda value: value + 1).to_numpy()", 0, UNSEEN),
    Case("pandas", "pandas.DataFrame(x).mean().to_numpy()", 0, "numpy.array"),
    Case("pandas", "pandas.DataFrame({'k': n, 'v': v}).groupby('k').v.sum().to_numpy()", 0, UNSEEN),
    Case("xarray", "xarray.DataArray(x, dims=('a', 'b')).mean('a').values", 24, "numpy.asarray"),
    Case("xarray", "(xarray.DataArray(x, dims=('a', 'b')) + 1).values", 24, "numpy.asarray"),
    Case("xarray", "xarray.Dataset({'x': (('a', 'b'), x)}).std('b').x.values", SOME, "numpy.asarray"),
    Case("xarray", "xarray.DataArray(v, dims='a', coords={'k': ('a', n)}).groupby('k').mean().values", 6, "numpy.asarray"),
    Case("dask", "dask.array.from_array(x, chunks=(3, 4), asarray=False).sum().compute(scheduler='threads')", SOME),
    Case("dask", "dask.array.from_array(x, chunks=(3, 4), asarray=False).map_blocks(lambda b: b + 1, meta=numpy.empty((0, 0))).compute(scheduler='threads')", 24),
    Case("networkx", "sorted(networkx.from_numpy_array(s).degree())", 16, UNSEEN),
    Case("networkx", "networkx.to_numpy_array(networkx.from_numpy_array(s))", 16, UNSEEN),
    Case("numba", "numba.njit(lambda a: a.sum())(x)", 0, "numba.njit"),
    Case("numba", "numba.vectorize(lambda a, b: a * b)(x, y)", 24),
    Case("numba", "numba.vectorize(['f8(f8)'])(lambda a: a + 1)(v)", 6),
    Case("numba", "numba.guvectorize(['f8[:], f8[:]'], '(n)->()')(lambda a, out: None)(x).shape", 24),
    Case("numba", "numba.stencil(lambda a: a[0] + a[1])(v)", 0, UNSEEN),
    Case("joblib", "joblib.Parallel(2, backend='threading')(joblib.delayed(lambda r: r.sum())(r) for r in x)", 24),
    Case("joblib", "joblib.hash(x) == joblib.hash(x.copy())"),
    Case("joblib", "joblib.Parallel(2)(joblib.delayed(abs)(r) for r in x)[0] + 1", 4),
    Case("array API", "array_api_compat.array_namespace(x).__name__"),
    Case("array API", "numpy.asarray(flopscope.array_api.asarray(x))", 0, "Array.__array__"),
    Case("array API", "numpy.exp(flopscope.array_api.asarray(x))", 0, "Array.__array__"),
    Case("array API", "float(flopscope.array_api.sum(flopscope.array_api.asarray(x)))", 24, "Array.__float__"),
    Case("matplotlib", "len(matplotlib.figure.Figure().subplots().plot(v))", SOME, "ndarray.__iter__"),
    Case("matplotlib", "matplotlib.figure.Figure().subplots().hist(v)[0]", SOME, "numpy.array"),
    Case("matplotlib", "matplotlib.figure.Figure().subplots().imshow(x).get_array().shape", SOME),
    Case("matplotlib", "len(matplotlib.figure.Figure().subplots().scatter(v, v).get_offsets())", SOME, "numpy.asarray"),
    Case("matplotlib", "len(matplotlib.figure.Figure().subplots().fill_between(v, v).get_paths())", SOME, "ndarray.__iter__"),
    Case("matplotlib", "len(matplotlib.figure.Figure().subplots().errorbar(v, v, v))", SOME, "ndarray.__iter__"),
    Case("matplotlib", "len(matplotlib.figure.Figure().subplots().contourf(x).levels)", SOME, UNSEEN),
    Case("matplotlib", "matplotlib.figure.Figure().subplots().quiver(x, y).N", SOME),
    Case("pytest", "x == pytest.approx(x)", 0, "numpy.asarray"),
    Case("pytest", "v.sum() == pytest.approx(float(v.sum()))", SOME),
    Case("Python", "sum(v)", 0, "ndarray.__iter__"),
    Case("Python", "math.fsum(v)", 0, "ndarray.__iter__"),
    Case("Python", "statistics.mean(v)", 0, "ndarray.__iter__"),
    Case("Python", "max(v)", 0, "ndarray.__iter__"),
    Case("Python", "list(reversed(v))", 0, "ndarray.__reversed__"),
    Case("Python", "statistics.stdev(v)", 0, "ndarray.__iter__"),
    Case("Python", "v.tolist()", 0, "ndarray.tolist"),
    Case("Python", "float(v[:1].sum(keepdims=True)[0])", 1),
    Case("Python", "bytes(x.data)", 0, "ndarray.data"),
    Case("Python", "pickle.loads(pickle.dumps(x)) + 1", 24),
    Case("Python", "copy.copy(x) + 1", 24),
    Case("Python", "copy.deepcopy(x) + 1", 24),
    Case("Python", "list(concurrent.futures.ThreadPoolExecutor(2).map(lambda r: r.sum(), [x, y]))", 48),
    Case("NumPy", "numpy.asarray(x)", 0, "numpy.asarray"),
    Case("NumPy", "numpy.asarray(memoryview(x))", 0, UNSEEN),
    Case("NumPy", "numpy.full((6, 4), x)", 0, "numpy.full"),
    Case("NumPy", "numpy.lib.stride_tricks.as_strided(v, (3,), (16,))", 0, "numpy.array"),
    Case("NumPy", "numpy.array(x.flat)", 0, "numpy.array"),
    Case("NumPy", "numpy.from_dlpack(x)", 0, "ndarray.__dlpack__"),
    Case("NumPy", "x.view(numpy.ndarray)", 0, "ndarray.view"),
    Case("NumPy", "numpy.polynomial.polynomial.polyadd(v, v)", 0, "numpy.array"),
    Case("NumPy", "numpy.save(io.BytesIO(), x)"),
    Case("NumPy", "numpy.savez(io.BytesIO(), x=x)"),
    Case("NumPy", "numpy.savetxt(io.StringIO(), x)"),
]  # fmt: skip

_HEAD = """# Other libraries

Counted arrays are NumPy arrays, so other libraries take them. What they compute is counted as far as they compute through
NumPy's functions, operators and methods; what their own compiled code does is not. This page says it call by call. It is made
from the cases that `tests/interop` checks, with the versions that `make interop` installs: the results are those of plain
arrays, and the budget and its escapes are as stated. `x` and `y` have shape (6, 4), `s` (4, 4), `v` and `n` (6,).

**Charged** is what the call cost, in FLOPs; "by the library" means that it charges what it computes through NumPy's
functions and operators, whatever that is. **Leaves** is how elements leave the meter: what is computed with them
afterwards is not counted, and the summary says how many left, from which line, and to which library.
"(not seen)" means that compiled code takes the memory without asking anybody; from Python 3.12 on, code that takes it as
a buffer is seen, as `ndarray.__buffer__`.

`configure(on_escape="warn")` or `"raise"` is needed to see NumPy's functions (`numpy.asarray` ...) in this column;
the ways out that are methods of the array are in the summary at any setting. While it is on, NumPy's `array`,
`asarray`, `ascontiguousarray`, `asfortranarray`, `asarray_chkfinite`, `frombuffer`, `fromiter` and `full` are replaced
by functions that look at what they are given, for every module but NumPy's own; functions that numba compiles meanwhile
cannot call them.

SciPy and scikit-learn take any subclass of NumPy's array for NumPy's and strip it. `flopscope.array_api` is the way in
that they cannot strip: with `SCIPY_ARRAY_API=1` and `array_api_dispatch=True` they compute inside the meter.

Never seen: memory taken by compiled code (before Python 3.12 `memoryview(x)` too), elements taken one by one (`x[0]`,
`x.flat`, `np.nditer(x)`), integers in a loop, counted arrays written into plain ones (`plain[:] = x`, `np.copyto`),
`x.astype(t, subok=False)`, methods called as `np.ndarray.view(x, np.ndarray)`, what `np.rec` and `np.ma.mrecords` copy
(`fnp.rec` counts), and `np.f(y, x)` where `y` is of another subclass of NumPy's array, which NumPy asks first.

NumPy does not ask the arguments of these functions for an implementation of their own; called as `np.name` they run as
NumPy wrote them, and what they call is counted as far as it asks: `np.roots`, `np.poly`, `np.asarray_chkfinite`,
`np.lib.stride_tricks.as_strided`, `np.char.multiply`, `np.char.partition`, `np.char.rpartition`,
`np.char.compare_chararrays`, the functions of `np.polynomial` and `np.random`. Call them as `fnp.name`. Up to NumPy 2.2,
most functions of `np.strings` and `np.char` are such, too. Nor does it ask the places of `np.take`, or `where=` of a
reduction, which is charged as its ufunc (`add.reduce`) if that alone is counted.
"""


_INSIDE = """## Inside the meter, with flopscope.array_api

With `SCIPY_ARRAY_API=1` and `sklearn.set_config(array_api_dispatch=True)`, these take arrays of `flopscope.array_api`,
give the right answers and charge what they compute. Those with a star take arrays out on the way, labels mostly, and
compute a part with NumPy; that is in the summary, as is a score that becomes a `float`.

{scipy}
{sklearn}

`LinearRegression` of scikit-learn 1.9 and most of `scipy.linalg` do not dispatch: they make NumPy's arrays of what they
are given, which the summary tells with the line, and the former fails with them. `Ridge(0.0, solver="svd")` is the same
least squares, counted; `flopscope.array_api.linalg` has the functions of `scipy.linalg` that the standard knows.
"""


def _dispatched(library: str) -> str:
    """What a library computes inside the meter; SciPy's by module, which are many."""
    groups: dict[str, list[str]] = {}
    for name in programs(library):
        module, _, short = name.partition(".") if library == "scipy" else ("sklearn", "", name)
        groups.setdefault(module, []).append(f"`{short}`{chr(92) + '*' if name in IN_PART else ''}")
    title = "scipy.{}" if library == "scipy" else "{}"
    return "\n".join(f"- `{title.format(module)}`: {', '.join(names)}." for module, names in groups.items())


def page() -> str:
    """The text of docs/interop.md."""
    names = {library: _dispatched(library) for library in ("scipy", "sklearn")}
    lines = [_HEAD, _INSIDE.format(**names)]
    for library in dict.fromkeys(case.library for case in CASES):
        lines += [f"## {library}", "", "| call | charged | leaves |", "|---|---:|---|"]
        for case in CASES:
            if case.library == library:
                charged = "by the library" if case.charged == SOME else f"{case.charged:,}"
                lines.append(
                    f"| `{case.code}` | {charged} | {case.leaves.replace('__', chr(92) + '_' + chr(92) + '_')} |"
                )
        lines.append("")
    return "\n".join(lines)


if __name__ == "__main__":
    print(page(), end="")
