"""Prints the reference numbers of psi.rs and distance.rs.

numpy 2.4, scipy 1.17.1
"""
import numpy as np
from scipy import stats
from scipy.spatial.distance import cityblock

FLOOR = 1e-4


def psi(reference, current):
    p = np.maximum(np.asarray(reference) / np.sum(reference), FLOOR)
    q = np.maximum(np.asarray(current) / np.sum(current), FLOOR)
    return float(((q - p) * np.log(q / p)).sum())


a = [0.61, 0.29, 0.06, 0.59, -1.73, -0.74, 0.51, -0.56, 0.39, 1.64]
b = [0.61, 0.82, 1.45, 0.29, 2.11, 0.95, 1.73]
print("ks_2samp", repr(float(stats.ks_2samp(a, b).statistic)))

a, b = "aaabbbbbcd", "aabbbbbbbbbbde"
counts = [[text.count(letter) for letter in "abcde"] for text in (a, b)]
print("total variation", repr(float(cityblock(*(np.array(c) / sum(c) for c in counts)) / 2)))
print("psi of categories", repr(psi(*counts)))

p, q = np.array([50, 30, 20]) / 100, np.array([40, 35, 25]) / 100
print("entropy both ways", repr(float(stats.entropy(p, q) + stats.entropy(q, p))), repr(psi(p, q)))

reference = np.array([x * x % 97 for x in range(40)], float)
current = np.array([x * 7 % 120 for x in range(25)], float)
cuts = np.unique(np.quantile(reference, np.arange(1, 10) / 10, method="inverted_cdf"))
binned = [np.bincount(np.searchsorted(cuts, x, side="left"), minlength=len(cuts) + 1) for x in (reference, current)]
print("bins", [counts.tolist() for counts in binned], repr(psi(*binned)))
print("no zeros any more", repr(psi([3, 97, 0], [0, 50, 0])))
