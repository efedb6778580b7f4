//! The kinds of changes, as programs make them.

use super::super::seed::Seed;
use nix::fcntl::{FallocateFlags, fallocate};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{self, File, FileTimes, Permissions};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, SystemTime};

/// Files that a program keeps mapped.
pub(crate) const MAPPED: u64 = 40;
const MAPPED_LEN: u64 = 20_000;
/// Files of the package.
const PACKAGED: u64 = 25;

/// Writes bytes into files that it keeps mapped, one for each line of a file's number, a place and
/// a value, and says when it is done.
const MAPPER: &str = "
import mmap, sys
maps = []
for path in sys.argv[1:]:
    with open(path, 'r+b') as file:
        maps.append(mmap.mmap(file.fileno(), 0))
for line in sys.stdin:
    number, place, value = map(int, line.split())
    maps[number][place] = value
    print('done', flush=True)
";

/// What a kind is called, and what makes such a change.
pub(crate) type Kind = (&'static str, fn(&mut Changer));

/// Those of one file at a time, without [`Changer::meddle`].
pub(crate) const KINDS: [Kind; 12] = [
    ("rewritten in place", Changer::rewrite),
    ("rewritten, its time put back", Changer::rewrite_unseen),
    (
        "replaced by one of the same size and time",
        Changer::replace,
    ),
    ("appended", Changer::append),
    ("truncated", Changer::truncate),
    ("renamed", Changer::rename),
    ("renamed over another", Changer::rename_over),
    ("other rights", Changer::chmod),
    ("touched back in time", Changer::touch_back),
    ("hard link", Changer::link),
    ("hole punched", Changer::punch),
    ("written through a map", Changer::write_map),
];

/// Somebody who changes files.
pub(crate) struct Changer {
    folder: PathBuf,
    names: Vec<PathBuf>,
    seed: Seed,
    counts: BTreeMap<&'static str, u64>,
    next_name: u64,
    mapper: Child,
    to_mapper: ChildStdin,
    from_mapper: BufReader<ChildStdout>,
    version: u64,
}

impl std::fmt::Debug for Changer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Changer").finish_non_exhaustive()
    }
}

impl Changer {
    /// Makes so many files, and those that are mapped.
    pub(crate) fn new(folder: &Path, files: u64) -> Changer {
        let mut seed = Seed(4);
        let mut names = Vec::new();
        for i in 0..files {
            let path = folder.join(format!("{}/{i}", i % 17));
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            let size = seed.size();
            fs::write(&path, seed.bytes(size)).unwrap();
            names.push(path);
        }
        fs::create_dir(folder.join("mapped")).unwrap();
        let mapped: Vec<PathBuf> = (0..MAPPED)
            .map(|i| folder.join(format!("mapped/{i}")))
            .collect();
        for path in &mapped {
            fs::write(path, seed.bytes(MAPPED_LEN as usize)).unwrap();
        }
        let mut mapper = Command::new("python3")
            .args(["-c", MAPPER])
            .args(&mapped)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        Changer {
            folder: folder.to_owned(),
            names,
            seed,
            counts: BTreeMap::new(),
            next_name: 0,
            to_mapper: mapper.stdin.take().unwrap(),
            from_mapper: BufReader::new(mapper.stdout.take().unwrap()),
            mapper,
            version: 0,
        }
    }

    /// How many changes were made.
    pub(crate) fn done(&self) -> u64 {
        self.counts.values().sum()
    }

    /// How many of each kind.
    pub(crate) fn counts(&self) -> impl Iterator<Item = (&'static str, u64)> {
        self.counts.iter().map(|(kind, count)| (*kind, *count))
    }

    /// One change.
    pub(crate) fn change(&mut self) {
        let (kind, make) = KINDS[self.seed.below(KINDS.len() as u64) as usize];
        make(self);
        self.count(kind, 1);
    }

    /// Rewrites a part of a certain file, which the scrub is just reading, now and then.
    pub(crate) fn meddle(&mut self, path: &Path) {
        if self.seed.below(8) == 0 && self.rewrite_file(&self.folder.join(path)) {
            self.count("rewritten while it is read", 1);
        }
    }

