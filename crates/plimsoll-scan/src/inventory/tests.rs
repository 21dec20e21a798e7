use std::io::{self, Cursor};

use super::*;

fn read_bytes(path: &str, bytes: &[u8], told: Option<Told>) -> Result<Inventory, InventoryError> {
    let mut include = |_: &str| Err(io::ErrorKind::NotFound.into());
    let how = Reading { told, include: &mut include, platform: None };
    read(path, Input::File(&mut Cursor::new(bytes)), how)
}

#[test]
fn a_lock_is_read_as_what_it_is() {
    let inventory = read_bytes("requirements.txt", b"\xef\xbb\xbfnumpy==1.26.4\n", None).unwrap();
    let json = serde_json::to_string_pretty(&inventory).unwrap();
    insta::assert_snapshot!(json, @r#"
    {
      "kind": "requirements",
      "packages": [
        {
          "ecosystem": "PyPI",
          "name": "numpy",
          "version": "1.26.4",
          "source": null,
          "published": {
            "expression": null,
            "text": null,
            "classifiers": [],
            "files": []
          },
          "place": {
            "path": "requirements.txt",
            "line": 1
          },
          "locked": {
            "hashes": [],
            "requires": null,
            "asked-by": [
              "requirements.txt"
            ]
          }
        }
      ],
      "not-audited": [],
      "notes": []
    }
    "#);
}

#[test]
fn what_cannot_be_read_is_an_error_that_names_it() {
    let error = |path, bytes| read_bytes(path, bytes, None).unwrap_err().to_string();
    insta::assert_snapshot!(error("a/requirements.txt", b"numpy\xff"), @"a/requirements.txt: byte 5 is not part of any UTF-8 text");
    insta::assert_snapshot!(error("a.bin", b"\x7fELF"), @"a.bin: it is no ELF file, or its tables lie outside of it");
    insta::assert_snapshot!(error("notes.txt", b"hello"), @"notes.txt: it is of no kind that is known; say what it is, or give a lock, a requirements file, an SBOM, an environment or an image");
    insta::assert_snapshot!(error("package-lock.json", b"{\"lockfileVersion\": 3,"), @"package-lock.json: line 1: no JSON: EOF while parsing a value");
}

#[test]
fn more_text_than_is_read_is_refused() {
    let bytes = vec![b'\n'; usize::try_from(MOST_OF_TEXT).unwrap() + 1];
    let error = read_bytes("requirements.txt", &bytes, None).unwrap_err();
    insta::assert_snapshot!(error, @"requirements.txt: more than 67108864 bytes of text, which is the most that is read");
}

/// Returns what is told of each package besides: its hashes by their first digits, and what it needs.
fn told_of(path: &str, text: &str) -> String {
    let inventory = read_bytes(path, text.as_bytes(), None).unwrap();
    let shown = inventory.packages.iter().map(|package| {
        let hashes = package.locked.hashes.iter().map(|it| it.to_string()[..10].to_owned());
        let needs = package.locked.requires.as_ref().map(|requires| {
            let names = requires.iter().map(|it| match &it.version {
                Some(version) => format!("{} {version}", it.name),
                None => it.name.clone(),
            });
            names.collect::<Vec<_>>().join(", ")
        });
        let needs = needs.map_or("nothing tells".to_owned(), |it| format!("[{it}]"));
        let asked = match package.locked.asked_by.as_slice() {
            [] => String::new(),
            by => format!(", asked for by {}", by.join(", ")),
        };
        format!("{} {}: {needs}{asked}", package.name, hashes.collect::<Vec<_>>().join(" "))
    });
    shown.collect::<Vec<_>>().join("\n")
}

#[test]
fn locks_tell_files_and_needs() {
    let (a, b) = ("a".repeat(64), "b".repeat(64));
    let requirements = format!(
        "numpy==1.0 \\\n  --hash=sha256:{a} \\\n  --hash sha256:{b}\nodd==1 --hash=md9:00 --hash=sha256:zz\n"
    );
    insta::assert_snapshot!(told_of("requirements.txt", &requirements), @r"
    numpy sha256:aaa sha256:bbb: nothing tells, asked for by requirements.txt
    odd : nothing tells, asked for by requirements.txt
    ");
    let uv = format!(
        "version = 1\n[[package]]\nname = 'scipy'\nversion = '1'\nsource = {{ registry = 'https://pypi.org/simple' }}\ndependencies = [{{ name = 'numpy', version = '2.0', marker = 'x' }}]\nsdist = {{ url = 'u', hash = 'sha256:{a}' }}\nwheels = [{{ url = 'u', hash = 'sha256:{b}' }}]\n[[package]]\nname = 'six'\nversion = '1'\nsource = {{ registry = 'https://pypi.org/simple' }}\n"
    );
    insta::assert_snapshot!(told_of("uv.lock", &uv), @r"
    scipy sha256:aaa sha256:bbb: [numpy 2.0]
    six : []
    ");
    let poetry = format!(
        "[[package]]\nname = 'scipy'\nversion = '1'\nfiles = [{{ file = 'f', hash = 'sha256:{a}' }}]\n[package.dependencies]\nnumpy = '>=1'\ncolour = {{ version = '*', optional = true }}\nforked = [{{ version = '1' }}, {{ version = '2', optional = true }}]\n[[package]]\nname = 'old'\nversion = '1'\n[metadata]\nlock-version = '2.0'\n[metadata.files]\nold = [{{ file = 'f', hash = 'sha256:{b}' }}]\n"
    );
    insta::assert_snapshot!(told_of("poetry.lock", &poetry), @r"
    old sha256:bbb: []
    scipy sha256:aaa: [forked, numpy]
    ");
    let pdm = format!(
        "[metadata]\nlock_version = '4.5'\n[[package]]\nname = 'scipy'\nversion = '1'\ndependencies = ['numpy<2,>=1; python_version < \"3.13\"', 'x; extra == \"y\"']\nfiles = [{{ file = 'f', hash = 'sha256:{a}' }}]\n"
    );
    insta::assert_snapshot!(told_of("pdm.lock", &pdm), @"scipy sha256:aaa: [numpy]");
    let pylock = format!(
        "lock-version = '1.0'\n[[packages]]\nname = 'scipy'\nversion = '1'\ndependencies = [{{ name = 'numpy' }}]\nwheels = [{{ name = 'w', hashes = {{ sha256 = '{a}' }} }}]\n[[packages]]\nname = 'silent'\nversion = '1'\n"
    );
    insta::assert_snapshot!(told_of("pylock.toml", &pylock), @r"
    scipy sha256:aaa: [numpy]
    silent : nothing tells
    ");
    let pipfile = format!(
        "{{\"_meta\": {{\"pipfile-spec\": 6}}, \"default\": {{\"six\": {{\"version\": \"==1\", \"hashes\": [\"sha256:{a}\"]}}}}}}"
    );
    insta::assert_snapshot!(told_of("Pipfile.lock", &pipfile), @"six sha256:aaa: nothing tells");
    let cargo = format!(
        "version = 4\n[[package]]\nname = 'rand'\nversion = '0.8.5'\nsource = 'registry+https://github.com/rust-lang/crates.io-index'\nchecksum = '{a}'\ndependencies = ['libc', 'rand_core 0.6.4', 'x 1.0.0 (registry+u)']\n"
    );
    insta::assert_snapshot!(told_of("Cargo.lock", &cargo), @"rand sha256:aaa: [libc, rand_core 0.6.4, x 1.0.0]");
}

#[test]
fn locks_tell_who_asks() {
    let uv = "version = 1\n[[package]]\nname = 'app'\nsource = { virtual = '.' }\ndependencies = [{ name = 'Scipy' }]\n[package.dev-dependencies]\ndev = [{ name = 'pytest' }]\n[[package]]\nname = 'scipy'\nversion = '1'\nsource = { registry = 'https://pypi.org/simple' }\ndependencies = [{ name = 'numpy' }]\n[[package]]\nname = 'numpy'\nversion = '2'\nsource = { registry = 'https://pypi.org/simple' }\n[[package]]\nname = 'pytest'\nversion = '8'\nsource = { registry = 'https://pypi.org/simple' }\n";
    insta::assert_snapshot!(told_of("uv.lock", uv), @r"
    numpy : []
    pytest : [], asked for by app
    scipy : [numpy], asked for by app
    ");
    let cargo = "version = 4\n[[package]]\nname = 'mine'\nversion = '0.1.0'\ndependencies = ['rand 0.8.5']\n[[package]]\nname = 'rand'\nversion = '0.8.5'\nsource = 'registry+https://github.com/rust-lang/crates.io-index'\n[[package]]\nname = 'rand'\nversion = '0.7.0'\nsource = 'registry+https://github.com/rust-lang/crates.io-index'\n";
    insta::assert_snapshot!(told_of("Cargo.lock", cargo), @r"
    rand : []
    rand : [], asked for by mine
    ");
    let npm = r#"{"name": "app", "lockfileVersion": 3, "packages": {
        "": {"dependencies": {"a": "^1"}, "devDependencies": {"c": "1"}},
        "packages/w": {"name": "w", "dependencies": {"b": "^2"}},
        "node_modules/w": {"resolved": "packages/w", "link": true},
        "node_modules/a": {"version": "1.0.0", "dependencies": {"b": "^1", "gone": "1"}},
        "node_modules/a/node_modules/b": {"version": "1.1.0", "peerDependencies": {"c": "1"}},
        "node_modules/b": {"version": "2.0.0"},
        "node_modules/c": {"version": "1.0.0"}}}"#;
    insta::assert_snapshot!(told_of("package-lock.json", npm), @r"
    a : [b 1.1.0], asked for by app
    b : [c 1.0.0]
    b : [], asked for by w
    c : [], asked for by app
    ");
    let noted = "numpy==2.0\n    # via scipy\nscipy==1.0\n    # via\n    #   -r requirements.in\n    #   app (pyproject.toml)\n";
    insta::assert_snapshot!(told_of("requirements.txt", noted), @r"
    numpy : []
    scipy : [numpy], asked for by app, requirements.in
    ");
    let conda = "version: 1\npackage:\n  - { name: scipy, version: '1', manager: conda, dependencies: { numpy: '>=1' } }\n";
    insta::assert_snapshot!(told_of("conda-lock.yml", conda), @"scipy : [numpy]");
}

#[test]
fn the_project_beside_a_lock_tells_what_it_asks_for() {
    let lock = "[[package]]\nname = 'scipy'\nversion = '1'\n[package.dependencies]\nnumpy = '>=1'\n[[package]]\nname = 'numpy'\nversion = '2'\n[[package]]\nname = 'ruff'\nversion = '2'\n[metadata]\nlock-version = '2.0'\n";
    let told = |project: &str| {
        let mut include = |named: &str| match named {
            "sub/pyproject.toml" => Ok(project.as_bytes().to_vec()),
            _ => Err(io::ErrorKind::NotFound.into()),
        };
        let how = Reading { told: None, include: &mut include, platform: None };
        let mut content = Cursor::new(lock.as_bytes());
        let read = read("sub/poetry.lock", Input::File(&mut content), how).unwrap();
        let asked = read.packages.iter().filter(|it| !it.locked.asked_by.is_empty());
        asked.map(|it| format!("{} {}", it.locked.asked_by.join(","), it.name)).collect::<Vec<_>>()
    };
    let standard = "[project]\nname = 'app'\ndependencies = ['SciPy>=1; extra == \"x\"']\n[dependency-groups]\ndev = ['ruff']\n";
    assert_eq!(told(standard), ["app ruff", "app scipy"]);
    let poetry = "[tool.poetry]\nname = 'app'\n[tool.poetry.dependencies]\npython = '^3'\nscipy = '*'\n[tool.poetry.group.dev.dependencies]\nruff = '*'\n";
    assert_eq!(told(poetry), ["app ruff", "app scipy"]);
    for nothing in ["", "no toml [", "[project]\nname = 'app'\n"] {
        assert_eq!(told(nothing), [""; 0]);
    }
}
