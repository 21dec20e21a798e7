//! The terminal: the only place that writes to it.

mod progress;
mod style;
mod table;

use std::fmt::Display;
use std::io::{self, BufRead, IsTerminal, Read, Write};

use serde::Serialize;

use crate::error::CommandError;

pub(crate) use progress::Progress;
pub(crate) use style::{Paint, paint};
pub(crate) use table::{Cell, Table};

/// Something that a command shows: to people by its `Display`, with `--json` by its `Serialize`.
pub(crate) trait Document: Display + Serialize {
    /// The name and version of its JSON form, `plimsoll.run/v1`.
    const SCHEMA: &'static str;
}

/// Lines of the audit log on standard error, for who keeps nothing.
#[derive(Clone, Debug)]
pub(crate) struct Entries(());

impl Entries {
    /// Writes a line.
    ///
    /// # Errors
    /// It could not be written: whatever it tells of must not happen then.
    #[expect(clippy::unused_self, reason = "who has no `Entries` may not write")]
    pub(crate) fn write(&self, line: &str) -> io::Result<()> {
        let mut stderr = io::stderr().lock();
        writeln!(stderr, "{line}")?;
        stderr.flush()
    }
}

/// Where output goes and in which form.
#[derive(Debug)]
pub(crate) struct Ui {
    json: bool,
    quiet: bool,
    live: bool,
}

impl Ui {
    /// Makes the terminal of this process.
    pub(crate) fn new(json: bool, quiet: bool) -> Self {
        let live = io::stderr().is_terminal() && Progress::can_redraw() && !quiet;
        Self { json, quiet, live }
    }

    /// Tells whether the person watches a terminal that can be redrawn.
    pub(crate) fn is_live(&self) -> bool {
        self.live
    }

    /// Tells whether one document is asked for.
    pub(crate) fn is_json(&self) -> bool {
        self.json
    }

    /// Refuses `--json` where `--format` asks for another form.
    pub(crate) fn agrees_with(&self, is_json_or_usual: bool) -> Result<(), CommandError> {
        if self.json && !is_json_or_usual {
            return Err(CommandError::usage("`--json` and `--format` ask for different forms"));
        }
        Ok(())
    }

    /// Tells whether only what is wrong is said.
    pub(crate) fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// Tells whether nothing is said of what is well: `--quiet` without a document asked for.
    pub(crate) fn is_silent(&self) -> bool {
        self.quiet && !self.json
    }

    /// Shows a document on standard output.
    pub(crate) fn show<D: Document>(&mut self, document: &D) -> Result<(), CommandError> {
        let text = if self.json {
            json(document)?
        } else {
            table::within(width(), || document.to_string())
        };
        write_to(&mut anstream::stdout().lock(), text.as_bytes())
    }

    /// Shows a document on standard output in its JSON form, whatever form was asked for.
    #[expect(clippy::unused_self, reason = "who has no `Ui` may not write")]
    pub(crate) fn show_json<D: Document>(&mut self, document: &D) -> Result<(), CommandError> {
        write_to(&mut anstream::stdout().lock(), json(document)?.as_bytes())
    }

    /// Writes bytes to standard output as they are: what looks like a colour may be a part of a
    /// model.
    #[expect(clippy::unused_self, reason = "who has no `Ui` may not write")]
    pub(crate) fn data(&mut self, bytes: &[u8]) -> Result<(), CommandError> {
        write_to(&mut io::stdout().lock(), bytes)
    }

    /// Says something on standard error that is no data.
    pub(crate) fn note(&mut self, text: impl Display) {
        if !self.quiet {
            say(&text);
        }
    }

    /// Returns a way to tell of what must be told, from elsewhere too.
    #[expect(clippy::unused_self, reason = "who has no `Ui` may not write")]
    pub(crate) fn entries(&self) -> Entries {
        Entries(())
    }

    /// Asks a person, who says no unless they say yes; `None` where nobody is at a terminal to answer.
    #[expect(clippy::unused_self, reason = "who has no `Ui` may not write")]
    pub(crate) fn confirm(&mut self, question: impl Display) -> Option<bool> {
        if !(io::stdin().is_terminal() && io::stderr().is_terminal()) {
            return None;
        }
        let mut stderr = anstream::stderr().lock();
        _ = write!(stderr, "{} {question} [y/N] ", paint(Paint::Strong, "?"));
        _ = stderr.flush();
        let mut answer = String::new();
        // A person types a word; what is longer than that is no yes.
        _ = io::stdin().lock().take(100).read_line(&mut answer);
        Some(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
    }

    /// Says that something is wrong although the command goes on.
    #[expect(clippy::unused_self, reason = "who has no `Ui` may not write")]
    pub(crate) fn warn(&mut self, text: impl Display) {
        say(&format_args!("{} {text}", paint(Paint::Warning, "warning:")));
    }

    /// Tells a person why the command ended.
    #[expect(clippy::unused_self, reason = "who has no `Ui` may not write")]
    pub(crate) fn error(&mut self, error: &CommandError) {
        say(&format_args!("{} {error}", paint(Paint::Bad, "error:")));
        if let Some(hint) = &error.hint {
            say(&format_args!("{} {hint}", paint(Paint::Good, "hint:")));
        }
    }
}

/// Returns how wide the terminal is that standard output is; `None` where it is something else.
fn width() -> Option<usize> {
    let stdout = io::stdout();
    let size = stdout.is_terminal().then(|| rustix::termios::tcgetwinsize(&stdout).ok());
    size.flatten().map(|size| usize::from(size.ws_col)).filter(|columns| *columns > 0)
}

fn write_to(out: &mut dyn Write, bytes: &[u8]) -> Result<(), CommandError> {
    match out.write_all(bytes).and_then(|()| out.flush()) {
        // `plimsoll logs | head` is no error.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            let message = format!("standard output could not be written to: {error}");
            Err(CommandError::world(message))
        }
        _ => Ok(()),
    }
}

fn say(text: &dyn Display) {
    // Nothing is left to tell anyone when standard error is closed.
    _ = writeln!(anstream::stderr().lock(), "{text}");
}

fn json<D: Document>(document: &D) -> Result<String, CommandError> {
    let bug = |error: serde_json::Error| CommandError::world(format!("no JSON: {error}"));
    let mut value = serde_json::to_value(document).map_err(bug)?;
    if let Some(fields) = value.as_object_mut() {
        fields.insert("schema".to_owned(), D::SCHEMA.into());
    }
    let mut text = serde_json::to_string_pretty(&value).map_err(bug)?;
    text.push('\n');
    Ok(text)
}
