use std::path::Path;

use super::*;
use crate::model::scan;

fn fixture(name: &str) -> Content {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name);
    Content::of_file(std::fs::File::open(path).unwrap()).unwrap()
}

fn converted(content: &Content) -> Result<Vec<u8>, String> {
    let report = scan("it", content, Limits::default());
    let tensors = Tensors::of(content, &report, "it").map_err(|error| error.to_string())?;
    let mut bytes = Vec::new();
    tensors.write(&mut bytes).unwrap();
    Ok(bytes)
}

#[test]
fn a_state_dict_becomes_what_safetensors_itself_writes() {
    // Written by torch 2.15 (`torch.save`) and by safetensors 0.8 (`save_file`) of the same tensors: ten kinds of
    // numbers, a view, a parameter, a scalar, none at all.
    let written = converted(&fixture("convert/state.pt")).unwrap();
    let expected = fixture("convert/state.safetensors");
    let expected = expected.read_at(0, 1 << 20).unwrap();
    assert_eq!(written, expected);
    let report = scan("x", &Content::of_bytes(written), Limits::default());
    assert_eq!((report.verdict, report.formats), (Verdict::Safe, vec!["safetensors".to_owned()]));
}

#[test]
fn arrays_become_tensors() {
    let written = converted(&fixture("convert/arrays.npz")).unwrap();
    let expected = fixture("convert/arrays.safetensors").read_at(0, 1 << 20).unwrap();
    assert_eq!(written, expected);
}

#[test]
fn what_is_more_than_tensors_is_refused() {
    for (name, why) in [
        ("convert/checkpoint.pt", "`model` in it is no plain tensor"),
        ("convert/module.pt", "it holds more than tensors (NEWOBJ)"),
        (
            "convert/across.pt",
            "the numbers of a tensor do not lie in a row: `.contiguous()` makes them",
        ),
        ("convert/complex.pt", "safetensors has no numbers of `torch.ComplexFloatStorage`"),
        ("convert/columns.npy", "`it`: its columns come first"),
        (
            "attacks/zip_two_ends.pt",
            "only files that are safe are converted, and this one is unsafe",
        ),
        ("attacks/legacy.pt", "tensors are read of PyTorch's and NumPy's files only"),
        ("attacks/script_lists.pt", "tensors are read of PyTorch's and NumPy's files only"),
    ] {
        assert_eq!(converted(&fixture(name)).unwrap_err(), why, "{name}");
    }
}

#[test]
fn a_tensor_never_reaches_beyond_its_storage() {
    let whole = fixture("convert/state.pt").read_at(0, 1 << 20).unwrap();
    for at in (0..whole.len()).step_by(31) {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x41;
        // It ends in an answer, whatever is wrong.
        _ = converted(&Content::of_bytes(damaged));
    }
}
