"""Prints the reference numbers of quantile.rs, proportion.rs and correlation.rs.

numpy 2.4, scipy 1.17.1, statsmodels 0.15.0
"""
import numpy as np
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

print("norm.isf", [repr(float(stats.norm.isf(p))) for p in (0.025, 0.005)])
print("t.isf", [repr(float(stats.t.isf(p, d))) for p, d in ((0.025, 9), (0.025, 72), (0.005, 3), (0.025, 1e7))])
print("quantile", [float(np.quantile([1.0, 2.0, 4.0, 8.0], p)) for p in (0.025, 0.5, 1.0)])

for hits, rows in ((430, 500), (0, 10), (10, 10), (3, 7)):
    for alpha in (0.05, 0.01):
        ends = proportion_confint(hits, rows, alpha, method="wilson")
        print("wilson", hits, rows, alpha, [repr(float(end)) for end in ends])


def newcombe(a, b, c, d, alpha=0.05):
    """Newcombe 1998, method 10: squared distances of the Wilson ends, correlation corrected."""
    n = a + b + c + d
    p1, p2 = (a + b) / n, (a + c) / n
    l1, u1 = proportion_confint(a + b, n, alpha, method="wilson")
    l2, u2 = proportion_confint(a + c, n, alpha, method="wilson")
    product = (a + b) * (c + d) * (a + c) * (b + d)
    q = a * d - b * c
    q = max(q - n / 2, 0) if q > 0 else q
    phi = q / np.sqrt(product) if product > 0 else 0.0
    dl1, du1, dl2, du2 = p1 - l1, u1 - p1, p2 - l2, u2 - p2
    low = p1 - p2 - np.sqrt(dl1**2 - 2 * phi * dl1 * du2 + du2**2)
    high = p1 - p2 + np.sqrt(du1**2 - 2 * phi * du1 * dl2 + dl2**2)
    return float(low), float(high)


# Fagerland, Lydersen, Laake 2014, airway hyper-responsiveness: -0.507 to -0.026
for cells in ((1, 1, 7, 12), (20, 12, 2, 16), (400, 40, 20, 40), (10, 0, 0, 0)):
    print("newcombe", cells, [repr(end) for end in newcombe(*cells)])

a = [0.61, 0.29, 0.06, 0.59, -1.73, -0.74, 0.51, -0.56, 0.39, 1.64]
b = [0.61, 0.82, 0.61, 1.45, 0.29, 0.29, 0.95, 1.73, 0.29, 2.5]
print("spearman", repr(float(stats.spearmanr(a, b).statistic)))
print("rankdata", stats.rankdata(b).tolist())
