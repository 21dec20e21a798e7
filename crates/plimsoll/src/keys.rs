//! Whose key signs, and whose signatures count here.

use std::collections::BTreeMap;
use std::io::{IsTerminal as _, Read as _, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use plimsoll_core::Timestamp;
use plimsoll_release::key::{CommandKey, PublicKey, Sign, SigningKey, Terminal};
use plimsoll_release::trust::{Trust, Validity};

use crate::error::{CommandError, Kind};
use crate::settings::Settings;
use crate::ui::Ui;
use crate::view;

/// The key's variable: PEM, or the path of a file with it.
pub(crate) const KEY_VARIABLE: &str = "PLIMSOLL_SIGNING_KEY";

/// The variable of a command that signs in its place, for keys that are elsewhere.
pub(crate) const COMMAND_VARIABLE: &str = "PLIMSOLL_SIGNING_COMMAND";

/// The variable of the public half of the command's key: PEM, or the path of a file with it.
pub(crate) const PUBLIC_VARIABLE: &str = "PLIMSOLL_SIGNING_PUBLIC_KEY";

/// What to do where there is no key.
const NO_KEY: &str = "make one with `openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out key.pem` and `chmod 600 key.pem`, name it in PLIMSOLL_SIGNING_KEY, and add its public half to trust.yaml (PLIMSOLL_SIGNING_COMMAND signs with a key that is elsewhere); at a terminal Plimsoll makes both by itself";

/// Returns the key that signs: the one that the environment names, or a command's, else the home's.
/// For a person at a terminal one is made where there is none.
pub(crate) fn signing_key(settings: &Settings, ui: &mut Ui) -> Result<Box<dyn Sign>, CommandError> {
    let is_person = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
    match named_key(settings, is_person)? {
        Some(key) => Ok(key),
        None => Ok(Box::new(of_home(settings, is_person, ui)?)),
    }
}

/// Returns the public half of the key that would sign, and where it is; `None` where none is yet.
pub(crate) fn present_key(
    settings: &Settings,
) -> Result<Option<(String, PublicKey)>, CommandError> {
    if let Some(key) = named_key(settings, false)? {
        let is_command = variable(settings, COMMAND_VARIABLE).is_some();
        let found = if is_command { COMMAND_VARIABLE } else { KEY_VARIABLE };
        return Ok(Some((found.to_owned(), key.public())));
    }
    let file = key_file(&settings.home);
    if !file.exists() {
        return Ok(None);
    }
    Ok(Some((file.display().to_string(), SigningKey::read(&file)?.public())))
}

/// Returns the key that the environment names, or the command that signs in its place.
fn named_key(settings: &Settings, is_person: bool) -> Result<Option<Box<dyn Sign>>, CommandError> {
    if let Some(key) = command_key(settings, is_person)? {
        return Ok(Some(Box::new(key)));
    }
    let Some(value) = variable(settings, KEY_VARIABLE) else { return Ok(None) };
    if !is_pem(value) {
        return Ok(Some(Box::new(SigningKey::read(Path::new(value))?)));
    }
    match SigningKey::from_pem(value) {
        Ok(key) => Ok(Some(Box::new(key))),
        Err(error) => Err(CommandError::usage(format!("the key in {KEY_VARIABLE} {error}"))),
    }
}

/// Returns the key that a command signs with, where the environment names one.
fn command_key(settings: &Settings, is_person: bool) -> Result<Option<CommandKey>, CommandError> {
    let Some(command) = variable(settings, COMMAND_VARIABLE) else { return Ok(None) };
    if variable(settings, KEY_VARIABLE).is_some() {
        let message = format!("both {KEY_VARIABLE} and {COMMAND_VARIABLE} are set");
        return Err(CommandError::usage(message).hint("unset one of them: each signs by itself"));
    }
    let Some(public) = variable(settings, PUBLIC_VARIABLE) else {
        let message = format!("{COMMAND_VARIABLE} is set, and {PUBLIC_VARIABLE} is not");
        let hint = "name the public half of the command's key in it: PEM, or the path of a file";
        return Err(CommandError::usage(message).hint(hint));
    };
    let public = if is_pem(public) {
        PublicKey::from_pem(public)
            .map_err(|error| CommandError::usage(format!("the key in {PUBLIC_VARIABLE} {error}")))?
    } else {
        PublicKey::read(Path::new(public))?
    };
    let terminal = if is_person { Terminal::Shared } else { Terminal::None };
    Ok(Some(CommandKey::new(command.to_owned(), public, terminal)))
}

/// Returns the value of a variable that says something.
pub(crate) fn variable<'a>(settings: &'a Settings, name: &str) -> Option<&'a str> {
    settings.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
}

fn is_pem(text: &str) -> bool {
    text.trim_start().starts_with("-----BEGIN")
}

