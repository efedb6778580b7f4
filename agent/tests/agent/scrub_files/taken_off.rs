//! A disk that its owner takes off while the scrub is at it, and puts back.

use super::Site;
use crate::support::{Agent, wait_until};
use picket_testing::needs_root;
use std::fs;

#[test]
fn a_disk_can_be_taken_off_while_a_pass_goes_on_and_nothing_is_forgotten() {
    if needs_root("a_disk_can_be_taken_off_while_a_pass_goes_on_and_nothing_is_forgotten") {
        return;
    }
    let site = Site::new();
    // At the slowest pace this takes more than half a minute, almost all of which is rest.
    site.disk.write("large", &vec![7; 40 << 20]);
    let mut scrub = Agent::with("", |command| *command = site.command(&[]));
    scrub.wait_for_log("reads back what is below");
    wait_until("the pass to let go of the disk", || site.disk.try_off());
    assert!(!scrub.log().contains("is over"), "{}", scrub.log());
    wait_until("the socket", || site.path("now.sock").exists());
    // The folder is empty now, and its manifest another one.
    let (status, said) = site.now();
    assert_eq!(status, Some(0), "{said}");
    assert!(said.starts_with("0 files, "), "{said}");
    assert!(
        scrub.log().contains("its filesystem was taken off"),
        "{}",
        scrub.log()
    );
    site.disk.on();
    site.learn();
    let (status, said) = site.now();
    assert_eq!(status, Some(0), "{said}");
    assert!(said.starts_with("7 files, "), "{said}");

    site.disk.off();
    assert_eq!(site.now().0, Some(0));
    site.disk.on();
    site.rot();
    let (status, said) = site.now();
    assert_eq!(status, Some(1), "{said}");
    let wrong = "1 file does not read as it was written:\n";
    assert!(said.contains(wrong) && !said.contains("over:"), "{said}");
    assert!(said.contains("a/rotten: block 1 "), "{said}");
    let state = fs::read_dir(site.path("state")).unwrap();
    let manifests = state.filter(|entry| entry.as_ref().unwrap().path().is_dir());
    assert_eq!(manifests.count(), 2, "one of the disk, one of the folder");
    assert!(scrub.terminate().success());
}
