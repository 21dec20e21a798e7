//! Tables: read, schema, validate.
