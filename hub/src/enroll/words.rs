//! What the commands print.

use crate::registrar::shapes::{Cleared, Expelled, GivenToken, GivenTokens, HomeAssistantLogin};
use serde::Serialize;
use serde_json::json;
use std::fmt::Write;

/// A token that tells an address of loopback.
pub(super) const ONLY_HERE: &str = "only this machine can reach that address; for others, name one \
                                    by --address HOST:PORT";

/// The lines to type on the nodes; what is for people only is a comment, so that all of it can be
/// pasted.
pub(super) fn tokens(given: &GivenTokens) -> String {
    let mut out = String::new();
    for token in &given.tokens {
        let GivenToken { node, valid_s, .. } = token;
        // Writing to a String cannot fail.
        let _ = writeln!(
            out,
            "# on {node}, within {}; the token is good once:\n{}",
            length(*valid_s),
            command(token)
        );
    }
    if let Some(token) = given.tokens.first() {
        let _ = writeln!(out, "# it tells {} ({})", token.address, given.address_from);
    }
    out
}

/// The same for programs.
pub(super) fn tokens_json(given: &GivenTokens) -> String {
    let token = |token: &GivenToken| {
        json!({
            "node": token.node,
            "token": token.token,
            "command": command(token),
            "valid_s": token.valid_s,
            "address": token.address,
        })
    };
    let tokens = given.tokens.iter().map(token).collect::<Vec<_>>();
    format!("{:#}\n", json!({ "tokens": tokens }))
}

/// On a command line a token would stand in the list of processes and in sudo's log; a pipe
/// carries it past both.
fn command(token: &GivenToken) -> String {
    format!("echo {} | sudo picket-agent join", token.token.0)
}

fn length(seconds: u64) -> String {
    match seconds {
        3600 => "an hour".to_owned(),
        _ if seconds.is_multiple_of(60) => format!("{} min", seconds / 60),
        _ => format!("{seconds} s"),
    }
}

/// What is typed into Home Assistant's MQTT integration.
pub(super) fn home_assistant(login: &HomeAssistantLogin) -> String {
    let HomeAssistantLogin {
        user,
        password,
        address,
        local,
        ca_file,
        server_name,
    } = login;
    let mut out =
        "In Home Assistant: Settings, Devices & services, Add integration, MQTT\n".to_owned();
    let _ = writeln!(out, "  user name  {user}");
    let _ = writeln!(out, "  password   {}   (shown this once)", password.0);
    if let Some(local) = local {
        let (host, port) = split(local);
        let _ = writeln!(
            out,
            "on this machine:\n  broker     {host}\n  port       {port}"
        );
    }
    match address.as_deref().map(split) {
        Some((host, port)) => {
            let _ = writeln!(
                out,
                "on another machine:\n  broker     {host}\n  port       {port}\n  \
                 broker certificate validation: Custom, with the file\n             {}\n  \
                 the certificate's name is {server_name}: have that name lead to the broker, or \
                 tick\n             \"Ignore broker certificate validation\"",
                ca_file.display()
            );
        }
        None => {
            let _ = writeln!(
                out,
                "on another machine: not yet; type picket-hub enroll --home-assistant --listen \
                 0.0.0.0:8883"
            );
        }
    }
    out
}

fn split(address: &str) -> (&str, &str) {
    address.rsplit_once(':').unwrap_or((address, ""))
}

pub(super) fn expelled(expelled: &Expelled) -> String {
    let Expelled {
        node,
        was_enrolled,
        retired,
    } = expelled;
    let incidents = match retired {
        0 => "it had no open incident".to_owned(),
        1 => "its open incident is closed as retired".to_owned(),
        many => format!("its {many} open incidents are closed as retired"),
    };
    match was_enrolled {
        true => format!(
            "{node} is expelled; {incidents}\non that machine, its agent is ended by: sudo \
             systemctl disable --now picket-agent\n"
        ),
        false => format!(
            "{node} had not joined; it is forgotten, and {incidents}\nit is seen again if its \
             agent goes on\n"
        ),
    }
}

pub(super) fn cleared(cleared: &Cleared) -> String {
    let Cleared {
        nodes_broker,
        home_assistant,
    } = cleared;
    format!(
        "removed: {nodes_broker} retained messages of the nodes and the hub, {home_assistant} of \
         Home Assistant\nthe hub is silent until it is started again; stop the agents first if \
         nothing is to come back\n"
    )
}

pub(super) fn json(answer: &impl Serialize) -> String {
    match serde_json::to_value(answer) {
        Ok(value) => format!("{value:#}\n"),
        // Shapes of texts and numbers always become JSON.
        Err(error) => format!("{{\"error\": \"{error}\"}}\n"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registrar::address::Source;
    use crate::registrar::shapes::Hidden;

    fn given() -> GivenTokens {
        let token = |node: &str| GivenToken {
            node: node.to_owned(),
            token: Hidden(format!("TOKEN-{node}")),
            valid_s: 3600,
            address: "192.0.2.10:8883".to_owned(),
        };
        GivenTokens {
            tokens: vec![token("pi-07"), token("pi-08")],
            address_from: Source::DefaultRoute,
        }
    }

    #[test]
    fn every_line_is_a_comment_or_the_command_and_the_token_is_never_an_argument() {
        let text = tokens(&given());
        let commands: Vec<_> = text
            .lines()
            .filter(|line| !line.starts_with("# "))
            .collect();
        assert_eq!(
            commands,
            [
                "echo TOKEN-pi-07 | sudo picket-agent join",
                "echo TOKEN-pi-08 | sudo picket-agent join",
            ]
        );
        for word in [
            "on pi-07, within an hour",
            "192.0.2.10:8883",
            "default route",
        ] {
            assert!(text.contains(word), "{text}");
        }
    }

    #[test]
    fn json_has_the_token_and_the_command() {
        let json: serde_json::Value = serde_json::from_str(&tokens_json(&given())).unwrap();
        let token = &json["tokens"][1];
        assert_eq!(token["node"], "pi-08");
        assert_eq!(token["token"], "TOKEN-pi-08");
        assert_eq!(
            token["command"],
            "echo TOKEN-pi-08 | sudo picket-agent join"
        );
        assert_eq!(token["valid_s"], 3600);
    }

    #[test]
    fn a_debug_form_does_not_show_what_was_given() {
        let shown = format!("{:?}", given());
        assert!(!shown.contains("TOKEN"), "{shown}");
    }

    #[test]
    fn home_assistant_is_told_both_ways_that_there_are() {
        let mut login = HomeAssistantLogin {
            user: "home.assistant".to_owned(),
            password: Hidden("s3cret".to_owned()),
            address: None,
            local: Some("127.0.0.1:1883".to_owned()),
            ca_file: "/var/lib/picket/identity/ca.pem".into(),
            server_name: "hub.picket.internal".to_owned(),
        };
        let text = home_assistant(&login);
        assert!(text.contains("127.0.0.1\n  port       1883"), "{text}");
        assert!(
            text.contains("not yet") && text.contains("s3cret"),
            "{text}"
        );
        login.address = Some("192.0.2.10:8883".to_owned());
        let text = home_assistant(&login);
        assert!(text.contains("192.0.2.10\n  port       8883"), "{text}");
        assert!(text.contains("ca.pem"), "{text}");
    }

    #[test]
    fn a_length_of_time_is_said_as_people_do() {
        let words = [3600, 600, 3].map(length);
        assert_eq!(words, ["an hour", "10 min", "3 s"]);
    }
}
