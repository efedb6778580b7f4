//! A pass for who watches it: one line while it runs, and a summary at its end.

use crate::parts::printable;
use crate::scrub::finding::Finding;
use crate::scrub::standing::{Pass, Unread};
use picket_wire::{FindingKind, FindingState, GroundTruth};
use std::fmt::Write;
use std::time::Duration;

/// How far a pass is, in one line that fits a terminal of 80 columns.
pub fn line(pass: &Pass) -> String {
    let (files, bytes) = (pass.files, size(pass.bytes));
    let hundred = pass.bytes.saturating_mul(100);
    let mut text = match hundred.checked_div(pass.bytes_expected) {
        Some(percent) => {
            let expected = size(pass.bytes_expected);
            format!(
                "{:>3} %  {files} files  {bytes} of {expected}",
                percent.min(99)
            )
        }
        // The first pass over a folder within a filesystem.
        None => format!("{files} files  {bytes}"),
    };
    if let Some(remaining_s) = pass.remaining_s {
        text.push_str(&format!("  {} left", time(remaining_s)));
    }
    text
}

/// What a pass has read, and what it has found.
pub fn summary(pass: &Pass, findings: &[Finding], took: Duration) -> String {
    let mut text = format!(
        "{} files, {}, read back in {}\n",
        pass.files,
        size(pass.bytes),
        time(took.as_secs())
    );
    text.push_str(&unread(&pass.unread));
    let (open, over): (Vec<&Finding>, Vec<_>) =
        findings.iter().partition(|finding| finding.is_open());
    match open.len() {
        0 => text.push_str("no file is known to read otherwise than it was written\n"),
        1 => text.push_str("1 file does not read as it was written:\n"),
        count => {
            // Writing to a text cannot fail.
            let _ = writeln!(text, "{count} files do not read as they were written:");
        }
    }
    for finding in open {
        let _ = writeln!(text, "  {}", what(finding));
        let _ = writeln!(text, "    => {}", advice(finding));
    }
    for finding in over {
        let path = printable(&finding.path);
        let _ = writeln!(text, "  {path}: over: {}", state(finding.state));
    }
    text
}

/// Files that nobody looked at, by why; nothing if there is none.
fn unread(unread: &Unread) -> String {
    let reasons = [
        (unread.denied, "may not be read by this user"),
        (unread.cached, "cannot be read past the cache"),
        (unread.changing, "are being written"),
        (unread.other, "cannot be read for another reason"),
    ];
    let mut text = String::new();
    for (count, why) in reasons {
        if count > 0 {
            // Writing to a text cannot fail.
            let _ = writeln!(text, "  not read: {count} that {why}");
        }
    }
    text
}

fn what(finding: &Finding) -> String {
    let kind = match finding.kind {
        FindingKind::Stable => "other content than was written, each time the same",
        FindingKind::Flapping => "other content each time it is read",
        FindingKind::Transient => "was read wrong once, and right after that",
        FindingKind::Unreadable => "cannot be read",
        FindingKind::Checksum => "the filesystem's own checksum is wrong",
        FindingKind::Unknown(_) => "unknown",
    };
    let mut text = format!("{}: block {}", printable(&finding.path), finding.block);
    if finding.blocks > 1 {
        text.push_str(&format!(" and {} more", finding.blocks - 1));
    }
    if finding.sector > 0 {
        text.push_str(&format!(" (sector {})", finding.sector));
    }
    text.push_str(&format!(": {kind}"));
    if finding.times_are_weak {
        text.push_str("; or somebody wrote it, of which this filesystem's times may not tell");
    }
    text
}

