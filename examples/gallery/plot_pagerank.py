"""
PageRank: iterate or solve
==========================

The rank of pages is a fixed point: of an iteration that costs n² per round, or of a linear system that costs n³. The
damping decides how many rounds it takes.
"""

import matplotlib.pyplot as plt

import flopscope as flops
import flopscope.numpy as fnp

N = 400
rng = fnp.random.default_rng(0)
LINKS = (rng.random((N, N)) < 0.02 * fnp.linspace(0.2, 3, N)[:, None]).astype(float)  # some pages are popular
LINKS = LINKS + (LINKS.sum(axis=0) == 0)  # who links to nobody links to all
TRANSITION = LINKS / LINKS.sum(axis=0)


def iterate(damping, tolerance=1e-10):
    rank, rounds = fnp.full(N, 1 / N), 0
    while True:
        new = damping * (TRANSITION @ rank) + (1 - damping) / N
        rounds += 1
        if fnp.abs(new - rank).sum() < tolerance:
            return new, rounds
        rank = new


def solve(damping):
    return fnp.linalg.solve(fnp.eye(N) - damping * TRANSITION, fnp.full(N, (1 - damping) / N)), 1


# %%
# At the usual damping of 0.85:

for method in (iterate, solve):
    with flops.BudgetContext(flop_budget=10**9) as budget:
        rank, rounds = method(0.85)
    best = [int(page) for page in fnp.argsort(rank)[::-1][:5]]
    print(f"{method.__name__:<8}{rounds:>4} rounds {budget.flops_used:>12,} FLOPs   first pages {best}")
print(budget.summary())

# %%
# The closer the damping is to 1, the more rounds. The direct solution costs the same for all.

dampings = [0.5, 0.7, 0.85, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999]
costs = []
for damping in dampings:
    with flops.BudgetContext(flop_budget=10**10) as budget:
        iterate(damping)
    costs.append(budget.flops_used)
with flops.BudgetContext(flop_budget=10**9) as direct:
    solve(0.85)

fig, ax = plt.subplots()
ax.loglog([1 - damping for damping in dampings], costs, marker="o", label="iterate")
ax.axhline(direct.flops_used, color="black", linestyle="--", label="solve")
ax.set(xlabel="1 - damping", ylabel="FLOPs", title=f"{N} pages, to 1e-10")
ax.invert_xaxis()
ax.legend(frameon=False)
plt.show()
