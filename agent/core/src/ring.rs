//! Frames of any length in one piece of storage, first in, first out, each in one piece.
//!
//! An entry is `length u16 | state u8 | frame`. A frame that does not fit before the end of the
//! storage starts at its beginning. The end of the storage is the *desk*, where the next frame is
//! written before its length is known.

use picket_wire::frame::MAX_FRAME;

/// Bytes in front of each frame.
const HEAD: usize = 3;

/// Where an entry starts. Valid until the entry is popped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct At(usize);

/// What became of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// To be handed out.
    Waiting,
    /// Handed out on the present connection.
    InFlight,
    /// Arrived; its place is free once all older ones are.
    Acked,
}

impl State {
    const fn to_byte(self) -> u8 {
        match self {
            State::Waiting => 0,
            State::InFlight => 1,
            State::Acked => 2,
        }
    }

    const fn from_byte(byte: u8) -> State {
        match byte {
            0 => State::Waiting,
            1 => State::InFlight,
            _ => State::Acked,
        }
    }
}

#[derive(Debug)]
pub(crate) struct Ring<B> {
    storage: B,
    /// Bytes for entries; the desk lies behind them.
    limit: usize,
    head: usize,
    tail: usize,
    /// End of the older entries while newer ones stand before them in the storage.
    wrapped_at: Option<usize>,
    count: usize,
}

impl<B: AsRef<[u8]> + AsMut<[u8]>> Ring<B> {
    pub(crate) fn new(storage: B) -> Ring<B> {
        let len = storage.as_ref().len();
        // On a small board the desk must not eat the outbox.
        let desk = MAX_FRAME.min(len / 4);
        Ring {
            storage,
            limit: len - desk,
            head: 0,
            tail: 0,
            wrapped_at: None,
            count: 0,
        }
    }

    /// Where the next frame is written; [`MAX_FRAME`] bytes or a quarter of the storage.
    pub(crate) fn desk(&mut self) -> &mut [u8] {
        self.storage
            .as_mut()
            .get_mut(self.limit..)
            .unwrap_or_default()
    }

    /// Entries, acknowledged ones included.
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// The oldest entry.
    pub(crate) fn front(&self) -> Option<At> {
        (self.count > 0).then_some(At(self.head))
    }

    /// The entry after this one.
    pub(crate) fn after(&self, at: At) -> Option<At> {
        let end = at.0 + HEAD + self.len_at(at);
        match self.wrapped_at {
            Some(wrapped_at) if at.0 >= self.head => {
                Some(At(if end >= wrapped_at { 0 } else { end }))
            }
            Some(_) | None => (end < self.tail).then_some(At(end)),
        }
    }

    /// Takes the first `len` bytes of the desk as the newest entry, waiting. None, and nothing
    /// changes, if there is no room for it in one piece.
    pub(crate) fn push_desk(&mut self, len: usize) -> Option<At> {
        let length = u16::try_from(len).ok()?;
        let need = HEAD + len;
        let (start, wrapped_at) = self.room(need)?;
        let desk = self.limit..self.limit.checked_add(len)?;
        let storage = self.storage.as_mut();
        if desk.end > storage.len() {
            return None;
        }
        storage.copy_within(desk, start + HEAD);
        let [low, high] = length.to_le_bytes();
        let head = [low, high, State::Waiting.to_byte()];
        storage.get_mut(start..start + HEAD)?.copy_from_slice(&head);
        self.tail = start + need;
        self.wrapped_at = wrapped_at;
        self.count += 1;
        Some(At(start))
    }

    /// Forgets the oldest entry.
    pub(crate) fn pop_front(&mut self) {
        let next = self.front().and_then(|front| self.after(front));
        let Some(At(next)) = next else {
            (self.head, self.tail, self.wrapped_at, self.count) = (0, 0, None, 0);
            return;
        };
        if next < self.head {
            self.wrapped_at = None;
        }
        self.head = next;
        self.count -= 1;
    }

    pub(crate) fn state(&self, at: At) -> State {
        State::from_byte(self.byte(at.0 + 2))
    }

