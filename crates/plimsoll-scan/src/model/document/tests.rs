use super::*;
use crate::model::look::Limits;
use crate::model::report::{FileReport, Verdict};

fn report(text: &str) -> FileReport {
    let mut seen = Look::new(Limits::default());
    look(&Content::of_bytes(text.into()), &mut seen);
    seen.report("config.json")
}

fn verdict(text: &str) -> Verdict {
    report(text).verdict
}

#[test]
fn documents_that_are_only_data_are_safe() {
    for text in [
        r#"{"os": "system", "exec": "eval"}"#,
        r#"{"architectures": ["LlamaForCausalLM"], "hidden_size": 4096, "auto_map": {}}"#,
        r#"[{"idx":0,"name":"0","path":"","type":"sentence_transformers.models.Transformer"}]"#,
        r#"{"_class_name":"P","_diffusers_version":"0.30","unet":["diffusers","UNet2DConditionModel"],
            "safety_checker":[null,null]}"#,
        r#"{"peft_type":"LORA","auto_mapping":{"base_model_class":"X","parent_library":"transformers.models.x"}}"#,
        r#"{"chat_template":"{{ messages }}"}"#,
        r#"[{"id":1,"class_name":"cat"},{"id":2,"class_name":"dog"}]"#,
        r#"{"target":"os.x","weights":[1]}"#,
        r#"{"activation_function":"gelu_new","_attn_implementation":"sdpa"}"#,
        r#"{"activation_function":"torch.nn.modules.activation.Tanh"}"#,
        "[]",
        "{}",
    ] {
        assert_eq!(verdict(text), Verdict::Safe, "{text}");
    }
    // More values than a document may have that is held whole.
    let many = format!("{{\"merges\":[{}0]}}", "0,".repeat(1_100_000));
    assert_eq!(verdict(&many), Verdict::Safe);
}

#[test]
fn documents_that_name_code_are_not() {
    for text in [
        r#"{"auto_map":{"AutoModel":"modeling_x.Model"}}"#,
        r#"{"nested":{"custom_pipelines":{"p":{"impl":"x.P"}}}}"#,
        r#"{"trust_remote_code":true}"#,
        r#"{"_target_":"my.package.Model"}"#,
        r#"[{"idx":0,"path":"","type":"my_module.Model"}]"#,
        r#"{"_diffusers_version":"1","unet":["my_module","UNet"]}"#,
        r#"{"auto_mapping":{"parent_library":"my_library"}}"#,
        r#"{"class_name":"MyLayer","config":{}}"#,
        r#"{"model":{"custom_ops_library":"libmine.so"}}"#,
        r#"{"model":{"target":"ldm.models.Diffusion","params":{}}}"#,
        r#"{"activation_fn":"my_module.Layer"}"#,
        r#"{"attn_implementation":"somebody/kernel"}"#,
        r#"{"anything":["os.system"]}"#,
        r#"{"lc":1,"type":"constructor","id":["langchain","llms","X"],"kwargs":{}}"#,
    ] {
        assert_eq!(verdict(text), Verdict::Unknown, "{text}");
    }
    for text in [
        r#"{"a":[{"_target_":"os.system"}]}"#,
        r#"{"_target_":"builtins.exec"}"#,
        r#"{"model":{"target":"subprocess.Popen","params":{"args":["id"]}}}"#,
        r#"{"model":{"class_path":"subprocess.Popen","init_args":{}}}"#,
        r#"{"x":{"type":"shutil.rmtree","init_parameters":{"path":"x"}}}"#,
        r#"{"sentence_transformers":{"activation_fn":"os.getcwd"}}"#,
        r#"[{"idx":0,"path":"","type":"subprocess.Popen"}]"#,
        r#"{"auto_mapping":{"parent_library":"os"}}"#,
        r#"{"py/reduce":[{"py/function":"nt.system"}]}"#,
        r#"{"class_name":"Lambda","config":{"function":["4wAA",null,null]}}"#,
        r#"{"chat_template":"{{ x.__class__ }}"}"#,
        r#"{"processor":{"chat_template":{"default":"{{ x.__class__ }}"}}}"#,
        r#"{"_type":"prompt","template_format":"jinja2","template":"{{ x.__class__ }}"}"#,
        r#"{"custom_ops_library":"/tmp/libmine.so"}"#,
        r#"{"a":{"py/repr":"os/system"}}"#,
    ] {
        assert_eq!(verdict(text), Verdict::Unsafe, "{text}");
    }
}

#[test]
fn models_are_told_by_their_keys_and_broken_ones_are_unreadable() {
    assert_eq!(report(r#"{"learner":{},"version":[3,2,0]}"#).formats, ["xgboost-json"]);
    assert_eq!(report(r#"{"features_info":{},"oblivious_trees":[]}"#).formats, ["catboost-json"]);
    for text in ["{", "[1,]", "{} x", "{\"a\":NaN}"] {
        assert_eq!(report(text).findings[0].code, "model.unreadable");
    }
    assert!(is(b" \n{\"a\"") && is(b"[") && !is(b"x{") && !is(b""));
}
