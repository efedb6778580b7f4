//! The canary: 4 KiB that are written, confirmed and read back past the cache, once a day and after
//! each boot. It shows what no file can that nobody writes: a medium that takes writes and drops
//! them, that refuses them, or that forgets at power-off what it had confirmed.
//!
//! Each writing has a generation, one more than the one before. The hub remembers the highest that
//! was read back, so that a card which shows an older one after a boot has forgotten everything that
//! was written since. Generations count from the random *lineage* that the canary began with: an
//! empty card has none and begins its own, and so has a machine that was set up anew. No canary is
//! therefore no alarm; a card that forgets shows an old one, as it was written days or years before.
//!
//! The file has two places, written in turn: a power cut may tear the one that is being written, and
//! the other still says who it was. If neither can be read, somebody else wrote the file, or the
//! medium rotted: that is told as *garbled*, and a new lineage begins.
//!
//! What was just written may be read back from the disk's own memory: that a write is dropped is
//! shown at once only by a disk that drops it before it says that it is confirmed. What is found
//! after the next boot shows the rest.

mod file;
mod slot;

use crate::clock::Moment;
use crate::scrub::files::Buffer;
use crate::scrub::standing::Canary;
use nix::errno::Errno;
use picket_wire::{BootId, Missing, Value};
use slot::{Found, SLOT, Slot};
use std::fmt::Debug;
use std::path::Path;

/// Between two writings, in milliseconds.
pub const EVERY_MS: u64 = 24 * 60 * 60 * 1000;
/// Until the next look when one had no outcome, such as on a full disk.
pub const AGAIN_MS: u64 = 60 * 60 * 1000;
/// How often a writing that is not read back is tried.
const TRIES: u32 = 2;
/// Bytes of the file: two places.
const LEN: usize = 2 * SLOT;

/// Where the canary lies: the lowest seam.
trait Medium: Debug + Send {
    /// Reads both places past the cache.
    fn read(&mut self, into: &mut Buffer) -> Result<usize, Errno>;
    /// Makes the file, with both places, and waits until it is confirmed.
    fn create(&mut self, both: &[u8]) -> Result<(), Errno>;
    /// Writes one place, and waits until it is confirmed.
    fn write(&mut self, place: usize, slot: &mut Buffer) -> Result<(), Errno>;
    /// Which file it is, and when it was changed last.
    fn written(&mut self) -> Result<Inode, Errno>;
    /// Whether the filesystem itself says that it is read-only.
    fn is_read_only(&mut self) -> Result<bool, Errno>;
}

/// A file as a writing left it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Inode {
    number: u64,
    /// Its ctime, which nobody can set: in nanoseconds since 1970.
    changed_ns: i64,
}

/// Looks after the canary of one folder.
#[derive(Debug)]
pub struct Keeper {
    medium: Box<dyn Medium>,
    boot: BootId,
    /// What was told last.
    told: Option<Canary>,
    /// What stood there at the first look of this boot.
    found: Option<Found>,
    /// What was read back last in this process.
    confirmed: Option<Slot>,
    /// The file as this process wrote it last.
    own: Option<Inode>,
    due_ms: u64,
}

/// What is there.
enum Here {
    Slot(Slot),
    /// None, or nothing that can be read.
    Nothing(Found),
}

/// How a writing ended.
enum Written {
    /// It was read back.
    Well,
    /// What is read back is something else.
    Dropped,
    /// It was not written.
    Failed(Errno),
    /// It was written, and cannot be read just now, or somebody else has written since.
    NotReadBack(Errno),
    /// It cannot be read past the cache.
    Unseen,
}

impl Keeper {
    /// A keeper of the canary in a folder, in this boot of the machine.
    pub fn new(folder: &Path, boot: BootId) -> Keeper {
        Keeper::of(Box::new(file::File::in_folder(folder)), boot)
    }

    fn of(medium: Box<dyn Medium>, boot: BootId) -> Keeper {
        Keeper {
            medium,
            boot,
            told: None,
            found: None,
            confirmed: None,
            own: None,
            due_ms: 0,
        }
    }

    /// Whether it is time for a look.
    pub fn is_due(&self, uptime_ms: u64) -> bool {
        uptime_ms >= self.due_ms
    }

    /// It is not time for a look before another hour has gone by.
    pub fn put_off(&mut self, now: Moment) {
        self.due_ms = now.uptime_ms.saturating_add(AGAIN_MS);
    }

    /// What was told last; none before the first look.
    pub fn told(&self) -> Option<Canary> {
        self.told
    }

