//! `yarn.lock`: its own format of version 1, and YAML since.

use super::package;
use crate::inventory::error::Problem;
use crate::inventory::gather::Gathering;
use crate::inventory::python::version_is;
use crate::inventory::tree::{Node, yaml};

/// The newest version of the YAML that is known.
const NEWEST: u64 = 9;

/// Tells the format of version 1 from the YAML that came after it.
fn is_classic(text: &str) -> bool {
    !text.lines().any(|line| line.starts_with("__metadata:"))
}

/// Reads a `yarn.lock`.
///
/// # Errors
/// It is neither of the two formats, or of a version that is not known.
pub(in crate::inventory) fn read_yarn(
    text: &str,
    gathering: &mut Gathering<'_>,
) -> Result<(), Problem> {
    if is_classic(text) { read_classic(text, gathering) } else { read_berry(text, gathering) }
}

/// An entry of version 1 while its lines are read.
struct Entry<'t> {
    line: u64,
    pattern: &'t str,
    version: Option<&'t str>,
    resolved: Option<&'t str>,
}

fn read_classic(text: &str, gathering: &mut Gathering<'_>) -> Result<(), Problem> {
    if !text.lines().any(|line| line.trim() == "# yarn lockfile v1") {
        return Err(Problem::form(None, "it does not say `# yarn lockfile v1`"));
    }
    let mut open: Option<Entry<'_>> = None;
    for (line, number) in text.lines().zip(1..) {
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        if !line.starts_with(' ') {
            if let Some(entry) = open.take() {
                add_classic(&entry, gathering);
            }
            let pattern = line.strip_suffix(':').ok_or_else(|| {
                Problem::form(Some(number), "the line starts no entry (expected it to end in `:`)")
            })?;
            let pattern = pattern.split(", ").next().unwrap_or_default().trim_matches('"');
            open = Some(Entry { line: number, pattern, version: None, resolved: None });
            continue;
        }
        let Some(entry) = &mut open else {
            return Err(Problem::form(Some(number), "the line is not part of an entry"));
        };
        // Only what is indented by two is of the entry itself.
        let own = line.strip_prefix("  ").filter(|own| !own.starts_with(' '));
        let Some((key, value)) = own.and_then(|own| own.split_once(' ')) else { continue };
        let value = Some(value.trim().trim_matches('"'));
        match key.trim_matches('"') {
            "version" => entry.version = value,
            "resolved" => entry.resolved = value,
            _ => {}
        }
    }
    if let Some(entry) = open {
        add_classic(&entry, gathering);
    }
    Ok(())
}

fn add_classic(entry: &Entry<'_>, gathering: &mut Gathering<'_>) {
    let line = Some(entry.line);
    let (name, range) = name_and_range(entry.pattern).unwrap_or((entry.pattern, ""));
    let name = alias_of(range).unwrap_or(name);
    let package = package(name, entry.version, gathering.at(line));
    match entry.resolved {
        _ if super::is_folder(range) => gathering.own(name),
        Some(from) if !super::is_from_registry(from) && !is_yarn_registry(from) => {
            gathering.elsewhere(package, from);
        }
        Some(_) => gathering.add(package),
        None => gathering.elsewhere(package, if range.is_empty() { "somewhere" } else { range }),
    }
}

fn is_yarn_registry(address: &str) -> bool {
    address.starts_with("https://registry.yarnpkg.com/")
        || address.starts_with("https://registry.npmjs.org/")
}

/// Returns the name that `npm:name@range` means, where the part before is only an alias.
fn alias_of(range: &str) -> Option<&str> {
    let (name, _) = name_and_range(range.strip_prefix("npm:")?)?;
    Some(name)
}

/// Takes `name@range` and `@scope/name@range` apart.
fn name_and_range(pattern: &str) -> Option<(&str, &str)> {
    let at = pattern.get(1..)?.find('@')? + 1;
    Some((pattern.get(..at)?, pattern.get(at + 1..)?))
}

fn read_berry(text: &str, gathering: &mut Gathering<'_>) -> Result<(), Problem> {
    let root = yaml(text)?;
    let version = root.get("__metadata").and_then(|it| it.get("version"));
    version_is(version.and_then(Node::as_version), "yarn.lock", "1, 4 to 9", |version| {
        version.parse::<u64>().is_ok_and(|version| (4..=NEWEST).contains(&version))
    })?;
    for key in root.keys().filter(|key| *key != "__metadata") {
        let Some(entry) = root.get(key) else { continue };
        let resolution = entry.required("resolution")?;
        let Some((name, reference)) = name_and_range(resolution) else {
            let message = format!("the resolution `{resolution}` names no package");
            return Err(Problem::form(entry.line, message));
        };
        let package = package(name, entry.text("version"), gathering.at(entry.line));
        // A patched package is that of the registry, changed.
        match reference.split(':').next().unwrap_or_default() {
            "npm" if !reference.contains("::__archiveUrl=") => gathering.add(package),
            "workspace" | "link" | "portal" => gathering.own(name),
            _ => gathering.elsewhere(package, reference),
        }
    }
    Ok(())
}
