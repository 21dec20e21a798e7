"""Prints the reference numbers of src/drift.

numpy 2.4, scipy 1.17.1, statsmodels 0.15.0
"""
import numpy as np
import statsmodels.api as sm
from scipy import optimize, special, stats
from scipy.spatial.distance import cityblock

print("# sides.rs")
for p in (0.05, 1e-12):
    print("z of p", p, repr(float(stats.norm.isf(p / 2))))
far = optimize.brentq(lambda z: stats.norm.logsf(z) + np.log(2) + 5000, 50, 200, xtol=1e-13)
print("z of ln p = -5000", repr(float(far)))
print("t of z, 13 degrees", repr(float(2 * stats.t.sf(stats.norm.isf(5e-7), 13))))

print("# power.rs")
for x, degrees, noncentrality in ((3, 1, 0.5), (30, 9, 20), (400, 199, 150), (60, 4, 5)):
    print("ncx2.sf", x, degrees, noncentrality, repr(float(stats.ncx2.sf(x, degrees, noncentrality))))
for level, degrees in ((0.01 / 56, 4), (0.01 / 56, 199), (0.05, 1)):
    limit = stats.chi2.isf(level, degrees)
    root = optimize.brentq(lambda nc: stats.ncx2.sf(limit, degrees, nc) - 0.8, 1e-9, 1e4, xtol=1e-12)
    print("noncentrality", level, degrees, repr(float(root)))

print("# numbers.rs")
print("kolmogorov at D 0.5, h 0.0002", repr(float(np.log(2) - 2 * 0.25 / 0.0002)))
print("tails", repr(float(np.log(2) + stats.hypergeom.logsf(399, 20000, 409, 10000))))
# Independent of hypergeom.logsf: the sum of the masses in logarithms.
k = np.arange(400, 410)
print("tails by masses", repr(float(np.log(2) + special.logsumexp(stats.hypergeom.logpmf(k, 20000, 409, 10000)))))

print("# cells.rs")
a, b = np.array([400, 300, 200, 100]), np.array([330, 300, 250, 120])
found = stats.chi2_contingency([a, b], correction=False)
print("chi-square", repr(float(found.statistic)), "ln p", repr(float(stats.chi2.logsf(found.statistic, 3))))
print("total variation", repr(float(cityblock(a / 1000, b / 1000) / 2)))
print("F of blocks, ln p", repr(float(stats.f.logsf(found.statistic / 3 / 3, 3, 39))))

print("# unseen.rs")
pooled = np.array([980, 780, 190] + [1] * 22 + [28])
part, unseen, rows = 0.5, 40, 1000
chance = part**pooled.astype(float)
print("effect", repr(float((unseen - (pooled * chance).sum()) / rows)))
steps = np.linspace(1e-6, 5, 200_001)
bounds = []
for least in sorted(set(chance), reverse=False) + [1.0]:
    kept = chance >= least if least < 1 else chance < 0
    sums = sum((np.logaddexp(np.log1p(-q), np.log(q) + steps * c) for q, c in zip(chance[kept], pooled[kept])), 0 * steps)
    rest = (sums - steps * unseen).min() if kept.any() else -np.inf
    bounds.append(np.logaddexp(np.log(chance[~kept].sum()) if (~kept).any() else -np.inf, rest))
print("ln p", repr(float(min(bounds))))

print("# clusters.rs")
blocks = [(10, [8, 1, 1]), (12, [2, 9, 1]), (5, [5, 0, 0]), (20, [3, 3, 14]), (9, [7, 2, 0])]
label = np.repeat(range(len(blocks)), [rows for rows, _ in blocks])
clustered = independent = 0.0
for cell in range(3):
    y = np.concatenate([np.r_[np.ones(c[cell]), np.zeros(rows - c[cell])] for rows, c in blocks])
    n = len(y)
    fit = sm.OLS(y, np.ones(n)).fit(cov_type="cluster", cov_kwds={"groups": label})
    clustered += fit.bse[0] ** 2
    independent += y.mean() * (1 - y.mean()) / n
print("design effect", repr(float(clustered / independent)))

print("# series.rs")


def geyer(autocovariance):
    total, lag = -1.0, 0
    rho = autocovariance / autocovariance[0]
    while lag + 1 < len(rho) and rho[lag] + rho[lag + 1] > 0:
        total += 2 * (rho[lag] + rho[lag + 1])
        lag += 2
    return max(1.0, total)


def autocovariance(x):
    x = x - x.mean()
    return np.correlate(x, x, "full")[len(x) - 1:]


row = np.arange(200)
grades = (row // 9 * 53 + row * 3) % 311
print("of grades", repr(float(geyer(autocovariance(grades.astype(float))))))
codes = (row // 11 * 3 + row // 50) % 4
print("of codes", repr(float(geyer(sum(autocovariance((codes == c).astype(float)) for c in range(4))))))
