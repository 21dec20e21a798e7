"""Samples that Rust makes by the same formula: waves, of which some are rounded to have ties."""
import numpy as np


def sample(rows, seed, shift, grid):
    at = seed * np.arange(1, rows + 1)
    x = np.sin(at) * 3 + np.cos(2.3 * at) + shift
    return np.round(x * grid) / grid if grid else x


PAIRS = {
    "few": (sample(12, 1.1, 0, 0), sample(18, 0.7, 0.9, 0)),
    "few-tied": (sample(14, 1.1, 0, 2), sample(11, 0.7, 0.9, 2)),
    "small": (sample(9, 1.1, 0, 0), sample(13, 0.7, 0.9, 0)),
    "equal": (sample(30, 1.1, 0, 0), sample(30, 0.7, 1.5, 0)),
    "tied": (sample(40, 1.1, 0, 2), sample(25, 0.7, 0.5, 2)),
    "large": (sample(400, 1.1, 0, 0), sample(300, 0.7, 0.3, 0)),
    "far": (sample(800, 1.1, 0, 0), sample(700, 0.7, 5, 0)),
}
