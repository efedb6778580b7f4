//! The probe on trees: what it reports, and why it reports nothing.

use super::*;
use crate::testing::Tree;

const MODEL: &str = "proc/device-tree/model";
const COMPATIBLE: &str = "proc/device-tree/compatible";
const VCIO: &str = "dev/vcio";
const PI_4: &str = "Raspberry Pi 4 Model B Rev 1.4\0";

fn pi(model: &str, throttled: &str) -> Tree {
    Tree::new().file(MODEL, model).file(VCIO, &says(throttled))
}

fn says(throttled: &str) -> String {
    format!("gencmd get_throttled = {throttled}\n")
}

/// All values in the order of the quantities, and whether group video would help.
fn read(probe: &mut Throttle, tree: &Tree) -> (Vec<Value>, bool) {
    let mut found = Found::default();
    probe.read(&tree.root(), &mut found);
    assert_eq!(found.measured.len(), probe.quantities().len());
    let of = |quantity: &Quantity| {
        let of_it = |m: &&Measured| m.quantity == *quantity;
        found.measured.iter().find(of_it).unwrap().value
    };
    let values = probe.quantities().iter().map(of).collect();
    let needs = |m: &Measured| m.needs == Some(Needs::GroupVideo);
    (values, found.measured.iter().any(needs))
}

fn once(tree: &Tree) -> (Vec<Value>, bool) {
    read(&mut Throttle::default(), tree)
}

