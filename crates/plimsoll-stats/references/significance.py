"""Prints the reference numbers of tests/significance.rs (committed as significance.txt).

One number a line: its name, its arguments, itself.

numpy 2.4.6, scipy 1.17.1, statsmodels 0.15.0; tails that underflow there: mpmath 1.3.0, 50 digits
"""
import mpmath as mp
import numpy as np
from scipy import special, stats
from statsmodels.stats.proportion import proportions_ztest
from waves import PAIRS

mp.mp.dps = 50


def show(name, number):
    print(name, repr(float(number)))


# Tails. The incomplete functions by quadrature-free definitions of mpmath.
def ln_gamma_upper(a, x):
    return mp.log(mp.gammainc(a, x, mp.inf, regularized=True))


def ln_beta_lower(a, b, x):
    # The hypergeometric form, which does not cancel: DLMF 8.17.8.
    x = mp.mpf(x)
    return mp.log(x**a * (1 - x) ** b / (a * mp.beta(a, b)) * mp.hyp2f1(a + b, 1, a + 1, x))


for z in (-40, -3, 0, 1.5, 4.999, 5.001, 12, 40, 1e5):
    value = -mp.mpf(z) ** 2 / 2 - mp.log(z * mp.sqrt(2 * mp.pi)) - 1 / mp.mpf(z) ** 2 if z > 1e4 else mp.log(mp.erfc(mp.mpf(z) / mp.sqrt(2)) / 2)
    show(f"normal {z}", value)
for t, degrees in ((0.3, 5), (2.5, 1), (2.5, 30.5), (60, 4), (40, 2000), (3, 1e7), (-2, 7)):
    nu, t_ = mp.mpf(degrees), mp.mpf(t)
    both = mp.exp(ln_beta_lower(nu / 2, mp.mpf(1) / 2, nu / (nu + t_**2)))
    show(f"student {t} {degrees}", mp.log(both / 2 if t > 0 else 1 - both / 2))
for x, degrees in ((0.1, 1), (3.2, 2), (40, 50), (3000, 5), (900, 1000), (12000, 10000), (9800, 10000)):
    show(f"chi-square {x} {degrees}", ln_gamma_upper(mp.mpf(degrees) / 2, mp.mpf(x) / 2))
for x, over, under in ((0.4, 3, 9), (2.5, 4, 13), (80, 5, 40), (7, 23, 5000), (1.001, 2000, 3000)):
    share = mp.mpf(under) / (under + over * mp.mpf(x))
    show(f"f {x} {over} {under}", ln_beta_lower(mp.mpf(under) / 2, mp.mpf(over) / 2, share))
for hits, draws, chance in ((3, 10, 0.25), (700, 1000, 0.25), (1, 100000, 1e-7), (5200, 10000, 0.5)):
    show(f"binomial {hits} {draws} {chance}", ln_beta_lower(hits, draws - hits + 1, mp.mpf(chance)))
for x in (0.05, 0.2, 0.5, 0.999, 1.0, 1.36, 3, 9):
    show(f"kolmogorov-p {x}", special.kolmogorov(x))
show("kolmogorov-ln 30", mp.log(2) - 1800)


def ln_tail(rows, marked, draws, hits):
    most = min(marked, draws)
    total = mp.binomial(rows, draws)
    sum_, k = mp.mpf(0), hits
    while k <= most:
        term = mp.binomial(marked, k) * mp.binomial(rows - marked, draws - k) / total
        sum_ += term
        if term < sum_ * mp.mpf(10) ** -30:
            break
        k += 1
    return mp.log(sum_)


for rows, marked, draws, hits in ((30, 12, 10, 7), (2000000, 3000, 1000000, 1700), (2000000, 3000, 1000000, 2900), (500, 400, 100, 90)):
    show(f"hypergeometric {rows} {marked} {draws} {hits}", ln_tail(rows, marked, draws, hits))
