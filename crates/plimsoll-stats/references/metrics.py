"""Prints the reference numbers of tests/metrics.rs, kept in metrics.txt.

Points from scikit-learn 1.9.1. Intervals from a second implementation: each statistic is written as a
function of row weights, and the influence of each row is its derivative, taken by a complex step.
"""
import numpy as np
from scipy import stats
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
second = np.clip(np.floor(3 * (np.sin(0.7 * i) + 0.5 * np.sin(3.7 * i) + 1) / 2), 0, 2).astype(int)
low, high = p - 4 - 3 * np.cos(0.4 * i) ** 2, p + 4 + 3 * np.sin(0.9 * i) ** 2
low2, high2 = q - 5 - np.cos(0.4 * i) ** 2, q + 3 + np.sin(0.9 * i) ** 2
levels = [0.1, 0.5, 0.9]
quantiles = np.stack([low, p, high], axis=1)
quantiles2 = np.stack([low2, q, high2], axis=1)

np.seterr(all="ignore")  # an end of a range is infinite on its scale
own = np.array([weights(r, N) for r in range(R)])
days = np.array([weights(r, 13) for r in range(R)])

log = (np.log, lambda x: 1 / x, np.exp)
same = (lambda x: x, lambda x: 1.0, lambda g: g)
logit = (lambda x: np.log(x / (1 - x)), lambda x: 1 / (x * (1 - x)), lambda g: 1 / (1 + np.exp(-g)))
fisher = (np.arctanh, lambda x: 1 / (1 - x * x), np.tanh)
rest = (lambda x: -np.log1p(-x), lambda x: 1 / (1 - x), lambda g: -np.expm1(-g))

STEP = 1e-30


def derivative(statistic, w):
    """The statistic and its derivative by the weight of each row."""
    moved = np.tile(w.astype(complex), (N, 1)) + 1j * STEP * np.eye(N)
    return statistic(w[None, :])[0].real, statistic(moved).imag / STEP


def blocks_of(block, order):
    labels = i if block is None else block
    return labels if order is None else order[labels]


def linear(statistic, scale, block, order):
    """Value, standard error on the scale and influence of each block; and these for other weights."""
    slope = scale[1]
    labels = blocks_of(block, order)
    B = labels.max() + 1

    def error(w_block):
        value, influence = derivative(statistic, w_block[labels])
        of_block = np.bincount(labels, influence, B)
        return value, np.sqrt(B / (B - 1) * np.sum(w_block * of_block**2)) * abs(slope(value)), of_block

    return error, B


def line(name, block, value, ends, u):
    print(name, "rows" if block is None else "blocks", *[repr(float(x)) for x in (value, *ends, np.sum(u**2) ** 2 / np.sum(u**4))])


def boot_t(name, statistic, scale, block=None, order=None):
    to, _, back = scale
    error, B = linear(statistic, scale, block, order)
    value, se, u = error(np.ones(B))
    ts = []
    for w in own if block is None else days:
        star, se_star, _ = error(w)
        # At an end of the range it is infinitely far away.
        ts.append((to(star) - to(value)) / (se_star if np.isfinite(to(star)) else 1))
    line(name, block, value, [back(to(value) - t * se) for t in np.quantile(ts, [0.975, 0.025])], u)


def by_t(name, statistic, optimism, scale, block=None):
    """Student's t around the value less its optimism."""
    to, _, back = scale
    error, B = linear(statistic, scale, block, None)
    value, _, u = error(np.ones(B))
    centre = value - optimism
    se = np.sqrt(B / (B - 1) * np.sum(u**2)) * scale[1](centre)
    ends = [back(to(centre) - t * se) for t in stats.t.isf([0.025, 0.975], B - 1)]
    line(name, block, value, [min(ends[0], value), max(ends[1], value)], u)


def bca(name, statistic, scale, block=None, order=None):
    to, _, back = scale
    error, B = linear(statistic, scale, block, order)
    value, _, u = error(np.ones(B))
    stars = to(statistic((own if block is None else days)[:, blocks_of(block, order)]))
    line("percentile-" + name, block, value, back(np.quantile(stars, [0.025, 0.975])), u)
    g = to(value)
    z0 = stats.norm.ppf((np.sum(stars < g) + 0.5 * np.sum(stars == g)) / R)
    a = np.sum(u**3) / (6 * np.sum(u**2) ** 1.5)
    z = stats.norm.ppf([0.025, 0.975])
    shares = stats.norm.cdf(z0 + (z0 + z) / (1 - a * (z0 + z)))
    line("bca-" + name, block, value, back(np.quantile(stars, shares)), u)


def ratio(num, den):
    return lambda w: (w @ num) / (w @ den)


def minus(f, g):
    return lambda w: f(w) - g(w)


