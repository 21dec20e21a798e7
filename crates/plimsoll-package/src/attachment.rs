//! What is said of an image, kept beside it: manifests that name it as their subject.

use std::collections::BTreeMap;

use crate::artifact::EMPTY_CONFIG;
use crate::document::{ArtifactManifest, Descriptor, EMPTY, MANIFEST, Platform};
use crate::layout::{Layout, LayoutError};

/// Something that is said of an image: an SBOM, a signed statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// What kind of thing it is.
    pub artifact_type: String,
    /// How its bytes are written.
    pub media_type: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// What else is said of it.
    pub annotations: BTreeMap<String, String>,
}

impl Attachment {
    /// Writes it into `layout`, as something that is said of `subject`.
    pub(crate) fn write(
        &self,
        subject: &Descriptor,
        layout: &Layout,
    ) -> Result<Descriptor, LayoutError> {
        let config = layout.bytes(EMPTY, EMPTY_CONFIG)?;
        let layer = layout.bytes(&self.media_type, &self.bytes)?;
        let subject = Descriptor::new(&subject.media_type, subject.digest, subject.size);
        let manifest = ArtifactManifest {
            schema_version: 2,
            media_type: MANIFEST,
            artifact_type: self.artifact_type.clone(),
            config,
            layers: vec![layer],
            subject: Some(subject),
            annotations: self.annotations.clone(),
        };
        let mut written = layout.document(MANIFEST, &manifest)?;
        written.artifact_type = Some(self.artifact_type.clone());
        written.platform = Some(Platform::none());
        Ok(written)
    }
}
