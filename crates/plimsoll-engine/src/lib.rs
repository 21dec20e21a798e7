//! From a plan to a finished run: schedule, execute, cache, environments.
