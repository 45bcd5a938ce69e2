"""Poisson's equation on a square by conjugate gradients, without ever building the matrix."""

import numpy as np

N = 24


def laplacian(u):
    padded = np.pad(u, 1)
    return 4 * u - padded[:-2, 1:-1] - padded[2:, 1:-1] - padded[1:-1, :-2] - padded[1:-1, 2:]


def solve(b, tolerance=1e-10):
    x = np.zeros_like(b)
    r = b - laplacian(x)
    p = r.copy()
    rr = np.vdot(r, r)
    iterations = 0
    while np.sqrt(rr) > tolerance:
        ap = laplacian(p)
        alpha = rr / np.vdot(p, ap)
        x += alpha * p
        r -= alpha * ap
        rr, old = np.vdot(r, r), rr
        p = r + rr / old * p
        iterations += 1
    return x, iterations


source = np.zeros((N, N))
source[N // 3, N // 2] = 1.0
u, iterations = solve(source)
print(f"{iterations} iterations, residual {np.abs(laplacian(u) - source).max():.1e}"[:30])
print("peak", f"{u.max():.8f}", "at", np.unravel_index(u.argmax(), u.shape))
print(u[::6, ::6].round(5))
