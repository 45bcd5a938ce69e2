"""What SciPy and scikit-learn compute inside the meter, with arrays of flopscope.array_api: one expression a line.

`tests/array_api/consumers.py` runs each of them with NumPy's arrays and with ours, and docs/interop.md lists them.
`m` is the namespace; `x` has shape (40, 5), `y` and `p` (between 0 and 1) 40 elements, `c` are 40 labels, 0 or 1. A line
is called by the function it starts with, without the module in scikit-learn, unless a name and `` = `` stand before.
"""

from __future__ import annotations

SCIPY = """
stats.zscore(x)
stats.zmap(x, x)
stats.gzscore(p)
stats.gmean(p)
stats.hmean(p)
stats.pmean(p, 2)
stats.gstd(p)
stats.sem(x)
stats.variation(p)
stats.skew(x)
stats.kurtosis(x)
stats.moment(x, 3)
stats.lmoment(y)
stats.kstat(y)
stats.kstatvar(y)
stats.describe(x).variance
stats.tmean(y)
stats.tvar(y)
stats.tstd(y)
stats.tsem(y)
stats.tmin(y)
stats.tmax(y)
stats.trim_mean(y, 0.1)
stats.sigmaclip(y).clipped
stats.mode(x).mode
stats.quantile(x, m.asarray([0.3]), axis=0)
stats.iqr(x)
stats.median_abs_deviation(y)
stats.entropy(p)
stats.differential_entropy(y)
stats.circmean(p)
stats.circvar(p)
stats.circstd(p)
stats.directional_stats(x).mean_direction
stats.rankdata(x, axis=0)
stats.pearsonr(p, y).statistic
stats.pearsonr.pvalue = stats.pearsonr(p, y).pvalue
stats.chatterjeexi(p, y).statistic
stats.ttest_1samp(x, 0.0).pvalue
stats.ttest_ind(x, x[::2, :] + 0.5).pvalue
stats.ttest_ind_from_stats(p, p, 5, y, p, 6).pvalue
stats.ttest_rel(p, y).pvalue
stats.f_oneway(p, y).pvalue
stats.alexandergovern(p, y).pvalue
stats.bartlett(p, y).pvalue
stats.levene(p, y).pvalue
stats.fligner(p, y).pvalue
stats.ansari(p, y).pvalue
stats.mood(p, y).pvalue
stats.kruskal(p, y).pvalue
stats.friedmanchisquare(p, y, x[:, 0]).pvalue
stats.mannwhitneyu(p, y).pvalue
stats.brunnermunzel(p, y).pvalue
stats.wilcoxon(y).pvalue
stats.cramervonmises_2samp(p, y).pvalue
stats.epps_singleton_2samp(p, y).pvalue
stats.normaltest(x).pvalue
stats.skewtest(y).pvalue
stats.kurtosistest(y).pvalue
stats.jarque_bera(y).pvalue
stats.chisquare(p).pvalue
stats.power_divergence(p).pvalue
stats.combine_pvalues(p).pvalue
stats.false_discovery_control(p)
stats.boxcox_llf(0.5, p)
stats.yeojohnson_llf(0.5, p)
stats.bootstrap((y,), m.mean, n_resamples=49, rng=1).standard_error
stats.permutation_test((p, y), lambda a, b, axis: m.mean(a, axis=axis) - m.mean(b, axis=axis), n_resamples=49, rng=1).pvalue
special.expit(x)
special.logsumexp(x, axis=1)
special.softmax(x, axis=1)
special.log_softmax(x, axis=1)
special.multigammaln(p + 3, 2)
linalg.block_diag(x, x)
linalg.fiedler(y)
linalg.orthogonal_procrustes(x, x * 2)[1]
fft.fft(p)
fft.ifft(p)
fft.fft2(x)
fft.fftn(x)
fft.rfft(p)
fft.irfft(p)
fft.rfftn(x)
fft.hfft(p)
fft.ihfft(p)
fft.fht(p, 0.1, 0.5)
integrate.trapezoid(p)
integrate.cumulative_trapezoid(p)
integrate.cumulative_simpson(p)
integrate.romb(p[:33])
integrate.cubature(lambda t: m.sum(t, axis=-1), m.asarray([0.0]), m.asarray([1.0])).estimate
differentiate.derivative(m.exp, p).df
differentiate.jacobian(lambda t: m.sum(t**2, axis=0), p[:3]).df
optimize.rosen(p)
optimize.rosen_der(p)
optimize.rosen_hess(p)
optimize.rosen_hess_prod(p, p)
optimize.elementwise.find_root(lambda t: t * t - 2, (m.asarray(0.0), m.asarray(2.0))).x
optimize.elementwise.find_minimum(lambda t: (t - 1) ** 2, tuple(map(m.asarray, (0.0, 0.5, 3.0)))).x
optimize.elementwise.bracket_root(lambda t: t * t - 2, m.asarray(0.5), m.asarray(1.0)).bracket[1]
optimize.elementwise.bracket_minimum(lambda t: (t - 2) ** 2, m.asarray(0.5)).bracket[1]
signal.fftconvolve(p, y)
signal.oaconvolve(p, y[:5])
signal.hilbert(p)
signal.hilbert2(x)
signal.envelope(p)
signal.resample(p, 20)
signal.freqz(p)[1]
signal.vectorstrength(p, 1.0)[0]
signal.gauss_spline(p, 3)
constants.convert_temperature(p, "C", "F")
constants.lambda2nu(p)
constants.nu2lambda(p)
cluster.vq.whiten(x)
cluster.vq.kmeans(x, x[:2, :])[0]
cluster.vq.kmeans2(x, x[:2, :])[0]
spatial.transform.Rotation.from_quat(x[:, :4]).as_matrix()
spatial.transform.Rotation.apply = spatial.transform.Rotation.from_quat(x[:, :4]).apply(x[:, :3])
spatial.transform.Rotation.magnitude = spatial.transform.Rotation.from_quat(x[:, :4]).magnitude()
spatial.transform.RigidTransform.from_translation(x[:, :3]).apply(x[:, :3])
"""