fn advice(finding: &Finding) -> String {
    let package = printable(&finding.package);
    match finding {
        Finding {
            cached_copy_is_good: true,
            ..
        } => "a good copy was in memory when it was found: copy the file to another disk before any reboot"
            .to_owned(),
        Finding {
            kind: FindingKind::Transient,
            ..
        } => "nothing to do for this file; if it comes again, doubt cable, reader and memory"
            .to_owned(),
        Finding {
            kind: FindingKind::Flapping,
            ..
        } => "doubt cable, reader, supply and memory before the disk: the content may be whole"
            .to_owned(),
        Finding {
            truth: GroundTruth::Package | GroundTruth::PackageList,
            ..
        } if !package.is_empty() => {
            format!("sudo apt install --reinstall {package}, and copy what matters off this disk")
        }
        _ => "restore it from a backup, and copy what matters off this disk".to_owned(),
    }
}

fn state(state: FindingState) -> &'static str {
    match state {
        FindingState::Open => "it is so",
        FindingState::GoodAgain => "it reads as it was written again",
        FindingState::Rewritten => "somebody wrote it anew",
        FindingState::Deleted => "it is no longer there",
        FindingState::Unknown(_) => "unknown",
    }
}

/// A number of bytes as people say it.
fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    let mut tenths = u128::from(bytes) * 10;
    let mut units = UNITS.iter();
    let mut unit = units.next();
    while tenths >= 10_240 {
        let Some(larger) = units.next() else { break };
        tenths /= 1024;
        unit = Some(larger);
    }
    let unit = unit.copied().unwrap_or_default();
    match unit {
        "B" => format!("{bytes} B"),
        _ => format!("{}.{} {unit}", tenths / 10, tenths % 10),
    }
}

/// A number of seconds as people say it.
fn time(seconds: u64) -> String {
    match seconds {
        0..=119 => format!("{seconds} s"),
        120..=7_199 => format!("{} min", seconds / 60),
        7_200..=172_799 => format!("{} h", seconds / 3600),
        _ => format!("{} d", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scrub::finding::path_hash;

    fn pass() -> Pass {
        Pass {
            running: true,
            files: 123_456,
            bytes: 3_700_000_000,
            bytes_expected: 8_600_000_000,
            remaining_s: Some(1100),
            ..Pass::default()
        }
    }

    fn finding(kind: FindingKind, state: FindingState) -> Finding {
        Finding {
            kind,
            state,
            truth: GroundTruth::Package,
            cached_copy_is_good: false,
            times_are_weak: false,
            found_unix_s: 1,
            block: 17,
            blocks: 3,
            sector: 4096,
            path_hash: path_hash(b"/usr/bin/ls"),
            path: "/usr/bin/l\x1bs".to_owned(),
            package: "coreutils".to_owned(),
        }
    }

    #[test]
    fn a_pass_is_one_short_line_and_never_whole_before_it_is_over() {
        let text = line(&pass());
        assert_eq!(text, " 43 %  123456 files  3.4 GiB of 8.0 GiB  18 min left");
        let late = Pass {
            bytes: u64::MAX,
            files: 12_345_678,
            ..pass()
        };
        let text = line(&late);
        assert!(text.starts_with(" 99 %"), "{text}");
        assert_eq!(line(&Pass::default()), "0 files  0 B");
    }

    #[test]
    fn the_summary_says_what_was_not_read_and_what_to_do() {
        let mut pass = pass();
        pass.unread.denied = 2;
        let open = finding(FindingKind::Stable, FindingState::Open);
        let over = finding(FindingKind::Stable, FindingState::Rewritten);
        let text = summary(&pass, &[open.clone(), over], Duration::from_secs(61));
        for expected in [
            "123456 files, 3.4 GiB, read back in 61 s\n",
            "  not read: 2 that may not be read by this user\n",
            "1 file does not read as it was written:\n",
            "  /usr/bin/l?s: block 17 and 2 more (sector 4096): other content than was written",
            "    => sudo apt install --reinstall coreutils",
            "  /usr/bin/l?s: over: somebody wrote it anew\n",
        ] {
            assert!(text.contains(expected), "{expected:?} in {text}");
        }
        let good = Finding {
            cached_copy_is_good: true,
            ..open
        };
        assert!(advice(&good).contains("before any reboot"));
        let text = summary(&pass, &[], Duration::ZERO);
        assert!(
            text.contains("no file is known to read otherwise"),
            "{text}"
        );
    }
}
