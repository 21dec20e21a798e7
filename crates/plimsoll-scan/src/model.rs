//! What a model file would do when it is loaded.
//!
//! Every file is looked at as everything that it could be taken for: its name decides nothing, and a file
//! that is two things at once is judged as both. What is on a list of what frameworks are known to write is
//! safe; what acts is unsafe; everything else, and whatever cannot be read to its end, is unknown. Nothing
//! of it is ever run or imported.

mod booster;
mod code;
mod compressed;
mod content;
mod convert;
mod coreml;
mod document;
mod flatbuffer;
mod gguf;
mod globals;
mod hdf5;
mod inert;
mod jinja;
mod json;
mod keras;
mod look;
mod npy;
mod onnx;
mod openvino;
mod pickle;
mod place;
mod pmml;
mod protobuf;
mod python;
mod report;
mod safetensors;
mod skops;
mod tar;
mod tensorflow;
mod text;
mod tflite;
mod torch;
mod window;
mod xml;
mod yaml;
mod zip;

use self::compressed::Compression;
use self::look::Look;

pub use code::CODES;
pub use content::{Content, ReadAt};
pub use convert::{ConvertError, Tensors};
pub use look::Limits;
pub use report::{FileReport, Finding, Verdict};

/// Looks at one file. `path` is what the report calls it; its name decides nothing about the verdict but of
/// texts, which are programs by their names only.
pub fn scan(path: &str, content: &Content, limits: Limits) -> FileReport {
    let mut look = Look::new(limits.of_length(content.length()));
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    look_at(content, name, &mut look);
    look.report(path)
}

/// Returns the file that says what is in the one at `path`, if that one has no mark or structure of its own:
/// `variables.data-00000-of-00001` of `TensorFlow` is nothing but numbers, which `variables.index` names, and so
/// is `model.bin` of `OpenVINO` beside `model.xml`.
pub fn companion(path: &str) -> Option<String> {
    let index = tensorflow::checkpoint::index_of(path).map(|(index, _)| index);
    index.or_else(|| openvino::graph_of(path))
}

/// Looks at one file of which another says what is in it, as [`companion`] names it.
pub fn scan_with(path: &str, content: &Content, companion: &Content, limits: Limits) -> FileReport {
    let index = tensorflow::checkpoint::index_of(path);
    let is_graph = || companion.head(HEAD).is_ok_and(|head| openvino::is(&head));
    let mut look = Look::new(limits.of_length(content.length()));
    match index {
        Some((_, number)) => {
            // Numbers to one reader may still be a program to another.
            look_for_programs(content, &mut look);
            tensorflow::checkpoint::look_at_data(content, companion, number, &mut look);
        }
        None if openvino::graph_of(path).is_some() && is_graph() => {
            // What is called `.bin` may as well be a model of any other kind.
            let head = content.head(HEAD).unwrap_or_default();
            if !is_program_or_archive(content, &head, &mut look) {
                is_model(content, &head, "", &mut look);
            }
            openvino::look_at_data(content, companion, &mut look);
        }
        None => return scan(path, content, limits),
    }
    look.report(path)
}

/// Looks at some bytes as everything that they could be taken for.
fn look_at(content: &Content, name: &str, look: &mut Look) {
    if content.length() == 0 {
        look.unknown("model.empty", "it is empty");
        return;
    }
    let head = match content.head(HEAD) {
        Ok(head) => head,
        Err(error) => {
            look.unknown("model.unreadable", format!("it could not be read: {error}"));
            return;
        }
    };
    if !is_program_or_archive(content, &head, look) && !is_model(content, &head, name, look) {
        let is_encrypted = ENCRYPTED.iter().any(|mark| head.starts_with(mark));
        let what = if is_encrypted {
            "it is encrypted (age), so nobody can see what is in it"
        } else {
            "it is of no format that is known"
        };
        look.unknown("model.unrecognized", what);
    }
}

/// What files of age begin with, in their binary form and as text.
const ENCRYPTED: [&[u8]; 2] = [b"age-encryption.org/v1\n", b"-----BEGIN AGE ENCRYPTED FILE-----"];

/// As many first bytes as any format is told by.
const HEAD: usize = 4096;

/// Looks at bytes as what several readers could take them for at once; returns whether they are any of it.
///
/// Pickles, tape archives and compressed streams begin anywhere that they like, HDF5 lies behind whatever
/// somebody put before it, and the end of a file makes it a zip archive.
fn is_program_or_archive(content: &Content, head: &[u8], look: &mut Look) -> bool {
    let pickle = pickle::look(content, pickle::Reader::Python, look);
    let is_tar = tar::is(head);
    let is_whole_tar = is_tar && tar::look(content, look);
    let is_compressed = Compression::of(head)
        .is_some_and(|compression| compressed::look(compression, content, look));
    let is_hdf5 = hdf5::is(content);
    if is_hdf5 {
        hdf5::look(content, look);
    }
    let is_zip = zip::is(content, head);
    if is_zip {
        let is_whole = is_whole_tar || pickle == pickle::Outcome::Whole;
        let beside = if is_whole { zip::Beside::Whole } else { zip::Beside::Nothing };
        zip::look(content, beside, look);
    }
    pickle != pickle::Outcome::Other || is_tar || is_compressed || is_hdf5 || is_zip
}

/// Looks at bytes as a format that is told by its beginning; returns whether they are one.
fn is_model(content: &Content, head: &[u8], name: &str, look: &mut Look) -> bool {
    type Formats = [(fn(&Content, &[u8]) -> bool, fn(&Content, &mut Look)); 15];
    // Those with a mark of their own come first; a brace may begin two things.
    let formats: Formats = [
        (|_, head| npy::is(head), npy::look),
        (|content, head| safetensors::is(head, content.length()), safetensors::look),
        (|_, head| gguf::is(head), gguf::look),
        (|_, head| booster::catboost::is(head), booster::catboost::look),
        (|_, head| booster::lightgbm::is(head), booster::lightgbm::look),
        (|_, head| booster::ubjson::is(head), booster::ubjson::look),
        (|_, head| booster::xgboost::is(head), booster::xgboost::look),
        (|_, head| tflite::is(head), tflite::look),
        (|_, head| pmml::is(head), pmml::look),
        (|_, head| openvino::is(head), openvino::look),
        (|_, head| document::is(head), document::look),
        (|content, _| onnx::is(content), onnx::look),
        (|content, _| coreml::is(content), coreml::look),
        (|_, head| coreml::weights::is(head), coreml::weights::look),
        (
            |content, _| tensorflow::checkpoint::is_index(content),
            tensorflow::checkpoint::look_at_index,
        ),
    ];
    // A brace or a bracket begins YAML, lines of JSON, notebooks and links too: there the name decides, and
    // what is JSON to its end is judged as that as well.
    if document::is(head)
        && let Some(kind) = inert::kind(name, head)
    {
        inert::look(content, kind, look);
        document::look_if_whole(content, look);
        return true;
    }
    if let Some((_, look_at)) = formats.iter().find(|(is, _)| is(content, head)) {
        look_at(content, look);
        return true;
    }
    if let Some(kind) = tensorflow::kind(content) {
        tensorflow::look(content, kind, look);
        return true;
    }
    if let Some(kind) = inert::kind(name, head) {
        inert::look(content, kind, look);
        return true;
    }
    false
}

/// Looks for programs and archives in bytes that are part of nothing.
fn look_for_programs(content: &Content, look: &mut Look) {
    if let Ok(head) = content.head(HEAD) {
        is_program_or_archive(content, &head, look);
    }
}
