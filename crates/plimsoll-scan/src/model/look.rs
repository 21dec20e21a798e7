//! A look at one file: what it may still cost, and what it has found.

use std::collections::BTreeSet;
use std::io::{self, Read};

use super::content::Content;
use super::report::{FileReport, Finding, Verdict};

/// How much one file may cost.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How deep archives and streams may lie in one another.
    pub depth: usize,
    /// How many bytes everything may unpack to, of all levels together; of a small file less, since what is
    /// unpacked lies on the disk.
    pub expanded: u64,
    /// How many members of archives are looked at.
    pub members: u64,
    /// How many instructions of pickles, objects of JSON and fields of other formats are looked at.
    pub steps: u64,
    /// How many findings of each verdict are kept.
    pub findings: usize,
}

/// How many times its own length a file may unpack to, beyond [`FREELY`]: weights come to a few times.
const RATIO: u64 = 32;

/// How many bytes any file may unpack to.
const FREELY: u64 = 1 << 30;

impl Limits {
    /// Returns the limits for a file of that length.
    pub(super) fn of_length(self, length: u64) -> Self {
        let most = length.saturating_mul(RATIO).saturating_add(FREELY);
        Self { expanded: self.expanded.min(most), ..self }
    }
}

impl Default for Limits {
    /// 64 GiB unpacked, a million members, two thousand million instructions (about a minute).
    fn default() -> Self {
        Self { depth: 8, expanded: 64 << 30, members: 1 << 20, steps: 2_000_000_000, findings: 100 }
    }
}

/// The limit was reached; a finding says so already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Exhausted;

/// What looking at one file has cost and found so far.
pub(crate) struct Look {
    limits: Limits,
    expanded: u64,
    members: u64,
    steps: u64,
    trail: Vec<String>,
    formats: Vec<String>,
    findings: Vec<Finding>,
    counts: [usize; 2],
    more: u64,
    worst: Verdict,
    exhausted: BTreeSet<&'static str>,
}

impl Look {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            limits,
            expanded: 0,
            members: 0,
            steps: 0,
            trail: Vec::new(),
            formats: Vec::new(),
            findings: Vec::new(),
            counts: [0; 2],
            more: 0,
            worst: Verdict::Safe,
            exhausted: BTreeSet::new(),
        }
    }

    /// Returns a look of its own for a second reading of the same bytes, which is short.
    pub(crate) fn second() -> Self {
        Self::new(Limits { depth: 1, expanded: 0, members: 0, steps: 1 << 21, findings: 8 })
    }

    /// Notes that the file, or what lies in it, was read as `format`.
    pub(crate) fn read_as(&mut self, format: &str) {
        if !self.formats.iter().any(|known| known == format) {
            self.formats.push(format.to_owned());
        }
    }

    /// Keeps a finding, at the place that is being looked at.
    pub(crate) fn found(&mut self, mut finding: Finding) {
        self.worst = self.worst.max(finding.verdict);
        if finding.member.is_none() && !self.trail.is_empty() {
            finding.member = Some(self.trail.join("!"));
        }
        let count = &mut self.counts[usize::from(finding.verdict == Verdict::Unsafe)];
        if *count < self.limits.findings {
            *count += 1;
            self.findings.push(finding);
        } else {
            self.more += 1;
        }
    }

    /// Keeps a finding of something that is not known to be safe.
    pub(crate) fn unknown(&mut self, code: &'static str, message: impl Into<String>) {
        self.found(Finding::new(code, Verdict::Unknown, message));
    }

    /// Keeps a finding of something that acts.
    pub(crate) fn acts(&mut self, code: &'static str, message: impl Into<String>) {
        self.found(Finding::new(code, Verdict::Unsafe, message));
    }

    /// Looks at something inside, called `name`.
    pub(crate) fn inside(&mut self, name: &str, look: impl FnOnce(&mut Self)) {
        if self.trail.len() >= self.limits.depth {
            let depth = self.limits.depth;
            self.exhaust("depth", format!("it is packed more than {depth} times into one another"));
            return;
        }
        self.trail.push(printable(name));
        look(self);
        self.trail.pop();
    }

    /// Counts a member of an archive.
    pub(crate) fn member(&mut self) -> Result<(), Exhausted> {
        self.members += 1;
        if self.members <= self.limits.members {
            return Ok(());
        }
        let most = self.limits.members;
        self.exhaust(
            "members",
            format!("it holds more than {most} members, of which no more are looked at"),
        );
        Err(Exhausted)
    }

    /// Counts instructions, objects, fields.
    pub(crate) fn steps(&mut self, count: u64) -> Result<(), Exhausted> {
        self.steps = self.steps.saturating_add(count);
        if self.steps <= self.limits.steps {
            return Ok(());
        }
        let most = self.limits.steps;
        self.exhaust("steps", format!("it takes more than {most} steps to read"));
        Err(Exhausted)
    }

    /// Counts unpacked bytes.
    pub(crate) fn unpacked(&mut self, bytes: u64) -> Result<(), Exhausted> {
        self.expanded = self.expanded.saturating_add(bytes);
        if self.expanded <= self.limits.expanded {
            return Ok(());
        }
        let most = self.limits.expanded;
        self.exhaust("expanded", format!("it unpacks to more than {most} bytes"));
        Err(Exhausted)
    }

    /// Unpacks a stream into something that can be read from anywhere: in memory while it is small, in a
    /// file without a name else.
    ///
    /// Returns what could be unpacked before an error, and the error; what a damaged stream begins with is
    /// still read by those who load it.
    pub(crate) fn unpack(
        &mut self,
        stream: &mut dyn Read,
    ) -> io::Result<(Content, Option<io::Error>)> {
        const IN_MEMORY: usize = 8 << 20;
        const PIECE: usize = 64 << 10;
        let mut held = Vec::new();
        let mut spilled = None;
        let mut piece = vec![0; PIECE];
        let broken = loop {
            let count = match stream.read(&mut piece) {
                Ok(0) => break None,
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => break Some(error),
            };
            if self.unpacked(count as u64).is_err() {
                break None;
            }
            match &mut spilled {
                None if held.len() + count <= IN_MEMORY => held.extend_from_slice(&piece[..count]),
                None => {
                    let mut file = tempfile::tempfile()?;
                    io::Write::write_all(&mut file, &held)?;
                    io::Write::write_all(&mut file, &piece[..count])?;
                    held = Vec::new();
                    spilled = Some(file);
                }
                Some(file) => io::Write::write_all(file, &piece[..count])?,
            }
        };
        let content = match spilled {
            Some(file) => Content::of_file(file)?,
            None => Content::of_bytes(held),
        };
        Ok((content, broken))
    }

    fn exhaust(&mut self, which: &'static str, message: String) {
        // Said once: every later step would say it again.
        if self.exhausted.insert(which) {
            self.unknown("model.too-large", message);
        }
    }

    pub(crate) fn report(self, path: &str) -> FileReport {
        let mut findings = self.findings;
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.verdict));
        FileReport {
            path: path.to_owned(),
            verdict: self.worst,
            formats: self.formats,
            findings,
            more: self.more,
        }
    }
}

/// Returns a name that somebody else chose, fit to be shown: no control characters, not too long.
pub(crate) fn printable(name: &str) -> String {
    const LONGEST: usize = 200;
    let mut shown: String = name.chars().take(LONGEST).flat_map(char::escape_debug).collect();
    if name.chars().nth(LONGEST).is_some() {
        shown.push('…');
    }
    shown
}