fn of_home(settings: &Settings, is_person: bool, ui: &mut Ui) -> Result<SigningKey, CommandError> {
    let home = &settings.home;
    let (file, trust) = (key_file(home), trust_file(home));
    if file.exists() {
        let key = SigningKey::read(&file)?;
        // Killed after the first of the two files, or the key was put there.
        if is_person && !trust.exists() {
            trust_key(home, &key, &name(settings))?;
            ui.note(format_args!("trusted {} in {}", file.display(), trust.display()));
        }
        return Ok(key);
    }
    if !is_person {
        return Err(CommandError::usage("there is no key to sign with").hint(NO_KEY));
    }
    let key = make(home, &name(settings))?;
    let (file, trust) = (file.display(), trust.display());
    ui.note(format_args!("made a key to sign with, {file}, and trusted it in {trust}"));
    Ok(key)
}

/// Makes a key in `home` and a trust file that trusts it.
///
/// # Errors
/// There is a key or a trust file already: neither is ever written over.
pub(crate) fn make(home: &Path, name: &str) -> Result<SigningKey, CommandError> {
    let trust = trust_file(home);
    if trust.exists() {
        let message = format!("{} is there, but no key to sign with", trust.display());
        return Err(CommandError::usage(message).hint(NO_KEY));
    }
    let mut drawn = [0; 32];
    let key = loop {
        let source = Path::new("/dev/urandom");
        std::fs::File::open(source)
            .and_then(|mut source| source.read_exact(&mut drawn))
            .map_err(unmade(source))?;
        if let Ok(key) = SigningKey::from_random(drawn) {
            break key;
        }
    };
    let file = key_file(home);
    let folder = home.join("keys");
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&folder)
        .map_err(unmade(&folder))?;
    key.write_new(&file)?;
    trust_key(home, &key, name)?;
    Ok(key)
}

fn unmade(path: &Path) -> impl FnOnce(std::io::Error) -> CommandError {
    let path = path.display().to_string();
    move |error| CommandError::world(format!("{path} could not be written: {error}"))
}

/// Writes the trust file of `home`: `key` in every role but that of a person who approves.
fn trust_key(home: &Path, key: &SigningKey, name: &str) -> Result<(), CommandError> {
    let trust = trust_file(home);
    let pem = key.public().to_pem().map_err(|error| CommandError::new(Kind::Bug, error))?;
    let indented: Vec<String> = pem.lines().map(|line| format!("      {line}\n")).collect();
    let text = format!(
        "# Whose signatures count: `plimsoll verify`, `serve` and `deploy` judge by it. Raise `version`\n# with every change; a lower one than was seen before is refused.\nversion: 1\nkeys:\n  - name: {name}\n    key: |\n{}    roles: [builder, gate, release]\n",
        indented.concat()
    );
    write(&trust, &text).map_err(unmade(&trust))
}

/// Returns whose signatures count: what the file `named` says, else the home's trust file.
///
/// The highest version of each file that was ever seen is kept in the home.
pub(crate) fn trust(settings: &Settings, named: Option<&Path>) -> Result<Trust, CommandError> {
    let path = named.map_or_else(|| trust_file(&settings.home), Path::to_owned);
    if !path.exists() {
        let message = format!("there is no trust file {}", path.display());
        let hint =
            "name one with `--trust FILE`; the first `plimsoll release` at a terminal makes one";
        return Err(CommandError::usage(message).hint(hint));
    }
    let content = content(&path)?;
    let mut seen = Seen::read(&settings.home)?;
    let name = path.canonicalize().unwrap_or(path).display().to_string();
    let before = seen.0.get(&name).copied().unwrap_or(0);
    let trust = Trust::from_json(content, before)?;
    if trust.version() > before {
        seen.0.insert(name, trust.version());
        seen.write(&settings.home)?;
    }
    Ok(trust)
}

/// Tells why what a key signs would not count here.
pub(crate) fn standing(
    key: &PublicKey,
    trust: &Trust,
    now: Option<Timestamp>,
) -> Result<(), String> {
    let id = key.id().map_err(|error| error.to_string())?;
    let Some(trusted) = trust.keys().get(&id) else {
        return Err("is not in trust.yaml".to_owned());
    };
    let shown = trusted.shown();
    match now.map(|now| trusted.validity(now)) {
        Some(Validity::Revoked) => Err(format!("is {shown}, which is revoked")),
        Some(Validity::Ended(at)) => {
            Err(format!("is {shown}, which ended at {}", view::rfc3339(at)))
        }
        Some(Validity::NotYet(at)) => {
            Err(format!("is {shown}, which counts from {} only", view::rfc3339(at)))
        }
        Some(Validity::Valid) | None => Ok(()),
    }
}

/// Returns whose signatures count here; `None` where the home has no trust file.
pub(crate) fn known_trust(settings: &Settings) -> Result<Option<Trust>, CommandError> {
    let is_there = trust_file(&settings.home).exists();
    is_there.then(|| trust(settings, None)).transpose()
}

