//! Integers of variable length: LEB128, seven bits a byte, and zigzag for signed ones.
//!
//! Only the shortest form is read, so that one number has one encoding.

/// Most bytes that a `u64` takes.
pub const MAX_LEN: usize = 10;

/// Writes `value` to the front of `out`; gives the bytes used, or none if it does not fit.
pub fn write(mut value: u64, out: &mut [u8]) -> Option<usize> {
    let mut used = 0;
    loop {
        let slot = out.get_mut(used)?;
        used += 1;
        if value < 0x80 {
            *slot = value as u8;
            return Some(used);
        }
        *slot = (value as u8 & 0x7f) | 0x80;
        value >>= 7;
    }
}

/// Reads a number from the front of `bytes`; gives it and the rest.
/// None if the bytes end early, the number exceeds 64 bits, or a shorter form exists.
pub fn read(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut value: u64 = 0;
    for (i, &byte) in bytes.iter().take(MAX_LEN).enumerate() {
        let low = u64::from(byte & 0x7f);
        if i == MAX_LEN - 1 && byte > 1 {
            return None;
        }
        value |= low << (7 * i);
        if byte & 0x80 == 0 {
            let overlong = byte == 0 && i > 0;
            return (!overlong).then(|| (value, &bytes[i + 1..]));
        }
    }
    None
}

/// Bytes that [`write()`] needs for `value`.
pub const fn len(value: u64) -> usize {
    let bits = 64 - value.leading_zeros() as usize;
    if bits == 0 { 1 } else { bits.div_ceil(7) }
}

/// Maps signed to unsigned so that small magnitudes stay small: 0, -1, 1, -2 become 0, 1, 2, 3.
pub const fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

/// The reverse of [`zigzag`].
pub const fn unzigzag(value: u64) -> i64 {
    ((value >> 1) as i64) ^ -((value & 1) as i64)
}
