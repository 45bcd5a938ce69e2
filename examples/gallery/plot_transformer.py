"""
The forward pass of a transformer block
=======================================

Attention grows with the square of the sequence, the feed-forward network with its length. Where one overtakes the other
follows from the shapes, and namespaces show it without a formula.
"""

import matplotlib.pyplot as plt

import flopscope as flops
import flopscope.numpy as fnp

WIDTH, HEADS = 128, 4
rng = fnp.random.default_rng(0)


def weights(*shape):
    return rng.standard_normal(shape) / shape[0] ** 0.5


QKV, OUT = weights(WIDTH, 3 * WIDTH), weights(WIDTH, WIDTH)
UP, DOWN = weights(WIDTH, 4 * WIDTH), weights(4 * WIDTH, WIDTH)


def normalized(x):
    return (x - x.mean(axis=-1, keepdims=True)) / fnp.sqrt(x.var(axis=-1, keepdims=True) + 1e-5)


def softmax(x):
    odds = fnp.exp(x - x.max(axis=-1, keepdims=True))
    return odds / odds.sum(axis=-1, keepdims=True)


def block(x):
    length = len(x)
    with flops.namespace("normalize"):
        y = normalized(x)
    with flops.namespace("project"):
        q, k, v = (y @ QKV).reshape(length, 3, HEADS, WIDTH // HEADS).transpose(1, 2, 0, 3)
    with flops.namespace("attend"):
        scores = q @ k.swapaxes(-1, -2) / (WIDTH // HEADS) ** 0.5
        scores = fnp.where(fnp.tri(length, dtype=bool), scores, -fnp.inf)
        y = (softmax(scores) @ v).swapaxes(0, 1).reshape(length, WIDTH)
    with flops.namespace("project"):
        x = x + y @ OUT
    with flops.namespace("normalize"):
        y = normalized(x)
    with flops.namespace("feed forward"):
        hidden = y @ UP
        hidden = 0.5 * hidden * (1 + fnp.tanh(0.79788456 * (hidden + 0.044715 * hidden**3)))  # GELU
        return x + hidden @ DOWN


def spent(length):
    with flops.BudgetContext(flop_budget=10**12) as budget:
        block(rng.standard_normal((length, WIDTH)))
    return budget


# %%
# One block, 256 tokens:

print(spent(256).summary(by_namespace=True))

# %%
# Over the length of the sequence. The attention passes the feed-forward network at a few times the width of the block.

lengths = [32, 64, 128, 256, 512, 1024]
parts = {}
for length in lengths:
    for path, tally in spent(length).report(log=False).namespaces().items():
        if path:
            parts.setdefault(path, []).append(tally.flops_used / length)

longer = [n for n, a, b in zip(lengths, parts["attend"], parts["feed forward"], strict=True) if a > b]
print(f"The attention costs more from {longer[0]:,} tokens on; the block is {WIDTH} wide.")
fig, ax = plt.subplots()
ax.stackplot(lengths, list(parts.values()), labels=list(parts), alpha=0.85)
ax.set(xscale="log", xlabel="tokens", ylabel="FLOPs per token", xlim=(lengths[0], lengths[-1]))
ax.legend(frameon=False, loc="upper left", reverse=True)
plt.show()
