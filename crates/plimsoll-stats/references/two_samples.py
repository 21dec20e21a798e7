"""Prints the reference numbers of tests/two_samples.rs (committed as two_samples.txt).

One number a line: its name, its arguments, itself.
numpy 2.4.6, scipy 1.17.1; tails that underflow there: mpmath 1.3.0
"""
import itertools
import warnings

import mpmath as mp
import numpy as np
from scipy import stats
from scipy.spatial.distance import chebyshev, jensenshannon
from waves import PAIRS, sample

mp.mp.dps = 50
warnings.simplefilter("ignore")


def show(name, number):
    print(name, repr(float(number)))


def ln_student(t, degrees):
    nu, t = mp.mpf(float(degrees)), mp.mpf(float(t))
    x, a, b = nu / (nu + t**2), nu / 2, mp.mpf(1) / 2
    return mp.log(x**a * (1 - x) ** b / (a * mp.beta(a, b)) * mp.hyp2f1(a + b, 1, a + 1, x))


def cvm_limit(x):
    """The series of Anderson and Darling 1952 for 1 - P, with enough digits for the tail."""
    with mp.workdps(250):
        x = mp.mpf(float(x))
        total = mp.mpf(0)
        for k in range(400):
            y = (4 * k + 1) ** 2 / (16 * x)
            term = mp.gamma(k + mp.mpf(1) / 2) / mp.gamma(k + 1) / (mp.pi ** mp.mpf(1.5) * mp.sqrt(x))
            term *= mp.sqrt(4 * k + 1) * mp.exp(-y) * mp.besselk(mp.mpf(1) / 4, y)
            total += term
            if abs(term) < mp.mpf(10) ** -240:
                break
        return mp.log(1 - total)


def ad_limit(z):
    """The series of Anderson and Darling 1954."""
    z = mp.mpf(z)
    total = mp.mpf(0)
    for j in range(12):
        at = (4 * j + 1) ** 2 * mp.pi**2 / (8 * z)
        part = mp.quad(lambda w: mp.exp(z / (8 * (w**2 + 1)) - at * w**2), [0, 1, 3, 10, 40])
        total += mp.binomial(-mp.mpf(1) / 2, j) * (4 * j + 1) * mp.exp(-at) * part
    return mp.log(1 - mp.sqrt(2 * mp.pi) / z * total)


def matched(table):
    """Mean and variance of the chi-square over all ways to pair the columns anew.

    Haldane 1940; Mielke and Berry 1985.
    """
    n = int(table.sum())
    of_rows, of_columns = (np.array(table.sum(axis=axis), float) for axis in (1, 0))
    (r, v1, w1), (c, v2, w2) = (
        (len(m), (len(m) - 1) * (n - len(m)) / (n - 1), ((n / m).sum() - len(m) ** 2) / (n - 2))
        for m in (of_rows, of_columns)
    )
    mean = n * (r - 1) * (c - 1) / (n - 1)
    return mean, 2 * n * (v1 - w1) * (v2 - w2) / (n - 3) + n * n * w1 * w2 / (n - 1)


def all_pairings():
    """The formula against all pairings of two short columns."""
    a, b = [0, 0, 0, 1, 1, 2, 2], [0, 0, 1, 1, 1, 1, 2]
    found = []
    for order in itertools.permutations(b):
        table = stats.contingency.crosstab(a, order).count
        found.append(stats.chi2_contingency(table, correction=False).statistic)
    assert np.allclose((np.mean(found), np.var(found)), matched(table), rtol=1e-12)


all_pairings()
for x in (0.02, 0.1, 0.46136, 1.2, 4, 12):
    show(f"cvm-limit-ln {x}", cvm_limit(x))
for x in (0.1, 0.5, 2.492, 6, 15, 30):
    show(f"ad-limit-ln {x}", ad_limit(x))

