//! The numbers of parts: given out once per session, never reused.

use picket_wire::{Part, PartKind, is_unprintable, section};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write;

/// Most parts of a session: their numbers are one byte, and 0 is the node.
pub const MAX_PARTS: usize = 255;

/// A thing of a node by what it is, not by its number.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Named {
    kind: PartKind,
    id: String,
    name: String,
}

impl Named {
    /// A part by its kind, its id, which stays the same over boots, and the name that people use.
    /// Texts longer than a frame takes are cut; a cut id ends in a hash of the whole.
    pub fn new(kind: PartKind, id: &str, name: &str) -> Named {
        let name = printable(name);
        Named {
            kind,
            id: bounded(&printable(id)),
            name: section::cut(&name).to_owned(),
        }
    }

    /// What it is.
    pub fn kind(&self) -> PartKind {
        self.kind
    }

    /// What people call it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What stays the same over boots.
    pub fn id(&self) -> &str {
        &self.id
    }
}

/// Names come from media and mounts that anybody may have made, and end on terminals and pages.
pub(crate) fn printable(text: &str) -> String {
    text.replace(is_unprintable, "?")
}

/// An id in at most [`section::MAX_TEXT`] bytes that is still unique.
fn bounded(id: &str) -> String {
    const HASH_BYTES: usize = 8;
    if id.len() <= section::MAX_TEXT {
        return id.to_owned();
    }
    let keep = section::MAX_TEXT - 1 - 2 * HASH_BYTES;
    let mut text = id
        .get(..id.floor_char_boundary(keep))
        .unwrap_or_default()
        .to_owned();
    text.push('~');
    for byte in Sha256::digest(id.as_bytes()).iter().take(HASH_BYTES) {
        // Writing to a text cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// The parts of a session.
#[derive(Debug, Default)]
pub struct Parts {
    numbers: BTreeMap<(PartKind, String), u8>,
    /// By number, from 1.
    named: Vec<Named>,
    changed: bool,
    full: bool,
}

impl Parts {
    /// The number of a part, a new one if it was never seen; none if all are given out.
    pub fn number(&mut self, part: &Named) -> Option<u8> {
        let key = (part.kind, part.id.clone());
        if let Some(&number) = self.numbers.get(&key) {
            let known = self.named.get_mut(usize::from(number) - 1)?;
            if known.name != part.name {
                known.name.clone_from(&part.name);
                self.changed = true;
            }
            return Some(number);
        }
        if self.named.len() == MAX_PARTS {
            if !self.full {
                tracing::warn!(
                    part = part.name,
                    "{MAX_PARTS} parts have been seen since the agent started; a further one is \
                     not reported. Restart the agent to number them anew"
                );
            }
            self.full = true;
            return None;
        }
        self.named.push(part.clone());
        let number = u8::try_from(self.named.len()).ok()?;
        self.numbers.insert(key, number);
        self.changed = true;
        Some(number)
    }

    /// Whether the list changed since this was asked last: then the facts are to be sent again.
    pub fn take_changed(&mut self) -> bool {
        std::mem::take(&mut self.changed)
    }

    /// All parts, as the facts list them.
    pub fn iter(&self) -> impl Iterator<Item = Part<'_>> + Clone {
        (1..=u8::MAX).zip(&self.named).map(|(number, part)| Part {
            number,
            kind: part.kind.code(),
            id: &part.id,
            name: &part.name,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn disk(id: &str, name: &str) -> Named {
        Named::new(PartKind::Disk, id, name)
    }

    #[test]
    fn a_part_keeps_its_number_under_another_name_and_a_new_one_gets_the_next() {
        let mut parts = Parts::default();
        assert_eq!(parts.number(&disk("serial/1", "sda")), Some(1));
        assert_eq!(parts.number(&disk("serial/2", "sdb")), Some(2));
        assert!(parts.take_changed());
        assert_eq!(parts.number(&disk("serial/1", "sda")), Some(1));
        assert!(!parts.take_changed());
        assert_eq!(parts.number(&disk("serial/1", "sdc")), Some(1));
        assert!(parts.take_changed());
        assert_eq!(parts.iter().next().unwrap().name, "sdc");
        let same_id = Named::new(PartKind::Filesystem, "serial/1", "sda");
        assert_eq!(parts.number(&same_id), Some(3));
    }

    #[test]
    fn the_256th_part_gets_no_number_and_the_first_keeps_its_own() {
        let mut parts = Parts::default();
        for i in 0..MAX_PARTS {
            assert!(parts.number(&disk(&format!("serial/{i}"), "sd")).is_some());
        }
        assert_eq!(parts.number(&disk("serial/new", "sd")), None);
        assert_eq!(parts.number(&disk("serial/0", "sd")), Some(1));
        assert_eq!(parts.iter().count(), MAX_PARTS);
    }

    #[test]
    fn long_ids_that_differ_only_at_their_end_stay_different_and_fit_a_frame() {
        let long = "m".repeat(100);
        let one = disk(&format!("{long}1"), "x");
        let two = disk(&format!("{long}2"), "x");
        assert_ne!(one.id(), two.id());
        assert!(one.id().len() <= section::MAX_TEXT);
    }

    #[test]
    fn a_name_cannot_carry_control_characters_to_a_terminal() {
        assert_eq!(disk("a", "\u{1b}[31mred\n").name(), "?[31mred?");
    }
}
