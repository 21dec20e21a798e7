//! Ports that keep everything in one folder, so that a killed process leaves what it wrote.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Read, Seek, SeekFrom, Write};
use std::num::NonZeroU32;
use std::ops::Range;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use plimsoll_core::event::{Output, OutputKind, Recorded, RunEvent};
use plimsoll_core::evidence::{
    Baseline, CheckState, Compared, Comparison, EVALUATION, Evaluation, Interval, Measured, Metric,
    Part, Scanned, VALIDATION, Validation,
};
use plimsoll_core::ports::{
    AppendError, CacheEntry, ChampionModel, Content, Damaged, EvaluateRequest, FileMode, Looks,
    Measure, MeasureError, ObjectStore, OpenError, PutError, Reaching, ReadError, RegistryError,
    ResolveError, RestoreError, RunRow, Runs, ScanRequest, ValidateRequest,
};
use plimsoll_core::record::RunRecord;
use plimsoll_core::{Code, Digest, Finding, ModelName, RunId, Severity, Timestamp};
use plimsoll_engine::run::Clock;
use tokio::io::AsyncReadExt;

/// Objects as files named by their digests.
pub(crate) struct Objects(pub PathBuf);

impl Objects {
    pub(crate) fn path(&self, digest: &Digest) -> PathBuf {
        self.0.join(digest.hex())
    }
}

#[async_trait]
impl ObjectStore for Objects {
    async fn put(&self, content: &mut Content) -> Result<Digest, PutError> {
        let mut bytes = Vec::new();
        content.read_to_end(&mut bytes).await.map_err(PutError::Content)?;
        let digest = Digest::blake3(&bytes);
        let place = self.0.display().to_string();
        let refused = |source| PutError::Store { place: place.clone(), source };
        fs::create_dir_all(&self.0).map_err(refused)?;
        let temporary = tempfile::NamedTempFile::new_in(&self.0).map_err(refused)?;
        fs::write(temporary.path(), bytes).map_err(refused)?;
        temporary.persist(self.path(&digest)).map_err(|error| refused(error.error))?;
        Ok(digest)
    }

    async fn put_file(&self, path: &Path) -> Result<Digest, PutError> {
        let bytes = fs::read(path).map_err(PutError::Content)?;
        self.put(&mut Cursor::new(bytes)).await
    }

    async fn open(
        &self,
        digest: &Digest,
        _: Option<Range<u64>>,
    ) -> Result<Box<Content>, OpenError> {
        let bytes = fs::read(self.path(digest)).map_err(|_| OpenError::Missing(*digest))?;
        if Digest::blake3(&bytes) != *digest {
            return Err(Damaged { expected: *digest, problem: "other bytes".to_owned() }.into());
        }
        Ok(Box::new(Cursor::new(bytes)))
    }

    async fn contains(&self, digest: &Digest) -> Result<bool, OpenError> {
        Ok(self.path(digest).exists())
    }

    async fn restore(
        &self,
        digest: &Digest,
        path: &Path,
        mode: FileMode,
    ) -> Result<(), RestoreError> {
        let mut bytes = Vec::new();
        self.open(digest, None).await?.read_to_end(&mut bytes).await.unwrap();
        let mode = if mode == FileMode::Executable { 0o755 } else { 0o644 };
        let write = || {
            fs::write(path, bytes)?;
            fs::set_permissions(path, fs::Permissions::from_mode(mode))
        };
        write().map_err(|source| RestoreError::File { path: path.to_owned(), source })
    }
}

/// Logs as files of JSON. Each append counts, and may be the last thing that the process does.
pub(crate) struct Logs {
    folder: PathBuf,
    /// After how many events the process kills itself.
    pub kill_after: Option<u64>,
    events: AtomicU64,
    /// How many times each method was called.
    pub appends: AtomicU64,
    pub questions: AtomicU64,
    writing: Mutex<()>,
    /// What was read of each file, and how far that reaches.
    read: Mutex<BTreeMap<RunId, (u64, Vec<Recorded>)>>,
}