    pub(crate) fn set_state(&mut self, at: At, state: State) {
        if let Some(byte) = self.storage.as_mut().get_mut(at.0 + 2) {
            *byte = state.to_byte();
        }
    }

    pub(crate) fn frame(&self, at: At) -> &[u8] {
        let start = at.0 + HEAD;
        self.storage
            .as_ref()
            .get(start..start + self.len_at(at))
            .unwrap_or_default()
    }

    pub(crate) fn frame_mut(&mut self, at: At) -> &mut [u8] {
        let start = at.0 + HEAD;
        let end = start + self.len_at(at);
        self.storage
            .as_mut()
            .get_mut(start..end)
            .unwrap_or_default()
    }

    /// Where `need` bytes would start, and where the older entries then end if the newest one
    /// starts over at the beginning.
    fn room(&self, need: usize) -> Option<(usize, Option<usize>)> {
        match self.wrapped_at {
            Some(_) => (self.head - self.tail >= need).then_some((self.tail, self.wrapped_at)),
            None if self.limit - self.tail >= need => Some((self.tail, None)),
            None => (self.head >= need).then_some((0, Some(self.tail))),
        }
    }

    fn len_at(&self, at: At) -> usize {
        usize::from(u16::from_le_bytes([self.byte(at.0), self.byte(at.0 + 1)]))
    }

    fn byte(&self, index: usize) -> u8 {
        self.storage
            .as_ref()
            .get(index)
            .copied()
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::VecDeque;
    use std::vec;
    use std::vec::Vec;

    fn contents(ring: &Ring<Vec<u8>>) -> Vec<Vec<u8>> {
        let mut at = ring.front();
        let mut all = vec![];
        while let Some(here) = at {
            all.push(ring.frame(here).to_vec());
            at = ring.after(here);
        }
        all
    }

    fn push(ring: &mut Ring<Vec<u8>>, fill: u8, len: usize) -> Option<At> {
        ring.desk().get_mut(..len)?.fill(fill);
        ring.push_desk(len)
    }

    #[test]
    fn the_desk_is_a_quarter_of_a_small_storage_and_a_frame_of_a_large_one() {
        assert_eq!(Ring::new([0; 4096]).desk().len(), 1024);
        assert_eq!(Ring::new(vec![0; 1 << 19]).desk().len(), MAX_FRAME);
        assert_eq!(Ring::new([0; 0]).desk().len(), 0);
    }

    #[test]
    fn a_frame_that_does_not_fit_at_the_end_starts_over_in_one_piece() {
        // 30 bytes for entries, 10 of desk.
        let mut ring = Ring::new(vec![0; 40]);
        for fill in 1..=3 {
            assert!(push(&mut ring, fill, 6).is_some());
        }
        assert!(push(&mut ring, 4, 6).is_none(), "3 bytes are left");
        ring.pop_front();
        assert_eq!(push(&mut ring, 4, 6), Some(At(0)));
        assert!(push(&mut ring, 5, 1).is_none(), "head and tail meet");
        assert_eq!(contents(&ring), [[2; 6], [3; 6], [4; 6]]);
    }

    proptest! {
        #[test]
        fn the_ring_is_a_queue_of_frames_whatever_their_lengths(
            size in 20usize..400,
            steps in prop::collection::vec(prop_oneof![
                3 => (0usize..60).prop_map(Some),
                2 => Just(None),
            ], 1..200),
        ) {
            let mut ring = Ring::new(vec![0; size]);
            let mut model: VecDeque<Vec<u8>> = VecDeque::new();
            for (i, step) in steps.into_iter().enumerate() {
                let fill = i as u8;
                match step {
                    Some(len) => {
                        if push(&mut ring, fill, len).is_some() {
                            model.push_back(vec![fill; len]);
                        } else if model.is_empty() {
                            prop_assert!(len > size / 4, "an empty ring has room for any desk");
                        }
                    }
                    None => {
                        ring.pop_front();
                        model.pop_front();
                    }
                }
                prop_assert_eq!(ring.count(), model.len());
                prop_assert_eq!(contents(&ring), Vec::from(model.clone()));
            }
        }
    }
}
