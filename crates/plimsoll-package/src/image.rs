//! An image and an artifact of one released version, in one layout.

use std::collections::BTreeMap;
use std::path::Path;

use plimsoll_core::Digest;

use crate::artifact::Artifact;
use crate::attachment::Attachment;
use crate::base::{Foreign, Ground, HOME, ReadBaseError, USER};
use crate::compress::Compression;
use crate::document::{
    CONFIG, Config, Descriptor, Execution, Index, MANIFEST, Manifest, Platform, Rootfs,
};
use crate::layer::{Layer, LayerKind};
use crate::layout::{Layout, LayoutError};
use crate::tree::{Content, Tree};

/// Where the bundle lies in an image.
const BUNDLE: &str = "srv/model";
const TRUST: &str = "etc/plimsoll/trust.yaml";
const PROGRAM: &str = "usr/bin/plimsoll";
const RUNTIME: &str = "usr/lib/plimsoll";
const RUNTIME_TERMS: &str = "usr/share/doc/onnxruntime";
const PORT: &str = "8080/tcp";

/// How the variables begin that are set here, whatever a base says of them.
const OWN_VARIABLES: [&str; 3] = ["PATH=", "HOME=", "PLIMSOLL_HOME="];

/// What an image is made of.
pub struct Recipe<'a> {
    /// The variant, `bike-demand` or `bike-demand.fast`.
    pub name: String,
    /// The number of the version.
    pub version: String,
    /// When it was released, as RFC 3339: an image that is made again is of the same moment.
    pub created: String,
    /// What is said of it, as labels and annotations.
    pub labels: BTreeMap<String, String>,
    /// How layers are compressed.
    pub compression: Compression,
    /// What the programs need of a system.
    pub base: Ground<'a>,
    /// ONNX Runtime's library.
    pub runtime: Program<'a>,
    /// Plimsoll.
    pub program: Content<'a>,
    /// The trust file.
    pub trust: Content<'a>,
    /// The files of the bundle by name.
    pub bundle: BTreeMap<String, Content<'a>>,
    /// What is said of the layer with them.
    pub of_bundle: BTreeMap<String, String>,
    /// The same model as an artifact.
    pub artifact: Artifact<'a>,
}

/// A library with the terms that it comes under.
pub struct Program<'a> {
    /// Its file name.
    pub file: String,
    /// Its content.
    pub content: Content<'a>,
    /// Files with its terms, by name.
    pub terms: BTreeMap<String, Vec<u8>>,
}

/// An image that is written.
#[derive(Clone, Debug)]
pub struct Image {
    /// The index: what a tag points at.
    pub index: Descriptor,
    /// The image for linux/amd64.
    pub manifest: Descriptor,
    /// Its configuration.
    pub config: Descriptor,
    /// Its layers, the lowest first.
    pub layers: Vec<Layer>,
    /// The manifests of the artifact, the model's first.
    pub artifact: Vec<Descriptor>,
    /// The manifests of what is said of the image and is no part of it.
    pub attachments: Vec<Descriptor>,
    name: String,
}

/// How a layout is put in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A folder.
    Folder,
    /// One tar file, which `docker load` reads too.
    Archive,
}

