use super::*;
use crate::model::look::Limits;
use crate::model::report::Verdict;

fn told(config: &str) -> (Verdict, Vec<String>) {
    let mut seen = Look::new(Limits::default());
    look_at_text(config, &mut seen);
    let report = seen.report("config.json");
    (report.verdict, report.findings.into_iter().map(|finding| finding.code).collect())
}

fn with_layer(layer: &str) -> String {
    let model = |layers: &str| {
        format!(
            r#"{{"module":"keras","class_name":"Sequential","config":{{"layers":[{layers}]}},
                "registered_name":null}}"#
        )
    };
    // Twice inside, since models hold models.
    model(&model(layer))
}

fn worst(layer: &str) -> Verdict {
    told(&with_layer(layer)).0
}

#[test]
fn what_keras_ships_is_safe() {
    for layer in [
        r#"{"module":"keras.layers","class_name":"Dense","config":{"activation":"sigmoid",
            "kernel_initializer":{"module":"keras.initializers","class_name":"GlorotUniform","config":{}}},
            "registered_name":null,"build_config":{"input_shape":[null,4]}}"#,
        r#"{"class_name":"LSTM","config":{"activation":"tanh","recurrent_activation":"hard_sigmoid"}}"#,
        r#"{"class_name":"glorot_uniform","config":{}}"#,
        r#"{"module":"keras.src.models.functional","class_name":"Functional","config":{},
            "registered_name":"Functional"}"#,
        r#"{"module":"builtins","class_name":"function","config":"mean_squared_error",
            "registered_name":"function"}"#,
        r#"{"module":"keras.losses","class_name":"function","config":"mse","registered_name":"mse"}"#,
        r#"{"class_name":"__keras_tensor__","config":{"shape":[1],"dtype":"float32","keras_history":["a",0,0]}}"#,
        r#"{"class_name":"TFOpLambda","config":{"name":"tf.math.add","function":"math.add"}}"#,
        r#"{"module":"keras.layers","class_name":"StringLookup","config":{"vocabulary":["a","b"]}}"#,
        r#"{"class_name":"__tuple__","items":[{"class_name":"TypeSpec","type_spec":"tf.TensorSpec",
            "serialized":[{"class_name":"TensorShape","items":[null,4]},"float32"]}]}"#,
    ] {
        assert_eq!(told(&with_layer(layer)), (Verdict::Safe, vec![]), "{layer}");
    }
}

#[test]
fn bytecode_in_any_spelling_acts() {
    let long = format!("4wEAAAAA{}", "A".repeat(80));
    for layer in [
        r#"{"class_name":"Lambda","config":{"function":["4wAA",null,null],"function_type":"lambda"}}"#.to_owned(),
        r#"{"class_name":"Lambda","config":{"function":{"class_name":"__lambda__","config":{"code":"x"}}}}"#
            .to_owned(),
        r#"{"class_name":"Lambda","config":{"output_shape":["4wAA",null,null],"output_shape_type":"lambda"}}"#
            .to_owned(),
        r#"{"class_name":"Dense","config":{"activation":{"class_name":"__lambda__","config":{"value":"x"}}}}"#
            .to_owned(),
        r#"{"module":"keras.layers","class_name":"TorchModuleWrapper","config":{"module":"gAJ9"}}"#.to_owned(),
        r#"{"class_name":"Merge","config":{"mode":"4wAA","mode_type":"lambda"}}"#.to_owned(),
        format!(r#"{{"class_name":"Dense","config":{{"notes":["{long}"]}}}}"#),
    ] {
        assert_eq!(worst(&layer), Verdict::Unsafe, "{layer}");
    }
}

#[test]
fn functions_and_classes_that_act_are_unsafe() {
    let function = |module: &str, name: &str| {
        format!(
            r#"{{"module":"{module}","class_name":"function","config":"{name}","registered_name":"{name}"}}"#
        )
    };
    let class = |module: &str, name: &str| {
        format!(
            r#"{{"module":"{module}","class_name":"{name}","config":{{}},"registered_name":null}}"#
        )
    };
    for layer in [
        function("os", "system"),
        function("builtins", "eval"),
        function("keras.utils", "get_file"),
        function("keras.config", "enable_unsafe_deserialization"),
        function("keras.src.saving.saving_api", "load_model"),
        class("os", "_wrap_close"),
        class("subprocess", "Popen"),
        class("builtins", "Dense"),
        class("keras.models", "load_model"),
        class("keras.src.utils.python_utils", "func_load"),
        format!(r#"{{"class_name":"Lambda","config":{{"function":{}}}}}"#, function("os", "system")),
        r#"{"class_name":"Lambda","config":{"function":"system","function_type":"function","module":"os"}}"#
            .to_owned(),
        r#"{"class_name":"TFOpLambda","config":{"function":"io.write_file"}}"#.to_owned(),
        r#"{"class_name":"TensorFlowOpLayer","config":{"node_def":"{\"op\":\"ReadFile\"}"}}"#.to_owned(),
        r#"{"class_name":"TextVectorization","config":{"vocabulary":"/etc/passwd"}}"#.to_owned(),
        r#"{"class_name":"StringLookup","config":{"vocabulary":"http://host/x"}}"#.to_owned(),
        r#"{"class_name":"TFSMLayer","config":{"filepath":"/tmp/x"}}"#.to_owned(),
    ] {
        assert_eq!(worst(&layer), Verdict::Unsafe, "{layer}");
    }
}

#[test]
fn what_somebody_brings_is_unknown() {
    for layer in [
        r#"{"module":"my.layers","class_name":"Dense","config":{},"registered_name":null}"#,
        r#"{"module":"keras.layers","class_name":"Dense","config":{},"registered_name":"pkg>Evil"}"#,
        r#"{"class_name":"MyLayer","config":{}}"#,
        r#"{"module":null,"class_name":"MyLayer","config":{},"registered_name":"p>MyLayer"}"#,
        r#"{"module":"builtins","class_name":"function","config":"focal","registered_name":"function"}"#,
        r#"{"module":"my.losses","class_name":"function","config":"mse","registered_name":"mse"}"#,
        r#"{"class_name":"Dense","config":{"activation":"my_activation"}}"#,
        r#"{"class_name":"LossFunctionWrapper","config":{"fn":"my_loss"}}"#,
        r#"{"class_name":"TFOpLambda","config":{"function":"my.function"}}"#,
        r#"{"class_name":"ClassMethod","config":{"cls_ref":"os","method_name":"system"}}"#,
        r#"{"class_name":["Dense"],"config":{}}"#,
        r#"{"class_name":"Dense","class_name":"Flatten","config":{}}"#,
        r#"{"class_name":"StringLookup","config":{"vocabulary":"words.txt"}}"#,
        r#"{"module":"keras.layers","class_name":"JaxLayer","config":{}}"#,
        r#"{"class_name":"TypeSpec","type_spec":"my.Spec","serialized":[]}"#,
    ] {
        assert_eq!(worst(layer), Verdict::Unknown, "{layer}");
    }
    assert_eq!(told("{\"class_name\":").1, ["model.unreadable"]);
}

#[test]
fn what_keras_writes_of_a_model_is_safe() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/tensorflow");
    let config = std::fs::read_to_string(folder.join("functional.json")).unwrap();
    assert_eq!(told(&config), (Verdict::Safe, vec![]));
}
