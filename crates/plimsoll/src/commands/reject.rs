//! `plimsoll reject`

use plimsoll_core::approval::Decision;

use super::approve::{self, Asking, Wish};
use crate::error::{CommandError, Exit};
use crate::ports::Ports;
use crate::ui::Ui;

/// Say no to a version or a run, with a signed reason
///
/// It is not released or deployed until the same person approves it, whatever others say, and whether
/// or not `approvals:` asks for anybody. The key must have the role `approver` in the trust file.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    #[command(flatten)]
    asking: Asking,
}

pub(crate) async fn run(args: &Args, ports: &Ports, ui: &mut Ui) -> Result<Exit, CommandError> {
    let wish = Wish { decision: Decision::Reject, asking: &args.asking, days: None };
    approve::say(&wish, ports, ui).await
}
