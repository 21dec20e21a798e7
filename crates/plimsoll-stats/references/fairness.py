"""Prints the reference numbers of sides.rs and fairness.rs, kept in fairness.txt.

Newcombe's interval and z with continuity correction from statsmodels 0.15.0, Fisher's doubled tail
from scipy 1.17.1, MOVER's ratio by solving for the ratio at which the difference ends at 0.
"""
import numpy as np
from scipy import optimize, stats
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint


def mover(x, n, y, m):
    p, q = x / n, y / m
    (l, u), (a, b) = proportion_confint(x, n, 0.05, "wilson"), proportion_confint(y, m, 0.05, "wilson")
    low = lambda r: p - r * q - np.sqrt((p - l) ** 2 + (r * b - r * q) ** 2)
    high = lambda r: p - r * q + np.sqrt((u - p) ** 2 + (r * q - r * a) ** 2)
    least = 0.0 if x == 0 else optimize.brentq(low, 0, p / q, xtol=1e-14, rtol=1e-14)
    return least, optimize.brentq(high, p / q, 1e6, xtol=1e-14, rtol=1e-14)


for x, n, y, m in ((30, 80, 70, 120), (5, 60, 30, 200), (60, 60, 75, 75), (0, 55, 20, 100), (8, 20, 90, 200), (12, 90, 0, 70)):
    expected = min(min(n, m) * (x + y), min(n, m) * (n + m - x - y)) / (n + m)
    if min(n, m) < 50:
        p = "few"
    elif expected < 10:
        law = stats.hypergeom(n + m, x + y, n)
        p = repr(float(min(1.0, 2 * min(law.cdf(x), law.sf(x - 1)))))
    else:
        pooled, step = (x + y) / (n + m), 1 / n + 1 / m
        z = max(0, abs(x / n - y / m) - 0.5 * step) / np.sqrt(pooled * (1 - pooled) * step)
        p = repr(float(2 * stats.norm.sf(z)))
    low, high = confint_proportions_2indep(x, n, y, m, method="newcomb", compare="diff")
    ratio = ["none"] * 3 if y == 0 else [repr(float(r)) for r in (x / n / (y / m), *mover(x, n, y, m))]
    print("two", x, n, y, m, p, repr(float(x / n - y / m)), repr(float(low)), repr(float(high)), *ratio)
