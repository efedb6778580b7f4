//! A section that is a list: values of one kind up to its end, without a count.

use core::marker::PhantomData;
use serde::Deserialize;

/// Values of one kind up to the end of a section, checked when parsed; iterating cannot fail.
#[derive(Debug, PartialEq, Eq)]
pub struct Repeated<'a, T> {
    bytes: &'a [u8],
    of: PhantomData<T>,
}

impl<T> Clone for Repeated<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Repeated<'_, T> {}

impl<'a, T: Deserialize<'a>> Repeated<'a, T> {
    pub(super) fn parse(bytes: &'a [u8], fits: fn(&T) -> bool) -> Option<Self> {
        let mut rest = bytes;
        while !rest.is_empty() {
            let (value, after) = postcard::take_from_bytes(rest).ok()?;
            // A value of no bytes would be read for ever.
            if !fits(&value) || after.len() == rest.len() {
                return None;
            }
            rest = after;
        }
        Some(Repeated {
            bytes,
            of: PhantomData,
        })
    }
}

impl<'a, T: Deserialize<'a>> Iterator for Repeated<'a, T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        if self.bytes.is_empty() {
            return None;
        }
        let (value, rest) = postcard::take_from_bytes(self.bytes).ok()?;
        self.bytes = rest;
        Some(value)
    }
}
