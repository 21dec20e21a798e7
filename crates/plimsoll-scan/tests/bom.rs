//! Bills of materials, held against the tools of those who define the formats.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its scene fails")]
#![expect(clippy::print_stdout, reason = "a test that is skipped says so")]
#![expect(clippy::disallowed_methods, reason = "names the tools to test against")]

use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::process::Command;

use plimsoll_core::evidence::{Interval, Measured as OfMetric, Metric, Part};
use plimsoll_core::project::{PersonalData, Task};
use plimsoll_core::{Digest, Timestamp};
use plimsoll_scan::bom::{
    BaseModel, Bill, Component, Dataset, Image, Measured, Model, Of, Passed, Stated, Tool, Use,
};
use plimsoll_scan::inventory::{self, Input, Reading};
use plimsoll_scan::package::{Ecosystem, Package, Place, Published};

/// The interpreter with `cyclonedx-python-lib` and `spdx-tools`; `.ci/run` makes one where it can.
const PYTHON: &str = "PLIMSOLL_TEST_SBOM_PYTHON";

/// Texts that somebody may have chosen to break a reader.
const HOSTILE: [&str; 9] = [
    "ünïcode-模型",
    "line\nbreak\r\ttab",
    "\u{0}\u{1b}[31mred\u{7f}",
    "\"quoted\\\" ${x} <script>&amp;",
    "right\u{202e}to-left",
    "emoji-🦀-\u{1f468}\u{200d}\u{1f469}",
    "../../etc/passwd",
    "a@b?c#d%e",
    " spaced out ",
];

fn package(ecosystem: Ecosystem, name: &str, version: Option<&str>) -> Package {
    Package::new(ecosystem, name, version.map(str::to_owned), Place::default())
}

/// What locks of every kind tell, read by the inventory: hashes, circles, forks.
fn of_lock(path: &str, text: &str) -> Vec<Component> {
    let mut include = |_: &str| Err(std::io::ErrorKind::NotFound.into());
    let how = Reading { told: None, include: &mut include, platform: None };
    let read = inventory::read(path, Input::File(&mut Cursor::new(text.as_bytes())), how).unwrap();
    read.packages.into_iter().map(Component::of).collect()
}

fn packages() -> Vec<Component> {
    let mut all = Vec::new();
    for name in HOSTILE {
        for ecosystem in [Ecosystem::PyPI, Ecosystem::Npm, Ecosystem::Debian(Some("12".to_owned()))]
        {
            all.push(package(ecosystem.clone(), name, Some(name)));
            all.push(package(ecosystem, name, None));
        }
    }
    all.push(package(Ecosystem::PyPI, &"long".repeat(250), Some(&"1".repeat(1000))));
    let mut licensed = |name: &str, expression: Option<&str>, text: Option<&str>| {
        let mut package = package(Ecosystem::PyPI, name, Some("1"));
        let (expression, text) = (expression.map(str::to_owned), text.map(str::to_owned));
        package.published = Published { expression, text, ..Published::default() };
        all.push(package);
    };
    licensed("expression", Some("(MIT OR Apache-2.0) AND BSD-3-Clause"), None);
    licensed("reference", Some("LicenseRef-Own.Terms-1 OR MIT"), None);
    licensed("elsewhere", Some("DocumentRef-x:LicenseRef-y"), None);
    licensed("exception", Some("GPL-2.0-or-later WITH Classpath-exception-2.0"), None);
    licensed("unlisted-exception", Some("MIT WITH AdditionRef-z"), None);
    licensed("deprecated", Some("GPL-2.0+"), None);
    licensed("free", None, Some("The MIT License"));
    licensed("open", None, Some("BSD"));
    licensed("hostile", None, Some("\u{1b}[2J nothing \n known"));
    let mut all: Vec<Component> = all.into_iter().map(Component::of).collect();
    let hash = "0123456789abcdef".repeat(4);
    all.extend(of_lock(
        "requirements.txt",
        &format!("numpy==1.26.4 --hash=sha256:{hash}\ntorch==2.1.0+cu121 --hash=sha256:{hash} \\\n --hash=sha512:{hash}{hash}\n"),
    ));
    all.extend(of_lock(
        "uv.lock",
        "version = 1\n[[package]]\nname = 'a'\nversion = '1'\nsource = { registry = 'https://pypi.org/simple' }\ndependencies = [{ name = 'b' }, { name = 'gone' }]\n[[package]]\nname = 'b'\nversion = '1'\nsource = { registry = 'https://pypi.org/simple' }\ndependencies = [{ name = 'A' }, { name = 'b' }]\n[[package]]\nname = 'b'\nversion = '2'\nsource = { registry = 'https://pypi.org/simple' }\n",
    ));
    let twice = all.clone();
    all.extend(twice);
    all
}

