//! One requirement, as PEP 508 and `pip` write it.

use pep440_rs::Version;

/// What a requirement asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Requirement {
    /// A package of the index.
    Named {
        /// Its name, as written.
        name: String,
        /// The only version that it accepts, or why there is none.
        pin: Result<String, String>,
    },
    /// Something at an address.
    Address {
        /// Its name, where one is given.
        name: Option<String>,
        /// The address.
        address: String,
    },
    /// A folder or a file of this machine.
    Path(String),
}

/// Endings of archives that `pip` installs.
const ARCHIVES: [&str; 7] = [".whl", ".zip", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".tar"];

/// Tells whether a path names an archive rather than a folder.
pub(super) fn is_archive(path: &str) -> bool {
    let path = path.split(['#', '?']).next().unwrap_or_default();
    ARCHIVES.iter().any(|ending| path.ends_with(ending))
}

impl Requirement {
    /// Reads a requirement without options and comments; `None` where it is none.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let before_marker = if is_address(text) {
            // An address may hold `;`; only a blank ends it.
            text.split("; ").next().unwrap_or_default().split(" ;").next()
        } else {
            text.split(';').next()
        };
        let wanted = before_marker.unwrap_or_default().trim();
        if is_address(wanted) {
            let name = named_by(wanted);
            return Some(Self::Address { name, address: wanted.to_owned() });
        }
        let is_path = wanted.starts_with(['.', '/', '~'])
            || (wanted.contains(['/', '\\']) && !wanted.contains('@'))
            || (is_archive(wanted) && !wanted.contains('@'));
        if is_path {
            return Some(Self::Path(wanted.to_owned()));
        }
        let end = wanted.find(|letter: char| !is_of_name(letter)).unwrap_or(wanted.len());
        let (name, rest) = wanted.split_at(end);
        let is_edge = |letter: Option<char>| letter.is_some_and(|it| it.is_ascii_alphanumeric());
        if !is_edge(name.chars().next()) || !is_edge(name.chars().last()) {
            return None;
        }
        let rest = without_extras(rest.trim_start())?.trim();
        if let Some(address) = rest.strip_prefix('@') {
            // Here the whole of what follows is the address, and a marker needs a blank before it.
            let all = text.split_once('@')?.1.trim_start();
            let address = all.split_whitespace().next().unwrap_or(address.trim());
            let address = address.to_owned();
            return (!address.is_empty())
                .then(|| Self::Address { name: Some(name.to_owned()), address });
        }
        let pin = pin(rest)?;
        Some(Self::Named { name: name.to_owned(), pin })
    }
}

pub(super) fn is_of_name(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.')
}

fn is_address(text: &str) -> bool {
    let scheme = text.split(':').next().unwrap_or_default();
    let is_scheme = !scheme.is_empty()
        && scheme.chars().all(|it| it.is_ascii_alphanumeric() || matches!(it, '+' | '-' | '.'));
    is_scheme
        && (text[scheme.len()..].starts_with("://") || scheme.eq_ignore_ascii_case("file"))
        && text.len() > scheme.len()
}

/// Returns the name that an address gives: `#egg=name`, or that of the wheel it ends in.
fn named_by(address: &str) -> Option<String> {
    let (path, fragment) = address.split_once('#').unwrap_or((address, ""));
    let egg = fragment.split('&').find_map(|part| part.strip_prefix("egg="));
    let file = path.split('?').next()?.rsplit('/').next()?;
    let wheel = file.strip_suffix(".whl").and_then(|wheel| wheel.split('-').next());
    let name = egg.or(wheel)?;
    let end = name.find(|letter: char| !is_of_name(letter)).unwrap_or(name.len());
    Some(name[..end].to_owned()).filter(|name| !name.is_empty())
}

/// Returns what follows `[extra, extra]`, which may be absent; `None` where it is not well formed.
fn without_extras(text: &str) -> Option<&str> {
    let Some(inner) = text.strip_prefix('[') else { return Some(text) };
    let (extras, rest) = inner.split_once(']')?;
    let is_sound = |extra: &str| extra.trim().chars().all(is_of_name);
    extras.split(',').all(is_sound).then_some(rest)
}

