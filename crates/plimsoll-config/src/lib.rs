//! Reads plimsoll.yaml, parameters and data schemas: every mistake at once, each with its place.
