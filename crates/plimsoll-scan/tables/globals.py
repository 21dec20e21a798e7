"""Writes tables/globals/*.txt: the names that a framework is known to write into model files.

    python globals.py WHEEL...        (for example of `pip download --no-deps scikit-learn==1.9.1`)

Nothing of a wheel is imported. Of scikit-learn and LightGBM the classes come from the sources, those that derive
from one of ROOTS or of the same module's classes that do; of compiled modules and of the other frameworks, from the
lists below, which were read in the sources of the versions that they name. A class is left out, and said, where
what is called while it is unpickled runs, opens, imports or looks up by name something that the pickle decides.
"""

import ast
import collections
import pathlib
import re
import sys
import zipfile

HERE = pathlib.Path(__file__).parent / "globals"

# Base classes of what estimators are made of.
ROOTS = {
    "BaseEstimator", "TransformerMixin", "ClassifierMixin", "RegressorMixin", "Kernel", "BaseLoss", "LossFunction",
    "BaseLink", "BaseCrossValidator", "_BaseKFold", "_RepeatedSplits", "BaseShuffleSplit", "_BaseScorer", "_BaseNMF",
    "_MultimetricScorer", "Bunch", "MetaEstimatorMixin", "_UnstableArchMixin", "_MetadataRequester", "Interval",
}
# More classes of plain Python, and functions that people put into pipelines.
PLAIN = {
    "sklearn.utils": ["Bunch"],
    "sklearn.utils._bunch": ["Bunch"],
    "sklearn.utils.deprecation": [],
    "sklearn.calibration": ["_CalibratedClassifier", "_SigmoidCalibration", "_TemperatureScaling"],
    "sklearn.ensemble._hist_gradient_boosting.binning": ["_BinMapper"],
    "sklearn.ensemble._hist_gradient_boosting.predictor": ["TreePredictor"],
    "sklearn.ensemble._gb_losses": ["*"],
    "sklearn.ensemble.gradient_boosting": ["*"],
    "sklearn._loss.link": ["*"],
    "sklearn._loss.loss": ["*"],
    "sklearn.compose._column_transformer": ["make_column_selector", "_RemainderColsList"],
    "sklearn.utils._metadata_requests": ["MetadataRequest", "MethodMetadataRequest", "MetadataRouter", "MethodMapping", "MethodPair"],
    "sklearn.metrics._scorer": ["_PredictScorer", "_ProbaScorer", "_ThresholdScorer", "_Scorer", "_MultimetricScorer", "_PassthroughScorer"],
    "sklearn.metrics.scorer": ["_PredictScorer", "_ProbaScorer", "_ThresholdScorer"],
    "sklearn.impute._iterative": ["_ImputerTriplet"],
    "sklearn.neural_network._stochastic_optimizers": ["*"],
    "sklearn.cluster._birch": ["_CFNode", "_CFSubcluster"],
    "sklearn.cluster.birch": ["_CFNode", "_CFSubcluster"],
    "sklearn.cluster._bisect_k_means": ["_BisectingTree"],
    "sklearn.cluster._kmeans": ["_kmeans_single_lloyd", "_kmeans_single_elkan"],
    "sklearn.utils._set_output": [],
    "sklearn.feature_selection._univariate_selection": ["f_classif", "f_regression", "chi2", "r_regression"],
    "sklearn.feature_selection.univariate_selection_": ["f_classif", "f_regression", "chi2"],
    "sklearn.feature_selection._mutual_info": ["mutual_info_classif", "mutual_info_regression"],
    "sklearn.preprocessing._function_transformer": ["_identity"],
    "sklearn.metrics._classification": ["accuracy_score", "balanced_accuracy_score", "f1_score", "fbeta_score", "precision_score", "recall_score", "log_loss", "brier_score_loss", "matthews_corrcoef", "jaccard_score", "cohen_kappa_score", "hamming_loss", "zero_one_loss"],
    "sklearn.metrics._regression": ["mean_absolute_error", "mean_squared_error", "r2_score", "root_mean_squared_error", "mean_absolute_percentage_error", "median_absolute_error", "explained_variance_score", "max_error", "mean_pinball_loss", "mean_squared_log_error", "mean_tweedie_deviance", "d2_absolute_error_score"],
    "sklearn.metrics._ranking": ["roc_auc_score", "average_precision_score", "ndcg_score", "dcg_score", "label_ranking_loss", "top_k_accuracy_score"],
    "sklearn.metrics.pairwise": ["euclidean_distances", "cosine_similarity", "rbf_kernel", "linear_kernel", "polynomial_kernel", "manhattan_distances"],
}
# Classes and functions of compiled modules.
COMPILED = {
    "sklearn.tree._tree": ["Tree"],
    "sklearn.neighbors._kd_tree": ["KDTree", "KDTree32", "KDTree64", "newObj"],
    "sklearn.neighbors._ball_tree": ["BallTree", "BallTree32", "BallTree64", "newObj"],
    "sklearn.neighbors.kd_tree": ["KDTree", "newObj"],
    "sklearn.neighbors.ball_tree": ["BallTree", "newObj"],
    "sklearn.neighbors._dist_metrics": ["newObj"] + [n + "Distance" for n in ("Euclidean", "Manhattan", "Minkowski", "Chebyshev", "SEuclidean", "WMinkowski", "Mahalanobis", "Hamming", "Canberra", "BrayCurtis", "Haversine", "Jaccard")],
    "sklearn.metrics._dist_metrics": ["newObj"] + [n + "Distance" + b for b in ("", "32", "64") for n in ("Euclidean", "Manhattan", "Minkowski", "Chebyshev", "SEuclidean", "WMinkowski", "Mahalanobis", "Hamming", "Canberra", "BrayCurtis", "Haversine", "Jaccard", "Dice", "Matching", "RogersTanimoto", "RussellRao", "SokalMichener", "SokalSneath")],
    "sklearn._loss._loss": ["Cy" + n for n in ("HalfSquaredError", "AbsoluteError", "PinballLoss", "HuberLoss", "HalfPoissonLoss", "HalfGammaLoss", "HalfTweedieLoss", "HalfTweedieLossIdentity", "HalfBinomialLoss", "HalfMultinomialLoss", "ExponentialLoss")] + ["__pyx_unpickle_Cy" + n for n in ("HalfSquaredError", "AbsoluteError", "HalfPoissonLoss", "HalfGammaLoss", "HalfBinomialLoss", "HalfMultinomialLoss", "ExponentialLoss", "LossFunction")],
    "sklearn.linear_model._sgd_fast": ["Hinge", "SquaredHinge", "Log", "ModifiedHuber", "SquaredLoss", "Huber", "EpsilonInsensitive", "SquaredEpsilonInsensitive"],
    "sklearn.linear_model.sgd_fast": ["Hinge", "SquaredHinge", "Log", "ModifiedHuber", "SquaredLoss", "Huber", "EpsilonInsensitive", "SquaredEpsilonInsensitive"],
    "sklearn.utils._openmp_helpers": [],
}
# Read by a person: they only pass on to what they hold, which was judged by its own name.
REVIEWED = {"FrozenEstimator", "MetadataRequest"}
# What may not happen while an object is made of a pickle.
MADE_BY = {"__new__", "__init__", "__setstate__", "__setattr__", "__getattr__", "__getattribute__", "__hash__", "__eq__", "__del__", "__init_subclass__", "__call__", "__setitem__", "append", "extend", "add"}
ACTS = {"exec", "eval", "compile", "open", "__import__", "import_module", "load", "loads", "system", "Popen", "check_output", "urlopen", "getattr", "setattr"}

