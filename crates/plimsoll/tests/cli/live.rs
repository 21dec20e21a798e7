//! A released model in production: served, recorded, labelled, watched, trained again, and what
//! goes wrong in between.

mod asked;
mod labelled;
mod recorded;
mod retrained;
mod scene;
mod served;
mod server;
mod switched;
mod told;
mod watched;

use asked::Connection;
use scene::{Live, at};
use server::Server;
