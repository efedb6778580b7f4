//! The manifest's order of paths: folder by folder, the names of each by their bytes, and what is in
//! a folder right behind the folder's own name.

use std::cmp::Ordering;

/// Which of two relative paths comes first: their components are compared one by one, bytewise.
///
/// It is not the order of the bytes alone: `a/z` comes before `a-b`, because `a` does, though `-`
/// comes before `/`.
pub fn compare(a: &[u8], b: &[u8]) -> Ordering {
    a.split(|byte| *byte == b'/')
        .cmp(b.split(|byte| *byte == b'/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_a_folder_stands_before_names_that_begin_like_the_folders() {
        let sorted: [&[u8]; 9] = [
            b"", b"a", b"a/b", b"a/b/c", b"a/b-c", b"a-b", b"a-b/c", b"ab", b"b\xff",
        ];
        for (i, a) in sorted.iter().enumerate() {
            for (j, b) in sorted.iter().enumerate() {
                assert_eq!(compare(a, b), i.cmp(&j), "{a:?} {b:?}");
            }
        }
    }
}
