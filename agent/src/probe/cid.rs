//! The CID: the register by which a card or an eMMC says who made it, and which one it is.
//!
//! 16 bytes, the highest first, as sysfs shows them in hex (Linux, mmc-dev-attrs.rst). The fields
//! are those of the SD Physical Layer Simplified Specification, 5.2, and of JEDEC eMMC, 7.2.

use std::fmt;

/// The register of one card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cid([u8; 16]);

/// What the register says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// MID: number of the maker.
    pub maker: u8,
    /// OID: whom it was made for; two characters of an SD card, one byte of an eMMC.
    pub oem: u16,
    /// PNM: the name of the product.
    pub product: String,
    /// PRV: revision of the product as two decimal digits, such as `3.0`.
    pub revision: String,
    /// PSN: the serial number.
    pub serial: u32,
    /// MDT: year and month in which it was made; none for an eMMC, whose year counts from one of
    /// several years that the register does not tell.
    pub made: Option<(u16, u8)>,
}

impl Cid {
    /// The register from its 32 hex digits; none if it is anything else.
    pub fn parse(text: &str) -> Option<Cid> {
        let digits = text.as_bytes();
        if digits.len() != 32 || !digits.iter().all(u8::is_ascii_hexdigit) {
            return None;
        }
        u128::from_str_radix(text, 16)
            .ok()
            .map(|number| Cid(number.to_be_bytes()))
    }

    /// The register of a disk, by the id of its part.
    pub fn of_disk(disk: &super::disks::Disk) -> Option<Cid> {
        Cid::parse(disk.part.id().strip_prefix("cid/")?)
    }

    /// What the register of an SD card says; none if its check sum is wrong.
    pub fn sd(self) -> Option<Card> {
        let Cid(
            [
                mid,
                o1,
                o2,
                p1,
                p2,
                p3,
                p4,
                p5,
                prv,
                s1,
                s2,
                s3,
                s4,
                m1,
                m2,
                _,
            ],
        ) = self;
        let month_and_year = u16::from_be_bytes([m1, m2]) & 0x0fff;
        let month = m2 & 0x0f;
        let made = (1..=12).contains(&month);
        self.is_whole().then(|| Card {
            maker: mid,
            oem: u16::from_be_bytes([o1, o2]),
            product: name(&[p1, p2, p3, p4, p5]),
            revision: revision(prv),
            serial: u32::from_be_bytes([s1, s2, s3, s4]),
            made: made.then_some((2000 + (month_and_year >> 4), month)),
        })
    }

    /// What the register of an eMMC says; none if its check sum is wrong.
    pub fn emmc(self) -> Option<Card> {
        let Cid(
            [
                mid,
                _,
                oid,
                p1,
                p2,
                p3,
                p4,
                p5,
                p6,
                prv,
                s1,
                s2,
                s3,
                s4,
                _,
                _,
            ],
        ) = self;
        self.is_whole().then(|| Card {
            maker: mid,
            oem: u16::from(oid),
            product: name(&[p1, p2, p3, p4, p5, p6]),
            revision: revision(prv),
            serial: u32::from_be_bytes([s1, s2, s3, s4]),
            made: None,
        })
    }

    /// Whether the last byte fits the others: their CRC7 and a 1. Many hosts check it themselves
    /// and hand on a zero in its place; then there is nothing to check.
    fn is_whole(self) -> bool {
        let [fields @ .., check] = self.0;
        check >> 1 == 0 || check >> 1 == crc7(&fields)
    }
}

impl fmt::Display for Cid {
    /// 32 hex digits in lower case, as sysfs shows them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

/// The polynomial x^7 + x^3 + 1 (SD Physical Layer Simplified Specification, 4.5).
fn crc7(bytes: &[u8]) -> u8 {
    let mut crc = 0u8;
    for byte in bytes {
        crc ^= byte;
        for _ in 0..8 {
            let carry = crc & 0x80 != 0;
            crc <<= 1;
            if carry {
                crc ^= 0x09 << 1;
            }
        }
    }
    crc >> 1
}

fn name(bytes: &[u8]) -> String {
    let text: String = bytes
        .iter()
        .filter(|byte| matches!(byte, 0x20..=0x7e))
        .map(|byte| char::from(*byte))
        .collect();
    text.trim().to_owned()
}

fn revision(prv: u8) -> String {
    format!("{}.{}", prv >> 4, prv & 0x0f)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two cards as Linux showed them: a Kingston and a Phison, both sold as 16 GB.
    const KINGSTON: &str = "4134325344313647307e3002af0102b5";
    const PHISON: &str = "275048534431364730dad55e61010101";

    fn cid(text: &str) -> Cid {
        Cid::parse(text).unwrap()
    }

    #[test]
    fn real_cards_say_who_made_them() {
        let card = |maker, oem, serial, made| Card {
            maker,
            oem,
            product: "SD16G".to_owned(),
            revision: "3.0".to_owned(),
            serial,
            made: Some(made),
        };
        let kingston = card(0x41, 0x3432, 0x7e30_02af, (2016, 2));
        assert_eq!(cid(KINGSTON).sd(), Some(kingston));
        let phison = card(0x27, 0x5048, 0xdad5_5e61, (2016, 1));
        assert_eq!(cid(PHISON).sd(), Some(phison));
    }

    #[test]
    fn an_emmc_has_other_fields_and_no_year() {
        let card = cid("150100424a544434520612345678a500").emmc().unwrap();
        let expected = Card {
            maker: 0x15,
            oem: 0,
            product: "BJTD4R".to_owned(),
            revision: "0.6".to_owned(),
            serial: 0x1234_5678,
            made: None,
        };
        assert_eq!(card, expected);
    }

    #[test]
    fn a_wrong_check_sum_is_believed_by_nobody_and_a_missing_one_is_not_checked() {
        for (last, believed) in [("b5", true), ("00", true), ("01", true), ("b7", false)] {
            let text = format!("{}{last}", &KINGSTON[..30]);
            assert_eq!(cid(&text).sd().is_some(), believed, "{last}");
            assert_eq!(cid(&text).emmc().is_some(), believed, "{last}");
        }
    }

    #[test]
    fn a_month_that_is_none_and_letters_that_are_none_are_left_out() {
        let card = cid("00000041004200ff1000000000010d00").sd().unwrap();
        assert_eq!((card.product.as_str(), card.made), ("AB", None));
    }

    #[test]
    fn only_32_hex_digits_are_a_register() {
        for text in [
            "",
            "41",
            "+134325344313647307e3002af0102b5",
            "4134325344313647307e3002af0102b",
            "4134325344313647307e3002af0102b5a",
            "4134325344313647307e3002af0102bg",
        ] {
            assert_eq!(Cid::parse(text), None, "{text}");
        }
        let upper = KINGSTON.to_uppercase();
        assert_eq!(cid(&upper).to_string(), KINGSTON);
    }
}
