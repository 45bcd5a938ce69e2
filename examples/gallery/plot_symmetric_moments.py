"""
Symmetric moment tensors of the digits
======================================

The covariance of d variables is a d x d matrix, their third moments are a d x d x d tensor, and so on. All of them are
symmetric in all axes, so most of their elements say the same thing. To know that saves 91% here: 3,589,540 FLOPs
instead of 41,484,386 for the same tensors of 1,797 handwritten digits.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits

import flopscope as flops
import flopscope.numpy as fnp

D = 12
DATA = load_digits()

# %%
# The 1,797 digits in their 12 leading principal components, each of mean 0 and variance 1.

pixels = fnp.asarray(DATA.data) / 16
pixels = pixels - pixels.mean(0)
left, _, _ = fnp.linalg.svd(pixels, full_matrices=False)
X = left[:, :D] * len(pixels) ** 0.5
# For every digit, the direction to the mean of its images.
W = fnp.stack([X[DATA.target == digit].mean(0) for digit in range(10)])
W = W / fnp.linalg.norm(W, axis=1, keepdims=True)

# %%
# The same program twice: as it is written, and with copies, which hide from flopscope that the operands are one array.
# It takes the third and fourth moments of the data, from these the skewness and kurtosis along the ten directions, and
# the norm of both tensors.


def analysis(x, w, again):
    n = len(x)
    with flops.namespace("third moments"):
        third = fnp.einsum("ni,nj,nk->ijk", x, again(x), again(x)) / n
    with flops.namespace("fourth moments"):
        fourth = fnp.einsum("ni,nj,nk,nl->ijkl", x, again(x), again(x), again(x)) / n
    with flops.namespace("skewness along w"):
        skewness = fnp.einsum("ijk,ai,aj,ak->a", third, w, again(w), again(w))
    with flops.namespace("kurtosis along w"):
        kurtosis = fnp.einsum("ijkl,ai,aj,ak,al->a", fourth, w, again(w), again(w), again(w))
    with flops.namespace("third, in triples of w"):
        changed = fnp.einsum("ijk,ai,bj,ck->abc", third, w, again(w), again(w))
    with flops.namespace("squares"):
        size = fnp.sqrt((third**2).sum()), fnp.sqrt((fourth**2).sum())
    return third, fourth, skewness, kurtosis, changed, *size


with flops.BudgetContext(flop_budget=10**9) as dense:
    expected = analysis(X, W, again=fnp.copy)
with flops.BudgetContext(flop_budget=10**9) as symmetric:
    results = analysis(X, W, again=lambda array: array)

print(f"{'':24}{'without symmetry':>18}{'with symmetry':>16}{'saved':>8}")
without, with_it = (budget.summary_dict(by_namespace=True)["by_namespace"] for budget in (dense, symmetric))
for part in without:
    before, after = without[part]["flops_used"], with_it[part]["flops_used"]
    print(f"{part:24}{before:>18,}{after:>16,}{1 - after / before:>8.0%}")
saved = 1 - symmetric.flops_used / dense.flops_used
print(f"\n{len(X):,} digits: {symmetric.flops_used:,} FLOPs instead of {dense.flops_used:,}, {saved:.0%} saved")

# %%
# The results are the same, and those with symmetry know it.

identical = all(np.allclose(one, other, rtol=1e-10, atol=1e-12) for one, other in zip(results, expected, strict=True))
print(f"Identical to rounding: {identical}")
third, fourth, skewness, kurtosis, changed, *_ = results
for name, tensor in {"third moments": third, "fourth moments": fourth, "on the directions": changed}.items():
    print(f"{name:20}{tensor.symmetry!r:16}{tensor.unique_elements:>8,} of {tensor.size:,} elements differ")

# %%
# What it was worth: along which digits' directions the data are skewed or have heavy tails (0 and 3 for normal ones).

fig, axes = plt.subplots(1, 2, figsize=(9, 3.5))
axes[0].bar(range(10), skewness)
axes[1].bar(range(10), kurtosis)
axes[1].axhline(3, color="grey", linewidth=1)
for ax, name in zip(axes, ("skewness", "kurtosis"), strict=True):
    ax.set(xlabel="direction to the mean of the digit", ylabel=name, xticks=range(10))

# %%
# How many elements are unique: d(d+1)...(d+k-1)/k!, towards one in k!.

orders = range(1, 7)
fig, ax = plt.subplots()
for d in (4, 12, 48):
    shares = []
    for order in orders:
        group = flops.SymmetryGroup.symmetric(axes=tuple(range(order))) if order > 1 else None
        shares.append(flops.pointwise_cost("exp", shape=(d,) * order, symmetry=group) / d**order)
    ax.semilogy(orders, shares, marker="o", label=f"d = {d}")
ax.set(xlabel="order of the tensor", ylabel="unique elements / all elements")
ax.legend(frameon=False)
plt.show()
