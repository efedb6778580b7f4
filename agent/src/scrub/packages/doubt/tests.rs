//! Second looks before a package's word counts.
use super::*;
use crate::scrub::packages::Unavailable;
use crate::scrub::packages::testing::{System, digits, md5};
use std::fs;
use std::path::Path;
use std::process::Command;

/// A package that dpkg itself has unpacked, with a file that is longer than a block.
fn unpacked() -> System {
    let system = System::new();
    let build = tempfile::tempdir().unwrap();
    let at = |path: &str| build.path().join(path);
    for dir in ["DEBIAN", "usr/share/robin", "usr/bin"] {
        fs::create_dir_all(at(dir)).unwrap();
    }
    let control = "Package: robin\nVersion: 1.0\nArchitecture: all\nMaintainer: nobody <n@localhost>\n\
                   Description: of a test\n";
    fs::write(at("DEBIAN/control"), control).unwrap();
    fs::write(at("usr/share/robin/data"), vec![7; 9000]).unwrap();
    fs::write(at("usr/bin/robin"), "robin").unwrap();
    let sums = format!(
        "{}  usr/bin/robin\n{}  usr/share/robin/data\n",
        digits(b"robin"),
        digits(&vec![7; 9000])
    );
    fs::write(at("DEBIAN/md5sums"), sums).unwrap();
    run(
        "dpkg-deb",
        &["--root-owner-group", "-b"],
        &[build.path(), &system.at("/robin.deb")],
    );
    let root = format!("--root={}", system.dir.path().display());
    let force = "--force-not-root,script-chrootless,bad-path";
    fs::create_dir_all(system.at("/var/lib/dpkg/updates")).unwrap();
    run(
        "dpkg",
        &[&root, force, "--log=/dev/null", "-i"],
        &[&system.at("/robin.deb")],
    );
    system
}

fn run(program: &str, args: &[&str], paths: &[&Path]) {
    let output = Command::new(program)
        .args(args)
        .args(paths)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{program}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}

const DATA: &str = "/usr/share/robin/data";

fn word_of(system: &System, index: &Index) -> Word {
    word_of_content(&rotten(system), index)
}

fn word_of_content(content: &[u8], index: &Index) -> Word {
    let (_, stamp) = opened(&index.root, DATA).unwrap();
    let computed = Computed {
        md5: md5(content),
        stamp,
        times_are_weak: false,
    };
    let listed = index.listed(DATA.as_bytes()).unwrap();
    index.word(DATA.as_bytes(), &listed, &computed)
}

/// The content of the file with a bit that is another one on the medium.
fn rotten(system: &System) -> Vec<u8> {
    let mut content = fs::read(system.at(DATA)).unwrap();
    content[5000] ^= 1;
    content
}

#[test]
fn what_dpkg_unpacked_and_nobody_wrote_has_surely_rotted() {
    let system = unpacked();
    let index = system.index();
    let good = fs::read(system.at(DATA)).unwrap();
    assert_eq!(word_of_content(&good, &index), Word::Agrees);
    assert_eq!(word_of(&system, &index), Word::Rotted);
    let package = index.listed(DATA.as_bytes()).unwrap().package;
    assert!(index.is_as_unpacked(package));
    assert!(!index.is_as_unpacked(package + 1));
}

#[test]
fn a_copy_of_what_dpkg_unpacked_is_known_as_one() {
    let system = unpacked();
    let copy = tempfile::tempdir().unwrap();
    // What a copy does to the time of change is done to it after a minute, which no test waits for.
    let list = system.at("/var/lib/dpkg/info/robin.list");
    let an_hour_ago = std::time::SystemTime::now() - std::time::Duration::from_secs(3600);
    fs::File::open(&list)
        .unwrap()
        .set_modified(an_hour_ago)
        .unwrap();
    let from = format!("{}/.", system.dir.path().display());
    run("cp", &["-a", &from], &[copy.path()]);
    let root = crate::root::Root::moved_to(copy.path()).unwrap();
    let index = Index::load(std::sync::Arc::new(root), &["/".into()]).unwrap();
    let package = index.listed(DATA.as_bytes()).unwrap().package;
    assert!(!index.is_as_unpacked(package));
}

#[test]
fn what_somebody_wrote_with_its_old_time_is_not_accused() {
    let system = unpacked();
    let index = system.index();
    assert_eq!(word_of(&system, &index), Word::Rotted);
    let path = system.at(DATA);
    let before = fs::metadata(&path).unwrap().modified().unwrap();
    let written = rotten(&system);
    fs::write(&path, &written).unwrap();
    let file = fs::File::options().write(true).open(&path).unwrap();
    file.set_modified(before).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), before);
    assert_eq!(word_of_content(&written, &index), Word::Silent);
}

#[test]
fn while_packages_change_there_is_no_word() {
    let sums = "/var/lib/dpkg/info/robin.md5sums";
    for touched in [
        "/var/lib/dpkg/status",
        sums,
        "/var/lib/dpkg/info/robin.list",
        "/var/lib/dpkg/diversions",
    ] {
        let system = unpacked();
        let index = system.index();
        let path = system.at(touched);
        let content = fs::read(&path).unwrap_or_default();
        fs::write(&path, [content.as_slice(), b"\n"].concat()).unwrap();
        assert_eq!(word_of(&system, &index), Word::Silent, "{touched}");
        let index = system.index();
        assert_ne!(word_of(&system, &index), Word::Silent, "{touched}");
    }
}

#[test]
fn a_file_that_another_package_took_over_accuses_nobody() {
    let system = unpacked();
    let list = system.at("/var/lib/dpkg/info/robin.list");
    let without: String = fs::read_to_string(&list)
        .unwrap()
        .lines()
        .filter(|line| *line != DATA)
        .map(|line| format!("{line}\n"))
        .collect();
    fs::write(&list, without).unwrap();
    assert_eq!(word_of(&system, &system.index()), Word::Silent);
}

#[test]
fn a_digit_that_rotted_in_the_list_is_told_apart_and_its_list_named() {
    let system = unpacked();
    let sums = "/var/lib/dpkg/info/robin.md5sums";
    let mut text = fs::read(system.at(sums)).unwrap();
    let line = text.iter().position(|&byte| byte == b'\n').unwrap() + 1;
    let digit = text[line + 9];
    text[line + 9] = if digit == b'0' { b'1' } else { b'0' };
    fs::write(system.at(sums), &text).unwrap();
    let good = fs::read(system.at(DATA)).unwrap();
    let index = system.index();
    assert_eq!(word_of_content(&good, &index), Word::ListAtFault);
    let package = index.listed(DATA.as_bytes()).unwrap().package;
    assert_eq!(index.list(package), sums.as_bytes());
    assert_eq!(index.name(package), "robin");
}

#[test]
fn the_system_that_this_runs_on_is_known() {
    let root = crate::root::Root::of_this_machine().unwrap();
    let index = match Index::load(std::sync::Arc::new(root), &["/".into()]) {
        Ok(index) => index,
        // Another distribution; every other reason is a fault.
        Err(Unavailable::NoDpkg) => return,
        Err(why) => panic!("{why:?}"),
    };
    assert!(index.packages().len() > 10);
    assert_eq!(index.left_out(), 0);
    let path = "/usr/bin/dpkg";
    let listed = index.listed(path.as_bytes()).unwrap();
    assert_eq!(index.name(listed.package), "dpkg");
    assert_eq!(listed.md5, md5(&fs::read(path).unwrap()));
}
