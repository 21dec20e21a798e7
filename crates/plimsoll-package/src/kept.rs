//! Layers that were compressed before.
//!
//! Base, runtime and program are the same from one version of a model to the next, and compressing them is
//! nearly all of what a package costs. Nothing here is believed: a layer counts only if it unpacks to the bytes
//! that it stands for, and what cannot be read or kept is compressed anew.

use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use plimsoll_core::Digest;

use crate::compress::{Compression, decompressed};
use crate::document::Descriptor;
use crate::hashed::hash;
use crate::layout::Layout;

/// How many are kept; those of four programs in both ways of compressing.
const MOST: usize = 24;

/// A number of the settings that layers are compressed with, so that others find nothing of these.
const SETTINGS: u32 = 1;

/// A folder of layers, each named by what it unpacks to.
#[derive(Clone, Debug)]
pub struct KeptLayers {
    folder: PathBuf,
}

impl KeptLayers {
    /// Keeps layers in `folder`, which need not be there yet.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    fn file_of(&self, unpacked: &Digest, compression: Compression) -> PathBuf {
        self.folder.join(format!("{}-{SETTINGS}.{compression}", unpacked.hex()))
    }

    /// Copies the layer that unpacks to `unpacked` into `layout`; `None` where none is kept.
    pub(crate) fn take(
        &self,
        unpacked: &Digest,
        compression: Compression,
        layout: &Layout,
    ) -> Option<Descriptor> {
        let kept = self.file_of(unpacked, compression);
        let mut file = File::open(&kept).ok()?;
        let media_type = compression.media_type();
        // The copy is looked at: the file may be another one by now. What is no layer hashes to nothing.
        let is_it = |copy: File| {
            let found = decompressed(media_type, copy).and_then(hash);
            Ok(found.is_ok_and(|(digest, _)| digest == *unpacked))
        };
        let put = |to: &mut dyn Write| io::copy(&mut file, to).map(drop);
        let blob = layout.blob_if(media_type, put, is_it).ok()?;
        if blob.is_none() {
            _ = fs::remove_file(kept);
        }
        blob
    }

    /// Keeps the layer `blob`, which unpacks to `unpacked`, and lets the oldest go.
    pub(crate) fn keep(&self, blob: &Path, unpacked: &Digest, compression: Compression) {
        let put = || -> io::Result<()> {
            fs::create_dir_all(&self.folder)?;
            let mut file = tempfile::Builder::new()
                .permissions(Permissions::from_mode(0o600))
                .tempfile_in(&self.folder)?;
            io::copy(&mut File::open(blob)?, &mut file)?;
            file.persist(self.file_of(unpacked, compression)).map_err(|error| error.error)?;
            self.tidy()
        };
        // A package without a kept layer is a package all the same.
        _ = put();
    }

    fn tidy(&self) -> io::Result<()> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            files.push((entry.metadata()?.modified()?, entry.path()));
        }
        files.sort();
        let over = files.len().saturating_sub(MOST);
        files.into_iter().take(over).try_for_each(|(_, path)| fs::remove_file(path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::{Layer, LayerKind};
    use crate::tree::{Content, Tree};

    fn written(kept: Option<&KeptLayers>, text: &[u8]) -> Descriptor {
        let folder = tempfile::tempdir().unwrap();
        let mut layout = Layout::begin_in(folder.path()).unwrap();
        if let Some(kept) = kept {
            layout = layout.keeping(kept.clone());
        }
        let mut tree = Tree::default();
        tree.file("etc/text", Content::bytes(text.to_vec()));
        let layer = Layer::write(LayerKind::Base, &tree, Compression::Gzip, &layout).unwrap();
        assert!(layout.file_of(&layer.descriptor.digest).exists());
        assert_eq!(fs::read_dir(layout.folder().join("blobs/sha256")).unwrap().count(), 1);
        layer.descriptor
    }

    #[test]
    fn a_layer_that_is_kept_is_taken_if_it_unpacks_to_the_same_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let kept = KeptLayers::new(folder.path().join("layers"));
        let made = written(None, b"some text");
        assert_eq!(written(Some(&kept), b"some text"), made);
        let names = || -> Vec<PathBuf> {
            let entries = fs::read_dir(folder.path().join("layers")).unwrap();
            entries.map(|entry| entry.unwrap().path()).collect()
        };
        let [file] = <[PathBuf; 1]>::try_from(names()).unwrap();
        assert_eq!(written(Some(&kept), b"some text"), made);
        // The same bytes, compressed by somebody else: this shows that it is taken.
        let mut other = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::none());
        let mut whole = Vec::new();
        let mut reader = decompressed(&made.media_type, File::open(&file).unwrap()).unwrap();
        reader.read_to_end(&mut whole).unwrap();
        other.write_all(&whole).unwrap();
        fs::write(&file, other.finish().unwrap()).unwrap();
        assert_ne!(written(Some(&kept), b"some text").digest, made.digest);
        // What is damaged, or another layer under this name, is made anew.
        for bad in [&b"no gzip"[..], &[]] {
            fs::write(&file, bad).unwrap();
            assert_eq!(written(Some(&kept), b"some text"), made);
        }
        let before = fs::read(&file).unwrap();
        let another = written(Some(&kept), b"other text");
        assert_ne!(another.digest, made.digest);
        let theirs = names().into_iter().find(|name| *name != file).unwrap();
        fs::write(&theirs, before).unwrap();
        assert_eq!(written(Some(&kept), b"other text"), another);
    }

    #[test]
    fn a_layer_under_the_name_of_another_takes_none_out_of_the_image() {
        let folder = tempfile::tempdir().unwrap();
        let kept = KeptLayers::new(folder.path().join("layers"));
        let layout = Layout::begin_in(folder.path()).unwrap().keeping(kept.clone());
        let write = |kind, text: &str| {
            let mut tree = Tree::default();
            tree.file("etc/text", Content::bytes(text.into()));
            Layer::write(kind, &tree, Compression::Gzip, &layout).unwrap()
        };
        let one = write(LayerKind::Base, "one");
        let of = |layer: &Layer| kept.file_of(&layer.unpacked, Compression::Gzip);
        let other = {
            let made = write(LayerKind::Runtime, "other");
            fs::copy(of(&one), of(&made)).unwrap();
            write(LayerKind::Runtime, "other")
        };
        for layer in [one, other] {
            let bytes = fs::read(layout.file_of(&layer.descriptor.digest)).unwrap();
            assert_eq!(Digest::sha256(&bytes), layer.descriptor.digest);
        }
        // What is not what it is named goes.
        let layers = fs::read_dir(layout.folder().join("blobs/sha256")).unwrap().count();
        assert_eq!((layers, fs::read_dir(layout.folder()).unwrap().count()), (2, 2));
    }

    #[test]
    fn the_oldest_go_and_a_folder_that_cannot_be_written_does_no_harm() {
        let folder = tempfile::tempdir().unwrap();
        let kept = KeptLayers::new(folder.path().to_owned());
        for number in 0..MOST + 3 {
            written(Some(&kept), number.to_string().as_bytes());
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), MOST);
        let nowhere = KeptLayers::new("/proc/nowhere".into());
        assert_eq!(written(Some(&nowhere), b"text"), written(None, b"text"));
    }
}
