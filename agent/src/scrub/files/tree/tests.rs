//! The walk over trees of every kind.
use super::*;
use crate::testing::this_machine;
use crate::testing::{fifo, in_time};
use nix::sys::stat::{Mode, SFlag, makedev, mknod};
use nix::unistd::{Uid, setfsuid};
use picket_testing::needs_root;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use tempfile::TempDir;

/// A folder with empty files at these paths.
fn folder(paths: &[&[u8]]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for path in paths {
        let path = dir.path().join(OsStr::from_bytes(path));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "").unwrap();
    }
    dir
}

fn open(dir: &Path) -> Tree {
    Tree::open(this_machine(), dir, None, LeftOut::default()).unwrap()
}

/// What a walk gives, of each path a file or why not.
fn walk(tree: &mut Tree) -> Vec<(Vec<u8>, Option<Errno>)> {
    let entries = std::iter::from_fn(|| tree.next());
    let row = |entry| match entry {
        Entry::File(file) => (file.path().to_vec(), None),
        Entry::Unread(unseen) => (unseen.path, Some(unseen.why)),
    };
    entries.map(row).collect()
}

fn paths(tree: &mut Tree) -> Vec<Vec<u8>> {
    let row = |(path, why): (Vec<u8>, Option<Errno>)| {
        assert_eq!(why, None, "{path:?}");
        path
    };
    walk(tree).into_iter().map(row).collect()
}

const SORTED: [&[u8]; 8] = [
    b"a/a",
    b"a/b/c",
    b"a/b/d\n",
    b"a/b-c",
    b"a-b",
    b"ab/x/y",
    b"b",
    b"\xff\xfe/z",
];

#[test]
fn files_come_in_the_manifests_order_from_wherever_it_is_gone_on() {
    let dir = folder(&SORTED);
    assert_eq!(paths(&mut open(dir.path())), SORTED);
    let between: [&[u8]; 6] = [b"", b"a", b"a/b/cc", b"a/b/c/x", b"ab/x/y/z", b"zz"];
    for from in SORTED.iter().chain(&between) {
        let mut tree =
            Tree::open(this_machine(), dir.path(), Some(from), LeftOut::default()).unwrap();
        let expected = SORTED
            .iter()
            .filter(|path| compare(path, from) != Ordering::Less);
        let expected: Vec<_> = expected.map(|path| path.to_vec()).collect();
        assert_eq!(
            paths(&mut tree),
            expected,
            "{:?}",
            from.escape_ascii().to_string()
        );
    }
}

#[test]
fn a_walk_that_goes_on_opens_no_folder_before_that() {
    let dir = folder(&[b"a/x", b"b/x", b"b/y/z", b"c"]);
    for before in ["a", "b/a"] {
        fs::create_dir_all(dir.path().join(before)).unwrap();
    }
    let from = Some(b"b/y/z".as_slice());
    let open = || Tree::open(this_machine(), dir.path(), from, LeftOut::default()).unwrap();
    let mut tree = open();
    assert_eq!(tree.levels.len(), 1);
    assert_eq!(tree.levels[0].batch.take().unwrap().0, b"b");
    assert_eq!(paths(&mut open()), [b"b/y/z".as_slice(), b"c"]);
}

#[test]
fn nothing_but_files_is_opened_and_no_link_is_followed() {
    let dir = folder(&[b"file"]);
    let path = |name: &str| dir.path().join(name);
    fifo(&path("fifo"));
    let _socket = UnixListener::bind(path("socket")).unwrap();
    symlink(".", path("loop")).unwrap();
    symlink("file", path("link")).unwrap();
    symlink("nowhere", path("dangling")).unwrap();
    if !needs_root("nothing_but_files_is_opened_and_no_link_is_followed") {
        let mode = Mode::from_bits_truncate(0o600);
        mknod(&path("device"), SFlag::S_IFCHR, mode, makedev(1, 7)).unwrap();
    }
    let dir_path = dir.path().to_owned();
    let found = in_time(move || paths(&mut open(&dir_path)));
    assert_eq!(found, [b"file"]);
}

#[test]
fn what_takes_the_place_of_a_file_or_folder_during_the_walk_is_passed_over() {
    let names: [&[u8]; 7] = [
        b"a",
        b"dir-to-file/x",
        b"fifo",
        b"file-to-dir",
        b"gone",
        b"link",
        b"z",
    ];
    let dir = folder(&names);
    let mut tree = open(dir.path());
    let path = |name: &str| dir.path().join(name);
    for file in ["fifo", "file-to-dir", "gone", "link"] {
        fs::remove_file(path(file)).unwrap();
    }
    fs::remove_dir_all(path("dir-to-file")).unwrap();
    fs::write(path("dir-to-file"), "").unwrap();
    fs::create_dir(path("file-to-dir")).unwrap();
    fifo(&path("fifo"));
    symlink("/etc/passwd", path("link")).unwrap();
    let found = in_time(move || paths(&mut tree));
    assert_eq!(found, [b"a", b"z"]);
}

