//! Whether a node is there, and if not, how it went.

/// The presence of a node (design: the presence table).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Presence {
    /// Known from retained facts or the store, but not heard live by this run of the hub.
    Unheard,
    /// Beats come.
    Alive,
    /// Past its gap, not convicted.
    Late,
    /// Convicted, the broker session still up: hung, or cut off with the will still to come.
    Hung,
    /// The will came while beats were fresh: the agent died, the machine lives.
    Gone,
    /// The will came after silence: power, network or kernel, which cannot be told apart.
    CutOff,
    /// It said that it stops; excused for a while.
    ExpectedOff,
    /// Its excuse is over and it is not back.
    NotReturned,
}

impl Presence {
    /// The word that people and JSON see.
    pub const fn name(self) -> &'static str {
        match self {
            Presence::Unheard => "unheard",
            Presence::Alive => "alive",
            Presence::Late => "late",
            Presence::Hung => "hung",
            Presence::Gone => "gone",
            Presence::CutOff => "cut_off",
            Presence::ExpectedOff => "expected_off",
            Presence::NotReturned => "not_returned",
        }
    }
}
