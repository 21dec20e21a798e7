//! An object while it is being written.

use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::sync::Arc;

use plimsoll_core::Digest;
use rustix::fs::{FlockOperation, flock};
use tempfile::{NamedTempFile, TempPath};

use super::format::{Format, LEVEL};
use super::layout::Layout;

/// An object that has no name yet. Dropping it removes its file.
pub(super) struct Incoming {
    layout: Arc<Layout>,
    path: TempPath,
    sink: Sink,
    hasher: blake3::Hasher,
}

enum Sink {
    Raw(File),
    Zstd(zstd::stream::write::Encoder<'static, File>),
}

impl Incoming {
    /// Begins an object whose content begins with `head`, which is not written yet.
    pub(super) fn begin(layout: &Arc<Layout>, head: &[u8]) -> io::Result<Self> {
        let (mut file, path) = locked_file(layout)?.into_parts();
        let format = Format::for_content(head);
        file.write_all(&[format.byte()])?;
        let sink = match format {
            Format::Raw => Sink::Raw(file),
            Format::Zstd => Sink::Zstd(zstd::stream::write::Encoder::new(file, LEVEL)?),
        };
        Ok(Self { layout: layout.clone(), path, sink, hasher: blake3::Hasher::new() })
    }

    /// Writes the next part of the content.
    pub(super) fn write(&mut self, block: &[u8]) -> io::Result<()> {
        self.hasher.update(block);
        match &mut self.sink {
            Sink::Raw(file) => file.write_all(block),
            Sink::Zstd(encoder) => encoder.write_all(block),
        }
    }

    /// Gives the object its name, after which it is found and outlives a loss of power.
    pub(super) fn commit(self) -> io::Result<Digest> {
        let file = match self.sink {
            Sink::Raw(file) => file,
            Sink::Zstd(encoder) => encoder.finish()?,
        };
        let digest = Digest::from(self.hasher.finalize());
        if self.layout.touch(&digest)? {
            return Ok(digest);
        }
        file.sync_all()?;
        let target = self.layout.path(&digest).ok_or(io::ErrorKind::InvalidInput)?;
        let shard = target.parent().ok_or(io::ErrorKind::InvalidInput)?;
        match fs::create_dir(shard) {
            Ok(()) => File::open(self.layout.addressed())?.sync_all()?,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
        let naming = self.layout.lock(FlockOperation::LockShared)?;
        self.path.persist(&target)?;
        drop(naming);
        File::open(shard)?.sync_all()?;
        Ok(digest)
    }
}

/// Makes a file that says by its lock that somebody writes it.
fn locked_file(layout: &Layout) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    // Whoever opens it later may only read; this process keeps writing.
    builder.prefix("").permissions(Permissions::from_mode(0o444));
    loop {
        let file = builder.tempfile_in(layout.incoming())?;
        flock(&file, FlockOperation::LockExclusive)?;
        // Between the two lines above it looked left behind, and may have been removed.
        if file.as_file().metadata()?.nlink() > 0 {
            return Ok(file);
        }
    }
}
