//! Metrics with intervals, comparison, slices: evidence.
