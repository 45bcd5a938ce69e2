"""
The leading singular vectors, three ways
========================================

The 10 leading directions of 1,000 points in 200 dimensions: a full SVD costs 40,000,000 FLOPs, the eigenvectors of the
Gram matrix 28,100,000, and a randomized range finder 16,484,000. All three find the same subspace.
"""

import matplotlib.pyplot as plt

import flopscope as flops
import flopscope.numpy as fnp

M, N, K = 1000, 200, 10
rng = fnp.random.default_rng(0)
DATA = rng.standard_normal((M, K)) @ rng.standard_normal((K, N)) * 3 + rng.standard_normal((M, N))


def by_svd(a):
    return fnp.linalg.svd(a, full_matrices=False)[2][:K]


def by_eigh(a):
    _, vectors = fnp.linalg.eigh(a.T @ a)  # an array with its own transpose: half a product
    return vectors[:, ::-1][:, :K].T


def randomized(a, oversampling=10):
    sketch = a @ fnp.random.default_rng(1).standard_normal((a.shape[1], K + oversampling))
    basis, _ = fnp.linalg.qr(a @ (a.T @ sketch))  # one step of the power iteration sharpens the spectrum
    return fnp.linalg.svd(basis.T @ a, full_matrices=False)[2][:K]


# %%
# Each runs in a budget of its own. The angle between two subspaces is read off the singular values of the product of
# their bases, outside of it.

METHODS = by_svd, by_eigh, randomized
exact = by_svd(DATA)
results = {}
for method in METHODS:
    with flops.BudgetContext(flop_budget=10**9) as budget:
        directions = method(DATA)
    cosine = min(1.0, float(fnp.linalg.svd(exact @ directions.T, compute_uv=False)[-1]))
    results[method.__name__] = budget
    print(f"{method.__name__:<12}{budget.flops_used:>12,} FLOPs   worst cosine to the SVD {cosine:.4f}")

# %%
# Where the FLOPs go. The Gram matrix halves its product, which is one of an array with its own transpose; the sketch
# leaves nothing large to factor. (The randomized method is that of Halko, Martinsson & Tropp, SIAM Review 53, 2011.)

LABELS = ["full SVD", "Gram and eigh", "randomized"]
fig, ax = plt.subplots(figsize=(7, 2.6))
left = dict.fromkeys(results, 0)
for op in ("linalg.svd", "linalg.eigh", "linalg.qr", "matmul"):
    widths = [
        sum(record.flop_cost for record in budget.op_log if record.op_name == op) / 1e6 for budget in results.values()
    ]
    ax.barh(LABELS, widths, left=list(left.values()), label=op)
    left = {name: left[name] + width for name, width in zip(results, widths, strict=True)}
ax.set(xlabel="MFLOPs", title=f"{K} leading directions of a {M} x {N} matrix")
ax.invert_yaxis()
ax.grid(axis="y", visible=False)
ax.legend(frameon=False)

# %%
# From shapes alone: how the three grow with the number of columns. The sketch is the cheapest from 132 columns on, and
# the Gram matrix is dearer than the SVD from 499 on.


def price(method, n):
    return flops.plan(method, flops.Shaped((M, n))).flops_used


assert [price(method, N) for method in METHODS] == [budget.flops_used for budget in results.values()]
cheapest = next(n for n in range(50, 800) if price(randomized, n) < price(by_eigh, n))
dearest = next(n for n in range(50, 800) if price(by_eigh, n) > price(by_svd, n))
print(f"randomized is the cheapest from {cheapest} columns on, the Gram matrix the dearest from {dearest} on")

sizes = [50, 100, 200, 400, 800]
fig, ax = plt.subplots()
for name, method in zip(LABELS, METHODS, strict=True):
    ax.loglog(sizes, [price(method, n) for n in sizes], marker="o", label=name)
ax.set_xticks(sizes, sizes)
ax.minorticks_off()
ax.set(xlabel="columns", ylabel="FLOPs")
ax.legend(frameon=False)
plt.show()
