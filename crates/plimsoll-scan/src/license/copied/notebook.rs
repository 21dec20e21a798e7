//! The text of a notebook's cells.

use serde::Deserialize;

/// The most cells that are looked at.
const MAX_CELLS: usize = 10_000;

#[derive(Deserialize)]
struct Notebook {
    #[serde(default)]
    cells: Vec<Cell>,
}

#[derive(Deserialize)]
struct Cell {
    #[serde(default)]
    source: Source,
}

/// A text, or its lines.
#[derive(Deserialize)]
#[serde(untagged)]
enum Source {
    Text(String),
    Lines(Vec<String>),
}

impl Default for Source {
    fn default() -> Self {
        Self::Lines(Vec::new())
    }
}

/// Returns the text of each cell; what cells put out is not looked at.
pub(super) fn cells(text: &str) -> Result<Vec<String>, String> {
    let notebook: Notebook = serde_json::from_str(text)
        .map_err(|error| format!("the notebook cannot be read ({error})"))?;
    if notebook.cells.len() > MAX_CELLS {
        let count = notebook.cells.len();
        return Err(format!("the notebook has {count} cells, at most {MAX_CELLS} are read"));
    }
    let text = |cell: Cell| match cell.source {
        Source::Text(text) => text,
        Source::Lines(lines) => lines.concat(),
    };
    Ok(notebook.cells.into_iter().map(text).collect())
}
