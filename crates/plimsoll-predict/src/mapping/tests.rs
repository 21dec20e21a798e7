use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Float64Array, Int64Array, StringArray, UInt64Array,
};

use super::*;

fn port(name: &str, element: ElementType, shape: &[Option<u64>]) -> Port {
    Port { name: name.to_owned(), kind: Kind::Tensor { element, shape: shape.to_vec() } }
}

fn signature(inputs: &[Port]) -> Signature {
    Signature { inputs: inputs.to_vec(), outputs: Vec::new(), classes: Vec::new() }
}

fn tensor(columns: &[&str]) -> Features {
    Features::Tensor(columns.iter().map(|&column| column.to_owned()).collect())
}

fn table(columns: &[(&str, ArrayRef)]) -> RecordBatch {
    RecordBatch::try_from_iter(columns.iter().cloned()).unwrap()
}

fn ints(values: &[i64]) -> ArrayRef {
    Arc::new(Int64Array::from(values.to_vec()))
}

fn floats(values: &[Option<f64>]) -> ArrayRef {
    Arc::new(Float64Array::from(values.to_vec()))
}

fn texts(values: &[Option<&str>]) -> ArrayRef {
    Arc::new(StringArray::from(values.to_vec()))
}

fn one(element: ElementType) -> FeatureMapping {
    let signature = signature(&[port("x", element, &[None, Some(1)])]);
    FeatureMapping::new(&Features::Inputs, "y", &signature).unwrap()
}

fn fed(element: ElementType, column: ArrayRef) -> Result<Values, FeedError> {
    let mut fed = one(element).feed(&table(&[("x", column)]), 1)?;
    Ok(fed.inputs.0.remove(0).1.into_parts().1)
}

#[test]
fn one_tensor_is_filled_row_after_row() {
    let signature = signature(&[port("input", ElementType::Float, &[None, Some(3)])]);
    let mapping = FeatureMapping::new(&tensor(&["b", "a", "c"]), "y", &signature).unwrap();
    assert_eq!(mapping.columns().collect::<Vec<_>>(), ["b", "a", "c"]);
    let rows = table(&[
        ("a", floats(&[Some(0.5), None])),
        ("b", ints(&[1, 2])),
        ("c", Arc::new(BooleanArray::from(vec![true, false]))),
        ("y", ints(&[0, 0])),
    ]);
    let fed = mapping.feed(&rows, 1).unwrap();
    let (shape, values) = fed.inputs.0[0].1.clone().into_parts();
    let Values::Float(values) = values else { panic!("other elements") };
    assert_eq!(shape, [2, 3]);
    assert_eq!(values[..4], [1.0, 0.5, 1.0, 2.0]);
    assert!(values[4].is_nan());
    assert_eq!(fed.missing, [("a".to_owned(), 1)]);
    let nothing = mapping.feed(&rows.slice(0, 0), 1).unwrap();
    assert_eq!(nothing.inputs.0[0].1.shape(), [0, 3]);
}

#[test]
fn each_input_is_fed_by_the_column_of_its_name() {
    let signature = signature(&[
        port("season", ElementType::String, &[None, Some(1)]),
        port("hour", ElementType::Int64, &[None]),
    ]);
    let mapping = FeatureMapping::new(&Features::Inputs, "y", &signature).unwrap();
    let rows = table(&[
        ("hour", texts(&[Some("7"), Some(" 8")])),
        ("season", texts(&[Some("spring"), Some("")])),
    ]);
    let fed = mapping.feed(&rows, 1).unwrap();
    let season = Values::String(vec!["spring".to_owned(), String::new()]);
    assert_eq!(fed.inputs.get("season").unwrap().values(), &season);
    assert_eq!(fed.inputs.get("season").unwrap().shape(), [2, 1]);
    assert_eq!(fed.inputs.get("hour").unwrap(), &Tensor::of_rows(Values::Int64(vec![7, 8])));
}

