//! A bundle whose model is encrypted: opened by whoever has a key, and only as what was signed.

use std::path::PathBuf;
use std::process::Command;

use age::secrecy::ExposeSecret as _;

use super::*;
use crate::encryption::{Identities, OpenWeightsError, Recipients};

const MODEL: &[u8] = b"a model";

/// A key, and how both halves are written.
struct Person {
    identity: String,
    recipient: String,
}

impl Person {
    fn new() -> Self {
        let key = age::x25519::Identity::generate();
        let identity = key.to_string().expose_secret().to_owned();
        Self { identity, recipient: key.to_public().to_string() }
    }

    fn identities(&self) -> Identities {
        Identities::from_text(&self.identity).unwrap()
    }
}

fn recipients(people: &[&Person]) -> Recipients {
    let mut recipients = Recipients::default();
    for person in people {
        recipients.add(&person.recipient, Path::new("/")).unwrap();
    }
    recipients
}

fn verified(sample: &Sample) -> VerifiedBundle {
    verify(&sample.path(), &trust()).unwrap()
}

fn encrypted(sample: &Sample, people: &[&Person]) -> Vec<u8> {
    let mut bytes = Vec::new();
    verified(sample).encrypt(&recipients(people), &mut bytes).unwrap();
    bytes
}

fn place(sample: &Sample) -> PathBuf {
    let digest = Digest::sha256(MODEL);
    sample.file(&format!("{BLOBS}{}.age", digest.hex()))
}

/// Puts `ciphertext` in the place of the model.
fn put(sample: &Sample, ciphertext: &[u8]) {
    fs::write(place(sample), ciphertext).unwrap();
    fs::remove_file(sample.blob(MODEL)).unwrap();
}

fn open(sample: &Sample, person: &Person) -> Result<Vec<u8>, OpenWeightsError> {
    let bundle = Bundle::open(&sample.path()).unwrap();
    bundle.verify_encrypted(&trust(), now()).unwrap().open(&person.identities())
}

#[test]
fn whoever_has_a_key_gets_the_very_model_and_everything_is_checked_without_one() {
    let (sample, [ada, ben, eve]) = (Sample::new(), [(); 3].map(|()| Person::new()));
    let one = encrypted(&sample, &[&ada, &ben]);
    assert_ne!(one, encrypted(&sample, &[&ada, &ben]));
    assert!(!one.windows(MODEL.len()).any(|window| window == MODEL));
    put(&sample, &one);

    let bundle = Bundle::open(&sample.path()).unwrap();
    assert!(bundle.is_encrypted());
    let described = bundle.verify_encrypted(&trust(), now()).unwrap();
    assert_eq!(described.subject(), sample.subject());
    assert_eq!(described.signature().inputs[0].name, "input");
    for person in [&ada, &ben] {
        assert_eq!(open(&sample, person).unwrap(), MODEL);
    }
    let both = format!("{}\n{}", eve.identity, ben.identity);
    let both = Identities::from_text(&both).unwrap();
    assert_eq!(described.open(&both).unwrap(), MODEL);
    insta::assert_snapshot!(open(&sample, &eve).unwrap_err(), @"the identity does not open the model (it is encrypted to other recipients)");
    // Who wants the model as it is, is told.
    insta::assert_snapshot!(sample.refusal(), @"the model in the bundle is encrypted, so it cannot be checked without a key");
}

#[test]
fn every_changed_or_missing_byte_is_found() {
    let (sample, ada) = (Sample::new(), Person::new());
    let whole = encrypted(&sample, &[&ada]);
    put(&sample, &whole);
    let place = place(&sample);
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        fs::write(&place, &bytes).unwrap();
        let error = open(&sample, &ada).unwrap_err().to_string();
        assert!(!error.contains(&ada.identity), "{error}");
    }
    for length in (0..whole.len()).step_by(7) {
        fs::write(&place, &whole[..length]).unwrap();
        assert!(open(&sample, &ada).is_err(), "{length}");
    }
    fs::write(&place, [&whole[..], b"x"].concat()).unwrap();
    assert!(open(&sample, &ada).is_err());
    let mut changed = whole.clone();
    *changed.last_mut().unwrap() ^= 1;
    fs::write(&place, &changed).unwrap();
    insta::assert_snapshot!(open(&sample, &ada).unwrap_err(), @"the encrypted model was changed, or its end is missing");
    fs::write(&place, "no file of age").unwrap();
    insta::assert_snapshot!(open(&sample, &ada).unwrap_err(), @"the encrypted model is no file of age (age-encryption.org/v1)");
    // A head that does not end is not read to its end.
    fs::write(&place, "age-encryption.org/v1\n-> X25519 ".to_owned() + &"A".repeat(32_000))
        .unwrap();
    assert!(matches!(open(&sample, &ada), Err(OpenWeightsError::Form(_))));
}

#[test]
fn only_what_was_signed_is_opened() {
    let ada = Person::new();
    for (other, said) in [
        (&b"b model"[..], "hashes to sha256:"),
        (b"a longer model", "has more than 7 bytes"),
        (b"a mod", "has fewer than 7 bytes"),
    ] {
        let elsewhere = Sample::unwritten();
        let assembled = assembled(elsewhere.folder.path(), other);
        let statements = statements(assembled.subject());
        assembled.write_folder(&elsewhere.path(), &statements).unwrap();
        let ciphertext = encrypted(&elsewhere, &[&ada]);
        let sample = Sample::new();
        put(&sample, &ciphertext);
        let error = open(&sample, &ada).unwrap_err().to_string();
        assert!(error.contains("not the model that was signed") && error.contains(said), "{error}");
    }
}

