//! A blocking reader as an asynchronous one: a block at a time, on a thread for blocking work.

use std::io::{self, Read};
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, ReadBuf};
use tokio::task::{JoinHandle, spawn_blocking};

use super::BLOCK;
use super::reader::Reader;

/// The content of an object.
pub(super) struct Streamed {
    state: State,
}

enum State {
    Idle(Box<Block>),
    Reading(JoinHandle<Box<Block>>),
    /// The thread that read is gone, and the reader with it.
    Lost,
}

/// What was read at once.
struct Block {
    reader: Reader,
    bytes: Vec<u8>,
    filled: usize,
    given: usize,
    /// How the reading ended, where it did: it is told after the bytes before it.
    end: Option<io::Result<()>>,
}

impl Streamed {
    /// Reads the first block, which blocks the calling thread: small objects are whole then.
    pub(super) fn begin(reader: Reader) -> Self {
        let bytes = vec![0; BLOCK];
        let block = Box::new(Block { reader, bytes, filled: 0, given: 0, end: None });
        Self { state: State::Idle(block.next()) }
    }
}

impl Block {
    fn next(mut self: Box<Self>) -> Box<Self> {
        self.given = 0;
        self.filled = 0;
        self.end = None;
        while self.filled < self.bytes.len() && self.end.is_none() {
            match self.reader.read(&mut self.bytes[self.filled..]) {
                Ok(0) => self.end = Some(Ok(())),
                Ok(read) => self.filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => self.end = Some(Err(error)),
            }
        }
        self
    }
}

impl AsyncRead for Streamed {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            if let State::Idle(block) = &mut self.state {
                let left = &block.bytes[block.given..block.filled];
                if !left.is_empty() {
                    let given = left.len().min(buffer.remaining());
                    buffer.put_slice(&left[..given]);
                    block.given += given;
                    return Poll::Ready(Ok(()));
                }
                match block.end.take() {
                    Some(Ok(())) => {
                        block.end = Some(Ok(()));
                        return Poll::Ready(Ok(()));
                    }
                    // Asked once more, the reader answers once more.
                    Some(Err(error)) => return Poll::Ready(Err(error)),
                    None => {}
                }
            }
            self.state = match std::mem::replace(&mut self.state, State::Lost) {
                State::Idle(block) => State::Reading(spawn_blocking(move || block.next())),
                State::Reading(mut reading) => match Pin::new(&mut reading).poll(context) {
                    Poll::Pending => {
                        self.state = State::Reading(reading);
                        return Poll::Pending;
                    }
                    Poll::Ready(read) => State::Idle(read?),
                },
                State::Lost => {
                    let problem = "the thread that read the object is gone";
                    return Poll::Ready(Err(io::Error::other(problem)));
                }
            };
        }
    }
}
