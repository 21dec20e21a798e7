//! What may lie in a `.keras` archive.

use crate::model::place::way_out;

/// What a member of a `.keras` archive is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Member {
    /// The configuration of the model, to be judged as such.
    Config,
    /// When and by which version it was saved.
    Metadata,
    /// Weights, to be judged as the HDF5 or npz that they are.
    Weights,
    /// A vocabulary and the like: a file that layers read.
    Asset,
    /// Nothing that Keras writes.
    Other,
    /// A name that leads out of where it is unpacked to (CVE-2025-12060).
    Out,
}

/// Tells what a member is, by its name.
pub(crate) fn member(name: &str) -> Member {
    let name = name.strip_suffix('/').unwrap_or(name);
    match name {
        _ if way_out(name).is_some() => Member::Out,
        "config.json" => Member::Config,
        "metadata.json" | "model.weights.json" => Member::Metadata,
        "model.weights.h5" | "model.weights.npz" | "_layer_checkpoint_dependencies.h5" => {
            Member::Weights
        }
        "assets" => Member::Asset,
        _ if name.starts_with("assets/") => Member::Asset,
        // Weights in several files: an index and parts.
        _ if name.starts_with("model_") && name.ends_with(".weights.h5") => Member::Weights,
        _ => Member::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::{Member, member};

    #[test]
    fn members_are_known_by_name() {
        assert_eq!(member("config.json"), Member::Config);
        assert_eq!(member("model.weights.h5"), Member::Weights);
        assert_eq!(member("assets/text_vectorization/vocabulary.txt"), Member::Asset);
        assert_eq!(member("assets/"), Member::Asset);
        assert_eq!(member("payload.pkl"), Member::Other);
        assert_eq!(member("assets/../../x"), Member::Out);
    }
}
