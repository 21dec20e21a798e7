//! Paths of classes and functions in documents: under keys by which loaders import them, and others that are
//! nothing but a payload.

use crate::model::globals;
use crate::model::json::Json;

/// Keys under which a path is imported whatever stands beside them: Lightning's command line and NNI.
const ALWAYS: [&str; 3] = ["class_path", "_nni_symbol", "__symbol__"];

/// Keys under which a path is imported where another key stands beside it: latent diffusion, Haystack, `AutoGen`,
/// `GluonTS`.
const BESIDE: [(&str, &str); 4] = [
    ("target", "params"),
    ("type", "init_parameters"),
    ("provider", "component_type"),
    ("class", "__kind__"),
];

/// Keys under which `sentence-transformers` imports what is not a plain name; `PyTorch`'s own layers are fine.
const LAYERS: [&str; 3] =
    ["activation_function", "activation_fn", "sbert_ce_default_activation_function"];

/// Keys under which `transformers` takes programs from a repository: `owner/kernel`.
const KERNELS: [&str; 2] = ["attn_implementation", "_attn_implementation"];

/// All of these, for a first look at a document.
pub(super) const TELLING: [&str; 13] = [
    "__kind__",
    "__symbol__",
    "_attn_implementation",
    "_nni_symbol",
    "activation_fn",
    "activation_function",
    "attn_implementation",
    "class_path",
    "component_type",
    "init_parameters",
    "params",
    "sbert_ce_default_activation_function",
    "target",
];

/// Whether keys tell nothing as long as the other one is not there.
pub(super) fn need_each_other(key: &str) -> bool {
    key == "target" || key == "params"
}

/// What a text under a key makes a loader do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Named {
    /// Import it.
    Imported,
    /// Fetch it from a repository and run it.
    Fetched,
}

/// Returns what a loader does with the text under `key` of `object`.
pub(super) fn named(object: &Json, key: &str, text: &str) -> Option<Named> {
    let is_path = text.contains(['.', ':']) && !text.contains(['/', ' ']);
    let is_beside =
        || BESIDE.iter().any(|(known, other)| *known == key && object.get(other).is_some());
    let is_layer = LAYERS.contains(&key) && !text.starts_with("torch.nn.");
    if is_path && (is_layer || ALWAYS.contains(&key) || is_beside()) {
        Some(Named::Imported)
    } else if KERNELS.contains(&key) && text.contains('/') {
        Some(Named::Fetched)
    } else {
        None
    }
}

/// Modules whose functions nobody needs in a configuration.
const MODULES: [&str; 20] = [
    "__builtin__",
    "_pickle",
    "builtins",
    "cloudpickle",
    "commands",
    "cPickle",
    "ctypes",
    "dill",
    "importlib",
    "marshal",
    "multiprocessing",
    "nt",
    "os",
    "pickle",
    "posix",
    "pty",
    "runpy",
    "shutil",
    "subprocess",
    "webbrowser",
];

/// Functions of these, beside those that act wherever they are.
const FUNCTIONS: [&str; 20] = [
    "CDLL",
    "execl",
    "execv",
    "execve",
    "execvp",
    "fork",
    "getoutput",
    "getstatusoutput",
    "load",
    "loads",
    "open_new",
    "remove",
    "rmtree",
    "run",
    "run_module",
    "run_path",
    "spawn",
    "spawnl",
    "spawnv",
    "unlink",
];

/// Whether a text is the path of a function that acts, and nothing else: `os.system`.
pub(super) fn acts(text: &str) -> bool {
    const LONGEST: usize = 64;
    let Some((module, name)) = text.split_once(['.', ':']).filter(|_| text.len() <= LONGEST) else {
        return false;
    };
    let last = name.rsplit('.').next().unwrap_or(name);
    MODULES.contains(&module) && (FUNCTIONS.contains(&last) || globals::is_handed_on(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_functions_that_act_are_told_from_names() {
        for text in ["os.system", "subprocess.Popen", "builtins:eval", "importlib.import_module"] {
            assert!(acts(text), "{text}");
        }
        for text in ["os.path", "os", "pickle.md", "a.os.system", "run os.system now", "os. "] {
            assert!(!acts(text), "{text}");
        }
        assert!(TELLING.is_sorted());
    }
}