    /// Looks at what stands there, writes the next generation and reads it back. A process that was
    /// started again in a boot does not write again before a day has gone by. `entropy` is random:
    /// a lineage may begin with it.
    ///
    /// What there is to say of it in words is logged.
    pub fn look(&mut self, now: Moment, entropy: u32) -> Canary {
        self.put_off(now);
        let canary = match self.here() {
            Ok(here) => self.look_at(here, now, entropy),
            Err(Errno::EOPNOTSUPP) => missing(Missing::NotSupported),
            Err(Errno::EACCES) => missing(Missing::Denied),
            Err(_) => missing(Missing::Busy),
        };
        if canary.generation == Err(Missing::NotSupported) {
            self.due_ms = now.uptime_ms.saturating_add(EVERY_MS);
        }
        self.told = Some(canary);
        canary
    }

    fn look_at(&mut self, here: Here, now: Moment, entropy: u32) -> Canary {
        if let Here::Slot(slot) = here
            && slot.boot == self.boot.0
            && self.confirmed.is_none()
        {
            self.found = Some(slot.found);
            self.confirmed = Some(slot);
            self.own = self.medium.written().ok();
            let due_ms = slot.uptime_ms.saturating_add(EVERY_MS);
            if now.uptime_ms < due_ms {
                self.due_ms = due_ms;
                // It was written in this boot and is read past the cache now.
                return self.canary(&slot, Ok(0), Ok(0));
            }
        }
        let found = *self.found.get_or_insert(match &here {
            Here::Slot(slot) => Found::Generation(slot.generation),
            Here::Nothing(why) => *why,
        });
        let forgot = self.has_forgotten(&here);
        if matches!(self.medium.is_read_only(), Ok(true)) {
            return self.read_only(&here);
        }
        let next = Slot {
            boot: self.boot.0,
            found,
            uptime_ms: now.uptime_ms,
            unix_s: now.unix_s(),
            ..self.next(&here, entropy)
        };
        let (dropped, refused) = match self.write(&here, &next) {
            Written::Well => {
                self.confirmed = Some(next);
                self.due_ms = now.uptime_ms.saturating_add(EVERY_MS);
                (Ok(i64::from(forgot)), Ok(0))
            }
            Written::Dropped => {
                self.due_ms = now.uptime_ms.saturating_add(EVERY_MS);
                (Ok(1), Ok(0))
            }
            Written::Failed(why) => (no_word(why), refused(why)),
            Written::NotReadBack(why) => (no_word(why), Ok(0)),
            Written::Unseen => return missing(Missing::NotSupported),
        };
        self.standing(&here, dropped, refused)
    }

    /// Who comes next, of the lineage that is known.
    fn next(&self, here: &Here, entropy: u32) -> Slot {
        let here = match here {
            Here::Slot(slot) => Some(*slot),
            Here::Nothing(_) => None,
        };
        // What this process has read back counts, though the medium has forgotten it since.
        let known = match (here, self.confirmed) {
            (Some(here), Some(known)) if known.lineage == here.lineage => {
                Some(if known.generation > here.generation {
                    known
                } else {
                    here
                })
            }
            (here, known) => known.or(here),
        };
        match known {
            Some(known) if known.generation < u32::MAX => Slot {
                generation: known.generation + 1,
                ..known
            },
            // 0 would be told as if it were none.
            Some(_) | None => Slot::first(entropy.max(1)),
        }
    }

    /// Whether what was read back before is no longer there. Who clears the folder, or puts an older
    /// one in its place, is no disk that forgets.
    fn has_forgotten(&mut self, here: &Here) -> bool {
        let is_other = match (here, self.confirmed) {
            (_, None) | (Here::Nothing(Found::None), _) => false,
            // One that was written and could not be read back at the time is there now.
            (Here::Slot(slot), Some(confirmed)) => {
                slot.lineage != confirmed.lineage || slot.generation < confirmed.generation
            }
            (Here::Nothing(_), Some(_)) => true,
        };
        is_other && self.is_own()
    }

    /// Whether nobody has written the file since this process did. A disk that forgets shows it as
    /// it was then, or as it was before.
    fn is_own(&mut self) -> bool {
        let now = self.medium.written().ok();
        now.zip(self.own)
            .is_some_and(|(now, own)| now.number == own.number && now.changed_ns <= own.changed_ns)
    }

