"""Prints the reference numbers of sequential/*.rs: the published formulas, written out in numpy 2.4.6."""
import numpy as np

RHO = np.array([1.1, 1.25, 1.5, 2, 3, 5, 10])


def mixture(chances, hits, rho):
    """ln of the mean over rho of the product of likelihood ratios, after each event."""
    odds = chances / (1 - chances)
    paths = []
    for r in rho:
        other = r * odds / (1 + r * odds)
        paths.append(np.cumsum(np.where(hits, np.log(other / chances), np.log((1 - other) / (1 - chances)))))
    return np.logaddexp.reduce(paths, axis=0) - np.log(len(rho))


event = np.arange(400)
w = np.where(event < 150, 0.05, 0.2)
harm = mixture(w * 1.0 / (w * 1.0 + 1 - w), event % 4 == 0, RHO)
fit = mixture(w * 1.5 / (w * 1.5 + 1 - w), event % 11 == 0, 1 / RHO)
print("error rates", repr(float(harm[-1])), repr(float(fit[-1])), "largest", repr(float(max(0, fit.max()))))
row = np.arange(600)
print("exceedances", repr(float(mixture(np.full(600, 0.01), row % 40 == 7, RHO)[-1])))


def bet(x, reach, cap):
    t = np.arange(1, len(x) + 1)
    mean = np.r_[0, np.cumsum(x)[:-1]] / t
    square = np.r_[cap**2 / 4, (np.cumsum(x * x)[:-1] + cap**2 / 4) / t[1:]]
    stake = np.clip(mean / square, 0, 0.5 / reach)
    paths = [np.cumsum(np.log1p(stake * x)) + np.log(0.5)]
    paths += [np.cumsum(np.log1p(g * x / reach)) + np.log(0.125) for g in (0.01, 0.03, 0.1, 0.3)]
    return np.logaddexp.reduce(paths, axis=0)


row, cap = np.arange(500), 3.0
champion = 2 + np.sin(0.7 * row)
challenger = 2.3 + np.sin(0.7 * row) + 0.8 * np.cos(1.9 * row)
d = np.minimum(challenger, cap) - np.minimum(champion, cap)
print("shadow", repr(float(bet(d - 0.1, cap + 0.1, cap)[-1])), repr(float(bet(0.6 - d, cap - 0.6, cap)[-1])))

x = np.exp(np.sin(0.7 * np.arange(800)))
a, t = 0.05, len(x)
R = 2 * np.log(1 / a) / 5000
half = x.std(ddof=1) * np.sqrt(2 * (t * R + 1) / (t**2 * R) * np.log(np.sqrt(t * R + 1) / a))
one = x.std(ddof=1) * np.sqrt(2 * (t * R + 1) / (t**2 * R) * np.log(1 + np.sqrt(t * R + 1) / (2 * a)))
print("sequence", *[repr(float(v)) for v in (x.mean(), x.mean() - half, x.mean() + half, x.mean() - one)])
