//! Processes that fork: a child never repeats its parent's bytes (here), and the property over all that could repeat
//! a block (`blocks.rs`).
#![cfg(all(unix, feature = "std"))]
#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

mod blocks;
mod child;
#[path = "../common/mod.rs"]
mod common;

use std::collections::HashSet;
use std::sync::Arc;

use child::{forking, in_child};
use common::{Source, noise};
use portcullis_entropy::{
    Composition, HardwarePoll, OsSource, Random, RandomError, RandomPool, Seed, SeedRecord,
};
use portcullis_pal::MemoryStore;

/// Blocks drawn at a time, each by its own request.
const BLOCKS: usize = 8;

fn draw(pool: &RandomPool) -> Result<Vec<u8>, RandomError> {
    let mut out = vec![0; 16 * BLOCKS];
    out.chunks_mut(16).try_for_each(|part| pool.fill(part))?;
    Ok(out)
}

fn blocks(pool: &RandomPool) -> Vec<u8> {
    draw(pool).unwrap()
}

/// What a forked child draws from `pool`: nothing when it is refused.
fn child_blocks(pool: &RandomPool) -> Vec<u8> {
    in_child(|| draw(pool).unwrap_or_default())
}

fn forks_share_no_block(pool: &RandomPool, children: usize) {
    let mut drawn = blocks(pool);
    for _ in 0..children {
        let child = child_blocks(pool);
        assert_eq!(child.len(), BLOCKS * 16, "the child was refused");
        drawn.extend(child);
        drawn.extend(blocks(pool));
    }
    let distinct: HashSet<_> = drawn.chunks_exact(16).collect();
    assert_eq!(distinct.len(), drawn.len() / 16);
}

/// A source that gives enough noise for one start, and then nothing.
fn once(seed: u8) -> impl HardwarePoll {
    let mut clean = noise(seed);
    let mut left = 1024 + 48;
    let poll = move |raw: &mut [u8]| {
        let given = raw.len().min(left);
        left -= given;
        clean(&mut raw[..given])
    };
    Source { name: "once", entropy: 8.0, poll }
}

#[test]
fn children_and_parent_share_no_block() {
    let _alone = forking();
    forks_share_no_block(&RandomPool::host(Seed::NotKept), 4);
    // Without the operating system's bytes in every request, only the notice of the fork sets them apart.
    forks_share_no_block(&Composition::new(Seed::NotKept).source(OsSource).pool(), 4);

    // Without fresh noise the seed record sets them apart. One child only, as this store is copied with the
    // process, where a medium would be shared.
    let record = SeedRecord::new(Arc::new(MemoryStore::new()), b"device");
    forks_share_no_block(&Composition::new(Seed::Kept(record)).source(once(1)).pool(), 1);

    // With neither, the child is refused, and the parent is not.
    let pool = Composition::new(Seed::NotKept).source(once(1)).pool();
    blocks(&pool);
    assert_eq!(child_blocks(&pool), []);
    blocks(&pool);
}
