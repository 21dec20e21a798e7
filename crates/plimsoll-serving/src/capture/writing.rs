//! The thread that writes.

use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use plimsoll_core::Timestamp;
use plimsoll_data::capture::{OpenCapturesError, Writer, WriterSettings};

use super::columns::Columns;
use super::{Capture, PAUSE, Recorded};
use crate::settings::{CaptureSettings, Clock};

/// How often what is written is brought to the disk.
const TICK: Duration = Duration::from_millis(500);

/// Opens the captures, and says what earlier processes left.
pub(super) fn open(
    settings: &CaptureSettings,
    (id, time): (Option<String>, Option<String>),
    now: Timestamp,
) -> Result<Writer, OpenCapturesError> {
    let writer = WriterSettings {
        variant: settings.variant.clone(),
        id,
        time,
        instance: settings.instance.clone(),
    };
    let (writer, recovered) = Writer::open(&settings.folder, writer, now)?;
    if recovered.journals > 0 {
        tracing::info!(
            journals = recovered.journals,
            rows = recovered.rows,
            torn = recovered.torn_records,
            "brought in captures that an earlier process left"
        );
    }
    Ok(writer)
}

/// Writes until told to end, and returns how many rows were taken over that the disk did not take
/// by then.
pub(super) fn write(queue: &Capture, mut writer: Writer, clock: &Clock) -> u64 {
    let mut columns = Columns::default();
    let mut unsaved = 0;
    let mut waiting = Vec::new();
    let mut ticked = Instant::now();
    let mut lost = 0;
    loop {
        let ending = queue.ending.load(Ordering::Acquire);
        queue.take(&mut waiting);
        for (recorded, size) in waiting.drain(..) {
            unsaved += append(queue, &mut writer, &mut columns, recorded);
            queue.bytes.fetch_sub(size, Ordering::Relaxed);
        }
        if ending {
            break;
        }
        if ticked.elapsed() >= TICK {
            ticked = Instant::now();
            let now_lost = queue.metrics.lost.get();
            if tick(queue, &mut writer, clock(), now_lost == lost) == 0 {
                unsaved = 0;
            }
            lost = now_lost;
        }
        thread::park_timeout(PAUSE);
    }
    match writer.close() {
        Ok(()) => 0,
        Err(error) => {
            let waiting = error.waiting();
            tracing::error!(%error, waiting, "the last captures were not written");
            if waiting == 0 { 0 } else { unsaved }
        }
    }
}

/// Brings to the disk what was written, and returns how many records wait for it; trouble is told
/// once, until there is none and nothing is lost any more.
fn tick(queue: &Capture, writer: &mut Writer, now: Timestamp, all_kept: bool) -> u64 {
    match writer.tick(now) {
        Ok(()) if !all_kept => 0,
        Ok(()) => {
            queue.losing.store(false, Ordering::Relaxed);
            0
        }
        Err(error) => {
            if !queue.losing.swap(true, Ordering::Relaxed) {
                tracing::warn!(%error, "captures cannot be written now; it is tried again");
            }
            error.waiting()
        }
    }
}

/// Returns how many rows the journal took over.
fn append(queue: &Capture, writer: &mut Writer, columns: &mut Columns, recorded: Recorded) -> u64 {
    let rows = recorded.answered.rows;
    match writer.append(columns.record(recorded)) {
        Ok(()) => {
            let rows = u64::try_from(rows).unwrap_or(u64::MAX);
            queue.metrics.recorded.inc_by(rows);
            rows
        }
        Err(error) => {
            queue.lose(rows, &error.to_string());
            0
        }
    }
}
