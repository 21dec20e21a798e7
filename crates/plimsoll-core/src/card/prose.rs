//! Markdown that a person wrote, divided at its headings.
//!
//! It becomes part of a page whose other parts are measured. So nothing in it may hide or imitate
//! those: markup is shown as text, and a fence or a comment that does not end is a mistake.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Facts, Topic};
use crate::RepoPath;
use crate::name::SectionName;

/// The most sections that are read.
const MOST_SECTIONS: usize = 100;

/// The largest prose that is read, in bytes: it is kept with every run.
const LARGEST: usize = 64 * 1024;

/// The headings below which Plimsoll alone writes.
const RESERVED: [&str; 3] = ["gate", "findings", "release"];

/// The owner's prose, and what somebody vouched for it by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Prose {
    /// Its file.
    pub path: RepoPath,
    /// What it says.
    pub written: Written,
    /// The facts that sections were accepted with.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub accepted: BTreeMap<SectionName, Facts>,
}

/// What prose says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Written {
    /// What stands before the first section.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub summary: String,
    /// The sections in their order.
    pub sections: Vec<Section>,
}

/// A heading of the second level and what stands below it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Section {
    /// The heading as rules name it: `intended-use`.
    pub name: SectionName,
    /// The heading as it is written.
    pub title: String,
    /// The line that it stands on, from 1.
    pub line: u64,
    /// The text, without markup of HTML and without blank lines around it.
    pub text: String,
    /// What it says that it is about; `None` where that follows from its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<BTreeSet<Topic>>,
}

/// Something in prose that cannot become part of a card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProseMistake {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: &'static str,
}

/// Prose cannot become part of a card.
#[derive(Debug, thiserror::Error)]
#[error("the prose has {} mistake(s)", .0.len())]
pub struct ReadProseError(pub Vec<ProseMistake>);

impl Prose {
    /// Returns the section called `name`.
    pub fn section(&self, name: &SectionName) -> Option<&Section> {
        self.written.sections.iter().find(|section| section.name == *name)
    }
}

impl Section {
    /// Returns what it is about.
    pub fn topics(&self) -> BTreeSet<Topic> {
        self.about.clone().unwrap_or_else(|| Topic::of_section(&self.name))
    }
}

impl Written {
    /// Divides `text` at its headings.
    ///
    /// # Errors
    /// Every line that could hide or imitate what Plimsoll writes.
    pub fn read(text: &str) -> Result<Self, ReadProseError> {
        if text.len() > LARGEST {
            let message = format!("the file has {} bytes (at most {LARGEST} are read)", text.len());
            let help = "link to what is longer";
            return Err(ReadProseError(vec![ProseMistake { line: 1, message, help }]));
        }
        let mut reader = Reader::default();
        for (index, line) in text.lines().enumerate() {
            reader.line(index + 1, line);
        }
        reader.finish()
    }
}

/// What encloses a line.
#[derive(Clone, Copy, Debug, Default)]
enum Within {
    #[default]
    Text,
    /// From this line on.
    Comment(usize),
    /// Code, fenced by so many of these, from this line on.
    Fence { mark: char, length: usize, line: usize },
}

#[derive(Default)]
struct Reader {
    written: Written,
    /// The lines of the section, or of what stands before the first.
    lines: Vec<String>,
    within: Within,
    has_title: bool,
    mistakes: Vec<ProseMistake>,
}

impl Reader {
    fn line(&mut self, number: usize, line: &str) {
        match self.within {
            Within::Comment(_) => {
                if let Some((_, rest)) = line.split_once("-->") {
                    self.within = Within::Text;
                    self.text(rest);
                }
            }
            Within::Fence { mark, length, .. } => {
                let line = line.trim_end();
                let closes = line.trim_start().chars().all(|c| c == mark)
                    && line.trim_start().chars().count() >= length;
                if closes {
                    self.within = Within::Text;
                }
                self.lines.push(line.to_owned());
            }
            Within::Text => self.open(number, line),
        }
    }

    fn open(&mut self, number: usize, line: &str) {
        let content = line.trim_start();
        if number == 1 && content.trim_end() == "---" {
            let help = "remove it: licenses, datasets and base models stand in plimsoll.yaml";
            return self.mistake(number, "the metadata of a card are written by Plimsoll", help);
        }
        if let Some(comment) = content.strip_prefix("<!--") {
            return match comment.split_once("-->") {
                Some((comment, rest)) => {
                    self.comment(number, comment);
                    self.text(rest);
                }
                None => self.within = Within::Comment(number),
            };
        }
        if let Some((mark, length)) = fence(content) {
            self.within = Within::Fence { mark, length, line: number };
            self.lines.push(line.trim_end().to_owned());
            return;
        }
        match heading(content) {
            Some((1, _)) if !self.has_title && self.written.sections.is_empty() => {
                self.has_title = true;
            }
            Some((1, _)) => {
                let help = "write it with two or more `#`";
                self.mistake(number, "a card has one heading of the first level", help);
            }
            Some((2, title)) => self.section(number, title),
            _ => self.text(line),
        }
    }

