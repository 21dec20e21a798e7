//! A registry of images as Debian has it, for the tests of who pushes and who scans.

use std::fs;
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::live::scene::until;
use crate::package::{free_port, program};

/// `ada:s3cr3t-of-ada`, as Apache keeps it.
pub(crate) const PEOPLE: &str =
    "ada:$2b$04$QdNdDTxiKCH6nSx/HknoRuD77DkkxgFVqm6jZNIN2uJwoGw9NcmNu\n";

/// A registry of Debian that ends with the test.
pub(crate) struct Registry {
    child: Child,
    pub(crate) folder: tempfile::TempDir,
    pub(crate) host: String,
}

impl Drop for Registry {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

impl Registry {
    /// Starts one where it is installed, with people who may write to it or for everybody.
    pub(crate) fn start(people: Option<&str>) -> Option<Self> {
        Self::begin(people, false)
    }

    /// Starts one that is spoken to over TLS only, and whose authority's certificate is `ca.pem` in its folder.
    pub(crate) fn start_over_tls() -> Option<Self> {
        if program("openssl").is_none() {
            println!("skipped: no openssl to make certificates");
            return None;
        }
        Self::begin(None, true)
    }

    fn begin(people: Option<&str>, is_tls: bool) -> Option<Self> {
        let missing: Vec<&str> =
            ["docker-registry", "skopeo"].into_iter().filter(|it| program(it).is_none()).collect();
        if !missing.is_empty() {
            println!("skipped: no {} to push to", missing.join(", "));
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).display().to_string();
        let host = format!("127.0.0.1:{}", free_port());
        let auth = people.map(|people| {
            fs::write(path("people"), people).unwrap();
            format!("auth: {{htpasswd: {{realm: test, path: {}}}}}\n", path("people"))
        });
        let tls = is_tls.then(|| {
            certify(folder.path());
            let (certificate, key) = (path("server.pem"), path("server.key"));
            format!(", tls: {{certificate: {certificate}, key: {key}}}")
        });
        let config = format!(
            "version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {}}}}}\nhttp: {{addr: {host}{}}}\n{}",
            path("data"),
            tls.unwrap_or_default(),
            auth.unwrap_or_default()
        );
        fs::write(path("config.yml"), config).unwrap();
        let child = Command::new("docker-registry")
            .args(["serve", &path("config.yml")])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        until("the registry answers", || TcpStream::connect(&host).is_ok());
        Some(Self { child, folder, host })
    }

    /// Fetches a blob as any client does.
    pub(crate) fn blob(&self, repository: &str, digest: &str) -> Vec<u8> {
        let url = format!("http://{}/v2/{repository}/blobs/{digest}", self.host);
        let program = "import sys, urllib.request; sys.stdout.buffer.write(urllib.request.urlopen(sys.argv[1]).read())";
        let output = Command::new("python3").args(["-c", program, &url]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    }

    pub(crate) fn inspect(&self, name: &str) -> Value {
        let image = format!("docker://{}/{name}", self.host);
        serde_json::from_str(&skopeo(&["inspect", "--raw", "--tls-verify=false", &image])).unwrap()
    }
}

/// Makes an authority and, signed by it, a certificate of this machine.
fn certify(folder: &Path) {
    let openssl = |arguments: &[&str]| {
        let output = Command::new("openssl").args(arguments).current_dir(folder).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    let key = ["-newkey", "rsa:2048", "-nodes"];
    let of = |subject: &'static str| ["-subj", subject];
    let ca = ["req", "-x509", "-days", "2", "-keyout", "ca.key", "-out", "ca.pem"];
    openssl(&[&ca[..], &key, &of("/CN=authority")].concat());
    let server = ["req", "-keyout", "server.key", "-out", "server.csr"];
    openssl(&[&server[..], &key, &of("/CN=registry")].concat());
    fs::write(folder.join("names"), "subjectAltName=IP:127.0.0.1\nbasicConstraints=CA:FALSE\n")
        .unwrap();
    let sign = ["x509", "-req", "-in", "server.csr", "-out", "server.pem", "-days", "2"];
    let by = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", "names"];
    openssl(&[&sign[..], &by].concat());
}

/// Calls skopeo, which must succeed.
#[track_caller]
pub(crate) fn skopeo(arguments: &[&str]) -> String {
    let output = Command::new("skopeo").args(arguments).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {said}");
    String::from_utf8(output.stdout).unwrap()
}