/// Returns whose signatures count by `file` alone, where nothing is kept of what was seen before: in an
/// image, the file is as old as what it is packaged with.
pub(crate) fn trust_alone(file: &Path) -> Result<Trust, CommandError> {
    Ok(Trust::from_json(content(file)?, 0)?)
}

/// Reads a trust file.
fn content(path: &Path) -> Result<serde_json::Value, CommandError> {
    let shown = path.display().to_string();
    let bytes =
        plimsoll_config::read(path).map_err(|error| CommandError::new(Kind::Usage, error))?;
    plimsoll_config::trust(&shown, &bytes).map_err(|mistakes| {
        let count = mistakes.count();
        let plural = if count == 1 { "" } else { "s" };
        CommandError::usage(format!("{count} mistake{plural} in the trust file\n\n{mistakes}"))
    })
}

fn key_file(home: &Path) -> PathBuf {
    home.join("keys/signing.pem")
}

/// Returns where the home's trust file lies.
pub(crate) fn trust_file(home: &Path) -> PathBuf {
    home.join("trust.yaml")
}

/// Returns a name for a new key that YAML reads as a word.
fn name(settings: &Settings) -> String {
    let user = settings.actor();
    let word: String = user.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
    if word.is_empty() { "local".to_owned() } else { format!("local-{word}") }
}

/// The highest version of each trust file that was seen, by its path.
struct Seen(BTreeMap<String, u64>);

impl Seen {
    fn file(home: &Path) -> PathBuf {
        home.join("trust-seen.json")
    }

    fn read(home: &Path) -> Result<Self, CommandError> {
        let file = Self::file(home);
        match std::fs::read(&file) {
            Ok(bytes) => serde_json::from_slice(&bytes).map(Self).map_err(|error| {
                let message = format!("{} is damaged: {error}", file.display());
                let hint = "it holds the highest version of each trust file; restore it, or remove it if no trust file was rolled back";
                CommandError::new(Kind::Damaged, message).hint(hint)
            }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self(BTreeMap::new())),
            Err(error) => {
                Err(CommandError::world(format!("{} could not be read: {error}", file.display())))
            }
        }
    }

    fn write(&self, home: &Path) -> Result<(), CommandError> {
        let file = Self::file(home);
        let text = serde_json::to_string_pretty(&self.0)
            .map_err(|error| CommandError::new(Kind::Bug, error))?;
        write(&file, &text).map_err(|error| {
            CommandError::world(format!("{} could not be written: {error}", file.display()))
        })
    }
}

/// Writes a file that only its owner may read: wholly, or not at all.
pub(crate) fn write(path: &Path, text: &str) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(home: &Path, more: &[(&str, &str)]) -> Settings {
        let own = [("PLIMSOLL_HOME", home.to_str().unwrap()), ("USER", "ada")];
        let all = own.iter().chain(more).map(|(name, value)| ((*name).into(), (*value).into()));
        Settings::from_variables(all.collect()).unwrap()
    }

    #[test]
    fn a_made_key_is_trusted_and_neither_file_is_written_over() {
        let home = tempfile::tempdir().unwrap();
        let key = make(home.path(), "local-ada").unwrap();
        let settings = settings(home.path(), &[]);
        let trust = trust(&settings, None).unwrap();
        assert_eq!(trust.keys()[&key.public().id().unwrap()].name, "local-ada");
        assert!(make(home.path(), "local-ada").is_err());
        let again = signing_key(&settings, &mut Ui::new(false, true)).unwrap();
        assert_eq!(again.public(), key.public());
    }

    #[test]
    fn a_rolled_back_trust_file_is_refused() {
        let home = tempfile::tempdir().unwrap();
        make(home.path(), "local").unwrap();
        let settings = settings(home.path(), &[]);
        let file = trust_file(home.path());
        let first = std::fs::read_to_string(&file).unwrap();
        std::fs::write(&file, first.replace("version: 1", "version: 7")).unwrap();
        trust(&settings, None).unwrap();
        std::fs::write(&file, first).unwrap();
        let error = trust(&settings, None).unwrap_err();
        insta::assert_snapshot!(error, @"the trust file was rolled back to version 1 (version 7 was seen before)");
        assert_eq!(error.code(), 1);
    }

    #[test]
    fn the_variable_is_a_key_or_names_one() {
        let home = tempfile::tempdir().unwrap();
        let key = make(home.path(), "local").unwrap();
        let elsewhere = tempfile::tempdir().unwrap();
        let file = key_file(home.path());
        let pem = std::fs::read_to_string(&file).unwrap();
        for value in [pem.as_str(), file.to_str().unwrap()] {
            let settings = settings(elsewhere.path(), &[(KEY_VARIABLE, value)]);
            let found = signing_key(&settings, &mut Ui::new(false, true)).unwrap();
            assert_eq!(found.public(), key.public());
        }
        let settings = settings(elsewhere.path(), &[]);
        assert_eq!(signing_key(&settings, &mut Ui::new(false, true)).unwrap_err().code(), 2);
    }
}
