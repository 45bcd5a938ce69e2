"""k-means clustering by Lloyd's algorithm, on three blobs."""

import numpy as np


def nearest(points, centres):
    distances = ((points[:, None, :] - centres[None, :, :]) ** 2).sum(axis=2)
    return distances.argmin(axis=1), distances.min(axis=1).sum()


def kmeans(points, k, rounds, rng):
    centres = points[rng.choice(len(points), k, replace=False)]
    for _ in range(rounds):
        labels, inertia = nearest(points, centres)
        centres = np.array([points[labels == i].mean(axis=0) for i in range(k)])
    return centres, labels, inertia


if __name__ == "__main__":
    rng = np.random.default_rng(0)
    blobs = [rng.normal(loc=at, scale=0.4, size=(200, 2)) for at in ((0, 0), (3, 1), (1, 4))]
    centres, labels, inertia = kmeans(np.concatenate(blobs), 3, 20, rng)
    for centre in centres[np.argsort(centres[:, 0])]:
        print("centre %.4f %.4f" % tuple(centre))
    print(f"inertia {inertia:.6f}, sizes {sorted(np.bincount(labels).tolist())}")
