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
    cell_type: String,
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

/// Returns the text of each cell, and whether it is prose; what cells put out is not looked at.
pub(super) fn cells(text: &str) -> Result<Vec<(bool, String)>, String> {
    let notebook: Notebook = serde_json::from_str(text)
        .map_err(|error| format!("the notebook cannot be read ({error})"))?;
    if notebook.cells.len() > MAX_CELLS {
        let count = notebook.cells.len();
        return Err(format!("the notebook has {count} cells, at most {MAX_CELLS} are read"));
    }
    let text = |cell: Cell| {
        let is_prose = cell.cell_type != "code";
        match cell.source {
            Source::Text(text) => (is_prose, text),
            Source::Lines(lines) => (is_prose, lines.concat()),
        }
    };
    Ok(notebook.cells.into_iter().map(text).collect())
}
