//! Which classes, functions and modules are known.

use std::collections::HashSet;
use std::sync::LazyLock;

use crate::model::python;

/// `class NAME` and `function NAME`, a line each.
const TABLE: &str = include_str!("../../../tables/keras-classes.txt");

/// Short names and spellings under which Keras finds what is in the table: of losses, metrics, optimizers,
/// activations and initializers (their `ALL_OBJECTS_DICT` and the aliases below the functions).
const ALIASES: &str = "acc bce bincrossentropy crossentropy ce cosine cosine_proximity hard_sigmoid hard_swish \
    hard_silu kld kullback_leibler_divergence log_cosh mae mape mse msle relu6 softplus swish silu gelu linear \
    exponential relu elu selu tanh sigmoid softmax softsign mish one zero ones zeros one_hot_mean_iou accuracy \
    uniform normal orthogonal identity constant random_normal random_uniform truncated_normal variance_scaling \
    lecun_normal lecun_uniform he_normal he_uniform glorot_normal glorot_uniform l1 l2 l1_l2 l1l2 rms_prop \
    sparse_categorical_crossentropy categorical_crossentropy binary_crossentropy mean_squared_error";

/// Where Keras lives. Loading imports any module below these and takes a class from it by name.
const ROOTS: [&str; 5] = [
    "keras",
    "tf_keras",
    "tensorflow.keras",
    "tensorflow.python.keras",
    "tensorflow.compat.v1.keras",
];

/// Parts of Keras that read files, load models, fetch, or switch the protection off.
const ACTING: [&str; 11] = [
    "utils",
    "saving",
    "config",
    "datasets",
    "models",
    "preprocessing",
    "callbacks",
    "export",
    "backend",
    "applications",
    "legacy",
];

/// Names that act wherever they are found.
const ACTING_NAMES: &str = "get_file load_model load_weights model_from_json model_from_yaml model_from_config \
    func_load func_dump enable_unsafe_deserialization load_img load_data load_archive_data save_model \
    save_weights clone_model deserialize_keras_object image_dataset_from_directory text_dataset_from_directory \
    audio_dataset_from_directory get_source_inputs register_keras_serializable pickle_model unpickle_model \
    import_module eval exec compile open getattr setattr delattr __import__ breakpoint input globals vars \
    system popen spawnl run call check_output Popen loads load read_pickle get_symbol_from_name";

struct Table {
    classes: HashSet<&'static str>,
    /// As identifiers are spelled: without case and underscores.
    spellings: HashSet<String>,
    functions: HashSet<&'static str>,
}

static KNOWN: LazyLock<Table> = LazyLock::new(|| {
    let of = |kind: &str| {
        let kind = kind.to_owned();
        TABLE.lines().filter_map(move |line| line.strip_prefix(kind.as_str())?.strip_prefix(' '))
    };
    Table {
        classes: of("class").collect(),
        spellings: of("class").map(spelling).collect(),
        functions: of("function").chain(ALIASES.split_ascii_whitespace()).collect(),
    }
});

fn spelling(name: &str) -> String {
    name.chars().filter(|letter| *letter != '_').flat_map(char::to_lowercase).collect()
}

/// What a module is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Module {
    /// A part of Keras that only computes, or none that is known.
    Keras,
    /// A part of Keras that acts.
    ActingKeras,
    /// Python's own.
    Python,
    /// Somebody's.
    Other,
}

/// Tells what a module is.
pub(super) fn module(path: &str) -> Module {
    let below = |root: &&str| {
        path.strip_prefix(*root).filter(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    if let Some(rest) = ROOTS.iter().find_map(below) {
        let mut parts = rest.split('.').filter(|part| !part.is_empty() && *part != "src");
        let first = parts.next();
        return match first.filter(|part| ACTING.contains(part)) {
            Some(_) => Module::ActingKeras,
            None => Module::Keras,
        };
    }
    if python::is_of_standard_library(path) { Module::Python } else { Module::Other }
}

/// Tells whether Keras ships a class of that name which only computes.
pub(super) fn is_class(name: &str) -> bool {
    KNOWN.classes.contains(name)
}

/// Tells whether a name, spelled like an identifier, finds such a class.
pub(super) fn is_spelled_class(name: &str) -> bool {
    KNOWN.classes.contains(name) || KNOWN.spellings.contains(&spelling(name))
}

/// Tells whether Keras ships a function of that name which only computes.
pub(super) fn is_function(name: &str) -> bool {
    KNOWN.functions.contains(name) || is_spelled_class(name)
}

/// Tells whether a name is one of those that act wherever they are found.
pub(super) fn acts(name: &str) -> bool {
    ACTING_NAMES.split_ascii_whitespace().any(|acting| acting == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_modules_are_told_apart() {
        assert!(is_class("Dense") && is_class("Functional") && is_class("LSTM") && is_class("Add"));
        assert!(!is_class("Lambda") && !is_class("TorchModuleWrapper") && !is_class("Merge"));
        assert!(is_spelled_class("glorot_uniform") && is_spelled_class("rmsprop"));
        assert!(
            !is_spelled_class("lambda") && !is_function("get_file") && !is_function("deserialize")
        );
        assert!(is_function("mse") && is_function("sparse_categorical_crossentropy"));
        assert_eq!(module("keras.src.models.functional"), Module::ActingKeras);
        assert_eq!(module("keras.layers"), Module::Keras);
        assert_eq!(module("keras"), Module::Keras);
        assert_eq!(module("keras.src.utils.file_utils"), Module::ActingKeras);
        assert_eq!(module("os"), Module::Python);
        assert_eq!(module("builtins"), Module::Python);
        assert_eq!(module("keras_evil.layers"), Module::Other);
    }
}
