//! Environments that are really made, with a wheel that is written here and no network.

use std::process::{Command, Stdio};

use super::*;

/// Returns what is missing on this machine to make environments.
fn missing() -> Option<&'static str> {
    let mut python = Command::new("python3");
    let asked = python.args(["-c", "import ensurepip, venv"]).stderr(Stdio::null()).status();
    let works = asked.is_ok_and(|status| status.success());
    (!works).then_some("python3 with venv and ensurepip")
}

impl Desk {
    /// Writes a wheel of `demo-pkg` into the folder that pip looks in, and locks it.
    fn wheel(&mut self) -> String {
        const SCRIPT: &str = "
import sys, zipfile
info = 'demo_pkg-1.0.dist-info/'
with zipfile.ZipFile(sys.argv[1], 'w') as wheel:
    wheel.writestr('demo_pkg.py', 'ANSWER = 42\\n')
    wheel.writestr(info + 'METADATA', 'Metadata-Version: 2.1\\nName: demo-pkg\\nVersion: 1.0\\n')
    wheel.writestr(info + 'WHEEL', 'Wheel-Version: 1.0\\nGenerator: x\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n')
    wheel.writestr(info + 'RECORD', '')
";
        let path = self.at("wheels/demo_pkg-1.0-py3-none-any.whl");
        let written = Command::new("python3").args(["-c", SCRIPT]).arg(&path).status().unwrap();
        assert!(written.success());
        let links = self.at("wheels").display().to_string();
        self.variables.insert("PIP_FIND_LINKS".to_owned(), links);
        let hash = Digest::sha256(&fs::read(path).unwrap()).hex();
        format!("demo-pkg==1.0 \\\n    --hash=sha256:{hash}\n")
    }
}

