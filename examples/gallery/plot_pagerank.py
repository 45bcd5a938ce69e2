"""
PageRank: iterate or solve
==========================

The rank of 400 pages is the fixed point of an iteration, or the solution of a linear system for 64,320,000 FLOPs. In a
web of random links the iteration takes 20 rounds at most; in one of neighbours alone it may cost more than the system.
"""

import matplotlib.pyplot as plt

import flopscope as flops
import flopscope.numpy as fnp

N = 400
rng = fnp.random.default_rng(0)
links = (rng.random((N, N)) < 0.02 * fnp.linspace(0.2, 3, N)[:, None]).astype(float)  # some pages are popular
links = links + (links.sum(axis=0) == 0)  # who links to nobody links to all
RANDOM = links / links.sum(axis=0)
links = fnp.eye(N, k=1) + fnp.eye(N, k=-1)  # every page links to the one before and the one after it
NEIGHBOURS = links / links.sum(axis=0)


def iterate(web, damping, tolerance=1e-10):
    rank, rounds = fnp.full(N, 1 / N), 0
    while True:
        new = damping * (web @ rank) + (1 - damping) / N
        rounds += 1
        if fnp.abs(new - rank).sum() < tolerance:
            return new, rounds
        rank = new


def solve(web, damping):
    return fnp.linalg.solve(fnp.eye(N) - damping * web, fnp.full(N, (1 - damping) / N)), 1


# %%
# At the usual damping of 0.85, in the random web:

for method in (iterate, solve):
    with flops.BudgetContext(flop_budget=10**9) as budget:
        rank, rounds = method(RANDOM, 0.85)
    best = [int(page) for page in fnp.argsort(rank)[::-1][:5]]
    print(f"{method.__name__:<8}{rounds:>4} rounds {budget.flops_used:>12,} FLOPs   first pages {best}")
direct = budget.flops_used

# %%
# The closer the damping is to 1, the longer an error lives: without other help it shrinks by the damping in every
# round. Random links are such a help, since they mix. Neighbours are not: there the rounds grow as 1 / (1 - damping).
# The direct solution costs the same for all.

dampings = [0.5, 0.7, 0.85, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999]
fig, ax = plt.subplots()
for name, web in (("iterate, random links", RANDOM), ("iterate, neighbours", NEIGHBOURS)):
    costs = []
    for damping in dampings:
        with flops.BudgetContext(flop_budget=10**10) as budget:
            _, rounds = iterate(web, damping)
        costs.append(budget.flops_used)
    print(f"{name:<22} {rounds:>6,} rounds {budget.flops_used:>13,} FLOPs at a damping of {damping}")
    ax.loglog([1 - damping for damping in dampings], costs, marker="o", label=name)
ax.axhline(direct, color="black", linestyle="--", label="solve")
ax.set(xlabel="1 - damping", ylabel="FLOPs", title=f"{N} pages, to 1e-10")
ax.invert_xaxis()
ax.legend(frameon=False)
plt.show()