    /// Installs a package in place of the version before, whose files have the same sizes and times.
    pub(crate) fn upgrade(&mut self) {
        self.version += 1;
        let dir = tempfile::tempdir().unwrap();
        let tree = dir.path().join("tree");
        fs::create_dir_all(tree.join("DEBIAN")).unwrap();
        fs::create_dir_all(tree.join("usr/share/sample")).unwrap();
        let version = self.version;
        let control = format!(
            "Package: sample\nVersion: {version}\nArchitecture: all\nMaintainer: n <n@localhost>\n\
             Description: files\n"
        );
        fs::write(tree.join("DEBIAN/control"), control).unwrap();
        for i in 0..PACKAGED {
            let path = tree.join(format!("usr/share/sample/{i}"));
            fs::write(&path, self.seed.bytes(1000 * i as usize)).unwrap();
            set_time(
                &path,
                SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000),
            );
        }
        let package = dir.path().join("sample.deb");
        let build = ["--build", "--root-owner-group", "-Zgzip", "-z1"];
        run(Command::new("dpkg-deb")
            .args(build)
            .arg(&tree)
            .arg(&package));
        let root = self.folder.join("root");
        for state in ["info", "updates"] {
            fs::create_dir_all(root.join("var/lib/dpkg").join(state)).unwrap();
        }
        fs::File::options()
            .create(true)
            .append(true)
            .open(root.join("var/lib/dpkg/status"))
            .unwrap();
        let path = std::env::var("PATH").unwrap();
        run(Command::new("dpkg")
            .env("PATH", format!("{path}:/usr/sbin:/sbin"))
            .arg(format!("--root={}", root.display()))
            .args(["--log=/dev/null", "--force-unsafe-io", "--install"])
            .arg(&package));
        if version > 1 {
            self.count("package upgrade", PACKAGED);
        }
    }

    fn count(&mut self, kind: &'static str, count: u64) {
        *self.counts.entry(kind).or_default() += count;
    }

    fn any(&mut self) -> PathBuf {
        let number = self.seed.below(self.names.len() as u64);
        self.names[number as usize].clone()
    }

    fn new_name(&mut self) -> PathBuf {
        self.next_name += 1;
        self.folder
            .join(format!("{}/new-{}", self.next_name % 17, self.next_name))
    }

    /// Writes a few bytes somewhere in a file. False if it has none.
    fn rewrite_file(&mut self, path: &Path) -> bool {
        let Ok(file) = File::options().write(true).open(path) else {
            return false;
        };
        let len = file.metadata().unwrap().len();
        if len == 0 {
            return false;
        }
        let place = self.seed.below(len);
        let count = (len - place).min(1 + self.seed.below(9000));
        let bytes = self.seed.bytes(count as usize);
        file.write_all_at(&bytes, place).unwrap();
        true
    }

    fn rewrite(&mut self) {
        let path = self.any();
        self.rewrite_file(&path);
    }

    fn rewrite_unseen(&mut self) {
        let path = self.any();
        let time = fs::metadata(&path).unwrap().modified().unwrap();
        self.rewrite_file(&path);
        set_time(&path, time);
    }

    fn replace(&mut self) {
        let path = self.any();
        let old = fs::metadata(&path).unwrap();
        let other = self.new_name();
        fs::write(&other, self.seed.bytes(old.len() as usize)).unwrap();
        set_time(&other, old.modified().unwrap());
        fs::rename(&other, &path).unwrap();
    }

    fn append(&mut self) {
        let path = self.any();
        let bytes = self.seed.bytes(100);
        let mut file = File::options().append(true).open(path).unwrap();
        file.write_all(&bytes).unwrap();
    }

    fn truncate(&mut self) {
        let path = self.any();
        let file = File::options().write(true).open(path).unwrap();
        let len = file.metadata().unwrap().len();
        file.set_len(self.seed.below(len + 5000)).unwrap();
    }

    fn rename(&mut self) {
        let number = self.seed.below(self.names.len() as u64) as usize;
        let to = self.new_name();
        fs::rename(&self.names[number], &to).unwrap();
        self.names[number] = to;
    }

    fn rename_over(&mut self) {
        let path = self.any();
        let size = self.seed.size();
        let other = self.new_name();
        fs::write(&other, self.seed.bytes(size)).unwrap();
        fs::rename(&other, &path).unwrap();
    }

    fn chmod(&mut self) {
        let mode = [0o600, 0o640, 0o755][self.seed.below(3) as usize];
        fs::set_permissions(self.any(), Permissions::from_mode(mode)).unwrap();
    }

    fn touch_back(&mut self) {
        let seconds = self.seed.below(1_000_000_000);
        let path = self.any();
        self.rewrite_file(&path);
        set_time(&path, SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
    }

    fn link(&mut self) {
        let number = self.seed.below(self.names.len() as u64) as usize;
        let to = self.new_name();
        fs::hard_link(&self.names[number], &to).unwrap();
        // Half of the files have one name again.
        if self.seed.below(2) == 0 {
            fs::remove_file(&self.names[number]).unwrap();
            self.names[number] = to;
        }
    }

    fn punch(&mut self) {
        let file = File::options().write(true).open(self.any()).unwrap();
        let len = file.metadata().unwrap().len();
        let place = self.seed.below(len + 1) as i64;
        let count = 1 + self.seed.below(20_000) as i64;
        let flags = FallocateFlags::FALLOC_FL_PUNCH_HOLE | FallocateFlags::FALLOC_FL_KEEP_SIZE;
        fallocate(&file, flags, place, count).unwrap();
    }

    fn write_map(&mut self) {
        let mut line = String::new();
        let [number, place] = [MAPPED, MAPPED_LEN].map(|bound| self.seed.below(bound));
        let value = self.seed.below(256);
        writeln!(line, "{number} {place} {value}").unwrap();
        self.to_mapper.write_all(line.as_bytes()).unwrap();
        line.clear();
        self.from_mapper.read_line(&mut line).unwrap();
        assert_eq!(line, "done\n");
    }
}

impl Drop for Changer {
    fn drop(&mut self) {
        let _ = self.mapper.kill();
        let _ = self.mapper.wait();
    }
}

fn set_time(path: &Path, time: SystemTime) {
    let file = File::options().write(true).open(path).unwrap();
    file.set_times(FileTimes::new().set_modified(time)).unwrap();
}

fn run(command: &mut Command) {
    let done = command.output().unwrap();
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{command:?}: {said}");
}
