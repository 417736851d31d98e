//! The board's flash: 64 KiB in blocks of 4 KiB, here in main memory, where it outlives what runs on it as real flash
//! does. On a board this file is the driver of the chip, which often comes with the chip's own crate.

use core::ops::Range;

use embedded_storage::nor_flash::{
    ErrorType, NorFlash, NorFlashErrorKind, ReadNorFlash, check_erase, check_read, check_write,
};
use spin::Mutex;

const SIZE: usize = 64 * 1024;
const BLOCK: usize = 4096;

/// The part of the flash that is the token's. A linker script or a partition table says so on a board.
pub(crate) const PARTITION: Range<u32> = 0..SIZE as u32;

static CELLS: Mutex<[u8; SIZE]> = Mutex::new([0xff; SIZE]);

/// A hand on the flash.
pub(crate) struct BoardFlash;

impl ErrorType for BoardFlash {
    type Error = NorFlashErrorKind;
}

impl ReadNorFlash for BoardFlash {
    const READ_SIZE: usize = 1;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), NorFlashErrorKind> {
        check_read(self, offset, bytes.len())?;
        bytes.copy_from_slice(&CELLS.lock()[offset as usize..][..bytes.len()]);
        Ok(())
    }

    fn capacity(&self) -> usize {
        SIZE
    }
}

impl NorFlash for BoardFlash {
    const WRITE_SIZE: usize = 4;
    const ERASE_SIZE: usize = BLOCK;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), NorFlashErrorKind> {
        check_erase(self, from, to)?;
        CELLS.lock()[from as usize..to as usize].fill(0xff);
        Ok(())
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), NorFlashErrorKind> {
        check_write(self, offset, bytes.len())?;
        let mut cells = CELLS.lock();
        let place = &mut cells[offset as usize..][..bytes.len()];
        if place.iter().any(|&cell| cell != 0xff) {
            return Err(NorFlashErrorKind::Other);
        }
        place.copy_from_slice(bytes);
        Ok(())
    }
}
