//! The log: numbered slots of bytes over `sequential-storage`'s map, each written at once or not at all. What is in a
//! slot is not known here ([`super::record`]).

use alloc::vec;
use alloc::vec::Vec;
use core::future::Future;
use core::pin::pin;
use core::task::{Context, Poll, Waker};

use embedded_storage::nor_flash::NorFlash;
use sequential_storage::cache::Cache;
use sequential_storage::cache::key_pointers::HeapKeyPointers;
use sequential_storage::cache::page_pointers::HeapPagePointers;
use sequential_storage::cache::page_states::HeapPageStates;
use sequential_storage::map::{MapConfig, MapStorage};

use super::guard::{Guard, Standing};
use super::trouble::{Fault, Trouble};

/// The number of a slot.
pub(super) type Slot = u16;

type Caches = Cache<HeapPageStates, HeapPagePointers, HeapKeyPointers<Slot>, Slot>;
type Map<F> = MapStorage<Slot, Guard<F>, Caches>;

/// Flash for each slot whose place is remembered in main memory; the others are searched for.
const FLASH_FOR_EACH_PLACE: usize = 256;

/// Is shown a slot's number and bytes.
type Each<'a> = dyn FnMut(Slot, &[u8]) -> Result<(), Trouble> + 'a;

pub(super) struct Log<F: NorFlash> {
    /// Only away while [`Log::forget`] makes it anew.
    map: Option<Map<F>>,
    /// What is written to and read from flash; at most a block.
    buffer: Vec<u8>,
}

/// How many bytes a log holds, and how a slot counts. All of a slot lies on one page, and a page holds slots side by side,
/// so where no slot is longer than `longest`, less than that much of each page can stay unused.
#[derive(Clone, Copy, Debug)]
pub(super) struct Room {
    /// The sizes of all slots together are at most this.
    pub(super) all: usize,
    /// The most bytes in a slot.
    pub(super) longest: usize,
    /// What a slot takes beside its bytes.
    overhead: usize,
    word: usize,
}

impl Room {
    /// What a slot with this many bytes takes.
    pub(super) fn size(&self, bytes: usize) -> usize {
        self.overhead + (size_of::<Slot>() + bytes).next_multiple_of(self.word)
    }

    /// What the longest slot takes.
    pub(super) fn largest(&self) -> usize {
        self.size(self.longest)
    }
}

impl<F: NorFlash> Log<F> {
    /// A log over flash whose state is not yet known: [`Log::recover`] comes first.
    pub(super) fn new(guard: Guard<F>) -> Self {
        let mut log = Self { map: None, buffer: Vec::new() };
        log.buffer = vec![0; log.room_of(guard.blocks()).largest()];
        log.map = Some(Self::map_over(guard));
        log
    }

    pub(super) fn standing(&mut self) -> Result<Standing, Trouble> {
        self.guard().standing()
    }

    pub(super) fn format(&mut self) -> Result<(), Trouble> {
        self.guard().format()
    }

    /// Repairs what a loss of power, or a driver that failed, has left.
    pub(super) fn recover(&mut self) -> Result<(), Trouble> {
        self.forget();
        self.guard().recover()
    }

    /// Forgets all that is remembered of the flash.
    fn forget(&mut self) {
        let map = self.map.take().expect("the map is only away here");
        let (guard, _) = map.destroy();
        self.map = Some(Self::map_over(guard));
    }

    pub(super) fn room(&mut self) -> Room {
        let blocks = self.guard().blocks();
        self.room_of(blocks)
    }

    /// Writes a slot, and reads it back past all that is remembered.
    ///
    /// Of words that a loss of power tore, and the first that are written behind them, one in some millions reads like
    /// the beginning of a longer item, which hides what was written. No more is then written to that page.
    pub(super) fn write(&mut self, slot: Slot, bytes: &[u8]) -> Result<(), Trouble> {
        let mut again = true;
        loop {
            self.with_buffer(|map, buffer| now(map.store_item(buffer, &slot, &bytes)))?;
            let same = self.with_buffer(|map, buffer| {
                let config = Self::config(map.flash().blocks());
                let mut unaware = MapStorage::<Slot, _, _>::new(map.flash(), config, Cache::new_uncached());
                Ok(now(unaware.fetch_item::<&[u8]>(buffer, &slot))?.is_some_and(|read| read == bytes))
            })?;
            match (same, again) {
                (true, _) => return Ok(()),
                (false, true) => {
                    again = false;
                    self.guard().close_page()?;
                    self.forget();
                }
                (false, false) => {
                    return Err(
                        Fault::unnoticed("writing slot", u32::from(slot), "it reads otherwise").into()
                    );
                }
            }
        }
    }

