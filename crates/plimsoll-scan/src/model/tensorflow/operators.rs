//! Which operators of TensorFlow only compute.
//!
//! Those that TensorFlow registers are in a table. An operator that it does not call stateful is safe, but for
//! those below that read files all the same. Of the stateful ones only those below are safe, which keep their
//! state in memory. Whatever is not in the table comes from a library that brings its own code.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::model::look::{Look, printable};
use crate::model::report::{Finding, Verdict};

/// The operators of TensorFlow, one a line, with `!` behind those that it calls stateful.
const TABLE: &str = include_str!("../../../tables/tensorflow-operators.txt");

static STATEFUL: LazyLock<HashMap<&str, bool>> = LazyLock::new(|| {
    let lines = TABLE.lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| (line.trim_end_matches('!'), line.ends_with('!'))).collect()
});

/// Operators that run Python.
const PYTHON: &str = "PyFunc EagerPyFunc PyFuncStateless";

/// Operators that read or write files, or list them, under a name that the graph gives.
const FILES: &str = "ReadFile WriteFile MatchingFiles MatchingFilesDataset ExperimentalMatchingFilesDataset \
    WholeFileReader WholeFileReaderV2 TextLineReader TextLineReaderV2 TFRecordReader TFRecordReaderV2 \
    FixedLengthRecordReader FixedLengthRecordReaderV2 LMDBReader LMDBDataset ExperimentalLMDBDataset RecordInput \
    TextLineDataset TFRecordDataset TFRecordDatasetV2 FixedLengthRecordDataset FixedLengthRecordDatasetV2 CSVDataset \
    CSVDatasetV2 ExperimentalCSVDataset SqlDataset ExperimentalSqlDataset LoadDataset SaveDataset SaveDatasetV2 \
    SnapshotDataset SnapshotDatasetV2 SnapshotDatasetReader SnapshotNestedDatasetReader SnapshotChunkDataset \
    ListSnapshotChunksDataset DatasetToTFRecord ExperimentalDatasetToTFRecord CreateSummaryFileWriter \
    CreateSummaryDbWriter ImportEvent WriteRawProtoSummary DumpTensor CalibrationStatisticsSaver ImmutableConst \
    LoadAndRemapMatrix SaveSlices RestoreSlice DTensorRestoreV2 DistributedSave FileSystemSetConfiguration \
    GenerateVocabRemapping";

/// Operators that speak to other machines, or to a debugger under an address that the graph gives.
const NETWORK: &str = "RpcCall RpcCheckStatus RpcClient RpcGetValue RpcServer RpcServerRegister RpcServerStart Rpc \
    TryRpc DataServiceDataset DataServiceDatasetV2 DataServiceDatasetV3 DataServiceDatasetV4 RegisterDataset \
    RegisterDatasetV2 DebugIdentity DebugIdentityV2 DebugIdentityV3 DebugNanCount DebugNumericSummary \
    DebugNumericSummaryV2 BigQueryReader GenerateBigQueryReaderPartitions";

/// Operators that end the process.
const ENDING: &str = "Abort";

/// Operators that are not called stateful and still are more than their outputs: graphs in a text, kernels by
/// name, copies with the address of a debugger.
const DOUBTFUL: &str = "DatasetFromGraph Copy CopyHost XlaCustomCall XlaCustomCallV2 XlaCallModule MlirPassthroughOp \
    SymbolicGradient CacheDataset IteratorGetModelProto TPUCompilationResult TPUReplicate TPUReplicateMetadata \
    RiscWhile OptimizeDataset OptimizeDatasetV2";

/// Operators that take the name of a file from who calls the graph, as savers and tables of assets do. What
/// they are given inside of the graph is judged where the graph is known.
const NAMED_FILES: &str = "Save SaveV2 Restore RestoreV2 MergeV2Checkpoints ShardedFilename ShardedFilespec \
    InitializeTableFromTextFile InitializeTableFromTextFileV2";

