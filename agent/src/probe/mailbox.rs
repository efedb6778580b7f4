//! The mailbox of a Raspberry Pi's firmware: a few fixed commands, and the check of what comes back.
//!
//! A message is words, little endian: its bytes, a code, one tag, 0. The tag is its number, the room
//! for its value, the length of the reply, and the value: an error's number, then a text that ends
//! in 0 (raspberrypi/utils, `vcmailbox.7`; raspberrypi/linux, `drivers/char/broadcom/vcio.c`).
//! Firmware that does not know a tag says success all the same, so that the tag's own word is
//! looked at.

use super::device_tree::RaspberryPi;
use crate::device::{TAG_GENCMD, Transaction};
use crate::root::Root;
use crate::source::reason;
use nix::errno::Errno;
use picket_wire::Missing;

/// The devices, the one that lets least through first.
const DEVICES: [&str; 2] = ["/dev/vcio_gencmd", "/dev/vcio"];
/// Where the kernel shows that it has the devices, even where a sandbox hides them. Older kernels
/// have a class of their own.
const DRIVERS: [&str; 3] = [
    "/sys/class/misc/vcio_gencmd",
    "/sys/class/misc/vcio",
    "/sys/class/bcm2708_vcio",
];

/// Room for the error's number and the text, in bytes: as much as `vcgencmd` gives.
const ROOM: u32 = 4096;
/// Words in front of the text.
const HEAD: usize = 6;
/// Bytes of a message: five words in front of the value, the value, and the 0 that ends the tags.
const BYTES: u32 = 4 * 5 + ROOM + 4;
const WORDS: usize = BYTES as usize / 4;

const SUCCESS: u32 = 0x8000_0000;
const ANSWERED: u32 = 0x8000_0000;

/// What the firmware is asked. Nothing else is ever sent to it: all of these only read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Command {
    /// The bits of under-voltage and throttling. With an argument it would clear them.
    GetThrottled,
    /// The processor's real clock.
    MeasureClockArm,
    /// The voltage of the core.
    MeasureVoltsCore,
    /// What the power chip measures.
    PmicReadAdc,
    /// The settings of the boot loader.
    BootloaderConfig,
}

impl Command {
    const fn text(self) -> &'static str {
        match self {
            Command::GetThrottled => "get_throttled",
            Command::MeasureClockArm => "measure_clock arm",
            Command::MeasureVoltsCore => "measure_volts core",
            Command::PmicReadAdc => "pmic_read_adc",
            Command::BootloaderConfig => "bootloader_config",
        }
    }
}

/// Why there is no text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unanswered {
    /// The firmware says that it does not know the command, or cannot carry it out.
    Refused,
    /// The firmware did not get to answer, or what it answered is none.
    Missing(Missing),
}

impl Unanswered {
    /// As a reading's reason.
    pub(super) fn missing(self) -> Missing {
        match self {
            Unanswered::Refused => Missing::NotSupported,
            Unanswered::Missing(why) => why,
        }
    }
}

/// Asks the firmware.
///
/// # Errors
/// *Not supported* on a machine that is no Raspberry Pi, and where the kernel has no driver;
/// *denied* where the kernel has the device and this process may not open it, or does not see it.
pub(super) fn ask(root: &Root, command: Command) -> Result<String, Unanswered> {
    let mut denied = false;
    for device in DEVICES {
        let mut message = request(command);
        match root.transact(device, Transaction::Mailbox(&mut message)) {
            Ok(()) => return reply(&message),
            Err(Errno::ENOENT | Errno::ENOTDIR | Errno::ENXIO | Errno::ENODEV) => {}
            Err(Errno::EACCES | Errno::EPERM) => denied = true,
            Err(Errno::ENOTTY) => return Err(Unanswered::Missing(Missing::NotSupported)),
            Err(errno) => return Err(Unanswered::Missing(reason(errno))),
        }
    }
    Err(Unanswered::Missing(if denied {
        Missing::Denied
    } else {
        absent(root)
    }))
}

/// Why no device is there: no Raspberry Pi, a kernel without the driver, or a sandbox before it.
fn absent(root: &Root) -> Missing {
    match RaspberryPi::of(root) {
        Ok(None) => return Missing::NotSupported,
        Ok(Some(_)) => {}
        Err(why) => return why,
    }
    for driver in DRIVERS {
        match root.list(driver) {
            Err(Errno::ENOENT | Errno::ENOTDIR) => {}
            // It is there, or cannot be looked at: either way it is not for this process.
            Ok(_) | Err(_) => return Missing::Denied,
        }
    }
    Missing::NotSupported
}

