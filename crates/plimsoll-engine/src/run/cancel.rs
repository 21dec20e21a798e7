//! The wish that a run ends early, as a value.

use tokio::sync::watch;

/// Whether a run is to end early. Clones share one wish.
#[derive(Clone, Debug)]
pub struct Cancel(watch::Receiver<bool>);

/// The one who may wish so.
#[derive(Debug)]
pub struct Canceller(watch::Sender<bool>);

impl Canceller {
    /// Makes a wish that was not made yet.
    pub fn new() -> (Self, Cancel) {
        let (sender, receiver) = watch::channel(false);
        (Self(sender), Cancel(receiver))
    }

    /// Wishes that the run ends: its commands are asked to end, then killed.
    pub fn cancel(&self) {
        _ = self.0.send(true);
    }
}

impl Cancel {
    /// Tells whether it was wished.
    pub fn is_wished(&self) -> bool {
        *self.0.borrow()
    }

    /// Returns when it is wished; never where nobody is left to wish it.
    pub async fn wished(&mut self) {
        if self.0.wait_for(|wished| *wished).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