#[test]
fn a_folder_that_moved_away_under_the_walk_ends_quietly() {
    let dir = folder(&[b"a/x", b"a/y", b"b"]);
    let mut tree = open(dir.path());
    assert!(matches!(tree.next(), Some(Entry::File(_))));
    fs::rename(dir.path().join("a"), dir.path().join("c")).unwrap();
    assert_eq!(paths(&mut tree), [b"b"]);
}

#[test]
fn who_may_not_look_says_so_and_goes_on() {
    if needs_root("who_may_not_look_says_so_and_goes_on") {
        return;
    }
    let dir = folder(&[b"closed/x", b"open", b"secret"]);
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
    for closed in ["closed", "secret"] {
        let nothing = fs::Permissions::from_mode(0o000);
        fs::set_permissions(dir.path().join(closed), nothing).unwrap();
    }
    let mut tree = open(dir.path());
    let me = setfsuid(Uid::from_raw(65534));
    let found = walk(&mut tree);
    setfsuid(me);
    let denied = Some(Errno::EACCES);
    let expected = [("closed", denied), ("open", None), ("secret", denied)];
    assert_eq!(found, expected.map(|(path, why)| (path.into(), why)));
}

/// Makes folders one in another, each named so, and gives the path of the last below `dir`.
fn deep(dir: &Path, names: impl IntoIterator<Item = String>) -> PathBuf {
    let mut at = Beneath::new(dir).unwrap().folder(b"").unwrap();
    let mut path = PathBuf::new();
    for name in names {
        nix::sys::stat::mkdirat(&at, name.as_str(), Mode::from_bits_truncate(0o700)).unwrap();
        path.push(&name);
        at = Dir::openat(
            &at,
            name.as_str(),
            nix::fcntl::OFlag::O_DIRECTORY,
            Mode::empty(),
        )
        .unwrap();
    }
    path
}

#[test]
fn a_path_of_4095_bytes_is_read_and_a_longer_one_is_said() {
    let dir = tempfile::tempdir().unwrap();
    // 15 times 256 bytes and one of 255 are 4,095.
    let path = deep(dir.path(), (0..15).map(|_| "d".repeat(255)));
    let beneath = Beneath::new(dir.path()).unwrap();
    let last = beneath.folder(path.as_os_str().as_bytes()).unwrap();
    let mode = Mode::from_bits_truncate(0o600);
    let create = nix::fcntl::OFlag::O_CREAT | nix::fcntl::OFlag::O_WRONLY;
    for name in ["f".repeat(255), "e".repeat(254)] {
        nix::fcntl::openat(&last, name.as_str(), create, mode).unwrap();
    }
    let found = paths(&mut open(dir.path()));
    assert_eq!(found.iter().map(Vec::len).collect::<Vec<_>>(), [4094, 4095]);
    // One folder more, and the same name is too long by two bytes.
    let within = deep(dir.path(), ["x".to_owned()]);
    fs::rename(
        dir.path().join("d".repeat(255)),
        dir.path().join(within).join("d".repeat(255)),
    )
    .unwrap();
    let found = walk(&mut open(dir.path()));
    let rows: Vec<_> = found.iter().map(|(path, why)| (path.len(), *why)).collect();
    let too_long = Some(Errno::ENAMETOOLONG);
    assert_eq!(rows, [(4096, too_long), (4097, too_long)]);
}

#[test]
fn two_thousand_folders_in_one_another_need_no_two_thousand_open_ones() {
    let dir = tempfile::tempdir().unwrap();
    let path = deep(dir.path(), (0..2000).map(|_| "d".to_owned()));
    let mut tree = open(dir.path());
    let last = tree.beneath.folder(path.as_os_str().as_bytes()).unwrap();
    let create = nix::fcntl::OFlag::O_CREAT | nix::fcntl::OFlag::O_WRONLY;
    nix::fcntl::openat(&last, "f", create, Mode::from_bits_truncate(0o600)).unwrap();
    drop(last);
    let before = fs::read_dir("/proc/self/fd").unwrap().count();
    let Some(Entry::File(file)) = tree.next() else {
        panic!("no file")
    };
    assert_eq!(file.path().len(), 2 * 2000 + 1);
    // Other tests open files meanwhile.
    assert!(fs::read_dir("/proc/self/fd").unwrap().count() < before + 500);
    // The folder's own removal is not made for such depths.
    fs::rename(dir.path().join("d"), dir.path().join("e")).unwrap();
}

