"""A European call option: Monte Carlo against the formula of Black and Scholes."""

import math

import numpy as np

SPOT, STRIKE, RATE, VOLATILITY, YEARS = 100.0, 105.0, 0.03, 0.2, 1.0
PATHS, STEPS = 4000, 25


def black_scholes():
    d1 = (math.log(SPOT / STRIKE) + (RATE + VOLATILITY**2 / 2) * YEARS) / (VOLATILITY * math.sqrt(YEARS))
    d2 = d1 - VOLATILITY * math.sqrt(YEARS)

    def normal(z):
        return (1 + math.erf(z / math.sqrt(2))) / 2

    return SPOT * normal(d1) - STRIKE * math.exp(-RATE * YEARS) * normal(d2)


np.random.seed(12345)
dt = YEARS / STEPS
shocks = np.random.standard_normal((PATHS, STEPS))
drift = (RATE - VOLATILITY**2 / 2) * dt
paths = SPOT * np.exp(np.cumsum(drift + VOLATILITY * np.sqrt(dt) * shocks, axis=1))
payoff = np.maximum(paths[:, -1] - STRIKE, 0) * np.exp(-RATE * YEARS)
error = payoff.std(ddof=1) / np.sqrt(PATHS)
print(f"simulated {payoff.mean():.6f} +- {error:.6f}, formula {black_scholes():.6f}")
print("quartiles of the final price:", np.percentile(paths[:, -1], [25, 50, 75]).round(4))
