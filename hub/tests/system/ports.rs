//! A port that somebody else has: `run` says so and ends, `up` takes the next.

use crate::support::{Hub, HubSettings, Place, free_port, http, hub, seconds, wait_for};
use std::net::TcpListener;

#[test]
fn run_ends_with_one_line_when_a_port_is_taken() {
    for taken_is_web in [true, false] {
        let place = Place::new();
        let mut settings = HubSettings::embedded(&place);
        let somebody = TcpListener::bind("127.0.0.1:0").unwrap();
        let taken = somebody.local_addr().unwrap().port();
        match taken_is_web {
            true => settings.web = taken,
            false => settings.broker = taken,
        }
        let file = place.write("hub.toml", &settings.to_toml());
        let mut command = hub::command();
        command.arg("run").arg("--config").arg(file);
        command.arg("--runtime-dir").arg(place.path("run"));
        let ended = command.output().unwrap();
        let said = String::from_utf8(ended.stderr).unwrap();
        println!("{}", said.trim());
        assert_eq!(ended.status.code(), Some(1), "{said}");
        let naming: Vec<&str> = said
            .lines()
            .filter(|l| l.contains(&taken.to_string()))
            .collect();
        assert_eq!(naming.len(), 1, "one line names the port:\n{said}");
        assert!(said.lines().count() <= 3, "{said}");
    }
}

#[test]
fn up_moves_on_to_the_next_free_ports_and_prints_them() {
    let place = Place::new();
    let (web, broker) = (free_port(), free_port());
    let _somebody = TcpListener::bind(("127.0.0.1", web)).unwrap();
    let _somebody_else = TcpListener::bind(("127.0.0.1", broker)).unwrap();
    let hub = Hub::up(
        &place,
        web,
        broker,
        &["--node", "pi-moved", "--every", "1s"],
    );
    println!(
        "asked for {web} and {broker}, got {} and {}",
        hub.web, hub.broker
    );
    assert!(hub.web != web && hub.broker != broker);
    hub.wait_presence("pi-moved", "alive", 20);
    // The page answers before the hub has logged in at its own broker, and is 503 until then.
    wait_for("the hub is well", seconds(20), || {
        let (status, _) = http::get(hub.web, "/healthz")?;
        (status == 200).then_some(())
    });
}
