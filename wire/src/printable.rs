//! Which characters a name or a path must not bring to a terminal or a page.

/// Whether a character shows nothing of itself but changes what is shown beside it: control characters
/// and those that turn the direction of writing, with which a path can look like another one.
#[must_use]
pub fn is_unprintable(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_a_terminal_or_turns_the_writing_is_told_from_letters_of_any_script() {
        let turning = "\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\u{2066}\u{2067}\u{2068}\u{2069}";
        let steering = "\0\t\n\r\u{1b}\u{7f}\u{80}\u{9b}";
        assert!(turning.chars().chain(steering.chars()).all(is_unprintable));
        // The neighbours of the two rows, and what people write.
        let shown = "\u{2029}\u{202f}\u{2065}\u{206a} aZ~\u{a0}é°שלוםعربي";
        assert!(!shown.chars().any(is_unprintable));
    }
}
