//! The guard: the flash as `sequential-storage` sees it, whose erases happen wholly or, as far as anyone can see, not
//! at all. A real erase that loses power leaves a block in any state, even one that looks sound.
//!
//! Each block begins with [`Mark`]s that `sequential-storage` does not see: one that says that the last erase ended,
//! and room for [`DOOMS`] that name another block which is about to be erased. [`Guard::recover`] erases again whatever
//! was being erased. No word is written twice between two erases. What the log in the blocks means is not known here.

use alloc::vec;
use alloc::vec::Vec;
use core::ops::Range;

use embedded_storage::nor_flash::{ErrorType, NorFlash};
use embedded_storage_async::nor_flash as asynchronous;

use super::mark::{FORMAT, Kind, Mark};
use super::trouble::{Fault, Trouble};

/// How many other blocks one block can name as doomed. One is named for each erase, and the places come back when
/// the block itself is erased, so more than one is used only where power is lost again and again.
const DOOMS: usize = 3;

/// The largest word that `sequential-storage` knows.
const MAX_WORD: usize = 32;

/// A flash with marks.
pub(super) struct Guard<F> {
    flash: F,
    start: u32,
    /// What is known of each block since [`Guard::recover`].
    blocks: Vec<Block>,
    /// The newest serial number of an erase.
    last: u32,
}

#[derive(Clone, Copy, Default)]
struct Block {
    serial: u32,
    /// Places for dooms that can't be written to any more.
    dooms: usize,
}

/// What one place for a mark holds.
enum Place {
    Blank,
    Mark(Mark),
    /// Anything else: a mark whose writing was cut, or no mark at all.
    Other,
}

/// What a range of flash holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// Nothing, or only the beginning of a first mark.
    Blank,
    /// Something that is not ours.
    Foreign,
    Store,
}

impl<F: NorFlash> Guard<F> {
    /// The unit of reading and writing alike.
    const WORD: usize = if F::WRITE_SIZE > F::READ_SIZE { F::WRITE_SIZE } else { F::READ_SIZE };
    /// The length of a mark with what fills its last word.
    const PLACE: usize = Mark::LEN.next_multiple_of(Self::WORD);
    const HEAD: usize = Self::PLACE * (1 + DOOMS);
    /// What `sequential-storage` sees of a block.
    pub(super) const PAGE: usize = F::ERASE_SIZE - Self::HEAD;

    /// A guard over a range of the flash, of which nothing is known yet.
    pub(super) fn new(flash: F, range: &Range<u32>) -> Result<Self, Trouble> {
        let size = F::ERASE_SIZE as u64;
        let (start, end) = (u64::from(range.start), u64::from(range.end));
        if start % size != 0 || end % size != 0 || end <= start || end > flash.capacity() as u64 {
            return Err(Trouble::Unsuitable("the range is not one of whole blocks of this flash"));
        }
        let blocks = (end - start) / size;
        if !(3..=u64::from(u16::MAX)).contains(&blocks) {
            return Err(Trouble::Unsuitable("a store has from 3 to 65 535 blocks"));
        }
        let words = F::WRITE_SIZE.is_multiple_of(F::READ_SIZE) || F::READ_SIZE.is_multiple_of(F::WRITE_SIZE);
        if !words || Self::WORD > MAX_WORD || F::ERASE_SIZE < 1024 {
            return Err(Trouble::Unsuitable("blocks are shorter than 1024 bytes, or words longer than 32"));
        }
        Ok(Self { flash, start: range.start, blocks: vec![Block::default(); blocks as usize], last: 0 })
    }

    pub(super) fn blocks(&self) -> usize {
        self.blocks.len()
    }

    /// Looks at all of it without changing anything.
    pub(super) fn standing(&mut self) -> Result<Standing, Trouble> {
        let mut all_blank = true;
        for at in 0..self.blocks() {
            for place in 0..=DOOMS {
                if let Place::Mark(mark) = self.place(at, place)? {
                    return if mark.format > FORMAT {
                        Err(Trouble::Newer(mark.format))
                    } else {
                        Ok(Standing::Store)
                    };
                }
            }
            all_blank &= self.is_blank(at, Self::PLACE)?;
        }
        Ok(if all_blank { Standing::Blank } else { Standing::Foreign })
    }

    /// Makes a store of blank flash. The first mark is written to a block that was not erased, so that flash where power
    /// was lost at this moment is still told from someone else's.
    pub(super) fn format(&mut self) -> Result<(), Trouble> {
        for at in 0..self.blocks() {
            if self.is_blank(at, 0)? {
                self.vouch(at)?;
                return self.recover();
            }
        }
        Err(Trouble::Foreign)
    }