impl Logs {
    pub(crate) fn new(folder: PathBuf) -> Self {
        let (events, appends, questions) = (0.into(), 0.into(), 0.into());
        let (writing, read) = (Mutex::default(), Mutex::default());
        Self { folder, kill_after: None, events, appends, questions, writing, read }
    }

    /// Looks at the events of `run`, reading only what was added since the last time.
    fn look<T>(&self, run: &RunId, at: impl FnOnce(&[Recorded]) -> T) -> T {
        let mut read = self.read.lock().unwrap();
        let (reached, log) = read.entry(*run).or_default();
        if let Ok(mut file) = fs::File::open(self.folder.join(run.to_string())) {
            file.seek(SeekFrom::Start(*reached)).unwrap();
            let mut text = String::new();
            file.read_to_string(&mut text).unwrap();
            *reached += text.len() as u64;
            log.extend(text.lines().map(|line| serde_json::from_str::<Recorded>(line).unwrap()));
        }
        at(log)
    }

    fn read(&self, run: &RunId) -> Vec<Recorded> {
        self.look(run, <[Recorded]>::to_vec)
    }

    fn runs(&self) -> Vec<RunId> {
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
    }

    /// Returns every log, the newest first.
    pub(crate) fn all(&self) -> Vec<(RunId, Vec<Recorded>)> {
        let mut logs: Vec<_> = self.runs().into_iter().map(|run| (run, self.read(&run))).collect();
        logs.sort_by_key(|(run, log)| std::cmp::Reverse((log[0].at, *run)));
        logs
    }

    fn write(&self, run: &RunId, added: &[Recorded]) {
        fs::create_dir_all(&self.folder).unwrap();
        let lines = added.iter().map(|one| serde_json::to_string(one).unwrap() + "\n");
        let path = self.folder.join(run.to_string());
        let mut file = fs::File::options().append(true).create(true).open(path).unwrap();
        file.write_all(lines.collect::<String>().as_bytes()).unwrap();
    }
}

/// A ledger of test sets in memory.
#[derive(Default)]
pub(crate) struct Ledger(Mutex<Vec<(ModelName, Digest, Digest)>>);

#[async_trait]
impl Looks for Ledger {
    async fn look(
        &self,
        model: &ModelName,
        on: &Digest,
        artifact: &Digest,
        _at: Timestamp,
    ) -> Result<NonZeroU32, RegistryError> {
        let mut all = self.0.lock().unwrap();
        let entry = (model.clone(), *on, *artifact);
        if !all.contains(&entry) {
            all.push(entry.clone());
        }
        let mut of_set = all.iter().filter(|(of, rows, _)| of == model && rows == on);
        let before = of_set.position(|known| *known == entry).unwrap();
        Ok(NonZeroU32::new(u32::try_from(before).unwrap() + 1).unwrap())
    }
}

fn evidence(digest: Digest) -> Vec<Output> {
    let path = "evidence".parse().unwrap();
    vec![Output { path, digest, bytes: 0, kind: OutputKind::File }]
}

#[async_trait]
impl Runs for Logs {
    async fn append(
        &self,
        run: &RunId,
        next: u64,
        at: Timestamp,
        events: &[RunEvent],
    ) -> Result<(), AppendError> {
        let _writing = self.writing.lock().unwrap();
        self.appends.fetch_add(1, Ordering::Relaxed);
        if self.look(run, <[Recorded]>::len) as u64 + 1 != next {
            return Err(AppendError::Conflict { run: *run, next });
        }
        let mut added = Vec::new();
        for (what, sequence) in events.iter().cloned().zip(next..) {
            added.push(Recorded { sequence, at, what });
            let count = self.events.fetch_add(1, Ordering::Relaxed) + 1;
            // A kill may fall between any two.
            if self.kill_after == Some(count) {
                self.write(run, &added);
                let own = rustix::process::getpid();
                rustix::process::kill_process(own, rustix::process::Signal::KILL).unwrap();
            }
        }
        self.write(run, &added);
        Ok(())
    }

