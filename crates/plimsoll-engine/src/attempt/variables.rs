//! The environment variables that a step sees: these, and none else.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use plimsoll_core::Digest;
use plimsoll_core::project::Step;

use super::stray::MARK;

/// What every step sees of the environment that Plimsoll runs in; no part of its key.
const PASSED_ON: [&str; 12] = [
    "PATH",
    "HOME",
    "LANG",
    "CUDA_VISIBLE_DEVICES",
    "http_proxy",
    "https_proxy",
    "all_proxy",
    "no_proxy",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
];

/// Where programs are looked for, where nothing says so.
const USUAL_PATH: &str = "/usr/local/bin:/usr/bin:/bin";

/// What the variables of a step are made from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Given<'a> {
    /// Every variable that Plimsoll was given.
    pub all: &'a BTreeMap<String, String>,
    /// The folders of programs that come first.
    pub bin: &'a [PathBuf],
    /// What the Python environment sets.
    pub python: &'a BTreeMap<String, String>,
    /// The seed of the project.
    pub seed: u64,
    /// The attempt's folder.
    pub attempt: &'a Path,
    /// A folder for files that do not last.
    pub temporary: &'a Path,
}

/// Returns every variable that `step` sees.
pub(crate) fn variables(step: &Step, given: Given<'_>) -> BTreeMap<String, String> {
    let named = PASSED_ON.into_iter().chain(step.env.iter().map(String::as_str));
    let passed = named.filter_map(|name| Some((name.to_owned(), given.all.get(name)?.clone())));
    let mut variables: BTreeMap<String, String> = passed.collect();
    variables.extend(given.python.clone());
    let path = variables.entry("PATH".to_owned()).or_insert_with(|| USUAL_PATH.to_owned());
    for bin in given.bin.iter().rev() {
        *path = format!("{}:{path}", bin.display());
    }
    // Python takes 32 bits; the same seed always gives the same order of sets.
    let hash_seed = given.seed & u64::from(u32::MAX);
    variables.insert("PLIMSOLL_SEED".to_owned(), given.seed.to_string());
    variables.insert("PYTHONHASHSEED".to_owned(), hash_seed.to_string());
    variables.insert(MARK.to_owned(), given.attempt.display().to_string());
    variables.insert("TMPDIR".to_owned(), given.temporary.display().to_string());
    variables
}

/// Returns the digests of the variables that `step` names in `env:`, for its key.
pub(crate) fn keyed(
    step: &Step,
    all: &BTreeMap<String, String>,
) -> BTreeMap<String, Option<Digest>> {
    let digest = |name: &String| all.get(name).map(|value| Digest::blake3(value.as_bytes()));
    step.env.iter().map(|name| (name.clone(), digest(name))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::sample::step;

    #[test]
    fn a_step_sees_what_it_names_and_the_usual_ones() {
        let all = ["PATH", "HOME", "AWS_SECRET", "REGION", "TMPDIR"];
        let all = all.map(|name| (name.to_owned(), name.to_lowercase())).into();
        let mut train = step("train", &[], &["out"]);
        train.env = vec!["REGION".to_owned(), "UNSET".to_owned()];
        let python = BTreeMap::from([("VIRTUAL_ENV".to_owned(), "/venv".to_owned())]);
        let seen = variables(
            &train,
            Given {
                all: &all,
                bin: &[PathBuf::from("/venv/bin"), PathBuf::from("/bin2")],
                python: &python,
                seed: (7 << 32) + 3,
                attempt: Path::new("/attempts/train-1"),
                temporary: Path::new("/tmp/x"),
            },
        );
        let seen: Vec<String> = seen.into_iter().map(|(name, value)| name + "=" + &value).collect();
        assert_eq!(
            seen,
            [
                "HOME=home",
                "PATH=/venv/bin:/bin2:path",
                "PLIMSOLL_ATTEMPT=/attempts/train-1",
                "PLIMSOLL_SEED=30064771075",
                "PYTHONHASHSEED=3",
                "REGION=region",
                "TMPDIR=/tmp/x",
                "VIRTUAL_ENV=/venv",
            ]
        );
        let keyed = keyed(&train, &all);
        assert_eq!(keyed["REGION"], Some(Digest::blake3(b"region")));
        assert_eq!(keyed["UNSET"], None);
    }
}
