//! The comments of program code, line for line: what code says in its own words, not in its texts.

/// What begins a comment that goes to the end of its line. A line of code that begins so does no harm: it names no
/// license in the words of a license.
const LINES: &[&str] = &[
    "#", "//", "--", ";", "%", "!", "..", "dnl ", "REM ", "rem ", "::", "\\", "@c ", "'''",
    "\"\"\"",
];

/// What begins and ends a comment of several lines.
const BLOCKS: &[(&str, &str)] =
    &[("/*", "*/"), ("<!--", "-->"), ("{#", "#}"), ("{-", "-}"), ("--[[", "]]"), ("=pod", "=cut")];

/// Where a comment of several lines ends, and whether it is one: texts of Python are gone over.
struct Open {
    end: &'static str,
    is_comment: bool,
}

/// Returns a text in which everything but comments is empty; the lines keep their numbers.
pub(super) fn comments(base: &str, text: &str) -> String {
    let extension = base.rsplit_once('.').map_or("", |(_, extension)| extension).to_lowercase();
    let is_python = matches!(extension.as_str(), "py" | "pyi" | "pyx" | "pxd" | "pxi");
    let is_ml = matches!(extension.as_str(), "ml" | "mli" | "mll" | "mly" | "pas" | "v");
    let mut kept = String::with_capacity(text.len() / 4);
    let mut open: Option<Open> = None;
    for line in text.lines() {
        let begin = line.trim_start();
        match open.take() {
            Some(inside) => {
                let end = line.find(inside.end);
                if inside.is_comment {
                    kept.push_str(end.and_then(|end| line.get(..end)).unwrap_or(line));
                }
                open = end.is_none().then_some(inside);
            }
            None if is_python && is_text(begin).is_some() => {
                let (end, rest) = is_text(begin).unwrap_or(("\"\"\"", ""));
                kept.push_str(rest);
                open = (!rest.contains(end)).then_some(Open { end, is_comment: true });
            }
            None => {
                let block = block(begin, is_ml);
                if let Some((mark, end)) = block {
                    kept.push_str(begin);
                    let rest = begin.get(mark.len()..).unwrap_or_default();
                    open = (!rest.contains(end)).then_some(Open { end, is_comment: true });
                } else if LINES.iter().any(|mark| begin.starts_with(mark))
                    || begin.starts_with("__license__")
                {
                    kept.push_str(line);
                } else if let Some(legal) = legal(line) {
                    kept.push_str(legal);
                }
                if is_python && open.is_none() && !begin.starts_with('#') {
                    let opens = |mark: &str| line.matches(mark).count() % 2 == 1;
                    let end = ["\"\"\"", "'''"].into_iter().find(|mark| opens(mark));
                    open = end.map(|end| Open { end, is_comment: false });
                }
            }
        }
        kept.push('\n');
    }
    kept
}

fn block(begin: &str, is_ml: bool) -> Option<(&'static str, &'static str)> {
    let ml = is_ml.then_some(("(*", "*)"));
    BLOCKS.iter().copied().chain(ml).find(|(mark, _)| begin.starts_with(mark))
}

/// Returns how a text of Python that stands alone on its lines ends, and what stands on the first: it documents.
fn is_text(begin: &str) -> Option<(&'static str, &str)> {
    let bare = begin.trim_start_matches(['r', 'R', 'u', 'U', 'b', 'B']);
    if begin.len() - bare.len() > 2 {
        return None;
    }
    ["\"\"\"", "'''"].into_iter().find_map(|mark| Some((mark, bare.strip_prefix(mark)?)))
}

/// Returns the comment that tools keep when they shorten a script to one line.
fn legal(line: &str) -> Option<&str> {
    let rest = line.get(line.find("/*!")?..)?;
    rest.get(..rest.find("*/").unwrap_or(rest.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(base: &str, text: &str) -> Vec<String> {
        let kept = comments(base, text);
        assert_eq!(kept.lines().count(), text.lines().count());
        kept.lines().filter(|line| !line.is_empty()).map(|line| line.trim().to_owned()).collect()
    }

    #[test]
    fn texts_in_code_are_no_comments() {
        let python = "\"\"\"Doc.\n\nMore.\n\"\"\"\nTEXT = \"\"\"\n# Inside.\n\"\"\"\n# After.\nx = 1\nr'''Raw.'''\n";
        assert_eq!(kept("a.py", python), ["Doc.", "More.", "# After.", "Raw.'''"]);
        let rust = "//! Doc.\nlet x = \"// no\";\n/* one\n two */ let y;\n";
        assert_eq!(kept("a.rs", rust), ["//! Doc.", "/* one", "two"]);
        let script = "var a;/*! (c) Me, MIT */var b=1;\n";
        assert_eq!(kept("a.min.js", script), ["/*! (c) Me, MIT"]);
        assert_eq!(kept("a.ml", "(* a\n b *)\nlet x\n"), ["(* a", "b"]);
        assert_eq!(kept("a.c", "(*f)(x);\nreturn;\n"), Vec::<String>::new());
        assert_eq!(kept("a.html", "<!-- a -->\n<p>licensed</p>\n"), ["<!-- a -->"]);
    }
}
