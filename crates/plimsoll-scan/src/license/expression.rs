//! An SPDX license expression, in one spelling.

use std::collections::HashMap;
use std::fmt;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};
use spdx::ParseMode;
use spdx::expression::{ExprNode, Operator};

/// The longest expression that is read, in bytes. The longest that is published has about 400.
pub const MAX_EXPRESSION: usize = 16 * 1024;

/// How deep an expression may nest.
const MAX_DEPTH: usize = 32;

/// The terms of one thing: a license, or several that hold together or by choice.
///
/// Ids are spelled as the SPDX list spells them; deprecated ones are replaced by what the list names
/// in their place (`GPL-2.0` is `GPL-2.0-only`, SPDX specification 2.3, annex D.2). An operator is never
/// the direct child of the same one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Expression {
    /// One license.
    License(License),
    /// All of them hold.
    All(Vec<Expression>),
    /// One of them holds, by choice of who takes it.
    Any(Vec<Expression>),
}

/// One license, perhaps with an exception that softens it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct License {
    /// Its id: `Apache-2.0`, `Apache-1.1+`, `LicenseRef-Gemma`.
    pub id: String,
    /// The id of the exception: `LLVM-exception`.
    pub exception: Option<String>,
}

/// The text is no license expression.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseExpressionError {
    /// It says nothing.
    #[error("the license expression is empty")]
    Empty,
    /// It is longer than any that is meant to be read.
    #[error("the license expression has {0} bytes, at most {MAX_EXPRESSION} are read")]
    TooLong(usize),
    /// It nests too deep.
    #[error("the license expression nests deeper than {MAX_DEPTH}")]
    TooDeep,
    /// It is not well formed, or names what is not on the SPDX list.
    #[error("`{text}` is no license expression ({reason} at byte {at})")]
    Malformed {
        /// The text.
        text: String,
        /// Where it goes wrong, from 0.
        at: usize,
        /// What is wrong.
        reason: String,
    },
}

/// Ids in lower case, and as they are spelled: the SPDX specification compares them without case.
static SPELLINGS: LazyLock<HashMap<String, &'static str>> = LazyLock::new(|| {
    let licenses = spdx::identifiers::LICENSES.iter().map(|license| license.name);
    let exceptions = spdx::identifiers::EXCEPTIONS.iter().map(|exception| exception.name);
    let operators = ["AND", "OR", "WITH"];
    let names = licenses.chain(exceptions).chain(operators).filter(|name| *name != "NOASSERTION");
    names.map(|name| (name.to_lowercase(), name)).collect()
});

/// Deprecated ids that are not just `-only` or `-or-later` today, as the SPDX list replaces them.
const REPLACED: &[(&str, &str, Option<&str>)] = &[
    ("BSD-2-Clause-FreeBSD", "BSD-2-Clause-Views", None),
    ("BSD-2-Clause-NetBSD", "BSD-2-Clause", None),
    ("GPL-2.0-with-GCC-exception", "GPL-2.0-only", Some("GCC-exception-2.0")),
    ("GPL-2.0-with-autoconf-exception", "GPL-2.0-only", Some("Autoconf-exception-2.0")),
    ("GPL-2.0-with-bison-exception", "GPL-2.0-only", Some("Bison-exception-2.2")),
    ("GPL-2.0-with-classpath-exception", "GPL-2.0-only", Some("Classpath-exception-2.0")),
    ("GPL-2.0-with-font-exception", "GPL-2.0-only", Some("Font-exception-2.0")),
    ("GPL-3.0-with-GCC-exception", "GPL-3.0-only", Some("GCC-exception-3.1")),
    ("GPL-3.0-with-autoconf-exception", "GPL-3.0-only", Some("Autoconf-exception-3.0")),
    ("Nunit", "zlib-acknowledgement", None),
    ("StandardML-NJ", "SMLNJ", None),
    ("bzip2-1.0.5", "bzip2-1.0.6", None),
    ("eCos-2.0", "GPL-2.0-or-later", Some("eCos-exception-2.0")),
    ("wxWindows", "LGPL-2.0-or-later", Some("WxWindows-exception-3.1")),
];

impl License {
    /// Makes a license of an id that is known to be one.
    pub(super) fn of(id: impl Into<String>) -> Self {
        Self { id: id.into(), exception: None }
    }

    /// Makes a license of an id that may be deprecated.
    fn current(id: &str, exception: Option<String>) -> Self {
        if let Some((_, id, with)) = REPLACED.iter().find(|(old, ..)| *old == id) {
            let exception = exception.or_else(|| with.map(str::to_owned));
            return Self { id: (*id).to_owned(), exception };
        }
        let is_deprecated = spdx::license_id(id).is_some_and(spdx::LicenseId::is_deprecated);
        let id = match id.strip_suffix('+') {
            Some(base) if spdx::gnu_license_id(base, true).is_some() => format!("{base}-or-later"),
            None if is_deprecated && spdx::license_id(&format!("{id}-only")).is_some() => {
                format!("{id}-only")
            }
            _ => id.to_owned(),
        };
        Self { id, exception }
    }
}

impl fmt::Display for License {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.exception {
            Some(exception) => write!(f, "{} WITH {exception}", self.id),
            None => f.write_str(&self.id),
        }
    }
}

impl TryFrom<String> for License {
    type Error = ParseExpressionError;

    fn try_from(text: String) -> Result<Self, ParseExpressionError> {
        match Expression::parse(&text)? {
            Expression::License(license) => Ok(license),
            Expression::All(_) | Expression::Any(_) => Err(ParseExpressionError::Malformed {
                text,
                at: 0,
                reason: "more than one license".to_owned(),
            }),
        }
    }
}

