//! What frameworks write into model files: tables that `tables/globals.py` makes from their packages.

mod calls;

use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

use foldhash::fast::FixedState;

use super::Judged;

/// Lines of `first-version last-version module name`, by framework.
const TABLES: &[(&str, &str)] = &[
    ("catboost", include_str!("../../../tables/globals/catboost.txt")),
    ("joblib", include_str!("../../../tables/globals/joblib.txt")),
    ("lightgbm", include_str!("../../../tables/globals/lightgbm.txt")),
    ("numpy", include_str!("../../../tables/globals/numpy.txt")),
    ("pandas", include_str!("../../../tables/globals/pandas.txt")),
    ("scikit-learn", include_str!("../../../tables/globals/scikit-learn.txt")),
    ("scipy", include_str!("../../../tables/globals/scipy.txt")),
    ("torch", include_str!("../../../tables/globals/torch.txt")),
    ("xgboost", include_str!("../../../tables/globals/xgboost.txt")),
];

/// Parts of frameworks that load, run or fetch something.
const DANGEROUS: &[&str] = &[
    "joblib",
    "numpy.ctypeslib",
    "numpy.distutils",
    "numpy.f2py",
    "numpy.lib._datasource",
    "numpy.lib._npyio_impl",
    "numpy.lib.format",
    "numpy.lib.npyio",
    "numpy.lib.utils",
    "numpy.testing",
    "pandas.core.computation",
    "pandas.io",
    "scipy.io",
    "scipy.LowLevelCallable",
    "scipy._lib._ccallback",
    "sklearn.datasets",
    "sklearn.externals.joblib",
    "sklearn.utils._joblib",
    "sklearn.utils._testing",
    "tensorflow.io",
    "tensorflow.keras.models",
    "tensorflow.keras.utils",
    "tensorflow.python.framework.load_library",
    "tensorflow.python.lib.io",
    "tensorflow.python.ops.script_ops",
    "torch._C",
    "torch._dynamo",
    "torch._inductor",
    "torch.distributed",
    "torch.fx",
    "torch.hub",
    "torch.jit",
    "torch.multiprocessing",
    "torch.onnx",
    "torch.package",
    "torch.profiler",
    "torch.serialization",
    "torch.testing",
    "torch.utils",
    "transformers.utils.hub",
    "transformers.dynamic_module_utils",
];

/// Frameworks whose functions are judged by what they are called.
const FRAMEWORKS: &[&str] = &[
    "catboost",
    "joblib",
    "keras",
    "lightgbm",
    "mlflow",
    "numpy",
    "onnx",
    "onnxruntime",
    "pandas",
    "polars",
    "scipy",
    "sklearn",
    "skops",
    "statsmodels",
    "tensorflow",
    "tf_keras",
    "torch",
    "torchvision",
    "transformers",
    "xgboost",
    "diffusers",
    "datasets",
    "fastai",
    "ultralytics",
    "safetensors",
];

/// Words of which the names of functions are made that load, run or fetch something.
const VERBS: &[&str] = &[
    "call",
    "compile",
    "download",
    "eval",
    "exec",
    "execute",
    "fetch",
    "fromfile",
    "import",
    "load",
    "loads",
    "memmap",
    "open",
    "popen",
    "query",
    "read",
    "run",
    "runcode",
    "runstring",
    "save",
    "shell",
    "spawn",
    "subprocess",
    "system",
    "tofile",
    "urlopen",
    "write",
    "apply",
    "deserialize",
    "unpickle",
    "savetxt",
    "loadtxt",
    "savez",
    "dump",
    "dumps",
    "file",
    "lambda",
    "pretrained",
];

type Versions = (&'static str, &'static str, &'static str);

fn table() -> &'static HashMap<(&'static str, &'static str), Versions> {
    static TABLE: OnceLock<HashMap<(&str, &str), Versions>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let mut table = HashMap::new();
        for (framework, text) in TABLES {
            for line in text.lines().filter(|line| !line.starts_with('#')) {
                let mut words = line.split(' ');
                if let (Some(first), Some(last), Some(module), Some(name)) =
                    (words.next(), words.next(), words.next(), words.next())
                {
                    table.insert((module, name), (*framework, first, last));
                }
            }
        }
        table
    })
}

pub(super) fn is_word(text: &str) -> bool {
    static WORDS: OnceLock<HashSet<&str, FixedState>> = OnceLock::new();
    let words =
        WORDS.get_or_init(|| table().keys().flat_map(|(module, name)| [*module, *name]).collect());
    words.contains(text)
}

/// Returns what is to be thought of a name that a framework is known to write; none of every other one.
pub(super) fn listed(module: &str, name: &str) -> Option<Judged> {
    table().contains_key(&(module, name)).then(|| calls::of(module, name))
}

/// Returns what a name of a framework does that is on no list, where its place or its name says so.
pub(super) fn dangerous(module: &str, name: &str) -> Option<&'static str> {
    let is_part = |whole: &str, part: &str| {
        whole.strip_prefix(part).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    if DANGEROUS.iter().any(|known| is_part(module, known)) {
        return Some("is of a part of its framework that loads, runs or fetches");
    }
    if FRAMEWORKS.iter().any(|known| is_part(module, known)) {
        let last = name.rsplit('.').next().unwrap_or(name);
        let word = |verb: &&str| last.split('_').any(|word| word.eq_ignore_ascii_case(verb));
        if VERBS.iter().any(word) && !last.starts_with("__pyx_unpickle_") {
            return Some("loads, runs or fetches something");
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_tables_is_four_words() {
        for (framework, text) in TABLES {
            for line in text.lines().filter(|line| !line.starts_with('#')) {
                assert_eq!(line.split(' ').count(), 4, "{framework}: {line}");
            }
        }
        assert!(table().len() > 500, "{} names", table().len());
    }
}
