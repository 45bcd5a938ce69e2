"""A two-layer network learns exclusive or by hand-written back-propagation."""

import numpy as np

x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=np.float64)
y = np.logical_xor(x[:, :1], x[:, 1:]).astype(np.float64)
rng = np.random.default_rng(3)
w1, b1 = rng.normal(size=(2, 8)), np.zeros(8)
w2, b2 = rng.normal(size=(8, 1)), np.zeros(1)

for epoch in range(1501):
    hidden = np.tanh(x @ w1 + b1)
    out = 1 / (1 + np.exp(-(hidden @ w2 + b2)))
    if epoch % 500 == 0:
        print("epoch", epoch, "loss %.6f" % -np.mean(y * np.log(out) + (1 - y) * np.log(1 - out)))
    d2 = (out - y) / len(x)
    d1 = d2 @ w2.T * (1 - hidden**2)
    w2 -= 1.0 * hidden.T @ d2
    b2 -= 1.0 * d2.sum(axis=0)
    w1 -= 1.0 * x.T @ d1
    b1 -= 1.0 * d1.sum(axis=0)

print("predictions", (out.ravel() > 0.5).astype(int), "all right:", np.array_equal(out > 0.5, y.astype(bool)))