impl From<License> for String {
    fn from(license: License) -> Self {
        license.to_string()
    }
}

impl Expression {
    /// Reads an expression: as SPDX defines it, in any case, with the slash that crates once wrote for `OR`.
    ///
    /// # Errors
    /// It is too long or too deep, not well formed, or names an id that SPDX does not list and that does
    /// not begin with `LicenseRef-`.
    pub fn parse(text: &str) -> Result<Self, ParseExpressionError> {
        if text.len() > MAX_EXPRESSION {
            return Err(ParseExpressionError::TooLong(text.len()));
        }
        let spelled = respell(text);
        if spelled.trim().is_empty() {
            return Err(ParseExpressionError::Empty);
        }
        let mode = ParseMode {
            allow_slash_as_or_operator: true,
            allow_imprecise_license_names: false,
            allow_postfix_plus_on_gpl: true,
            allow_deprecated: true,
            allow_unknown: false,
        };
        let parsed = spdx::Expression::parse_mode(&spelled, mode).map_err(|error| {
            ParseExpressionError::Malformed {
                text: shortened(text),
                at: error.span.start,
                reason: error.reason.to_string(),
            }
        })?;
        let mut stack: Vec<(Self, usize)> = Vec::new();
        for node in parsed.iter() {
            match node {
                ExprNode::Req(found) => {
                    let id = found.req.license.to_string();
                    if id.ends_with("LicenseRef-") || id == "NOASSERTION" {
                        return Err(ParseExpressionError::Malformed {
                            text: shortened(text),
                            at: usize::try_from(found.span.start).unwrap_or_default(),
                            reason: "no license".to_owned(),
                        });
                    }
                    let exception = found.req.addition.as_ref().map(ToString::to_string);
                    let license = License::current(&id, exception);
                    stack.push((Self::License(license), 0));
                }
                ExprNode::Op(operator) => {
                    let (Some((after, b)), Some((before, a))) = (stack.pop(), stack.pop()) else {
                        return Err(ParseExpressionError::Empty);
                    };
                    // A chain of one operator is one level.
                    let a = a + usize::from(!before.is_joined_by(*operator));
                    let b = b + usize::from(!after.is_joined_by(*operator));
                    let joined = match operator {
                        Operator::And => Self::all([before, after]),
                        Operator::Or => Self::any([before, after]),
                    };
                    let depth = a.max(b);
                    if depth > MAX_DEPTH {
                        return Err(ParseExpressionError::TooDeep);
                    }
                    stack.push((joined, depth));
                }
            }
        }
        stack.pop().map(|(expression, _)| expression).ok_or(ParseExpressionError::Empty)
    }

    /// Joins parts that hold together.
    pub fn all(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut flat = Vec::new();
        for part in parts {
            match part {
                Self::All(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        match flat.len() {
            1 => flat.remove(0),
            _ => Self::All(flat),
        }
    }

    /// Joins parts of which one is chosen.
    pub fn any(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut flat = Vec::new();
        for part in parts {
            match part {
                Self::Any(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        match flat.len() {
            1 => flat.remove(0),
            _ => Self::Any(flat),
        }
    }

    fn is_joined_by(&self, operator: Operator) -> bool {
        match self {
            Self::License(_) => false,
            Self::All(_) => operator == Operator::And,
            Self::Any(_) => operator == Operator::Or,
        }
    }

    /// Returns every license that it names, in order.
    pub fn licenses(&self) -> Vec<&License> {
        let mut found = Vec::new();
        self.gather(&mut found);
        found
    }

    fn gather<'e>(&'e self, found: &mut Vec<&'e License>) {
        match self {
            Self::License(license) => found.push(license),
            Self::All(parts) | Self::Any(parts) => {
                for part in parts {
                    part.gather(found);
                }
            }
        }
    }
}

/// Spells ids and operators as SPDX does, whatever their case.
fn respell(text: &str) -> String {
    let mut spelled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(is_id) {
        spelled.push_str(&rest[..start]);
        let word = &rest[start..];
        let word = &word[..word.find(|letter| !is_id(letter)).unwrap_or(word.len())];
        match SPELLINGS.get(&word.to_lowercase()) {
            Some(name) => spelled.push_str(name),
            None => match word.get(.."licenseref-".len()) {
                Some(prefix) if prefix.eq_ignore_ascii_case("licenseref-") => {
                    spelled.push_str("LicenseRef-");
                    spelled.push_str(&word[prefix.len()..]);
                }
                _ => spelled.push_str(word),
            },
        }
        rest = &rest[start + word.len()..];
    }
    spelled.push_str(rest);
    spelled
}

fn is_id(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '-' || letter == '.'
}

/// Returns the beginning of a text that is shown to a person.
pub(super) fn shortened(text: &str) -> String {
    const SHOWN: usize = 80;
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (parts, operator) = match self {
            Self::License(license) => return license.fmt(f),
            Self::All(parts) => (parts, " AND "),
            Self::Any(parts) => (parts, " OR "),
        };
        for (at, part) in parts.iter().enumerate() {
            if at > 0 {
                f.write_str(operator)?;
            }
            match part {
                // `AND` binds stronger, so that only a choice inside of it needs parentheses.
                Self::Any(_) => write!(f, "({part})")?,
                _ => part.fmt(f)?,
            }
        }
        Ok(())
    }
}

impl TryFrom<String> for Expression {
    type Error = ParseExpressionError;

    fn try_from(text: String) -> Result<Self, ParseExpressionError> {
        Self::parse(&text)
    }
}

impl From<Expression> for String {
    fn from(expression: Expression) -> Self {
        expression.to_string()
    }
}

impl From<License> for Expression {
    fn from(license: License) -> Self {
        Self::License(license)
    }
}

#[cfg(test)]
mod tests;
