//! Recordings, good and bad, and messages byte by byte.

use super::*;
use crate::root::Root;
use crate::testing::Tree;

const RECORDING: &str = "# of a Raspberry Pi 5\n\n\
    gencmd get_throttled = throttled=0x50000\n\
    gencmd  measure_clock arm = frequency(0)=1500398464\n\
    gencmd bootloader_config = [all]\\nBOOT_UART=1\n\
    gencmd pmic_read_adc = error EPERM\n";

/// A message with one tag and `room` bytes for its value.
fn message(tag: u32, value: &[u8], room: u32) -> Vec<u32> {
    let mut message = vec![room + 24, 0, tag, room, 0];
    let mut value = value.to_vec();
    value.resize(room as usize, 0);
    let words = value
        .chunks(4)
        .map(|word| u32::from_le_bytes(word.try_into().unwrap()));
    message.extend(words);
    message.push(0);
    message
}

fn gencmd(command: &str) -> Result<(Vec<u32>, String), Errno> {
    let mut message = message(TAG_GENCMD, format!("\0\0\0\0{command}").as_bytes(), 64);
    mailbox(RECORDING, &mut message)?;
    let text: Vec<u8> = message[6..]
        .iter()
        .flat_map(|word| word.to_le_bytes())
        .collect();
    let text = String::from_utf8(text).unwrap();
    Ok((message, text.trim_end_matches('\0').to_owned()))
}

#[test]
fn a_command_is_answered_in_the_message_with_its_length_and_the_bit_of_a_reply() {
    let (message, text) = gencmd("get_throttled").unwrap();
    assert_eq!(text, "throttled=0x50000");
    assert_eq!(
        message[..6],
        [88, SUCCESS, TAG_GENCMD, 64, ANSWERED | 22, 0]
    );
    assert_eq!(
        gencmd("measure_clock arm").unwrap().1,
        "frequency(0)=1500398464"
    );
    assert_eq!(gencmd("bootloader_config").unwrap().1, "[all]\nBOOT_UART=1");
}

#[test]
fn an_unknown_command_says_so_and_a_recorded_error_is_the_kernels() {
    let (message, text) = gencmd("get_camera").unwrap();
    assert_eq!(text, UNKNOWN_COMMAND);
    assert_eq!(message[5], 1);
    assert_eq!(gencmd("pmic_read_adc").map(drop), Err(Errno::EPERM));
}

#[test]
fn another_tag_is_refused() {
    let mut clock = message(0x0003_0047, &[3, 0, 0, 0], 8);
    assert_eq!(mailbox(RECORDING, &mut clock), Err(Errno::EPERM));
}

#[test]
fn a_message_that_is_none_is_refused_as_the_kernel_does() {
    for (mut message, errno) in [
        (vec![], Errno::EINVAL),
        (vec![8, 0, 0], Errno::EINVAL),
        (vec![13, 0, 0, 0], Errno::EINVAL),
        (vec![1000, 0, 0], Errno::EFAULT),
        (vec![24, 0, TAG_GENCMD, 400, 0, 0], Errno::EINVAL),
        (vec![24, 0, TAG_GENCMD, u32::MAX, 0, 0], Errno::EINVAL),
        (vec![16, 0, TAG_GENCMD, 0], Errno::EINVAL),
    ] {
        let answer = mailbox(RECORDING, &mut message);
        assert_eq!(answer, Err(errno), "{message:?}");
    }
}

fn mmc(root: &Root) -> Result<[u8; BLOCK], Errno> {
    let mut data = [0; BLOCK];
    let (opcode, arg, flags) = (8, 0, 0xb5);
    let command = Transaction::MmcRead {
        opcode,
        arg,
        flags,
        data: &mut data,
    };
    root.transact("/dev/mmcblk0", command).map(|()| data)
}

#[test]
fn a_block_is_hex_of_512_bytes_and_what_is_not_recorded_has_its_own_error() {
    for (recording, expected) in [
        ("mmc 8 00000000 = 00*267 01 0203 00*242", Ok(&[1, 2, 3][..])),
        ("mmc 8 00000000 = error EIO", Err(Errno::EIO)),
        ("mmc 8 00000001 = 00*512", Err(Errno::ETIMEDOUT)),
        ("nvme 02 = 00*512", Err(Errno::ETIMEDOUT)),
        ("", Err(Errno::ETIMEDOUT)),
        ("mmc 8 00000000 = 00*511", Err(Errno::EBADMSG)),
        ("mmc 8 00000000 = 0", Err(Errno::EBADMSG)),
        ("mmc 8 00000000 = 0g", Err(Errno::EBADMSG)),
        ("mmc 8 00000000 = 00*99999999999", Err(Errno::EBADMSG)),
        ("mmc 8 00000000 = 0011*256", Err(Errno::EBADMSG)),
        ("mmc 8 00000000 = error EWHATEVER", Err(Errno::EBADMSG)),
        ("no recording", Err(Errno::EBADMSG)),
    ] {
        let tree = Tree::new().file("dev/mmcblk0", recording);
        let block = mmc(&tree.root());
        let block = block
            .as_ref()
            .map(|block| &block[267..270])
            .map_err(|errno| *errno);
        assert_eq!(block, expected, "{recording}");
    }
    let tree = Tree::new().file("dev/nvme0", "nvme 02 = ab*512\n");
    let mut data = [0; BLOCK];
    for (page, expected) in [(2, Ok(())), (3, Err(Errno::EINVAL))] {
        let page = Transaction::NvmeLog {
            page,
            data: &mut data,
        };
        assert_eq!(tree.root().transact("/dev/nvme0", page), expected);
    }
    assert_eq!(data, [0xab; BLOCK]);
}

#[test]
fn a_recording_that_is_huge_or_no_file_is_none() {
    let tree = Tree::new().file("dev/mmcblk0", &"#".repeat(64 * 1024 + 1));
    assert_eq!(mmc(&tree.root()), Err(Errno::EBADMSG));
    let tree = Tree::new();
    std::fs::create_dir_all(tree.path().join("dev/mmcblk0")).unwrap();
    assert_eq!(mmc(&tree.root()), Err(Errno::ENOTTY));
    assert_eq!(mmc(&Tree::new().root()), Err(Errno::ENOENT));
}
