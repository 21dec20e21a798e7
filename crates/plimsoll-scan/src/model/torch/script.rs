//! Programs of `TorchScript`, which `PyTorch`'s own interpreter runs: they can do what operators can.

use std::collections::BTreeSet;

use crate::model::content::Content;
use crate::model::look::{Look, printable};
use crate::model::report::{Finding, Verdict};

/// Namespaces of operators that come with `PyTorch` and only compute.
const COMPUTING: &[&str] =
    &["aten", "prim", "prims", "quantized", "quantized_decomposed", "_caffe2"];

/// Operators that reach files.
const REACHING: &[&str] = &["from_file", "save", "load", "_save", "_load", "load_library", "open"];

/// Libraries of classes that come with `PyTorch` and hold weights.
const HOLDING: &[&str] = &["quantized", "sparse"];

/// Where classes are that are written in another language than `TorchScript`: some of them open files and
/// connections when they are made (`dist_c10d.TCPStore`).
const CLASSES: &str = "__torch__.torch.classes";

/// Whether a name in a pickle is that of a class which is not written in the archive, and not known.
pub(in crate::model) fn is_foreign(full: &str) -> bool {
    let Some(rest) = full.strip_prefix(CLASSES) else { return false };
    !HOLDING.contains(&rest.trim_start_matches('.').split('.').next().unwrap_or_default())
}

/// Largest program that is read.
const LARGEST: u64 = 64 << 20;

pub(super) fn look(content: &Content, look: &mut Look) {
    look.read_as("torchscript");
    if content.length() > LARGEST {
        look.unknown("model.too-large", format!("the program is larger than {LARGEST} bytes"));
        return;
    }
    let bytes = content.head(usize::try_from(LARGEST).unwrap_or(0)).unwrap_or_default();
    let Ok(text) = String::from_utf8(bytes) else {
        look.unknown("model.unreadable", "the program is no text");
        return;
    };
    for name in names(&text) {
        judge(within(&name), look);
    }
}

/// Returns a name without what cannot be a part of one: numbers (`1.`) and dots (`...`), behind which the end of
/// a line ends the statement, so that another one begins there.
fn within(name: &str) -> &str {
    let is_no_name = |part: &str| part.is_empty() || part.starts_with(|it: char| it.is_numeric());
    let mut rest = name;
    while let Some((part, after)) = rest.split_once('.') {
        if !is_no_name(part) {
            break;
        }
        rest = after;
    }
    rest
}

fn judge(name: &str, look: &mut Look) {
    let mut parts = name.split('.');
    let first = parts.next().unwrap_or_default();
    let shown = printable(name);
    if is_foreign(name) || [CLASSES, "__torch__.torch", "__torch__"].contains(&name) {
        let message = format!("names `{shown}`, which is not written in the archive");
        let finding = Finding::new("model.custom-operator", Verdict::Unknown, message);
        return look.found(finding.of(shown));
    }
    if !["ops", "torch"].contains(&first) {
        return;
    }
    let (second, third) = (parts.next(), parts.next());
    let last = name.rsplit('.').next().unwrap_or_default();
    let (code, verdict, message) = if REACHING.contains(&last) {
        ("model.operator", Verdict::Unsafe, format!("calls `{shown}`, which reaches files"))
    } else if last.starts_with("rpc_") {
        ("model.operator", Verdict::Unsafe, format!("calls `{shown}`, which reaches the network"))
    } else if second.is_none() || first == "ops" && third.is_none() {
        // Under another name it could be any operator.
        let message = format!("hands on `{shown}`, whose operators can then not be told");
        ("model.custom-operator", Verdict::Unknown, message)
    } else if first == "ops" && !COMPUTING.contains(&second.unwrap_or_default()) {
        let message = format!("calls `{shown}`, an operator that does not come with PyTorch");
        ("model.custom-operator", Verdict::Unknown, message)
    } else {
        return;
    };
    look.found(Finding::new(code, verdict, message).of(shown));
}

