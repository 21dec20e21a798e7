//! Whose name a registry is asked by: what docker, podman and their helpers know.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::Deserialize;

use super::reference::ImageReference;
use super::secret::Secret;

/// The largest file of credentials, and the most that a helper may say.
const LARGEST: u64 = 4 * 1024 * 1024;

/// How long a helper may take: it may ask a service, and it must not ask a person.
const HELPER_TIME: Duration = Duration::from_mins(1);

/// What docker calls its own registry.
const DOCKER_KEY: &str = "https://index.docker.io/v1/";

/// How helpers say that they are told to give a token rather than a password.
const TOKEN_USER: &str = "<token>";

/// Whose name a registry is asked by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credentials {
    /// Nobody's.
    Anonymous,
    /// Somebody's who has a password.
    Password {
        /// The name.
        user: String,
        /// The password.
        secret: Secret,
    },
    /// Somebody's whom the token service knows by a token.
    Identity(Secret),
}

/// Where credentials are looked up.
#[derive(Clone, Debug, Default)]
pub struct Keychain {
    /// The files, in this order, each as docker or podman writes it; those that are not there are none.
    pub files: Vec<PathBuf>,
    /// The folders in which helpers are looked for.
    pub programs: Vec<PathBuf>,
}

/// Credentials that are there cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadCredentialsError {
    /// A file cannot be read.
    #[error("the credentials in {path} could not be read")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file is something else.
    #[error("{path} holds no credentials as docker writes them (line {line})")]
    Form {
        /// The file.
        path: PathBuf,
        /// Where it differs.
        line: usize,
    },
    /// What a file says of a registry is nothing that can be sent.
    #[error("{path} says something of {registry} that is no name and password")]
    Entry {
        /// The file.
        path: PathBuf,
        /// The registry.
        registry: String,
    },
    /// A helper is not there, or does not answer.
    #[error("the helper `{helper}` that {path} names for {registry} {why}")]
    Helper {
        /// The program.
        helper: String,
        /// The file.
        path: PathBuf,
        /// The registry.
        registry: String,
        /// What is wrong.
        why: String,
    },
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Config {
    auths: BTreeMap<String, Entry>,
    cred_helpers: BTreeMap<String, String>,
    creds_store: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Entry {
    auth: Option<String>,
    username: Option<String>,
    password: Option<String>,
    identitytoken: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Helped {
    username: String,
    secret: String,
}

impl Credentials {
    /// Returns as whom a registry is asked; no secret is in it.
    pub(super) fn who(&self) -> String {
        match self {
            Self::Anonymous => "nobody in particular".to_owned(),
            Self::Password { user, .. } => format!("`{user}`"),
            Self::Identity(_) => "the holder of its token".to_owned(),
        }
    }
}

impl Keychain {
    /// Finds the credentials for the repository of `reference`: those of the first file that has some.
    ///
    /// # Errors
    /// Some are there and cannot be read: asking as nobody instead would hide that.
    pub fn find(&self, reference: &ImageReference) -> Result<Credentials, ReadCredentialsError> {
        for path in &self.files {
            let Some(config) = read(path)? else { continue };
            if let Some(found) = self.of(&config, reference, path)? {
                return Ok(found);
            }
        }
        Ok(Credentials::Anonymous)
    }

    fn of(
        &self,
        config: &Config,
        reference: &ImageReference,
        path: &Path,
    ) -> Result<Option<Credentials>, ReadCredentialsError> {
        let registry = reference.registry();
        let key = if registry == "docker.io" { DOCKER_KEY } else { registry };
        let helper = config.cred_helpers.get(registry).or(config.creds_store.as_ref());
        if let Some(helper) = helper
            && let Some(found) = self.helped(helper, key, path)?
        {
            return Ok(Some(found));
        }
        let entry = names(reference).into_iter().find_map(|name| {
            let mut entries = config.auths.iter();
            entries.find(|(key, _)| bare(key) == name).map(|(_, entry)| entry)
        });
        // An entry without anything is what docker leaves where a helper has the secret.
        let Some(entry) = entry else { return Ok(None) };
        entry.credentials().map_err(|()| ReadCredentialsError::Entry {
            path: path.to_owned(),
            registry: registry.to_owned(),
        })
    }

    /// Asks a helper.
    fn helped(
        &self,
        helper: &str,
        registry: &str,
        path: &Path,
    ) -> Result<Option<Credentials>, ReadCredentialsError> {
        let name = format!("docker-credential-{helper}");
        let failed = |why: String| ReadCredentialsError::Helper {
            helper: name.clone(),
            path: path.to_owned(),
            registry: registry.to_owned(),
            why,
        };
        let is_name = helper.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
        let mut programs = self.programs.iter().filter(|_| is_name).map(|dir| dir.join(&name));
        let program = programs.find(|program| program.is_file());
        let program = program.ok_or_else(|| failed("is in no folder of PATH".to_owned()))?;
        let (ended, said) = ask(&program, registry).map_err(|error| failed(error.to_string()))?;
        if !ended {
            // How helpers say that they have nothing; anything else is a reason to stop.
            let said = String::from_utf8_lossy(&said).to_ascii_lowercase();
            if said.contains("not found") {
                return Ok(None);
            }
            return Err(failed("says no".to_owned()));
        }
        let answer: Helped = serde_json::from_slice(&said)
            .map_err(|_| failed("answers something else than a name and a secret".to_owned()))?;
        let secret = Secret::new(answer.secret);
        Ok(Some(if answer.username == TOKEN_USER {
            Credentials::Identity(secret)
        } else {
            Credentials::Password { user: answer.username, secret }
        }))
    }
}

/// Returns what a repository may be listed under, the nearest first.
fn names(reference: &ImageReference) -> Vec<String> {
    let registry = match reference.registry() {
        "docker.io" => "index.docker.io",
        registry => registry,
    };
    let mut name = format!("{registry}/{}", reference.repository());
    let mut names = vec![name.clone()];
    while let Some((shorter, _)) = name.rsplit_once('/') {
        name = shorter.to_owned();
        names.push(name.clone());
    }
    names
}

/// Returns a key without what docker puts around a host.
fn bare(key: &str) -> &str {
    let key = key.strip_prefix("https://").or_else(|| key.strip_prefix("http://")).unwrap_or(key);
    let key = key.trim_end_matches('/');
    let key = key.strip_suffix("/v1").or_else(|| key.strip_suffix("/v2")).unwrap_or(key);
    if key == "docker.io" { "index.docker.io" } else { key }
}

impl Entry {
    fn credentials(&self) -> Result<Option<Credentials>, ()> {
        let full = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        if let Some(token) = full(&self.identitytoken) {
            return Ok(Some(Credentials::Identity(Secret::new(token))));
        }
        if let Some(auth) = full(&self.auth) {
            let decoded = BASE64.decode(auth.trim()).map_err(|_| ())?;
            let text = String::from_utf8(decoded).map_err(|_| ())?;
            let (user, secret) = text.split_once(':').ok_or(())?;
            let secret = Secret::new(secret.trim_end_matches('\0').to_owned());
            return Ok(Some(Credentials::Password { user: user.to_owned(), secret }));
        }
        match (full(&self.username), full(&self.password)) {
            (Some(user), Some(secret)) => {
                Ok(Some(Credentials::Password { user, secret: Secret::new(secret) }))
            }
            _ => Ok(None),
        }
    }
}

fn read(path: &Path) -> Result<Option<Config>, ReadCredentialsError> {
    let unreadable = |source| ReadCredentialsError::Unreadable { path: path.to_owned(), source };
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(error)),
    };
    let mut bytes = Vec::new();
    file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > LARGEST {
        return Err(unreadable(io::Error::other(format!("it has more than {LARGEST} bytes"))));
    }
    // The text of the error could quote a secret.
    serde_json::from_slice(&bytes)
        .map(Some)
        .map_err(|error| ReadCredentialsError::Form { path: path.to_owned(), line: error.line() })
}

/// Runs a helper to its end; returns whether it ended well, and what it said.
fn ask(program: &Path, registry: &str) -> io::Result<(bool, Vec<u8>)> {
    let mut child = Command::new(program)
        .arg("get")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    if let Some(mut to) = child.stdin.take() {
        // One that does not ask which registry is meant is done already.
        _ = to.write_all(format!("{registry}\n").as_bytes());
    }
    let from = child.stdout.take();
    let reader = std::thread::spawn(move || {
        let mut said = Vec::new();
        let read = from.map(|from| from.take(LARGEST).read_to_end(&mut said));
        read.transpose().map(|_| said)
    });
    let begun = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if begun.elapsed() > HELPER_TIME {
            child.kill()?;
            child.wait()?;
            let late = format!("does not answer within {} s", HELPER_TIME.as_secs());
            return Err(io::Error::other(late));
        }
        std::thread::sleep(Duration::from_millis(10));
    };
    let said = reader.join().map_err(|_| io::Error::other("cannot be read"))??;
    Ok((status.success(), said))
}

#[cfg(test)]
mod tests;