for rows, distances in (
    (1, (0.3, 0.5, 0.7, 0.99)),
    (7, (0.06, 0.1, 0.14, 0.2, 0.4, 0.6, 0.9)),
    (50, (0.015, 0.05, 0.1, 0.2, 0.3, 0.6)),
    (140, (0.05, 0.1, 0.17, 0.3)),
    (141, (0.003, 0.03, 0.06, 0.12, 0.13, 0.5)),
    (5000, (0.003, 0.005, 0.01, 0.015, 0.02, 0.022, 0.05)),
    (200000, (0.0005, 0.001, 0.002, 0.003, 0.005)),
):
    for d in distances:
        show(f"kstwo-p {rows} {d}", stats.kstwo.sf(d, rows))

for name, (a, b) in PAIRS.items():
    result = stats.anderson_ksamp([a, b], variant="midrank")
    show(f"ad {name}", result.statistic)
    if 0.001 < result.pvalue < 0.25 and "tied" not in name:
        show(f"ad-p {name}", result.pvalue)
    result = stats.cramervonmises_2samp(a, b)
    if "tied" in name:
        pass
    elif max(len(a), len(b)) <= 20:
        show(f"cvm {name}", result.statistic)
        show(f"cvm-p {name}", result.pvalue)
    else:
        show(f"cvm {name}", result.statistic)
        n, m = len(a), len(b)
        k, N = n * m, n + m
        variance = (N + 1) * (4 * k * N - 3 * (n * n + m * m) - 2 * k) / (45 * N * N * 4 * k)
        tn = 1 / 6 + (result.statistic - (1 + 1 / N) / 6) / np.sqrt(45 * variance)
        ln = cvm_limit(tn)
        # Far out the difference from 1 that scipy takes is noise.
        assert tn > 2 or abs(mp.exp(ln) / result.pvalue - 1) < 1e-6
        show(f"cvm-ln {name}", ln)
    result = stats.epps_singleton_2samp(a, b)
    show(f"es {name}", result.statistic)
    if min(len(a), len(b)) >= 100:
        show(f"es-ln {name}", mp.log(mp.gammainc(2, mp.mpf(float(result.statistic)) / 2, mp.inf, regularized=True)))
    for method, equal in (("student", True), ("welch", False)):
        result = stats.ttest_ind(a, b, equal_var=equal)
        show(f"{method} {name}", result.statistic)
        show(f"{method}-ln {name}", ln_student(result.statistic, result.df))
    result = stats.mannwhitneyu(a, b, method="asymptotic")
    show(f"mw {name}", result.statistic)
    show(f"mw-p {name}", result.pvalue)
    show(f"wasserstein {name}", stats.wasserstein_distance(a, b))
    show(f"normed {name}", stats.wasserstein_distance(a, b) / np.std(a))
    show(f"energy {name}", stats.energy_distance(a, b))
    if len(a) <= 500:
        pooled = np.concatenate([a, b])
        apart = np.abs(pooled[:, None] - pooled[None, :])
        width = np.median(apart[np.triu_indices(len(pooled), 1)][apart[np.triu_indices(len(pooled), 1)] > 0])
        kernel = np.exp(-(apart**2) / (2 * width**2))
        n, m = len(a), len(b)
        within = (kernel[:n, :n].sum() - n) / (n * (n - 1)) + (kernel[n:, n:].sum() - m) / (m * (m - 1))
        show(f"mmd {name}", within - 2 * kernel[:n, n:].mean())
    for side, x in (("first", a), ("second", b)):
        show(f"mean {name} {side}", np.mean(x))
        show(f"variance {name} {side}", np.var(x, ddof=1))
        show(f"skewness {name} {side}", stats.skew(x))
        show(f"kurtosis {name} {side}", stats.kurtosis(x))
for name, grid in (("three", 0), ("three-tied", 2)):
    three = [sample(15, 1.1, 0, grid), sample(22, 0.7, 0.9, grid), sample(19, 1.7, 2.4, grid)]
    result = stats.anderson_ksamp(three, variant="midrank")
    show(f"ad {name}", result.statistic)
    if not grid:
        show(f"ad-p {name}", result.pvalue)

