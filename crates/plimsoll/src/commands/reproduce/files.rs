//! Two files whose bytes differ, held against each other by what they are.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use plimsoll_core::RepoPath;
use plimsoll_core::reproduction::{Differing, Tolerance};
use plimsoll_data::likeness::{Likeness, likeness};
use plimsoll_data::{Wanted, read_columns};
use serde_json::Value;

use crate::view;

/// The largest table that is held in memory to be compared, as it is stored.
const LARGEST_TABLE: u64 = 256 * 1024 * 1024;

/// The largest JSON file that is compared.
const LARGEST_JSON: u64 = 64 * 1024 * 1024;

/// The endings of files that are read as tables.
const TABLES: [&str; 7] = ["parquet", "csv", "tsv", "jsonl", "ndjson", "arrow", "feather"];

/// Says how the files that lay at `path` differ: tables and JSON by their numbers.
pub(super) fn compare(
    path: &RepoPath,
    before: &Path,
    after: &Path,
    tolerance: Tolerance,
) -> Differing {
    let ending = path.as_str().rsplit('.').next().unwrap_or_default().to_lowercase();
    if TABLES.contains(&ending.as_str()) {
        table(before, after, tolerance)
    } else if ending == "json" {
        json(before, after, tolerance)
    } else {
        bytes(before, after)
    }
}

/// Says how two tables differ.
fn table(before: &Path, after: &Path, tolerance: Tolerance) -> Differing {
    if let Some(bytes) = larger(before, after, LARGEST_TABLE) {
        let (size, largest) = (view::size(bytes), view::size(LARGEST_TABLE));
        let message =
            format!("has other bytes, and {size} are too many to compare (at most {largest})");
        return Differing::wholly(message);
    }
    let read = |path: &Path| read_columns(path, Wanted::All).ok();
    // What is no table is not compared as one.
    let (Some(then), Some(now)) = (read(before), read(after)) else {
        return bytes(before, after);
    };
    match likeness(&then, &now) {
        Likeness::Unlike(how) => Differing::wholly(how),
        Likeness::Apart(apart) if apart.distance == 0.0 => {
            let message = format!("has other bytes and holds the same {} rows", then.num_rows());
            Differing::by(0.0, tolerance, message)
        }
        Likeness::Apart(apart) => {
            let (column, cells, of) = (&apart.column, apart.cells, apart.of);
            let message = format!(
                "differs in {cells} of {of} numbers, by at most {:.1e} in column `{column}`",
                apart.distance
            );
            Differing::by(apart.distance, tolerance, message)
        }
    }
}

/// Says how two JSON documents differ.
fn json(before: &Path, after: &Path, tolerance: Tolerance) -> Differing {
    if larger(before, after, LARGEST_JSON).is_some() {
        return bytes(before, after);
    }
    let read =
        |path: &Path| -> Option<Value> { serde_json::from_slice(&std::fs::read(path).ok()?).ok() };
    let (Some(then), Some(now)) = (read(before), read(after)) else { return bytes(before, after) };
    let mut apart = (0.0, String::new());
    match values("", &then, &now, &mut apart) {
        Err(at) => Differing::wholly(format!("differs in `{at}`, which is no number")),
        Ok(()) if apart.0 == 0.0 => {
            Differing::by(0.0, tolerance, "has other bytes and says the same".to_owned())
        }
        Ok(()) => {
            let message = format!("differs by at most {:.1e}, in `{}`", apart.0, apart.1);
            Differing::by(apart.0, tolerance, message)
        }
    }
}

/// Finds the largest distance of two numbers and where it is.
///
/// # Errors
/// Where something differs that has no distance.
fn values(at: &str, then: &Value, now: &Value, apart: &mut (f64, String)) -> Result<(), String> {
    let shown = || if at.is_empty() { ".".to_owned() } else { at.to_owned() };
    match (then, now) {
        (Value::Object(then), Value::Object(now)) => {
            if !then.keys().eq(now.keys()) {
                return Err(shown());
            }
            let pairs = then.iter().zip(now.values());
            for ((key, then), now) in pairs {
                values(&format!("{at}.{key}"), then, now, apart)?;
            }
        }
        (Value::Array(then), Value::Array(now)) if then.len() == now.len() => {
            for (index, (then, now)) in then.iter().zip(now).enumerate() {
                values(&format!("{at}[{index}]"), then, now, apart)?;
            }
        }
        (Value::Number(a), Value::Number(b)) if a != b => {
            // Whole numbers may be names or counts: nothing is near to them.
            let (false, Some(a), Some(b)) = (is_whole(a) && is_whole(b), a.as_f64(), b.as_f64())
            else {
                return Err(shown());
            };
            let distance = Tolerance::distance(a, b);
            if distance > apart.0 {
                *apart = (distance, shown());
            }
        }
        _ if then == now => {}
        _ => return Err(shown()),
    }
    Ok(())
}

