"""t-SNE of three clusters in ten dimensions, plain gradient descent."""

import numpy as np


def squared_distances(x):
    norms = np.sum(x**2, axis=1)
    return np.maximum(norms[:, None] + norms[None, :] - 2 * x @ x.T, 0)


def affinities(x, width=1.0):
    p = np.exp(-squared_distances(x) / (2 * width**2))
    np.fill_diagonal(p, 0)
    p /= p.sum(axis=1, keepdims=True)
    return np.maximum((p + p.T) / (2 * len(x)), 1e-12)


def embed(x, rounds, rng):
    p = affinities(x)
    y = 1e-2 * rng.standard_normal((len(x), 2))
    speed = np.zeros_like(y)
    for _ in range(rounds):
        q = 1 / (1 + squared_distances(y))
        np.fill_diagonal(q, 0)
        push = (p - q / q.sum()) * q
        gradient = 4 * (push.sum(axis=1)[:, None] * y - push @ y)
        speed = 0.5 * speed - 20 * gradient
        y += speed
    return y, p


def main():
    rng = np.random.default_rng(0)
    x = np.vstack([rng.normal(4 * np.eye(10)[i], 0.5, (20, 10)) for i in range(3)])
    y, p = embed(x, 60, rng)
    inside = max(np.ptp(y[20 * i : 20 * (i + 1)], axis=0).max() for i in range(3))
    centres = y.reshape(3, 20, 2).mean(axis=1)
    between = min(np.linalg.norm(centres[i] - centres[j]) for i, j in ((0, 1), (0, 2), (1, 2)))
    print("clusters apart:", bool(between > inside))
    print(f"entropy of the affinities {-np.sum(p * np.log(p)):.6f}")


if __name__ == "__main__":
    main()