#[test]
fn features_that_do_not_fit_the_model_are_refused() {
    let two = [port("a", ElementType::Float, &[None, Some(1)]), port("b", ElementType::Float, &[])];
    let wide = [port("input", ElementType::Float, &[None, Some(3)])];
    let error = |features: &Features, inputs: &[Port]| {
        FeatureMapping::new(features, "y", &signature(inputs)).unwrap_err().to_string()
    };
    let target = [port("y", ElementType::Float, &[None, Some(1)])];
    let picture = [port("image", ElementType::Float, &[None, Some(3), None, None])];
    let errors = [
        error(&tensor(&["a", "b"]), &two),
        error(&tensor(&["a", "b"]), &wide),
        error(&tensor(&["a", "b", "a"]), &wide),
        error(&tensor(&["a", "b", "y"]), &wide),
        error(&Features::Inputs, &wide),
        error(&Features::Inputs, &target),
        error(&tensor(&["a"]), &picture),
        error(&tensor(&[]), &wide),
    ];
    insta::assert_snapshot!(errors.join("\n"), @r"
    the features are one tensor of 2 columns, and the model has 2 inputs (`a` float [n, 1], `b` float of any shape); leave `features` out to feed each input from the column of its name
    input `input` float [n, 3] takes 3 columns, 2 are listed as features
    feature `a` is listed twice
    feature `y` is the target: the model would be given what it is to predict
    input `input` float [n, 3] is not fed by one column of its name; list its columns as `features: { input: [..] }`
    feature `y` is the target: the model would be given what it is to predict
    input `image` float [n, 3, ?, ?] does not take rows of columns
    no column is listed as a feature
    ");
}

#[test]
fn values_are_fed_as_they_are_or_not_at_all() {
    use ElementType::{Bool, Double, Float, Int32, Int64, String};
    let error = |element, column| fed(element, column).unwrap_err().to_string();
    let large: ArrayRef = Arc::new(UInt64Array::from(vec![u64::MAX]));
    let errors = [
        error(Float, ints(&[16_777_216, 16_777_217])),
        error(Float, floats(&[Some(1e39)])),
        error(Double, ints(&[9_007_199_254_740_993])),
        error(Double, texts(&[Some("1.5"), Some("?"), Some("")])),
        error(Int64, floats(&[Some(1.0), Some(1.5), Some(f64::NAN)])),
        error(Int64, floats(&[Some(1.0), None])),
        error(Int32, ints(&[1, 3_000_000_000])),
        error(Bool, ints(&[0, 1, 2])),
        error(String, floats(&[Some(1.5)])),
        error(String, texts(&[Some("a"), None, None])),
        error(Float, Arc::new(Date32Array::from(vec![1]))),
        error(Int64, large),
    ];
    insta::assert_snapshot!(errors.join("\n"), @r"
    column `x` cannot be fed as float in 1 of 2 rows, the first is row 2 with `16777217`
    column `x` cannot be fed as float in 1 of 1 rows, the first is row 1 with `1000000000000000000000000000000000000000`
    column `x` cannot be fed as double in 1 of 1 rows, the first is row 1 with `9007199254740993`
    column `x` cannot be fed as double in 2 of 3 rows, the first is row 2 with `?`
    column `x` cannot be fed as int64 in 2 of 3 rows, the first is row 2 with `1.5`
    column `x` is empty in 1 of 2 rows, the first is row 2; int64 has no missing value
    column `x` cannot be fed as int32 in 1 of 2 rows, the first is row 2 with `3000000000`
    column `x` cannot be fed as bool in 1 of 3 rows, the first is row 3 with `2`
    column `x` cannot be fed as string in 1 of 1 rows, the first is row 1 with `1.5`
    column `x` is empty in 2 of 3 rows, the first is row 2; string has no missing value
    column `x` holds Date32, which is not fed as float
    column `x` holds UInt64, which is not fed as int64
    ");
    assert_eq!(fed(Int64, floats(&[Some(3.0)])).unwrap(), Values::Int64(vec![3]));
    assert_eq!(fed(Float, ints(&[1 << 30])).unwrap(), Values::Float(vec![1_073_741_824.0]));
    assert_eq!(fed(Double, texts(&[Some("1e3")])).unwrap(), Values::Double(vec![1000.0]));
    assert_eq!(fed(String, ints(&[7])).unwrap(), Values::String(vec!["7".to_owned()]));
    assert_eq!(fed(Bool, ints(&[0, 1])).unwrap(), Values::Bool(vec![false, true]));
}

#[test]
fn rows_are_counted_over_the_whole_table() {
    let part = table(&[("x", texts(&[Some("1"), Some("warm")]))]);
    let error = one(ElementType::Float).feed(&part, 1001).unwrap_err();
    assert_eq!(
        error.to_string(),
        "column `x` cannot be fed as float in 1 of 2 rows, the first is row 1002 with `warm`"
    );
    let error = one(ElementType::Float).feed(&table(&[("X1", ints(&[1]))]), 1).unwrap_err();
    assert_eq!(error.to_string(), "feature `x` is no column of the data (the nearest is `X1`)");
}
