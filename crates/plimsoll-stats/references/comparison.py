"""Prints the reference numbers of ledger.rs, needed.rs, forecasts.rs, auc.rs and McNemar's tests.

numpy 2.4.6, scipy 1.17.1, scikit-learn 1.9.1, statsmodels 0.15.0. Diebold-Mariano and DeLong are
written out from the published formulas, pair by pair and lag by lag.
"""
import math

import numpy as np
import statsmodels.api as sm
from scipy import stats
from sklearn import metrics
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.power import normal_sample_size_one_tail

z = stats.norm.isf
for look in (1, 2, 5, 10, 20, 50):
    a = 0.05 / (look * (look + 1))
    print("look", look, repr(float(((z(a) + z(0.2)) / (z(0.05) + z(0.2))) ** 2)))

print("rows for a mean", repr(float(normal_sample_size_one_tail(0.3, 0.8, 0.025, 2.5))))
psi, d = 0.1, 0.02
print("rows for mcnemar", repr(float(normal_sample_size_one_tail(d, 0.8, 0.025, psi**0.5, (psi - d * d) ** 0.5))))

for b, c in ((8, 3), (5, 5), (1, 0), (40, 20), (700, 400), (9000, 3000)):
    n, k = b + c, min(b, c)
    below, at = sum(math.comb(n, j) for j in range(k)), math.comb(n, k)
    ln_exact = min(0.0, math.log(2 * (below + at)) - n * math.log(2))
    ln_mid = 0.0 if b == c else math.log(2 * below + at) - n * math.log(2)
    if n < 100:
        assert abs(mcnemar([[10, b], [c, 10]], exact=True).pvalue - math.exp(ln_exact)) < 1e-12
        assert b == c or abs(2 * stats.binom.cdf(k, n, 0.5) - stats.binom.pmf(k, n, 0.5) - math.exp(ln_mid)) < 1e-12
    print("mcnemar", b, c, "ln exact", repr(ln_exact), "ln mid-p", repr(ln_mid))


def diebold_mariano(d, h):
    n, mean = len(d), d.mean()
    x = d - mean
    variance = sum(x * x) / n
    for lag in range(1, h):
        variance += 2 * sum(x[lag:] * x[:-lag]) / n
    if n >= 40 * h and variance > 0:
        factor = math.sqrt((n + 1 - 2 * h + h * (h - 1) / n) / n)
        se = math.sqrt(variance / n) / factor
        return "rectangular", mean, se, n - 1
    terms = min(max(4, int(n ** (2 / 3) / math.sqrt(h))), max(4, n // (4 * h)))
    variance = 0.0
    for j in range(1, terms + 1):
        variance += (math.sqrt(2 / n) * sum(d * np.cos(math.pi * j * (np.arange(n) + 0.5) / n))) ** 2 / terms
    return "cosine", mean, math.sqrt(variance / n), terms


i = np.arange(400)
champion = np.abs(np.sin(0.7 * i) + 0.5 * np.sin(2.3 * i + 1)) + 0.08
challenger = np.abs(np.sin(0.7 * i) + 0.4 * np.sin(1.9 * i))
for n, h in ((400, 1), (400, 7), (120, 7), (60, 1), (400, 24)):
    rule, mean, se, df = diebold_mariano((champion - challenger)[:n], h)
    t = mean / se
    ends = [mean + s * stats.t.isf(0.025, df) * se for s in (-1, 1)]
    print("dm", n, h, rule, repr(float(mean)), repr(float(t)), df, "two-sided p", repr(float(2 * stats.t.sf(abs(t), df))), *[repr(float(e)) for e in ends])

n = 150
i = np.arange(n)
positive = np.sin(0.7 * i) > 0.2
old = np.round(2 * np.sin(0.7 * i) + 1.6 * np.sin(2.9 * i), 1)
new = np.round(2 * np.sin(0.7 * i) + 1.1 * np.sin(3.7 * i), 1)


def components(s):
    p, q = s[positive], s[~positive]
    psi = (p[:, None] > q[None, :]) + 0.5 * (p[:, None] == q[None, :])
    return psi.mean(), psi.mean(axis=1), psi.mean(axis=0)


(a, v10, v01), (b, w10, w01) = components(old), components(new)
assert abs(a - metrics.roc_auc_score(positive, old)) < 1e-12
se = math.sqrt((w10 - v10).var(ddof=1) / positive.sum() + (w01 - v01).var(ddof=1) / (~positive).sum())
print("delong", repr(float(a)), repr(float(b)), repr(se), "two-sided p", repr(float(2 * stats.norm.sf(abs((b - a) / se)))), "above .02", repr(float(stats.norm.sf((b - a - 0.02) / se))))

i = np.arange(120)
champion = 2 + np.sin(0.7 * i) + 0.5 * np.cos(2.3 * i)
challenger = 1.6 + np.sin(0.7 * i) * 0.8 + 0.3 * np.cos(1.1 * i)
day = (i * 5 + i // 11) % 13
for name, d in (("0", champion - challenger), (".35", champion - challenger - 0.35), ("share .15", 0.85 * champion - challenger)):
    print("paired t above", name, repr(float(stats.ttest_1samp(d, 0, alternative="greater").pvalue)))
fit = sm.OLS(champion - challenger - 0.35, np.ones(120)).fit(cov_type="cluster", cov_kwds={"groups": day, "df_correction": True}, use_t=True)
# statsmodels' small-sample factor is G/(G-1) (n-1)/(n-k); with k = 1 it is G/(G-1).
print("clustered t above .35", repr(float(stats.t.sf(fit.tvalues[0], 12))))
