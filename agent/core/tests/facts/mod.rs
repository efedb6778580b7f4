//! What a node of the tests says of itself.

use picket_wire::Facts;

pub(crate) const FACTS: Facts<'_> = Facts {
    agent: "picket-agent 0.1.0",
    model: "Raspberry Pi 4 Model B Rev 1.4",
    os: "Debian GNU/Linux 12 (bookworm)",
    kernel: "6.6.31-rpi8",
    arch: "aarch64",
    every_ms: 10_000,
};
