//! [`ImageStore`]: a store over a port that promises little. Each batch writes an image of the whole store under one of
//! two names, by turns, and reads it back; so whatever a torn write leaves, the other name has the state before it.

use alloc::string::String;
use alloc::sync::Arc;
use core::fmt;

use super::Port;
use super::image::{self, Unsound};
use crate::sync::RwLock;
use crate::table::Table;
use crate::{Change, Error, Label, ObjectId, ObjectStore, Record, Result, Scan, Stamp, Value};

/// A store over two values of a [`Port`].
///
/// Made for the few objects of a device: every batch writes all of them, and all are held in main memory, for the
/// moment of a batch twice. It is as durable as the port's saves are. One handle (with its clones) at a time may use
/// the two names: a second one would not see what the first writes.
pub struct ImageStore<P>(Arc<Inner<P>>);

struct Inner<P> {
    names: [Label; 2],
    table: RwLock<Table>,
    /// Held while a batch is written; readers have the table.
    side: RwLock<Side<P>>,
}

struct Side<P> {
    port: P,
    /// Which name holds the newest sound image; none before the store's first batch.
    newest: Option<usize>,
}

/// What lies under one name.
enum Found {
    Nothing,
    Sound(Table),
    Unsound(Unsound),
}

impl<P: Port> ImageStore<P> {
    /// The most bytes that all values and their labels together may have.
    pub const MAX_IMAGE: usize = 1 << 30;

    /// Opens the store that lies under the two names. Where nothing lies, the store is empty, and nothing is written
    /// before its first batch.
    ///
    /// The names must be free for it; a port that knows a few names alone has some to spare
    /// ([`WellKnown`](super::WellKnown)), as what corePKCS11 kept under them lives inside the token now.
    ///
    /// # Errors
    /// [`Error::NotAStore`] when something else lies there, or both images are damaged; nothing is overwritten then.
    /// [`Error::Newer`] for images of a newer version, and what the port says.
    pub fn open(mut port: P, names: [Label; 2]) -> Result<Self> {
        let found = [look(&mut port, &names[0])?, look(&mut port, &names[1])?];
        let (table, newest) = match found {
            [Found::Unsound(Unsound::Newer(found)), _] | [_, Found::Unsound(Unsound::Newer(found))] => {
                let known = u32::from(image::FORMAT);
                return Err(Error::Newer { place: place(&names), found: u32::from(found), known });
            }
            [Found::Sound(first), Found::Sound(second)] if second.stamp > first.stamp => (second, Some(1)),
            [Found::Sound(first), _] => (first, Some(0)),
            [_, Found::Sound(second)] => (second, Some(1)),
            // The very first write begins under the first name. Torn, it held nothing that was acknowledged.
            [Found::Nothing | Found::Unsound(Unsound::Damaged), Found::Nothing] => (Table::default(), None),
            [Found::Unsound(Unsound::Foreign), _] | [_, Found::Unsound(Unsound::Foreign)] => {
                return Err(not_a_store(&names, "something else is kept under its names"));
            }
            [_, Found::Unsound(_)] => return Err(not_a_store(&names, "both of its images are damaged")),
        };
        let side = Side { port, newest };
        Ok(Self(Arc::new(Inner { names, table: RwLock::new(table), side: RwLock::new(side) })))
    }
}

fn look<P: Port>(port: &mut P, name: &Label) -> Result<Found> {
    Ok(match port.load(name)? {
        None => Found::Nothing,
        // Flash that was erased, or a file that was emptied, holds nothing.
        Some(bytes) if bytes.iter().all(|&byte| byte == 0xff) || bytes.iter().all(|&byte| byte == 0) => {
            Found::Nothing
        }
        Some(bytes) => image::decode(&bytes).map_or_else(Found::Unsound, Found::Sound),
    })
}

impl<P: Port> Side<P> {
    /// Writes an image and makes sure that it is there.
    fn write(&mut self, names: &[Label; 2], at: usize, table: &Table) -> Result<()> {
        let mut bytes = image::encode(table);
        self.port.save(&names[at], &mut bytes)?;
        match self.port.load(&names[at])?.map(|bytes| image::decode(&bytes)) {
            Some(Ok(read)) if read.holds_the_same_as(table) => Ok(()),
            _ => Err(Error::Medium {
                place: place(names),
                source: "the port does not hold what it said it had saved".into(),
            }),
        }
    }

    /// Writes the first two images, of an empty store.
    fn begin(&mut self, names: &[Label; 2]) -> Result<()> {
        for at in 0..names.len() {
            self.write(names, at, &Table::default())?;
            self.newest = Some(at);
        }
        Ok(())
    }
}

impl<P: Port> Inner<P> {
    fn apply(&self, batch: &[Change<'_>]) -> Result<Stamp> {
        let mut side = self.side.write();
        let mut next = self.table.read().clone();
        let stamp = next.apply(batch)?;
        let len = image::len(&next);
        if len > ImageStore::<P>::MAX_IMAGE {
            return Err(Error::TooLarge { len, max: ImageStore::<P>::MAX_IMAGE });
        }
        let newest = match side.newest {
            Some(newest) => newest,
            None => {
                side.begin(&self.names)?;
                self.names.len() - 1
            }
        };
        let spare = 1 - newest;
        if let Err(error) = side.write(&self.names, spare, &next) {
            // The batch may have got there all the same. It did not happen, so it must not come up at the next start.
            let _ = side.write(&self.names, spare, &self.table.read());
            return Err(error);
        }
        side.newest = Some(spare);
        *self.table.write() = next;
        Ok(stamp)
    }
}

fn place(names: &[Label; 2]) -> String {
    alloc::format!("the port's objects {:?} and {:?}", names[0], names[1])
}

fn not_a_store(names: &[Label; 2], why: &str) -> Error {
    Error::NotAStore { place: place(names), why: why.into() }
}

impl<P> Clone for ImageStore<P> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<P> fmt::Debug for ImageStore<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ImageStore").field("names", &self.0.names).finish_non_exhaustive()
    }
}

impl<P: Port> ObjectStore for ImageStore<P> {
    fn find(&self, label: &Label) -> Result<Option<ObjectId>> {
        Ok(self.0.table.read().find(label))
    }

    fn value(&self, id: ObjectId) -> Result<Option<Value>> {
        Ok(self.0.table.read().value(id))
    }

    fn apply(&self, batch: &[Change<'_>]) -> Result<Stamp> {
        if batch.is_empty() { self.stamp() } else { self.0.apply(batch) }
    }

    fn scan(&self, since: Stamp, each: &mut dyn FnMut(Record<'_>)) -> Result<Scan> {
        Ok(self.0.table.read().scan(since, each))
    }

    fn stamp(&self) -> Result<Stamp> {
        Ok(self.0.table.read().stamp)
    }
}
