//! The chips of hwmon on trees of files.

use super::*;
use crate::probe::About;
use crate::testing::Tree;
use std::os::unix::fs::symlink;

type Row = (String, String, Quantity, Value);

fn rows(mut probe: impl Probe, tree: &Tree) -> Vec<Row> {
    let mut out = Found::default();
    probe.read(&tree.root(), &mut out);
    let row = |m: Measured| match m.about {
        About::Node => (String::new(), "node".to_owned(), m.quantity, m.value),
        About::Part(part) => {
            let (id, name) = (part.id().to_owned(), part.name().to_owned());
            (id, name, m.quantity, m.value)
        }
    };
    out.measured.into_iter().map(row).collect()
}

fn row(id: &str, name: &str, quantity: Quantity, value: Value) -> Row {
    (id.to_owned(), name.to_owned(), quantity, value)
}

fn chip(tree: Tree, number: u8, files: &[(&str, &str)]) -> Tree {
    files.iter().fold(tree, |tree, (file, content)| {
        tree.file(&format!("sys/class/hwmon/hwmon{number}/{file}"), content)
    })
}

fn ina219(tree: Tree, number: u8) -> Tree {
    let files = [
        ("name", "ina219\n"),
        ("in0_input", "7\n"),
        ("in1_input", "5180\n"),
        ("curr1_input", "-742\n"),
        ("power1_input", "3843560\n"),
    ];
    chip(tree, number, &files)
}

const NOT_FITTED: Value = Err(Missing::NotFitted);
const NOT_SUPPORTED: Value = Err(Missing::NotSupported);
const GARBLED: Value = Err(Missing::Garbled);

#[test]
fn an_ina219_measures_its_bus_and_not_its_shunt() {
    let tree = ina219(Tree::new(), 4);
    let device = tree.path().join("sys/class/hwmon/hwmon4/device");
    symlink("../../../1-0040", device).unwrap();
    let (id, name) = ("hwmon/ina219/1-0040/in1", "ina219");
    let expected = [
        row(id, name, Quantity::VOLTAGE, Ok(5180)),
        row(id, name, Quantity::CURRENT, Ok(-742)),
        row(id, name, Quantity::POWER, Ok(3844)),
    ];
    assert_eq!(rows(PowerMonitors::default(), &tree), expected);
    let none = row("", "node", Quantity::TEMPERATURE, NOT_FITTED);
    assert_eq!(rows(SlowChips::default(), &tree), [none]);
}

#[test]
fn three_channels_are_three_parts_by_their_labels_and_one_that_is_off_has_no_source() {
    let files = [
        ("name", "ina3221\n"),
        ("in1_label", "5V in\n"),
        ("in1_input", "5032\n"),
        ("curr1_input", "880\n"),
        ("in2_input", "0\n"),
        ("curr2_input", "0\n"),
    ];
    let tree = chip(Tree::new(), 0, &files);
    let (one, two, three) = ("ina3221 5V in", "ina3221 in2", "ina3221 in3");
    let expected = [
        row("hwmon/ina3221/in1", one, Quantity::VOLTAGE, Ok(5032)),
        row("hwmon/ina3221/in1", one, Quantity::CURRENT, Ok(880)),
        row("hwmon/ina3221/in2", two, Quantity::VOLTAGE, Ok(0)),
        row("hwmon/ina3221/in2", two, Quantity::CURRENT, Ok(0)),
        row("hwmon/ina3221/in3", three, Quantity::VOLTAGE, NOT_SUPPORTED),
        row("hwmon/ina3221/in3", three, Quantity::CURRENT, NOT_SUPPORTED),
    ];
    assert_eq!(rows(PowerMonitors::default(), &tree), expected);
    // None of these chips measures power.
    let none = Quantity::POWER;
    let none = [none, Quantity::TEMPERATURE].map(|q| row("", "node", q, NOT_FITTED));
    assert_eq!(rows(SlowChips::default(), &tree), none);
}

#[test]
fn a_pi_5_has_its_converter_and_an_nvme_its_own_sensor() {
    let adc = [
        ("name", "rp1_adc\n"),
        ("in1_input", "949\n"),
        ("in2_input", "2550\n"),
        ("in3_input", "1350\n"),
        ("in4_input", "1380\n"),
        ("temp1_input", "50216\n"),
    ];
    let nvme = [
        ("name", "nvme\n"),
        ("temp1_label", "Composite\n"),
        ("temp1_input", "41850\n"),
    ];
    let tree = chip(chip(Tree::new(), 1, &adc), 2, &nvme);
    let found = rows(SlowChips::default(), &tree);
    let values: Vec<_> = found.iter().map(|row| (row.2, row.3)).collect();
    let expected = [
        (Quantity::VOLTAGE, Ok(949)),
        (Quantity::VOLTAGE, Ok(2550)),
        (Quantity::VOLTAGE, Ok(1350)),
        (Quantity::VOLTAGE, Ok(1380)),
        (Quantity::TEMPERATURE, Ok(502)),
        (Quantity::TEMPERATURE, Ok(419)),
        (Quantity::POWER, NOT_FITTED),
    ];
    assert_eq!(values, expected);
    let names: Vec<&str> = found.iter().map(|row| row.1.as_str()).collect();
    assert_eq!(names[3..6], ["rp1_adc in4", "rp1_adc temp1", "nvme"]);
}

#[test]
fn what_no_chip_can_measure_is_garbled() {
    for (file, text, expected) in [
        ("in1", Ok("200001"), (Quantity::VOLTAGE, GARBLED)),
        ("in1", Ok("-3"), (Quantity::VOLTAGE, Ok(-3))),
        ("in1", Ok("5.1"), (Quantity::VOLTAGE, GARBLED)),
        ("curr2", Ok("1000001"), (Quantity::CURRENT, GARBLED)),
        ("curr2", Ok(""), (Quantity::CURRENT, GARBLED)),
        (
            "power1",
            Ok("18446744073709551615"),
            (Quantity::POWER, GARBLED),
        ),
        ("power1", Ok("499"), (Quantity::POWER, Ok(0))),
        ("temp1", Ok("-60001"), (Quantity::TEMPERATURE, GARBLED)),
        (
            "temp1",
            Err(Missing::Denied),
            (Quantity::TEMPERATURE, Err(Missing::Denied)),
        ),
    ] {
        assert_eq!(reading(file, text), expected, "{file} {text:?}");
    }
}

#[test]
fn a_machine_without_sensors_has_none_and_a_chip_without_a_name_could_have_been_any() {
    let node = |quantities: &[Quantity], why| -> Vec<Row> {
        let row = |quantity: &Quantity| row("", "node", *quantity, Err(why));
        quantities.iter().map(row).collect()
    };
    let slow = |tree: &Tree| rows(SlowChips::default(), tree);
    let tree = Tree::new();
    assert_eq!(slow(&tree), node(&QUANTITIES, Missing::NotSupported));
    let tree = chip(tree, 0, &[("name", "rpi_volt\n")]);
    assert_eq!(slow(&tree), node(&QUANTITIES, Missing::NotFitted));
    let tree = chip(tree, 1, &[("name", "")]);
    assert_eq!(slow(&tree), node(&ALL, Missing::Garbled));
    assert_eq!(rows(PowerMonitors::default(), &tree), []);
}

#[test]
fn the_thirty_third_sensor_is_left_out() {
    let tree = (0..40).fold(Tree::new(), ina219);
    let found = rows(PowerMonitors::default(), &tree);
    assert_eq!(found.len(), 3 * MAX_SENSORS);
}