    /// The bytes of a slot, if it was ever written.
    pub(super) fn read(&mut self, slot: Slot) -> Result<Option<&[u8]>, Trouble> {
        let len = self.with_buffer(|map, buffer| {
            let found = now(map.fetch_item::<&[u8]>(buffer, &slot))?;
            Ok(found.map(<[u8]>::len))
        })?;
        // The slot's number comes first in the buffer.
        Ok(len.and_then(|len| self.buffer.get(size_of::<Slot>()..)?.get(..len)))
    }

    /// Shows everything that is written and not yet erased, older bytes of a slot before newer ones.
    pub(super) fn each(&mut self, each: &mut Each<'_>) -> Result<(), Trouble> {
        // The longest that may come is known only when it comes, and an iteration can't go back.
        let page = Guard::<F>::PAGE;
        let len = self.buffer.len();
        if len < page {
            self.buffer.resize(page, 0);
        }
        let outcome = self.each_in_buffer(each);
        self.buffer.truncate(len);
        self.buffer.shrink_to_fit();
        outcome
    }

    fn each_in_buffer(&mut self, each: &mut Each<'_>) -> Result<(), Trouble> {
        let map = self.map.as_mut().expect("the map is only away in `forget`");
        let mut items = now(map.fetch_all_items(&mut self.buffer))?;
        while let Some((slot, bytes)) = now(items.next::<&[u8]>(&mut self.buffer))? {
            each(slot, bytes)?;
        }
        Ok(())
    }

    /// Runs something that needs a buffer, again with a longer one where torn words look like a longer slot.
    fn with_buffer<T>(
        &mut self,
        mut run: impl FnMut(&mut Map<F>, &mut [u8]) -> Result<T, sequential_storage::Error<Fault>>,
    ) -> Result<T, Trouble> {
        loop {
            let map = self.map.as_mut().expect("the map is only away in `forget`");
            match run(map, &mut self.buffer) {
                Err(sequential_storage::Error::BufferTooSmall(len)) if len > self.buffer.len() => {
                    self.buffer.resize(len, 0);
                }
                outcome => return Ok(outcome?),
            }
        }
    }

    fn guard(&mut self) -> &mut Guard<F> {
        self.map.as_mut().expect("the map is only away in `forget`").flash()
    }

    fn map_over(guard: Guard<F>) -> Map<F> {
        let blocks = guard.blocks();
        let places = (blocks * F::ERASE_SIZE / FLASH_FOR_EACH_PLACE).clamp(16, usize::from(Slot::MAX));
        let caches = Cache::new(
            HeapPageStates::new(blocks),
            HeapPagePointers::new(blocks),
            HeapKeyPointers::new(places),
        );
        MapStorage::new(guard, Self::config(blocks), caches)
    }

    fn config<S: embedded_storage_async::nor_flash::NorFlash>(blocks: usize) -> MapConfig<S> {
        MapConfig::new(0..(blocks * Guard::<F>::PAGE) as u32)
    }

    /// One page is always empty, for the next one to be moved to. Short slots waste less of a page, longer ones less on
    /// what each takes beside its bytes: an eighth of a page is between the two.
    fn room_of(&self, blocks: usize) -> Room {
        let word = F::WRITE_SIZE.max(F::READ_SIZE);
        let overhead = Map::<F>::item_overhead_size() as usize;
        let page = Guard::<F>::PAGE - 2 * word;
        let most = (page / 8).clamp(256, 4096);
        let longest = (most - overhead) / word * word - size_of::<Slot>();
        let mut room = Room { all: 0, longest, overhead, word };
        room.all = (blocks - 1) * (page - room.largest());
        room
    }
}

/// Ends a future that never waits: everything under it is a function call.
fn now<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(outcome) = future.as_mut().poll(&mut context) {
            return outcome;
        }
    }
}
