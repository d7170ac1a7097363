//! Work on independent things, on all processors.

use std::num::NonZero;
use std::panic;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Starting a thread costs about as much as lowering this many modules.
const FEW: usize = 4;

/// What `work` makes of each item, in their order. A panic in it is passed on.
pub(crate) fn map<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let processors = thread::available_parallelism().map_or(1, NonZero::get);
    let workers = processors.min(items.len() / FEW);
    if workers < 2 {
        return items.iter().map(work).collect();
    }
    let next = AtomicUsize::new(0);
    let share = || {
        let mut done = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            match items.get(index) {
                Some(item) => done.push((index, work(item))),
                None => return done,
            }
        }
    };
    let mut done = thread::scope(|scope| {
        let others: Vec<_> = (1..workers).map(|_| scope.spawn(share)).collect();
        let mut done = share();
        for other in others {
            match other.join() {
                Ok(share) => done.extend(share),
                Err(cause) => panic::resume_unwind(cause),
            }
        }
        done
    });
    done.sort_unstable_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}

/// Does both at once. A panic is passed on.
#[cfg(feature = "postgres")]
pub(crate) fn join<A: Send, B>(
    other: impl FnOnce() -> A + Send,
    own: impl FnOnce() -> B,
) -> (A, B) {
    thread::scope(|scope| {
        let other = scope.spawn(other);
        let own = own();
        match other.join() {
            Ok(other) => (other, own),
            Err(cause) => panic::resume_unwind(cause),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::{join, map};

    #[test]
    fn results_are_in_order_and_panics_are_passed_on() {
        for count in [0, 1, 7, 8, 1000] {
            let items: Vec<usize> = (0..count).collect();
            let doubled: Vec<usize> = items.iter().map(|item| item * 2).collect();
            assert_eq!(map(&items, |item| item * 2), doubled);
        }
        assert_eq!(join(|| 1, || "b"), (1, "b"));
        let items: Vec<usize> = (0..100).collect();
        let outcome = std::panic::catch_unwind(|| {
            map(&items, |item| assert!(*item != 77, "seventy-seven"));
        });
        let cause = outcome.unwrap_err();
        assert_eq!(cause.downcast_ref(), Some(&"seventy-seven"));
    }
}
