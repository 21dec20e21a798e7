//! Which operators are known.

use std::collections::HashSet;
use std::sync::LazyLock;

use crate::model::report::Verdict;

/// The operators of the standard, `domain name` a line.
const STANDARD: &str = include_str!("../../../tables/onnx-operators.txt");

static KNOWN: LazyLock<HashSet<&str>> =
    LazyLock::new(|| STANDARD.lines().filter(|line| !line.starts_with('#')).collect());

/// What ONNX Runtime adds in `com.microsoft` (its docs/ContribOperators.md, 2026, and earlier releases of it).
/// Left out are those that hand a part of the model to something that is not looked at: `EPContext`, `Snpe`.
const MICROSOFT: &str = "Attention AttnLSTM BeamSearch BiasAdd BiasDropout BiasGelu BiasSoftmax BiasSplitGelu \
    BifurcationDetector BitmaskBiasDropout BitmaskDropout CDist CausalConvWithState ComplexMul ComplexMulConj \
    ConvTransposeWithDynamicPads CropAndResize DecoderAttention DecoderMaskedMultiHeadAttention \
    DecoderMaskedSelfAttention DequantizeBFP DequantizeLinear DequantizeWithOrder DynamicQuantizeLSTM \
    DynamicQuantizeMatMul DynamicTimeWarping EmbedLayerNormalization EngramGate ExpandDims FastGelu FusedConv \
    FusedGemm FusedMatMul FusedMatMulActivation GatedAdd GatedDeltaNet GatedRMSNorm GatedRelativePositionBias \
    GatherBlockQuantized GatherND Gelu GemmFastGelu GemmFloat8 GemmaRotaryEmbedding GreedySearch GridSample \
    GroupNorm GroupQueryAttention Inverse Irfft IsAllFinite LinearAttention LinearAttentionGate \
    LongformerAttention MRotaryEmbedding MatMulBlockQuantizedFp4Weight MatMulBlockQuantizedFp8Weight MatMulBnb4 \
    MatMulFpQ4 MatMulInteger16 MatMulIntegerToFloat MatMulNBits MatMulNBitsMlp MatMulNBitsQkv MaxpoolWithMask \
    MoE MulInteger MultiHeadAttention MurmurHash3 NGramHashMapping NGramRepeatBlock NhwcConv NhwcFusedConv \
    NhwcMaxPool PackedAttention PackedMultiHeadAttention Pad PagedAttention QAttention QEmbedLayerNormalization \
    QGemm QLinearAdd QLinearAveragePool QLinearConcat QLinearConv QLinearGlobalAveragePool QLinearLeakyRelu \
    QLinearMul QLinearReduceMean QLinearSigmoid QLinearSoftmax QLinearWhere QMoE QOrderedAttention QOrderedGelu \
    QOrderedLayerNormalization QOrderedLongformerAttention QOrderedMatMul QuantizeBFP QuantizeLinear \
    QuantizeWithOrder QuickGelu Range ReduceSumInteger RelativePositionBias RemovePadding RestorePadding Rfft \
    RotaryEmbedding SampleOp Sampling SkipGroupNorm SkipLayerNormalization SkipSimplifiedLayerNormalization \
    SparseAttention SparseToDenseMatMul Tokenizer TorchEmbedding TransposeMatMul Trilu UnfoldTensor Unique \
    VarlenCausalConvWithState VarlenNGramHashMapping WhisperBeamSearch WordConvEmbedding";

/// What ONNX Runtime writes into a model that it has optimized, in `com.microsoft.nchwc`.
const BLOCKED_LAYOUT: &str = "Conv MaxPool GlobalMaxPool AveragePool GlobalAveragePool ReorderInput ReorderOutput \
    Upsample";

/// What earlier releases, and the quantizer's and exporters' tools, write into the standard's domain.
const FORMER: &str = "Affine Crop ConstantFill ExperimentalConstantFill FusedConv FusedGemm GRUUnit GivenTensorFill \
    ImageScaler LayerNormalization MeanVarianceNormalization MemcpyFromHost MemcpyToHost ParametricSoftplus ScaledTanh \
    SimplifiedLayerNormalization";

/// Operators that call Python or kernels that somebody names: of `onnxruntime` (docs/PyOp.md), of its training
/// part and of `onnxruntime-extensions`.
const ACTING: [&str; 6] =
    ["PyOp", "PyCustomOp", "PythonOp", "PythonOpGrad", "PythonOpFunction", "TritonOp"];

/// Returns what is to be thought of an operator.
pub(super) fn judge(domain: &str, name: &str) -> Verdict {
    if ACTING.iter().any(|acting| name.eq_ignore_ascii_case(acting)) {
        return Verdict::Unsafe;
    }
    let is_in = |names: &str| names.split_ascii_whitespace().any(|known| known == name);
    let known = match domain {
        "" | "ai.onnx" => KNOWN.contains(format!("ai.onnx {name}").as_str()) || is_in(FORMER),
        "com.microsoft" => is_in(MICROSOFT),
        "com.microsoft.nchwc" => is_in(BLOCKED_LAYOUT),
        _ => !name.contains(' ') && KNOWN.contains(format!("{domain} {name}").as_str()),
    };
    if known { Verdict::Safe } else { Verdict::Unknown }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_are_safe_by_name_and_domain() {
        for (domain, name) in [
            ("", "Gemm"),
            ("ai.onnx", "LSTM"),
            ("ai.onnx.ml", "TreeEnsembleClassifier"),
            ("ai.onnx.preview.training", "Adam"),
            ("com.microsoft", "FusedMatMul"),
            ("com.microsoft.nchwc", "ReorderInput"),
        ] {
            assert_eq!(judge(domain, name), Verdict::Safe, "{domain} {name}");
        }
        for (domain, name) in [
            ("", "TreeEnsembleClassifier"),
            ("", "ATen"),
            ("org.pytorch.aten", "ATen"),
            ("ai.onnx.contrib", "BertTokenizer"),
            ("com.microsoft", "EPContext"),
            ("com.microsoft", "Snpe"),
            ("ai.onnx.ml Scaler", ""),
            ("#", "From"),
        ] {
            assert_eq!(judge(domain, name), Verdict::Unknown, "{domain} {name}");
        }
        assert_eq!(judge("com.microsoft", "PythonOp"), Verdict::Unsafe);
        assert_eq!(judge("pyopmulti_1", "PyOp"), Verdict::Unsafe);
    }
}
