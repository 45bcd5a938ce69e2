"""Probability distributions, counted: ``norm uniform expon cauchy logistic laplace lognorm truncnorm``.

Each has the methods ``pdf logpdf cdf sf ppf rvs`` with the arguments and values of its namesake in ``scipy.stats``;
results are counted arrays, at 1 FLOP per element. The dtype of floating-point arguments is kept, where SciPy gives
float64; variates are float64, and for the same seed the numbers that SciPy 1.17 draws. Calling any of the methods takes
SciPy: ``pip install 'flopscope[stats]'``.

Examples
--------
>>> import flopscope as flops, flopscope.numpy as fnp
>>> with flops.BudgetContext(1000) as budget:
...     p = flops.stats.norm.cdf(fnp.zeros((4, 8)), loc=0.5, scale=2)
>>> budget.flops_used  # 4*8
32
"""

from __future__ import annotations

from flopscope.stats.distribution import Distribution as Distribution

norm = Distribution("norm", "a normal variate with mean `loc` and standard deviation `scale`")
uniform = Distribution("uniform", "a uniform variate between `loc` and `loc + scale`")
expon = Distribution("expon", "an exponential variate from `loc` on, with mean `loc + scale`")
cauchy = Distribution("cauchy", "a Cauchy variate with median `loc` and half width `scale`")
logistic = Distribution("logistic", "a logistic variate with mean `loc` and standard deviation `scale*pi/sqrt(3)`")
laplace = Distribution("laplace", "a Laplace variate with mean `loc` and standard deviation `scale*sqrt(2)`")
lognorm = Distribution("lognorm", "`loc + scale*exp(s*z)` for a standard normal z")
truncnorm = Distribution("truncnorm", "`loc + scale*z` for a standard normal z between `a` and `b`")
