//! What travels between a node and the hub, byte by byte.
//!
//! A frame is a raw header of 24 bytes, sections of tag, length and content, perhaps a signature,
//! and a CRC-32. Everything here is pure, `no_std`, and allocates nothing: encoding writes into a
//! buffer of the caller, decoding borrows from the bytes that arrived. Decoding never panics,
//! whatever the bytes are.
//!
//! ```
//! use picket_wire::*;
//!
//! let header = Header {
//!     kind: Kind::Report,
//!     flags: Flags::default(),
//!     boot: BootId(0x1a2b_3c4d),
//!     session: SessionId(0x5e6f),
//!     seq: 0,
//!     run: RunBits::NONE,
//!     uptime_ms: 12_345,
//! };
//! let heat = Reading { quantity: Quantity::CPU_TEMPERATURE, part: 0, value: Ok(482) };
//!
//! let mut buf = [0; 64];
//! let mut writer = FrameWriter::new(&mut buf, &header)?;
//! writer.readings([heat])?;
//! let bytes = writer.finish();
//!
//! let frame = Frame::decode(bytes)?;
//! assert_eq!(frame.header, header);
//! for section in frame.sections() {
//!     if let Section::Readings(mut readings) = section? {
//!         assert_eq!(readings.next(), Some(heat));
//!     }
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | file | one idea |
//! |---|---|
//! | `header` | the 24 bytes in front, and the small ids in them |
//! | `frame` | a whole frame, taken apart; `frame::write` puts it together |
//! | `section` | what a section's content means; `section::…` what it holds |
//! | `reading` | the packed numbers of a report |
//! | `quantity` | the one table of everything that can be measured |
//! | `missing` | why a reading has no value |
//! | `id` | names of nodes and sites, and what a host name becomes |
//! | `topic` | the MQTT topics |
//! | `status` | the text of the status topic |
//! | `fnv` | a short hash, the same on both sides |
//! | `printable` | which characters must not reach a terminal or a page |
//! | `varint` | the integers of variable length |
//! | `sign` | which bytes are signed, and the signature (feature `sign`) |
//! | `token` | the word by which a node joins (feature `join`) |
#![no_std]
#![forbid(unsafe_code)]

pub mod fnv;
pub mod frame;
pub mod header;
pub mod id;
pub mod missing;
pub mod printable;
pub mod quantity;
pub mod reading;
pub mod section;
#[cfg(feature = "sign")]
pub mod sign;
pub mod status;
#[cfg(feature = "join")]
pub mod token;
pub mod topic;
pub mod varint;

pub use fnv::fnv1a;
pub use frame::{EncodeError, Frame, FrameError, FrameWriter, MAX_FRAME};
pub use header::{BootId, Flags, HEADER_LEN, Header, Kind, RunBits, SessionId};
pub use id::{IdError, NodeId, SiteId};
pub use missing::Missing;
pub use printable::is_unprintable;
pub use quantity::{Quantity, Unit};
pub use reading::{Reading, Value};
pub use section::{
    Answer, Board, Facts, Finding, FindingKind, FindingState, GroundTruth, Holds, HubRun, Join,
    Joined, Loss, Machine, Medium, MediumKind, Package, Part, PartKind, Returns, Section,
    SectionError, Verifier, Witness, Writer,
};
pub use status::{Connection, StatusText, StatusWord};
pub use topic::{NodeTopic, Topic};