CURATED = {
    "numpy": ("1.13", "2.4", {
        "numpy": ["dtype", "ndarray", "matrix", "recarray", "record", "generic", "number", "integer", "floating", "bool_", "bool", "int_", "intc", "intp", "int8", "int16", "int32", "int64", "uint", "uintc", "uintp", "uint8", "uint16", "uint32", "uint64", "float16", "float32", "float64", "float_", "longdouble", "complex64", "complex128", "complex_", "object_", "str_", "bytes_", "string_", "unicode_", "void", "datetime64", "timedelta64", "poly1d",
                  "abs", "absolute", "add", "arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctan2", "arctanh", "cbrt", "ceil", "clip", "cos", "cosh", "deg2rad", "divide", "exp", "exp2", "expm1", "fabs", "floor", "hypot", "isfinite", "isinf", "isnan", "log", "log10", "log1p", "log2", "logaddexp", "logical_not", "maximum", "mean", "median", "min", "max", "minimum", "mod", "multiply", "nan_to_num", "nanmean", "nanmedian", "negative", "power", "rad2deg", "ravel", "reciprocal", "reshape", "rint", "round", "sign", "sin", "sinh", "sqrt", "square", "std", "subtract", "sum", "tan", "tanh", "transpose", "true_divide", "trunc", "var", "where", "zeros", "ones", "array", "asarray", "arange", "linspace", "argmax", "argmin", "concatenate", "expand_dims", "squeeze", "digitize"],
        "numpy.core.multiarray": ["_reconstruct", "scalar", "array"],
        "numpy._core.multiarray": ["_reconstruct", "scalar", "array"],
        "numpy.core.numeric": ["_frombuffer"], "numpy._core.numeric": ["_frombuffer"],
        "numpy.core": ["_internal"][:0], "numpy.core.records": ["recarray", "record"], "numpy._core.records": ["recarray", "record"], "numpy.rec": ["recarray", "record"],
        "numpy.core.memmap": ["memmap"][:0],
        "numpy.ma.core": ["_mareconstruct", "MaskedArray", "MaskedConstant", "mvoid"], "numpy.ma": ["MaskedArray"],
        "numpy.matrixlib.defmatrix": ["matrix"],
        "numpy.random._pickle": ["__randomstate_ctor", "__generator_ctor", "__bit_generator_ctor"],
        "numpy.random": ["__RandomState_ctor", "RandomState"], "numpy.random.mtrand": ["RandomState"], "numpy.random._generator": ["Generator"],
        "numpy.random._mt19937": ["MT19937"], "numpy.random._pcg64": ["PCG64", "PCG64DXSM"], "numpy.random._philox": ["Philox"], "numpy.random._sfc64": ["SFC64"],
        "numpy.random.bit_generator": ["SeedSequence", "__pyx_unpickle_SeedSequence"],
        "numpy.polynomial.polynomial": ["Polynomial"], "numpy.polynomial.chebyshev": ["Chebyshev"], "numpy.polynomial.legendre": ["Legendre"], "numpy.polynomial.hermite": ["Hermite"], "numpy.polynomial.laguerre": ["Laguerre"], "numpy.lib.polynomial": ["poly1d"],
        "numpy.dtypes": [n + "DType" for n in ("Bool", "Int8", "Int16", "Int32", "Int64", "UInt8", "UInt16", "UInt32", "UInt64", "Float16", "Float32", "Float64", "LongDouble", "Complex64", "Complex128", "Object", "Str", "Bytes", "Void", "DateTime64", "TimeDelta64", "String")],
        "numpy._core._internal": ["_convert_to_stringdtype_kwargs"], "numpy._core.strings": [], "numpy.core._multiarray_umath": [],
    }),
    "scipy": ("1.0", "1.17", {
        **{f"scipy.sparse.{p}{f}": [f"{f}_matrix", f"{f}_array"] for p in ("", "_") for f in ("csr", "csc", "coo", "bsr", "dia", "dok", "lil")},
        "scipy.interpolate._interpolate": ["interp1d", "PPoly", "BPoly"], "scipy.interpolate.interpolate": ["interp1d", "PPoly", "BPoly"],
        "scipy.interpolate._bsplines": ["BSpline"], "scipy.interpolate._cubic": ["CubicSpline", "PchipInterpolator", "Akima1DInterpolator"],
        "scipy.spatial._kdtree": ["KDTree"], "scipy.spatial._ckdtree": ["cKDTree"], "scipy.spatial.ckdtree": ["cKDTree"],
        "scipy.special._ufuncs": ["expit", "logit", "erf", "gammaln", "log_ndtr", "ndtr"], "scipy.special": ["expit", "logit", "erf", "gammaln"],
        "scipy._lib.array_api_compat.numpy._aliases": ["asarray"],
        "scipy.optimize._optimize": ["OptimizeResult"], "scipy.optimize.optimize": ["OptimizeResult"],
    }),
    "joblib": ("0.10", "1.6", {"joblib.numpy_pickle": ["NumpyArrayWrapper"], "sklearn.externals.joblib.numpy_pickle": ["NumpyArrayWrapper"]}),
    "lightgbm": ("2.0", "4.7", {"lightgbm.basic": ["Booster"], "lightgbm.sklearn": ["LGBMModel", "LGBMClassifier", "LGBMRegressor", "LGBMRanker", "_ObjectiveFunctionWrapper", "_EvalFunctionWrapper"]}),
    "xgboost": ("0.90", "3.2", {"xgboost.core": ["Booster"], "xgboost.sklearn": ["XGBModel", "XGBClassifier", "XGBRegressor", "XGBRanker", "XGBRFClassifier", "XGBRFRegressor"], "xgboost.compat": ["XGBoostLabelEncoder"]}),
    "catboost": ("0.20", "1.2", {"catboost.core": ["CatBoost", "CatBoostClassifier", "CatBoostRegressor", "CatBoostRanker"], "catboost": ["CatBoost", "CatBoostClassifier", "CatBoostRegressor", "CatBoostRanker"]}),
    "pandas": ("0.24", "3.1", {
        "pandas": ["DataFrame", "Series", "Index", "RangeIndex", "MultiIndex", "DatetimeIndex", "CategoricalIndex", "IntervalIndex", "TimedeltaIndex", "PeriodIndex", "Categorical", "Timestamp", "Timedelta", "Period", "Interval", "NaT", "NA", "StringDtype", "CategoricalDtype", "BooleanDtype", "Int8Dtype", "Int16Dtype", "Int32Dtype", "Int64Dtype", "UInt8Dtype", "UInt16Dtype", "UInt32Dtype", "UInt64Dtype", "Float32Dtype", "Float64Dtype", "DatetimeTZDtype", "IntervalDtype", "PeriodDtype", "SparseDtype", "ArrowDtype", "DateOffset"],
        "pandas.arrays": ["StringArray", "BooleanArray", "IntegerArray", "FloatingArray", "IntervalArray", "DatetimeArray", "TimedeltaArray", "PeriodArray", "SparseArray", "NumpyExtensionArray", "ArrowStringArray", "ArrowExtensionArray"],
        "pandas.core.frame": ["DataFrame"], "pandas.core.series": ["Series"],
        "pandas.core.indexes.base": ["Index", "_new_Index"], "pandas.core.indexes.range": ["RangeIndex"], "pandas.core.indexes.multi": ["MultiIndex"], "pandas.core.indexes.numeric": ["Int64Index", "UInt64Index", "Float64Index"],
        "pandas.core.indexes.datetimes": ["DatetimeIndex", "_new_DatetimeIndex"], "pandas.core.indexes.timedeltas": ["TimedeltaIndex", "_new_TimedeltaIndex"], "pandas.core.indexes.period": ["PeriodIndex", "_new_PeriodIndex"], "pandas.core.indexes.interval": ["IntervalIndex", "_new_IntervalIndex"], "pandas.core.indexes.category": ["CategoricalIndex"], "pandas.core.indexes.frozen": ["FrozenList", "FrozenNDArray"],
        "pandas.core.internals.managers": ["BlockManager", "SingleBlockManager"], "pandas.core.internals": ["BlockManager", "SingleBlockManager"],
        "pandas.core.internals.blocks": ["new_block", "Block", "NumpyBlock", "NumericBlock", "ObjectBlock", "ExtensionBlock", "DatetimeLikeBlock", "FloatBlock", "IntBlock", "BoolBlock", "DatetimeBlock", "CategoricalBlock"],
        "pandas._libs.internals": ["_unpickle_block", "BlockPlacement", "BlockManager"],
        "pandas._libs.arrays": ["__pyx_unpickle_NDArrayBacked", "NDArrayBacked"],
        "pandas.core.arrays.categorical": ["Categorical"], "pandas.core.categorical": ["Categorical"], "pandas.core.arrays.string_": ["StringArray", "StringDtype"], "pandas.core.arrays.string_arrow": ["ArrowStringArray"], "pandas.core.arrays.integer": ["IntegerArray", "Int8Dtype", "Int16Dtype", "Int32Dtype", "Int64Dtype", "UInt8Dtype", "UInt16Dtype", "UInt32Dtype", "UInt64Dtype"], "pandas.core.arrays.floating": ["FloatingArray", "Float32Dtype", "Float64Dtype"], "pandas.core.arrays.boolean": ["BooleanArray", "BooleanDtype"], "pandas.core.arrays.datetimes": ["DatetimeArray"], "pandas.core.arrays.timedeltas": ["TimedeltaArray"], "pandas.core.arrays.period": ["PeriodArray"], "pandas.core.arrays.interval": ["IntervalArray"], "pandas.core.arrays.sparse.array": ["SparseArray"], "pandas.core.arrays.numpy_": ["NumpyExtensionArray", "PandasArray"],
        "pandas.core.dtypes.dtypes": ["CategoricalDtype", "DatetimeTZDtype", "PeriodDtype", "IntervalDtype", "SparseDtype", "ArrowDtype", "NumpyEADtype"],
        "pandas._libs.tslibs.timestamps": ["Timestamp", "_unpickle_timestamp"], "pandas._libs.tslibs.timedeltas": ["Timedelta", "_timedelta_unpickle"], "pandas._libs.tslibs.period": ["Period", "_unpickle_period", "PeriodDtypeBase"] , "pandas._libs.tslibs.nattype": ["_nat_unpickle", "NaTType"], "pandas._libs.tslibs.timezones": [], "pandas._libs.missing": ["NAType", "NA"], "pandas._libs.interval": ["Interval", "__pyx_unpickle_IntervalMixin"], "pandas._libs.sparse": ["IntIndex", "BlockIndex"],
        "pandas._libs.tslibs.offsets": ["Day", "Hour", "Minute", "Second", "Milli", "Micro", "Nano", "BusinessDay", "MonthEnd", "MonthBegin", "QuarterEnd", "QuarterBegin", "YearEnd", "YearBegin", "Week", "DateOffset", "BusinessMonthEnd", "BusinessMonthBegin"],
        "pandas.core.flags": ["Flags"], "pandas._libs.properties": [],
        "pytz": ["_UTC", "_p"], "pytz.lazy": [], "dateutil.tz.tz": ["tzutc"], "dateutil.relativedelta": ["relativedelta"],
    }),
    "torch": ("1.0", "2.10", {
        "torch._utils": ["_rebuild_tensor", "_rebuild_tensor_v2", "_rebuild_tensor_v3", "_rebuild_parameter", "_rebuild_parameter_with_state", "_rebuild_sparse_tensor", "_rebuild_sparse_csr_tensor", "_rebuild_qtensor", "_rebuild_meta_tensor_no_storage", "_rebuild_nested_tensor", "_rebuild_device_tensor_from_numpy", "_rebuild_device_tensor_from_cpu_tensor", "_rebuild_wrapper_subclass"],
        "torch._tensor": ["_rebuild_from_type_v2"], "torch.tensor": ["_rebuild_from_type", "_rebuild_from_type_v2"],
        "torch.storage": ["UntypedStorage", "TypedStorage", "_UntypedStorage", "_TypedStorage"],
        "torch.nn.parameter": ["Parameter", "Buffer", "UninitializedParameter"], "torch.serialization": ["_get_layout"],
        "torch.jit._pickle": ["build_boollist", "build_doublelist", "build_intlist", "build_tensor_from_id", "build_tensorlist", "restore_type_tag"],
        "torch.nn.functional": ["relu", "relu6", "gelu", "silu", "tanh", "sigmoid", "softmax", "log_softmax", "leaky_relu", "elu", "selu", "mish", "softplus", "hardswish", "hardtanh", "logsigmoid", "cross_entropy", "mse_loss", "l1_loss", "binary_cross_entropy", "binary_cross_entropy_with_logits", "nll_loss", "smooth_l1_loss"],
        "torch": ["Size", "Tensor", "device", "dtype", "Generator", "float", "float16", "float32", "float64", "half", "double", "bfloat16", "int8", "int16", "int32", "int64", "int", "long", "short", "uint8", "uint16", "uint32", "uint64", "bool", "complex32", "complex64", "complex128", "quint8", "qint8", "qint32", "quint4x2", "quint2x4", "float8_e4m3fn", "float8_e5m2", "float8_e4m3fnuz", "float8_e5m2fnuz", "per_tensor_affine", "per_channel_affine", "per_tensor_symmetric", "per_channel_symmetric", "strided", "sparse_coo"]
                 + [n + "Storage" for n in ("Float", "Double", "Half", "BFloat16", "Long", "Int", "Short", "Char", "Byte", "Bool", "ComplexFloat", "ComplexDouble", "QInt8", "QUInt8", "QInt32", "QUInt4x2", "QUInt2x4", "Untyped")],
        "torch.cuda": [n + "Storage" for n in ("Float", "Double", "Half", "BFloat16", "Long", "Int", "Short", "Char", "Byte", "Bool")],
        "torch.nn.modules.linear": ["Linear", "Identity", "Bilinear", "NonDynamicallyQuantizableLinear"],
        "torch.nn.modules.container": ["Sequential", "ModuleList", "ModuleDict", "ParameterList", "ParameterDict"],
        "torch.nn.modules.conv": [a + b + "d" for a in ("Conv", "ConvTranspose") for b in "123"],
        "torch.nn.modules.pooling": [a + b + "d" for a in ("MaxPool", "AvgPool", "AdaptiveAvgPool", "AdaptiveMaxPool", "MaxUnpool", "LPPool") for b in "123"],
        "torch.nn.modules.batchnorm": ["BatchNorm1d", "BatchNorm2d", "BatchNorm3d", "SyncBatchNorm"],
        "torch.nn.modules.instancenorm": ["InstanceNorm1d", "InstanceNorm2d", "InstanceNorm3d"],
        "torch.nn.modules.normalization": ["LayerNorm", "GroupNorm", "LocalResponseNorm", "RMSNorm", "CrossMapLRN2d"],
        "torch.nn.modules.dropout": ["Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "AlphaDropout", "FeatureAlphaDropout"],
        "torch.nn.modules.sparse": ["Embedding", "EmbeddingBag"],
        "torch.nn.modules.rnn": ["RNN", "LSTM", "GRU", "RNNCell", "LSTMCell", "GRUCell"],
        "torch.nn.modules.activation": ["ReLU", "ReLU6", "LeakyReLU", "PReLU", "ELU", "SELU", "CELU", "GELU", "SiLU", "Mish", "Sigmoid", "LogSigmoid", "Tanh", "Hardtanh", "Hardsigmoid", "Hardswish", "Softplus", "Softmax", "LogSoftmax", "Softmax2d", "Softmin", "Softsign", "Tanhshrink", "Threshold", "GLU", "RReLU", "MultiheadAttention", "Hardshrink", "Softshrink"],
        "torch.nn.modules.transformer": ["Transformer", "TransformerEncoder", "TransformerEncoderLayer", "TransformerDecoder", "TransformerDecoderLayer"],
        "torch.nn.modules.flatten": ["Flatten", "Unflatten"], "torch.nn.modules.upsampling": ["Upsample", "UpsamplingBilinear2d", "UpsamplingNearest2d"], "torch.nn.modules.padding": ["ZeroPad2d", "ReflectionPad1d", "ReflectionPad2d", "ReplicationPad1d", "ReplicationPad2d", "ConstantPad1d", "ConstantPad2d", "ConstantPad3d"], "torch.nn.modules.pixelshuffle": ["PixelShuffle", "PixelUnshuffle"],
        "torch.nn.modules.loss": ["L1Loss", "MSELoss", "CrossEntropyLoss", "NLLLoss", "BCELoss", "BCEWithLogitsLoss", "SmoothL1Loss", "HuberLoss", "KLDivLoss", "PoissonNLLLoss"],
    }),
}


def classes(wheel):
    """Yields module, class node and module tree of every class of a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            parts = pathlib.PurePosixPath(name).parts
            if not name.endswith(".py") or {"tests", "datasets", "externals", "experimental"} & set(parts):
                continue
            module = ".".join(parts)[: -len(".py")].removesuffix(".__init__")
            yield module, ast.parse(archive.read(name).decode("utf-8", "replace"))


def base_name(node):
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def acts(node):
    """Names what a class calls while it is made that could run something."""
    found = set()
    for method in node.body:
        if isinstance(method, ast.FunctionDef) and method.name in MADE_BY - {"__call__"}:
            for call in ast.walk(method):
                if isinstance(call, ast.Call) and base_name(call.func) in ACTS:
                    # A fixed name is the program's choice, not the pickle's.
                    fixed = len(call.args) > 1 and isinstance(call.args[1], ast.Constant)
                    if not (base_name(call.func) in {"getattr", "setattr"} and fixed):
                        found.add(f"{method.name} calls {base_name(call.func)}")
    return found


def scikit_learn(wheels):
    seen = collections.defaultdict(set)
    for wheel in wheels:
        version = re.search(r"-(\d+\.\d+)", wheel.name).group(1)
        trees = list(classes(wheel))
        known, changed = set(ROOTS), True
        while changed:
            changed = False
            for _, tree in trees:
                for node in ast.walk(tree):
                    if isinstance(node, ast.ClassDef) and node.name not in known and {base_name(b) for b in node.bases} & known:
                        known.add(node.name)
                        changed = True
        for module, tree in trees:
            listed = PLAIN.get(module, [])
            for node in tree.body:
                is_class = isinstance(node, ast.ClassDef)
                if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in listed:  # a named tuple
                    seen[module, node.targets[0].id].add(version)
                if not (is_class or isinstance(node, ast.FunctionDef)):
                    continue
                wanted = node.name in listed or is_class and (node.name in known or "*" in listed)
                if wanted and is_class and node.name not in REVIEWED and (what := acts(node)):
                    print(f"left out: {module}.{node.name} ({version}): {', '.join(sorted(what))}", file=sys.stderr)
                elif wanted:
                    seen[module, node.name].add(version)
        with zipfile.ZipFile(wheel) as archive:
            compiled = {re.sub(r"\.(cpython|so).*", "", n).replace("/", ".") for n in archive.namelist() if ".so" in n}
        for module, names in COMPILED.items():
            if module in compiled:
                for name in names:
                    seen[module, name].add(version)
    return seen


def key(version):
    return [int(part) for part in version.split(".")]


def write(framework, lines, how):
    text = "".join(f"{first} {last} {module} {name}\n" for module, name, first, last in sorted(lines))
    (HERE / f"{framework}.txt").write_text(f"# First version, last version, module, name. {how}\n{text}")


def main():
    HERE.mkdir(exist_ok=True)
    for framework, (first, last, modules) in CURATED.items():
        lines = {(module, name, first, last) for module, names in modules.items() for name in names}
        write(framework, lines, "From the lists of globals.py.")
    wheels = [pathlib.Path(path) for path in sys.argv[1:] if "scikit_learn" in path]
    if wheels:
        seen = scikit_learn(wheels)
        lines = {(module, name, min(versions, key=key), max(versions, key=key)) for (module, name), versions in seen.items()}
        write("scikit-learn", lines, "From the packages, by globals.py.")


main()
