//! What the process was given from outside: environment variables, read here and nowhere else.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::{identities, keys};

/// The environment as values.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// Where everything is kept that belongs to a person: `PLIMSOLL_HOME`.
    pub home: PathBuf,
    /// Where things lie that can be fetched again.
    pub cache: PathBuf,
    /// The folders in which programs are looked for.
    pub path: Vec<PathBuf>,
    /// The folder where versions are registered, where that is not the home.
    pub registry: Option<PathBuf>,
    /// Where exports of OSV are fetched from, where that is not OSV itself.
    pub osv_mirror: Option<String>,
    /// ONNX Runtime's library, where the user names one.
    pub onnxruntime: Option<PathBuf>,
    /// Every variable, for what a step may see and an installer needs.
    pub variables: BTreeMap<String, String>,
}

/// The variable with the secret that callers of a server must send.
pub(crate) const SERVE_TOKEN: &str = "PLIMSOLL_SERVE_TOKEN";

/// The environment says too little.
#[derive(Debug, thiserror::Error)]
#[error("neither `PLIMSOLL_HOME` nor `HOME` names a folder for Plimsoll's data")]
pub(crate) struct NoHomeError;

impl Settings {
    /// Reads the process's environment.
    ///
    /// # Errors
    /// Nothing says where data belongs.
    pub(crate) fn read() -> Result<Self, NoHomeError> {
        // Values that are not UTF-8 cannot be recorded or hashed in one spelling; none is used here.
        let variables = std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        });
        Self::from_variables(variables.collect())
    }

    pub(crate) fn from_variables(variables: BTreeMap<String, String>) -> Result<Self, NoHomeError> {
        let value = |name: &str| variables.get(name).filter(|value| !value.is_empty());
        let folder = |name: &str| value(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let user = folder("HOME");
        let below_user = |rest: &str| user.as_ref().map(|home| home.join(rest));
        let data = folder("XDG_DATA_HOME").or_else(|| below_user(".local/share"));
        let cache = folder("XDG_CACHE_HOME").or_else(|| below_user(".cache"));
        let home = value("PLIMSOLL_HOME")
            .map(|home| std::path::absolute(home).unwrap_or_else(|_| PathBuf::from(home)))
            .or_else(|| data.map(|data| data.join("plimsoll")))
            .ok_or(NoHomeError)?;
        let cache = cache.map_or_else(|| home.join("cache"), |cache| cache.join("plimsoll"));
        let named = ["PLIMSOLL_ORT_LIB", "ORT_DYLIB_PATH"];
        let path = value("PATH").map(|path| path.split(':').filter(|part| !part.is_empty()));
        Ok(Self {
            registry: value("PLIMSOLL_REGISTRY")
                .map(|folder| std::path::absolute(folder).unwrap_or_else(|_| folder.into())),
            osv_mirror: value("PLIMSOLL_OSV_MIRROR").cloned(),
            onnxruntime: named.into_iter().find_map(|name| value(name).map(PathBuf::from)),
            path: path.map(|parts| parts.map(PathBuf::from).collect()).unwrap_or_default(),
            home,
            cache,
            variables,
        })
    }
}

impl Settings {
    /// Returns the same with another home, and without what belongs to the person's own: registry,
    /// signing key and identity.
    pub(crate) fn of_home(mut self, home: PathBuf) -> Self {
        let of_person = ["PLIMSOLL_HOME", "PLIMSOLL_REGISTRY"];
        let of_key = [keys::KEY_VARIABLE, keys::COMMAND_VARIABLE, keys::PUBLIC_VARIABLE];
        let of_identity = [identities::IDENTITY_VARIABLE, identities::COMMAND_VARIABLE];
        for name in of_person.iter().chain(&of_key).chain(&of_identity) {
            self.variables.remove(*name);
        }
        Self { home, registry: None, ..self }
    }

    /// Returns the secret that callers of a server must send, where the environment holds one.
    pub(crate) fn serve_token(&self) -> Option<&str> {
        self.variables.get(SERVE_TOKEN).map(String::as_str).filter(|secret| !secret.is_empty())
    }

    /// Returns where podman and docker keep what registries know people by, the nearest first.
    pub(crate) fn credential_files(&self) -> Vec<PathBuf> {
        let value = |name: &str| self.variables.get(name).filter(|value| !value.is_empty());
        let below = |name: &str, rest: &str| value(name).map(|folder| Path::new(folder).join(rest));
        let containers = "containers/auth.json";
        let docker = below("DOCKER_CONFIG", "config.json");
        let places = [
            value("REGISTRY_AUTH_FILE").map(PathBuf::from),
            below("XDG_RUNTIME_DIR", containers),
            below("XDG_CONFIG_HOME", containers)
                .or_else(|| below("HOME", &format!(".config/{containers}"))),
            docker.or_else(|| below("HOME", ".docker/config.json")),
        ];
        places.into_iter().flatten().collect()
    }

    /// Returns who acts, as far as the environment says: whoever CI says it is, else the user.
    pub(crate) fn actor(&self) -> String {
        let names = [
            "PLIMSOLL_ACTOR",
            "GITHUB_ACTOR",
            "GITLAB_USER_LOGIN",
            "BUILD_USER_ID",
            "USER",
            "LOGNAME",
        ];
        let values = names.into_iter().filter_map(|name| self.variables.get(name));
        let found = values.map(|name| name.trim()).find(|name| !name.is_empty());
        found.map_or_else(|| format!("user {}", rustix::process::getuid().as_raw()), str::to_owned)
    }
}

/// Finds the repository's root: the nearest folder from `from` upwards with a `plimsoll.yaml`.
pub(crate) fn find_root(from: &Path) -> Option<&Path> {
    from.ancestors().find(|folder| folder.join("plimsoll.yaml").exists())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(variables: &[(&str, &str)]) -> Result<Settings, NoHomeError> {
        let owned = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Settings::from_variables(owned.collect())
    }

    #[test]
    fn the_home_is_found_in_the_usual_places() {
        let home = |variables: &[_]| settings(variables).unwrap().home;
        assert_eq!(home(&[("HOME", "/h")]), Path::new("/h/.local/share/plimsoll"));
        assert_eq!(home(&[("HOME", "/h"), ("XDG_DATA_HOME", "/d")]), Path::new("/d/plimsoll"));
        assert_eq!(home(&[("HOME", "/h"), ("PLIMSOLL_HOME", "/p")]), Path::new("/p"));
        assert_eq!(
            home(&[("HOME", "/h"), ("PLIMSOLL_HOME", "")]),
            Path::new("/h/.local/share/plimsoll")
        );
        assert!(settings(&[]).is_err());
    }
}
