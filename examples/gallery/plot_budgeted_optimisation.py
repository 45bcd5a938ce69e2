"""
Optimisation under a budget
===========================

Three ways to fit a logistic regression, each until its budget of 40,000,000 FLOPs refuses an op. Newton's method
affords 5 steps and the stochastic gradient 6,060: which one is ahead depends on how much there is to spend.
"""

import matplotlib.pyplot as plt

import flopscope as flops
import flopscope.numpy as fnp

N, D, BUDGET = 2000, 60, 40_000_000
rng = fnp.random.default_rng(0)
X = rng.standard_normal((N, D)) * fnp.geomspace(1, 0.1, D)
Y = (rng.random(N) < 1 / (1 + fnp.exp(-X @ (3 * rng.standard_normal(D))))).astype(float)
RIDGE = 1e-3


def loss(w):
    scores = X @ w
    return float((fnp.logaddexp(0, scores) - Y * scores).mean() + RIDGE / 2 * (w @ w))


def gradient(w, x=X, y=Y):
    return x.T @ (1 / (1 + fnp.exp(-(x @ w))) - y) / len(y) + RIDGE * w


def gradient_descent(w):
    while True:
        w = w - 4.0 * gradient(w)
        yield w


def stochastic(w, batch=50):
    order, step = fnp.random.default_rng(1), 0
    while True:
        chosen = order.integers(N, size=batch)
        w = w - 4.0 / (1 + step / 100) ** 0.7 * gradient(w, X[chosen], Y[chosen])
        step += 1
        yield w


def newton(w):
    while True:
        p = 1 / (1 + fnp.exp(-(X @ w)))
        hessian = (X.T * (p * (1 - p))) @ X / N + RIDGE * fnp.eye(D)
        w = w - fnp.linalg.solve(hessian, gradient(w))
        yield w


# %%
# The budget stops each method before the op that would exceed it; what it had until then is kept. Losses are computed
# afterwards, on nobody's account.

fig, ax = plt.subplots()
curves = {}
for method in (gradient_descent, stochastic, newton):
    trail = []
    try:
        with flops.BudgetContext(flop_budget=BUDGET, namespace=method.__name__) as budget:
            for w in method(fnp.zeros(D)):
                used = budget.flops_used
                trail.append((used, w))
    except flops.BudgetExhaustedError as refusal:
        print(f"{method.__name__}: {len(trail):,} steps; the next {refusal.op_name} takes {refusal.flop_cost:,} FLOPs")
    curves[method.__name__] = trail[:: max(1, len(trail) // 60)] + trail[-1:]

steps = newton(fnp.zeros(D))
optimum = min(loss(next(steps)) for _ in range(12))
for name, trail in curves.items():
    gaps = [max(loss(w) - optimum, 1e-14) for _, w in trail]
    ax.loglog([used for used, _ in trail], gaps, marker=".", label=name.replace("_", " "))
    print(f"{name:<18}{gaps[-1]:.1e} above the optimum")
ax.set(xlabel="FLOPs", ylabel="loss above the optimum", ylim=(1e-9, 2))
ax.legend(frameon=False)
plt.show()

# %%
# With a tenth of the budget, Newton's method has not finished its first step, whose Hessian takes 7,200,000 FLOPs. The
# stochastic gradient leads until Newton's fourth step; from there on Newton is the only one that still falls.