impl Recipe<'_> {
    /// Writes image and artifact into `layout`.
    ///
    /// # Errors
    /// Something cannot be read, is not what it was, or the layout cannot be written.
    pub fn write(&self, layout: &Layout) -> Result<Image, LayoutError> {
        let mut layers = match self.base {
            Ground::Made(base) => {
                vec![Layer::write(LayerKind::Base, &base.tree()?, self.compression, layout)?]
            }
            Ground::Foreign(base) => taken_over(base, layout)?,
        };
        for (kind, tree) in [
            (LayerKind::Runtime, &self.runtime()),
            (LayerKind::Program, &self.program()),
            (LayerKind::Trust, &self.trust()),
            (LayerKind::Bundle, &self.bundle()),
        ] {
            layers.push(Layer::write(kind, tree, self.compression, layout)?);
        }
        if let Some(bundle) = layers.last_mut() {
            bundle.descriptor.annotations.clone_from(&self.of_bundle);
        }
        let config = layout.document(CONFIG, &self.config(&layers))?;
        let manifest = Manifest {
            schema_version: 2,
            media_type: MANIFEST,
            config: config.clone(),
            layers: layers.iter().map(|layer| layer.descriptor.clone()).collect(),
            annotations: self.labels.clone(),
        };
        let mut manifest = layout.document(MANIFEST, &manifest)?;
        manifest.platform = Some(Platform::amd64());
        for (digest, content) in &self.artifact.blobs {
            copy(layout, digest, content)?;
        }
        // What runs nowhere says so, or an engine that looks for a platform would try it.
        let mut artifact = self.artifact.manifests.clone();
        for descriptor in &mut artifact {
            descriptor.platform = Some(Platform::none());
        }
        // What kind each is, its manifest says; tools from before OCI 1.1 would drop it here, and with
        // it the digest of the index.
        let untyped = |it: &Descriptor| Descriptor { artifact_type: None, ..it.clone() };
        let others = artifact.iter().map(untyped);
        let all = std::iter::once(manifest.clone()).chain(others).collect();
        let index = Index::of(all, self.labels.clone());
        let index = layout.document(crate::document::INDEX, &index)?;
        layout.point_at(&index, &self.name, &self.version)?;
        let name = format!("{}:{}", self.name, self.version);
        let attachments = Vec::new();
        Ok(Image { index, manifest, config, layers, artifact, attachments, name })
    }
}

impl Image {
    /// Writes something that is said of the image into its layout. It refers to the image and is no part
    /// of it: another SBOM makes no other image.
    ///
    /// # Errors
    /// The layout cannot be written.
    pub fn attach(&mut self, said: &Attachment, layout: &Layout) -> Result<Digest, LayoutError> {
        let manifest = said.write(&self.manifest, layout)?;
        let digest = manifest.digest;
        self.attachments.push(manifest);
        Ok(digest)
    }

    /// As [`Self::attach`], of the model alone.
    ///
    /// # Errors
    /// As there.
    pub fn attach_to_model(
        &mut self,
        said: &Attachment,
        layout: &Layout,
    ) -> Result<(), LayoutError> {
        let model = self.artifact.first().unwrap_or(&self.manifest);
        let manifest = said.write(model, layout)?;
        self.attachments.push(manifest);
        Ok(())
    }
}

