"""
A direct solver against conjugate gradients
===========================================

A dense factorization of 300 equations costs 27,000,000 FLOPs whatever the matrix. A step of conjugate gradients costs
92,400, and how many it takes depends on the condition: iterating pays up to 292 steps.
"""

import matplotlib.pyplot as plt

import flopscope as flops
import flopscope.numpy as fnp


def spd(n, condition, seed=0):
    """A symmetric matrix with eigenvalues from 1 to `condition`, evenly spaced on a logarithmic scale."""
    q, _ = fnp.linalg.qr(fnp.random.default_rng(seed).standard_normal((n, n)))
    return (q * fnp.geomspace(1, condition, n)) @ q.T


def conjugate_gradients(a, b, tolerance=1e-8):
    """The solution, and the relative residual and FLOPs used after each step."""
    x, r = fnp.zeros_like(b), b
    p, rr = r, r @ r
    limit, history = tolerance**2 * float(rr), []
    while rr > limit:
        ap = a @ p
        alpha = rr / (p @ ap)
        x = x + alpha * p
        r = r - alpha * ap
        before, rr = rr, r @ r
        p = r + (rr / before) * p
        history.append(((float(rr) / limit) ** 0.5 * tolerance, flops.current_budget().flops_used))
    return x, history


# %%
# The same system of 300 equations at four condition numbers.

N = 300
b = fnp.random.default_rng(1).standard_normal(N)
direct = flops.cost("linalg.solve", (N, N), (N,))
print(f"direct: {direct:,} FLOPs at any condition")

fig, ax = plt.subplots()
for condition in (10, 100, 1000, 10_000):
    a = spd(N, condition)
    with flops.BudgetContext(flop_budget=10**9) as budget:
        x, history = conjugate_gradients(a, b)
    error = float(fnp.abs(x - fnp.linalg.solve(a, b)).max())
    print(f"condition {condition:>6,}: {len(history):>4} steps, {budget.flops_used:>12,} FLOPs, error {error:.0e}")
    residuals, used = zip(*history, strict=True)
    ax.loglog(used, residuals, label=f"condition {condition:,}")
ax.axvline(direct, color="black", linestyle="--", label="solve")
ax.set(xlabel="FLOPs", ylabel="relative residual")
ax.legend(frameon=False)

# %%
# A step costs n² + 8n FLOPs, and three for its scalars. So at n equations, iterating pays below about n steps; with a
# matrix that has a fast product, such as a Fourier transform, far beyond. Nothing has to be run to see it:

step = flops.cost("matmul", (N, N), (N,)) + 2 * flops.cost("matmul", (N,), (N,)) + 6 * flops.cost("add", (N,), (N,))
print(f"a step: {step:,} FLOPs; break even after {direct // step} steps")
assert step == N**2 + 8 * N
assert used[1] - used[0] == step + 3
plt.show()