# Ties in each of their orders: which of the rows with a value come from the first sample.
tied = [(2, 1), (2, 2), (1, 3)]
orders = [list(itertools.combinations(range(x + y), x)) for x, y in tied]
found = []
for order in itertools.product(*orders):
    rows, before = [], 0
    for chosen, (x, y) in zip(order, tied):
        rows += [before + place for place in chosen]
        before += x + y
    others = [row for row in range(before) if row not in rows]
    found.append(stats.cramervonmises_2samp(rows, others).statistic)
show(f"cvm-orders {len(found)}", np.mean(found))

COUNTS = {"plain": ([10, 20, 30, 5], [12, 25, 20, 9]), "gaps": ([4, 0, 7, 0, 90], [1, 3, 0, 0, 60]), "near": ([1000, 2000, 3000], [1001, 2001, 2998])}
for name, (a, b) in COUNTS.items():
    p, q = np.array(a) / np.sum(a), np.array(b) / np.sum(b)
    show(f"js {name}", jensenshannon(p, q))
    show(f"js-bits {name}", jensenshannon(p, q, base=2))
    show(f"kl {name}", stats.entropy(p, q))
    show(f"hellinger {name}", np.sqrt(0.5 * ((np.sqrt(p) - np.sqrt(q)) ** 2).sum()))
    show(f"largest {name}", chebyshev(p, q))

COLUMNS = {
    "plain": (sample(60, 1.1, 0, 0), sample(60, 0.7, 0, 0)),
    "tied": (sample(80, 1.1, 0, 2), sample(80, 1.1, 0, 1) + sample(80, 0.7, 0, 1)),
    "close": (sample(500, 1.1, 0, 0), sample(500, 1.1, 0, 0) + 0.2 * sample(500, 0.7, 0, 0)),
    "against": (sample(25, 1.1, 0, 0), -sample(25, 1.1, 0, 0) + 0.5 * sample(25, 0.7, 0, 0)),
    "three-rows": (sample(3, 1.1, 0, 0), sample(3, 0.7, 0, 0)),
}
for name, (a, b) in COLUMNS.items():
    for method, of in (("pearson", stats.pearsonr), ("spearman", stats.spearmanr)):
        result = of(a, b)
        show(f"{method} {name}", result.statistic)
        degrees, r = len(a) - 2, mp.mpf(float(result.statistic))
        ln = ln_student(r * mp.sqrt(degrees / ((1 - r) * (1 + r))), degrees)
        assert result.pvalue < 1e-250 or abs(mp.exp(ln) / result.pvalue - 1) < 1e-9
        show(f"{method}-ln {name}", ln)
    if name == "three-rows":
        continue
    codes = [np.floor((x + 4) / step).astype(int) for x, step in ((a, 2.1), (b, 1.7))]
    table = stats.contingency.crosstab(*codes).count
    show(f"v {name}", stats.contingency.association(table, method="cramer"))
    chi2 = stats.chi2_contingency(table, correction=False).statistic
    mean, variance = matched(table)
    x, degrees = mp.mpf(float(chi2 * 2 * mean / variance)), mp.mpf(2 * mean**2 / variance)
    show(f"v-ln {name}", mp.log(mp.gammainc(degrees / 2, x / 2, mp.inf, regularized=True)))
    n, (r, k) = len(a), table.shape
    phi2 = max(0, chi2 / n - (k - 1) * (r - 1) / (n - 1))
    k_, r_ = k - (k - 1) ** 2 / (n - 1), r - (r - 1) ** 2 / (n - 1)
    show(f"v-corrected {name}", np.sqrt(phi2 / min(k_ - 1, r_ - 1)))
    groups = [b[codes[0] == code] for code in np.unique(codes[0])]
    between = sum(len(g) * (g.mean() - b.mean()) ** 2 for g in groups)
    show(f"eta {name}", np.sqrt(between / ((b - b.mean()) ** 2).sum()))
    show(f"anova-p {name}", stats.f_oneway(*groups).pvalue)
