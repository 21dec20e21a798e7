//! The safe form of a model: written where the file holds tensors and nothing else, proposed else.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use plimsoll_scan::model::{Content, ConvertError, FileReport, Limits, Tensors, Verdict, scan};
use serde::Serialize;

use crate::error::CommandError;

/// What became of a file that is not in a safe form.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Conversion {
    pub(super) path: String,
    /// The file that was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) to: Option<String>,
    /// How many tensors it has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) tensors: Option<usize>,
    /// How many bytes their numbers take.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) bytes: Option<u64>,
    /// Why nothing was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) why: Option<String>,
    /// What converts it, in Python, where the model was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) next: Option<String>,
}

impl Conversion {
    fn not(path: &str, why: String, next: Option<String>) -> Self {
        Self { path: path.to_owned(), to: None, tensors: None, bytes: None, why: Some(why), next }
    }
}

/// Converts a file, or says how to. None of what needs no other form.
pub(super) fn convert(
    path: &Path,
    content: &Content,
    report: &FileReport,
) -> Result<Option<Conversion>, CommandError> {
    let has = |format: &str| report.formats.iter().any(|known| known == format);
    if !["pickle", "torch", "npy", "hdf5"].into_iter().any(has) {
        return Ok(None);
    }
    let shown = &report.path;
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let tensors = match Tensors::of(content, report, &stem) {
        Ok(tensors) => tensors,
        Err(ConvertError::NotSafe(Verdict::Unsafe)) => {
            let next = "do not load it: ask whoever made it for the weights as safetensors or ONNX";
            let why = "it acts when it is loaded".to_owned();
            return Ok(Some(Conversion::not(shown, why, Some(next.to_owned()))));
        }
        Err(error) => {
            let next = Some(proposal(shown, report));
            return Ok(Some(Conversion::not(shown, error.to_string(), next)));
        }
    };
    let to = path.with_extension("safetensors");
    let to_shown = Path::new(shown).with_extension("safetensors").display().to_string();
    if to.exists() {
        let why = format!("{to_shown} is there already");
        return Ok(Some(Conversion::not(shown, why, None)));
    }
    write(&tensors, &to, &to_shown)?;
    Ok(Some(Conversion {
        path: shown.clone(),
        to: Some(to_shown),
        tensors: Some(tensors.count()),
        bytes: Some(tensors.length()),
        why: None,
        next: None,
    }))
}

/// Writes a file that is whole or not there, and never in the place of another one.
fn write(tensors: &Tensors, to: &PathBuf, shown: &str) -> Result<(), CommandError> {
    let failed = |why: &dyn std::fmt::Display| {
        CommandError::world(format!("{shown} could not be written: {why}"))
    };
    let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty());
    let file = tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))
        .map_err(|error| failed(&error))?;
    let mut out = BufWriter::new(file);
    tensors.write(&mut out).and_then(|()| out.flush()).map_err(|error| failed(&error))?;
    let file = out.into_inner().map_err(|error| failed(&error.error()))?;
    file.as_file().sync_all().map_err(|error| failed(&error))?;
    let written = File::open(file.path()).and_then(Content::of_file);
    let written = written.map_err(|error| failed(&error))?;
    // What is written is held against the same lists as what is read.
    let verdict = scan(shown, &written, Limits::default()).verdict;
    if verdict != Verdict::Safe {
        return Err(failed(&format!("it would be {verdict}")));
    }
    file.persist_noclobber(to).map_err(|error| failed(&error.error))?;
    Ok(())
}

/// Returns what converts a file by its framework, which has to load it for that.
fn proposal(path: &str, report: &FileReport) -> String {
    let has = |format: &str| report.formats.iter().any(|known| known == format);
    let stem = Path::new(path).with_extension("");
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let to = |extension: &str| quoted(&format!("{}.{extension}", stem.display()));
    let from = quoted(path);
    if has("torchscript") {
        format!("torch.onnx.export(torch.jit.load({from}), sample, {})", to("onnx"))
    } else if has("torch") {
        let to = to("safetensors");
        format!(
            "safetensors.torch.save_file({{k: v.contiguous() for k, v in model.state_dict().items()}}, {to})"
        )
    } else if has("hdf5") {
        format!("keras.saving.load_model({from}).save({})", to("keras"))
    } else if has("npy") {
        format!("safetensors.numpy.save_file(dict of contiguous arrays, {})", to("safetensors"))
    } else {
        format!(
            "skops.io.dump(joblib.load({from}), {}) of scikit-learn, `.save_model(…)` of XGBoost, LightGBM and CatBoost, or ONNX by skl2onnx",
            to("skops")
        )
    }
}
