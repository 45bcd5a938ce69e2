"""PageRank of a small web by power iteration."""

import numpy as np
from numpy.linalg import norm

LINKS = {0: [1, 2], 1: [2], 2: [0], 3: [0, 2, 4], 4: [3, 5], 5: [4, 0], 6: [0], 7: [6, 1]}


def pagerank(links, damping=0.85, tolerance=1e-12):
    n = len(links)
    matrix = np.zeros((n, n))
    for page, targets in links.items():
        matrix[targets, page] = 1 / len(targets)
    rank = np.full(n, 1 / n)
    for step in range(1000):
        new = damping * matrix @ rank + (1 - damping) / n
        if norm(new - rank, 1) < tolerance:
            return new, step
        rank = new
    raise RuntimeError("no convergence")


rank, steps = pagerank(LINKS)
print(f"after {steps} steps:")
for page in np.argsort(-rank):
    print(f"page {page}: {rank[page]:.8f}")
print("sum", np.round(rank.sum(), 12))
