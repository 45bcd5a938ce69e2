"""
Convolution: direct or by FFT, and where they cross
===================================================

A direct convolution of lengths n and m costs n·m; by FFT it is three transforms and a product. For a signal of 4,096
samples the FFT is cheaper from a kernel of 197 samples on: with 196, the direct way is cheaper by a single FLOP.
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
# Where they cross, for a signal of 4,096 samples: planned from the lengths, and then run on both sides of it.

N = 4096


def prices(m):
    return [flops.plan(f, flops.Shaped(N), flops.Shaped(m)).flops_used for f in (fnp.convolve, by_fft)]


crossover = next(m for m in range(1, N) if prices(m)[1] < prices(m)[0])
for m in (crossover - 1, crossover):
    ran = [charged(f, rng.standard_normal(N), rng.standard_normal(m))[1] for f in (fnp.convolve, by_fft)]
    assert ran == prices(m)
    print(f"kernel of {m}: direct {ran[0]:,}, by FFT {ran[1]:,} FLOPs")

lengths = [2**i for i in range(1, 12)]
fig, ax = plt.subplots()
for name, costs in zip(("direct", "by FFT"), zip(*map(prices, lengths), strict=True), strict=True):
    ax.loglog(lengths, costs, marker="o", label=name)
ax.axvline(crossover, color="grey", linestyle=":")
ax.annotate(f"{crossover} samples", (crossover, 3e4), xytext=(8, 0), textcoords="offset points", color="grey")
ax.set(xlabel="samples of the kernel", ylabel="FLOPs", title=f"A signal of {N:,} samples")
ax.legend(frameon=False)

# %%
# Over both lengths. On the black line the two cost the same; with 16,384 samples each, the FFT is 72 times cheaper.

powers = [2**i for i in range(2, 15)]


def ratio(n, m):
    size = 1 << (n + m - 2).bit_length()
    transforms = 2 * flops.cost("fft.rfft", (size,)) + flops.cost("fft.irfft", (size // 2 + 1,), n=size)
    return (transforms + size // 2 + 1) / flops.cost("convolve", (n,), (m,))


print(f"16,384 samples each: {1 / ratio(2**14, 2**14):.0f} times cheaper by FFT")
fig, ax = plt.subplots(figsize=(6, 4.5))
table = [[ratio(n, m) for n in powers] for m in powers]
contours = ax.contourf(powers, powers, table, levels=[1e-3, 1e-2, 0.1, 1, 10, 100, 1000], norm="log", cmap="RdBu_r")
ax.contour(powers, powers, table, levels=[1], colors="black")
ax.set(xscale="log", yscale="log", xlabel="samples of the signal", ylabel="samples of the kernel")
ax.set_title("FLOPs by FFT / FLOPs direct")
fig.colorbar(contours)
plt.show()
