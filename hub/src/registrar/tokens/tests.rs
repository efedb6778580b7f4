//! Every state of a token, and the moments between them.

use super::*;
use picket_wire::Verifier;

const START: Moment = Moment(1_000);
const END: Moment = Moment(1_000 + 3_600_000);
const LAST: Moment = Moment(END.0 - 1);

fn node(id: &str) -> NodeId {
    NodeId::parse(id).unwrap()
}

fn join(key: u8, password: u8) -> Join {
    Join {
        key: [key; 32],
        password: Verifier::new([password; 12], &[password; 64]),
    }
}

fn offered(replaces: bool) -> Tokens {
    let mut tokens = Tokens::new(VALID);
    tokens.offer(node("pi-07"), replaces, START).unwrap();
    tokens
}

fn judge(tokens: &Tokens, key: u8, enrolled: Option<u8>, now: Moment) -> Verdict {
    let enrolled = enrolled.map(|key| [key; 32]);
    tokens.judge(node("pi-07"), &join(key, 1), enrolled, now)
}

#[test]
fn a_token_lets_its_node_in_and_nobody_else() {
    let tokens = offered(false);
    assert_eq!(judge(&tokens, 1, None, START), Verdict::Enrol);
    let other = tokens.judge(node("pi-08"), &join(1, 1), None, START);
    assert_eq!(other, Verdict::Unknown);
}

#[test]
fn a_token_is_good_to_the_last_millisecond_of_its_hour_and_not_beyond() {
    let mut tokens = offered(false);
    assert_eq!(tokens.next_end(), Some(END));
    assert_eq!(judge(&tokens, 1, None, LAST), Verdict::Enrol);
    assert_eq!(judge(&tokens, 1, None, END), Verdict::Unknown);
    assert_eq!(tokens.expire(LAST), []);
    assert_eq!(tokens.expire(END), [node("pi-07")]);
    assert_eq!(tokens.next_end(), None);
    assert_eq!(tokens.expire(END), []);
}

#[test]
fn a_used_token_answers_the_same_key_again_and_refuses_another() {
    let mut tokens = offered(false);
    tokens.used(node("pi-07"), join(1, 1), Moment(5_000));
    assert_eq!(judge(&tokens, 1, Some(1), LAST), Verdict::Again);
    assert_eq!(judge(&tokens, 2, Some(1), LAST), Verdict::Used);
    let new_password = tokens.judge(node("pi-07"), &join(1, 2), Some([1; 32]), LAST);
    assert_eq!(new_password, Verdict::Enrol);
    assert_eq!(judge(&tokens, 1, Some(1), END), Verdict::Unknown);
    assert_eq!(tokens.awaited(), [(node("pi-07"), Moment(5_000))]);
    assert_eq!(tokens.expire(END), [node("pi-07")], "use does not prolong");
}

#[test]
fn an_attempt_that_was_not_written_down_uses_nothing() {
    let tokens = offered(false);
    assert_eq!(judge(&tokens, 1, None, START), Verdict::Enrol);
    assert_eq!(judge(&tokens, 2, None, START), Verdict::Enrol);
    assert_eq!(tokens.awaited(), []);
}

#[test]
fn only_a_token_that_replaces_takes_the_place_of_another_card() {
    assert_eq!(judge(&offered(false), 2, Some(1), START), Verdict::Taken);
    assert_eq!(judge(&offered(false), 1, Some(1), START), Verdict::Enrol);
    assert_eq!(judge(&offered(true), 2, Some(1), START), Verdict::Enrol);
}

#[test]
fn even_a_token_that_replaces_is_used_once() {
    let mut tokens = offered(true);
    tokens.used(node("pi-07"), join(2, 1), START);
    assert_eq!(judge(&tokens, 2, Some(2), START), Verdict::Again);
    assert_eq!(judge(&tokens, 3, Some(2), START), Verdict::Used);
}

#[test]
fn a_new_token_voids_the_earlier_one_and_what_was_done_with_it() {
    let mut tokens = offered(true);
    tokens.used(node("pi-07"), join(1, 1), START);
    let later = Moment(60_000);
    tokens.offer(node("pi-07"), false, later).unwrap();
    assert_eq!(tokens.awaited(), []);
    assert_eq!(judge(&tokens, 2, Some(1), later), Verdict::Taken);
    assert_eq!(tokens.next_end(), Some(later + VALID));
    assert!(tokens.void(node("pi-07")) && !tokens.void(node("pi-07")));
    assert_eq!(judge(&tokens, 1, Some(1), later), Verdict::Unknown);
}

#[test]
fn so_many_tokens_and_no_more() {
    let mut tokens = Tokens::new(VALID);
    for index in 0..MAX_TOKENS {
        let node = node(&format!("pi-{index}"));
        tokens.offer(node, false, START).unwrap();
    }
    assert_eq!(tokens.offer(node("one-more"), false, START), Err(TooMany));
    tokens.offer(node("pi-0"), false, Moment(2_000)).unwrap();
    assert_eq!(tokens.expire(END).len(), MAX_TOKENS - 1);
    tokens.offer(node("one-more"), false, END).unwrap();
}
