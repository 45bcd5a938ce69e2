"""Principal components of correlated data, by eigenvectors of the covariance and by singular values."""

from numpy import *  # noqa: F403
from numpy import linalg

rng = random.default_rng(1)  # noqa: F405
hidden = rng.standard_normal((300, 2))
data = hidden @ array([[2.0, 1.0, 0.0, -1.0], [0.0, 1.0, 3.0, 1.0]]) + 0.1 * rng.standard_normal((300, 4))  # noqa: F405
centred = data - data.mean(axis=0)

values, vectors = linalg.eigh(cov(centred, rowvar=False))  # noqa: F405
values = values[::-1]
singular = linalg.svd(centred, compute_uv=False) ** 2 / (len(data) - 1)
print("variances", values.round(6))
print("agree:", allclose(values, singular))  # noqa: F405
print("explained by two: %.4f" % (values[:2].sum() / values.sum()))
first = vectors[:, -1] * sign(vectors[0, -1])  # noqa: F405
print("first component", [round(float(value), 5) for value in first])