impl Recipe<'_> {
    fn runtime(&self) -> Tree<'_> {
        let mut tree = Tree::default();
        tree.program(&format!("{RUNTIME}/{}", self.runtime.file), borrowed(&self.runtime.content));
        for (name, bytes) in &self.runtime.terms {
            tree.file(&format!("{RUNTIME_TERMS}/{name}"), Content::bytes(bytes.clone()));
        }
        tree
    }

    fn program(&self) -> Tree<'_> {
        let mut tree = Tree::default();
        tree.program(PROGRAM, borrowed(&self.program));
        tree
    }

    fn trust(&self) -> Tree<'_> {
        let mut tree = Tree::default();
        tree.file(TRUST, borrowed(&self.trust));
        // Where the server keeps what it keeps, and nobody else looks.
        tree.folder(HOME, 0o700, USER);
        tree
    }

    fn bundle(&self) -> Tree<'_> {
        let mut tree = Tree::default();
        for (name, content) in &self.bundle {
            tree.file(&format!("{BUNDLE}/{name}"), borrowed(content));
        }
        tree
    }

    fn config(&self, layers: &[Layer]) -> Config {
        let platform = Platform::amd64();
        let entrypoint = [
            format!("/{PROGRAM}"),
            "serve".to_owned(),
            format!("/{BUNDLE}"),
            "--trust".to_owned(),
            format!("/{TRUST}"),
            "--onnxruntime".to_owned(),
            format!("/{RUNTIME}/{}", self.runtime.file),
            "--offline".to_owned(),
        ];
        let (history, variables, below) = match self.base {
            Ground::Made(_) => (Vec::new(), Vec::new(), 0),
            Ground::Foreign(base) => {
                (base.history().to_vec(), base.variables().to_vec(), base.layers().count())
            }
        };
        let own = layers.iter().skip(below).map(|layer| {
            serde_json::json!({
                "created": self.created,
                "created_by": format!("plimsoll package: {}", layer.kind),
            })
        });
        let history: Vec<_> = history.into_iter().chain(own).collect();
        let is_ours = |it: &String| OWN_VARIABLES.iter().any(|name| it.starts_with(name));
        let mut env: Vec<String> = variables.into_iter().filter(|it| !is_ours(it)).collect();
        env.extend([
            "PATH=/usr/bin".to_owned(),
            format!("HOME=/{HOME}"),
            format!("PLIMSOLL_HOME=/{HOME}"),
        ]);
        Config {
            created: self.created.clone(),
            architecture: platform.architecture,
            os: platform.os,
            execution: Execution {
                user: format!("{USER}:{USER}"),
                exposed_ports: BTreeMap::from([(PORT.to_owned(), serde_json::Map::new())]),
                env,
                entrypoint: entrypoint.into(),
                // In a container, loopback is nobody's; a server for others demands a token.
                cmd: ["--host", "0.0.0.0", "--stateless"].map(str::to_owned).into(),
                working_dir: "/".to_owned(),
                labels: self.labels.clone(),
                stop_signal: "SIGTERM",
            },
            rootfs: Rootfs {
                kind: "layers",
                diff_ids: layers.iter().map(|layer| layer.unpacked).collect(),
            },
            history,
        }
    }
}

/// Returns content that reads what `content` reads.
fn borrowed<'c>(content: &'c Content<'_>) -> Content<'c> {
    Content::stream(content.size, content.digest, move || {
        let reader: Box<dyn std::io::Read + 'c> = (content.open)()?;
        Ok(reader)
    })
}

/// Takes the layers of somebody else's image over, as they are.
fn taken_over(base: &Foreign, layout: &Layout) -> Result<Vec<Layer>, LayoutError> {
    let mut layers = Vec::new();
    for (layer, unpacked) in base.layers() {
        let mut from = base.open(layer).map_err(Box::new)?;
        let written =
            layout.blob(&layer.media_type, |to| std::io::copy(&mut from, to).map(drop))?;
        if written.digest != layer.digest {
            let (digest, found) = (layer.digest, written.digest);
            return Err(Box::new(ReadBaseError::Changed { digest, found }).into());
        }
        layers.push(Layer {
            kind: LayerKind::Base,
            descriptor: written,
            unpacked: *unpacked,
            unpacked_bytes: None,
        });
    }
    Ok(layers)
}

fn copy(layout: &Layout, digest: &Digest, content: &Content<'_>) -> Result<(), LayoutError> {
    let written = layout.blob("", |to| std::io::copy(&mut (content.open)()?, to).map(drop))?;
    if written.digest == *digest {
        return Ok(());
    }
    let source = std::io::Error::other(format!("blob {digest} was changed meanwhile"));
    Err(LayoutError::Unwritable { path: layout.file_of(digest), source })
}

impl Image {
    /// Puts the layout that the image was written into in its place.
    ///
    /// # Errors
    /// There is something already, or it cannot be written.
    pub fn place(&self, layout: Layout, shape: Shape, path: &Path) -> Result<(), LayoutError> {
        match shape {
            Shape::Folder => layout.place(path),
            Shape::Archive => {
                let layers = self.layers.iter().map(|layer| layer.descriptor.digest);
                layout.pack(path, &self.name, &self.config.digest, layers)
            }
        }
    }
}

#[cfg(test)]
mod tests;