    async fn events(&self, run: &RunId) -> Result<Vec<Recorded>, ReadError> {
        Ok(self.read(run))
    }

    async fn list(&self, model: Option<&ModelName>, limit: u32) -> Result<Vec<RunRow>, ReadError> {
        let rows = self.all().into_iter().filter_map(|(run, log)| row(run, &log));
        let of_model = rows.filter(|row| model.is_none_or(|model| row.model == *model));
        Ok(of_model.take(limit as usize).collect())
    }

    async fn unfinished(
        &self,
        model: &ModelName,
        repository: &str,
    ) -> Result<Vec<RunRow>, ReadError> {
        let rows = self.list(Some(model), u32::MAX).await?;
        let open = |row: &RunRow| row.end.is_none() && row.repository == repository;
        Ok(rows.into_iter().filter(open).collect())
    }

    async fn resolve(&self, prefix: &str) -> Result<RunId, ResolveError> {
        Err(ResolveError::Unknown(prefix.to_owned()))
    }

    async fn cached(&self, keys: &[Digest]) -> Result<BTreeMap<Digest, CacheEntry>, ReadError> {
        self.questions.fetch_add(1, Ordering::Relaxed);
        let mut found = BTreeMap::new();
        for run in self.runs() {
            self.look(&run, |log| {
                for recorded in log {
                    let known = remembered(&recorded.what).filter(|(key, ..)| keys.contains(key));
                    if let Some((key, outputs, metrics)) = known {
                        let entry = CacheEntry { run, outputs, metrics };
                        found.insert(*key, entry);
                    }
                }
            });
        }
        Ok(found)
    }
}

/// Returns what an event makes known: the key, what was written, and its numbers.
fn remembered(event: &RunEvent) -> Option<(&Digest, Vec<Output>, BTreeMap<String, f64>)> {
    match event {
        RunEvent::StepSucceeded { key, outputs, metrics, .. } => {
            Some((key, outputs.clone(), metrics.clone()))
        }
        RunEvent::DataValidated { key, evidence: digest, from_run: None, .. } => {
            Some((key, evidence(*digest), BTreeMap::new()))
        }
        RunEvent::Evaluated { key, evidence: digest, metrics, from_run: None } => {
            Some((key, evidence(*digest), metrics.clone()))
        }
        _ => None,
    }
}

fn row(run: RunId, log: &[Recorded]) -> Option<RunRow> {
    let record = RunRecord::of(run, log)?;
    Some(RunRow {
        id: run,
        model: record.start.project.model.clone(),
        repository: record.start.repository.clone(),
        commit: None,
        dirty: false,
        started: record.started,
        finished: None,
        end: record.end,
        answer: record.verdict.map(|(_, answer)| answer),
        plan: record.start.plan,
        last: log.len() as u64,
        metrics: record.metrics(),
        evidence: record.evaluation.map(|(digest, _)| digest),
    })
}

/// Finds data valid unless `bad` is in them; a model is as wrong as the number in its file says.
#[derive(Default)]
pub(crate) struct Scales {
    pub validations: AtomicU64,
    pub evaluations: AtomicU64,
    /// Each test set that was measured on.
    pub measured_on: Mutex<Vec<String>>,
}

impl Measure for Scales {
    fn identity(&self) -> String {
        "scales 1".to_owned()
    }

    fn validate(&self, request: &ValidateRequest) -> Result<Validation, MeasureError> {
        self.validations.fetch_add(1, Ordering::Relaxed);
        let text = fs::read_to_string(&request.path).unwrap();
        let found = text
            .contains("bad")
            .then(|| Finding::new(Code::of("data.bad"), Severity::Error, "it says that it is bad"));
        Ok(Validation {
            schema: VALIDATION.to_owned(),
            dataset: request.digest,
            against: request.schema.as_ref().map(|schema| schema.digest),
            rows: text.lines().count() as u64,
            findings: found.into_iter().collect(),
        })
    }

