"""Ridge regression with leave-one-out choice of the penalty."""

import numpy as np

rng = np.random.default_rng(42)
n, d = 120, 15
x = rng.standard_normal((n, d))
true = np.where(np.arange(d) % 3 == 0, 1.5, 0.0)
y = x @ true + rng.normal(0, 1, n)

u, s, vt = np.linalg.svd(x, full_matrices=False)
best = None
for penalty in np.logspace(-3, 3, 13):
    shrink = s**2 / (s**2 + penalty)
    fitted = u @ (shrink * (u.T @ y))
    leverage = np.einsum("ij,j,ij->i", u, shrink, u)
    error = np.mean(((y - fitted) / (1 - leverage)) ** 2)
    print(f"penalty {penalty:10.4f}: {error:.6f}")
    if best is None or error < best[0]:
        best = error, penalty
weights = vt.T @ (s / (s**2 + best[1]) * (u.T @ y))
assert np.allclose(weights, np.linalg.solve(x.T @ x + best[1] * np.eye(d), x.T @ y))
print("best penalty", best[1], "weights", np.round(weights[:6], 4).tolist())
