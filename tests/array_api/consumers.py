"""Programs that scikit-learn and SciPy run, once on NumPy's arrays and once on ours; the answers go out as JSON.

Run as ``python consumers.py scipy`` in a process of its own: SciPy reads ``SCIPY_ARRAY_API`` when it is imported.
"""

from __future__ import annotations

import json
import os
import sys

os.environ["SCIPY_ARRAY_API"] = "1"

import numpy as np

import flopscope as flops
import flopscope.array_api as xp

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 5))
Y = X @ RNG.normal(size=5) + 0.1 * RNG.normal(size=40)
LABELS = (Y > 0).astype(int)
P = RNG.uniform(0.1, 0.9, size=40)


def scipy():
    from scipy import cluster, fft, integrate, signal, special, stats

    return {
        "stats.zscore": lambda m, x, y, p: stats.zscore(x),
        "stats.skew": lambda m, x, y, p: stats.skew(x),
        "stats.kurtosis": lambda m, x, y, p: stats.kurtosis(x),
        "stats.moment": lambda m, x, y, p: stats.moment(x, 3),
        "stats.gmean": lambda m, x, y, p: stats.gmean(p),
        "stats.entropy": lambda m, x, y, p: stats.entropy(p),
        "stats.pearsonr": lambda m, x, y, p: stats.pearsonr(p, y).statistic,
        "stats.pearsonr.pvalue": lambda m, x, y, p: stats.pearsonr(p, y).pvalue,
        "stats.ttest_1samp": lambda m, x, y, p: stats.ttest_1samp(x, 0.0).pvalue,
        "stats.ttest_ind": lambda m, x, y, p: stats.ttest_ind(x, x[::2, :] + 0.5).pvalue,
        "stats.ttest_rel": lambda m, x, y, p: stats.ttest_rel(p, y).pvalue,
        "stats.normaltest": lambda m, x, y, p: stats.normaltest(x).pvalue,
        "stats.f_oneway": lambda m, x, y, p: stats.f_oneway(p, y).pvalue,
        "stats.mannwhitneyu": lambda m, x, y, p: stats.mannwhitneyu(p, y).pvalue,
        "stats.rankdata": lambda m, x, y, p: stats.rankdata(x, axis=0),
        "stats.describe": lambda m, x, y, p: stats.describe(x).variance,
        "special.expit": lambda m, x, y, p: special.expit(x),
        "special.erf": lambda m, x, y, p: special.erf(x),
        "special.xlogy": lambda m, x, y, p: special.xlogy(p, p),
        "special.betainc": lambda m, x, y, p: special.betainc(p, p, 0.5),
        "special.logsumexp": lambda m, x, y, p: special.logsumexp(x, axis=1),
        "special.softmax": lambda m, x, y, p: special.softmax(x, axis=1),
        "fft.rfft": lambda m, x, y, p: fft.rfft(p),
        "integrate.trapezoid": lambda m, x, y, p: integrate.trapezoid(p),
        "signal.fftconvolve": lambda m, x, y, p: signal.fftconvolve(p, y),
        "cluster.vq.kmeans": lambda m, x, y, p: cluster.vq.kmeans(x, x[:2, :])[0],
    }


