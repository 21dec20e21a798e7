//! A released model in production: served, recorded, labelled, watched, trained again, and what
//! goes wrong in between.

pub(crate) mod asked;
mod labelled;
mod recorded;
mod retrained;
pub(crate) mod scene;
mod served;
pub(crate) mod server;
mod switched;
mod told;
mod watched;

use asked::Connection;
use scene::{Live, at};
use server::Server;
