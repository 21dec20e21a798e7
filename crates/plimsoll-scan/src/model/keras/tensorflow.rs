//! Layers by which Keras 2 writes down calls of TensorFlow.

use crate::model::json::Json;
use crate::model::look::{Look, printable};
use crate::model::report::{Finding, Verdict};
use crate::model::tensorflow::operators;

/// Parts of TensorFlow's interface in which everything only computes.
const COMPUTING: [&str; 11] = [
    "math.",
    "nn.",
    "linalg.",
    "strings.",
    "image.",
    "signal.",
    "bitwise.",
    "dtypes.",
    "sparse.",
    "ragged.",
    "compat.v1.nn.",
];

/// Functions at the top of TensorFlow's interface that only compute, and methods of its tensors.
const FUNCTIONS: &str = "abs acos acosh add add_n argmax argmin argsort asin asinh atan atan2 atanh batch_to_space \
    boolean_mask broadcast_to cast ceil clip_by_norm clip_by_value complex concat cond constant convert_to_tensor \
    cos cosh cumsum cumprod divide edit_distance einsum ensure_shape equal exp expand_dims expm1 extract_volume_patches \
    eye fill floor floordiv gather gather_nd greater greater_equal identity identity_n is_tensor less less_equal \
    linspace log log1p logical_and logical_not logical_or logical_xor matmul maximum meshgrid minimum mod multiply \
    negative no_op norm not_equal one_hot ones ones_like pad pow power range rank realdiv reduce_all reduce_any \
    reduce_logsumexp reduce_max reduce_mean reduce_min reduce_prod reduce_std reduce_sum reduce_variance repeat reshape \
    reverse reverse_sequence roll round rsqrt saturate_cast scatter_nd searchsorted sequence_mask shape shape_n sigmoid \
    sign sin sinh size slice softmax sort space_to_batch space_to_batch_nd split sqrt square squeeze stack stop_gradient \
    strided_slice subtract switch_case tan tanh tensor_scatter_nd_add tensor_scatter_nd_max tensor_scatter_nd_min \
    tensor_scatter_nd_sub tensor_scatter_nd_update tensordot tile timestamp transpose truediv truncatediv truncatemod \
    unique unique_with_counts unravel_index unstack where zeros zeros_like __operators__.add __operators__.getitem \
    __operators__.eq __operators__.ne __operators__.and __operators__.or __operators__.sub __operators__.mul \
    compat.v1.shape compat.v1.gather compat.v1.where compat.v1.squeeze compat.v1.expand_dims compat.v1.transpose \
    compat.v1.concat compat.v1.nn.softmax compat.v1.reduce_sum compat.v1.reduce_mean compat.v1.reduce_max random.normal \
    random.uniform random.stateless_normal random.stateless_uniform cast_like image.resize keras.activations.relu \
    keras.backend.mean keras.activations.sigmoid keras.activations.tanh keras.activations.softmax";

/// Classes of TensorFlow's interface whose methods and properties only compute.
const CLASSES: [&str; 7] = [
    "RaggedTensor",
    "tf.RaggedTensor",
    "sparse.SparseTensor",
    "SparseTensor",
    "tf.SparseTensor",
    "Tensor",
    "IndexedSlices",
];

/// Parts of the interface that act: files, Python, whole graphs, operators by name.
const ACTING: [&str; 15] = [
    "io.",
    "raw_ops.",
    "py_function",
    "numpy_function",
    "compat.v1.py_func",
    "data.",
    "saved_model.",
    "load_library",
    "load_op_library",
    "print",
    "compat.v1.gfile",
    "compat.v1.train",
    "summary.",
    "distribute.",
    "train.",
];

/// Judges a layer that calls TensorFlow.
pub(super) fn judge(object: &Json, class: &str, look: &mut Look) {
    let null = Json::Null;
    let config = object.get("config").unwrap_or(&null);
    let name = |key: &str| config.text(key).unwrap_or_default();
    match class {
        // Slices of a tensor: the function is one of the slicing operators.
        "TFOpLambda" | "SlicingOpLambda" => function(name("function"), look),
        "TensorFlowOpLayer" => node(config, look),
        _ => {
            let class = [name("cls_ref"), name("cls_symbol"), name("class_name")];
            let class = class.into_iter().find(|name| !name.is_empty()).unwrap_or_default();
            if !CLASSES.contains(&class) {
                unknown(class, look);
            }
            let member = [name("method_name"), name("attr_name")].concat();
            if member.starts_with('_') && !member.starts_with("__") {
                unknown(&member, look);
            }
        }
    }
}

fn function(name: &str, look: &mut Look) {
    let name = name.strip_prefix("tf.").unwrap_or(name);
    let is_computing = COMPUTING.iter().any(|part| name.starts_with(part));
    if FUNCTIONS.split_ascii_whitespace().any(|known| known == name) || is_computing {
        return;
    }
    if ACTING.iter().any(|part| name.starts_with(part)) {
        let shown = printable(&format!("tf.{name}"));
        let message = format!("using the model calls `{shown}`, which acts");
        look.found(Finding::new("model.operator", Verdict::Unsafe, message).of(shown));
        return;
    }
    unknown(name, look);
}

/// A node of a graph as text: `{"op": "ReadFile", ...}` in JSON.
fn node(config: &Json, look: &mut Look) {
    let node = config.get("node_def");
    let operator = match node {
        Some(Json::Map(_)) => node.and_then(|node| node.text("op")).map(str::to_owned),
        Some(Json::Text(text)) => serde_json::from_str::<serde_json::Value>(text)
            .ok()
            .and_then(|node| node.get("op")?.as_str().map(str::to_owned)),
        _ => None,
    };
    match operator {
        Some(operator) => operators::tell(&operator, None, look),
        None => unknown("a node that is not read", look),
    }
}

fn unknown(name: &str, look: &mut Look) {
    let shown = printable(name);
    let message =
        format!("using the model calls `{shown}` of TensorFlow, which is not known to be safe");
    look.found(Finding::new("model.operator", Verdict::Unknown, message).of(shown));
}
