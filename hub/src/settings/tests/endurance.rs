//! What the owner states of disks, right and wrong.

use super::*;
use picket_hub_core::WhichDisk;

#[test]
fn endurance_is_stated_of_one_disk_or_of_a_product() {
    let settings = parse(
        r#"
        [[endurance]]
        disk = "cid/0353"
        terabytes_written = 10
        written_before_tb = 0.9
        [[endurance]]
        node = "pi-02"
        disk = "sda"
        terabytes_written = 0.5
        [[endurance]]
        product = "SD32G"
        terabytes_written = 1_024
        "#,
    )
    .unwrap();
    let stated = |disk, node: Option<&str>, kib, written_before_kib| Endurance {
        disk,
        node: node.map(|node| picket_wire::NodeId::parse(node).unwrap()),
        kib,
        written_before_kib,
    };
    let id = WhichDisk::Id("cid/0353".to_owned());
    let name = WhichDisk::Name("sda".to_owned());
    let product = WhichDisk::Product("SD32G".to_owned());
    assert_eq!(
        settings.endurance,
        [
            stated(id, None, 9_765_625_000, 878_906_250),
            stated(name, Some("pi-02"), 488_281_250, 0),
            stated(product, None, 1_000_000_000_000, 0),
        ]
    );
    let words = explain(&settings);
    for part in [
        "The disk cid/0353 stands 10.0 TB written, of which 900.0 GB were written before,",
        "The disk sda of pi-02 stands 500.0 GB written,",
        "Every disk of the product \"SD32G\" stands 1024.0 TB written,",
    ] {
        assert!(words.contains(part), "{part}: {words}");
    }
}

#[test]
fn a_fault_in_a_statement_says_what_to_write() {
    check(&[
        (
            "[[endurance]]\nproduct = \"x\"\nterabytes_writen = 1",
            3,
            &[
                "\"terabytes_writen\"",
                "did you mean \"terabytes_written\"?",
            ],
        ),
        (
            "[[endurance]]\nproduct = \"x\"",
            1,
            &["missing field `terabytes_written`"],
        ),
        (
            "[[endurance]]\nterabytes_written = 1",
            1,
            &["which disk", "cid/0353"],
        ),
        (
            "[[endurance]]\nterabytes_written = 1\ndisk = \"mmcblk0\"",
            3,
            &["\"mmcblk0\"", "node = "],
        ),
        (
            "[[endurance]]\nterabytes_written = 1\ndisk = \"cid/1\"\nproduct = \"x\"",
            1,
            &["keep one"],
        ),
        (
            "[[endurance]]\nterabytes_written = 1\nproduct = \" \"",
            1,
            &["empty"],
        ),
        (
            "[[endurance]]\nterabytes_written = 1\nnode = \"No\"\nproduct = \"x\"",
            3,
            &["node"],
        ),
        (
            "[[endurance]]\nproduct = \"x\"\nterabytes_written = 0",
            3,
            &["above 0"],
        ),
        (
            "[[endurance]]\nproduct = \"x\"\nterabytes_written = -1.5",
            3,
            &["above 0"],
        ),
        (
            "[[endurance]]\nproduct = \"x\"\nterabytes_written = nan",
            3,
            &["above 0"],
        ),
        (
            "[[endurance]]\nproduct = \"x\"\nterabytes_written = 1e99",
            3,
            &["at most 1000000"],
        ),
        (
            "[[endurance]]\nproduct = \"x\"\nterabytes_written = \"10 TB\"",
            3,
            &["invalid type"],
        ),
        (
            "[[endurance]]\nterabytes_written = 1\ndisk = \"a/1\"\nwritten_before_tb = -1",
            4,
            &["written_before_tb"],
        ),
        (
            "[[endurance]]\nterabytes_written = 1\nproduct = \"x\"\nwritten_before_tb = 1",
            4,
            &["not by product"],
        ),
    ]);
}
