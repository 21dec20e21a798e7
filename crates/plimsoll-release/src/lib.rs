//! The life of a candidate: gate and verdict.
