//! Where things are in a ledger: on which page an object is listed, and which page hangs below which. Arithmetic
//! alone; no page is looked at here.
//!
//! Objects are spread by linear hashing (Litwin, "Linear Hashing: A New Tool for File and Table Addressing", 1980)
//! over the low bits of their numbers, which are random and the same for objects that were made one after the other. So a
//! ledger grows and shrinks by one page at a time. The pages form a tree in the order of their indices, as a heap in an
//! array does.

use crate::object::ObjectNumber;

/// How many pages hang below one.
pub(super) const FAN: u32 = 64;

/// The page that lists an object, of so many pages.
pub(super) fn page_of(number: ObjectNumber, pages: u32) -> u32 {
    let level = pages.max(1).ilog2();
    let wide = low_bits(number, level + 1);
    if wide < u64::from(pages) { wide as u32 } else { low_bits(number, level) as u32 }
}

fn low_bits(number: ObjectNumber, bits: u32) -> u64 {
    number.0 & ((1 << bits) - 1)
}

/// The page that shares its objects with the last one when that one comes, and gets them back when it goes.
pub(super) fn buddy(last: u32) -> u32 {
    last - (1 << last.ilog2())
}

/// The page above a page.
pub(super) fn parent(index: u32) -> Option<u32> {
    index.checked_sub(1).map(|before| before / FAN)
}

/// Which one of its parent's children a page is.
pub(super) fn nth_child(index: u32) -> usize {
    (index.saturating_sub(1) % FAN) as usize
}

/// The pages below a page, of so many pages.
pub(super) fn children(index: u32, pages: u32) -> impl Iterator<Item = u32> {
    let first = u64::from(index) * u64::from(FAN) + 1;
    (first..first + u64::from(FAN))
        .take_while(move |child| *child < u64::from(pages))
        .map(|child| child as u32)
}
