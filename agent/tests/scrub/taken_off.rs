//! Disks that their owner takes off while the scrub rests.

use crate::this_machine;
use picket_agent::scrub::files::{Entry, Files, LeftOut, Tree};
use picket_testing::{LoopFs, needs_root};

fn next(tree: &mut Tree) -> Vec<u8> {
    let Some(Entry::File(file)) = tree.next() else {
        panic!("no file")
    };
    file.path().to_owned()
}

#[test]
fn what_is_let_go_of_can_be_taken_off_and_nothing_else_takes_its_place() {
    if needs_root("what_is_let_go_of_can_be_taken_off_and_nothing_else_takes_its_place") {
        return;
    }
    let fs = LoopFs::ext4(16);
    for name in ["a", "b", "c"] {
        fs.write(name, name.as_bytes());
    }
    let mut tree = Tree::open(this_machine(), &fs.point(), None, LeftOut::default()).unwrap();
    assert_eq!(next(&mut tree), b"a");
    assert!(!fs.try_off(), "it is held while it is read");
    tree.let_go();
    assert!(fs.try_off());
    // The folder below is of another filesystem.
    assert_eq!(tree.take_up().unwrap_err(), nix::errno::Errno::ESTALE);
    assert!(tree.take_up().is_err());
    fs.on();
    tree.take_up().unwrap();
    assert_eq!(tree.again(b"a").unwrap().stamp().unwrap().size, 1);
    assert_eq!(tree.again(b"d").unwrap_err(), nix::errno::Errno::ENOENT);
    assert_eq!(next(&mut tree), b"b");
    assert_eq!(next(&mut tree), b"c");
    assert!(tree.next().is_none());
}
