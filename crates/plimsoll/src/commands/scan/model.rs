//! `plimsoll scan model`

mod convert;
mod document;
mod walk;

use std::path::{Path, PathBuf};

use plimsoll_scan::model::{Content, FileReport, Limits, Verdict, companion, scan, scan_with};

use self::convert::Conversion;
pub(crate) use self::document::finding;
use self::document::{Document, File};
use self::walk::Found;
use super::Form;
use super::waivers::Waivers;
use crate::error::{CommandError, Exit, Kind};
use crate::ui::{Progress, Ui};

/// Say what model files would do when they are loaded
///
/// Reads pickles (also of joblib, PyTorch, NumPy), archives and compressed streams in one another,
/// ONNX, Keras, HDF5, TensorFlow, safetensors, GGUF and others, by their content, whatever they are
/// called. Nothing of them is run or imported. A file is `safe` when it was read to its end and all
/// of it is on a list of what frameworks are known to write, `unsafe` when something of it acts, and
/// `unknown` else. Exit code 1 unless every file is safe or answered for by a waiver.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// The files, or folders of files
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// A file of `waivers`, as in plimsoll.yaml; each names a finding's code and its `subject`
    #[arg(long, value_name = "FILE")]
    waivers: Option<PathBuf>,
    /// Write the tensors of files that hold nothing else beside them, as safetensors, and say what
    /// converts the others
    ///
    /// Converted are state dicts of PyTorch and arrays of NumPy that are safe, without loading them.
    /// No file is overwritten. Pickles of estimators and layers, and models in HDF5, are converted by
    /// their frameworks only: the call is printed.
    #[arg(long)]
    convert: bool,
    /// The form of what is printed
    #[arg(long, value_enum, default_value_t = Form::Text)]
    format: Form,
}

pub(crate) fn run(args: &Args, folder: &Path, ui: &mut Ui) -> Result<Exit, CommandError> {
    ui.agrees_with(matches!(args.format, Form::Text | Form::Json))?;
    let waivers = Waivers::read(args.waivers.as_ref(), folder)?;
    let found = walk::files(&args.paths, folder)?;
    let (mut files, mut conversions) = (Vec::new(), Vec::new());
    let progress = Progress::new(ui.is_live());
    let bar = progress.spinner("scanning");
    for (at, one) in found.iter().enumerate() {
        bar.set_message(format!("{} of {}: {}", at + 1, found.len(), one.shown()));
        let (file, conversion) = look(one, args.convert)?;
        files.push(file);
        conversions.extend(conversion);
    }
    bar.finish_and_clear();
    let document = Document::of(files, conversions, &waivers);
    let passes = document.passes();
    match args.format {
        Form::Text if ui.is_silent() => ui.show(&document.quietly())?,
        Form::Text => ui.show(&document)?,
        Form::Json => ui.show_json(&document)?,
        Form::Sarif => ui.data(document.sarif()?.as_bytes())?,
    }
    Ok(if passes { Exit::Done } else { Exit::No })
}

/// Tells whether a model that is held here, and called `shown`, may be loaded: it is safe, or answered
/// for. What is wrong with it is shown.
pub(crate) fn passes(
    shown: &str,
    bytes: Vec<u8>,
    waivers: Option<&PathBuf>,
    folder: &Path,
    ui: &mut Ui,
) -> Result<bool, CommandError> {
    let waivers = Waivers::read(waivers, folder)?;
    let content = Content::of_bytes(bytes);
    let report = scan(shown, &content, Limits::default());
    let digest = match report.verdict {
        Verdict::Safe => None,
        _ => Some(content.digest().map_err(|error| CommandError::new(Kind::Bug, error))?),
    };
    let document = Document::of(vec![File::of(report, digest)], Vec::new(), &waivers);
    let passes = document.passes();
    if !passes {
        ui.show(&document)?;
    }
    Ok(passes)
}

/// Scans one file, and converts it if that is asked for.
fn look(found: &Found, converts: bool) -> Result<(File, Option<Conversion>), CommandError> {
    let (path, shown) = match found {
        Found::File { path, shown } => (path, shown),
        Found::NotFollowed { shown, why } => return Ok((File::unread(shown, why), None)),
    };
    let content = match std::fs::File::open(path).and_then(Content::of_file) {
        Ok(content) => content,
        Err(error) => {
            let why = format!("it could not be opened: {error}");
            return Ok((File::unread(shown, &why), None));
        }
    };
    // Numbers without a mark of their own are judged by the file that names them, where it is there.
    let beside = companion(&path.to_string_lossy());
    let beside = beside.and_then(|file| std::fs::File::open(file).and_then(Content::of_file).ok());
    let report: FileReport = match beside {
        Some(beside) => scan_with(shown, &content, &beside, Limits::default()),
        None => scan(shown, &content, Limits::default()),
    };
    // What is not known can only be answered for by its very bytes.
    let digest = match report.verdict {
        Verdict::Safe => None,
        _ => Some(content.digest().map_err(|error| {
            CommandError::world(format!("{shown} could not be read again: {error}"))
        })?),
    };
    let conversion = if converts { convert::convert(path, &content, &report)? } else { None };
    Ok((File::of(report, digest), conversion))
}
