use std::sync::Arc;

use plimsoll_core::event::TreeEntry;
use plimsoll_store::MemoryObjects;
use serde_json::json;

use super::*;
use crate::plan::sample::{project, step};

/// A repository with one step that reads a dataset, a folder and an input that is no dataset, none
/// of them in the commit.
struct Scene {
    commit: tempfile::TempDir,
    folder: tempfile::TempDir,
    objects: Arc<MemoryObjects>,
    project: Project,
    past: Past,
}

const FILES: [(&str, &str); 3] =
    [("hour.csv", "rows"), ("images/a.png", "a"), ("words.txt", "words")];

impl Scene {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (path, content) in FILES {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        let mut project =
            project(vec![step("train", &["hour.csv", "images", "words.txt"], &["m"])]);
        let dataset = |path: &str| {
            let dataset =
                json!({"path": path, "schema": null, "license": null, "source": "the city"});
            serde_json::from_value(dataset).unwrap()
        };
        project.data.insert("hourly".parse().unwrap(), dataset("hour.csv"));
        project.data.insert("images".parse().unwrap(), dataset("images"));
        let mut tree = WorkingTree::open(folder.path()).unwrap();
        let mut hashed = |path: &str| tree.hash(&path.parse().unwrap()).unwrap();
        let pin = |hashed: &Hashed| json!({"digest": hashed.digest, "bytes": hashed.bytes, "source": "the city"});
        let (hourly, images) = (hashed("hour.csv"), hashed("images"));
        let inputs = [("hour.csv", hourly.digest), ("images", images.digest)];
        let inputs = inputs.into_iter().chain([("words.txt", hashed("words.txt").digest)]);
        let inputs: BTreeMap<RepoPath, Digest> =
            inputs.map(|(path, digest)| (path.parse().unwrap(), digest)).collect();
        let past = Past {
            version: "bikes@1.0.0".parse().unwrap(),
            subject: plimsoll_core::lifecycle::Subject::of(b""),
            run: plimsoll_core::RunId::from_bytes([1; 16]),
            commit: "4b825dc642cb6eb9a060e54bf8d69288fbee4904".parse().unwrap(),
            declared: Digest::blake3(b""),
            params: BTreeMap::new(),
            seed: 0,
            environment: serde_json::from_value(
                json!({"python": "none", "interpreter": "", "platform": "linux-x86_64"}),
            )
            .unwrap(),
            data: serde_json::from_value(json!({"hourly": pin(&hourly), "images": pin(&images)}))
                .unwrap(),
            code: BTreeMap::new(),
            steps: vec![plimsoll_core::reproduction::PastStep {
                name: "train".parse().unwrap(),
                command: "x".to_owned(),
                inputs,
                params: BTreeMap::new(),
                env: None,
                outputs: BTreeMap::new(),
            }],
            retraining: None,
            evaluation: None,
        };
        let (commit, objects) = (tempfile::tempdir().unwrap(), Arc::default());
        Self { commit, folder, objects, project, past }
    }

    async fn fill(&self, folder: Option<&Path>) -> Vec<Missing> {
        let elsewhere = Elsewhere { objects: &[&*self.objects], folder };
        fill(self.commit.path(), &self.project, &self.past, &elsewhere).await.unwrap()
    }

    fn is_filled(&self) -> bool {
        FILES.iter().all(|(path, content)| {
            fs::read_to_string(self.commit.path().join(path)).is_ok_and(|read| read == *content)
        })
    }
}

#[tokio::test]
async fn what_is_nowhere_is_named_with_digest_size_and_source() {
    let scene = Scene::new();
    let missing = scene.fill(None).await;
    let named: Vec<_> = missing.iter().map(|it| (it.what.as_str(), it.bytes)).collect();
    assert_eq!(named, [("data.hourly", Some(4)), ("data.images", Some(1)), ("`words.txt`", None)]);
    assert_eq!(missing[0].digest, Digest::blake3(b"rows"));
    assert_eq!(missing[0].source.as_deref(), Some("the city"));
}

#[tokio::test]
async fn materials_come_from_the_store_by_digest_folders_too() {
    let scene = Scene::new();
    for content in ["rows", "a", "words"] {
        scene.objects.put(&mut content.as_bytes()).await.unwrap();
    }
    let entry = TreeEntry { digest: Digest::blake3(b"a"), bytes: 1, executable: false };
    let tree = Tree(BTreeMap::from([("a.png".parse().unwrap(), entry)]));
    let tree = serde_json::to_vec(&tree).unwrap();
    scene.objects.put(&mut io::Cursor::new(tree)).await.unwrap();
    // A large file's place holder, which the commit has instead of it.
    fs::write(scene.commit.path().join("hour.csv"), "version 1, oid ...").unwrap();
    assert_eq!(scene.fill(None).await, []);
    assert!(scene.is_filled());
}

#[tokio::test]
async fn materials_come_from_the_repository_at_hand_where_they_are_what_they_were() {
    let scene = Scene::new();
    assert_eq!(scene.fill(Some(scene.folder.path())).await, []);
    assert!(scene.is_filled());

    let scene = Scene::new();
    fs::write(scene.folder.path().join("hour.csv"), "other rows").unwrap();
    let missing = scene.fill(Some(scene.folder.path())).await;
    assert_eq!(missing.len(), 1);
    assert!(!scene.commit.path().join("hour.csv").exists(), "other data were taken");
}
