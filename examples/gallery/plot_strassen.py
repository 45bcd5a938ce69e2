"""
Strassen's algorithm, and where it pays
=======================================

Strassen multiplies two matrices with seven half-sized products instead of eight, and eighteen additions. One level of
it pays from 38 rows on; stopped at 32, it multiplies 256 rows for 12,953,600 FLOPs instead of 16,777,216.
"""

import matplotlib.pyplot as plt

import flopscope as flops
import flopscope.numpy as fnp


def strassen(a, b, smallest):
    n = len(a)
    if n <= smallest:
        return a @ b
    h = n // 2
    a11, a12, a21, a22 = a[:h, :h], a[:h, h:], a[h:, :h], a[h:, h:]
    b11, b12, b21, b22 = b[:h, :h], b[:h, h:], b[h:, :h], b[h:, h:]
    p1 = strassen(a11 + a22, b11 + b22, smallest)
    p2 = strassen(a21 + a22, b11, smallest)
    p3 = strassen(a11, b12 - b22, smallest)
    p4 = strassen(a22, b21 - b11, smallest)
    p5 = strassen(a11 + a12, b22, smallest)
    p6 = strassen(a21 - a11, b11 + b12, smallest)
    p7 = strassen(a12 - a22, b21 + b22, smallest)
    return fnp.block([[p1 + p4 - p5 + p7, p3 + p5], [p2 + p4, p1 - p2 + p3 + p6]])


# %%
# It is right, and cheaper by arithmetic:

rng = fnp.random.default_rng(0)
a, b = rng.standard_normal((256, 256)), rng.standard_normal((256, 256))
for smallest in (256, 128, 64, 32, 16, 8):
    with flops.BudgetContext(flop_budget=10**9) as budget:
        product = strassen(a, b, smallest)
    error = float(fnp.abs(product - a @ b).max())
    print(f"stop at {smallest:>3}: {budget.flops_used:>12,} FLOPs in {len(budget.op_log):>6,} calls, error {error:.0e}")

# %%
# By recursion, without running: t(n) = 7 t(n/2) + 18 (n/2)². One level pays where 7h³ + 18h² < 8h³, for halves h of
# more than 18 rows. Stopped at 16, it saves 53% of the product of 4,096 rows; stopped at 4, it costs more up to 256.


def price(n, smallest):
    return n**3 if n <= smallest else 7 * price(n // 2, smallest) + 18 * (n // 2) ** 2


assert price(256, 8) == budget.flops_used  # 7**5 * 8**3 + ...
first = next(n for n in range(2, 100, 2) if price(n, n // 2) < n**3)
print(f"one level pays from {first} rows on: {price(first, first // 2):,} FLOPs instead of {first**3:,}")
print(f"4,096 rows, stopped at 16: {1 - price(4096, 16) / 4096**3:.0%} saved")

sizes = [2**i for i in range(4, 13)]
fig, ax = plt.subplots()
for smallest in (4, 16, 64, 256):
    ax.semilogx(sizes, [price(n, smallest) / n**3 for n in sizes], marker="o", base=2, label=f"stop at {smallest}")
ax.axhline(1, color="black", linestyle="--")
ax.set(xlabel="n", ylabel="FLOPs / n³")
ax.legend(frameon=False)
plt.show()
