//! Adapters: metadata in SQLite, objects on disk, git.