for hits_a, n, hits_b, m in ((5, 20, 7, 10), (6, 20, 14, 20), (600, 200000, 300, 200000), (3, 15, 3, 15), (40, 50, 90, 91)):
    table = [[hits_a, n - hits_a], [hits_b, m - hits_b]]
    show(f"fisher-p {hits_a} {n} {hits_b} {m}", stats.fisher_exact(table).pvalue)
    draw = stats.hypergeom(n + m, hits_a + hits_b, m)
    show(f"exact-p {hits_a} {n} {hits_b} {m}", min(1, 2 * min(draw.cdf(hits_b), draw.sf(hits_b - 1))))
    z, p = proportions_ztest([hits_b, hits_a], [m, n])
    show(f"z {hits_a} {n} {hits_b} {m}", z)
    show(f"z-p {hits_a} {n} {hits_b} {m}", p)
    # The corrected one is the root of chi2_contingency(correction=True).
    show(f"z-corrected-p {hits_a} {n} {hits_b} {m}", stats.chi2_contingency(table, correction=True).pvalue)

for name in ("small", "equal", "tied", "large", "far"):
    a, b = PAIRS[name]
    result = stats.ks_2samp(a, b, method="asymp")
    show(f"ks {name}", result.statistic)
    show(f"ks-at {name}", result.statistic_location)
    show(f"ks-sign {name}", result.statistic_sign)
    ne = len(a) * len(b) / (len(a) + len(b))
    show(f"ks-limit-ln {name}", mp.log(sum(2 * (-1) ** (k - 1) * mp.exp(-2 * k**2 * mp.mpf(result.statistic) ** 2 * ne) for k in range(1, 60))))
    if len(a) * len(b) <= 10_000:
        show(f"ks-exact-p {name}", stats.ks_2samp(a, b, method="exact").pvalue)

TABLES = {
    "plain": ([10, 20, 30, 5], [12, 25, 20, 9]),
    "unequal": ([100, 0, 31, 8, 4], [1200, 25, 207, 3, 90]),
    "far": ([5000, 3000, 100], [3000, 5000, 400]),
}
for name, table in TABLES.items():
    for method, lambda_ in (("chi-square", "pearson"), ("g", "log-likelihood")):
        result = stats.chi2_contingency(table, correction=False, lambda_=lambda_)
        show(f"{method}-statistic {name}", result.statistic)
        margins = [sum(row) for row in table], [a + b for a, b in zip(*table)]
        n = sum(margins[0])
        # Williams 1976
        room = [n * sum(1 / mp.mpf(m) for m in margin) - 1 for margin in margins]
        q = 1 + room[0] * room[1] / (6 * n * int(result.dof)) if method == "g" else 1
        show(f"{method}-ln {name}", ln_gamma_upper(mp.mpf(int(result.dof)) / 2, mp.mpf(float(result.statistic)) / 2 / q))
wide = np.array([[10, 20, 30], [12, 25, 20], [40, 2, 9]])
show("chi-square-statistic wide", stats.chi2_contingency(wide, correction=False).statistic)

family = [0.041, 0.001, 0.039, 0.9, 0.039, 1e-200, 0.7, 0.008]
for index, p in enumerate(stats.false_discovery_control(family)):
    show(f"bh {index}", p)

# saddle.rs
for x, n, p in ((3, 10, 0.25), (500_000, 1_000_000, 0.5), (2.5, 9.25, 0.3), (0, 1_000_000, 1e-12)):
    x_, n_, p_ = mp.mpf(x), mp.mpf(n), mp.mpf(p)
    show(f"ln-binomial {x} {n} {p}", mp.loggamma(n_ + 1) - mp.loggamma(x_ + 1) - mp.loggamma(n_ - x_ + 1) + x_ * mp.log(p_) + (n_ - x_) * mp.log(1 - p_))
show("ln-poisson 2000 2010", 2000 * mp.log(2010) - 2010 - mp.loggamma(2001))
