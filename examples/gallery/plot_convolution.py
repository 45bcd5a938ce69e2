"""
Convolution: direct or by FFT, and where they cross
===================================================

The direct convolution of two signals of lengths n and m costs n·m. By the convolution theorem it is three transforms
and a product. Which one is cheaper follows from the lengths.
"""

import matplotlib.pyplot as plt

import flopscope as flops
import flopscope.numpy as fnp


def by_fft(x, h):
    n = len(x) + len(h) - 1
    size = 1 << (n - 1).bit_length()
    return fnp.fft.irfft(fnp.fft.rfft(x, size) * fnp.fft.rfft(h, size), size)[:n]


def charged(function, *arguments):
    with flops.BudgetContext(flop_budget=10**10) as budget:
        result = function(*arguments)
    return result, budget.flops_used


# %%
# They agree:

rng = fnp.random.default_rng(0)
signal, kernel = rng.standard_normal(5000), fnp.hanning(101)
direct, direct_cost = charged(fnp.convolve, signal, kernel)
fast, fast_cost = charged(by_fft, signal, kernel)
print(
    f"direct {direct_cost:,} FLOPs, by FFT {fast_cost:,}, largest difference {float(fnp.abs(direct - fast).max()):.0e}"
)

# %%
# The crossover, for a signal of 4,096 samples: find it by the prices, then check it by running both.

lengths = [3, 5, 9, 17, 33, 65, 129, 257, 513, 1025]
x = rng.standard_normal(4096)
costs = {length: [charged(f, x, rng.standard_normal(length))[1] for f in (fnp.convolve, by_fft)] for length in lengths}
crossover = next(length for length, (one, other) in costs.items() if other < one)
print(f"by FFT from a kernel of {crossover} samples on")

fig, ax = plt.subplots()
ax.loglog(lengths, [cost[0] for cost in costs.values()], marker="o", label="direct")
ax.loglog(lengths, [cost[1] for cost in costs.values()], marker="o", label="by FFT")
ax.axvline(crossover, color="grey", linestyle=":")
ax.set(xlabel="samples of the kernel", ylabel="FLOPs", title="A signal of 4,096 samples")
ax.legend(frameon=False)

# %%
# Over both lengths: the line where the two cost the same.

powers = [2**i for i in range(2, 15)]


def ratio(n, m):
    size = 1 << (n + m - 2).bit_length()
    transforms = 2 * flops.cost("fft.rfft", (size,)) + flops.cost("fft.irfft", (size // 2 + 1,), n=size)
    return (transforms + size // 2 + 1) / flops.cost("convolve", (n,), (m,))


fig, ax = plt.subplots(figsize=(6, 4.5))
table = [[ratio(n, m) for n in powers] for m in powers]
contours = ax.contourf(powers, powers, table, levels=[1e-3, 1e-2, 0.1, 1, 10, 100, 1000], norm="log", cmap="RdBu_r")
ax.contour(powers, powers, table, levels=[1], colors="black")
ax.set(xscale="log", yscale="log", xlabel="n", ylabel="m", title="FLOPs by FFT / FLOPs direct")
fig.colorbar(contours)
plt.show()
