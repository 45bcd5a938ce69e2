"""
Symmetric moment tensors
========================

Covariance is a matrix, the third moments of d variables are a d x d x d tensor, and so on. They are symmetric in all
axes, so most of their elements say the same thing. What is it worth to know that?
"""

import matplotlib.pyplot as plt

import flopscope as flops
import flopscope.numpy as fnp

SAMPLES, D = 500, 12
X = fnp.random.default_rng(0).exponential(size=(SAMPLES, D)) - 1

# %%
# The same operand several times: einsum sees that the result is symmetric, and counts what is different.

LETTERS = "ijkl"
for order in (2, 3, 4):
    labels = LETTERS[:order]
    subscripts = ",".join(f"n{label}" for label in labels) + "->" + labels
    shapes = [(SAMPLES, D)] * order
    known = flops.einsum_cost(subscripts, shapes=shapes, identical=[tuple(range(order))])
    unknown = flops.einsum_cost(subscripts, shapes=shapes)
    print(f"order {order}: {unknown:>12,} FLOPs for any operands, {known:>12,} for one operand {order} times")

# %%
# Declared symmetry is passed on: elementwise ops and reductions of a symmetric tensor cost its unique elements.

third = fnp.einsum("ni,nj,nk->ijk", X, X, X) / SAMPLES
symmetric = flops.as_symmetric(fnp.asarray(third), symmetric_axes=(0, 1, 2))
with flops.BudgetContext(flop_budget=10**6) as dense:
    fnp.tanh(fnp.array(third, subok=False)).sum()
with flops.BudgetContext(flop_budget=10**6) as unique:
    fnp.tanh(symmetric).sum()
print(f"{dense.flops_used:,} FLOPs for {D}**3 elements, {unique.flops_used:,} for the unique ones")

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