fn part(values: &[(Metric, Option<f64>)]) -> Part {
    let measured = |(metric, value): &(Metric, Option<f64>)| OfMetric {
        metric: *metric,
        value: *value,
        interval: value.filter(|value| value.is_finite()).map(|value| Interval {
            low: value - 1e-9,
            high: value + 1e300,
            level: 0.95,
            method: "block boot-t".to_owned(),
            approximate: Some("few rows".to_owned()),
        }),
        reason: value.is_none().then(|| "no rows\u{0}".to_owned()),
    };
    Part {
        rows: 100,
        blocks: Some(3),
        condition: Some("hr in 17".to_owned()),
        metrics: values.iter().map(measured).collect(),
    }
}

fn of_model(name: &str) -> Bill {
    let metrics = [(Metric::Wape, Some(0.25)), (Metric::R2, None), (Metric::Mae, Some(f64::NAN))];
    let model = Model {
        name: name.to_owned(),
        version: name.to_owned(),
        content: vec![Digest::blake3(b"model"), Digest::sha256(b"model")],
        license: Stated::declared(Some("Apache-2.0")),
        task: Task::Binary,
        owners: vec![name.to_owned()],
        commit: Some("0a1b".repeat(10)),
        inputs: vec![Passed { name: name.to_owned(), what: name.to_owned() }],
        outputs: Vec::new(),
        measured: vec![
            Measured { slice: None, part: part(&metrics) },
            Measured { slice: Some(name.to_owned()), part: part(&metrics) },
        ],
        limitations: vec![name.to_owned()],
        facts: [(name.to_owned(), name.to_owned()), ("run".to_owned(), String::new())].into(),
    };
    let dataset = |label: &str, uses: &[Use]| Dataset {
        name: format!("{label} {name}"),
        digest: Digest::blake3(b"data"),
        bytes: u64::MAX,
        license: Stated::declared(Some("cc-by-nc-4.0")),
        source: Some(name.to_owned()),
        personal: Some(PersonalData::Present),
        uses: uses.iter().copied().collect(),
    };
    Bill {
        of: Of::Model(Box::new(model)),
        datasets: vec![
            dataset("train", &[Use::Training]),
            dataset("test", &[Use::Evaluation]),
            dataset("idle", &[]),
        ],
        base_models: vec![BaseModel {
            name: format!("base {name}"),
            version: Some(name.to_owned()),
            source: Some(name.to_owned()),
            digest: Some(Digest::sha256(b"base")),
            license: Stated::declared(Some("llama3.1")),
        }],
        packages: packages(),
        image: Some(Image { name: name.to_owned(), digest: Digest::sha256(b"image") }),
        gaps: vec![name.to_owned()],
        tool: Tool { name: "plimsoll".to_owned(), version: "0.1.0".to_owned() },
        at: Timestamp::from_millis(1_700_000_000_123),
    }
}

fn written(bills: &[Bill], folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for (at, bill) in bills.iter().enumerate() {
        for (format, bytes) in [("cdx", bill.cyclonedx()), ("spdx", bill.spdx())] {
            let file = folder.join(format!("{at}.{format}.json"));
            std::fs::write(&file, bytes.unwrap()).unwrap();
            files.push(file);
        }
    }
    files
}

fn is_valid(python: &std::ffi::OsStr, files: &[PathBuf]) -> Result<(), String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/clients/sbom.py");
    let ended = Command::new(python).arg(script).args(files).output().unwrap();
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if ended.status.success() { Ok(()) } else { Err(said(&ended.stdout) + &said(&ended.stderr)) }
}

#[test]
fn the_official_tools_accept_what_is_written_whatever_it_is_called() {
    let Some(python) = std::env::var_os(PYTHON).filter(|python| !python.is_empty()) else {
        println!("skipped: {PYTHON} names no Python with cyclonedx-python-lib and spdx-tools");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let mut bills: Vec<Bill> = HOSTILE.iter().map(|name| of_model(name)).collect();
    // Their tools take long over many packages, and these are the same in each.
    bills.iter_mut().skip(1).for_each(|bill| bill.packages.truncate(6));
    bills.push(Bill { of: Of::Packages("requirements.lock".to_owned()), ..of_model("plain") });
    let nothing = Bill { packages: Vec::new(), datasets: Vec::new(), ..of_model("nothing") };
    bills.push(Bill { image: None, base_models: Vec::new(), gaps: Vec::new(), ..nothing.clone() });
    bills.push(Bill { of: Of::Packages("empty".to_owned()), image: None, ..nothing });
    let files = written(&bills, folder.path());
    if let Err(problems) = is_valid(&python, &files) {
        panic!("{problems}");
    }
    // The tools would say so otherwise.
    for (file, from, to) in [
        ("0.cdx.json", "\"BLAKE3\"", "\"BLAKE9\""),
        ("0.spdx.json", "\"DESCRIBES\"", "\"BABBLES\""),
    ] {
        let file = folder.path().join(file);
        let text = std::fs::read_to_string(&file).unwrap();
        std::fs::write(&file, text.replace(from, to)).unwrap();
        assert!(is_valid(&python, &[file]).is_err());
    }
}
