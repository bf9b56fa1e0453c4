//! Threads that read files, and a pool for the pieces of a large one.
//!
//! A file is never read on a thread of a pool: while such a thread waits for others (for a piece of its file, for polars), it
//! takes the next file on top of the one it reads, and of some hundred files each on top of the other the stack overflows.

use std::num::NonZeroUsize;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread;

use rayon::{ThreadPool, ThreadPoolBuilder};

/// The threads of one run.
#[derive(Debug)]
pub struct Threads {
    jobs: usize,
    pool: OnceLock<Option<ThreadPool>>,
}

impl Threads {
    /// At most so many at once; 0 for one per core.
    pub fn new(jobs: usize) -> Self {
        let cores = || thread::available_parallelism().map_or(1, NonZeroUsize::get);
        Self { jobs: if jobs == 0 { cores() } else { jobs }, pool: OnceLock::new() }
    }

    /// Runs work that splits itself into pieces.
    pub fn split<R: Send>(&self, work: impl FnOnce() -> R + Send) -> R {
        match self.pool.get_or_init(|| ThreadPoolBuilder::new().num_threads(self.jobs).build().ok()) {
            Some(pool) => pool.install(work),
            // No threads can be started: the shared pool, or this thread, does the work.
            None => work(),
        }
    }

    /// Does one thing with each item and its number. Answers in the order of the items.
    pub fn each<T: Send, R: Send>(&self, items: Vec<T>, work: impl Fn(usize, T) -> R + Sync) -> Vec<R> {
        let more = self.jobs.min(items.len()).saturating_sub(1);
        let waiting = Mutex::new(items.into_iter().enumerate());
        let take = || waiting.lock().unwrap_or_else(PoisonError::into_inner).next();
        let run = || -> Vec<(usize, R)> { std::iter::from_fn(take).map(|(n, item)| (n, work(n, item))).collect() };
        let mut done = thread::scope(|scope| {
            // A thread that cannot be started is done without: this one takes all that the others leave.
            let others: Vec<_> =
                (0..more).map_while(|_| thread::Builder::new().spawn_scoped(scope, run).ok()).collect();
            let mut done = run();
            for other in others {
                match other.join() {
                    Ok(part) => done.extend(part),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            done
        });
        done.sort_by_key(|(n, _)| *n);
        done.into_iter().map(|(_, result)| result).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_come_in_the_order_of_the_items() {
        for jobs in [1, 2, 7] {
            let squares = Threads::new(jobs).each((0..100_usize).collect(), |n, item| (n, item * item));
            assert_eq!(squares, (0..100).map(|n| (n, n * n)).collect::<Vec<_>>(), "{jobs}");
        }
    }

    #[test]
    fn no_item_is_begun_on_top_of_another() {
        thread_local!(static DEPTH: std::cell::Cell<u32> = const { std::cell::Cell::new(0) });
        let threads = Threads::new(2);
        let deepest = threads.each((0..200_u32).collect(), |_, item| {
            DEPTH.set(DEPTH.get() + 1);
            let depth = DEPTH.get();
            // Waits for a pool, as a file does for its pieces and for polars.
            let (a, b) =
                threads.split(|| rayon::join(|| item, || thread::sleep(std::time::Duration::from_micros(200))));
            DEPTH.set(DEPTH.get() - 1);
            let ((), _) = (b, a);
            depth
        });
        assert_eq!(deepest.into_iter().max(), Some(1));
    }
}