#[test]
fn each_bit_is_a_quantity_of_its_own() {
    for (throttled, expected) in [
        ("throttled=0x0", [0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
        ("throttled=0x50005", [1, 0, 1, 0, 1, 0, 1, 0, 0, 0]),
        ("throttled=0x80008", [0, 0, 0, 1, 0, 0, 0, 1, 0, 0]),
        ("throttled=0x20000", [0, 0, 0, 0, 0, 1, 0, 0, 0, 0]),
        ("throttled=0xe0002", [0, 1, 0, 0, 0, 1, 1, 1, 0, 0]),
    ] {
        let expected: Vec<Value> = expected.into_iter().map(Ok).collect();
        assert_eq!(once(&pi(PI_4, throttled)), (expected, false), "{throttled}");
    }
}

#[test]
fn nonsense_is_garbled() {
    for throttled in [
        "",
        "throttled=",
        "throttled=0x",
        "throttled=50005",
        "throttled=0x+5",
        "throttled=0x123456789",
        "volt=0.87V",
    ] {
        let all = vec![Err(Missing::Garbled); 10];
        assert_eq!(once(&pi(PI_4, throttled)).0, all, "{throttled:?}");
    }
}

#[test]
fn a_board_without_the_circuit_has_no_voltage_but_everything_else() {
    for model in [
        "Raspberry Pi Zero 2 W Rev 1.0\0",
        "Raspberry Pi Compute Module 4 Rev 1.1\0",
        "Raspberry Pi Model B Rev 2\0",
    ] {
        let (values, _) = once(&pi(model, "throttled=0x80008"));
        let none = Err(Missing::NotFitted);
        let expected = [
            none,
            Ok(0),
            Ok(0),
            Ok(1),
            none,
            Ok(0),
            Ok(0),
            Ok(1),
            none,
            Ok(0),
        ];
        assert_eq!(values, expected, "{model}");
    }
    let (values, _) = once(&pi("Raspberry Pi Model B Plus Rev 1.2\0", "throttled=0x0"));
    assert_eq!(values[0], Ok(0));
    // Not even a board whose mailbox is shut is said to lack only a right for it.
    let shut = Tree::new()
        .file(MODEL, "Raspberry Pi Zero 2 W Rev 1.0\0")
        .file("sys/class/misc/vcio/uevent", "");
    let (values, needs) = once(&shut);
    assert_eq!(values[..2], [Err(Missing::NotFitted), Err(Missing::Denied)]);
    assert!(needs);
}

#[test]
fn a_bit_that_is_set_is_reported_on_a_board_that_is_made_without_the_circuit() {
    for model in [
        "Raspberry Pi Compute Module 4 Rev 1.1\0",
        "Raspberry Pi Zero 2 W Rev 1.0\0",
    ] {
        let tree = pi(model, "throttled=0x0");
        let mut probe = Throttle::default();
        // Now, since boot, events.
        let mut voltage = |throttled: &str| {
            tree.write(VCIO, &says(throttled));
            let (values, _) = read(&mut probe, &tree);
            [values[0], values[4], values[8]]
        };
        assert_eq!(voltage("throttled=0x0"), [Err(Missing::NotFitted); 3]);
        assert_eq!(voltage("throttled=0x50005"), [Ok(1), Ok(1), Ok(1)]);
        assert_eq!(voltage("throttled=0x50000"), [Ok(0), Ok(1), Ok(1)]);
        assert_eq!(voltage("throttled=0x0"), [Ok(0), Ok(0), Ok(1)]);
        let (past, _) = once(&pi(model, "throttled=0x10000"));
        assert_eq!([past[0], past[4], past[8]], [Ok(0), Ok(1), Ok(0)]);
    }
}

#[test]
fn an_alarm_of_the_kernels_chip_is_reported_on_a_board_that_is_made_without_the_circuit() {
    let alarm = "sys/class/hwmon/hwmon1/in0_lcrit_alarm";
    let tree = Tree::new()
        .file(MODEL, "Raspberry Pi Compute Module 4 Rev 1.1\0")
        .file("sys/class/hwmon/hwmon1/name", "rpi_volt\n")
        .file(alarm, "0\n");
    let mut probe = Throttle::default();
    let mut now = |state: &str| {
        tree.write(alarm, state);
        read(&mut probe, &tree).0[0]
    };
    assert_eq!(now("0\n"), Err(Missing::NotFitted));
    assert_eq!(now("1\n"), Ok(1));
    assert_eq!(now("0\n"), Ok(0));
}

#[test]
fn a_compute_module_5_has_the_power_chip_of_a_pi_5() {
    let tree = pi("Raspberry Pi Compute Module 5 Rev 1.0\0", "throttled=0x0")
        .file(COMPATIBLE, "raspberrypi,5-compute-module\0brcm,bcm2712\0");
    assert_eq!(once(&tree), (vec![Ok(0); 10], false));
    tree.write(COMPATIBLE, "raspberrypi,4-compute-module\0brcm,bcm2711\0");
    assert_eq!(once(&tree).0[0], Err(Missing::NotFitted));
}

#[test]
fn without_the_mailbox_the_kernels_chip_tells_of_the_voltage() {
    let chip = |tree: Tree, alarm: &str| {
        tree.file("sys/class/hwmon/hwmon0/name", "cpu_thermal\n")
            .file("sys/class/hwmon/hwmon1/name", "rpi_volt\n")
            .file("sys/class/hwmon/hwmon1/in0_lcrit_alarm", alarm)
    };
    let denied = Err(Missing::Denied);
    let hidden = Tree::new()
        .file(MODEL, PI_4)
        .file("sys/class/misc/vcio/uevent", "");
    let tree = chip(hidden, "0\n");
    let mut probe = Throttle::default();
    let (values, needs) = read(&mut probe, &tree);
    assert!(needs);
    let mut expected = vec![denied; 10];
    expected[0] = Ok(0);
    expected[8] = Ok(0);
    assert_eq!(values, expected);
    tree.write("sys/class/hwmon/hwmon1/in0_lcrit_alarm", "1\n");
    probe.watch(&tree.root());
    tree.write("sys/class/hwmon/hwmon1/in0_lcrit_alarm", "0\n");
    let (values, _) = read(&mut probe, &tree);
    assert_eq!((values[0], values[8]), (Ok(1), Ok(1)));

    let garbled = chip(Tree::new().file(MODEL, PI_4), "yes\n");
    assert_eq!(
        once(&garbled),
        (vec![Err(Missing::NotSupported); 10], false)
    );
}

#[test]
fn a_kernel_or_a_machine_without_a_source_never_says_that_all_is_well() {
    let all = (vec![Err(Missing::NotSupported); 10], false);
    assert_eq!(once(&Tree::new().file(MODEL, PI_4)), all);
    assert_eq!(once(&Tree::new()), all);
}

#[test]
fn what_is_seen_between_two_reports_is_in_the_next_one() {
    let tree = pi(PI_4, "throttled=0x0");
    let mut probe = Throttle::default();
    read(&mut probe, &tree);
    for throttled in ["throttled=0x50005", "throttled=0x50000"] {
        tree.write(VCIO, &says(throttled));
        probe.watch(&tree.root());
    }
    let flags = |values: &[Value]| (values[0], values[2], values[4], values[8], values[9]);
    let (values, _) = read(&mut probe, &tree);
    assert_eq!(flags(&values), (Ok(1), Ok(1), Ok(1), Ok(1), Ok(1)));
    let (values, _) = read(&mut probe, &tree);
    assert_eq!(flags(&values), (Ok(0), Ok(0), Ok(1), Ok(1), Ok(1)));
}

#[test]
fn a_look_that_failed_is_missing_is_no_fall_and_takes_nothing_back() {
    let tree = pi(PI_4, "throttled=0x0");
    let mut probe = Throttle::default();
    read(&mut probe, &tree);
    tree.write(VCIO, &says("throttled=0x10001"));
    probe.watch(&tree.root());
    tree.write(VCIO, &says("error ETIMEDOUT"));
    let (values, _) = read(&mut probe, &tree);
    // It was seen, and nobody knows whether it lasts.
    assert_eq!((values[0], values[8]), (Ok(1), Err(Missing::TimedOut)));
    let (values, _) = read(&mut probe, &tree);
    assert_eq!(values, vec![Err(Missing::TimedOut); 10]);
    tree.write(VCIO, &says("throttled=0x10001"));
    let (values, _) = read(&mut probe, &tree);
    assert_eq!((values[0], values[8]), (Ok(1), Ok(1)));
}

#[test]
fn nobody_is_watched_where_nobody_answered() {
    let tree = Tree::new().file(MODEL, PI_4);
    let mut probe = Throttle::default();
    read(&mut probe, &tree);
    tree.write(VCIO, &says("throttled=0x1"));
    probe.watch(&tree.root());
    assert_eq!(probe.seen.take_live(), 0);
    assert_eq!(read(&mut probe, &tree).0[0], Ok(1));
}
