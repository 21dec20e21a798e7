mod made;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use plimsoll_core::Digest;

use super::*;

/// A repository, a home and the Python of this machine.
struct Desk {
    folder: tempfile::TempDir,
    search: Vec<PathBuf>,
    variables: BTreeMap<String, String>,
    lock: (RepoPath, Vec<u8>),
}

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut variables: BTreeMap<String, String> = std::env::vars().collect();
        let search = std::env::split_paths(&variables["PATH"]).collect();
        variables.insert("HOME".to_owned(), folder.path().join("home").display().to_string());
        for part in ["home", "bin", "repository", "wheels"] {
            fs::create_dir(folder.path().join(part)).unwrap();
        }
        let lock = ("requirements.lock".parse().unwrap(), Vec::new());
        Self { folder, search, variables, lock }
    }

    fn at(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    /// Puts a script first on PATH.
    fn script(&mut self, name: &str, text: &str) {
        let path = self.at("bin").join(name);
        fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        let bin = self.at("bin");
        if self.search.first() != Some(&bin) {
            self.search.insert(0, bin);
        }
    }

    /// Puts a `python3` first on PATH that is the real one and counts how often it is started.
    fn count_starts(&mut self) {
        let script = "import sys; print(sys.executable)";
        let real = std::process::Command::new("python3").args(["-c", script]).output().unwrap();
        let real = String::from_utf8(real.stdout).unwrap();
        let log = self.at("starts").display().to_string();
        self.script("python3", &format!("echo x >> '{log}'\nexec '{}' \"$@\"", real.trim()));
    }

    fn starts(&self) -> usize {
        fs::read_to_string(self.at("starts")).unwrap_or_default().lines().count()
    }

    fn lock(&mut self, text: &str) {
        self.lock.1 = text.as_bytes().to_vec();
    }

    fn locked(&self) -> Source<'_> {
        Source::Lock { path: &self.lock.0, bytes: &self.lock.1 }
    }

    fn prepare_with(
        &self,
        source: Source<'_>,
        progress: &mut dyn FnMut(&str),
        cancel: &AtomicBool,
    ) -> Result<Prepared, PrepareError> {
        let request = Request {
            source,
            repository: &self.at("repository"),
            environments: &self.at("environments"),
            search: &self.search,
            variables: &self.variables,
            network: Network::Forbidden,
        };
        prepare(&request, progress, cancel)
    }

    fn prepare(&self, source: Source<'_>) -> Result<Prepared, PrepareError> {
        self.prepare_with(source, &mut |_| {}, &AtomicBool::new(false))
    }

    /// An interpreter that answers as one does, and of which `-m venv` runs `text`.
    fn pretend(&mut self, text: &str) {
        let base = self.at("bin/base").display().to_string();
        self.script("base", text);
        self.script(
            "python3",
            &format!(
                "echo 'plimsoll-interpreter:{{\"implementation\":\"CPython\",\"version\":\"3.11.2\",\
                 \"executable\":\"{base}\",\"base\":\"{base}\",\"folders\":[],\"packages\":null}}'"
            ),
        );
    }

    fn leftovers(&self) -> Vec<String> {
        let entries = fs::read_dir(self.at("environments")).unwrap();
        let folders = entries.map(Result::unwrap).filter(|entry| entry.path().is_dir());
        let mut names: Vec<_> =
            folders.map(|entry| entry.file_name().into_string().unwrap()).collect();
        names.retain(|name| name != "interpreters");
        names
    }
}

#[test]
fn nothing_declared_is_none() {
    let mut desk = Desk::new();
    desk.search.clear();
    let prepared = desk.prepare(Source::Undeclared).unwrap();
    assert_eq!(prepared.identity.python, "none");
    assert_eq!(prepared.identity.interpreter, "");
    assert!(prepared.identity.platform.contains('-'));
    assert!(prepared.path_prefix.is_empty() && prepared.variables.is_empty());
}

