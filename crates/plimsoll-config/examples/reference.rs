//! Writes `docs/src/reference/configuration.md` from the schemas.

use plimsoll_config::reference::page;
use plimsoll_config::schema::{PROJECT, Schema, TABLE};

fn main() -> anyhow::Result<()> {
    let made = page(&Schema::read(PROJECT)?, &Schema::read(TABLE)?);
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/src/reference/configuration.md");
    std::fs::write(path, made)?;
    Ok(())
}
