//! The names that a pickle asks for: each is one finding, with the first call of it.

use crate::model::globals::Judged;
use crate::model::look::{Look, printable};
use crate::model::report::{Finding, Verdict};

/// What a name was asked for.
#[derive(Debug)]
struct Asked {
    full: String,
    verdict: Verdict,
    why: &'static str,
    offset: u64,
    opcode: &'static str,
    call: Option<String>,
    is_called: bool,
    /// Whether module and name could be those of something that can be imported.
    is_plausible: bool,
}

/// All that a pickle, or a file of them, asks for and that is not safe.
#[derive(Debug, Default)]
pub(super) struct Names {
    asked: Vec<Asked>,
    /// How many names were asked for at all, safe ones too.
    count: u64,
    /// Whether one of them is of pandas, and where a text stands by which that opens a file.
    is_of_pandas: bool,
    zone: Option<u64>,
    findings: Vec<Finding>,
}

/// More distinct names than are worth reading.
const MOST: usize = 1000;

impl Names {
    /// Whether a name was asked for at all, or anything called that is not known.
    pub(super) fn has_any(&self) -> bool {
        self.count > 0 || !self.findings.is_empty()
    }

    /// Whether a name was asked for that acts, or one called that is not known.
    pub(super) fn acts(&self) -> bool {
        self.asked.iter().any(|asked| asked.verdict == Verdict::Unsafe || asked.is_called)
    }

    /// Notes that a name was asked for.
    pub(super) fn ask(
        &mut self,
        (module, name): (&str, &str),
        judged: Judged,
        offset: u64,
        opcode: &'static str,
    ) {
        self.count += 1;
        self.is_of_pandas |= module == "pandas" || module.starts_with("pandas.");
        let (verdict, why) = match judged {
            Judged::Safe | Judged::Kept | Judged::Conditional(_) => return,
            Judged::Unknown => (Verdict::Unknown, "is on no list of what frameworks write"),
            Judged::Unsafe(why) => (Verdict::Unsafe, why),
        };
        self.add(
            &full_name(module, name),
            verdict,
            why,
            offset,
            opcode,
            is_plausible(module, name),
        );
    }

    /// Notes that a name that is safe otherwise was used as it must not be.
    pub(super) fn misuse(
        &mut self,
        full: &str,
        verdict: Verdict,
        why: &'static str,
        offset: u64,
        opcode: &'static str,
    ) {
        self.add(full, verdict, why, offset, opcode, true);
    }

    fn add(
        &mut self,
        full: &str,
        verdict: Verdict,
        why: &'static str,
        offset: u64,
        opcode: &'static str,
        is_plausible: bool,
    ) {
        let known = self.asked.iter_mut().find(|asked| asked.full == full);
        if let Some(known) = known {
            if verdict > known.verdict {
                (known.verdict, known.why) = (verdict, why);
            }
        } else if self.asked.len() < MOST
            || verdict == Verdict::Unsafe && self.asked.len() < 2 * MOST
        {
            let full = full.to_owned();
            self.asked.push(Asked {
                full,
                verdict,
                why,
                offset,
                opcode,
                call: None,
                is_called: false,
                is_plausible,
            });
        }
    }

    /// Notes how a name is called, the first time.
    pub(super) fn called(&mut self, full: &str, call: impl FnOnce() -> String) {
        let asked = self.asked.iter_mut().find(|asked| asked.full == full && !asked.is_called);
        if let Some(asked) = asked {
            asked.is_called = true;
            asked.call = Some(call());
        }
    }

    /// Notes something else that is not safe.
    pub(super) fn found(&mut self, finding: Finding) {
        let same =
            |known: &&Finding| known.code == finding.code && known.message == finding.message;
        if self.findings.len() < MOST && !self.findings.iter().any(|known| same(&known)) {
            self.findings.push(finding);
        }
    }

    /// Notes a text by which pandas opens a file.
    pub(super) fn zone(&mut self, offset: u64) {
        self.zone.get_or_insert(offset);
    }

    /// Hands everything over.
    pub(super) fn report(self, look: &mut Look) {
        if let Some(offset) = self.zone.filter(|_| self.is_of_pandas) {
            let message = "has a text `dateutil/…`, by which pandas reads a file as a time zone";
            look.found(Finding::new("model.pickle-call", Verdict::Unknown, message).at(offset));
        }
        for asked in self.asked {
            look.found(asked.finding("model.pickle-global"));
        }
        for finding in self.findings {
            look.found(finding);
        }
    }

    /// Hands over what was found by reading an array at `position` as instructions.
    ///
    /// Numbers are instructions by chance now and then; a name that could be one of a program is not.
    pub(super) fn hidden_in_an_array(self, look: &mut Look, position: u64) {
        for asked in self.asked {
            if asked.verdict == Verdict::Unsafe || asked.is_plausible && asked.is_called {
                let mut finding = asked.finding("model.pickle-hidden");
                finding.message.push_str(", hidden in what another reader takes for an array");
                finding.offset = finding.offset.map(|offset| position.saturating_add(offset));
                look.found(finding);
            }
        }
    }
}

impl Asked {
    fn finding(self, code: &str) -> Finding {
        let full = printable(&self.full);
        let asks = if self.is_called { "calls" } else { "imports" };
        let mut finding =
            Finding::new(code, self.verdict, format!("{asks} `{full}`, which {}", self.why))
                .at(self.offset)
                .of(full);
        finding.opcode = Some(self.opcode.to_owned());
        finding.call = self.call;
        finding
    }
}

/// Returns a name as a program would write it.
pub(super) fn full_name(module: &str, name: &str) -> String {
    format!("{module}.{name}")
}

/// Whether both are made of identifiers, of more than one letter where it is a module.
fn is_plausible(module: &str, name: &str) -> bool {
    let is_dotted = |text: &str| {
        text.split('.').all(|part| {
            let mut characters = part.chars();
            characters.next().is_some_and(|first| first == '_' || first.is_alphabetic())
                && characters.all(|character| character == '_' || character.is_alphanumeric())
        })
    };
    // What joblib writes before each array, and so what numbers read as instructions find in the memo.
    let is_of_joblib = ["subclass", "shape", "order", "dtype", "allow_mmap"].contains(&module);
    module.len() > 1 && !is_of_joblib && is_dotted(module) && is_dotted(name)
}
