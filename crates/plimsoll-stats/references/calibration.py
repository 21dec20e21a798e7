"""Prints the reference numbers of tests/calibration.rs, kept in calibration.txt.

The curve from scikit-learn 1.9.1 (calibration_curve); error, correction and interval written out bin
by bin in numpy 2.4.6.
"""
import numpy as np
from scipy import stats
from sklearn.calibration import calibration_curve

i = np.arange(300)
p = 1 / (1 + np.exp(-(1.8 * np.sin(0.7 * i) - 0.4 + 1.2 * np.sin(2.9 * i))))
outcome = np.modf(np.abs(np.sin(12.9898 * i) * 43758.5453))[0] < 0.15 + 0.6 * p
day = (i * 5 + i // 11) % 23
z = stats.norm.isf(0.025)

for strategy in ("uniform", "quantile"):
    if strategy == "uniform":
        edges = np.linspace(0, 1, 11)
    else:
        # Cuts at the rows, not between them as scikit-learn's quantiles do.
        edges = np.concatenate([[0], np.sort(p)[[k * 300 // 10 for k in range(1, 10)]], [1]])
    bins = np.clip(np.searchsorted(edges, p, side="right"), 1, 10) - 1
    shares = [outcome[bins == k].mean() for k in range(10) if (bins == k).any()]
    means = [p[bins == k].mean() for k in range(10) if (bins == k).any()]
    if strategy == "uniform":
        assert np.allclose(calibration_curve(outcome, p, n_bins=10), (shares, means))
    for mean, share in zip(means, shares):
        print(strategy, "bin", repr(float(mean)), repr(float(share)))
    for blocks in (None, day):
        n, d, v = len(p), [], []
        for k in range(10):
            inside = bins == k
            if not inside.any():
                continue
            r = (outcome - p)[inside]
            if blocks is None:
                v.append(np.sum((r - r.mean()) ** 2) if inside.sum() > 1 else 0.25)
            else:
                sums = [np.sum(r[blocks[inside] == b] - r.mean()) for b in np.unique(blocks[inside])]
                B = len(sums)
                v.append(B / (B - 1) * np.sum(np.square(sums)))
            hits, rows = outcome[inside].sum(), inside.sum()
            if rows > 1 and min(hits, rows - hits) < 10:
                # Rows that came out alike do not say that they had to: one more of either.
                q = (hits + 1) / (rows + 2)
                v[-1] = max(v[-1], rows * q * (1 - q))
            d.append(r.sum())
        d, v = np.abs(d), np.array(v)
        e = d.sum() / n
        bias = np.sqrt(2 / np.pi) * np.sqrt(v)[d < 2 * np.sqrt(v)].sum() / n
        se = np.sqrt(v.sum()) / n
        c = max(0, e - bias)
        print(strategy, "rows" if blocks is None else "blocks", *[repr(float(x)) for x in (e, c, max(0, c - z * se), c + z * se + bias / 2)])

print("bias", repr(float(np.mean(p - outcome))))
print("overconfidence", repr(float(np.mean(np.maximum(p, 1 - p) - ((p > 0.5) == outcome)))))
