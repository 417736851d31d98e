//! A forked child never repeats its parent's bytes. The one test file that is `unsafe`: it forks.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]
#![cfg(all(unix, feature = "std"))]
#![allow(unsafe_code, reason = "fork and what goes with it are calls of libc")]

mod common;

use std::collections::HashSet;
use std::io::Read;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::sync::Arc;

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
    let mut ends = [0; 2];
    // SAFETY: `ends` has room for the two descriptors.
    assert_eq!(unsafe { libc::pipe(ends.as_mut_ptr()) }, 0);
    // SAFETY: `pipe` has just opened this descriptor, and nothing else owns it.
    let reader = unsafe { OwnedFd::from_raw_fd(ends[0]) };
    // SAFETY: as above.
    let writer = unsafe { OwnedFd::from_raw_fd(ends[1]) };
    // SAFETY: the other threads of this process wait and hold no lock that the child takes; it ends by
    // `_exit`.
    let child = unsafe { libc::fork() };
    if child == 0 {
        let drawn = draw(pool).unwrap_or_default();
        // SAFETY: the pointer and the length are those of one live vector.
        unsafe { libc::write(writer.as_raw_fd(), drawn.as_ptr().cast(), drawn.len()) };
        // SAFETY: it ends the child and returns nowhere.
        unsafe { libc::_exit(0) };
    }
    assert!(child > 0, "fork failed");
    drop(writer);
    let mut drawn = Vec::new();
    std::fs::File::from(reader).read_to_end(&mut drawn).unwrap();
    // SAFETY: it is our own child, and no status is asked for.
    unsafe { libc::waitpid(child, std::ptr::null_mut(), 0) };
    drawn
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

/// One test, so that the process forks from one thread at a time.
#[test]
fn children_and_parent_share_no_block() {
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
