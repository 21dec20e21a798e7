use std::fs;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, RecordBatch, StringArray};

use super::super::samples::at;
use super::*;

struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn folder(&self) -> std::path::PathBuf {
        self.0.path().join("labels/bike-demand")
    }

    fn add(&self, text: &str) -> Result<Added, AddLabelsError> {
        self.add_as(text, None)
    }

    fn add_as(
        &self,
        text: impl AsRef<[u8]>,
        kind: Option<ColumnType>,
    ) -> Result<Added, AddLabelsError> {
        let path = self.0.path().join("labels.file");
        fs::write(&path, text).unwrap();
        Labels::add(
            &self.folder(),
            &LabelFile { path: &path, id: "instant", target: "cnt", kind },
            at(1),
        )
    }

    fn refusal(&self, text: &str, kind: Option<ColumnType>) -> String {
        let error = self.add_as(text, kind).unwrap_err().to_string();
        error.replace(&*self.0.path().to_string_lossy(), "")
    }

    fn label(&self, id: &str) -> String {
        Labels::load(&self.folder()).unwrap().get(id).map_or("none".to_owned(), ToString::to_string)
    }
}

#[test]
fn labels_come_late_again_and_corrected() {
    let place = Place::new();
    let added = place.add("instant,cnt\n1,16\n2,40\n2,40.0\n").unwrap();
    assert_eq!(added, Added { rows: 3, new: 2, corrected: 0, repeated: 1 });
    let added = place.add("cnt;instant\n16;1.0\n41;2.0\n32;3\n").unwrap();
    assert_eq!(added, Added { rows: 3, new: 1, corrected: 1, repeated: 1 });
    assert_eq!(["1", "2", "3.0", "4"].map(|id| place.label(id)), ["16", "41", "32", "none"]);
    // What was said first may be true again.
    assert_eq!(place.add("instant,cnt\n2,40\n").unwrap().corrected, 1);
    assert_eq!(place.label("2"), "40");
    assert_eq!(place.add("instant,cnt\n2,40\n").unwrap().repeated, 1);
    assert_eq!(fs::read_dir(place.folder()).unwrap().count(), 3 + 1);
    let labels = Labels::load(&place.folder()).unwrap();
    assert_eq!((labels.len(), labels.newest()), (3, Some(at(1))));
}

#[test]
fn parquet_and_every_type_are_read() {
    let place = Place::new();
    let rows = RecordBatch::try_from_iter([
        ("instant", Arc::new(Float64Array::from(vec![17.0, 1e16])) as ArrayRef),
        ("cnt", Arc::new(StringArray::from(vec!["cat", "dog"])) as ArrayRef),
    ]);
    let bytes = super::super::file::bytes(&rows.unwrap(), &[]).unwrap();
    assert_eq!(place.add_as(&bytes, None).unwrap().new, 2);
    place.add("instant,cnt\na,true\nb,false\n").unwrap();
    place.add("instant,cnt\nc,2012-10-01\n").unwrap();
    place.add_as("instant,cnt\nd,5\n", Some(ColumnType::String)).unwrap();
    place.add("instant,cnt\ne,0.5\nf,2\n").unwrap();
    let labels = Labels::load(&place.folder()).unwrap();
    let text = |text: &str| Label::Text(text.to_owned());
    for (id, label) in [
        ("17", text("cat")),
        ("10000000000000000", text("dog")),
        ("a", Label::Boolean(true)),
        ("c", text("2012-10-01")),
        ("d", text("5")),
        ("f", Label::Number(2.0)),
    ] {
        assert_eq!(labels.get(id), Some(&label), "{id}");
    }
}

#[test]
fn a_file_is_added_whole_or_not_at_all() {
    let place = Place::new();
    let number = Some(ColumnType::Number);
    insta::assert_snapshot!([
        place.refusal("instant,cnt\n1,2\n2,3\n1,4\n2,5\n", None),
        place.refusal("instant,cnt\n1,2\n ,3\n,4\n", None),
        place.refusal("instant,cnt\n1,2\n2,\n", None),
        place.refusal("instant,cnt\n1,2\n2,n/a\n", number),
        place.refusal("instant,cnt\n1,2\n2,inf\n", None),
        place.refusal("instant,count\n1,2\n", None),
        place.refusal("instant,cnt\n1,2\n3\n", None),
    ].join("\n"), @r#"
    id `1` has two labels: "2" on line 2, "4" on line 4 (and 1 id more)
    column `instant`: 2 of 3 rows (66.7 %) have no id, for example line 3, line 4
    column `cnt`: 1 of 2 rows (50 %) have no label, for example line 3
    column `cnt`: 1 of 2 rows (50 %) hold no finite number, for example line 3: "n/a"
    column `cnt`: 1 of 2 rows (50 %) hold no finite number, for example line 3: "inf"
    /labels.file has no column `cnt`
    /labels.file has damaged rows: 1 of 2 rows (50 %) have another number of fields than the header, for example line 3: 1 fields, not 2
    "#);
    assert!(!place.folder().exists());
}

#[test]
fn many_files_become_one_and_an_end_in_between_loses_nothing() {
    let place = Place::new();
    let add = |count: std::ops::Range<u32>| {
        for id in count {
            place.add(&format!("instant,cnt\n{id},{id}\nalways,{id}\n")).unwrap();
        }
    };
    add(0..2);
    let numbered = |number: u32| place.folder().join(format!("{number:06}.parquet"));
    (3..=64).for_each(|number| _ = fs::copy(numbered(2), numbered(number)).unwrap());
    let names = || super::super::hours::files(&place.folder(), ".parquet").unwrap();
    let before: Vec<_> = names().into_iter().map(|path| (fs::read(&path).unwrap(), path)).collect();
    assert_eq!(before.len(), 64);
    add(2..3);
    assert_eq!(names(), [numbered(66)]);
    // It ended before the files that it was made of were removed.
    for (bytes, path) in before {
        fs::write(path, bytes).unwrap();
    }
    let labels = Labels::load(&place.folder()).unwrap();
    assert_eq!((labels.len(), labels.get("always")), (4, Some(&Label::Integer(2))));
    add(3..4);
    assert_eq!(names().len(), 2);
    let labels = Labels::load(&place.folder()).unwrap();
    assert_eq!((labels.len(), labels.get("always")), (5, Some(&Label::Integer(3))));
}

#[test]
fn two_who_add_at_once_do_not_collide() {
    let place = Place::new();
    std::thread::scope(|scope| {
        for adder in 0..4 {
            let place = &place;
            scope.spawn(move || {
                for id in 0..5 {
                    let path = place.0.path().join(format!("{adder}.csv"));
                    fs::write(&path, format!("instant,cnt\n{adder}-{id},1\n")).unwrap();
                    let file = LabelFile { path: &path, id: "instant", target: "cnt", kind: None };
                    Labels::add(&place.folder(), &file, at(1)).unwrap();
                }
            });
        }
    });
    assert_eq!(Labels::load(&place.folder()).unwrap().len(), 20);
}
