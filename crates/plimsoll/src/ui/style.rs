//! Colours, always beside a word or sign that says the same.

use std::fmt;

use anstyle::{AnsiColor, Style};

/// What a colour means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Paint {
    /// It is well.
    Good,
    /// It is not.
    Bad,
    /// Look at it.
    Warning,
    /// Less important.
    Faint,
    /// More important.
    Strong,
}

impl Paint {
    fn style(self) -> Style {
        match self {
            Self::Good => AnsiColor::Green.on_default(),
            Self::Bad => AnsiColor::Red.on_default().bold(),
            Self::Warning => AnsiColor::Yellow.on_default(),
            Self::Faint => Style::new().dimmed(),
            Self::Strong => Style::new().bold(),
        }
    }
}

/// Returns `text` in colour; the stream drops the colour where none is wanted.
pub(crate) fn paint(paint: Paint, text: impl fmt::Display) -> impl fmt::Display {
    let style = paint.style();
    fmt::from_fn(move |f| write!(f, "{style}{text}{style:#}"))
}
