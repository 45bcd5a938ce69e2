"""Blur and edges of a synthetic image by direct convolution."""

import numpy as np

GAUSS = np.outer([1, 2, 1], [1, 2, 1]) / 16
SOBEL = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])


def convolve(image, kernel):
    height, width = image.shape
    padded = np.pad(image, 1, mode="edge")
    shifted = [padded[i : i + height, j : j + width] for i in range(3) for j in range(3)]
    return np.einsum("kij,k->ij", np.stack(shifted), kernel[::-1, ::-1].ravel())


yy, xx = np.mgrid[0:48, 0:48]
image = ((yy - 24) ** 2 + (xx - 20) ** 2 < 150).astype(float)
blurred = convolve(image, GAUSS)
edges = np.hypot(convolve(blurred, SOBEL), convolve(blurred, SOBEL.T))
for row in edges[::4, ::2]:
    print("".join(" .:-=+*#%@"[min(int(value * 2.4), 9)] for value in row).rstrip())
print(f"total {edges.sum():.6f}, maximum {edges.max():.6f}")