/// The message that carries a command.
fn request(command: Command) -> Vec<u32> {
    let mut message = vec![BYTES, 0, TAG_GENCMD, ROOM, 0, 0];
    let text = command.text().as_bytes();
    message.extend(text.chunks(4).map(|bytes| {
        let mut word = [0; 4];
        word.iter_mut()
            .zip(bytes)
            .for_each(|(to, from)| *to = *from);
        u32::from_le_bytes(word)
    }));
    message.resize(WORDS, 0);
    message
}

/// The text in a message that came back. How long the tag says that the reply is, is only held
/// against the room: the 0 ends the text.
fn reply(message: &[u32]) -> Result<String, Unanswered> {
    const GARBLED: Unanswered = Unanswered::Missing(Missing::Garbled);
    let Some(&[_, code, tag, room, length, error]) = message.first_chunk::<HEAD>() else {
        return Err(GARBLED);
    };
    if code != SUCCESS || tag != TAG_GENCMD || room != ROOM {
        return Err(GARBLED);
    }
    if length & ANSWERED == 0 || length == ANSWERED {
        return Err(Unanswered::Missing(Missing::NotSupported));
    }
    if length & !ANSWERED > ROOM {
        return Err(GARBLED);
    }
    let text = message.get(HEAD..WORDS - 1).ok_or(GARBLED)?;
    let mut text: Vec<u8> = text.iter().flat_map(|word| word.to_le_bytes()).collect();
    text.truncate(text.iter().position(|byte| *byte == 0).ok_or(GARBLED)?);
    let text = String::from_utf8(text).map_err(|_| GARBLED)?;
    if error != 0 || text.starts_with("error=") {
        return Err(Unanswered::Refused);
    }
    Ok(text)
}

