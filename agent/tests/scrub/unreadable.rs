//! A sector that the medium cannot read.

use crate::passes::Scrubbed;
use crate::seed::Seed;
use picket_agent::scrub::pass::MAX_LOST;
use picket_testing::{LoopFs, needs_root, wait_until};
use picket_wire::FindingKind;
use std::fs;
use std::path::Path;
use std::process::{Child, Command};

/// A program that serves an image as a file in which one sector cannot be read. It is ended when
/// this goes.
struct Failing(Child);

impl Failing {
    fn of(image: &Path, sector: u64, file: &Path) -> Failing {
        let rules = file.with_extension("rules");
        let rule = format!(
            "[inject-error]\nevent = \"read_aio\"\nerrno = \"5\"\nsector = \"{sector}\"\nonce = \"off\"\n"
        );
        fs::write(&rules, rule).unwrap();
        fs::write(file, "").unwrap();
        let blocks = [
            format!("driver=file,filename={},node-name=image", image.display()),
            format!(
                "driver=blkdebug,node-name=failing,config={},image=image",
                rules.display()
            ),
            "driver=raw,node-name=whole,file=failing".to_owned(),
        ];
        let export = format!(
            "fuse,id=export,node-name=whole,mountpoint={},writable=on",
            file.display()
        );
        let mut command = Command::new("qemu-storage-daemon");
        for block in blocks {
            command.arg("--blockdev").arg(block);
        }
        let failing = Failing(command.arg("--export").arg(export).spawn().unwrap());
        wait_until("the image to be served", || {
            fs::metadata(file).unwrap().len() > 0
        });
        failing
    }
}

impl Drop for Failing {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_sector_that_cannot_be_read_is_a_finding_and_the_pass_goes_on() {
    if needs_root("a_sector_that_cannot_be_read_is_a_finding_and_the_pass_goes_on") {
        return;
    }
    let whole = LoopFs::ext4(64);
    let mut seed = Seed(3);
    for name in ["a", "b", "c"] {
        whole.write(name, &seed.bytes(400_000));
    }
    let scrubbed = Scrubbed::new(whole.point());
    scrubbed.know(3);
    let sector = scrubbed.sector("b", 50 * 4096);
    whole.off();
    let dir = tempfile::tempdir().unwrap();
    let served = dir.path().join("image");
    let failing = Failing::of(&whole.image(), sector, &served);
    whole.mount(&served, "");

    let passed = scrubbed.pass();
    assert_eq!(passed.found.len(), 1, "{passed:?}");
    let finding = &passed.found[0];
    assert_eq!(finding.path, scrubbed.named("b"));
    assert_eq!(finding.kind, FindingKind::Unreadable);
    assert_eq!((finding.block, finding.blocks), (50, 1), "{finding:?}");
    assert_eq!(finding.sector, sector);
    assert_eq!(passed.progress.files, 3);
    assert_eq!(passed.known.counts.unreadable, 1);
    assert!(scrubbed.pass().found.is_empty(), "it is found again");
    whole.off();
    drop(failing);
    whole.on();
    assert_eq!(scrubbed.pass().known.counts.unreadable, 0);
}

#[test]
fn a_device_that_is_gone_loses_no_thousands_of_files() {
    if needs_root("a_device_that_is_gone_loses_no_thousands_of_files") {
        return;
    }
    const FILES: u64 = 60;
    let whole = LoopFs::ext4(64);
    let mut seed = Seed(4);
    for at in 0..FILES {
        whole.write(&format!("{at:03}"), &seed.bytes(9000));
    }
    let scrubbed = Scrubbed::new(whole.point());
    scrubbed.know(FILES);
    whole.off();
    let dir = tempfile::tempdir().unwrap();
    let served = dir.path().join("image");
    let serving = Failing::of(&whole.image(), 1 << 40, &served);
    whole.mount(&served, "noload,ro");
    // Their names stay in memory when the device goes.
    for entry in fs::read_dir(whole.point()).unwrap() {
        entry.unwrap().metadata().unwrap();
    }
    drop(serving);

    let passed = scrubbed.pass();
    assert!(passed.is_gone, "{passed:?}");
    assert!(passed.found.len() < MAX_LOST as usize, "{passed:?}");
    whole.off();
    whole.on();
    let passed = scrubbed.pass();
    assert!(passed.is_kept && passed.found.is_empty(), "{passed:?}");
    // What was looked at after the device came back was compared with what was known of it.
    let passed = scrubbed.pass();
    assert!(passed.is_kept, "{passed:?}");
    assert_eq!(
        (passed.known.counts.unreadable, passed.known.counts.corrupt),
        (0, 0)
    );
    assert_eq!(passed.progress.files, FILES);
}
