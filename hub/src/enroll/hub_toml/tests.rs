//! What people write into `hub.toml` stays.

use super::*;
use std::os::unix::fs::{PermissionsExt, symlink};

fn all() -> SocketAddr {
    "0.0.0.0:8883".parse().unwrap()
}

fn folder() -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("hub.toml");
    (dir, file)
}

fn add(file: &Path) -> Result<String, EditError> {
    prepare(file, all())?.commit()?;
    Ok(std::fs::read_to_string(file).unwrap())
}

fn names(dir: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(dir).unwrap();
    let name = |entry: io::Result<std::fs::DirEntry>| entry.unwrap().file_name();
    entries
        .map(name)
        .map(|name| name.into_string().unwrap())
        .collect()
}

#[test]
fn comments_order_and_rights_stay() {
    let (dir, file) = folder();
    let before = "# mine\nsite = \"home\"   # ours\n\n[broker]  # inside\n\
                  listen = [\"127.0.0.1:1883\"] # here\n\n[web]\nlisten = \"127.0.0.1:8470\"\n";
    std::fs::write(&file, before).unwrap();
    std::fs::set_permissions(&file, PermissionsExt::from_mode(0o640)).unwrap();
    let after = add(&file).unwrap();
    let line = "listen_tls = [\"0.0.0.0:8883\"]\n";
    assert_eq!(after.replace(line, ""), before);
    assert!(after.contains(&format!("# here\n{line}\n[web]")), "{after}");
    let mode = std::fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
    assert_eq!(names(dir.path()), ["hub.toml"]);
    assert_eq!(add(&file).unwrap(), after, "once is enough");
}

#[test]
fn a_file_that_is_not_there_is_made_and_a_listener_joins_others() {
    let (_dir, file) = folder();
    assert_eq!(
        add(&file).unwrap(),
        "[broker]\nlisten_tls = [\"0.0.0.0:8883\"]\n"
    );
    std::fs::write(&file, "[broker]\nlisten_tls = [\"10.0.0.1:8883\"]\n").unwrap();
    let after = add(&file).unwrap();
    let list = "listen_tls = [\"10.0.0.1:8883\", \"0.0.0.0:8883\"]";
    assert!(after.contains(list), "{after}");
}

#[test]
fn a_link_is_not_followed() {
    let (dir, file) = folder();
    let real = dir.path().join("real.toml");
    for text in [Some("site = \"home\"\n"), None] {
        match text {
            Some(text) => std::fs::write(&real, text).unwrap(),
            None => std::fs::remove_file(&real).unwrap(),
        }
        let _ = std::fs::remove_file(&file);
        symlink("real.toml", &file).unwrap();
        let words = add(&file).unwrap_err().to_string();
        assert!(words.contains("it is a link; add listen_tls"), "{words}");
        assert!(std::fs::symlink_metadata(&file).unwrap().is_symlink());
        assert_eq!(std::fs::read_to_string(&real).ok().as_deref(), text);
    }
}

#[test]
fn a_pipe_is_refused_and_not_waited_for() {
    let (_dir, file) = folder();
    nix::unistd::mkfifo(&file, nix::sys::stat::Mode::S_IRWXU).unwrap();
    let (say, said) = std::sync::mpsc::channel();
    std::thread::spawn(move || say.send(prepare(&file, all())));
    let prepared = said.recv_timeout(std::time::Duration::from_secs(10));
    let words = prepared.expect("it waits for the pipe").unwrap_err();
    assert!(words.to_string().contains("no regular file"), "{words}");
}

#[test]
fn root_changes_no_file_of_another_user() {
    assert!(may_change(Uid::from_raw(1000), 1000));
    assert!(may_change(Uid::from_raw(0), 0));
    assert!(!may_change(Uid::from_raw(0), 1000));
    if !Uid::effective().is_root() {
        return;
    }
    let (_dir, file) = folder();
    std::fs::write(&file, "site = \"home\"\n").unwrap();
    std::os::unix::fs::chown(&file, Some(4242), Some(4242)).unwrap();
    let words = add(&file).unwrap_err().to_string();
    assert!(words.contains("chown root"), "{words}");
    let text = std::fs::read_to_string(&file).unwrap();
    assert_eq!(text, "site = \"home\"\n");
    std::os::unix::fs::chown(&file, Some(0), Some(4343)).unwrap();
    add(&file).unwrap();
    let found = std::fs::metadata(&file).unwrap();
    assert_eq!((found.uid(), found.gid()), (0, 4343), "the group stays");
}

#[test]
fn a_change_that_is_not_wanted_after_all_leaves_nothing() {
    let (dir, file) = folder();
    drop(prepare(&file, all()).unwrap());
    assert!(names(dir.path()).is_empty());
}

#[test]
fn what_cannot_be_changed_is_left_and_said() {
    for (text, word) in [
        ("site = \"home", "hub.toml"),
        ("sight = \"home\"\n", "did you mean"),
        ("[mqtt]\nurl = \"mqtt://127.0.0.1:1883\"\n", "external"),
        ("broker = 1\n", "by hand"),
        ("[broker]\nlisten_tls = \"0.0.0.0:8883\"\n", "by hand"),
    ] {
        let (dir, file) = folder();
        std::fs::write(&file, text).unwrap();
        let error = add(&file).unwrap_err().to_string();
        assert!(error.contains(word), "{text}: {error}");
        assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
        assert_eq!(names(dir.path()), ["hub.toml"]);
    }
}

#[test]
fn a_missing_folder_is_said() {
    let (dir, _) = folder();
    let error = add(&dir.path().join("nowhere/hub.toml")).unwrap_err();
    assert!(error.to_string().contains("folder is missing"), "{error}");
}
