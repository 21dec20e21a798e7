//! Patterns of texts: regular expressions that take linear time.

use regex::{Regex, RegexBuilder};

/// The most memory that a compiled pattern may take, in bytes.
const LARGEST: usize = 1 << 20;

/// Compiles a pattern that is looked for anywhere in a text.
///
/// The syntax is that of the crate `regex`, in which matching takes time linear in the text
/// whatever the pattern: no backreferences, no lookaround.
///
/// # Errors
/// Why it is no pattern, or that it is too large.
pub(crate) fn compile(written: &str) -> Result<Regex, String> {
    let built = RegexBuilder::new(written).size_limit(LARGEST).dfa_size_limit(LARGEST).build();
    built.map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => "it takes too much memory".to_owned(),
        error => {
            // The first lines draw the pattern; the last says what is wrong.
            let said = error.to_string();
            let last = said.lines().last().unwrap_or_default();
            last.strip_prefix("error: ").unwrap_or(last).to_owned()
        }
    })
}

/// Compiles a pattern that a text must match from its first to its last character.
pub(crate) fn compile_whole(written: &str) -> Result<Regex, String> {
    // Without this a `)` could close the group that is put around it.
    compile(written)?;
    // A pattern that begins with `(?x)` may end in a comment, which only a line break ends.
    compile(&format!(r"\A(?:{written})\z")).or_else(|_| compile(&format!("\\A(?:{written}\n)\\z")))
}
