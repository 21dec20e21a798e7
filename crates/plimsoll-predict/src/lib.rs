//! A model over rows: ONNX Runtime or a predictions file; signature and feature mapping.