/// Returns the only version that some clauses accept, or why they accept several; `None` where they
/// are no clauses (PEP 440).
fn pin(clauses: &str) -> Option<Result<String, String>> {
    let inner = match clauses.strip_prefix('(') {
        Some(inner) => inner.strip_suffix(')')?.trim(),
        None => clauses,
    };
    if inner.is_empty() {
        return Some(Err("no version is given".to_owned()));
    }
    let mut pins = Vec::new();
    // A comma may follow the last clause.
    let clauses = inner.strip_suffix(',').unwrap_or(inner);
    for clause in clauses.split(',').map(str::trim) {
        let operators = ["===", "==", "~=", "!=", "<=", ">=", "<", ">"];
        let operator = operators.into_iter().find(|operator| clause.starts_with(operator))?;
        let version = clause[operator.len()..].trim();
        let is_sound = |letter: char| {
            letter.is_ascii_alphanumeric() || matches!(letter, '.' | '!' | '+' | '*' | '-' | '_')
        };
        if version.is_empty()
            || !(version.chars().all(is_sound) || operator == "===")
            || version.contains(char::is_whitespace)
        {
            return None;
        }
        match operator {
            "===" => pins.push(version),
            "==" if !version.contains('*') => {
                let _: Version = version.parse().ok()?;
                pins.push(version);
            }
            _ => {}
        }
    }
    pins.sort_unstable();
    pins.dedup();
    Some(match pins.as_slice() {
        [version] => Ok((*version).to_owned()),
        [] => Err(format!("no exact version is given (`{inner}`; expected `==`)")),
        _ => Err(format!("no version is all of `{inner}`")),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(text: &str) -> String {
        match Requirement::parse(text) {
            None => "-".to_owned(),
            Some(Requirement::Named { name, pin: Ok(version) }) => format!("{name} = {version}"),
            Some(Requirement::Named { name, pin: Err(why) }) => format!("{name}: {why}"),
            Some(Requirement::Address { name, address }) => {
                format!("{} @ {address}", name.as_deref().unwrap_or("?"))
            }
            Some(Requirement::Path(path)) => format!("path {path}"),
        }
    }

    #[test]
    fn reads_what_pip_reads() {
        let texts = [
            "requests==2.31.0",
            "Flask_Cors [async,  dot.env] == 2.0 ; python_version < '3.8'",
            "zope.interface(==5.0)",
            "torch===2.1.0+cu121",
            "a == 1.0, >= 0.9",
            "a==1.*",
            "a>=1,<2;extra=='x'",
            "a",
            "a==1,==2",
            "a==1!2.0.post1",
            "a>=1,==2,",
            "a==latest",
            "pip @ https://example.org/pip-1.0-py3-none-any.whl ; python_version > '3'",
            "pip@ file:///tmp/x;y",
            "git+https://github.com/pypa/pip.git@main#egg=pip[x]&subdirectory=y",
            "https://example.org/numpy-1.0-cp310-none-any.whl",
            "./vendor/thing",
            "vendor/thing-1.0.tar.gz",
            "thing-1.0.whl",
            "-x",
            "a b",
            "a==",
            "a=1.0",
            "a[b",
            "a==1.0 2.0",
            "ä==1.0",
            "a-==1",
            "",
        ];
        let shown: Vec<String> = texts.iter().map(|text| shown(text)).collect();
        insta::assert_snapshot!(shown.join("\n"), @r"
        requests = 2.31.0
        Flask_Cors = 2.0
        zope.interface = 5.0
        torch = 2.1.0+cu121
        a = 1.0
        a: no exact version is given (`==1.*`; expected `==`)
        a: no exact version is given (`>=1,<2`; expected `==`)
        a: no version is given
        a: no version is all of `==1,==2`
        a = 1!2.0.post1
        a = 2
        -
        pip @ https://example.org/pip-1.0-py3-none-any.whl
        pip @ file:///tmp/x;y
        pip @ git+https://github.com/pypa/pip.git@main#egg=pip[x]&subdirectory=y
        numpy @ https://example.org/numpy-1.0-cp310-none-any.whl
        path ./vendor/thing
        path vendor/thing-1.0.tar.gz
        path thing-1.0.whl
        -
        -
        -
        -
        -
        -
        -
        -
        -
        ");
    }

    proptest! {
        #[test]
        fn nothing_makes_it_panic(text in "\\PC{0,60}") {
            _ = Requirement::parse(&text);
        }

        #[test]
        fn a_pin_comes_back(name in "[a-z]([a-z._-]{0,8}[a-z0-9])?", version in "[0-9]{1,3}([.][0-9]{1,3}){0,3}(rc1|[.]post2)?") {
            let named = Requirement::Named { name: name.clone(), pin: Ok(version.clone()) };
            prop_assume!(!is_archive(&format!("{name}=={version}")));
            prop_assert_eq!(Requirement::parse(&format!("{name}=={version}")), Some(named));
        }
    }
}
