//! The table of sums, from lists of every kind.
use super::*;
use crate::scrub::packages::testing::{System, digits, md5};
use crate::scrub::sums::Sums;
use std::fs;
use std::os::unix::fs::symlink;

#[test]
fn a_listed_file_is_found_where_it_stands() {
    let mut system = System::new();
    fs::create_dir_all(system.at("/usr/bin")).unwrap();
    symlink("usr/bin", system.at("/bin")).unwrap();
    system.install("coreutils", &[("/bin/ls", b"ls"), ("/usr/bin/dir", b"dir")]);
    system.install_as(
        "libc6",
        "libc6:arm64",
        "2.41",
        &[("/usr/lib/libc.so", b"c")],
    );
    let index = system.index();
    let ls = index.listed(b"/usr/bin/ls").unwrap();
    assert_eq!(ls.md5, md5(b"ls"));
    assert_eq!(index.package(ls.package).unwrap().name(), "coreutils");
    let libc = index.listed(b"/usr/lib/libc.so").unwrap();
    assert_eq!(index.package(libc.package).unwrap().name(), "libc6");
    assert_eq!(index.package(libc.package).unwrap().files, 1);
    for other in [
        b"/bin/ls".as_slice(),
        b"/usr/bin/l",
        b"usr/bin/ls",
        b"/usr/bin/ls/",
        b"",
    ] {
        assert_eq!(index.listed(other), None);
    }
    assert_eq!((index.packages().len(), index.left_out()), (2, 0));
}

#[test]
fn what_two_packages_say_differently_is_not_known() {
    let mut system = System::new();
    system.install("a", &[("/usr/same", b"same"), ("/usr/other", b"of a")]);
    system.install("b", &[("/usr/same", b"same"), ("/usr/other", b"of b")]);
    let index = system.index();
    assert_eq!(index.listed(b"/usr/same").unwrap().md5, md5(b"same"));
    assert_eq!(index.listed(b"/usr/other"), None);
    assert_eq!(index.all_listed(b"/usr/other").count(), 2);
}

#[test]
fn only_what_was_built_from_the_same_has_the_same_key() {
    let key = |name: &str, version: &str, content: &[u8]| {
        let mut system = System::new();
        system.install_as(name, name, version, &[("/usr/a", content)]);
        system.index().packages()[0].key
    };
    let one = key("a", "1", b"content");
    assert_eq!(one, key("a", "1", b"content"));
    assert_ne!(one, key("b", "1", b"content"));
    assert_ne!(one, key("a", "2", b"content"));
    assert_ne!(one, key("a", "1", b"built elsewhere"));
}

#[test]
fn a_list_that_rotted_is_known_and_a_strange_one_is_not_accused() {
    let mut system = System::new();
    system.install("rotten", &[("/usr/a", b"a"), ("/usr/b", b"b")]);
    system.install("strange", &[("/usr/c", b"c")]);
    system.install("empty", &[]);
    let list = "/var/lib/dpkg/info/rotten.md5sums";
    let mut text = fs::read(system.at(list)).unwrap();
    let second = digits(b"a").len() + "  usr/a\n".len();
    text[second + 3] ^= 0x80;
    system.write(list, &text);
    let strange = format!("md5sum: x: Is a directory\n\n{}  ./usr/c\n", digits(b"c"));
    system.write("/var/lib/dpkg/info/strange.md5sums", strange.as_bytes());
    let index = system.index();
    assert!(index.is_damaged(list.as_bytes()));
    assert!(!index.is_damaged(b"/var/lib/dpkg/info/strange.md5sums"));
    assert!(!index.is_damaged(b"/usr/a"));
    assert!(index.listed(b"/usr/a").is_some());
    assert!(index.listed(b"/usr/c").is_some());
    assert_eq!(index.listed(b"/usr/b"), None);
}

#[test]
fn a_list_of_zeros_is_damaged() {
    let mut system = System::new();
    system.install("a", &[("/usr/a", b"a")]);
    let list = "/var/lib/dpkg/info/a.md5sums";
    system.write(list, &[0; 9000]);
    assert!(system.index().is_damaged(list.as_bytes()));
}

#[test]
fn another_distribution_has_no_sums_and_says_so() {
    let tree = tempfile::tempdir().unwrap();
    let load = || {
        Index::load(
            Arc::new(Root::moved_to(tree.path()).unwrap()),
            &["/".into()],
        )
    };
    assert_eq!(load().unwrap_err(), Unavailable::NoDpkg);
    fs::create_dir_all(tree.path().join("var/lib/dpkg/status")).unwrap();
    let why = load().unwrap_err();
    assert_eq!(why, Unavailable::Unread(STATUS, Errno::EINVAL));
}

#[test]
fn what_exceeds_the_bounds_is_counted() {
    let mut system = System::new();
    let name = |n: usize| format!("/f{n}");
    let many: String = (0..MAX_FILES + 3)
        .map(|n| format!("{}  {}\n", digits(b"a"), name(n)))
        .collect();
    system.install("many", &[]);
    system.write("/var/lib/dpkg/info/many.md5sums", many.as_bytes());
    let index = system.index();
    assert_eq!(index.left_out(), 3);
    assert!(index.listed(name(0).as_bytes()).is_some());
    assert_eq!(index.listed(name(MAX_FILES).as_bytes()), None);
    assert_eq!(size_of::<Row>(), 26);
}

#[test]
fn what_is_not_read_back_has_no_row() {
    let mut system = System::new();
    system.install(
        "a",
        &[("/usr/a", b"a"), ("/opt/a", b"a"), ("/optional", b"a")],
    );
    let index = system.index_below(&["/opt".into()]);
    assert_eq!(index.listed(b"/usr/a"), None);
    assert_eq!(index.listed(b"/optional"), None);
    let listed = index.listed(b"/opt/a").unwrap();
    // It votes with all of its files or not at all, so that these are counted.
    assert_eq!(index.package(listed.package).unwrap().files, 3);
    assert_eq!(index.left_out(), 0);
}
