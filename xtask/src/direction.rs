//! Which crate may depend on which (ARCHITECTURE.md, "Direction"), and which crates are pure.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::json::Json;

/// What a crate of the workspace may name among the others: in the program, and only in tests.
struct Allowed {
    crate_name: &'static str,
    uses: &'static [&'static str],
    tests_use: &'static [&'static str],
}

const fn allowed(crate_name: &'static str, uses: &'static [&'static str]) -> Allowed {
    Allowed { crate_name, uses, tests_use: &[] }
}

/// The binary is not listed: it wires everything.
const ALLOWED: &[Allowed] = &[
    allowed("plimsoll-core", &[]),
    allowed("plimsoll-stats", &[]),
    allowed("plimsoll-config", &["plimsoll-core"]),
    allowed("plimsoll-data", &["plimsoll-core", "plimsoll-stats"]),
    allowed("plimsoll-predict", &["plimsoll-core"]),
    allowed(
        "plimsoll-evaluate",
        &["plimsoll-core", "plimsoll-stats", "plimsoll-data", "plimsoll-predict"],
    ),
    allowed("plimsoll-package", &["plimsoll-core"]),
    allowed("plimsoll-scan", &["plimsoll-core"]),
    allowed("plimsoll-store", &["plimsoll-core"]),
    Allowed {
        crate_name: "plimsoll-engine",
        uses: &["plimsoll-core"],
        tests_use: &["plimsoll-store"],
    },
    Allowed {
        crate_name: "plimsoll-release",
        uses: &["plimsoll-core"],
        tests_use: &["plimsoll-store"],
    },
    allowed("plimsoll-serving", &["plimsoll-core", "plimsoll-data", "plimsoll-predict"]),
    allowed("xtask", &[]),
];

/// Crates whose sources may not name these: they would be IO, clocks or randomness.
const PURE: &[&str] = &["plimsoll-core", "plimsoll-stats"];
const IMPURE: &[&str] = &[
    "std::fs",
    "std::env",
    "std::net",
    "std::process",
    "thread::sleep",
    "SystemTime",
    "Instant::now",
    "tokio::spawn",
    "tokio::fs",
];

/// Checks the direction from `cargo metadata`, and the purity of the ground.
pub(crate) fn check() -> Result<(), String> {
    let arguments = ["metadata", "--format-version", "1", "--no-deps", "--locked"];
    let output = Command::new("cargo").args(arguments).output();
    let output = output.map_err(|error| format!("`cargo metadata` could not be run: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let metadata = Json::parse(&text).map_err(|at| format!("`cargo metadata`: no JSON at {at}"))?;
    let packages = metadata.get("packages").map_or(&[][..], Json::items);
    if packages.is_empty() {
        return Err("`cargo metadata` names no packages".to_owned());
    }
    let mut problems = Vec::new();
    let ours: Vec<&str> = packages.iter().filter_map(|package| name(package)).collect();
    for package in packages {
        let Some(package_name) = name(package) else { continue };
        if package_name == "plimsoll" {
            continue;
        }
        let Some(rule) = ALLOWED.iter().find(|rule| rule.crate_name == package_name) else {
            problems.push(format!("`{package_name}` has no line in xtask/src/direction.rs"));
            continue;
        };
        for dependency in package.get("dependencies").map_or(&[][..], Json::items) {
            let Some(used) = name(dependency) else { continue };
            let in_tests = dependency.get("kind").and_then(Json::text) == Some("dev");
            let fine = rule.uses.contains(&used) || (in_tests && rule.tests_use.contains(&used));
            if ours.contains(&used) && !fine {
                problems.push(format!("`{package_name}` may not depend on `{used}`"));
            }
        }
    }
    for pure in PURE {
        look_for_io(&Path::new("crates").join(pure).join("src"), &mut problems)?;
    }
    if problems.is_empty() { Ok(()) } else { Err(problems.join("\n")) }
}

fn name(value: &Json) -> Option<&str> {
    value.get("name").and_then(Json::text)
}

fn look_for_io(folder: &Path, problems: &mut Vec<String>) -> Result<(), String> {
    let unread = |error| format!("{} could not be read: {error}", folder.display());
    for entry in fs::read_dir(folder).map_err(unread)? {
        let path = entry.map_err(unread)?.path();
        if path.is_dir() {
            look_for_io(&path, problems)?;
            continue;
        }
        let text = fs::read_to_string(&path).map_err(unread)?;
        for (number, line) in text.lines().enumerate() {
            let code = line.trim_start();
            for word in
                IMPURE.iter().filter(|word| !code.starts_with("//") && code.contains(**word))
            {
                let number = number + 1;
                problems.push(format!("{}:{number}: a pure crate names `{word}`", path.display()));
            }
        }
    }
    Ok(())
}
