//! The only reason for which a test is passed over: it needs root, and says so.

use std::io::Write;
use std::path::PathBuf;

/// True when this process is not root. The test's name then stands in the list of `make test`.
#[must_use]
pub fn needs_root(test: &str) -> bool {
    if nix::unistd::geteuid().is_root() {
        return false;
    }
    let list = std::env::var_os("PICKET_NEEDS_ROOT").map(PathBuf::from);
    let list = list.unwrap_or_else(|| {
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/needs-root.txt")
    });
    let mut options = std::fs::File::options();
    let mut file = options.create(true).append(true).open(&list).unwrap();
    writeln!(file, "{test}").unwrap();
    println!("needs root: {test}");
    true
}
