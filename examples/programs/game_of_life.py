"""Conway's Game of Life on a torus: a glider flies."""

import numpy as np


def step(world):
    neighbours = sum(
        np.roll(world, (dy, dx), axis=(0, 1)) for dy in (-1, 0, 1) for dx in (-1, 0, 1) if (dy, dx) != (0, 0)
    )
    return ((neighbours == 3) | ((world == 1) & (neighbours == 2))).astype(np.int64)


world = np.zeros((12, 24), dtype=int)
world[1:4, 1:4] = [[0, 1, 0], [0, 0, 1], [1, 1, 1]]
for _ in range(24):
    world = step(world)
for row in world:
    print("".join(".#"[cell] for cell in row))
print("alive:", world.sum(), "shape:", world.shape, "dtype:", world.dtype)
