//! Match specifications of conda: `numpy=1.26`, `conda-forge::numpy=1.26.4=py310_0`.

/// What a specification asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Spec<'t> {
    /// The name.
    pub(super) name: &'t str,
    /// The only version that it accepts, or why there is none.
    pub(super) version: Result<&'t str, String>,
}

/// Reads a specification; `None` where it is none.
pub(super) fn parse_spec(text: &str) -> Option<Spec<'_>> {
    let text = text.split(" #").next()?.trim();
    let text = text.rsplit("::").next()?.trim();
    let is_of_name =
        |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.');
    let end = text.find(|letter| !is_of_name(letter)).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    if name.is_empty() {
        return None;
    }
    let rest = rest.trim();
    let is_exact = |version: &str| {
        let sound =
            |it: char| it.is_ascii_alphanumeric() || matches!(it, '.' | '!' | '+' | '_' | '-');
        !version.is_empty() && version.chars().all(sound)
    };
    let version = exact(rest).filter(|version| is_exact(version)).ok_or_else(|| match rest {
        "" => "no version is given".to_owned(),
        _ => format!(
            "no exact version is given (`{rest}`; expected `=VERSION=BUILD` or `==VERSION`)"
        ),
    });
    Some(Spec { name, version })
}

/// Returns the version if it is the only one: `==1.2`, `=1.2=build`, `1.2 build`, `1.2`; a single
/// `=1.2` means every version that starts so.
fn exact(rest: &str) -> Option<&str> {
    if let Some(version) = rest.strip_prefix("==") {
        return Some(version.split('=').next()?.trim());
    }
    if let Some(fuzzy) = rest.strip_prefix('=') {
        return fuzzy.split_once('=').map(|(version, _)| version.trim());
    }
    rest.split_whitespace().next()
}
