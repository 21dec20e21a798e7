"""Reference values of pareto.rs: scipy.stats.genpareto.

pip install numpy==2.4.6 scipy==1.17.1
"""

import numpy as np
from scipy import optimize, stats

excesses = np.array([round(5.0 * ((1.0 - (7919 * k) % 61 / 61.0) ** -0.4 - 1.0), 6) for k in range(1, 61)])
print("sum", repr(float(excesses.sum())))


def likelihood(parameters, known, censored, limit):
    shape, scale = parameters
    if scale <= 0:
        return np.inf
    law = stats.genpareto(shape, scale=scale)
    value = -law.logpdf(known).sum() - censored * law.logsf(limit)
    return value if np.isfinite(value) else np.inf


def fit(known, censored=0, limit=0.0, fixed=None):
    best = None
    for start in [(0.1, known.mean()), (0.5, known.mean() / 2), (-0.1, known.mean())]:
        if fixed is None:
            found = optimize.minimize(likelihood, start, (known, censored, limit), method="Nelder-Mead",
                                      options={"xatol": 1e-12, "fatol": 1e-14, "maxiter": 20000, "maxfev": 20000})
        else:
            found = optimize.minimize(lambda s: likelihood((fixed, s[0]), known, censored, limit), [start[1]],
                                      method="Nelder-Mead", options={"xatol": 1e-12, "fatol": 1e-14, "maxiter": 20000, "maxfev": 20000})
        if best is None or found.fun < best.fun:
            best = found
    return [float(value) for value in best.x]


print("genpareto.fit(floc=0)", [float(x) for x in stats.genpareto.fit(excesses, floc=0)])
print("all known", fit(excesses))
limit = 10.0
known = excesses[excesses <= limit]
print("censored", len(excesses) - len(known), fit(known, len(excesses) - len(known), limit))
print("shape .2", fit(excesses, fixed=0.2))
print("shape .2, censored", fit(known, len(excesses) - len(known), limit, fixed=0.2))
print("isf", float(stats.genpareto.isf(1e-7, 0.3, scale=2.0)), float(stats.genpareto.isf(1e-7, 0.0, scale=2.0)))
print("logsf", float(stats.genpareto.logsf(40.0, 0.3, scale=2.0)), float(stats.genpareto.logsf(3.0, -0.2, scale=2.0)))

# series.rs: ten weeks of days, the last judged by the nine before.
week, weeks = 7, 10
series = np.array([100 + 10 * (k % 7) + ((37 * k * k + 11 * k) % 29) + (25 if k % 23 == 5 else 0) for k in range(week * weeks)], float)
history = series[:-week].reshape(weeks - 1, week)
distances = np.sort([abs(history[w, s] - np.median(np.delete(history[:, s], w))) for w in range(weeks - 1) for s in range(week)])
share = min(max(10 / len(distances), 0.05), 0.5)
begin = np.quantile(distances, 1 - share)
beyond = distances[distances > begin] - begin
shape = max(0.2, fit(beyond)[0]) + 0.5 / np.sqrt(len(beyond))
scale = fit(beyond, fixed=shape)[0]
level = 0.2 / (2 * week * 30 / 7)
print("series", np.median(history, axis=0).tolist(), shape, float(begin + stats.genpareto.isf(level / share, shape, scale=scale)))
