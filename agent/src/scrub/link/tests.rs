//! Who may speak at the socket, and lines that end the connection.

use super::*;
use crate::probe::Measured;
use picket_wire::Quantity;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

/// How long what must not wait may take on a busy machine.
const SOON: Duration = Duration::from_secs(20);

/// A socket that is listened at, and what was heard there.
struct End {
    dir: TempDir,
    words: watch::Receiver<Word>,
}

fn end() -> End {
    let dir = tempfile::tempdir().unwrap();
    let (said, words) = watch::channel(Word::default());
    tokio::spawn(serve(listen(dir.path()).unwrap(), said));
    End { dir, words }
}

impl End {
    async fn connect(&self) -> UnixStream {
        UnixStream::connect(self.dir.path().join(SOCKET))
            .await
            .unwrap()
    }

    /// A scrub that has said these bytes.
    async fn saying(&self, bytes: &[u8]) -> UnixStream {
        let mut scrub = self.connect().await;
        scrub.write_all(bytes).await.unwrap();
        scrub
    }

    /// The next word.
    async fn word(&mut self) -> Vec<Measured> {
        timeout(SOON, self.words.changed()).await.unwrap().unwrap();
        let word = self.words.borrow_and_update().clone();
        word.round.unwrap().1.measured
    }
}

/// Whether the agent has closed the connection; the test fails if it says something.
async fn is_let_go(mut scrub: UnixStream) -> bool {
    let read = timeout(SOON, scrub.read(&mut [0; 1])).await.unwrap();
    read.map_or(true, |length| length == 0)
}

fn round(count: i64) -> (Vec<u8>, Vec<Measured>) {
    let rows = vec![Measured::of_node(Quantity::STORAGE_MESSAGES, Ok(count))];
    (message::encode(&rows.clone().into()).unwrap(), rows)
}

fn greeted(lines: &[&[u8]]) -> Vec<u8> {
    [&[message::greeting().unwrap().as_slice()], lines]
        .concat()
        .concat()
}

#[tokio::test]
async fn what_a_scrub_says_is_heard_line_by_line_and_after_it_came_back() {
    let mut end = end();
    let (one, of_one) = round(1);
    let (two, of_two) = round(2);
    let mut scrub = end.saying(&greeted(&[&one])).await;
    assert_eq!(end.word().await, of_one);
    let (begin, rest) = two.split_at(7);
    scrub.write_all(begin).await.unwrap();
    scrub.flush().await.unwrap();
    scrub.write_all(rest).await.unwrap();
    assert_eq!(end.word().await, of_two);
    drop(scrub);
    // Until the agent has seen the end, another one is a second one.
    loop {
        let _scrub = end.saying(&greeted(&[&one])).await;
        if timeout(Duration::from_millis(100), end.words.changed())
            .await
            .is_ok()
        {
            break;
        }
    }
    let word = end.words.borrow_and_update().clone();
    assert_eq!(word.round.unwrap().1.measured, of_one);
}

#[tokio::test]
async fn a_second_scrub_is_refused_while_the_first_is_heard() {
    let mut end = end();
    let (one, of_one) = round(1);
    let (two, of_two) = round(2);
    let mut first = end.saying(&greeted(&[&one])).await;
    assert_eq!(end.word().await, of_one);
    assert!(is_let_go(end.connect().await).await);
    first.write_all(&two).await.unwrap();
    assert_eq!(end.word().await, of_two);
}

#[tokio::test]
async fn garbage_ends_the_connection_and_changes_nothing() {
    let end = end();
    let long = vec![b' '; MAX_LINE];
    for bytes in [
        b"hello\n".to_vec(),
        b"{\"picket_scrub\":1}\n".to_vec(),
        round(1).0,
        greeted(&[b"{}\n"]),
        greeted(&[b"\xff\xfe\n"]),
        greeted(&[b"\n"]),
        greeted(&[&long]),
        [long.clone(), long.clone()].concat(),
    ] {
        let mut scrub = end.connect().await;
        // The agent may let it go before it has said everything.
        let _ = scrub.write_all(&bytes).await;
        assert!(
            is_let_go(scrub).await,
            "{:?}",
            String::from_utf8_lossy(&bytes)
        );
        assert_eq!(*end.words.borrow(), Word::default());
    }
}

#[tokio::test]
async fn the_longest_line_is_heard() {
    let mut end = end();
    let (line, rows) = round(1);
    let padding = vec![b' '; MAX_LINE - line.len()];
    let _scrub = end.saying(&greeted(&[&padding, &line])).await;
    assert_eq!(end.word().await, rows);
}

#[tokio::test]
async fn a_scrub_that_falls_silent_is_let_go_and_a_word_gives_it_time_again() {
    let (mut scrub, near) = UnixStream::pair().unwrap();
    let mut connection = Connection::new(near);
    let (line, rows) = round(1);
    scrub.write_all(&greeted(&[&line])).await.unwrap();
    let heard = connection.next().await.unwrap();
    assert!(matches!(heard, Heard::Round(told) if told.measured == rows));
    assert!(connection.deadline > Instant::now() + SILENCE / 2);
    connection.deadline = Instant::now();
    assert!(matches!(connection.next().await, Err(Lost::Silent)));
}

#[tokio::test]
async fn a_socket_that_was_left_behind_is_replaced_and_one_in_use_is_not() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("picket/agent");
    let path = folder.join(SOCKET);
    drop(listen(&folder).unwrap());
    assert!(path.exists());
    let listener = listen(&folder).unwrap();
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o660);
    let why = listen(&folder).unwrap_err().to_string();
    assert!(why.contains("another agent"), "{why}");
    drop(listener);
    fs::remove_file(&path).unwrap();
    fs::write(&path, "precious").unwrap();
    assert!(listen(&folder).is_err());
    assert_eq!(fs::read_to_string(&path).unwrap(), "precious");
    assert!(listen(&path).is_err(), "a file is no folder");
}