/// Stateful operators whose state is in memory: variables, tables, queues, random numbers, control flow,
/// datasets of tensors, training.
const IN_MEMORY: &str = "Assert AssignAddVariableOp AssignSubVariableOp AssignVariableOp VarHandleOp ReadVariableOp \
    VarIsInitializedOp Variable VariableV2 VariableShape DestroyResourceOp DisableCopyOnRead TemporaryVariable Case If \
    While StatefulPartitionedCall Multinomial ParameterizedTruncatedNormal TruncatedNormal RandomCrop RandomDataset \
    RandomDatasetV2 RandomGamma RandomPoisson RandomPoissonV2 RandomShuffle RandomStandardNormal RandomUniform \
    RandomUniformInt NonDeterministicInts RngReadAndSkip RngSkip StatelessRandomGetAlg StatefulRandomBinomial \
    StatefulStandardNormal StatefulStandardNormalV2 StatefulTruncatedNormal StatefulUniform StatefulUniformFullInt \
    StatefulUniformInt AnonymousRandomSeedGenerator AnonymousSeedGenerator DeleteRandomSeedGenerator \
    DeleteSeedGenerator DummySeedGenerator SampleDistortedBoundingBox SampleDistortedBoundingBoxV2 AllCandidateSampler \
    FixedUnigramCandidateSampler LearnedUnigramCandidateSampler LogUniformCandidateSampler \
    ThreadUnsafeUnigramCandidateSampler UniformCandidateSampler AnonymousHashTable HashTable HashTableV2 \
    AnonymousMutableDenseHashTable AnonymousMutableHashTable AnonymousMutableHashTableOfTensors MutableDenseHashTable \
    MutableDenseHashTableV2 MutableHashTable MutableHashTableV2 MutableHashTableOfTensors MutableHashTableOfTensorsV2 \
    InitializeTableV2 InitializeTableFromDataset LookupTableExportV2 LookupTableFindV2 LookupTableImportV2 \
    LookupTableInsertV2 LookupTableRemoveV2 LookupTableSizeV2 FIFOQueue FIFOQueueV2 PaddingFIFOQueue \
    PaddingFIFOQueueV2 PriorityQueue PriorityQueueV2 RandomShuffleQueue RandomShuffleQueueV2 QueueCloseV2 \
    QueueDequeueManyV2 QueueDequeueUpToV2 QueueDequeueV2 QueueEnqueueManyV2 QueueEnqueueV2 QueueIsClosedV2 QueueSizeV2 \
    FakeQueue Barrier Stack StackV2 StackCloseV2 StackPopV2 StackPushV2 Stage StageClear StagePeek StageSize Unstage \
    MapClear MapIncompleteSize MapPeek MapSize MapStage MapUnstage MapUnstageNoKey OrderedMapClear \
    OrderedMapIncompleteSize OrderedMapPeek OrderedMapSize OrderedMapStage OrderedMapUnstage OrderedMapUnstageNoKey \
    TensorArray TensorArrayV2 TensorArrayV3 TensorArrayCloseV3 TensorArrayConcatV3 TensorArrayGatherV3 TensorArrayGrad \
    TensorArrayGradV2 TensorArrayGradV3 TensorArrayGradWithShape TensorArrayReadV3 TensorArrayScatterV3 \
    TensorArraySizeV3 TensorArraySplitV3 TensorArrayWriteV3 CudnnRNN CudnnRNNBackprop CudnnRNNBackpropV2 \
    CudnnRNNBackpropV3 CudnnRNNV2 CudnnRNNV3 CheckNumerics CheckNumericsV2 GuaranteeConst Empty DeepCopy \
    ConditionalAccumulator SparseConditionalAccumulator ResourceConditionalAccumulator ResourceAccumulatorApplyGradient \
    ResourceAccumulatorNumAccumulated ResourceAccumulatorSetGlobalStep ResourceAccumulatorTakeGradient MutexLock MutexV2 \
    ConsumeMutexLock AddManySparseToTensorsMap AddSparseToTensorsMap TakeManySparseFromTensorsMap AnonymousIterator \
    AnonymousIteratorV2 AnonymousIteratorV3 AnonymousMemoryCache AnonymousMultiDeviceIterator \
    AnonymousMultiDeviceIteratorV3 DeleteIterator DeleteMemoryCache DeleteMultiDeviceIterator DummyIterationCounter \
    DummyMemoryCache Iterator IteratorV2 IteratorFromStringHandle IteratorFromStringHandleV2 IteratorGetDevice \
    IteratorGetNext IteratorGetNextAsOptional IteratorGetNextSync IteratorToStringHandle MakeIterator OneShotIterator \
    MultiDeviceIterator MultiDeviceIteratorFromStringHandle MultiDeviceIteratorGetNextFromShard \
    MultiDeviceIteratorInit MultiDeviceIteratorToStringHandle DatasetToSingleElement ReduceDataset GeneratorDataset \
    GroupByReducerDataset ListDataset RangeDataset ShuffleAndRepeatDatasetV2 ShuffleDatasetV2 ShuffleDatasetV3 \
    GlobalShuffleDataset SparseTensorSliceDataset TensorDataset TensorSliceDataset Timestamp NegTrain Skipgram \
    SyncDevice StatsAggregatorHandle StatsAggregatorHandleV2 Print ResourceCountUpTo _Arg _Retval _If _While \
    BoostedTreesPredict BoostedTreesEnsembleResourceHandleOp BoostedTreesCreateEnsemble BoostedTreesDeserializeEnsemble \
    BoostedTreesSerializeEnsemble IsBoostedTreesEnsembleInitialized BoostedTreesGetEnsembleStates \
    BoostedTreesQuantileStreamResourceHandleOp BoostedTreesQuantileStreamResourceGetBucketBoundaries \
    BoostedTreesQuantileStreamResourceDeserialize BoostedTreesExampleDebugOutputs";

