//! One connection, from its first request to its end.

use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::Service;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{Sleep, sleep, timeout};

use super::accept::Counted;
use super::pace::{Late, Pace, Paced};
use crate::refusal::Refusal;
use crate::service::{self, Reply};
use crate::state::State;

/// How often a connection is looked at for waits that take too long.
const LOOK: Duration = Duration::from_millis(500);

/// A head may have as many bytes.
const LARGEST_HEAD: usize = 64 << 10;

/// After an answer to a body that was not read, as much of it is still taken, for as long: who is
/// sending would otherwise see a broken connection instead of the answer.
const LINGER: (usize, Duration) = (64 << 20, Duration::from_secs(2));

/// What the connections of a worker have in common.
pub(super) struct Shared {
    pub(super) state: Arc<State>,
    pub(super) worker: usize,
    pub(super) ends: watch::Receiver<bool>,
}

/// Answers the requests of one connection.
pub(super) async fn serve(shared: Rc<Shared>, stream: std::net::TcpStream, _counted: Counted) {
    let stream = match TcpStream::from_std(stream) {
        Ok(stream) => stream,
        Err(error) => return tracing::debug!(%error, "a connection cannot be served"),
    };
    let pace = Pace::new();
    let io = Paced { inner: TokioIo::new(stream), pace: &pace };
    let answering = Answering { shared: &shared, pace: &pace };
    let mut connection = http1::Builder::new()
        .half_close(true)
        // One piece costs less than two, at this size of an answer.
        .writev(false)
        .max_header_size(LARGEST_HEAD)
        .header_read_timeout(None)
        .serve_connection(io, answering);
    let mut ends = shared.ends.clone();
    let mut ending = pin!(ends.wait_for(|ends| *ends));
    let mut told = false;
    let mut look = pin!(sleep(LOOK));
    let end = poll_fn(|cx| {
        if !told && ending.as_mut().poll(cx).is_ready() {
            told = true;
            Pin::new(&mut connection).graceful_shutdown();
        }
        match connection.poll_without_shutdown(cx) {
            Poll::Ready(Ok(())) => return Poll::Ready(End::Done),
            Poll::Ready(Err(error)) => return Poll::Ready(End::Broken(error)),
            Poll::Pending => {}
        }
        while look.as_mut().poll(cx).is_ready() {
            reset(look.as_mut());
            if let Some(late) = pace.late(Instant::now(), &shared.state.limits) {
                return Poll::Ready(End::Late(late));
            }
        }
        Poll::Pending
    });
    let end = end.await;
    let mut stream = connection.into_parts().io.inner.into_inner();
    match end {
        End::Done => linger(&mut stream).await,
        End::Late(Late::Head) => {
            let seconds = shared.state.limits.head_time.as_secs();
            let refusal = Refusal::Slow { part: "head", seconds }.raw();
            _ = timeout(LOOK, stream.write_all(&refusal)).await;
            linger(&mut stream).await;
        }
        End::Late(late) => tracing::debug!(?late, "a connection took too long"),
        End::Broken(error) => {
            tracing::debug!(%error, "a connection broke off");
            // What was answered to a head that is no HTTP should arrive.
            if error.is_parse() {
                linger(&mut stream).await;
            }
        }
    }
}

/// How a connection came to its end.
enum End {
    Done,
    Broken(hyper::Error),
    Late(Late),
}

fn reset(look: Pin<&mut Sleep>) {
    look.reset(tokio::time::Instant::now() + LOOK);
}

/// Closes towards the client and takes what it still sends, within bounds.
async fn linger(stream: &mut TcpStream) {
    if stream.shutdown().await.is_err() {
        return;
    }
    let (mut left, time) = LINGER;
    let take = async {
        let mut buffer = vec![0; 16 << 10];
        while left > 0 {
            match stream.read(&mut buffer).await {
                Ok(0) | Err(_) => return,
                Ok(count) => left = left.saturating_sub(count),
            }
        }
    };
    _ = timeout(time, take).await;
}

/// Answers one request after the other.
struct Answering<'c> {
    shared: &'c Rc<Shared>,
    pace: &'c Pace,
}

impl<'c> Service<Request<Incoming>> for Answering<'c> {
    type Response = Reply;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Reply, Infallible>> + 'c>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        self.pace.answer();
        let (shared, pace) = (self.shared, self.pace);
        Box::pin(async move {
            let reply = service::respond(&shared.state, shared.worker, request).await;
            pace.answered(Instant::now());
            Ok(reply)
        })
    }
}