fn is_whole(number: &serde_json::Number) -> bool {
    number.is_i64() || number.is_u64()
}

/// Returns the size of the larger file, where it is more than `largest`.
fn larger(before: &Path, after: &Path, largest: u64) -> Option<u64> {
    let size = |path: &Path| path.metadata().map_or(u64::MAX, |metadata| metadata.len());
    Some(size(before).max(size(after))).filter(|bytes| *bytes > largest)
}

/// Says where two files of which nothing is known begin to differ.
fn bytes(before: &Path, after: &Path) -> Differing {
    let size = |path: &Path| path.metadata().map_or(0, |metadata| metadata.len());
    let sizes = format!("{} bytes, then {}", size(after), size(before));
    let open = |path: &Path| File::open(path).map(|file| BufReader::new(file).bytes());
    let (Ok(then), Ok(now)) = (open(before), open(after)) else {
        return Differing::wholly(format!("has other bytes ({sizes})"));
    };
    let same = then.zip(now).take_while(|pair| matches!(pair, (Ok(a), Ok(b)) if a == b)).count();
    Differing::wholly(format!("has other bytes from byte {same} on ({sizes})"))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use plimsoll_core::reproduction::Agreement;

    use super::*;

    fn files(then: &str, now: &str) -> (tempfile::TempDir, PathBuf, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let (before, after) = (folder.path().join("then"), folder.path().join("now"));
        std::fs::write(&before, then).unwrap();
        std::fs::write(&after, now).unwrap();
        (folder, before, after)
    }

    #[test]
    fn documents_are_near_in_numbers_and_the_same_in_all_else() {
        let compared = |then: &str, now: &str| {
            let (_folder, before, after) = files(then, now);
            let differing = json(&before, &after, Tolerance::USUAL);
            (differing.agreement, differing.message)
        };
        let near = compared(r#"{"rmse": [0.5, 1]}"#, r#"{"rmse": [0.5000000001, 1]}"#);
        assert_eq!(near.0, Agreement::Close);
        assert!(near.1.contains("in `.rmse[0]`"), "{}", near.1);
        let spaced = compared(r#"{"a": 1}"#, r#"{ "a": 1 }"#);
        assert_eq!(spaced, (Agreement::Close, "has other bytes and says the same".to_owned()));
        for (then, now, at) in [
            (r#"{"a": 1}"#, r#"{"a": 2}"#, "`.a`"),
            (r#"{"a": "x"}"#, r#"{"a": "y"}"#, "`.a`"),
            (r#"{"a": 1.0}"#, r#"{"b": 1.0}"#, "`.`"),
            (r#"{"a": [1]}"#, r#"{"a": [1, 2]}"#, "`.a`"),
        ] {
            let (agreement, message) = compared(then, now);
            assert_eq!(agreement, Agreement::Different);
            assert!(message.contains(at), "{message}");
        }
        assert_eq!(compared(r#"{"a": 1.0}"#, r#"{"a": 1.5}"#).0, Agreement::Different);
        assert!(compared("{", "[").1.contains("from byte 0 on"));
    }

    #[test]
    fn tables_are_near_in_numbers() {
        let compared = |then: &str, now: &str| {
            let (_folder, before, after) = files(then, now);
            table(&before, &after, Tolerance::USUAL)
        };
        let near = compared("id,x\n1,0.5\n2,0.25\n", "id,x\n1,0.5000000001\n2,0.25\n");
        assert_eq!(near.agreement, Agreement::Close);
        assert_eq!(near.message, "differs in 1 of 2 numbers, by at most 1.0e-10 in column `x`");
        let same = compared("id,x\n1,0.5\n", "id,x\n1,0.50\n");
        assert_eq!(same.message, "has other bytes and holds the same 1 rows");
        assert_eq!(compared("id,x\n1,0.5\n", "id,x\n2,0.5\n").agreement, Agreement::Different);
    }

    #[test]
    fn of_other_files_the_first_byte_is_named() {
        let (_folder, before, after) = files("abc", "abd!");
        let message = bytes(&before, &after).message;
        assert_eq!(message, "has other bytes from byte 2 on (4 bytes, then 3)");
    }
}
