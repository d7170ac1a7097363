//! A connection that counts what goes over it.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_postgres::config::Host;
use tokio_postgres::{Client, Config, NoTls};

/// What went over a connection since it was last asked.
#[derive(Default)]
pub(crate) struct Counts {
    executed: AtomicUsize,
    trips: AtomicUsize,
    named: AtomicUsize,
    was_reading: AtomicBool,
}

impl Counts {
    /// The statements that were executed, and the round trips they took.
    pub(crate) fn take(&self) -> (usize, usize) {
        self.was_reading.store(true, Ordering::Relaxed);
        let take = |count: &AtomicUsize| count.swap(0, Ordering::Relaxed);
        (take(&self.executed), take(&self.trips))
    }

    /// The statements that were given names.
    pub(crate) fn named(&self) -> usize {
        self.named.load(Ordering::Relaxed)
    }
}

/// Connects through a stream that is counted.
pub(crate) async fn counted(config: &Config) -> (Client, Arc<Counts>) {
    let port = *config.get_ports().first().unwrap_or(&5432);
    let stream: Box<dyn Stream> = match config.get_hosts().first().unwrap() {
        Host::Tcp(name) => Box::new(TcpStream::connect((name.as_str(), port)).await.unwrap()),
        #[cfg(unix)]
        Host::Unix(folder) => {
            let path = folder.join(format!(".s.PGSQL.{port}"));
            Box::new(tokio::net::UnixStream::connect(path).await.unwrap())
        }
    };
    let counts = Arc::new(Counts::default());
    let stream = Counted {
        stream,
        counts: Arc::clone(&counts),
        sent: Vec::new(),
        is_started: false,
    };
    let (client, connection) = config.connect_raw(stream, NoTls).await.unwrap();
    tokio::spawn(connection);
    (client, counts)
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

struct Counted {
    stream: Box<dyn Stream>,
    counts: Arc<Counts>,
    /// What was sent and not yet read as messages.
    sent: Vec<u8>,
    /// Whether the startup message, which has no type, is behind.
    is_started: bool,
}

impl Counted {
    fn count(&mut self, bytes: &[u8]) {
        self.sent.extend_from_slice(bytes);
        loop {
            let header = usize::from(self.is_started);
            let Some(length) = self.sent.get(header..header + 4) else {
                return;
            };
            let length = u32::from_be_bytes(length.try_into().unwrap()) as usize + header;
            if self.sent.len() < length {
                return;
            }
            if self.is_started && self.sent[0] == b'E' {
                self.counts.executed.fetch_add(1, Ordering::Relaxed);
            }
            // The name follows the length, and ends in a 0.
            if self.is_started && self.sent[0] == b'P' && self.sent[5] != 0 {
                self.counts.named.fetch_add(1, Ordering::Relaxed);
            }
            self.is_started = true;
            self.sent.drain(..length);
        }
    }
}

impl AsyncRead for Counted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buffer);
        if buffer.filled().len() > before {
            self.counts.was_reading.store(true, Ordering::Relaxed);
        }
        read
    }
}

impl AsyncWrite for Counted {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        if let Poll::Ready(Ok(length)) = written {
            if self.counts.was_reading.swap(false, Ordering::Relaxed) {
                self.counts.trips.fetch_add(1, Ordering::Relaxed);
            }
            self.count(&bytes[..length]);
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
