"""Prints the reference numbers of tests/references.rs, kept in bootstrap.txt.

The points come from scikit-learn 1.9.1; the intervals from a second implementation of the weights
and of the studentised bootstrap, row by row from influence values, in numpy 2.4.
"""
import math

import numpy as np
from sklearn import metrics

from resamples import weights

N, R = 120, 2000
i = np.arange(N)
y = 40 + 25 * np.sin(0.37 * i) + 5 * np.cos(2.1 * i)
p = y + 6 * np.sin(1.3 * i + 0.2) * (1 + (i % 7 == 0)) + 1.5
q = y + 5 * np.sin(0.9 * i + 0.5) * (1 + (i % 9 == 0)) + 0.5
day = (i * 5 + i // 11) % 13
positive = np.sin(0.7 * i) > 0.2
score = 1 / (1 + np.exp(-(2 * np.sin(0.7 * i) - 0.4 + 1.6 * np.sin(2.9 * i))))
other = 1 / (1 + np.exp(-(2 * np.sin(0.7 * i) - 0.4 + 2.6 * np.sin(3.7 * i))))
coarse = np.round(score * 20) / 20
truth = (np.floor(3 * (np.sin(0.7 * i) + 1) / 2)).astype(int)
answer = np.clip(np.floor(3 * (np.sin(0.7 * i) + 0.5 * np.sin(2.9 * i) + 1) / 2), 0, 2).astype(int)

own = [weights(r, N) for r in range(R)]
days = [weights(r, 13) for r in range(R)]

log = (np.log, lambda x: 1 / x, np.exp)
same = (lambda x: x, lambda x: 1.0, lambda g: g)
logit = (lambda x: np.log(x / (1 - x)), lambda x: 1 / (x * (1 - x)), lambda g: 1 / (1 + np.exp(-g)))
rest = (lambda x: -np.log(1 - x), lambda x: 1 / (1 - x), lambda g: 1 - np.exp(-g))


def boot_t(name, value_and_influence, scale, block, order=None):
    """value_and_influence(w): the statistic under row weights and each row's influence on it."""
    to, slope, back = scale
    labels = i if block is None else block
    if order is not None:
        labels = order[labels]
    B = labels.max() + 1

    def error(w_block):
        value, influence = value_and_influence(w_block[labels])
        of_block = np.bincount(labels, influence, B)
        return value, math.sqrt(B / (B - 1) * np.sum(w_block * of_block**2)) * abs(slope(value)), of_block

    value, se, u = error(np.ones(B))
    ts = []
    for w in own if block is None else days:
        star, se_star, _ = error(w)
        ts.append((to(star) - to(value)) / se_star)
    low, high = np.quantile(ts, [0.975, 0.025])
    ends = [back(to(value) - low * se), back(to(value) - high * se)]
    carry = np.sum(u**2) ** 2 / np.sum(u**4)
    print(name, "rows" if block is None else "blocks", *[repr(float(x)) for x in (value, *ends, carry)])


def ratio(num, den, form=lambda q: q, slope=lambda q: 1.0):
    def f(w):
        a, b = np.sum(w * num), np.sum(w * den)
        return form(a / b), slope(a / b) * (num - a / b * den) / b

    return f


def spread(num, form, slope):
    def f(w):
        n = np.sum(w)
        mean = np.sum(w * y) / n
        v = np.sum(w * (y - mean) ** 2)
        a = np.sum(w * num)
        return form(a / v), slope * (num - a / v * (y - mean) ** 2) / v

    return f


def macro_f1(truth, answer):
    def f(w):
        value, influence = 0.0, np.zeros(N)
        present = [c for c in range(3) if np.sum(w * ((truth == c) | (answer == c))) > 0]
        for c in present:
            num = 2.0 * ((truth == c) & (answer == c))
            den = 1.0 * (truth == c) + 1.0 * (answer == c)
            a, b = np.sum(w * num), np.sum(w * den)
            value += a / b / len(present)
            influence += (num - a / b * den) / b / len(present)
        return value, influence

    return f


def root(q):
    return np.sqrt(q)


e, f, one = p - y, q - y, np.ones(N)
print("sklearn mae", repr(float(metrics.mean_absolute_error(y, p))))
print("sklearn rmse", repr(float(metrics.root_mean_squared_error(y, p))))
print("sklearn r2", repr(float(metrics.r2_score(y, p))))
print("sklearn accuracy", repr(float(metrics.accuracy_score(positive, score > 0.5))))
print("sklearn f1", repr(float(metrics.f1_score(positive, score > 0.5))))
print("sklearn log_loss", repr(float(metrics.log_loss(positive, score))))
print("sklearn brier", repr(float(metrics.brier_score_loss(positive, score))))
print("sklearn auc", *[repr(float(metrics.roc_auc_score(positive, s))) for s in (score, coarse, other)])
print("sklearn macro f1", repr(float(metrics.f1_score(truth, answer, average="macro", zero_division=np.nan))))
print("sklearn log_loss clipped", repr(float(metrics.log_loss([1, 0], [0.0, 0.0], labels=[0, 1]))))
probability = np.stack([score / 2, 1 - score, score / 2], axis=1)
print("sklearn multiclass log_loss", repr(float(metrics.log_loss(truth, probability))))
print("sklearn multiclass brier", repr(float(metrics.brier_score_loss(truth, probability))))

for block in (None, day):
    boot_t("mae", ratio(abs(e), one), log, block)
    boot_t("rmse", ratio(e**2, one, root, lambda q: 0.5 / root(q)), log, block)
    boot_t("wape", ratio(abs(e), abs(y)), log, block)
    boot_t("bias", ratio(e, one), same, block)
    boot_t("r2", spread(e**2, lambda q: 1 - q, -1.0), rest, block)
    boot_t("gain-mae", ratio(abs(f), abs(e), lambda q: 1 - q, lambda q: -1.0), rest, block)
    boot_t("gain-rmse", ratio(f**2, e**2, lambda q: 1 - root(q), lambda q: -0.5 / root(q)), rest, block)
    boot_t("gain-r2", spread(e**2 - f**2, lambda q: q, 1.0), same, block)
    hit = 1.0 * ((score > 0.5) == positive)
    other_hit = 1.0 * ((other > 0.5) == positive)
    tp, either = 2.0 * (positive & (score > 0.5)), 1.0 * positive + 1.0 * (score > 0.5)
    tp2, either2 = 2.0 * (positive & (other > 0.5)), 1.0 * positive + 1.0 * (other > 0.5)
    of_truth = np.where(positive, score, 1 - score)
    other_of_truth = np.where(positive, other, 1 - other)
    boot_t("accuracy", ratio(hit, one), logit, block)
    boot_t("f1", ratio(tp, either), logit, block)
    boot_t("log_loss", ratio(-np.log(of_truth), one), log, block)
    boot_t("brier", ratio((1 - of_truth) ** 2, one), log, block)
    # Blocks are drawn in the order of what they add to the classes.
    parts = [[] for _ in range(N if block is None else 13)]
    for row in range(N):
        parts[row if block is None else block[row]] += [(truth[row], answer[row])]
    added = []
    for rows in parts:
        slots = sorted({c for pair in rows for c in pair})
        hits = [2 * sum(t == a == c for t, a in rows) for c in slots]
        sizes = [sum((t == c) + (a == c) for t, a in rows) for c in slots]
        added.append(tuple((int(c), int(h), int(s)) for c, h, s in zip(slots, hits, sizes)))
    order = np.empty(len(parts), int)
    order[sorted(range(len(parts)), key=lambda b: added[b])] = np.arange(len(parts))
    boot_t("macro-f1", macro_f1(truth, answer), logit, block, order)
    boot_t("gain-accuracy", ratio(other_hit - hit, one), same, block)
    boot_t("gain-log_loss", ratio(-np.log(other_of_truth), -np.log(of_truth), lambda q: 1 - q, lambda q: -1.0), rest, block)

    def f1_gain(w):
        (a, u), (b, v) = ratio(tp2, either2)(w), ratio(tp, either)(w)
        return a - b, u - v

    boot_t("gain-f1", f1_gain, same, block)


def area(s, w):
    return metrics.roc_auc_score(positive, s, sample_weight=w)


usable = [w[day] for w in days]
areas = [(area(coarse, w), area(other, w)) for w in usable]
print("auc percentile blocks", np.quantile([a for a, _ in areas], [0.025, 0.975]).tolist())
print("auc gain percentile blocks", np.quantile([b - a for a, b in areas], [0.025, 0.975]).tolist())


def delong(s):
    pos, neg = s[positive], s[~positive]
    psi = (pos[:, None] > neg[None, :]) + 0.5 * (pos[:, None] == neg[None, :])
    return psi.mean(), psi.mean(axis=1), psi.mean(axis=0)


(a, v10, v01), (b, o10, o01) = delong(coarse), delong(other)
m, n = positive.sum(), (~positive).sum()
se = math.sqrt(v10.var(ddof=1) / m + v01.var(ddof=1) / n)
z = 1.9599639845400545
ends = [1 / (1 + math.exp(-(math.log(a / (1 - a)) + s * z * se / (a * (1 - a))))) for s in (-1, 1)]
print("delong", repr(float(a)), repr(se), *map(repr, ends))
cov = np.cov(v10, o10)[0, 1] / m + np.cov(v01, o01)[0, 1] / n
var = se**2 + o10.var(ddof=1) / m + o01.var(ddof=1) / n - 2 * cov
print("paired delong", *[repr(float(b - a + s * z * math.sqrt(var))) for s in (0, -1, 1)])