    /// Brings every block into a state that can be relied on: erases again what was being erased when power was lost,
    /// and pages on which a beginning was all that was written.
    pub(super) fn recover(&mut self) -> Result<(), Trouble> {
        let blocks = self.blocks();
        let mut sound = vec![None; blocks];
        let mut doomed = Vec::new();
        self.last = 0;
        for (at, sound) in sound.iter_mut().enumerate() {
            self.blocks[at].dooms = DOOMS;
            for place in (0..=DOOMS).rev() {
                match self.place(at, place)? {
                    Place::Blank if place > 0 => self.blocks[at].dooms = place - 1,
                    Place::Mark(mark) => {
                        self.check(&mark, at, place)?;
                        self.last = self.last.max(mark.serial);
                        match mark.kind {
                            Kind::Sound => *sound = Some(mark.serial),
                            Kind::Doomed => doomed.push((usize::from(mark.block), mark.serial)),
                        }
                    }
                    Place::Blank | Place::Other => {}
                }
            }
        }
        for (at, serial) in sound.iter().enumerate() {
            match *serial {
                Some(serial) if !doomed.contains(&(at, serial)) => self.blocks[at].serial = serial,
                _ => self.renew(at)?,
            }
        }
        for at in 0..blocks {
            if !self.is_begun(at)? && !self.is_blank(at, Self::HEAD)? {
                self.erase_block(at)?;
            }
        }
        Ok(())
    }

    /// Whether a mark may stand where it was found.
    fn check(&self, mark: &Mark, at: usize, place: usize) -> Result<(), Trouble> {
        let kind = if place == 0 { Kind::Sound } else { Kind::Doomed };
        if mark.format > FORMAT {
            return Err(Trouble::Newer(mark.format));
        }
        if usize::from(mark.blocks) != self.blocks() || (place == 0 && usize::from(mark.block) != at) {
            return Err(Trouble::damaged("the store there has another beginning or length"));
        }
        if mark.kind != kind || usize::from(mark.block) >= self.blocks() {
            return Err(Trouble::damaged(format_args!("block {at} has a mark that is not its own")));
        }
        Ok(())
    }

    /// Closes the page that is being filled, if one is, so that nothing more is written to it.
    pub(super) fn close_page(&mut self) -> Result<(), Trouble> {
        for at in 0..self.blocks() {
            let mut word = [0; MAX_WORD];
            let last = self.address(at, F::ERASE_SIZE - Self::WORD);
            self.read_flash(last, &mut word[..Self::WORD])?;
            if self.is_begun(at)? && is_blank(&word[..Self::WORD]) {
                word.fill(0);
                let written = self.flash.write(last, &word[..Self::WORD]);
                written.map_err(|error| Fault::of("writing", last, &error))?;
            }
        }
        Ok(())
    }

    /// Erases a block so that, should power be lost, it is erased again.
    fn erase_block(&mut self, at: usize) -> Result<(), Trouble> {
        self.doom(at)?;
        self.renew(at)
    }

    /// Writes down that a block is about to be erased: in the block before it, which lives longest, or else in any other.
    /// Where none has room, power was lost dozens of times in a row in the same place, and the erase goes without.
    fn doom(&mut self, at: usize) -> Result<(), Trouble> {
        let blocks = self.blocks();
        let before = (1..blocks).map(|back| (at + blocks - back) % blocks);
        let Some(host) = before.into_iter().find(|&host| self.blocks[host].dooms < DOOMS) else {
            return Ok(());
        };
        self.blocks[host].dooms += 1;
        let place = self.blocks[host].dooms;
        self.mark(host, place, Kind::Doomed, at, self.blocks[at].serial)
    }

    /// Erases a block, and says so in it.
    fn renew(&mut self, at: usize) -> Result<(), Trouble> {
        let from = self.address(at, 0);
        self.flash
            .erase(from, from + F::ERASE_SIZE as u32)
            .map_err(|error| Fault::of("erasing", from, &error))?;
        if !self.is_blank(at, 0)? {
            return Err(Fault::unnoticed("erasing", from, "the block is not blank afterwards").into());
        }
        self.vouch(at)
    }

    fn vouch(&mut self, at: usize) -> Result<(), Trouble> {
        let serial = self.last.checked_add(1).ok_or(Trouble::Unsuitable("the flash was erased too often"))?;
        self.last = serial;
        self.blocks[at] = Block { serial, dooms: 0 };
        self.mark(at, 0, Kind::Sound, at, serial)
    }

