//! What a scrub finds, and what others remember for it: read back as written, and bounded.
#![expect(
    clippy::unwrap_used,
    reason = "a test stops at the first thing that is wrong"
)]

#[path = "common/content.rs"]
mod content;
#[path = "common/header.rs"]
mod header;

use content::Content;
use header::HEADER;
use picket_wire::section::{self, MAX_PATH, MAX_TEXT};
use picket_wire::*;
use proptest::collection::vec;
use proptest::prelude::*;

const FINDING: Finding<'static> = Finding {
    part: 1,
    kind: 1,
    state: 0,
    truth: 1,
    flags: 0,
    found_unix_s: 1_790_000_000,
    block: 0,
    blocks: 1,
    sector: 0,
    path_hash: [7; 32],
    path: "",
    package: "",
};

/// A text of at most so many bytes, as a node cuts it.
fn any_text(most: usize) -> impl Strategy<Value = String> {
    any::<String>().prop_map(move |text| text[..text.floor_char_boundary(most)].to_owned())
}

/// Everything of a finding but its texts, which it borrows.
fn any_finding() -> impl Strategy<Value = Finding<'static>> {
    let codes = (any::<[u8; 5]>(), any::<[u8; 32]>());
    let numbers = (any::<u64>(), any::<u64>(), any::<u32>(), any::<u64>());
    (codes, numbers).prop_map(
        |(([part, kind, state, truth, flags], path_hash), numbers)| {
            let (found_unix_s, block, blocks, sector) = numbers;
            Finding {
                part,
                kind,
                state,
                truth,
                flags,
                found_unix_s,
                block,
                blocks,
                sector,
                path_hash,
                ..FINDING
            }
        },
    )
}

fn any_witness() -> impl Strategy<Value = Witness> {
    let numbers = (any::<u64>(), any::<[u32; 2]>());
    numbers.prop_map(|(disk, [lineage, generation])| Witness {
        disk,
        lineage,
        generation,
    })
}

proptest! {
    #[test]
    fn findings_are_read_back(
        found in vec((any_finding(), any_text(MAX_PATH), any_text(MAX_TEXT)), 1..3),
    ) {
        let findings = found.iter().map(|(finding, path, package)| {
            Finding { path, package, ..*finding }
        });
        let contents = vec![Content::Findings(findings.collect())];
        let bytes = content::encode(&HEADER, &contents);
        prop_assert_eq!(content::decode(&bytes), (HEADER, contents));
    }

    #[test]
    fn packages_machine_and_witnesses_are_read_back(
        names in vec((any_text(MAX_TEXT), any::<u64>(), any::<u64>()), 1..20),
        witnesses in vec(any_witness(), 1..20),
        id: u64,
    ) {
        let packages = names.iter().map(|(name, key, content)| {
            Package { name, key: *key, content: *content }
        });
        let contents = vec![
            Content::Packages(packages.collect()),
            Content::Machine(Machine { id }),
            Content::Witnesses(witnesses),
        ];
        let bytes = content::encode(&HEADER, &contents);
        prop_assert_eq!(content::decode(&bytes), (HEADER, contents));
    }
}

/// Whether a frame of this one section can be read.
fn is_read<T: serde::Serialize>(tag: u16, row: &T) -> bool {
    let mut buf = [0; MAX_FRAME];
    let mut writer = FrameWriter::new(&mut buf, &HEADER).unwrap();
    writer.repeated(tag, [row]).unwrap();
    let frame = Frame::decode(writer.finish()).unwrap();
    frame.sections().all(|section| section.is_ok())
}

#[test]
fn the_longest_texts_are_read_and_one_byte_more_is_refused() {
    let text = "x".repeat(MAX_PATH + 1);
    for (path, package, expected) in [
        (MAX_PATH, MAX_TEXT, true),
        (MAX_PATH + 1, 0, false),
        (0, MAX_TEXT + 1, false),
    ] {
        let finding = Finding {
            path: &text[..path],
            package: &text[..package],
            ..FINDING
        };
        let read = is_read(section::FINDINGS, &finding);
        assert_eq!(read, expected, "path of {path}, package of {package}");
    }
    for (name, expected) in [(MAX_TEXT, true), (MAX_TEXT + 1, false)] {
        let package = Package {
            name: &text[..name],
            key: 1,
            content: 2,
        };
        assert_eq!(is_read(section::PACKAGES, &package), expected, "{name}");
    }
}

#[test]
fn a_finding_of_the_longest_texts_fits_into_an_empty_frame() {
    let path = "x".repeat(MAX_PATH);
    let finding = Finding {
        found_unix_s: u64::MAX,
        block: u64::MAX,
        blocks: u32::MAX,
        sector: u64::MAX,
        path: &path,
        package: &path[..MAX_TEXT],
        ..FINDING
    };
    let bytes = content::encode(&HEADER, &[Content::Findings(vec![finding])]);
    assert!(bytes.len() <= MAX_FRAME, "{} bytes", bytes.len());
    assert_eq!(
        content::decode(&bytes).1,
        [Content::Findings(vec![finding])]
    );
}
