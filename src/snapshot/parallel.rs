//! Several threads for what mostly waits for the file system.

use std::sync::atomic::{AtomicUsize, Ordering};

/// More threads than this only wait for the same disk.
const MOST_THREADS: usize = 8;
/// So many artifacts are looked at in the time that starting a thread takes, and some.
const WORTH_A_THREAD: usize = 50;
/// In how many parts the work of a thread is given out.
const PARTS: usize = 8;

/// Does `work` for every item, on as many threads as help; what comes of each stands at its place.
pub(super) fn for_each<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    for_each_while(items, || (), work).0
}

/// The same; `meanwhile` is done at the same time.
pub(super) fn for_each_while<T: Sync, R: Send, M>(
    items: &[T],
    meanwhile: impl FnOnce() -> M,
    work: impl Fn(&T) -> R + Sync,
) -> (Vec<R>, M) {
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let threads = processors.min(MOST_THREADS).min(items.len() / WORTH_A_THREAD);
    if threads < 2 {
        let done = items.iter().map(work).collect();
        return (done, meanwhile());
    }
    // More parts than threads, taken one after another: whoever is done first does more.
    let parts: Vec<&[T]> = items.chunks(items.len().div_ceil(threads * PARTS)).collect();
    let next = AtomicUsize::new(0);
    let take = || {
        let mut done = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(part) = parts.get(at) else { return done };
            done.push((at, part.iter().map(&work).collect::<Vec<R>>()));
        }
    };
    let (mut done, meanwhile) = std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(take)).collect();
        let meanwhile = meanwhile();
        let mut done = take();
        for other in others {
            done.extend(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        (done, meanwhile)
    });
    done.sort_unstable_by_key(|(at, _)| *at);
    (done.into_iter().flat_map(|(_, part)| part).collect(), meanwhile)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_answer_stands_at_its_items_place() {
        for number in [0, 1, WORTH_A_THREAD * 2 - 1, WORTH_A_THREAD * 2, 1000] {
            let items: Vec<usize> = (0..number).collect();
            let doubled: Vec<usize> = items.iter().map(|item| item * 2).collect();
            assert_eq!(for_each(&items, |item| item * 2), doubled);
            assert_eq!(
                for_each_while(&items, || "meanwhile", |item| item * 2),
                (doubled, "meanwhile")
            );
        }
    }
}
