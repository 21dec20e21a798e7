//! Following an alias: what it points at is loaded beside what answers, and then takes over.

use std::time::Duration;

use plimsoll_core::lifecycle::Subject;
use plimsoll_serving::Handle;
use tokio::task::JoinHandle;

use super::source::{Served, Source};

/// How often the alias is looked at: a move must be followed within a second.
const INTERVAL: Duration = Duration::from_millis(200);

/// How long a version that could not be loaded is left alone.
const PAUSE: Duration = Duration::from_secs(5);

/// The task that follows an alias; it ends when this is dropped.
pub(crate) struct Follower(JoinHandle<()>);

impl Drop for Follower {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Follower {
    /// Follows what `source` names, if that is an alias.
    pub(super) fn of(source: Source, served: &Served, handle: Handle) -> Option<Self> {
        source.followed()?;
        let subject = served.subject;
        Some(Self(tokio::spawn(Box::pin(follow(source, subject, handle)))))
    }
}

async fn follow(source: Source, mut serves: Option<Subject>, handle: Handle) {
    let mut failing = false;
    loop {
        tokio::time::sleep(INTERVAL).await;
        let Some((reference, catalogue)) = source.followed() else { return };
        let wanted = match catalogue.registry.resolve(reference).await {
            Ok(record) => {
                failing = false;
                Some(record.released.candidate.subject)
            }
            Err(error) => {
                // What answers goes on: a registry that is away must not take the service with it.
                if !failing {
                    tracing::warn!(%reference, %error, "the alias cannot be followed; what is served stays");
                }
                failing = true;
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        if wanted == serves {
            continue;
        }
        match Box::pin(source.load()).await {
            Ok((next, loaded)) => {
                handle.switch(loaded);
                serves = next.subject;
            }
            Err(error) => {
                tracing::error!(%reference, error = %error, "the version that the alias points at is not served; what is served stays");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}
