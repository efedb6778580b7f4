//! Which installation of a system this is: a hash of `/etc/machine-id`, which itself is nobody's
//! business and is to be hashed by each program in its own way (machine-id(5)).

use crate::root::Root;
use crate::source::Source;

const FILE: &str = "/etc/machine-id";
/// What makes this hash another one than every other program's; never to be changed.
const CONTEXT: &str = "picket 2026 machine id";
/// Digits of an id.
const DIGITS: usize = 32;

/// The hash; 0 if there is no id, as in an image that has not been started yet.
pub fn read(root: &Root) -> u64 {
    let mut source = Source::new(FILE);
    let id = source.read(root).map_or("", str::trim);
    let is_id = id.len() == DIGITS && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !is_id {
        return 0;
    }
    let hash = blake3::derive_key(CONTEXT, id.to_ascii_lowercase().as_bytes());
    u64::from_le_bytes(hash.first_chunk().copied().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Tree;

    #[test]
    fn an_installation_has_one_hash_for_ever_and_an_image_none() {
        let of = |id: &str| read(&Tree::new().file("etc/machine-id", id).root());
        let id = "0123456789abcdef0123456789abcdef";
        // This is on the wire, so that a changed hash would be another installation.
        assert_eq!(of(&format!("{id}\n")), 3_124_614_580_283_842_654);
        assert_ne!(of(&id.replace('0', "1")), of(id));
        for none in [
            "",
            "uninitialized\n",
            "0123",
            &format!("{id}0"),
            &"g".repeat(32),
        ] {
            assert_eq!(of(none), 0, "{none}");
        }
        assert_eq!(read(&Tree::new().root()), 0);
    }
}
