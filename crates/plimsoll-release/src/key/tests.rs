use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use super::*;

// Origins are in testdata/README.md.
const OPENSSL_PRIVATE: &str = include_str!("../../testdata/openssl-p256.pem");
const OPENSSL_PUBLIC: &str = include_str!("../../testdata/openssl-p256.pub");
const OPENSSL_SIGNATURE: &[u8] = include_bytes!("../../testdata/openssl-p256.sig");
// openssl pkey -pubin -in openssl-p256.pub -outform DER | sha256sum
const OPENSSL_ID: &str = "ce97ec20d43661a19b215cb2e376a698d0b4aa2aa5b4c7854e916bd05082fcee";
const ED25519_PUBLIC: &str = include_str!("../../testdata/openssl-ed25519.pub");
const ED25519_SIGNATURE: &[u8] = include_bytes!("../../testdata/openssl-ed25519.sig");

fn key() -> SigningKey {
    SigningKey::from_random([7; 32]).unwrap()
}

#[test]
fn agrees_with_openssl() {
    let private = SigningKey::from_pem(OPENSSL_PRIVATE).unwrap();
    assert_eq!(private.public(), key().public());
    let public = PublicKey::from_pem(OPENSSL_PUBLIC).unwrap();
    assert_eq!(private.public(), public);
    assert_eq!(public.id().unwrap().to_string(), OPENSSL_ID);
    assert_eq!(public.to_pem().unwrap(), OPENSSL_PUBLIC);
    assert!(public.has_signed(b"a statement", OPENSSL_SIGNATURE));
    assert!(!public.has_signed(b"a statemenT", OPENSSL_SIGNATURE));
    private.with_pem(|pem| assert_eq!(pem, OPENSSL_PRIVATE.as_bytes())).unwrap();
}

#[test]
fn checks_ed25519_signatures() {
    let public = PublicKey::from_pem(ED25519_PUBLIC).unwrap();
    assert!(public.has_signed(b"a statement", ED25519_SIGNATURE));
    assert!(!public.has_signed(b"another", ED25519_SIGNATURE));
    assert!(!public.has_signed(b"a statement", &key().sign(b"a statement")));
    assert_eq!(public.to_pem().unwrap(), ED25519_PUBLIC);
    assert_ne!(public.id().unwrap(), key().public().id().unwrap());
}

#[test]
fn a_signature_holds_for_its_message_and_key_only() {
    let signature = key().sign(b"a statement");
    assert_eq!(signature, key().sign(b"a statement"));
    assert!(key().public().has_signed(b"a statement", &signature));
    assert!(!key().public().has_signed(b"a statement ", &signature));
    let other = SigningKey::from_random([8; 32]).unwrap();
    assert!(!other.public().has_signed(b"a statement", &signature));
    for cut in 0..signature.len() {
        assert!(!key().public().has_signed(b"a statement", &signature[..cut]));
    }
}

#[test]
fn refuses_bytes_outside_the_curve() {
    for drawn in [[0; 32], [0xff; 32]] {
        assert!(SigningKey::from_random(drawn).is_err());
    }
}

#[test]
fn says_nothing_about_a_secret() {
    assert_eq!(format!("{:?}", key()), "SigningKey(secret)");
    let broken = OPENSSL_PRIVATE.replace("MIGH", "MIGI");
    let error = SigningKey::from_pem(&broken).unwrap_err();
    let inside = OPENSSL_PRIVATE.lines().nth(1).unwrap();
    assert!(!format!("{error} {error:?}").contains(&inside[..8]));
}

#[test]
fn a_key_id_has_one_spelling() {
    assert!(OPENSSL_ID.parse::<KeyId>().is_ok());
    assert!(OPENSSL_ID.to_uppercase().parse::<KeyId>().is_err());
    assert!("12".parse::<KeyId>().is_err());
}

#[test]
fn a_key_file_is_its_owners_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("signing.pem");
    key().write_new(&path).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(SigningKey::read(&path).unwrap().public(), key().public());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "something was left behind");

    let error = key().write_new(&path).unwrap_err();
    assert!(matches!(error, WriteKeyError::Exists(_)), "{error}");

    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    let error = SigningKey::read(&path).unwrap_err();
    assert!(error.to_string().contains("mode 0640, at most 0600"), "{error}");
}

#[test]
fn keys_of_another_kind_are_called_by_it() {
    // A P-384 key, and one of P-256 that has lost a byte, in the armor of a public key.
    let said = |pem: &str| PublicKey::from_pem(pem).unwrap_err().to_string();
    let p384 = include_str!("../../testdata/openssl-p384.pub");
    assert!(
        said(p384).ends_with("damaged, or a key of another algorithm or curve"),
        "{}",
        said(p384)
    );
    assert!(said(&OPENSSL_PUBLIC.replace("MFkw", "MFgw")).contains("it is damaged"));
    let certificate = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
    assert!(said(certificate).contains("`openssl x509 -noout -pubkey` prints the key"));
    assert!(said(OPENSSL_PRIVATE).contains("is no public ECDSA P-256 or Ed25519 key in PEM"));
    let said = |pem: &str| SigningKey::from_pem(pem).unwrap_err().to_string();
    assert!(said("-----BEGIN EC PRIVATE KEY-----\n").contains("`openssl pkcs8 -topk8 -nocrypt`"));
    let locked = "-----BEGIN ENCRYPTED PRIVATE KEY-----\n";
    assert!(said(locked).ends_with(": it is a `ENCRYPTED PRIVATE KEY`"), "{}", said(locked));
}

#[test]
fn what_is_no_key_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let error = SigningKey::read(folder.path()).unwrap_err();
    assert!(matches!(error, ReadKeyError::NoFile(_)), "{error}");
    let path = folder.path().join("public.pem");
    fs::write(&path, OPENSSL_PUBLIC).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    let error = SigningKey::read(&path).unwrap_err();
    assert!(matches!(error, ReadKeyError::NoKey { .. }), "{error}");
    fs::write(&path, vec![b'x'; 20_000]).unwrap();
    let error = SigningKey::read(&path).unwrap_err();
    assert!(error.to_string().contains("has 20000 bytes (at most 16384)"), "{error}");
}
