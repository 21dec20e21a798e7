//! The packages of released models that are in use, from their verified bundles.

use std::io::Cursor;

use plimsoll_core::version::Target;
use plimsoll_core::{Reference, Version};
use plimsoll_release::bundle::Part;
use plimsoll_scan::inventory::{self, Input, NotAudited, Reading, Told};
use plimsoll_scan::package::Place;

use super::named::{Packages, Source};
use crate::commands::verify;
use crate::error::{CommandError, Kind};
use crate::keys;
use crate::ports::Ports;

/// What stands before the packages where the lock is not one of pip: platform and interpreter.
const HEAD_LINES: usize = 2;

/// Reads the packages of every version that an alias points at.
///
/// A bundle that does not verify is an error: what it says of its packages is worth nothing.
pub(super) async fn packages(
    registry: Option<&std::path::Path>,
    ports: &Ports,
) -> Result<Packages, CommandError> {
    let catalogue = ports.catalogue(registry).await?;
    let trust = keys::trust(&ports.settings, None)?;
    let mut all = Packages {
        sources: Vec::new(),
        list: Vec::new(),
        not_audited: Vec::new(),
        notes: Vec::new(),
    };
    for row in catalogue.registry.variants().await? {
        let mut numbers: Vec<_> = row.aliases.iter().map(|(_, number)| number.clone()).collect();
        numbers.sort();
        numbers.dedup();
        for number in numbers {
            let version = Version { variant: row.variant.clone(), number };
            let to = Target::Number(version.number.clone());
            let reference = Reference { variant: row.variant.clone(), to };
            let found = verify::of_registry(&reference, &catalogue).await?;
            let bundle = verify::verified(&found, &trust, ports)?;
            let mut environment = Vec::new();
            bundle
                .copy(Part::Environment, &mut environment)
                .map_err(|error| CommandError::new(Kind::World, error))?;
            let python = &bundle.provenance.build_definition.internal_parameters.environment.python;
            read(&version, python, &environment, &mut all)?;
        }
    }
    if all.sources.is_empty() && all.not_audited.is_empty() {
        return Err(CommandError::usage("no alias points at any version, so nothing is deployed")
            .hint("plimsoll deploy MODEL@VERSION"));
    }
    all.list.sort();
    all.list.dedup();
    Ok(all)
}

/// Reads the packages of one version.
fn read(
    version: &Version,
    python: &str,
    environment: &[u8],
    all: &mut Packages,
) -> Result<(), CommandError> {
    let shown = version.to_string();
    if python == "none" {
        // Nobody declared any, which is not the same as there being none.
        all.not_audited.push(NotAudited {
            ecosystem: None,
            name: shown.clone(),
            version: None,
            why: "its repository declares no `python`, so nothing says which packages it has"
                .to_owned(),
            place: Place { path: shown, line: None },
        });
        return Ok(());
    }
    let text = String::from_utf8_lossy(environment);
    let packages: String = match python {
        "system" => {
            text.lines().skip(HEAD_LINES).fold(String::new(), |all, line| all + line + "\n")
        }
        _ => text.into_owned(),
    };
    let mut include = |_: &str| Err(std::io::Error::other("a released lock names no other files"));
    let how = Reading { told: Some(Told::Requirements), include: &mut include, platform: None };
    let mut content = Cursor::new(packages.into_bytes());
    let inventory = inventory::read(&shown, Input::File(&mut content), how)
        .map_err(|error| CommandError::new(Kind::No, error))?;
    let count = inventory.packages.len();
    all.sources.push(Source { path: shown, kind: inventory.kind, image: None, packages: count });
    all.list.extend(inventory.packages);
    all.not_audited.extend(inventory.not_audited);
    all.notes.extend(inventory.notes);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_of(python: &str, environment: &str) -> Packages {
        let mut all = Packages {
            sources: Vec::new(),
            list: Vec::new(),
            not_audited: Vec::new(),
            notes: Vec::new(),
        };
        let version = "bike-demand@1.0.0".parse().unwrap();
        read(&version, python, environment.as_bytes(), &mut all).unwrap();
        all
    }

    #[test]
    fn what_a_bundle_says_of_its_packages_is_read_as_it_was_written() {
        let digest = "blake3:1111111111111111111111111111111111111111111111111111111111111111";
        let locked = read_of(digest, "numpy==2.4.6 --hash=sha256:00\nscipy==1.17.0\n");
        let names: Vec<&str> = locked.list.iter().map(|package| &*package.name).collect();
        assert_eq!(names, ["numpy", "scipy"]);
        assert_eq!(locked.list[0].place.path, "bike-demand@1.0.0");
        let found = read_of("system", "linux-x86_64\nCPython 3.11.7\nnumpy==2.4.6\n");
        assert_eq!((found.list.len(), found.not_audited.len()), (1, 0));
        let none = read_of("none", "linux-x86_64\n\n");
        assert_eq!((none.list.len(), none.not_audited.len(), none.sources.len()), (0, 1, 0));
    }
}
