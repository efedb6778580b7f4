//! The word for all disks of a node.

use super::*;

#[test]
fn a_node_is_as_written_only_where_every_disk_is() {
    let table: [(&[&str], &str); 7] = [
        (&[], "not watched"),
        (&["healthy"], "as written"),
        (&["healthy", "healthy"], "as written"),
        (&["blind", "blind"], "not watched"),
        (&["healthy", "blind"], "partly watched"),
        (&["healthy", "of a newer hub"], "partly watched"),
        (&["blind", "healthy", "faulty"], "faulty"),
    ];
    for (states, expected) in table {
        assert_eq!(overall(states.iter().copied()), expected, "{states:?}");
    }
}
