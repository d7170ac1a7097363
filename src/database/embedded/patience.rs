//! A connection whose other end may never answer again.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

/// How long an answer may take: that of a whole file of migrations comes at once.
const LIMIT: Duration = Duration::from_secs(120);

/// A stream on which reading fails when nothing has gone to and fro for too long.
///
/// The engine has no clock, so that the limit that Postgres has for a statement does nothing there.
pub(super) struct Patient<S> {
    stream: S,
    overdue: Pin<Box<Sleep>>,
    limit: Duration,
}

impl<S> Patient<S> {
    pub(super) fn new(stream: S) -> Self {
        Self::with_limit(stream, LIMIT)
    }

    fn with_limit(stream: S, limit: Duration) -> Self {
        Self {
            stream,
            overdue: Box::pin(sleep(limit)),
            limit,
        }
    }

    fn begin_again(&mut self) {
        self.overdue.as_mut().reset(Instant::now() + self.limit);
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if let Poll::Ready(read) = Pin::new(&mut self.stream).poll_read(context, buffer) {
            self.begin_again();
            return Poll::Ready(read);
        }
        ready!(self.overdue.as_mut().poll(context));
        let limit = self.limit.as_secs();
        Poll::Ready(Err(io::Error::new(
            io::ErrorKind::TimedOut,
            format!("the embedded Postgres has not answered for {limit} seconds"),
        )))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.stream).poll_write(context, bytes));
        self.begin_again();
        Poll::Ready(written)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    use super::*;

    #[test]
    fn an_answer_that_never_comes_is_a_failure() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        runtime.unwrap().block_on(async {
            let (near, mut far) = duplex(64);
            let mut patient = Patient::with_limit(near, Duration::from_millis(50));
            for _ in 0..4 {
                sleep(Duration::from_millis(30)).await;
                far.write_all(b"x").await.unwrap();
                assert_eq!(patient.read_u8().await.unwrap(), b'x');
                patient.write_all(b"y").await.unwrap();
            }
            let failure = patient.read_u8().await.unwrap_err();
            assert_eq!(failure.kind(), io::ErrorKind::TimedOut);
        });
    }
}