    /// Writes a mark, and reads it back.
    fn mark(&mut self, host: usize, place: usize, kind: Kind, at: usize, serial: u32) -> Result<(), Trouble> {
        let (block, blocks) = (at as u16, self.blocks() as u16);
        let mark = Mark { format: FORMAT, kind, block, blocks, serial };
        let address = self.address(host, place * Self::PLACE);
        let mut bytes = [0; MAX_WORD];
        bytes[..Mark::LEN].copy_from_slice(&mark.encode());
        self.flash
            .write(address, &bytes[..Self::PLACE])
            .map_err(|error| Fault::of("writing", address, &error))?;
        match self.place(host, place)? {
            Place::Mark(read) if read == mark => Ok(()),
            _ => Err(Fault::unnoticed("writing", address, "it reads otherwise").into()),
        }
    }

    fn place(&mut self, at: usize, place: usize) -> Result<Place, Trouble> {
        let mut bytes = [0; MAX_WORD];
        let address = self.address(at, place * Self::PLACE);
        self.read_flash(address, &mut bytes[..Self::PLACE])?;
        let (mark, _) = bytes.split_first_chunk().expect("a place has the length of a mark at least");
        Ok(match Mark::parse(mark) {
            Some(mark) => Place::Mark(mark),
            None if is_blank(&bytes[..Self::PLACE]) => Place::Blank,
            None => Place::Other,
        })
    }

    /// Whether `sequential-storage` has taken the page into use: its first word was written to its end.
    fn is_begun(&mut self, at: usize) -> Result<bool, Trouble> {
        let mut word = [0; MAX_WORD];
        self.read_flash(self.address(at, Self::HEAD), &mut word[..Self::WORD])?;
        Ok(word.iter().all(|&byte| byte == 0))
    }

    /// Whether a block is blank from this offset on.
    fn is_blank(&mut self, at: usize, from: usize) -> Result<bool, Trouble> {
        let mut bytes = [0; 8 * MAX_WORD];
        let mut offset = from;
        while offset < F::ERASE_SIZE {
            let len = bytes.len().min(F::ERASE_SIZE - offset);
            self.read_flash(self.address(at, offset), &mut bytes[..len])?;
            if !is_blank(&bytes[..len]) {
                return Ok(false);
            }
            offset += len;
        }
        Ok(true)
    }

    fn read_flash(&mut self, address: u32, bytes: &mut [u8]) -> Result<(), Fault> {
        self.flash.read(address, bytes).map_err(|error| Fault::of("reading", address, &error))
    }

    /// Where in the flash an offset of a block is.
    fn address(&self, at: usize, offset: usize) -> u32 {
        self.start + (at * F::ERASE_SIZE + offset) as u32
    }

    /// Where in the flash an address of `sequential-storage` is: block, offset in the block, and address.
    fn translate(&self, offset: u32, len: usize) -> Result<(usize, usize, u32), Fault> {
        let (at, within) = (offset as usize / Self::PAGE, offset as usize % Self::PAGE);
        if at >= self.blocks() || within + len > Self::PAGE {
            return Err(Fault::unnoticed("addressing", offset, "not within one page"));
        }
        Ok((at, within, self.address(at, Self::HEAD + within)))
    }
}

fn is_blank(bytes: &[u8]) -> bool {
    bytes.iter().all(|&byte| byte == 0xff)
}

impl<F: NorFlash> ErrorType for Guard<F> {
    type Error = Fault;
}

impl<F: NorFlash> asynchronous::ReadNorFlash for Guard<F> {
    const READ_SIZE: usize = F::READ_SIZE;

    /// A page's last word says that it is closed. Torn, it reads as written, so that it is not written again.
    async fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), Fault> {
        let (_, within, address) = self.translate(offset, bytes.len())?;
        self.read_flash(address, bytes)?;
        if within + bytes.len() == Self::PAGE && bytes.len() <= Self::WORD {
            let mut word = [0; MAX_WORD];
            let word = &mut word[..Self::WORD];
            self.read_flash(address + bytes.len() as u32 - Self::WORD as u32, word)?;
            if !is_blank(word) {
                bytes.fill(0);
            }
        }
        Ok(())
    }

    fn capacity(&self) -> usize {
        self.blocks() * Self::PAGE
    }
}

impl<F: NorFlash> asynchronous::NorFlash for Guard<F> {
    const WRITE_SIZE: usize = F::WRITE_SIZE;
    const ERASE_SIZE: usize = Self::PAGE;

    async fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Fault> {
        let (_, _, address) = self.translate(offset, bytes.len())?;
        self.flash.write(address, bytes).map_err(|error| Fault::of("writing", address, &error))
    }

    async fn erase(&mut self, from: u32, to: u32) -> Result<(), Fault> {
        for at in from as usize / Self::PAGE..to as usize / Self::PAGE {
            self.erase_block(at).map_err(|trouble| match trouble {
                Trouble::Flash(fault) => fault,
                _ => Fault::unnoticed("erasing", from, "the flash was erased too often"),
            })?;
        }
        Ok(())
    }
}