    /// Writes a generation, twice if need be.
    fn write(&mut self, here: &Here, next: &Slot) -> Written {
        let mut outcome = Written::Dropped;
        for _ in 0..TRIES {
            let written = match here {
                Here::Slot(_) => self.medium.write(next.place(), &mut next.buffer()),
                Here::Nothing(_) => self.medium.create(&next.twice()),
            };
            if let Err(why) = written {
                tracing::warn!("cannot write the canary: {why}{}", advice(why));
                return Written::Failed(why);
            }
            self.own = self.medium.written().ok();
            outcome = match self.here() {
                Ok(Here::Slot(slot)) if slot == *next => return Written::Well,
                Err(Errno::EOPNOTSUPP) => return Written::Unseen,
                Err(why) => return Written::NotReadBack(why),
                Ok(Here::Nothing(Found::None)) => return Written::NotReadBack(Errno::ENOENT),
                Ok(_) if self.is_own() => Written::Dropped,
                Ok(_) => return Written::NotReadBack(Errno::ESTALE),
            };
        }
        tracing::warn!(
            generation = next.generation,
            "the canary was written and confirmed, and something else is read back: what is written \
             to this disk is lost"
        );
        outcome
    }

    /// What stands there, read past the cache.
    fn here(&mut self) -> Result<Here, Errno> {
        let mut both = Buffer::new(LEN);
        match self.medium.read(&mut both) {
            Ok(len) => Ok(match Slot::newest(both.first(len.min(LEN))) {
                Some(slot) => Here::Slot(slot),
                None => Here::Nothing(Found::Garbled),
            }),
            Err(Errno::ENOENT) => Ok(Here::Nothing(Found::None)),
            Err(Errno::EIO | Errno::EBADMSG) => Ok(Here::Nothing(Found::Garbled)),
            Err(Errno::EINVAL) => Err(Errno::EOPNOTSUPP),
            Err(why) => {
                tracing::warn!("cannot read the canary: {why}");
                Err(why)
            }
        }
    }

    /// A filesystem that says that it is read-only tests nothing; but if it took no writes before,
    /// it is read-only because of that.
    fn read_only(&self, here: &Here) -> Canary {
        let refused = match self.told.map(|told| told.refused) {
            Some(Ok(1)) => Ok(1),
            Some(_) | None => Err(Missing::NotSupported),
        };
        self.standing(here, Err(Missing::NotSupported), refused)
    }

    /// What is told of the slot that was read back last, or else of the one that is there.
    fn standing(&self, here: &Here, dropped: Value, refused: Value) -> Canary {
        match (self.confirmed, here) {
            (Some(slot), _) => self.canary(&slot, dropped, refused),
            (None, Here::Slot(slot)) => self.canary(slot, dropped, refused),
            (None, Here::Nothing(why)) => Canary {
                generation: Err(Missing::Busy),
                found: self.found.unwrap_or(*why).value(),
                lineage: Err(Missing::Busy),
                dropped,
                refused,
            },
        }
    }

    fn canary(&self, slot: &Slot, dropped: Value, refused: Value) -> Canary {
        Canary {
            generation: Ok(slot.generation.into()),
            found: self.found.unwrap_or(slot.found).value(),
            lineage: Ok(slot.lineage.into()),
            dropped,
            refused,
        }
    }
}

/// Errors by which a disk or its filesystem takes no writes. A full disk is not among them.
const REFUSALS: [Errno; 8] = [
    Errno::EROFS,
    Errno::EPERM,
    Errno::EIO,
    Errno::EUCLEAN,
    Errno::ENXIO,
    Errno::ENODEV,
    Errno::ENOMEDIUM,
    Errno::ESHUTDOWN,
];

fn refused(why: Errno) -> Value {
    match REFUSALS.contains(&why) {
        true => Ok(1),
        false => no_word(why),
    }
}

/// Nothing was read back, so that nobody knows.
fn no_word(why: Errno) -> Value {
    Err(match why {
        Errno::EACCES => Missing::Denied,
        _ => Missing::Busy,
    })
}

fn advice(why: Errno) -> &'static str {
    match why {
        Errno::ENOSPC | Errno::EDQUOT => "; make room, it is tried again within the hour",
        why if REFUSALS.contains(&why) => {
            ", though the filesystem says that it is writable: copy what matters"
        }
        _ => "; it is tried again within the hour",
    }
}

fn missing(why: Missing) -> Canary {
    Canary {
        generation: Err(why),
        found: Err(why),
        lineage: Err(why),
        dropped: Err(why),
        refused: Err(why),
    }
}

#[cfg(test)]
mod tests;
