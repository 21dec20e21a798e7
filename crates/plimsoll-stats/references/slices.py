"""Prints the reference numbers of slices.rs, kept in slices.txt: t, degrees of freedom, one-sided p.

scipy 1.17.1, statsmodels 0.15.0. Of losses relative to sizes the t is that of WLS with cluster or
heteroscedastic errors on the two groups, whose fitted means are the ratios of sums.
"""
import numpy as np
import statsmodels.api as sm
from scipy import stats

i = np.arange(240)
loss = np.exp(np.sin(0.9 * i)) + np.where(i % 6 == 2, 0.6, 0.0)
size = 2 + np.cos(0.4 * i)
day = (i * 5 + i // 11) % 17
inside = i % 6 == 2

welch = stats.ttest_ind(loss[inside], loss[~inside], equal_var=False, alternative="greater")
print("rows plain", repr(float(welch.statistic)), repr(float(welch.df)), repr(float(welch.pvalue)))

parts = []
for group in (inside, ~inside):
    ratio = loss[group].sum() / size[group].sum()
    apart = loss[group] - ratio * size[group]
    n = group.sum()
    parts.append((ratio, n / (n - 1) * np.sum(apart**2) / size[group].sum() ** 2, n))
(a, v, n), (b, w, m) = parts
t, df = (a - b) / np.sqrt(v + w), (v + w) ** 2 / (v**2 / (n - 1) + w**2 / (m - 1))
print("rows sized", repr(float(t)), repr(float(df)), repr(float(stats.t.sf(t, df))))

for name, y, weight in (("plain", loss, np.ones(240)), ("sized", loss / size, size)):
    fit = sm.WLS(y, np.stack([inside, ~inside], axis=1).astype(float), weights=weight).fit(
        cov_type="cluster", cov_kwds={"groups": day, "use_correction": False}
    )
    d = np.array([1.0, -1.0])
    t = (d @ fit.params) / np.sqrt(17 / 16 * d @ fit.cov_params() @ d)
    # One less than the days of the side that touches fewer.
    df = len(np.unique(day[inside])) - 1
    print("blocks", name, repr(float(t)), float(df), repr(float(stats.t.sf(t, df))))
