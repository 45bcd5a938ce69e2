"""
The leading singular vectors, three ways
========================================

The ten leading directions of 1,000 points in 200 dimensions: by a full SVD, by the eigenvectors of the Gram matrix, and
by a randomized range finder (Halko, Martinsson & Tropp, 2011). All three find the same subspace; what do they ask for?
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
    sketch = a @ fnp.random.default_rng(1).standard_normal((N, K + oversampling))
    basis, _ = fnp.linalg.qr(a @ (a.T @ sketch))  # one step of the power iteration sharpens the spectrum
    return fnp.linalg.svd(basis.T @ a, full_matrices=False)[2][:K]


# %%
# Each runs in a budget of its own. The angle between two subspaces is read off the singular values of the product of
# their bases, outside of it.

exact = by_svd(DATA)
results = {}
for method in (by_svd, by_eigh, randomized):
    with flops.BudgetContext(flop_budget=10**9) as budget:
        directions = method(DATA)
    cosine = min(1.0, float(fnp.linalg.svd(exact @ directions.T, compute_uv=False)[-1]))
    results[method.__name__] = budget
    print(f"{method.__name__:<12}{budget.flops_used:>12,} FLOPs   worst cosine to the SVD {cosine:.4f}")

# %%
# Where the FLOPs go: the factorization of the whole matrix is the price of certainty.

fig, ax = plt.subplots()
left = dict.fromkeys(results, 0)
for op in ("linalg.svd", "linalg.eigh", "linalg.qr", "matmul"):
    widths = [
        sum(record.flop_cost for record in budget.op_log if record.op_name == op) / 1e6 for budget in results.values()
    ]
    ax.barh(list(results), widths, left=list(left.values()), label=op)
    left = {name: left[name] + width for name, width in zip(results, widths, strict=True)}
ax.set(xlabel="MFLOPs", title=f"{K} leading directions of a {M} x {N} matrix")
ax.legend(frameon=False)

# %%
# From shapes alone: how the three grow with the number of columns.

sizes = [50, 100, 200, 400, 800]
full = [flops.cost("linalg.svd", (M, n)) for n in sizes]
gram = [M * n * (n + 1) // 2 + flops.cost("linalg.eigh", (n, n)) for n in sizes]
q = K + 10
sketched = [4 * M * n * q + flops.cost("linalg.qr", (M, q)) + flops.cost("linalg.svd", (q, n)) for n in sizes]

fig, ax = plt.subplots()
for name, costs in (("full SVD", full), ("Gram and eigh", gram), ("randomized", sketched)):
    ax.loglog(sizes, costs, marker="o", label=name)
ax.set(xlabel="columns", ylabel="FLOPs")
ax.legend(frameon=False)
plt.show()