#[test]
fn no_python_is_refused_with_advice() {
    let mut desk = Desk::new();
    desk.search = vec![desk.at("bin"), PathBuf::from("relative")];
    let error = desk.prepare(Source::System).unwrap_err();
    assert_eq!(error.to_string(), "there is no `python3` in the 2 folders of PATH");
    assert!(error.next().unwrap().contains("apt install python3"));
}

#[test]
fn a_python_that_does_not_work_is_refused_with_what_it_says() {
    let mut desk = Desk::new();
    desk.script("python3", "echo 'pyenv: version 3.99 is not installed' >&2; exit 1");
    let error = desk.prepare(desk.locked()).unwrap_err();
    let expected = format!(
        "{}/python3 does not work: pyenv: version 3.99 is not installed",
        desk.at("bin").display()
    );
    assert_eq!(error.to_string(), expected);
    desk.script("python3", "exit 0");
    let error = desk.prepare(desk.locked()).unwrap_err().to_string();
    assert!(error.ends_with("does not work: it says nothing of itself"), "{error}");
}

#[test]
fn a_lock_file_without_hashes_is_refused_before_anything_is_made() {
    let mut desk = Desk::new();
    desk.pretend("exit 1");
    desk.lock("# locked\nsix==1.17.0\n");
    let error = desk.prepare(desk.locked()).unwrap_err();
    assert_eq!(error.to_string(), "requirements.lock:2: `six==1.17.0` has no hash");
    assert!(error.next().unwrap().contains("--generate-hashes"));
    assert!(desk.leftovers().is_empty());
}

#[test]
fn a_failed_installer_shows_its_last_lines_and_what_to_do() {
    let mut desk = Desk::new();
    desk.search.truncate(0);
    desk.search.extend(["/usr/bin", "/bin"].map(PathBuf::from));
    desk.pretend(
        "mkdir \"$3\"; for n in $(seq 100); do echo \"line $n\"; done
         echo 'from https://me:s3cret@host/simple'
         echo 'The virtual environment was not created successfully because ensurepip is not' >&2
         echo 'available.' >&2; exit 1",
    );
    let mut said = Vec::new();
    let mut listen = |line: &str| said.push(line.to_owned());
    let cancel = AtomicBool::new(false);
    let error = desk.prepare_with(desk.locked(), &mut listen, &cancel).unwrap_err();
    assert_eq!(said.len(), 104, "{said:?}");
    assert_eq!(said[0], "making the environment of requirements.lock with pip");
    let message = error.to_string();
    let begins = "the environment of requirements.lock could not be made: `python3 -m venv` ended \
                  with exit code 1\n    ";
    assert!(message.starts_with(begins), "{message}");
    assert_eq!(message.lines().count(), 21);
    assert!(message.contains("\n    from https://***@host/simple"), "{message}");
    assert!(!message.contains("s3cret") && !said.concat().contains("s3cret"));
    assert!(error.next().unwrap().contains("apt install python3-venv"));
    assert!(desk.leftovers().is_empty());
}