#: Ufuncs of scipy.special, by their arguments.
SPECIAL = {
    "p": """
        cbrt cosm1 digamma ellipk entr erf erfc erfcx erfinv exp10 exp1 exp2 expi gamma gammaln gammasgn i0 i0e i1 i1e j0
        j1 k0 k0e k1 k1e log_ndtr loggamma logit ndtr ndtri psi rgamma y0 y1
    """,
    "p, p": """
        betaln binom boxcox boxcox1p chdtr chdtrc gammainc gammaincc gammainccinv gammaincinv huber kl_div poch
        pseudo_huber rel_entr stdtr stdtrit xlog1py xlogy
    """,
    "p, p, p": "bdtr betainc betaincc betaincinv fdtr hyp1f1",
}

SKLEARN = """
PCA.full = decomposition.PCA(3, svd_solver="full").fit(x).transform(x)
PCA.covariance = decomposition.PCA(3, svd_solver="covariance_eigh").fit(x).transform(x)
PCA.randomized = decomposition.PCA(2, svd_solver="randomized", random_state=0, power_iteration_normalizer="QR").fit_transform(x)
PCA.mle = decomposition.PCA("mle", svd_solver="full").fit(x).transform(x)
PCA.whiten = decomposition.PCA(3, whiten=True).fit(x).transform(x)
PCA.variance = decomposition.PCA(0.9).fit(x).transform(x)
PCA.inverse = (lambda pca: pca.inverse_transform(pca.fit_transform(x)))(decomposition.PCA(2))
PCA.score = decomposition.PCA(3).fit(x).score_samples(x)
PCA.get_covariance = decomposition.PCA(3).fit(x).get_covariance()
PCA.get_precision = decomposition.PCA(3).fit(x).get_precision()
TruncatedSVD = decomposition.TruncatedSVD(2).fit_transform(x)
Nystroem = kernel_approximation.Nystroem(n_components=5, random_state=0).fit_transform(x)
Ridge = linear_model.Ridge(solver="svd").fit(x, y).predict(x)
Ridge.coef = linear_model.Ridge(solver="svd").fit(x, y).coef_
Ridge.default = linear_model.Ridge().fit(x, y).coef_
Ridge.weights = linear_model.Ridge(solver="svd").fit(x, y, sample_weight=m.abs(y)).coef_
Ridge.score = linear_model.Ridge(solver="svd").fit(x, y).score(x, y)
Ridge.least_squares = linear_model.Ridge(0.0, solver="svd").fit(x, y).predict(x)
RidgeCV = linear_model.RidgeCV([0.1, 1.0]).fit(x, y).coef_
RidgeCV.predict = linear_model.RidgeCV([0.1, 1.0]).fit(x, y).predict(x)
RidgeClassifier = linear_model.RidgeClassifier(solver="svd").fit(x, c).predict(x)
RidgeClassifierCV = linear_model.RidgeClassifierCV().fit(x, c).predict(x)
LogisticRegression = linear_model.LogisticRegression().fit(x, c).predict_proba(x)
LogisticRegression.coef = linear_model.LogisticRegression().fit(x, c).coef_
PoissonRegressor = linear_model.PoissonRegressor().fit(x, m.abs(y)).coef_
LinearDiscriminantAnalysis = discriminant_analysis.LinearDiscriminantAnalysis().fit(x, c).predict(x)
LinearDiscriminantAnalysis.predict_proba = discriminant_analysis.LinearDiscriminantAnalysis().fit(x, c).predict_proba(x)
LinearDiscriminantAnalysis.transform = discriminant_analysis.LinearDiscriminantAnalysis().fit(x, c).transform(x)
GaussianNB = naive_bayes.GaussianNB().fit(x, c).predict(x)
GaussianNB.predict_proba = naive_bayes.GaussianNB().fit(x, c).predict_proba(x)
GaussianMixture = mixture.GaussianMixture(2, init_params="random", random_state=0).fit(x).predict_proba(x)
GaussianMixture.diag = mixture.GaussianMixture(2, covariance_type="diag", init_params="random", random_state=0).fit(x).means_
GaussianMixture.tied = mixture.GaussianMixture(2, covariance_type="tied", init_params="random", random_state=0).fit(x).means_
GaussianMixture.spherical = mixture.GaussianMixture(2, covariance_type="spherical", init_params="random", random_state=0).fit(x).means_
GaussianMixture.predict = mixture.GaussianMixture(2, init_params="random_from_data", random_state=0).fit(x).predict(x)
GaussianMixture.score_samples = mixture.GaussianMixture(2, init_params="random", random_state=0).fit(x).score_samples(x)
GaussianMixture.bic = mixture.GaussianMixture(2, init_params="random", random_state=0).fit(x).bic(x)
StandardScaler = preprocessing.StandardScaler().fit_transform(x)
StandardScaler.weights = preprocessing.StandardScaler().fit(x, sample_weight=m.abs(y)).transform(x)
StandardScaler.partial_fit = preprocessing.StandardScaler().partial_fit(x).partial_fit(x * 2).var_
StandardScaler.inverse = (lambda scaler: scaler.inverse_transform(scaler.fit_transform(x)))(preprocessing.StandardScaler())
MinMaxScaler = preprocessing.MinMaxScaler().fit_transform(x)
MinMaxScaler.inverse = (lambda scaler: scaler.inverse_transform(scaler.fit_transform(x)))(preprocessing.MinMaxScaler())
MaxAbsScaler = preprocessing.MaxAbsScaler().fit_transform(x)
MaxAbsScaler.inverse = (lambda scaler: scaler.inverse_transform(scaler.fit_transform(x)))(preprocessing.MaxAbsScaler())
Normalizer = preprocessing.Normalizer().fit_transform(x)
Normalizer.l1 = preprocessing.Normalizer("l1").fit_transform(x)
Normalizer.max = preprocessing.Normalizer("max").fit_transform(x)
Binarizer = preprocessing.Binarizer().fit_transform(x)
KernelCenterer = preprocessing.KernelCenterer().fit_transform(x @ x.T)
LabelEncoder = preprocessing.LabelEncoder().fit_transform(c)
LabelBinarizer = preprocessing.LabelBinarizer().fit_transform(c)
PolynomialFeatures = preprocessing.PolynomialFeatures(2).fit_transform(x)
PolynomialFeatures.interaction = preprocessing.PolynomialFeatures(3, interaction_only=True).fit_transform(x)
FunctionTransformer = preprocessing.FunctionTransformer(lambda a: a * 2).fit_transform(x)
preprocessing.normalize(x)
preprocessing.minmax_scale(x)
preprocessing.maxabs_scale(x)
preprocessing.binarize(x)
pipeline = pipeline.make_pipeline(preprocessing.StandardScaler(), decomposition.PCA(3), linear_model.Ridge(solver="svd")).fit(x, y).predict(x)
model_selection.cross_val_predict(linear_model.Ridge(solver="svd"), x, y, cv=3)
cross_val_score = [float(v) for v in model_selection.cross_val_score(linear_model.Ridge(solver="svd"), x, y, cv=3)]
GridSearchCV = model_selection.GridSearchCV(linear_model.Ridge(solver="svd"), {"alpha": [0.1, 1.0]}, cv=3).fit(x, y).predict(x)
metrics.mean_squared_error(y, y * 0.9)
metrics.root_mean_squared_error(y, y * 0.9)
metrics.mean_absolute_error(y, y * 0.9)
metrics.median_absolute_error(y, y * 0.9)
metrics.mean_absolute_percentage_error(y, y * 0.9)
metrics.mean_squared_log_error(m.abs(y), m.abs(y) * 0.9)
metrics.root_mean_squared_log_error(m.abs(y), m.abs(y) * 0.9)
metrics.max_error(y, y * 0.9)
metrics.r2_score(y, y * 0.9)
metrics.explained_variance_score(y, y * 0.9)
metrics.mean_pinball_loss(y, y * 0.9)
metrics.mean_tweedie_deviance(p, p * 0.9)
metrics.mean_poisson_deviance(p, p * 0.9)
metrics.mean_gamma_deviance(p, p * 0.9)
metrics.d2_tweedie_score(p, p * 0.9)
metrics.d2_absolute_error_score(y, y * 0.9)
metrics.d2_pinball_score(y, y * 0.9)
metrics.accuracy_score(c, m.flip(c))
metrics.balanced_accuracy_score(c, m.flip(c))
metrics.zero_one_loss(c, m.flip(c))
metrics.hamming_loss(c, m.flip(c))
metrics.f1_score(c, m.flip(c))
metrics.fbeta_score(c, m.flip(c), beta=0.5)
metrics.precision_score(c, m.flip(c))
metrics.recall_score(c, m.flip(c))
metrics.jaccard_score(c, m.flip(c))
metrics.cohen_kappa_score(c, m.flip(c))
metrics.multilabel_confusion_matrix(c, m.flip(c))
metrics.average_precision_score(c, y * x[:, 0])
metrics.precision_recall_curve(c, p)[0]
metrics.roc_curve(c, p, drop_intermediate=False)[1]
metrics.det_curve(c, p)[0]
metrics.confusion_matrix_at_thresholds(c, p)[0]
metrics.brier_score_loss(c, p)
metrics.log_loss(c, p)
metrics.d2_brier_score(c, p)
metrics.d2_log_loss_score(c, p)
metrics.davies_bouldin_score(x, c)
metrics.calinski_harabasz_score(x, c)
metrics.pairwise.cosine_similarity(x)
metrics.pairwise.cosine_distances(x)
metrics.pairwise.euclidean_distances(x)
metrics.pairwise.manhattan_distances(x, x * 0.5)
metrics.pairwise.paired_cosine_distances(x, x * 0.5)
metrics.pairwise.paired_euclidean_distances(x, x * 0.5)
metrics.pairwise.paired_manhattan_distances(x, x * 0.5)
metrics.pairwise.linear_kernel(x)
metrics.pairwise.polynomial_kernel(x)
metrics.pairwise.sigmoid_kernel(x)
metrics.pairwise.rbf_kernel(x)
metrics.pairwise.laplacian_kernel(x)
metrics.pairwise.chi2_kernel(m.abs(x))
metrics.pairwise.additive_chi2_kernel(m.abs(x), m.abs(x) * 0.5)
metrics.pairwise_distances(x, metric="cosine")
metrics.pairwise.pairwise_kernels(x, metric="poly")
"""

#: What takes some of its arrays out of the meter on the way.
IN_PART = frozenset(
    """
    LabelBinarizer LogisticRegression LogisticRegression.coef PoissonRegressor RidgeClassifier RidgeClassifierCV
    TruncatedSVD balanced_accuracy_score cluster.vq.kmeans cluster.vq.kmeans2 cohen_kappa_score d2_log_loss_score f1_score
    fbeta_score jaccard_score log_loss median_absolute_error multilabel_confusion_matrix precision_score recall_score
    special.multigammaln stats.ansari stats.cramervonmises_2samp stats.wilcoxon
    """.split()
)


def programs(library: str) -> dict[str, str]:
    """Name and code of what a library, ``"scipy"`` or ``"sklearn"``, computes inside the meter."""
    found = {}
    for line in (SCIPY if library == "scipy" else SKLEARN).split("\n")[1:-1]:
        name, separate, code = line.partition(" = ")
        if not separate:
            code = line
            name = line.partition("(")[0]
            name = name if library == "scipy" else name.rpartition(".")[2]
        assert name not in found, name
        found[name] = code
    if library == "scipy":
        found |= {f"special.{name}": f"special.{name}({args})" for args in SPECIAL for name in SPECIAL[args].split()}
    return found
