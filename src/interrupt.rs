//! Ctrl-C and requests to end, which stop a run so that its guards can clean up.

use std::future::Future;

use tokio::runtime::{Builder, Runtime};

use crate::error::{Error, Result};

/// Runs the asynchronous part of the work, and listens for signals from then on.
///
/// Once listened for, a signal no longer ends the process by itself. What follows the asynchronous part has to ask.
pub(crate) struct Interrupts {
    signals: Signals,
    runtime: Runtime,
}

impl Interrupts {
    pub(crate) fn listen() -> Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime
            .map_err(|cause| Error::new("cannot start the async runtime").with_source(cause))?;
        let signals = runtime.block_on(async { Signals::listen() });
        Ok(Self { signals, runtime })
    }

    /// Runs `work` to its end or to a signal, whichever comes first. After a signal it is dropped, with all its guards.
    pub(crate) fn run<T>(&mut self, work: impl Future<Output = Result<T>>) -> Result<T> {
        let signals = &mut self.signals;
        self.runtime.block_on(async {
            tokio::select! {
                biased;
                signal = signals.next() => Err(Error::interrupted(signal)),
                done = work => done,
            }
        })
    }

    /// Runs `work` to its end, whatever signals come: `on_signal` gets the number of each.
    #[cfg(feature = "cli")]
    pub(crate) fn run_through<T>(
        &mut self,
        work: impl Future<Output = T>,
        mut on_signal: impl FnMut(u8),
    ) -> T {
        let signals = &mut self.signals;
        self.runtime.block_on(async {
            let mut work = std::pin::pin!(work);
            loop {
                tokio::select! {
                    biased;
                    done = &mut work => return done,
                    signal = signals.next() => on_signal(signal),
                }
            }
        })
    }

    /// Listens for the signals, too, that people send to programs for other reasons than to end them: they are to be
    /// passed on.
    #[cfg(feature = "cli")]
    pub(crate) fn listen_for_a_child(&mut self) {
        self.runtime
            .block_on(async { self.signals.listen_for_a_child() });
    }

    /// Fails if a signal came since the last call or [`Self::run`].
    pub(crate) fn check(&mut self) -> Result<()> {
        // To yield once has the runtime look for signals.
        self.run(async {
            tokio::task::yield_now().await;
            Ok(())
        })
    }
}

#[cfg(unix)]
struct Signals(Vec<(u8, tokio::signal::unix::Signal)>);

#[cfg(unix)]
impl Signals {
    fn listen() -> Self {
        use tokio::signal::unix::{SignalKind, signal};
        let kinds = [
            SignalKind::hangup(),
            SignalKind::interrupt(),
            SignalKind::terminate(),
        ];
        let listen = |kind: SignalKind| {
            let number = u8::try_from(kind.as_raw_value()).ok()?;
            Some((number, signal(kind).ok()?))
        };
        Self(kinds.into_iter().filter_map(listen).collect())
    }

    #[cfg(feature = "cli")]
    fn listen_for_a_child(&mut self) {
        use tokio::signal::unix::{SignalKind, signal};
        for kind in [
            SignalKind::quit(),
            SignalKind::user_defined1(),
            SignalKind::user_defined2(),
        ] {
            if let Ok(number) = u8::try_from(kind.as_raw_value())
                && let Ok(stream) = signal(kind)
            {
                self.0.push((number, stream));
            }
        }
    }

    /// The number of the next signal.
    async fn next(&mut self) -> u8 {
        std::future::poll_fn(|context| {
            let mut signals = self.0.iter_mut();
            match signals.find_map(|(number, signal)| {
                signal.poll_recv(context).is_ready().then_some(*number)
            }) {
                Some(number) => std::task::Poll::Ready(number),
                None => std::task::Poll::Pending,
            }
        })
        .await
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn listen() -> Self {
        Self
    }

    #[cfg(feature = "cli")]
    fn listen_for_a_child(&mut self) {}

    async fn next(&mut self) -> u8 {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        2 // As SIGINT is numbered.
    }
}

#[cfg(all(test, unix))]
mod tests {
    use nix::sys::signal::{Signal, raise};

    use super::*;

    #[test]
    fn a_signal_is_heard_during_the_work_and_after_it() {
        // In a process of its own: other tests of this one would hear it, too.
        let test = "interrupt::tests::signals_to_this_process";
        let ran = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", test, "--ignored"])
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&ran.stdout);
        assert!(ran.status.success() && told.contains("1 passed"), "{told}");
    }

    #[test]
    #[ignore = "run by the test before"]
    fn signals_to_this_process() {
        let mut interrupts = Interrupts::listen().unwrap();
        assert_eq!(interrupts.run(async { Ok("done") }).unwrap(), "done");
        interrupts.check().unwrap();

        raise(Signal::SIGHUP).unwrap();
        let error = interrupts.check().unwrap_err();
        assert_eq!(error.signal(), Some(1));
        interrupts.check().unwrap();

        let error = interrupts.run(async {
            raise(Signal::SIGTERM).unwrap();
            std::future::pending::<Result<()>>().await
        });
        assert_eq!(error.unwrap_err().signal(), Some(15));
    }
}