    fn scan(&self, request: &ScanRequest) -> Scanned {
        let way = |reaching: &Reaching| {
            let steps: Vec<String> = reaching.through.iter().map(ToString::to_string).collect();
            format!("{} by {}", reaching.name, steps.join(" > "))
        };
        let model = request.model.as_ref().map(|model| fs::read_to_string(&model.path).unwrap());
        let bad = model.iter().filter(|text| text.contains("evil")).map(|_| {
            Finding::new(Code::of("model.pickle-global"), Severity::Error, "it would act")
        });
        Scanned {
            state: CheckState::Answered,
            summary: request.lineage.iter().map(way).collect::<Vec<_>>().join(", "),
            count: 1,
            findings: bad.collect(),
            ..Scanned::failed(request.scan, String::new(), None)
        }
    }

    fn evaluate(&self, request: &EvaluateRequest) -> Result<Evaluation, MeasureError> {
        self.evaluations.fetch_add(1, Ordering::Relaxed);
        let text = fs::read_to_string(&request.predictor).unwrap();
        let value: f64 = text.trim().parse().map_err(|_| MeasureError {
            message: format!("`{}` predicts nothing", text.trim()),
            next: Some("write a number".to_owned()),
        })?;
        let on = fs::read_to_string(&request.on).unwrap();
        assert_eq!(Digest::blake3(on.as_bytes()), request.on_digest);
        self.measured_on.lock().unwrap().push(on);
        let interval = Interval {
            low: value - 0.01,
            high: value + 0.01,
            level: 0.95,
            method: "given".to_owned(),
            approximate: None,
        };
        let measured = Measured {
            metric: Metric::Wape,
            value: Some(value),
            interval: Some(interval),
            reason: None,
        };
        Ok(Evaluation {
            schema: EVALUATION.to_owned(),
            task: request.task,
            model: request.predictor_digest,
            on: request.on_digest,
            target: request.evaluate.target.clone(),
            block: None,
            look: Some(request.look),
            runtime: None,
            overall: Part { rows: 1000, blocks: None, condition: None, metrics: vec![measured] },
            slices: BTreeMap::new(),
            baseline: Baseline { name: "none".to_owned(), metrics: BTreeMap::new() },
            comparison: request.champion.as_ref().map(compare),
            findings: Vec::new(),
            checks: Vec::new(),
            weak: None,
            weak_failed: None,
            spent: None,
            plots: Vec::new(),
        })
    }
}

fn compare(champion: &ChampionModel) -> Comparison {
    let text = fs::read_to_string(&champion.predictor).unwrap();
    let gain = Compared {
        metric: Metric::Wape,
        champion: text.trim().parse().ok(),
        challenger: None,
        gain: None,
        interval: None,
        reason: Some("not counted".to_owned()),
    };
    Comparison { champion: champion.run, model: champion.digest, metrics: vec![gain] }
}

/// A clock that runs backwards, which must do no harm.
pub(crate) struct Backwards(pub AtomicU64);

impl Clock for Backwards {
    fn now(&self) -> Timestamp {
        let ticks = self.0.fetch_add(1, Ordering::Relaxed);
        Timestamp::from_millis(i64::MAX - i64::try_from(ticks).unwrap())
    }
}

/// The clock on the wall.
pub(crate) struct Wall;

impl Clock for Wall {
    fn now(&self) -> Timestamp {
        #[expect(clippy::disallowed_methods, reason = "this is where tests get their clock")]
        let now = std::time::SystemTime::now();
        let since = now.duration_since(std::time::UNIX_EPOCH).unwrap();
        Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap())
    }
}