def confusion(truth, answer, classes):
    hit = np.stack([1.0 * ((truth == c) & (answer == c)) for c in range(classes)], axis=1)
    t = np.stack([1.0 * (truth == c) for c in range(classes)], axis=1)
    a = np.stack([1.0 * (answer == c) for c in range(classes)], axis=1)
    return lambda w: (w @ hit, w @ t, w @ a)


def mean_over(num, den, weight=None):
    """Mean over the classes with something to divide by; the complex step leaves reals alone."""
    present = den.real > 0.5
    share = np.where(present, num / np.where(present, den, 1), 0)
    weight = np.where(present, 1 if weight is None else weight, 0)
    return np.sum(weight * share, axis=1) / np.sum(weight, axis=1)


def class_scores(truth, answer, classes):
    counts = confusion(truth, answer, classes)

    def kappa(w):
        h, t, a = counts(w)
        n = t.sum(axis=1)
        o, e = h.sum(axis=1) / n, (t * a).sum(axis=1) / n**2
        return (o - e) / (1 - e)

    def mcc(w):
        h, t, a = counts(w)
        n = t.sum(axis=1)
        cov = lambda x, z: n * x - (z[0] * z[1]).sum(axis=1)
        return cov(h.sum(axis=1), (t, a)) / np.sqrt((n**2 - (a * a).sum(axis=1)) * (n**2 - (t * t).sum(axis=1)))

    def of(f):
        return lambda w: f(*counts(w))

    return {
        "precision": (of(lambda h, t, a: mean_over(h, a)), logit),
        "recall": (of(lambda h, t, a: mean_over(h, t)), logit),
        "balanced_accuracy": (of(lambda h, t, a: mean_over(h, t)), logit),
        "weighted_f1": (of(lambda h, t, a: mean_over(2 * h, t + a, t)), logit),
        "weighted_precision": (of(lambda h, t, a: mean_over(h, a, t)), logit),
        "kappa": (kappa, fisher),
        "mcc": (mcc, fisher),
    }


def order_of(truth, answers, classes, block):
    """Blocks are drawn in the order of what they add: first as F1 sees it, then the truths."""
    labels = i if block is None else block
    keys = []
    for b in range(labels.max() + 1):
        added = {}
        for m, answer in enumerate(answers):
            for row in np.flatnonzero(labels == b):
                for c, (h, t, a) in ((truth[row], (truth[row] == answer[row], 1, 0)), (answer[row], (0, 0, 1))):
                    slot = added.setdefault(m * classes + c, [0, 0, 0])
                    slot[0] += int(h)
                    slot[1] += t
                    slot[2] += a
        parts = [(int(s), *added[s]) for s in sorted(added)]
        keys.append(([(s, h, t + a) for s, h, t, a in parts], [t for _, _, t, _ in parts]))
    order = np.empty(len(keys), int)
    order[sorted(range(len(keys)), key=lambda b: keys[b])] = np.arange(len(keys))
    return order


def average_precision(score):
    order = np.argsort(-score, kind="stable")
    ends = np.flatnonzero(np.append(np.diff(score[order]) != 0, True))
    is_positive = 1.0 * positive[order]

    def f(w):
        w = w[:, order]
        rows, found = np.cumsum(w, axis=1)[:, ends], np.cumsum(w * is_positive, axis=1)[:, ends]
        gained = np.diff(found, axis=1, prepend=0)
        some = rows.real > 0.5
        return np.sum(gained * np.where(some, found / np.where(some, rows, 1), 0), axis=1) / found[:, -1]

    return f


def optimism(score):
    """Positives count themselves in the precision at their rank, row by row."""
    total = 0.0
    for row in np.flatnonzero(positive):
        above = score >= score[row]
        total += (1 - positive[above].mean()) / above.sum()
    return total / positive.sum()


def pinball(y, q, level):
    return np.where(y >= q, level * (y - q), (1 - level) * (q - y))


nan = dict(zero_division=np.nan)
print("sklearn mape", repr(float(metrics.mean_absolute_percentage_error(y, p))))
for name, f in (
    ("precision", lambda t, a: metrics.precision_score(t, a, average="macro", **nan)),
    ("recall", lambda t, a: metrics.recall_score(t, a, average="macro", **nan)),
    ("balanced_accuracy", metrics.balanced_accuracy_score),
    ("weighted_f1", lambda t, a: metrics.f1_score(t, a, average="weighted", **nan)),
    ("weighted_precision", lambda t, a: metrics.precision_score(t, a, average="weighted", **nan)),
    ("kappa", metrics.cohen_kappa_score),
    ("mcc", metrics.matthews_corrcoef),
):
    print("sklearn macro-" + name, repr(float(f(truth, answer))))
