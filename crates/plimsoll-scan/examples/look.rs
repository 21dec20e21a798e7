//! Prints what is found in files: `cargo run --example look FILE…`.
#![expect(clippy::print_stdout, reason = "this is what it is for")]

use std::fs::File;

use plimsoll_scan::model::{Content, Limits, companion, scan, scan_with};

fn main() -> anyhow::Result<()> {
    for path in std::env::args().skip(1) {
        let content = Content::of_file(File::open(&path)?)?;
        let beside = companion(&path).and_then(|path| File::open(path).ok());
        let report = match beside {
            Some(beside) => {
                scan_with(&path, &content, &Content::of_file(beside)?, Limits::default())
            }
            None => scan(&path, &content, Limits::default()),
        };
        println!("{:8} {} {:?}", report.verdict, report.path, report.formats);
        for finding in report.findings {
            let call = finding.call.unwrap_or_default();
            println!("    {} {:?} {} {call}", finding.verdict, finding.offset, finding.message);
        }
    }
    Ok(())
}
