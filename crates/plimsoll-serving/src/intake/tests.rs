use std::collections::BTreeMap;

use plimsoll_core::signature::{Column, Recorded as Along, Signature as Core};
use plimsoll_predict::{Kind, Port, Signature, Values};

use super::*;

fn column(name: &str, kind: &str) -> Column {
    Column { name: name.to_owned(), kind: kind.to_owned() }
}

fn intake() -> Intake {
    let kind = |width| Kind::Tensor { element: ElementType::Float, shape: vec![None, Some(width)] };
    let port = |name: &str, width| Port { name: name.to_owned(), kind: kind(width) };
    let model = Signature {
        inputs: vec![port("x", 2), port("age", 1)],
        outputs: vec![port("y", 1)],
        classes: Vec::new(),
    };
    let columns = vec![column("temp", "float64"), column("hum", "float64")];
    let recorded = Core {
        inputs: Vec::new(),
        outputs: Vec::new(),
        columns: BTreeMap::from([("x".to_owned(), columns)]),
        classes: Vec::new(),
        recorded: Some(Along {
            capture: true,
            id: Some("instant".to_owned()),
            time: None,
            context: vec![column("instant", "int64"), column("temp", "float64")],
        }),
    };
    Intake::new(&model, &recorded).unwrap()
}

fn floats(values: &[f32]) -> Values {
    Values::Float(values.to_vec())
}

#[test]
fn columns_become_the_tensor_that_they_make_up() {
    let intake = intake();
    let mut filling = Filling::new(&intake);
    for (name, values) in [("hum", [1.0, 2.0]), ("age", [30.0, 40.0]), ("temp", [5.0, 6.0])] {
        let target = intake.target(name).unwrap();
        let shape = filling.fit(target, &[2]).unwrap();
        filling.put(target, shape, floats(&values)).unwrap();
    }
    let along = intake.target("instant").unwrap();
    assert_eq!(along, Target::Context(0));
    filling.put(along, vec![2], Values::Int64(vec![7, 8])).unwrap();
    let fed = filling.finish().unwrap();
    assert_eq!(fed.rows, 2);
    assert_eq!(fed.inputs.get("x").unwrap().values(), &floats(&[5.0, 1.0, 6.0, 2.0]));
    assert_eq!(fed.inputs.get("x").unwrap().shape(), [2, 2]);
    assert_eq!(fed.inputs.get("age").unwrap().shape(), [2, 1]);
    assert_eq!(fed.context, [(0, Values::Int64(vec![7, 8]))]);
}

#[test]
fn says_what_is_wrong() {
    let intake = intake();
    let put = |steps: &[(&str, &[usize])]| -> Result<Fed, IntakeError> {
        let mut filling = Filling::new(&intake);
        for (name, shape) in steps {
            let target = intake.target(name)?;
            let shape = filling.fit(target, shape)?;
            let count = shape.iter().product();
            filling.put(target, shape, Values::Float(vec![0.0; count]))?;
        }
        filling.finish()
    };
    let refused = |steps: &[(&str, &[usize])]| put(steps).unwrap_err().to_string();
    insta::assert_snapshot!([
        refused(&[("tmep", &[1])]),
        refused(&[("salary", &[1])]),
        refused(&[]),
        refused(&[("x", &[1, 2])]),
        refused(&[("temp", &[1])]),
        refused(&[("temp", &[1]), ("temp", &[1])]),
        refused(&[("x", &[1, 2]), ("x", &[1, 2])]),
        refused(&[("x", &[1, 2]), ("temp", &[1])]),
        refused(&[("temp", &[1]), ("x", &[1, 2])]),
        refused(&[("x", &[1, 3])]),
        refused(&[("x", &[2])]),
        refused(&[("temp", &[1, 2])]),
        refused(&[("x", &[0, 2])]),
        refused(&[("x", &[1, 2]), ("age", &[2])]),
    ].join("\n"), @r"
    the model has no input `tmep` (did you mean `temp`?)
    the model has no input `salary` (it takes `temp`, `hum`, `age`)
    input `x` (FP32 [n, 2]) is missing
    input `age` (FP32 [n, 1]) is missing
    1 of the 2 columns of input `x` are missing: `hum`
    input `temp` is given twice
    input `x` is given twice
    input `x` is given as a whole and by its column `temp`
    input `x` is given as a whole and by its column `temp`
    input `x` takes [n, 2], got shape [1, 3]
    input `x` takes [n, 2], got shape [2]
    input `temp` takes [n] or [n, 1], got shape [1, 2]
    input `x` has no rows
    input `age` has 2 rows, `x` has 1
    ");
}

#[test]
fn a_row_without_names_is_in_the_order_of_the_inputs() {
    let intake = intake();
    let row = intake.row().unwrap();
    let names: Vec<&str> = row.iter().map(|target| intake.name(*target).as_ref()).collect();
    assert_eq!(names, ["temp", "hum", "age"]);
}