hard, hard2 = score > 0.5, other > 0.5
print("sklearn precision", repr(float(metrics.precision_score(positive, hard))))
print("sklearn recall", repr(float(metrics.recall_score(positive, hard))))
print("sklearn specificity", repr(float(metrics.recall_score(positive, hard, pos_label=False))))
print("sklearn balanced_accuracy", repr(float(metrics.balanced_accuracy_score(positive, hard))))
print("sklearn kappa", repr(float(metrics.cohen_kappa_score(positive, hard))))
print("sklearn mcc", repr(float(metrics.matthews_corrcoef(positive, hard))))
for name, s in (("average_precision", score), ("coarse-average_precision", coarse)):
    print("sklearn " + name, repr(float(metrics.average_precision_score(positive, s))))
loss = np.mean([metrics.mean_pinball_loss(y, quantiles[:, k], alpha=a) for k, a in enumerate(levels)])
print("sklearn quantile_loss", repr(float(loss)))

e, f, one = p - y, q - y, np.ones(N)
winkler = (high - low) + 2 / 0.2 * (np.maximum(low - y, 0) + np.maximum(y - high, 0))
winkler2 = (high2 - low2) + 2 / 0.2 * (np.maximum(low2 - y, 0) + np.maximum(y - high2, 0))
inside = 1.0 * ((low <= y) & (y <= high))
loss = np.mean([pinball(y, quantiles[:, k], a) for k, a in enumerate(levels)], axis=0)
loss2 = np.mean([pinball(y, quantiles2[:, k], a) for k, a in enumerate(levels)], axis=0)
true2, hard_ = positive.astype(int), hard.astype(int)

for block in (None, day):
    boot_t("mape", ratio(abs(e / y), one), log, block)
    boot_t("gain-mape", lambda w: 1 - ratio(abs(f / y), abs(e / y))(w), rest, block)
    boot_t("quantile_loss", ratio(loss, one), log, block)
    boot_t("gain-quantile_loss", lambda w: 1 - ratio(loss2, loss)(w), rest, block)
    boot_t("width", ratio(high - low, one), log, block)
    boot_t("interval_score", ratio(winkler, one), log, block)
    boot_t("gain-interval_score", lambda w: 1 - ratio(winkler2, winkler)(w), rest, block)
    boot_t("coverage", ratio(inside, one), logit, block)
    for name, counted in (("precision", hard), ("recall", positive), ("specificity", ~positive)):
        hit = 1.0 * (counted & (hard == positive))
        boot_t(name, ratio(hit, 1.0 * counted), logit, block)
        counted2 = hard2 if name == "precision" else counted
        hit2 = 1.0 * (counted2 & (hard2 == positive))
        boot_t("gain-" + name, minus(ratio(hit2, 1.0 * counted2), ratio(hit, 1.0 * counted)), same, block)
    by_t("average_precision", average_precision(score), optimism(score), logit, block)
    by_t("coarse-average_precision", average_precision(coarse), optimism(coarse), logit, block)
    by_t("gain-average_precision", minus(average_precision(other), average_precision(score)), optimism(other) - optimism(score), same, block)
    order = order_of(truth, [answer], 3, block)
    pair = order_of(truth, [second, answer], 3, block)
    for name, (statistic, scale) in class_scores(truth, answer, 3).items():
        boot_t("macro-" + name, statistic, scale, block, order)
        better = class_scores(truth, second, 3)[name][0]
        boot_t("macro-gain-" + name, minus(better, statistic), same, block, pair)
    order = order_of(true2, [hard_], 2, block)
    for name in ("balanced_accuracy", "kappa", "mcc"):
        statistic, scale = class_scores(true2, hard_, 2)[name]
        boot_t(name, statistic, scale, block, order)
        if name == "kappa":
            bca(name, statistic, scale, block, order)
    bca("mae", ratio(abs(e), one), log, block)
    bca("r2", lambda w: 1 - (w @ e**2) / (w @ y**2 - (w @ y) ** 2 / (w @ one)), rest, block)
    bca("accuracy", ratio(1.0 * (hard == positive), one), logit, block)
    bca("average_precision", average_precision(score), logit, block)


def area(score):
    """The area under weights; pairs on a tie count half."""
    above = (score[:, None] > score[None, :]) + 0.5 * (score[:, None] == score[None, :])
    pos, neg = np.flatnonzero(positive), np.flatnonzero(~positive)
    pairs = above[np.ix_(pos, neg)]
    return lambda w: np.einsum("ki,ij,kj->k", w[:, pos], pairs, w[:, neg]) / (w[:, pos].sum(axis=1) * w[:, neg].sum(axis=1))


for block in (None, day):
    bca("auc", area(score), same, block)
    bca("gain-auc", minus(area(other), area(score)), same, block)
