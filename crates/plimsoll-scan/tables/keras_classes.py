"""Writes keras-classes.txt: the classes and functions of Keras that a model's configuration may name.

    pip download --no-deps keras==2.2.5 keras==2.3.1 ... tf_keras==2.19.0
    python keras_classes.py *.whl

The source in the wheels is parsed, not run. A class counts if one of the bases below is among its ancestors (by
name, over all files of a release); a function counts if it is public and in a file of pure functions. What runs
code or reads files that the configuration names is left out here and judged by `src/model/keras`.
"""

import ast
import re
import sys
import zipfile
from pathlib import Path

ROOTS = {
    "Layer", "Operation", "Model", "Network", "Container", "Initializer", "Regularizer", "Constraint", "Loss", "Metric",
    "Optimizer", "OptimizerV2", "BaseOptimizer", "LearningRateSchedule", "DTypePolicy", "Policy", "Quantizer",
    "Functional", "Sequential", "SeedGenerator", "KerasTensor", "InputSpec", "DTypePolicyMap", "LossScale",
    "QuantizationConfig", "Feature", "Cross",
}
# Code, other files, or whatever TensorFlow exports, named by the configuration.
LEFT_OUT = {
    "Lambda", "TorchModuleWrapper", "JaxLayer", "FlaxLayer", "TFSMLayer", "TFOpLambda", "SlicingOpLambda",
    "ClassMethod", "InstanceMethod", "InstanceProperty", "TensorFlowOpLayer", "AddMetric", "AddLoss", "CustomLayer",
    "KerasLayer", "BackendVariable", "ExportArchive", "HubLayer", "Merge", "ReloadedLayer", "RestoredOptimizer",
    "ModuleWrapper", "VariableScopeLayer", "VariableScopeWrapperLayer", "CustomGradientFunction", "EmptyLayer",
    "DistributedCallbackModel", "Function", "PyMetric",
}
PURE = re.compile(
    r"/(activations|losses|metrics|regularizers|initializers|constraints)(/[a-z_0-9]+)?\.py$"
    r"|/src/activations/[a-z_0-9]+\.py$|/src/ops/(nn|math|numpy|linalg)\.py$"
)
NOT_FUNCTIONS = {"get", "serialize", "deserialize", "deserialize_keras_object", "serialize_keras_object", "load", "save",
                 "populate_deserializable_objects"}
SKIPPED = re.compile(r"(_test|_tests|test_utils?|testing_utils)\.py$|/(tests|testing|testing_infra|integration_test)/|benchmark")


def name_of(base):
    while isinstance(base, ast.Subscript):
        base = base.value
    return base.attr if isinstance(base, ast.Attribute) else getattr(base, "id", "")


def of_wheel(path):
    bases, functions = {}, set()
    with zipfile.ZipFile(path) as wheel:
        for name in wheel.namelist():
            if not name.endswith(".py") or SKIPPED.search(name):
                continue
            tree = ast.parse(wheel.read(name))
            for node in tree.body:
                if isinstance(node, ast.ClassDef):
                    bases.setdefault(node.name, set()).update(name_of(base) for base in node.bases)
                elif isinstance(node, ast.FunctionDef) and PURE.search("/" + name):
                    functions.add(node.name)
    known = set(ROOTS)
    while True:
        more = {name for name, of in bases.items() if of & known} - known
        if not more:
            return {name for name in bases if name in known}, functions
        known |= more


classes, functions, wheels = set(), set(), []
for path in sorted(sys.argv[1:]):
    wheels.append("-".join(Path(path).name.split("-")[:2]))
    found = of_wheel(path)
    classes |= found[0]
    functions |= found[1]
is_public = lambda name: not name.startswith("_")
lines = [f"# From {' '.join(wheels)} by keras_classes.py."]
lines += [f"class {name}" for name in sorted(classes - LEFT_OUT) if is_public(name)]
lines += [f"function {name}" for name in sorted(functions - NOT_FUNCTIONS) if is_public(name)]
Path(__file__).with_name("keras-classes.txt").write_text("\n".join(lines) + "\n")
