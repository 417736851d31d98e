//! No thread, fork, reset or clone shares a block with another, or with itself.
//!
//! All are drawn with noise that is the same in every run, or none, and without the operating system's bytes in
//! requests, so that nothing but what is tested keeps them apart. The exception are forks, which have no medium in
//! common here: their noise is the operating system's, and still only the notice of the fork makes them ask for it.

use std::sync::Arc;

use portcullis_entropy::{Composition, OsSource, Random, Seed};

use super::child::{forking, in_child};
use super::common::{good, image, seeded, stuck};

/// How many blocks are drawn in all where the environment variable `PORTCULLIS_BLOCKS` says nothing else. Each takes
/// 16 bytes of memory.
const BLOCKS: usize = 10_000_000;

/// Bytes of a block: one of AES, and the least that a caller would call a random value.
const BLOCK: usize = 16;

/// Blocks drawn in one request.
const AT_ONCE: usize = 16;

const THREADS: usize = 8;
const PROCESSES: usize = 8;
const RESETS: usize = 1000;
const CLONES: u32 = 1000;

#[test]
fn no_thread_fork_reset_or_clone_shares_a_block() {
    let _alone = forking();
    let blocks = std::env::var("PORTCULLIS_BLOCKS").map_or(BLOCKS, |count| count.parse().unwrap());
    let quarter = blocks / 4;
    // At its full size from the start, as growing would take it twice.
    let mut drawn = Vec::with_capacity(blocks + RESETS + CLONES as usize);
    for draw in [threads, forks, resets, clones] {
        let before = drawn.len();
        draw(quarter, &mut drawn);
        assert!(drawn.len() - before >= quarter, "all have drawn");
    }
    drawn.sort_unstable();
    let shared = drawn.windows(2).filter(|pair| pair[0] == pair[1]).count();
    assert_eq!(shared, 0, "of {} blocks", drawn.len());
}

/// The next `count` blocks of a generator.
fn draw(random: &dyn Random, count: usize) -> Vec<u8> {
    let mut out = vec![0; count * BLOCK];
    out.chunks_mut(AT_ONCE * BLOCK).for_each(|part| random.fill(part).unwrap());
    out
}

fn add(drawn: &mut Vec<u128>, bytes: &[u8]) {
    let (blocks, rest) = bytes.as_chunks::<BLOCK>();
    assert!(rest.is_empty(), "whole blocks");
    drawn.extend(blocks.iter().map(|block| u128::from_ne_bytes(*block)));
}

/// Threads of one pool, more often than they are reseeded.
fn threads(count: usize, drawn: &mut Vec<u128>) {
    let pool = Composition::new(Seed::NotKept).source(good(1)).pool();
    let outputs: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> =
            (0..THREADS).map(|_| scope.spawn(|| draw(&pool, count.div_ceil(THREADS)))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    outputs.iter().for_each(|output| add(drawn, output));
}

/// A process that goes on drawing, its children, and a child of each.
fn forks(count: usize, drawn: &mut Vec<u128>) {
    let pool = Composition::new(Seed::NotKept).source(OsSource).pool();
    let share = count.div_ceil(3 * PROCESSES);
    for _ in 0..PROCESSES {
        add(drawn, &draw(&pool, share));
        let child = in_child(|| {
            let grandchild = in_child(|| draw(&pool, share));
            [draw(&pool, share), grandchild].concat()
        });
        assert_eq!(child.len(), 2 * share * BLOCK, "a child was refused");
        add(drawn, &child);
    }
}

/// Starts of one device with a stuck source.
fn resets(count: usize, drawn: &mut Vec<u128>) {
    let store = Arc::new(seeded());
    for _ in 0..RESETS {
        add(drawn, &draw(&stuck(&store, b"device"), count.div_ceil(RESETS)));
    }
}

/// First starts of devices that are copies of one image, with a stuck source.
fn clones(count: usize, drawn: &mut Vec<u128>) {
    let origin = seeded();
    for device in 0..CLONES {
        let own = Arc::new(image(&origin));
        add(drawn, &draw(&stuck(&own, &device.to_be_bytes()), count.div_ceil(CLONES as usize)));
    }
}
