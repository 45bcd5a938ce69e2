"""
The forward pass of a transformer block
=======================================

Attention grows with the square of the sequence, the feed-forward network with its length. Namespaces show both, and a
plan tells where they cross: with a block 128 wide, attention costs more from 477 tokens on.
"""

from bisect import bisect_left

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


# %%
# One block, 256 tokens:

x = rng.standard_normal((256, WIDTH))
with flops.BudgetContext(flop_budget=10**9) as budget:
    block(x)
print(budget.summary(by_namespace=True))

# %%
# Over the length of the sequence, from shapes alone. A plan costs nothing, so it can ask for every length in turn.


def parts(length):
    plan = flops.plan(block, flops.Shaped((length, WIDTH)))
    return {path: tally.flops_used for path, tally in plan.namespaces().items()}


assert parts(256) == {path: tally.flops_used for path, tally in budget.report().namespaces().items()}
longer = bisect_left(range(1024), True, key=lambda n: parts(n)["attend"] > parts(n)["feed forward"])
print(f"The attention costs more from {longer:,} tokens on; the block is {WIDTH} wide.")

lengths = [32, 64, 128, 256, 512, 1024]
names = ["feed forward", "project", "normalize", "attend"]
fig, ax = plt.subplots()
shares = [[parts(length)[name] / length / 1000 for length in lengths] for name in names]
ax.stackplot(lengths, shares, labels=names, alpha=0.85)
ax.axvline(longer, color="black", linestyle=":")
ax.set(xscale="log", xlabel="tokens", ylabel="1,000 FLOPs per token", xlim=(lengths[0], lengths[-1]))
ax.set_xticks(lengths, lengths)
ax.minorticks_off()
ax.legend(frameon=False, loc="upper left", reverse=True)
plt.show()
