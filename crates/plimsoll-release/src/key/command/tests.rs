use std::fs;
use std::thread;
use std::time::Instant;

use rustix::process::{Pid, Signal};

use super::*;
use crate::key::{PublicKey, SigningKey};

const OPENSSL_PRIVATE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/openssl-p256.pem");
const MESSAGE: &[u8] = b"a statement";

fn public() -> PublicKey {
    SigningKey::from_random([7; 32]).unwrap().public()
}

fn key(command: &str) -> CommandKey {
    CommandKey::new(command.to_owned(), public(), Terminal::None)
}

fn refusal(command: &str) -> String {
    key(command).signature(MESSAGE).unwrap_err().to_string()
}

/// Writes `bytes` to a file, and returns a command that prints it.
fn printing(folder: &tempfile::TempDir, bytes: &[u8]) -> String {
    let file = folder.path().join("signature");
    fs::write(&file, bytes).unwrap();
    format!("cat '{}'", file.display())
}

#[test]
fn openssl_signs() {
    let command = format!("openssl dgst -sha256 -sign '{OPENSSL_PRIVATE}'");
    for (command, message) in [
        (command.clone(), MESSAGE.to_vec()),
        // As tools of clouds print it, and of the digest alone, as they ask for it.
        (format!("{command} | base64 -w0"), MESSAGE.to_vec()),
        (
            format!(
                "openssl dgst -sha256 -binary | openssl pkeyutl -sign -inkey '{OPENSSL_PRIVATE}' | base64"
            ),
            MESSAGE.to_vec(),
        ),
        // More than a pipe holds.
        (command, vec![b'x'; 1 << 20]),
    ] {
        let signature = key(&command).signature(&message).unwrap();
        assert!(public().has_signed(&message, &signature), "{command}");
        assert_eq!(key(&command).public(), public());
    }
}

#[test]
fn a_signature_is_taken_in_every_form() {
    let folder = tempfile::tempdir().unwrap();
    let der = SigningKey::from_random([7; 32]).unwrap().sign(MESSAGE);
    let numbers = p256::ecdsa::Signature::from_der(&der).unwrap().to_bytes().to_vec();
    assert_eq!(numbers.len(), 64);
    for bytes in [
        der.clone(),
        numbers.clone(),
        BASE64.encode(&der).into_bytes(),
        format!("{}\n", BASE64.encode(&numbers)).into_bytes(),
        URL_SAFE.encode(&numbers).into_bytes(),
        URL_SAFE_NO_PAD.encode(&numbers).into_bytes(),
    ] {
        assert_eq!(key(&printing(&folder, &bytes)).signature(MESSAGE).unwrap(), der);
    }
    for bytes in [&der[..der.len() - 1], &numbers[1..], &[0; 64], b"", b"no signature"] {
        let said = refusal(&printing(&folder, bytes));
        let expected = format!("printed {} bytes that are no signature by its", bytes.len());
        assert!(said.contains(&expected), "{said}");
    }
    // Of another message, and by another key.
    let command = printing(&folder, &SigningKey::from_random([7; 32]).unwrap().sign(b"other"));
    assert!(refusal(&command).contains("are no signature by its public key"));
    let other = SigningKey::from_random([8; 32]).unwrap().public();
    let signed = key(&printing(&folder, &der)).signature(MESSAGE);
    assert!(signed.is_ok());
    let foreign = CommandKey::new(printing(&folder, &der), other, Terminal::None);
    assert!(foreign.signature(MESSAGE).is_err());
}

#[test]
fn why_a_command_failed_is_passed_on() {
    let said = refusal("cat > /dev/null; echo 'token not\n\tpresent' >&2; exit 3");
    assert_eq!(said, "the signing command failed (exit status: 3): token not present");
    let said = refusal("printf '\\033[31m%0600d' 7 >&2; exit 1");
    assert!(said.ends_with("0007") && !said.contains('\u{1b}'), "{said}");
    assert!(said.len() < 600, "{said}");
    assert!(refusal("/no/such/program").contains("(exit status: 127)"));
    assert_eq!(refusal("kill -9 $$"), "the signing command failed (signal: 9 (SIGKILL))");
    let shown = format!("{:?}", key("sign --pin 1234"));
    assert!(!shown.contains("1234"), "{shown}");
}

#[test]
fn a_command_that_does_not_end_or_prints_without_end_is_ended() {
    let folder = tempfile::tempdir().unwrap();
    let (pid, left) = (folder.path().join("pid"), folder.path().join("left"));
    let command =
        format!("sleep 600 & echo $! > '{}'; wait; touch '{}'", pid.display(), left.display());
    for terminal in [Terminal::None, Terminal::Shared] {
        let mut slow = CommandKey::new(command.clone(), public(), terminal);
        slow.longest = Duration::from_millis(500);
        let started = Instant::now();
        let said = slow.signature(MESSAGE).unwrap_err().to_string();
        assert!(said.starts_with("the signing command did not end within"), "{said}");
        assert!(started.elapsed() < Duration::from_secs(30));
        let process = fs::read_to_string(&pid).unwrap();
        let process = Pid::from_raw(process.trim().parse().unwrap()).unwrap();
        let until = Instant::now() + Duration::from_secs(10);
        // Nobody but its parent waits for it, so it may stay as a zombie.
        let is_gone = || {
            let state = fs::read_to_string(format!("/proc/{}/stat", process.as_raw_nonzero()));
            state.map_or(true, |state| state.contains(") Z "))
        };
        if terminal == Terminal::None {
            while !is_gone() {
                assert!(Instant::now() < until, "what the command started goes on");
                thread::sleep(Duration::from_millis(10));
            }
        } else {
            _ = rustix::process::kill_process(process, Signal::KILL);
        }
    }
    assert!(!left.exists());
    assert!(refusal("yes").starts_with("the signing command printed more than 4096 bytes"));
}