/// Returns the dotted names of a program, each once: blanks, the ends of lines and comments may stand beside a
/// dot, and texts are none.
fn names(text: &str) -> BTreeSet<String> {
    let is_part = |it: char| it == '_' || it.is_alphanumeric();
    let mut names = BTreeSet::new();
    let mut name = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = if is_part(first) {
            let length = rest.find(|it| !is_part(it)).unwrap_or(rest.len());
            if !name.is_empty() && !name.ends_with('.') {
                names.insert(std::mem::take(&mut name));
            }
            name.push_str(&rest[..length]);
            length
        } else if first == '.' {
            name.push('.');
            1
        } else if first.is_whitespace() || first == '\\' {
            first.len_utf8()
        } else if first == '#' {
            rest.find('\n').unwrap_or(rest.len())
        } else {
            names.insert(std::mem::take(&mut name));
            if first == '"' || first == '\'' { quoted(rest) } else { first.len_utf8() }
        };
        rest = rest.get(length..).unwrap_or_default();
    }
    names.insert(name);
    names
}

/// Returns how many bytes the text takes that begins here, in quotes; of one that does not end only the quote,
/// so that nothing is left out.
fn quoted(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let quote = bytes.first().copied().unwrap_or_default();
    let triple = [quote; 3];
    // Three quotes are one, and end at three of them.
    let width = if bytes.starts_with(&triple) { 3 } else { 1 };
    let mut is_escaped = false;
    for at in width..bytes.len() {
        match bytes.get(at..) {
            _ if is_escaped => is_escaped = false,
            Some([b'\\', ..]) => is_escaped = true,
            Some([b'\n', ..]) if width == 1 => return width,
            Some(rest) if rest.starts_with(&triple[..width]) => return at + width,
            _ => {}
        }
    }
    width
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(line: &str) -> Verdict {
        let code = format!("class Net(Module):\n  def f(self, x: Tensor) -> Tensor:\n    {line}\n");
        let mut report = Look::new(crate::model::Limits::default());
        look(&Content::of_bytes(code.into_bytes()), &mut report);
        report.report("x").verdict
    }

    #[test]
    fn operators_are_told_however_they_are_written() {
        for line in [
            "return torch.relu(x)",
            "return (self.fc1).forward(torch.add(x, 1), )",
            "_0 = uninitialized(Tensor)",
            "return ops.prim.NumToTensor(torch.size(x, 0))",
            "raise AssertionError(\"torch is not ops . load\")",
            "_1 = __torch__.torch.nn.modules.linear.Linear",
            "_2 = __torch__.torch.classes.quantized.LinearPackedParamsBase",
            "_3 = torch.mul(x, 1.)\n    _4 = torch.add(x, 2.5e-1)",
            "raise AssertionError(\"\"\"torch.save is \"not\"\n called\"\"\")",
        ] {
            assert_eq!(verdict(line), Verdict::Safe, "{line}");
        }
        for line in [
            "return torch.from_file(\"x\")",
            "return torch . from_file(\"x\")",
            "return torch.\\\n  from_file(\"x\")",
            "return (torch. # a comment\n  from_file)(\"x\")",
            "return ops.aten.from_file(\"x\")",
            "return ops.prim.rpc_sync(\"x\")",
            "_0 = 1.\n    torch.save(x, \"/tmp/x\")",
            "_0 = 1e5.\n    torch.save(x, \"/tmp/x\")",
            "...\n    torch.save(x, \"/tmp/x\")",
            "_0 = (\"\"\"a\"b\"\"\", torch.from_file(\"/etc/passwd\", False, 10))",
            "_0 = '''it's\n''' + torch.from_file(\"x\")",
            "_0 = \"\"\"never ends, torch.from_file(\"x\")",
        ] {
            assert_eq!(verdict(line), Verdict::Unsafe, "{line}");
        }
        for line in [
            "a = torch",
            "a = ops.aten",
            "b = ops",
            "return ops.my_lib.run(x)",
            "s = __torch__.torch.classes.dist_c10d.TCPStore(\"host\", 80, 1, False, 1)",
            "c = __torch__.torch.classes",
            "t = __torch__ . torch\n    s = t.classes.dist_c10d.FileStore(\"x\", 1)",
            "raise AssertionError(\"a quote\n a = torch",
            "_0 = 1.\n    __torch__.torch.classes.dist_c10d.TCPStore(\"h\", 80, 1, False, 1)",
        ] {
            assert_eq!(verdict(line), Verdict::Unknown, "{line}");
        }
    }
}