#[test]
fn nothing_is_encrypted_but_a_model_and_it_lies_there_once() {
    let (sample, ada) = (Sample::new(), Person::new());
    let ciphertext = encrypted(&sample, &[&ada]);
    let said = |sample: &Sample| {
        let bundle = Bundle::open(&sample.path()).unwrap();
        bundle.verify_encrypted(&trust(), now()).unwrap_err().to_string()
    };
    insta::assert_snapshot!(said(&sample), @"the model in the bundle is not encrypted, as its other files say");
    // Beside the model itself it is one file too many.
    fs::write(place(&sample), &ciphertext).unwrap();
    assert!(said(&sample).contains("1 file(s) that nothing in it refers to"), "{}", said(&sample));
    fs::remove_file(sample.blob(MODEL)).unwrap();
    open(&sample, &ada).unwrap();
    let card = sample.blob(b"# bike-demand\n");
    fs::rename(&card, card.with_extension("age")).unwrap();
    assert!(said(&sample).contains("the bundle has no `blobs/sha256/"), "{}", said(&sample));
    // What is larger than it can be is not opened at all.
    let sample = Sample::new();
    put(&sample, &[&ciphertext[..], &vec![0; 40_000]].concat());
    assert!(said(&sample).contains("(at most 32791)"), "{}", said(&sample));
}

/// Runs the program `age`, where it is installed.
#[expect(clippy::print_stdout, reason = "a test that is skipped says so")]
fn age_of_debian(arguments: &[&str], folder: &Path) -> Option<Vec<u8>> {
    let output = match Command::new("age").args(arguments).current_dir(folder).output() {
        Ok(output) => output,
        Err(error) => {
            println!("skipped: no program `age` to compare with: {error}");
            return None;
        }
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(output.stdout)
}

#[test]
fn what_the_program_age_writes_is_opened_and_it_opens_what_is_written_here() {
    let (sample, ada) = (Sample::new(), Person::new());
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("identity.txt"), format!("# of a test\n{}\n", ada.identity)).unwrap();
    fs::write(at("model"), MODEL).unwrap();
    fs::write(at("ours.age"), encrypted(&sample, &[&ada, &Person::new()])).unwrap();
    let decrypt = ["--decrypt", "--identity", "identity.txt", "ours.age"];
    let Some(opened) = age_of_debian(&decrypt, folder.path()) else { return };
    assert_eq!(opened, MODEL);

    let stranger = Person::new().recipient;
    let to = ["--recipient", &stranger, "--recipient", &ada.recipient];
    let theirs = age_of_debian(&[&to[..], &["model"]].concat(), folder.path()).unwrap();
    put(&sample, &theirs);
    assert_eq!(open(&sample, &ada).unwrap(), MODEL);
    let armored = age_of_debian(&[&to[..], &["--armor", "model"]].concat(), folder.path()).unwrap();
    fs::write(place(&sample), armored).unwrap();
    insta::assert_snapshot!(open(&sample, &ada).unwrap_err(), @"the encrypted model is no file of age (age-encryption.org/v1): it is armored, and only the binary form is read");
}

#[test]
fn a_model_of_many_chunks_is_opened_whole() {
    let ada = Person::new();
    // One chunk of the format has 64 KiB: less than one, exactly some, and a little more.
    for length in [65_535, 65_536, 131_072, 200_001] {
        let sample = Sample::unwritten();
        let model: Vec<u8> = (0..length).map(|at: u32| (at % 251) as u8).collect();
        let assembled = assembled(sample.folder.path(), &model);
        let statements = statements(assembled.subject());
        assembled.write_folder(&sample.path(), &statements).unwrap();
        let ciphertext = encrypted(&sample, &[&ada]);
        let hex = Digest::sha256(&model).hex();
        fs::write(sample.file(&format!("{BLOBS}{hex}.age")), &ciphertext).unwrap();
        fs::remove_file(sample.blob(&model)).unwrap();
        assert_eq!(open(&sample, &ada).unwrap(), model);
        // A part that ends where a chunk does is found too: the chunks begin behind the head's last line
        // and a nonce of 16 bytes.
        let last_line = ciphertext.windows(5).position(|at| at == b"\n--- ").unwrap() + 1;
        let line = ciphertext[last_line..].iter().position(|byte| *byte == b'\n').unwrap() + 1;
        let (begin, seal) = (last_line + line + 16, 64 * 1024 + 16);
        let cuts = (0..).map(|chunks| begin + chunks * seal);
        let cuts: Vec<usize> = cuts.take_while(|cut| *cut < ciphertext.len()).collect();
        assert_eq!(cuts.len(), length.div_ceil(65_536) as usize, "{length}");
        for cut in cuts {
            fs::write(sample.file(&format!("{BLOBS}{hex}.age")), &ciphertext[..cut]).unwrap();
            assert!(open(&sample, &ada).is_err(), "{length} {cut}");
        }
    }
}