/// The thousandths of a decimal number, such as `0.72097620`; none if it is no such number.
pub(super) fn thousandths(decimal: &str) -> Option<i64> {
    let (sign, digits) = match decimal.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, decimal),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !all_digits(whole) || !all_digits(fraction) {
        return None;
    }
    let mut number: i64 = whole.parse().ok()?;
    let mut rest = fraction.bytes().map(|digit| i64::from(digit - b'0'));
    for _ in 0..3 {
        number = number
            .checked_mul(10)?
            .checked_add(rest.next().unwrap_or(0))?;
    }
    let up = i64::from(rest.next().unwrap_or(0) >= 5);
    Some(sign * number.checked_add(up)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Tree;

    const PI: (&str, &str) = ("proc/device-tree/model", "Raspberry Pi 4 Model B Rev 1.4\0");
    const MISSING: fn(Missing) -> Result<String, Unanswered> = |why| Err(Unanswered::Missing(why));

    fn throttled(tree: &Tree) -> Result<String, Unanswered> {
        ask(&tree.root(), Command::GetThrottled)
    }

    #[test]
    fn a_command_is_asked_of_the_narrow_device_else_of_the_wide_one() {
        for device in ["dev/vcio_gencmd", "dev/vcio"] {
            let tree = Tree::new().file(device, "gencmd get_throttled = throttled=0x0\n");
            assert_eq!(throttled(&tree), Ok("throttled=0x0".to_owned()), "{device}");
        }
        let refuses = Tree::new()
            .file("dev/vcio_gencmd", "gencmd get_throttled = error EPERM\n")
            .file("dev/vcio", "gencmd get_throttled = throttled=0x1\n");
        assert_eq!(throttled(&refuses), Ok("throttled=0x1".to_owned()));
    }

    #[test]
    fn what_the_kernel_or_the_firmware_refuses_has_its_own_reason() {
        for (line, expected) in [
            ("# nothing", Err(Unanswered::Refused)),
            (
                "gencmd get_throttled = error=2 error_msg=\"no\"",
                Err(Unanswered::Refused),
            ),
            (
                "gencmd get_throttled = error EPERM",
                MISSING(Missing::Denied),
            ),
            (
                "gencmd get_throttled = error ETIMEDOUT",
                MISSING(Missing::TimedOut),
            ),
            ("gencmd get_throttled = error EBUSY", MISSING(Missing::Busy)),
            (
                "gencmd get_throttled = error ENOTTY",
                MISSING(Missing::NotSupported),
            ),
            (
                "gencmd get_throttled = error EINVAL",
                MISSING(Missing::Garbled),
            ),
            ("gencmd get_throttled =", Ok(String::new())),
        ] {
            let tree = Tree::new().file("dev/vcio", line);
            assert_eq!(throttled(&tree), expected, "{line}");
        }
        let long = format!("gencmd get_throttled = {}\n", "x".repeat(ROOM as usize - 4));
        assert_eq!(
            throttled(&Tree::new().file("dev/vcio", &long)),
            MISSING(Missing::Garbled)
        );
    }

    #[test]
    fn a_device_that_is_hidden_is_denied_and_one_that_is_not_there_not_supported() {
        assert_eq!(throttled(&Tree::new()), MISSING(Missing::NotSupported));
        let pc = Tree::new().file("sys/class/misc/vcio/uevent", "");
        assert_eq!(throttled(&pc), MISSING(Missing::NotSupported));
        let debian = Tree::new().file(PI.0, PI.1);
        assert_eq!(throttled(&debian), MISSING(Missing::NotSupported));
        for driver in ["misc/vcio", "misc/vcio_gencmd", "bcm2708_vcio/vcio"] {
            let uevent = format!("sys/class/{driver}/uevent");
            let hidden = Tree::new().file(PI.0, PI.1).file(&uevent, "");
            assert_eq!(throttled(&hidden), MISSING(Missing::Denied), "{driver}");
        }
    }

    #[test]
    fn a_request_is_the_message_that_the_kernel_takes() {
        let message = request(Command::GetThrottled);
        assert_eq!(message.len(), 1030);
        assert_eq!(message[..6], [4120, 0, 0x0003_0080, 4096, 0, 0]);
        assert_eq!(
            message[6..10],
            [0x5f74_6567, 0x6f72_6874, 0x656c_7474, 0x64]
        );
        assert!(message[10..].iter().all(|word| *word == 0));
    }

    /// A message that came back with a text, and then something changed in it.
    fn came_back(change: impl FnOnce(&mut Vec<u32>)) -> Result<String, Unanswered> {
        let mut message = request(Command::MeasureVoltsCore);
        message[1] = SUCCESS;
        message[4] = ANSWERED | 8;
        message[6] = u32::from_le_bytes(*b"ok\0x");
        change(&mut message);
        reply(&message)
    }

    #[test]
    fn a_reply_is_taken_only_whole() {
        assert_eq!(came_back(|_| ()), Ok("ok".to_owned()));
        // As an emulated board answers what it does not know: success, and the value left alone.
        let unknown = MISSING(Missing::NotSupported);
        assert_eq!(came_back(|message| message[4] = 0), unknown);
        assert_eq!(came_back(|message| message[4] = ANSWERED), unknown);
        let garbled = MISSING(Missing::Garbled);
        assert_eq!(
            came_back(|message| message[4] = ANSWERED | (ROOM + 1)),
            garbled
        );
        assert_eq!(came_back(|message| message[1] = 0x8000_0001), garbled);
        assert_eq!(came_back(|message| message[1] = 0), garbled);
        assert_eq!(came_back(|message| message[2] = 1), garbled);
        assert_eq!(came_back(|message| message[3] = 8), garbled);
        assert_eq!(came_back(|message| message[6..].fill(0x4141_4141)), garbled);
        assert_eq!(came_back(|message| message[6] = 0xff), garbled);
        assert_eq!(came_back(|message| message.truncate(20)), garbled);
        assert_eq!(came_back(Vec::clear), garbled);
        assert_eq!(
            came_back(|message| message[5] = 1),
            Err(Unanswered::Refused)
        );
    }

    #[test]
    fn thousandths_are_rounded_and_nonsense_is_none() {
        for (text, expected) in [
            ("0.72097620", Some(721)),
            ("5.11478000", Some(5115)),
            ("1.2000", Some(1200)),
            ("0.0004", Some(0)),
            ("-0.0187", Some(-19)),
            ("3", Some(3000)),
            ("9223372036854775807", None),
            ("99999999999999999999", None),
            ("nan", None),
            ("inf", None),
            ("1e3", None),
            ("1.2.3", None),
            ("1.", None),
            (".5", None),
            ("--1", None),
            ("", None),
        ] {
            assert_eq!(thousandths(text), expected, "{text:?}");
        }
    }
}
