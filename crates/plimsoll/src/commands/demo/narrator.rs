//! How the story is told: a heading for each day, a line for each thing that happens.

use std::fmt;

use serde::Serialize;

use crate::error::CommandError;
use crate::ui::{Document, Paint, Progress, Ui, paint};

/// How wide the names of commands are written.
const WIDTH: usize = 22;

/// How wide what came of them is written: a hundred columns in all.
const LINE: usize = 74;

/// Returns how many columns a text takes; what colours it takes none.
fn width(text: &str) -> usize {
    anstream::adapter::strip_str(text).map(|plain| plain.chars().count()).sum()
}

/// Breaks a text at blanks, so that its lines stay beside the names of commands.
fn wrapped(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if width(line) + 1 + width(word) <= LINE => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// Tells the story as it happens, and remembers whether it went as it must.
pub(super) struct Narrator {
    told: Told,
    progress: Progress,
    bar: Option<indicatif::ProgressBar>,
    is_text: bool,
}

#[derive(Serialize, Default)]
struct Told {
    verdict: &'static str,
    scenes: Vec<Scene>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    look: Vec<Look>,
}

#[derive(Serialize)]
struct Scene {
    day: String,
    title: String,
    happened: Vec<Line>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Line {
    as_told: bool,
    what: String,
    result: String,
}

#[derive(Serialize)]
struct Look {
    at: String,
    how: String,
}

impl Narrator {
    pub(super) fn new(ui: &Ui) -> Self {
        let told = Told { verdict: "pass", ..Told::default() };
        Self { told, progress: Progress::new(ui.is_live()), bar: None, is_text: !ui.is_json() }
    }

    fn say(&self, text: &str) {
        if self.is_text {
            self.progress.print(text);
        }
    }

    /// Begins what happens on a day.
    pub(super) fn scene(&mut self, day: impl fmt::Display, title: &str) {
        let day = day.to_string();
        self.say(&format!("\n{}  {}", paint(Paint::Strong, &day), paint(Paint::Strong, title)));
        let title = title.to_owned();
        self.told.scenes.push(Scene { day, title, happened: Vec::new() });
    }

    /// Tells of something, and whether it went as it must.
    pub(super) fn tell(&mut self, as_told: bool, what: &str, result: impl Into<String>) {
        self.done();
        let result = result.into();
        let sign = if as_told { paint(Paint::Good, "✓") } else { paint(Paint::Bad, "✗") };
        let mut lines = wrapped(&result).into_iter();
        let first = lines.next().unwrap_or_default();
        self.say(&format!("  {sign} {what:<WIDTH$} {first}"));
        for line in lines {
            self.say(&format!("    {:<WIDTH$} {line}", ""));
        }
        if !as_told {
            self.told.verdict = "block";
            let text = "this is not how the story goes";
            self.say(&format!("    {:<WIDTH$} {}", "", paint(Paint::Bad, text)));
        }
        let line = Line { as_told, what: what.to_owned(), result };
        if let Some(scene) = self.told.scenes.last_mut() {
            scene.happened.push(line);
        }
    }

    /// Says why something happened, for who sees it for the first time.
    pub(super) fn why(&self, text: &str) {
        self.done_drawing();
        for line in wrapped(text) {
            self.say(&format!("    {:<WIDTH$} {}", "", paint(Paint::Faint, line)));
        }
    }

    fn done_drawing(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    /// Shows that something is under way.
    pub(super) fn begin(&mut self, what: &str) {
        self.done();
        self.bar = Some(self.progress.spinner(what));
    }

    /// Says how far it is.
    pub(super) fn update(&self, message: &str) {
        if let Some(bar) = &self.bar {
            bar.set_message(message.to_owned());
        }
    }

    /// Ends what is under way.
    pub(super) fn done(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }

    /// Tells how to look at a piece of it.
    pub(super) fn look(&mut self, at: &str, how: String) {
        self.told.look.push(Look { at: at.to_owned(), how });
    }

    /// Tells whether everything went as told so far.
    pub(super) fn is_as_told(&self) -> bool {
        self.told.verdict == "pass"
    }

    /// Removes what is redrawn.
    pub(super) fn clear(&mut self) {
        self.done();
        self.progress.clear();
    }

    /// Shows the end: the whole story as a document, or how to look at it.
    pub(super) fn show(&self, ui: &mut Ui) -> Result<(), CommandError> {
        ui.show(&self.told)
    }
}

impl Document for Told {
    const SCHEMA: &'static str = "plimsoll.demo/v1";
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.verdict == "pass" {
            writeln!(f, "\n{} Everything went as told.", paint(Paint::Good, "✓"))?;
        } else {
            let text = "Not everything went as told; the lines with ✗ say what did not.";
            writeln!(f, "\n{} {text}", paint(Paint::Bad, "✗"))?;
        }
        for Look { at, how } in &self.look {
            writeln!(f, "  {at:<24}{how}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_is_what_its_schema_says() {
        let mut narrator = Narrator::new(&Ui::new(true, true));
        narrator.scene("2012-01-01", "production");
        narrator.tell(true, "plimsoll serve", "ready");
        narrator.tell(false, "plimsoll monitor", "calm");
        narrator.look("the bundle", "plimsoll verify bike-demand@champion".to_owned());
        let told = serde_json::to_value(&narrator.told).unwrap();
        let line = |as_told: bool, what: &str, result: &str| serde_json::json!({"as-told": as_told, "what": what, "result": result});
        let happened =
            [line(true, "plimsoll serve", "ready"), line(false, "plimsoll monitor", "calm")];
        let expected = serde_json::json!({
            "verdict": "block",
            "scenes": [{"day": "2012-01-01", "title": "production", "happened": happened}],
            "look": [{"at": "the bundle", "how": "plimsoll verify bike-demand@champion"}],
        });
        assert_eq!(told, expected);
    }
}