#[test]
fn what_was_made_half_is_made_again_and_what_is_whole_is_not() {
    let mut desk = Desk::new();
    desk.search = ["/usr/bin", "/bin"].map(PathBuf::from).to_vec();
    let log = desk.at("made").display().to_string();
    desk.pretend(&format!(
        "mkdir -p \"$3/bin\" && printf '#!/bin/sh\\n' > \"$3/bin/python\" &&
         chmod +x \"$3/bin/python\" && echo x >> '{log}'"
    ));
    let made = || fs::read_to_string(&log).unwrap().lines().count();
    let first = desk.prepare(desk.locked()).unwrap();
    let folder = PathBuf::from(&first.variables["VIRTUAL_ENV"]);
    assert_eq!(desk.prepare(desk.locked()).unwrap(), first);
    assert_eq!(made(), 1);
    let environments = folder.parent().unwrap();
    assert_eq!(kept(environments, &first.identity), Some(folder.clone()));
    // A process that was killed half way leaves no marker.
    fs::remove_file(folder.join("plimsoll-environment.json")).unwrap();
    fs::write(folder.join("half"), "").unwrap();
    assert_eq!(kept(environments, &first.identity), None);
    assert_eq!(desk.prepare(desk.locked()).unwrap(), first);
    assert!(!folder.join("half").exists());
    // The interpreter that it was made with was removed.
    fs::remove_file(folder.join("bin/python")).unwrap();
    assert_eq!(desk.prepare(desk.locked()).unwrap(), first);
    assert_eq!(made(), 3);
    desk.lock("# another lock file\n");
    assert_ne!(desk.prepare(desk.locked()).unwrap().variables, first.variables);
    assert_eq!(desk.leftovers().len(), 2);
}

#[test]
fn a_cancelled_installer_is_stopped_with_all_that_it_started() {
    let mut desk = Desk::new();
    desk.search = ["/usr/bin", "/bin"].map(PathBuf::from).to_vec();
    let log = desk.at("pid").display().to_string();
    desk.pretend(&format!("mkdir \"$3\"; (trap '' TERM; sleep 60) & echo $! > '{log}'; wait"));
    let cancel = AtomicBool::new(false);
    let begun = Instant::now();
    thread::scope(|scope| {
        let preparing = scope.spawn(|| desk.prepare_with(desk.locked(), &mut |_| {}, &cancel));
        while fs::read_to_string(desk.at("pid")).unwrap_or_default().is_empty() {
            assert!(begun.elapsed() < Duration::from_secs(20), "it did not start");
            thread::sleep(Duration::from_millis(10));
        }
        cancel.store(true, Ordering::Relaxed);
        let error = preparing.join().unwrap().unwrap_err();
        assert!(matches!(error, PrepareError::Cancelled), "{error}");
    });
    assert!(begun.elapsed() < Duration::from_secs(20));
    assert!(desk.leftovers().is_empty());
    let pid = fs::read_to_string(desk.at("pid")).unwrap();
    let state = || fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap_or_default();
    // Killed, though nobody may have taken note of its end yet.
    while !(state().is_empty() || state().contains(") Z")) {
        assert!(begun.elapsed() < Duration::from_secs(20), "{}", state());
        thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn uv_is_chosen_unless_only_pip_knows_the_index() {
    use installer::Installer;
    let mut desk = Desk::new();
    desk.variables = BTreeMap::from([("HOME".into(), desk.at("home").display().to_string())]);
    desk.search.clear();
    let choose = |desk: &Desk| {
        Installer::choose(&Request {
            source: Source::Undeclared,
            repository: &desk.at("repository"),
            environments: &desk.at("environments"),
            search: &desk.search,
            variables: &desk.variables,
            network: Network::Allowed,
        })
    };
    assert_eq!(choose(&desk), Installer::Pip);
    desk.script("uv", "");
    let uv = Installer::Uv(desk.at("bin/uv"));
    desk.variables.insert("PIP_INDEX_URL".into(), "https://host/simple".into());
    assert_eq!(choose(&desk), Installer::Pip);
    desk.variables.insert("UV_INDEX_URL".into(), "https://host/simple".into());
    assert_eq!(choose(&desk), uv);
    desk.variables.retain(|name, _| name == "HOME");
    fs::create_dir_all(desk.at("home/.config/pip")).unwrap();
    fs::write(desk.at("home/.config/pip/pip.conf"), "[global]\nindex-url = https://h/\n").unwrap();
    assert_eq!(choose(&desk), Installer::Pip);
    fs::create_dir_all(desk.at("home/.config/uv")).unwrap();
    fs::write(desk.at("home/.config/uv/uv.toml"), "").unwrap();
    assert_eq!(choose(&desk), uv);
}