    fn section(&mut self, number: usize, title: &str) {
        self.end_section();
        let title = harmless(title);
        let Some(name) = SectionName::of_title(&title) else {
            let help = "a heading has letters or digits of ASCII, at most 100";
            return self.mistake(number, "the heading gives a section no name", help);
        };
        if RESERVED.contains(&name.as_str()) {
            let message = format!("what stands below `{title}` is written by Plimsoll alone");
            return self.mistake(number, &message, "choose another heading");
        }
        let sections = &self.written.sections;
        if let Some(other) = sections.iter().find(|section| section.name == name) {
            let message = format!("section `{name}` begins on line {} already", other.line);
            return self.mistake(number, &message, "bring both together, or rename one");
        }
        if sections.len() == MOST_SECTIONS {
            let message = format!("there are more than {MOST_SECTIONS} sections");
            return self.mistake(number, &message, "use headings of the third level");
        }
        let line = u64::try_from(number).unwrap_or(u64::MAX);
        self.written.sections.push(Section { name, title, line, text: String::new(), about: None });
    }

    /// Takes `<!-- about: metrics, data -->` in; other comments are for authors.
    fn comment(&mut self, number: usize, comment: &str) {
        let Some(topics) = comment.trim().strip_prefix("about:") else { return };
        let names =
            topics.split(',').map(str::trim).filter(|name| !matches!(*name, "" | "nothing"));
        let topics: Result<BTreeSet<Topic>, _> = names.map(str::parse).collect();
        match (topics, self.written.sections.last_mut()) {
            (Ok(topics), Some(section)) => section.about = Some(topics),
            (Err(error), _) => self.mistake(number, &error.to_string(), "name topics"),
            (_, None) => {
                let help = "put it below the heading of the section that it is of";
                self.mistake(number, "no section is about it", help);
            }
        }
    }

    fn text(&mut self, line: &str) {
        let line = line.trim_end();
        let is_rule = |mark| !line.is_empty() && line.trim_start().chars().all(|c| c == mark);
        let follows_text = self.lines.last().is_some_and(|line| !line.trim().is_empty());
        // Below text it would make a heading of it.
        if (is_rule('-') || is_rule('=')) && follows_text {
            self.lines.push(String::new());
        }
        self.lines.push(harmless(line));
    }

    fn end_section(&mut self) {
        let lines = std::mem::take(&mut self.lines);
        let text = lines.join("\n").trim_matches('\n').to_owned();
        match self.written.sections.last_mut() {
            Some(section) => section.text = text,
            None => self.written.summary = text,
        }
    }

    fn finish(mut self) -> Result<Written, ReadProseError> {
        self.end_section();
        match self.within {
            Within::Text => {}
            Within::Comment(line) => self.mistake(line, "the comment does not end", "add `-->`"),
            Within::Fence { mark, length, line } => {
                let fence: String = std::iter::repeat_n(mark, length).collect();
                let message = format!("the code does not end (`{fence}` is missing)");
                self.mistake(line, &message, "end it on a line of its own");
            }
        }
        if self.mistakes.is_empty() { Ok(self.written) } else { Err(ReadProseError(self.mistakes)) }
    }

    fn mistake(&mut self, line: usize, message: &str, help: &'static str) {
        self.mistakes.push(ProseMistake { line, message: message.to_owned(), help });
    }
}

/// Returns what fences code, and how long it is.
fn fence(content: &str) -> Option<(char, usize)> {
    let mark = content.chars().next().filter(|mark| matches!(mark, '`' | '~'))?;
    let length = content.chars().take_while(|c| *c == mark).count();
    let info = &content[length..];
    // Backticks behind it make it code within a line.
    (length >= 3 && !(mark == '`' && info.contains('`'))).then_some((mark, length))
}

/// Returns the level and the text of a heading.
fn heading(content: &str) -> Option<(usize, &str)> {
    let level = content.chars().take_while(|c| *c == '#').count();
    let title = &content[level..];
    let is_heading =
        (1..=6).contains(&level) && title.chars().next().is_none_or(char::is_whitespace);
    is_heading.then(|| (level, title.trim().trim_end_matches('#').trim_end()))
}

