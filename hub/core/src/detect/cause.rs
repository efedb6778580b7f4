//! What may have reset the machine: the input voltage in the boot before, and the reason that the
//! board gives after it.

use crate::node::{Known, KnownBoard};
use picket_wire::Quantity;

/// Words of a reset reason that name the voltage.
const OF_VOLTAGE: [&str; 5] = [
    "under-voltage",
    "under voltage",
    "undervoltage",
    "brown-out",
    "brownout",
];

/// What is known of why the present boot began.
#[derive(Debug, Default)]
pub(crate) struct Cause {
    low_voltage_before: bool,
    /// The board's reason, and what it was read from.
    reset: Option<(String, String)>,
}

impl Cause {
    /// A boot begins; `before` is what was known of the one before, `board` what is heard of it.
    pub(crate) fn new(before: &Known, board: Option<&KnownBoard>) -> Cause {
        let signs = [
            Quantity::UNDER_VOLTAGE_NOW,
            Quantity::UNDER_VOLTAGE_EVENTS,
            Quantity::UNDER_VOLTAGE_SINCE_BOOT,
            Quantity::UNDER_VOLTAGE_MESSAGES,
        ];
        let is_low = |sign: Quantity| before.of_node(sign).is_some_and(|value| value > 0);
        let mut cause = Cause {
            low_voltage_before: signs.into_iter().any(is_low),
            reset: None,
        };
        if let Some(board) = board {
            cause.named(board);
        }
        cause
    }

    /// The board gives its reason. Gives whether that is news.
    pub(crate) fn named(&mut self, board: &KnownBoard) -> bool {
        if self.reset.is_some() || board.reset_reason.is_empty() {
            return false;
        }
        self.reset = Some((board.reset_reason.clone(), board.reset_source.clone()));
        true
    }

    /// What is added to a summary.
    pub(crate) fn clause(&self) -> &'static str {
        if self.low_voltage_before {
            "; its input voltage had been too low"
        } else if self.board_names_voltage() {
            "; the board names under-voltage"
        } else {
            ""
        }
    }

    /// What is advised.
    pub(crate) fn advice(&self) -> &'static str {
        if self.clause().is_empty() {
            "Look at its power supply and at `journalctl -b -1 -e` on it."
        } else {
            "Try another power supply and another cable; then look at `journalctl -b -1 -e` on it."
        }
    }

    /// What was seen.
    pub(crate) fn evidence(&self) -> impl Iterator<Item = String> {
        let low = self
            .low_voltage_before
            .then(|| "the input voltage was seen too low in the boot before".to_owned());
        let reset = self.reset.as_ref().map(|(reason, source)| {
            if source.is_empty() {
                format!("reason of the reset, as the board says: {reason}")
            } else {
                format!("reason of the reset, as the board says: {reason} ({source})")
            }
        });
        low.into_iter().chain(reset)
    }

    fn board_names_voltage(&self) -> bool {
        self.reset.as_ref().is_some_and(|(reason, _)| {
            let reason = reason.to_lowercase();
            OF_VOLTAGE.iter().any(|word| reason.contains(word))
        })
    }
}