/// How stateful operators that change variables begin.
const ON_VARIABLES: [&str; 5] = [
    "ResourceApply",
    "ResourceSparseApply",
    "ResourceScatter",
    "ResourceGather",
    "ResourceStridedSlice",
];

/// Operators that earlier releases wrote and later ones no longer register, and what the optimizer fuses.
const FORMER: &str = "BatchFFT BatchFFT2D BatchFFT3D BatchIFFT BatchSvd TensorArrayPack TensorArrayUnpack _FusedMatMul \
    _FusedConv2D _FusedBatchNormEx _FusedDepthwiseConv2dNative";

/// What a stated operator does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    /// It computes.
    Computes,
    /// It takes the name of a file from elsewhere in the graph.
    TakesFile,
    /// It prints to where one of its attributes says.
    Prints,
    /// It is not known, or not enough.
    Unknown(&'static str),
    /// It acts.
    Acts(&'static str),
}

/// Returns what an operator does.
pub(crate) fn deed(name: &str) -> Deed {
    let is_in = |names: &str| names.split_ascii_whitespace().any(|known| known == name);
    if is_in(PYTHON) {
        return Deed::Acts("calls Python");
    } else if is_in(FILES) {
        return Deed::Acts("reads or writes files that the graph names");
    } else if is_in(NETWORK) {
        return Deed::Acts("speaks to an address that the graph names");
    } else if is_in(ENDING) {
        return Deed::Acts("ends the process");
    } else if name == "PrintV2" {
        return Deed::Prints;
    } else if is_in(NAMED_FILES) {
        return Deed::TakesFile;
    } else if is_in(DOUBTFUL) {
        return Deed::Unknown("holds or names what is not looked at");
    }
    let on_variables = ON_VARIABLES.iter().any(|begin| name.starts_with(begin));
    match STATEFUL.get(name) {
        Some(false) if !name.starts_with('_') => Deed::Computes,
        Some(true) if on_variables || is_in(IN_MEMORY) => Deed::Computes,
        Some(_) if is_in(IN_MEMORY) || is_in(FORMER) => Deed::Computes,
        None if is_in(FORMER) => Deed::Computes,
        Some(_) => Deed::Unknown("is more than its outputs"),
        None => Deed::Unknown("is not one of TensorFlow's: a library that brings it runs its code"),
    }
}

/// Keeps a finding of an operator that does not only compute, seen at `at`.
pub(crate) fn tell(name: &str, at: Option<u64>, look: &mut Look) {
    let (code, verdict, why) = match deed(name) {
        Deed::Computes => return,
        Deed::Acts(why) => ("model.operator", Verdict::Unsafe, why),
        Deed::TakesFile => ("model.operator", Verdict::Unknown, "reads or writes a file"),
        Deed::Prints => ("model.operator", Verdict::Unknown, "prints, perhaps into a file"),
        Deed::Unknown(why) if STATEFUL.contains_key(name) => {
            ("model.operator", Verdict::Unknown, why)
        }
        Deed::Unknown(why) => ("model.custom-operator", Verdict::Unknown, why),
    };
    let shown = printable(name);
    let mut finding =
        Finding::new(code, verdict, format!("the operator `{shown}` {why}")).of(shown);
    finding.offset = at;
    look.found(finding);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_listed_operator_is_one_of_tensorflows() {
        for names in [PYTHON, ENDING, NAMED_FILES, IN_MEMORY] {
            for name in names.split_ascii_whitespace() {
                assert!(STATEFUL.contains_key(name), "{name}");
            }
        }
    }

    #[test]
    fn what_computes_is_told_from_what_acts() {
        for name in
            ["MatMul", "Conv2D", "VarHandleOp", "StatefulPartitionedCall", "RandomUniform", "_Arg"]
        {
            assert_eq!(deed(name), Deed::Computes, "{name}");
        }
        for name in
            ["ReadFile", "WriteFile", "PyFunc", "EagerPyFunc", "ImmutableConst", "RpcCall", "Abort"]
        {
            assert!(matches!(deed(name), Deed::Acts(_)), "{name}");
        }
        for name in
            ["TRTEngineOp", "My>Op", "XlaLaunch", "_XlaRun", "XlaCallModule", "RemoteCall", ""]
        {
            assert!(matches!(deed(name), Deed::Unknown(_)), "{name}");
        }
    }
}