def sklearn():
    import sklearn
    from sklearn import (
        decomposition,
        discriminant_analysis,
        linear_model,
        metrics,
        mixture,
        naive_bayes,
        pipeline,
        preprocessing,
    )

    sklearn.set_config(array_api_dispatch=True)
    pca, ridge = decomposition.PCA, linear_model.Ridge
    normal = {"init_params": "random", "random_state": 0}
    return {
        "PCA.full": lambda m, x, y, c: pca(3, svd_solver="full").fit(x).transform(x),
        "PCA.covariance": lambda m, x, y, c: pca(3, svd_solver="covariance_eigh").fit(x).transform(x),
        "PCA.inverse": lambda m, x, y, c: (lambda p: p.inverse_transform(p.fit_transform(x)))(pca(2)),
        "Ridge": lambda m, x, y, c: ridge(solver="svd").fit(x, y).predict(x),
        "Ridge.coef": lambda m, x, y, c: ridge(solver="svd").fit(x, y).coef_,
        "RidgeClassifier": lambda m, x, y, c: linear_model.RidgeClassifier(solver="svd").fit(x, c).predict(x),
        "LinearDiscriminantAnalysis": lambda m, x, y, c: (
            discriminant_analysis.LinearDiscriminantAnalysis().fit(x, c).predict(x)
        ),
        "GaussianMixture": lambda m, x, y, c: mixture.GaussianMixture(2, **normal).fit(x).predict_proba(x),
        "GaussianNB": lambda m, x, y, c: naive_bayes.GaussianNB().fit(x, c).predict(x),
        "StandardScaler": lambda m, x, y, c: preprocessing.StandardScaler().fit_transform(x),
        "MinMaxScaler": lambda m, x, y, c: preprocessing.MinMaxScaler().fit_transform(x),
        "MaxAbsScaler": lambda m, x, y, c: preprocessing.MaxAbsScaler().fit_transform(x),
        "Normalizer": lambda m, x, y, c: preprocessing.Normalizer().fit_transform(x),
        "PolynomialFeatures": lambda m, x, y, c: preprocessing.PolynomialFeatures(2).fit_transform(x),
        "mean_squared_error": lambda m, x, y, c: metrics.mean_squared_error(y, y * 0.9),
        "mean_absolute_error": lambda m, x, y, c: metrics.mean_absolute_error(y, y * 0.9),
        "r2_score": lambda m, x, y, c: metrics.r2_score(y, y * 0.9),
        "balanced_accuracy_score": lambda m, x, y, c: metrics.balanced_accuracy_score(c, m.flip(c)),
        "average_precision_score": lambda m, x, y, c: metrics.average_precision_score(c, y * x[:, 0]),
        "f1_score": lambda m, x, y, c: metrics.f1_score(c, m.flip(c)),
        "log_loss": lambda m, x, y, c: metrics.log_loss(c, m.abs(m.sin(y)) * 0.9 + 0.05),
        "cosine_similarity": lambda m, x, y, c: metrics.pairwise.cosine_similarity(x),
        "RidgeCV": lambda m, x, y, c: linear_model.RidgeCV([0.1, 1.0]).fit(x, y).coef_,
        "LogisticRegression": lambda m, x, y, c: linear_model.LogisticRegression().fit(x, c).predict_proba(x),
        "pipeline": lambda m, x, y, c: (
            pipeline.make_pipeline(preprocessing.StandardScaler(), pca(3), ridge(solver="svd")).fit(x, y).predict(x)
        ),
        "accuracy_score": lambda m, x, y, c: metrics.accuracy_score(c, m.flip(c)),
        "euclidean_distances": lambda m, x, y, c: metrics.pairwise.euclidean_distances(x),
        "rbf_kernel": lambda m, x, y, c: metrics.pairwise.rbf_kernel(x),
    }


def charged(run, *args):
    with flops.BudgetContext(10**12) as budget:
        result = run(xp, *map(xp.asarray, args))
    ops = {name: bucket["flop_cost"] for name, bucket in budget.summary_dict()["operations"].items()}
    left = any(escape.door in ("Array.__array__", "Array.__dlpack__") for escape in budget.report().escapes)
    return result, budget.flops_used, ops, left


def main(library, third):
    report = {}
    for name, run in library().items():
        expected = run(np, X, Y, third)
        result, used, ops, left = charged(run, X, Y, third)
        report[name] = {
            "inside": type(result) in (xp.Array, float),
            "right": bool(np.allclose(np.asarray(result), expected, rtol=1e-8, atol=1e-10)),
            "flops": used,
            "ops": ops,
            "left": left,
        }
    print(json.dumps(report))


if __name__ == "__main__":
    main(*{"scipy": (scipy, P), "sklearn": (sklearn, LABELS)}[sys.argv[1]])
