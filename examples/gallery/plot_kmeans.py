"""
k-means on handwritten digits
=============================

Lloyd's algorithm looks at all 1,797 images in each round, mini-batches at 100 of them. Counted in rounds the two cannot
be compared; counted in FLOPs, mini-batches have the better clustering up to 13,594,970, and Lloyd from there on.
"""

import matplotlib.pyplot as plt
from sklearn.datasets import load_digits

import flopscope as flops
import flopscope.numpy as fnp

POINTS = fnp.asarray(load_digits().data) / 16
N, D = POINTS.shape
K = 10


def distances(points, centres):
    """Squared distances, by the binomial formula: a product instead of a tensor of differences."""
    return (points**2).sum(axis=1)[:, None] - 2 * points @ centres.T + (centres**2).sum(axis=1)


def inertia(centres):
    return float(fnp.maximum(distances(POINTS, centres), 0).min(axis=1).sum())


def lloyd(centres, rounds):
    for _ in range(rounds):
        with flops.namespace("assign"):
            nearest = distances(POINTS, centres).argmin(axis=1)
        with flops.namespace("move"):
            members = fnp.eye(K)[nearest]
            centres = (members.T @ POINTS) / fnp.maximum(members.sum(axis=0), 1)[:, None]
        yield centres


def minibatch(centres, rounds, size=100):
    rng, seen = fnp.random.default_rng(2), fnp.zeros(K)
    for _ in range(rounds):
        batch = POINTS[rng.integers(N, size=size)]
        with flops.namespace("assign"):
            nearest = distances(batch, centres).argmin(axis=1)
        with flops.namespace("move"):
            members = fnp.eye(K)[nearest]
            counts = members.sum(axis=0)
            seen = seen + counts
            centres = centres + (members.T @ batch - counts[:, None] * centres) / fnp.maximum(seen, 1)[:, None]
        yield centres


start = POINTS[fnp.random.default_rng(1).choice(N, K, replace=False)]

# %%
# Both from the same start. The inertia is watched from outside their budgets.

fig, ax = plt.subplots()
found, curves = {}, {}
for name, steps in (("Lloyd", lloyd(start, 30)), ("mini-batch", minibatch(start, 300))):
    curve = []
    budget = flops.BudgetContext(flop_budget=10**9)
    while True:
        with budget:
            moved = next(steps, None)
        if moved is None:
            break
        centres = moved
        curve.append((budget.flops_used, inertia(centres)))
    found[name] = centres
    curves[name] = curve
    ax.semilogx(*zip(*curve, strict=True), label=name)
    print(f"{name:<12}{budget.flops_used:>14,} FLOPs, inertia {curve[-1][1]:.0f}")
    print({path: f"{tally.flops_used:,}" for path, tally in budget.report(log=False).namespaces().items() if path})
for used, reached in curves["Lloyd"]:
    if reached < min(other for spent, other in curves["mini-batch"] if spent <= used):
        print(f"Of {N:,} images Lloyd has the better clustering from {used:,} FLOPs on.")
        break
ax.axvline(used, color="grey", linestyle=":")
ax.set(xlabel="FLOPs", ylabel="inertia")
ax.legend(frameon=False)

# %%
# The binomial formula makes the assignment cheap: n·k·d multiply-adds in a product instead of three passes over n·k·d
# differences, 1,550,294 FLOPs instead of 3,468,210 per round. The centres are digits again, most of them.

naive = 3 * N * K * D + N * K  # subtract, square, sum; argmin
with flops.BudgetContext(flop_budget=10**9) as budget:
    distances(POINTS, start).argmin(axis=1)
print(f"{budget.flops_used:,} FLOPs instead of {naive:,}")

fig, axes = plt.subplots(2, K, figsize=(7, 1.7))
for row, (name, centres) in zip(axes, found.items(), strict=True):
    row[0].set_title(name, loc="left", fontsize=9)
    for image, centre in zip(row, centres, strict=True):
        image.imshow(centre.reshape(8, 8), cmap="gray_r")
        image.axis("off")
plt.show()