#[test]
fn names_of_outer_folders_are_forgotten_and_come_all_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let mut expected = Vec::new();
    // Each folder has names of some 300 KiB in all, behind the one that leads deeper.
    let mut prefix = String::new();
    for _ in 0..3 {
        let path = dir.path().join(&prefix);
        fs::create_dir_all(&path).unwrap();
        for i in 0..1200 {
            let name = format!("{i:04}{}", "n".repeat(240));
            fs::write(path.join(&name), "").unwrap();
            expected.push(format!("{prefix}{name}").into_bytes());
        }
        prefix.push_str("0/");
    }
    expected.sort_by(|a, b| compare(a, b));
    let mut tree = open(dir.path());
    let mut found = Vec::new();
    while let Some(Entry::File(file)) = tree.next() {
        found.push(file.path().to_vec());
        let held: usize = tree.levels.iter().map(|level| level.batch.bytes()).sum();
        assert!(held <= MAX_HELD, "{held}");
    }
    assert!(found == expected, "{} of {}", found.len(), expected.len());
}

#[test]
fn a_file_with_several_names_is_read_once_by_the_first() {
    let dir = folder(&[b"b/x"]);
    for other in ["a", "b/y", "c"] {
        fs::hard_link(dir.path().join("b/x"), dir.path().join(other)).unwrap();
    }
    assert_eq!(paths(&mut open(dir.path())), [b"a"]);
}

#[test]
fn what_is_left_out_is_not_come_to_and_what_only_begins_so_is() {
    let dir = folder(&[b"cache/x/y", b"cache-2", b"swap", b"swapped"]);
    let mut left_out = LeftOut::default();
    for name in ["cache", "swap", "swapped/nothing"] {
        left_out.and(&dir.path().join(name));
    }
    left_out.and(Path::new("/elsewhere"));
    let mut tree = Tree::open(this_machine(), dir.path(), None, left_out).unwrap();
    assert_eq!(paths(&mut tree), [b"cache-2".as_slice(), b"swapped"]);
}

#[test]
fn what_is_left_out_or_mounted_over_is_known_to_be_so() {
    let dir = folder(&[b"cache/x", b"a"]);
    let mut left_out = LeftOut::default();
    left_out.and(&dir.path().join("cache"));
    let tree = Tree::open(this_machine(), dir.path(), None, left_out).unwrap();
    let leaves_out = |path: &str| tree.leaves_out(path.as_bytes());
    assert!(leaves_out("cache") && leaves_out("cache/x") && leaves_out("cache/gone/y"));
    assert!(!leaves_out("a") && !leaves_out("cache-2") && !leaves_out("gone/cache"));
    // `/dev/shm` is a filesystem of its own, and none knows what is below.
    let tree = open(Path::new("/dev"));
    assert!(tree.leaves_out(b"shm/photo"));
    assert!(!tree.leaves_out(b"gone/photo"));
}

#[test]
fn another_filesystem_is_not_entered() {
    let _there = tempfile::NamedTempFile::new_in("/dev/shm").unwrap();
    // `/dev/shm` is a filesystem of its own.
    let _file = tempfile::NamedTempFile::new_in("/dev/shm").unwrap();
    let found = walk(&mut open(Path::new("/dev")));
    assert!(
        found.iter().all(|(path, _)| !path.starts_with(b"shm/")),
        "{found:?}"
    );
}

#[test]
fn a_folder_that_is_not_there_is_an_error() {
    let open =
        |path: &str| Tree::open(this_machine(), Path::new(path), None, LeftOut::default()).err();
    assert_eq!(open("/nowhere"), Some(Errno::ENOENT));
    assert_eq!(open("/dev/null"), Some(Errno::ENOTDIR));
}

#[test]
fn whether_the_device_is_there_is_asked_of_the_root_that_was_given() {
    let dir = folder(&[b"a"]);
    let machine = crate::testing::Tree::new();
    let root = std::sync::Arc::new(machine.root());
    let tree = Tree::open(root, dir.path(), None, LeftOut::default()).unwrap();
    // Where the kernel tells nothing, nothing is gone.
    assert!(tree.is_there());
    fs::create_dir_all(machine.path().join("sys/dev/block")).unwrap();
    // A filesystem without a device of its own never says so.
    assert_eq!(tree.is_there(), tree.system().device.0 == 0);
    assert!(open(dir.path()).is_there());
}
