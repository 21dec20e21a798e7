//! An ONNX file as untrusted bytes, looked through before a runtime sees it.

mod contents;
mod wire;

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use contents::Contents;
pub use wire::WireError;

use crate::Class;

/// How large a model file may be where nobody says otherwise: 2 GiB, which is also as much as a
/// protocol buffer can hold.
pub const LARGEST_FILE: u64 = 2 << 30;

/// A file is no model that can be loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModelFileError {
    /// It cannot be read.
    #[error("model {} cannot be read", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        error: io::Error,
    },
    /// It is larger than accepted.
    #[error("the model has more than {limit} bytes, the most that is accepted")]
    TooLarge {
        /// The limit in bytes.
        limit: u64,
    },
    /// It is empty.
    #[error("the model file is empty")]
    Empty,
    /// It is another format or damaged.
    #[error("the file of {bytes} bytes is no ONNX model: {error}")]
    NoModel {
        /// Its size.
        bytes: usize,
        /// What is wrong with it.
        error: WireError,
    },
    /// It is a protocol buffer of another kind.
    #[error("the file of {bytes} bytes is no ONNX model: it has no graph")]
    NoGraph {
        /// Its size.
        bytes: usize,
    },
    /// It wants numbers read from other files.
    #[error(
        "the model keeps weights outside of its file, in `{location}`, and such files are not read; \
         save it as one file (in Python `onnx.save(model, path, save_as_external_data=False)`)"
    )]
    ExternalData {
        /// The file that it names.
        location: String,
    },
}

/// The bytes of an ONNX model that wants nothing from outside of them.
///
/// Sessions are made from it, as many as are wanted; none of them keeps it.
pub struct ModelFile {
    bytes: Vec<u8>,
    classes: Vec<Class>,
}

impl ModelFile {
    /// Reads a file of at most `limit` bytes.
    ///
    /// # Errors
    /// It cannot be read, is too large, or is no model that stands alone.
    pub fn read(path: &Path, limit: u64) -> Result<Self, ModelFileError> {
        let unreadable = |error| ModelFileError::Unreadable { path: path.to_owned(), error };
        let file = File::open(path).map_err(unreadable)?;
        let mut bytes = Vec::new();
        // One byte more than accepted: a file that grows while it is read is caught as well.
        file.take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(unreadable)?;
        Self::from_bytes(bytes, limit)
    }

    /// Takes over the bytes of a file.
    ///
    /// # Errors
    /// There are more than `limit`, or they are no model that stands alone.
    pub fn from_bytes(bytes: Vec<u8>, limit: u64) -> Result<Self, ModelFileError> {
        let count = bytes.len();
        if u64::try_from(count).is_ok_and(|count| count > limit) {
            return Err(ModelFileError::TooLarge { limit });
        }
        if bytes.is_empty() {
            return Err(ModelFileError::Empty);
        }
        let contents = Contents::of(&bytes)
            .map_err(|error| ModelFileError::NoModel { bytes: count, error })?;
        if !contents.has_graph {
            return Err(ModelFileError::NoGraph { bytes: count });
        }
        match contents.external {
            Some(location) => Err(ModelFileError::ExternalData { location }),
            None => Ok(Self { classes: contents.only_classes(), bytes }),
        }
    }

    /// Returns the bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Returns the classes that the model tells apart in the order of its scores, or none where the
    /// file does not say, or says several.
    pub fn classes(&self) -> &[Class] {
        &self.classes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_models;

    fn open(bytes: &[u8]) -> Result<ModelFile, ModelFileError> {
        ModelFile::from_bytes(bytes.to_vec(), LARGEST_FILE)
    }

    #[test]
    fn weights_outside_of_the_file_are_refused_wherever_they_are_named() {
        for (name, location) in [
            ("external-passwd", "../../../../../../etc/passwd"),
            ("external-hidden", "/etc/passwd"),
        ] {
            let Err(ModelFileError::ExternalData { location: named }) =
                open(&test_models::fixture(name))
            else {
                panic!("{name} was accepted")
            };
            assert_eq!(named, location);
        }
    }

    #[test]
    fn what_is_no_model_is_refused() {
        let whole = test_models::fixture("forest-three");
        assert!(open(&whole).is_ok());
        for end in 1..whole.len() {
            // Where a field ends exactly at the cut, the runtime decides; it must not crash either.
            if let Err(error) = open(&whole[..end]) {
                assert!(matches!(
                    error,
                    ModelFileError::NoModel { .. } | ModelFileError::NoGraph { .. }
                ));
            }
        }
        assert!(matches!(open(b""), Err(ModelFileError::Empty)));
        assert!(matches!(open(b"PK\x03\x04zip file"), Err(ModelFileError::NoModel { .. })));
        assert!(matches!(open(b"\x08\x08"), Err(ModelFileError::NoGraph { .. })));
        let limited = ModelFile::from_bytes(whole.clone(), 100);
        assert!(matches!(limited, Err(ModelFileError::TooLarge { limit: 100 })));
        let absent = ModelFile::read(Path::new("/no/such/model.onnx"), 100);
        assert!(matches!(absent, Err(ModelFileError::Unreadable { .. })));
    }

    #[test]
    fn nesting_has_an_end() {
        // A graph in an attribute of a node in a graph, and so on: fields 7 | 1 | 5 | 6.
        let mut bytes = Vec::new();
        let wrap = |field: u8, bytes: &[u8]| {
            let length = bytes.len();
            let mut wrapped = vec![field << 3 | 2];
            let (low, high) = (u8::try_from(length & 0x7f).unwrap(), length >> 7);
            wrapped.extend([low | 0x80, u8::try_from(high & 0x7f).unwrap() | 0x80]);
            wrapped.push(u8::try_from(high >> 7).unwrap());
            wrapped.extend(bytes);
            wrapped
        };
        for _ in 0..40 {
            bytes = wrap(1, &wrap(5, &wrap(6, &bytes)));
        }
        let error = open(&wrap(7, &bytes)).err().unwrap();
        assert_eq!(
            format!("{error}"),
            "the file of 484 bytes is no ONNX model: it is nested more than 100 deep"
        );
    }

    #[test]
    fn classes_are_read_from_every_kind_of_model() {
        let classes = |name| open(&test_models::fixture(name)).unwrap().classes().to_vec();
        let words = ["cold", "mild", "warm"].map(|word| Class::Text(word.to_owned()));
        assert_eq!(classes("logistic-words"), words);
        assert_eq!(classes("logistic-words-zipmap"), words);
        assert_eq!(classes("mlp-words"), words);
        assert_eq!(classes("forest-three"), [3, 5, 9].map(Class::Int));
        assert_eq!(classes("lightgbm-opset9"), [0, 1].map(Class::Int));
        assert_eq!(classes("logits"), []);
    }
}
