//! What may help when a command failed: a file that it named and does not see.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::Path;

use plimsoll_core::project::Step;
use plimsoll_core::{DatasetName, RepoPath, StepName};

/// How much of the end of the output is looked through.
const LOOKED_THROUGH: usize = 64 << 10;

/// How many words of it are looked up at most.
const LOOKED_UP: usize = 2000;

/// The end of what a command printed.
#[derive(Debug, Default)]
pub(crate) struct Tail(VecDeque<u8>);

impl Tail {
    /// Adds what was printed and forgets what is too far back.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        let kept = &bytes[bytes.len().saturating_sub(LOOKED_THROUGH)..];
        let excess = (self.0.len() + kept.len()).saturating_sub(LOOKED_THROUGH);
        self.0.drain(..excess);
        self.0.extend(kept);
    }

    fn text(mut self) -> String {
        String::from_utf8_lossy(self.0.make_contiguous()).into_owned()
    }
}

/// Where names in an output may point.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Places<'a> {
    /// The attempt's folder.
    pub attempt: &'a Path,
    /// The repository's folder.
    pub root: &'a Path,
    /// The file of parameters, and whether the step was given some.
    pub params: Option<&'a RepoPath>,
    /// The datasets by their paths.
    pub datasets: &'a BTreeMap<RepoPath, DatasetName>,
    /// Those of them that are in the store and not in the repository.
    pub live: &'a BTreeSet<RepoPath>,
    /// Every path that the step saw.
    pub seen: &'a BTreeSet<RepoPath>,
}

/// Looks for a file of the repository that the output names and the step did not see.
pub(crate) fn undeclared(tail: Tail, step: &Step, places: Places<'_>) -> Option<String> {
    let text = tail.text();
    let mut words: Vec<&str> = Vec::new();
    for line in text.lines().rev() {
        words.extend(line.split(['\'', '"', '`']));
        words.extend(line.split(|c: char| c.is_whitespace() || "'\"`()[]{}<>,;=".contains(c)));
    }
    let mut tried = BTreeSet::new();
    for word in words {
        let word = word.trim().trim_end_matches([':', '.']);
        if word.is_empty() || tried.len() >= LOOKED_UP || !tried.insert(word) {
            continue;
        }
        let path = Path::new(word);
        let inner = path.strip_prefix(places.attempt).or(path.strip_prefix(places.root));
        let inner = inner.unwrap_or(path).to_str();
        let Some(path) = inner.and_then(|inner| inner.parse::<RepoPath>().ok()) else { continue };
        let mut known = places.seen.iter().chain(step.written());
        // A folder is too common a word: `build`, `data`.
        let is_there = path.below(places.root).is_file() || places.live.contains(&path);
        if !known.any(|known| path.is_within(known)) && is_there {
            return Some(advice(&step.name, &path, places));
        }
    }
    missing_module(&text, &step.name, places)
}

fn advice(step: &StepName, path: &RepoPath, places: Places<'_>) -> String {
    let what = if places.params == Some(path) {
        "add what it reads of it to params of".to_owned()
    } else if let Some(dataset) = places.datasets.get(path) {
        format!("add `data.{dataset}` to inputs of")
    } else {
        "add it to `code:`, or to inputs of".to_owned()
    };
    format!("`{path}` is there but step `{step}` does not declare it: {what} step `{step}`")
}

/// Python names a module, not its file.
fn missing_module(text: &str, step: &StepName, places: Places<'_>) -> Option<String> {
    let named = text.rsplit_once("No module named ")?.1;
    let module = named.trim_start_matches(['\'', '"']).split(['\'', '"', ';', '\n']).next()?;
    let file_name = module.trim().replace('.', "/");
    for file in [format!("{file_name}.py"), format!("{file_name}/__init__.py")] {
        let Ok(path) = file.parse::<RepoPath>() else { continue };
        if !places.seen.contains(&path) && path.below(places.root).is_file() {
            return Some(format!(
                "`{path}` is there but step `{step}` does not see it: add it to `code:`"
            ));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::plan::sample::step;

    fn hint(output: &str) -> Option<String> {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("data")).unwrap();
        for file in
            ["data/hour.csv", "data/my weather.csv", "tools.py", "seen.py", "params.yaml", "out"]
        {
            fs::write(root.path().join(file), "").unwrap();
        }
        let attempt = root.path().join(".plimsoll/attempts/ab/train-1");
        let output = output.replace("ATTEMPT", attempt.to_str().unwrap());
        let output = output.replace("ROOT", root.path().to_str().unwrap());
        let mut tail = Tail::default();
        tail.push(&vec![b'x'; 100_000]);
        tail.push(b"\n");
        tail.push(output.as_bytes());
        let seen = BTreeSet::from(["seen.py".parse().unwrap()]);
        let train = step("train", &[], &["out"]);
        let live = BTreeSet::from(["data/live.parquet".parse().unwrap()]);
        let datasets = BTreeMap::from([
            ("data/hour.csv".parse().unwrap(), "hourly".parse().unwrap()),
            ("data/live.parquet".parse().unwrap(), "live".parse().unwrap()),
        ]);
        let params = "params.yaml".parse().unwrap();
        let places = Places {
            attempt: &attempt,
            root: root.path(),
            params: Some(&params),
            datasets: &datasets,
            live: &live,
            seen: &seen,
        };
        undeclared(tail, &train, places)
    }

    #[test]
    fn a_file_that_was_not_declared_is_named() {
        let expected = "`data/hour.csv` is there but step `train` does not declare it: add `data.hourly` to inputs of step `train`";
        for output in [
            "FileNotFoundError: [Errno 2] No such file or directory: 'data/hour.csv'\n",
            "cat: data/hour.csv: No such file or directory",
            "Error in ATTEMPT/data/hour.csv.",
            "cannot open file=\"./data/hour.csv\"",
            "read(ROOT/data/hour.csv)",
        ] {
            assert_eq!(hint(output).as_deref(), Some(expected), "{output}");
        }
        let live = hint("no such file: data/live.parquet").unwrap();
        assert!(live.ends_with("add `data.live` to inputs of step `train`"), "{live}");
        let other = hint("no file 'data/my weather.csv'").unwrap();
        assert!(other.starts_with("`data/my weather.csv` is there"), "{other}");
        assert!(other.ends_with("add it to `code:`, or to inputs of step `train`"), "{other}");
        let params = hint("open: params.yaml: no such file").unwrap();
        assert!(params.ends_with("add what it reads of it to params of step `train`"), "{params}");
    }

    #[test]
    fn a_module_is_found_by_its_name() {
        let found = hint("ModuleNotFoundError: No module named 'tools'\n").unwrap();
        assert_eq!(
            found,
            "`tools.py` is there but step `train` does not see it: add it to `code:`"
        );
    }

    #[test]
    fn what_was_seen_or_is_nowhere_gives_no_hint() {
        for output in [
            "File \"ATTEMPT/seen.py\", line 3",
            "no 'x.csv', data, /etc/passwd, ..",
            "wrote out",
            "",
        ] {
            assert_eq!(hint(output), None, "{output}");
        }
    }
}