/// Returns a line whose HTML is text. Code within the line and addresses stay what they are.
fn harmless(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find(['`', '<']) {
        let (before, from) = rest.split_at(at);
        out += before;
        if from.starts_with('`') {
            let length = from.chars().take_while(|c| *c == '`').count();
            let (ticks, behind) = from.split_at(length);
            let end = closing(behind, length).unwrap_or(0);
            let (code, behind) = behind.split_at(end);
            out += ticks;
            out += code;
            rest = behind;
            continue;
        }
        if let Some(end) = address(from) {
            out += &from[..end];
            rest = &from[end..];
        } else {
            out += "&lt;";
            rest = &from[1..];
        }
    }
    out + rest
}

/// Returns where code ends that so many backticks began: behind as many.
fn closing(code: &str, length: usize) -> Option<usize> {
    let mut at = 0;
    while let Some(found) = code[at..].find('`') {
        let start = at + found;
        let run = code[start..].chars().take_while(|c| *c == '`').count();
        at = start + run;
        if run == length {
            return Some(at);
        }
    }
    None
}

/// Returns where `<https://…>` ends.
fn address(text: &str) -> Option<usize> {
    let end = text.find('>')?;
    let inner = text.get(1..end)?;
    let is_address = ["https://", "http://", "mailto:"].iter().any(|it| inner.starts_with(it));
    (is_address && !inner.contains([' ', '<', '"'])).then_some(end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Written {
        Written::read(text).unwrap()
    }

    fn mistakes(text: &str) -> Vec<String> {
        let error = Written::read(text).unwrap_err();
        error.0.iter().map(|mistake| format!("{}: {}", mistake.line, mistake.message)).collect()
    }

    #[test]
    fn headings_of_the_second_level_divide_it() {
        let text = "# Bikes\n\nWhat it is.\n\n## Intended use\n\nPlanning.\n\n### Not\nTraffic.\n\n## Bias, risks and limitations ##\n<!-- about: metrics, data -->\nNights.\n```\n## no heading\n```\n## Contact\n<!-- about: nothing -->\n<!-- for\nauthors --> Ada\n";
        let written = read(text);
        assert_eq!(written.summary, "What it is.");
        let seen: Vec<_> = written.sections.iter().map(|it| (it.name.as_str(), it.line)).collect();
        assert_eq!(
            seen,
            [("intended-use", 5), ("bias-risks-and-limitations", 12), ("contact", 18)]
        );
        let [uses, limits, contact] = &written.sections[..] else { panic!("{written:?}") };
        assert_eq!(uses.text, "Planning.\n\n### Not\nTraffic.");
        assert_eq!(uses.topics(), [Topic::Task, Topic::License, Topic::Columns].into());
        assert_eq!(limits.title, "Bias, risks and limitations");
        assert_eq!(limits.topics(), [Topic::Data, Topic::Metrics].into());
        assert!(limits.text.ends_with("```\n## no heading\n```"), "{}", limits.text);
        assert!(contact.topics().is_empty());
        assert_eq!(contact.text, " Ada");
    }

    #[test]
    fn nothing_in_it_can_hide_or_imitate_what_is_measured() {
        let written = read(
            "## A\nRelease\n---\nRelease\n===\n<div hidden> <!-- x `<b>` `` <i>`\n<https://a.b/c> <https://a b>",
        );
        assert_eq!(
            written.sections[0].text,
            "Release\n\n---\nRelease\n\n===\n&lt;div hidden> &lt;!-- x `<b>` `` &lt;i>`\n<https://a.b/c> &lt;https://a b>"
        );
        assert_eq!(
            mistakes("---\nlicense: mit\n---\n"),
            ["1: the metadata of a card are written by Plimsoll"]
        );
        assert_eq!(
            mistakes("# A\n# B\n## Release\n## C\n## c\n## !\n<!-- about: luck -->\n~~~\n"),
            [
                "2: a card has one heading of the first level",
                "3: what stands below `Release` is written by Plimsoll alone",
                "5: section `c` begins on line 4 already",
                "6: the heading gives a section no name",
                "7: `luck` is nothing that a section is about (they are task, license, columns, data, metrics, training, or `nothing`)",
                "8: the code does not end (`~~~` is missing)",
            ]
        );
        assert_eq!(mistakes("a\n<!-- b\nc"), ["2: the comment does not end"]);
        assert_eq!(
            mistakes(&"a".repeat(LARGEST + 1))[0],
            "1: the file has 65537 bytes (at most 65536 are read)"
        );
    }

    #[test]
    fn any_text_is_read_without_giving_way() {
        for text in [
            "",
            "`",
            "``` `",
            "<",
            "<!--",
            "#",
            "## é",
            "```\n````\n",
            "a ``b` c`` <",
            "\u{2028}## x",
        ] {
            _ = Written::read(text);
        }
    }
}
