"""95 % intervals of metrics when the rows of one day resemble each other.

Studentised block bootstrap (boot-t) on a transformed scale: whole days are drawn with replacement,
100,000 times. Every metric here is a smooth function of sums over rows, so rows are first summed
per day; a draw is then a vector of weights times a matrix, and its standard error comes from the
same sums (influence values of the days, B / (B - 1)).
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

DRAWS = 100_000


class Figure(NamedTuple):
    """A metric and the ends of its interval."""

    value: float
    low: float
    high: float


class Scale(NamedTuple):
    """A metric on the scale on which it is studentised: of sums, its gradient, and the way back."""

    of: Callable[[np.ndarray], np.ndarray]
    gradient: Callable[[np.ndarray], np.ndarray]
    back: Callable[[np.ndarray], np.ndarray]


def wape(day: np.ndarray, target: np.ndarray, predicted: np.ndarray) -> Figure:
    """Returns sum |error| / sum |target|, on the logarithm."""
    return ratio(day, np.abs(target - predicted), np.abs(target), np.exp)


def mae(day: np.ndarray, target: np.ndarray, predicted: np.ndarray) -> Figure:
    """Returns the mean absolute error, on the logarithm."""
    return ratio(day, np.abs(target - predicted), np.ones(len(target)), np.exp)


def gain(
    day: np.ndarray, target: np.ndarray, champion: np.ndarray, challenger: np.ndarray
) -> Figure:
    """Returns by which share the challenger's MAE is smaller, on the same rows, paired."""
    errors = np.abs(target - challenger), np.abs(target - champion)
    worse, better = 1, 2
    figure = ratio(day, *errors, lambda log_ratio: 1 - np.exp(log_ratio))
    return Figure(figure.value, figure[better], figure[worse])


def margin(
    day: np.ndarray, target: np.ndarray, champion: np.ndarray, challenger: np.ndarray, by: float
) -> Figure:
    """Returns the mean of (1 - by) |champion's error| - |challenger's error|.

    What is above 0 is gained beyond the share `by`. It has no logarithm, so it is studentised as
    it is. This is what a rule `beats: champion, by: 10%` is judged on; `gain` is only shown.
    """
    spare = (1 - by) * np.abs(target - champion) - np.abs(target - challenger)
    scale = Scale(
        of=lambda t: t[..., 0] / t[..., 1],
        gradient=lambda t: np.stack([1 / t[..., 1], -t[..., 0] / t[..., 1] ** 2], axis=-1),
        back=lambda value: value,
    )
    return studentised(day, np.column_stack([spare, np.ones(len(spare))]), scale)


def r2(day: np.ndarray, target: np.ndarray, predicted: np.ndarray) -> Figure:
    """Returns 1 - SSE / SST, on -ln(1 - R2)."""

    def total(t: np.ndarray) -> np.ndarray:
        return t[..., 2] - t[..., 1] ** 2 / t[..., 3]

    def gradient(t: np.ndarray) -> np.ndarray:
        mean, sst = t[..., 1] / t[..., 3], total(t)
        return np.stack([-1 / t[..., 0], -2 * mean / sst, 1 / sst, mean**2 / sst], axis=-1)

    scale = Scale(
        of=lambda t: -np.log(t[..., 0] / total(t)),
        gradient=gradient,
        back=lambda value: 1 - np.exp(-value),
    )
    rows = np.column_stack([(target - predicted) ** 2, target, target**2, np.ones(len(target))])
    return studentised(day, rows, scale)


def ratio(day: np.ndarray, above: np.ndarray, below: np.ndarray, back: Callable) -> Figure:
    """Returns `back` of the interval of ln(sum of `above` / sum of `below`)."""
    scale = Scale(
        of=lambda t: np.log(t[..., 0] / t[..., 1]),
        gradient=lambda t: np.stack([1 / t[..., 0], -1 / t[..., 1]], axis=-1),
        back=back,
    )
    return studentised(day, np.column_stack([above, below]), scale)


def studentised(day: np.ndarray, rows: np.ndarray, scale: Scale) -> Figure:
    """Returns the metric and its interval from the terms of its sums, a row each."""
    _, block = np.unique(day, return_inverse=True)
    count = block.max() + 1
    sums = np.zeros((count, rows.shape[1]))
    np.add.at(sums, block, rows)
    products = (sums[:, :, None] * sums[:, None, :]).reshape(count, -1)

    def estimate(weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        totals = weights @ sums
        slope = scale.gradient(totals)
        squares = (weights @ products).reshape(*totals.shape, -1)
        # The influence values of a metric that is a ratio add up to 0, so their mean square is
        # their variance.
        variance = np.einsum("...i,...ij,...j->...", slope, squares, slope) * count / (count - 1)
        return scale.of(totals), np.sqrt(variance)

    value, error = estimate(np.ones((1, count)))
    generator = np.random.default_rng(0)
    if count < 100:
        weights = generator.multinomial(count, np.full(count, 1 / count), size=DRAWS)
    else:
        weights = generator.poisson(1.0, size=(DRAWS, count))
    drawn, drawn_error = estimate(weights.astype(float))
    usable = drawn_error > 0
    t = (drawn[usable] - value) / drawn_error[usable]
    late, early = np.quantile(t, [0.975, 0.025])
    low, high = scale.back(value - late * error), scale.back(value - early * error)
    return Figure(float(scale.back(value)[0]), float(low[0]), float(high[0]))
