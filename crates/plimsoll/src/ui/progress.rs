//! What a person sees while long work goes on.

use std::borrow::Cow;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Lines that are redrawn while work goes on, and plain ones where nothing can be redrawn.
#[derive(Debug)]
pub(crate) struct Progress {
    bars: MultiProgress,
    live: bool,
}

impl Progress {
    /// Tells whether standard error can be redrawn: a terminal, and none that calls itself dumb.
    pub(super) fn can_redraw() -> bool {
        !ProgressDrawTarget::stderr().is_hidden()
    }

    /// Makes a display; without `live` only [`Progress::line`] shows anything.
    pub(crate) fn new(live: bool) -> Self {
        let target = if live { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        Self { bars: MultiProgress::with_draw_target(target), live }
    }

    /// Prints a line that stays, above those that are redrawn.
    pub(crate) fn line(&self, text: &str) {
        if self.live {
            let shown = anstream::AutoStream::choice(&std::io::stderr());
            let plain = shown == anstream::ColorChoice::Never;
            let text = if plain {
                Cow::from(anstream::adapter::strip_str(text).to_string())
            } else {
                Cow::from(text)
            };
            // A terminal that is gone is no reason to stop the work.
            _ = self.bars.println(text);
        } else {
            super::say(&text);
        }
    }

    /// Prints data to standard output, above the lines that are redrawn on standard error.
    pub(crate) fn print(&self, text: &str) {
        use std::io::Write as _;
        self.bars.suspend(|| {
            let mut out = anstream::stdout().lock();
            // Nobody reads on where this fails.
            _ = writeln!(out, "{text}").and_then(|()| out.flush());
        });
    }

    /// Adds a line that shows that something is under way and for how long.
    pub(crate) fn spinner(&self, name: &str) -> ProgressBar {
        let bar = self.bars.add(ProgressBar::new_spinner());
        if let Ok(style) =
            ProgressStyle::with_template("  {spinner} {prefix:<14} {elapsed:>4}  {wide_msg}")
        {
            bar.set_style(style.tick_chars("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏ "));
        }
        bar.set_prefix(name.to_owned());
        if self.live {
            bar.enable_steady_tick(Duration::from_millis(100));
        }
        bar
    }

    /// Removes what is redrawn.
    pub(crate) fn clear(&self) {
        // As above: nothing to do about a terminal that is gone.
        _ = self.bars.clear();
    }
}