fn answer(prepared: &Prepared) -> String {
    let python = prepared.path_prefix[0].join("python");
    let script = "import demo_pkg; print(demo_pkg.ANSWER)";
    let output = Command::new(python).args(["-c", script]).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
fn two_at_once_make_it_once_and_the_next_starts_nothing() {
    if let Some(what) = missing() {
        eprintln!("skipped: there is no {what}");
        return;
    }
    let mut desk = Desk::new();
    let text = desk.wheel();
    desk.lock(&text);
    desk.count_starts();
    // What misleads an installer must not reach it.
    desk.variables.insert("PIP_TARGET".into(), "/nonexistent".into());
    desk.variables.insert("PYTHONHOME".into(), "/nonexistent".into());
    let said = thread::scope(|scope| {
        let prepare = || {
            let mut said = Vec::new();
            let mut listen = |line: &str| said.push(line.to_owned());
            let never = AtomicBool::new(false);
            let prepared = desk.prepare_with(desk.locked(), &mut listen, &never);
            (prepared.unwrap(), said)
        };
        let (one, other) = (scope.spawn(prepare), scope.spawn(prepare));
        let ((one, mut said), (other, more)) = (one.join().unwrap(), other.join().unwrap());
        assert_eq!(one, other);
        assert_eq!(answer(&one), "42");
        assert_eq!(
            one.variables["VIRTUAL_ENV"],
            one.path_prefix[0].parent().unwrap().to_str().unwrap()
        );
        said.extend(more);
        said
    });
    let makers = said.iter().filter(|line| line.starts_with("making")).count();
    assert_eq!(makers, 1, "{said:?}");
    assert!(said.iter().any(|line| line.contains("Successfully installed")), "{said:?}");

    let starts = desk.starts();
    let begun = Instant::now();
    let prepared = desk.prepare(desk.locked()).unwrap();
    assert_eq!(desk.starts(), starts, "nothing is started");
    eprintln!("an environment that is there took {:?}", begun.elapsed());
    let identity = &prepared.identity;
    assert_eq!(identity.python, Digest::blake3(text.as_bytes()).to_string());
    assert!(identity.interpreter.contains("Python 3.") || identity.interpreter.contains("Py"));
    assert!(identity.packages.is_empty());
}

#[test]
#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
fn another_file_than_the_locked_one_is_refused() {
    if let Some(what) = missing() {
        eprintln!("skipped: there is no {what}");
        return;
    }
    let mut desk = Desk::new();
    let text = desk.wheel();
    let (package, _) = text.split_once("sha256:").unwrap();
    desk.lock(&format!("{package}sha256:{}\n", "0".repeat(64)));
    let error = desk.prepare(desk.locked()).unwrap_err();
    let message = error.to_string();
    assert!(message.contains("`pip install --require-hashes` ended with exit code 1"), "{message}");
    assert!(message.contains("DO NOT MATCH THE HASHES"), "{message}");
    assert!(error.next().unwrap().contains("not what the lock file names"));
    assert!(desk.leftovers().is_empty());
}

#[test]
#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
fn what_is_there_is_recorded_and_remembered() {
    if let Some(what) = missing() {
        eprintln!("skipped: there is no {what}");
        return;
    }
    let mut desk = Desk::new();
    desk.count_starts();
    let first = desk.prepare(Source::System).unwrap();
    assert_eq!((first.identity.python.as_str(), desk.starts()), ("system", 1));
    assert!(!first.identity.packages.contains_key("demo-pkg"));
    // The counting script is a shim, so steps get what is behind it.
    assert!(first.path_prefix[0].join("python3").exists());
    assert_eq!(desk.prepare(Source::System).unwrap(), first);
    assert_eq!(desk.starts(), 1, "nothing is started");

    let script = "import site; print(site.getusersitepackages())";
    let python = first.path_prefix[0].join("python3");
    let home = desk.at("home");
    let asked = Command::new(python).args(["-c", script]).env("HOME", home).output().unwrap();
    let site = PathBuf::from(String::from_utf8(asked.stdout).unwrap().trim());
    let info = site.join("demo_pkg-1.0.dist-info");
    fs::create_dir_all(&info).unwrap();
    fs::write(info.join("METADATA"), "Metadata-Version: 2.1\nName: Demo_Pkg\nVersion: 1.0\n")
        .unwrap();
    let packages = desk.prepare(Source::System).unwrap().identity.packages;
    assert_eq!(packages.get("demo-pkg").map(String::as_str), Some("1.0"));
    assert_eq!(desk.starts(), 2);

    // A version manager chooses by this file.
    fs::write(desk.at("repository/.python-version"), "3\n").unwrap();
    desk.prepare(Source::System).unwrap();
    assert_eq!(desk.starts(), 3);
}

/// The package index, as this machine is set up to reach it, through uv where it is installed.
#[test]
#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
fn a_package_of_the_index_is_installed() {
    const SIX: &str = "six==1.17.0 \\\n    --hash=sha256:4721f391ed90541fddacab5acf947aa0d3dc7d27b2e1e8eda2be8970586c3274 \\\n    --hash=sha256:ff70335d468e7eb6ec65b95b99d3a2836546063f63acc5171de367e834932a81\n";
    if let Some(what) = missing() {
        eprintln!("skipped: there is no {what}");
        return;
    }
    let mut desk = Desk::new();
    desk.lock(SIX);
    let request = Request {
        source: desk.locked(),
        repository: &desk.at("repository"),
        environments: &desk.at("environments"),
        search: &desk.search,
        variables: &desk.variables,
        network: Network::Allowed,
    };
    match prepare(&request, &mut |_| {}, &AtomicBool::new(false)) {
        Ok(prepared) => {
            let python = prepared.path_prefix[0].join("python");
            let script = "import six, sys; sys.exit(six.__version__ != '1.17.0')";
            assert!(Command::new(python).args(["-c", script]).status().unwrap().success());
        }
        Err(error) if error.next().is_some_and(|next| next.contains("cannot be reached")) => {
            eprintln!("skipped: the package index does not answer ({error})");
        }
        Err(error) => panic!("{error}"),
    }
}
