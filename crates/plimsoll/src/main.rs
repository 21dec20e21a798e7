//! CI/CD for machine-learning models.

fn main() {}
