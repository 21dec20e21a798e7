//! Fields of the form `Name: value` in stanzas, as mail headers, Debian and Python write them.

/// The most fields of a stanza; what describes a package has some dozens.
const MOST_FIELDS: usize = 10_000;

/// A field; lines after its first are kept, without the blank that marks them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Field<'t> {
    /// Its name, as written.
    pub(super) name: &'t str,
    /// Its value.
    pub(super) value: String,
}

/// The fields up to an empty line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Stanza<'t> {
    /// The line of its first field, from 1.
    pub(super) line: u64,
    /// The fields, in the order of the file.
    pub(super) fields: Vec<Field<'t>>,
    /// A line that is neither a field nor goes on with one.
    pub(super) stray: Option<u64>,
    /// Whether there were more fields than are read.
    pub(super) is_cut: bool,
}

impl Stanza<'_> {
    /// Returns the first field of a name, whatever its case, unless it is empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.all(name).next().filter(|value| !value.is_empty())
    }

    /// Returns the values of all fields of a name, whatever its case.
    pub(super) fn all<'s>(&'s self, name: &str) -> impl Iterator<Item = &'s str> {
        let named = move |field: &&Field<'_>| field.name.eq_ignore_ascii_case(name);
        self.fields.iter().filter(named).map(|field| field.value.trim())
    }
}

/// Reads the stanzas of a text, one at a time.
pub(super) fn stanzas(text: &str) -> impl Iterator<Item = Stanza<'_>> {
    let mut lines = text.lines().zip(1_u64..);
    std::iter::from_fn(move || {
        let mut stanza = Stanza::default();
        for (line, number) in lines.by_ref() {
            // A blank line that is folded begins with a blank: Python keeps whole license texts in a field.
            if line.is_empty() {
                if stanza.fields.is_empty() && stanza.stray.is_none() {
                    continue;
                }
                return Some(stanza);
            }
            take(&mut stanza, line, number);
        }
        let is_empty = stanza.fields.is_empty() && stanza.stray.is_none();
        (!is_empty).then_some(stanza)
    })
}

fn take<'t>(stanza: &mut Stanza<'t>, line: &'t str, number: u64) {
    if line.starts_with([' ', '\t']) {
        match stanza.fields.last_mut() {
            Some(field) => {
                field.value.push('\n');
                field.value.push_str(continued(line));
            }
            None => _ = stanza.stray.get_or_insert(number),
        }
        return;
    }
    let Some((name, value)) = line.split_once(':').filter(|(name, _)| is_name(name)) else {
        if !line.starts_with('#') {
            stanza.stray.get_or_insert(number);
        }
        return;
    };
    if stanza.fields.len() >= MOST_FIELDS {
        stanza.is_cut = true;
        return;
    }
    if stanza.fields.is_empty() {
        stanza.line = number;
    }
    stanza.fields.push(Field { name, value: value.trim().to_owned() });
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Python marks lines that go on with up to eight blanks, once with seven and a `|`.
fn continued(line: &str) -> &str {
    if let Some(rest) = line.strip_prefix("       |") {
        return rest;
    }
    let blanks = line.bytes().take(8).take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    line.get(blanks..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blank_line_that_is_folded_ends_nothing() {
        let all: Vec<_> = stanzas("License: one\n        \n        two\nName: a\n\nbody").collect();
        assert_eq!(all[0].get("Name"), Some("a"));
        assert_eq!(all[0].get("License"), Some("one\n\ntwo"));
    }

    #[test]
    fn reads_fields_and_what_goes_on() {
        let text = "# c\nName: a\nLicense: one\n        two\n       |  three\n\n\nName: b\nstray";
        let all: Vec<_> = stanzas(text).collect();
        assert_eq!(all.len(), 2);
        assert_eq!((all[0].line, all[0].get("NAME"), all[0].stray), (2, Some("a"), None));
        assert_eq!(all[0].get("license"), Some("one\ntwo\n  three"));
        assert_eq!((all[1].line, all[1].get("Name"), all[1].stray), (8, Some("b"), Some(9)));
    }
}
