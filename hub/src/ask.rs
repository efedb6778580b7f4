//! The commands that ask a running hub: `status` and `incidents`, as tables or as JSON.

use crate::socket::{self, AskError};
use crate::view::health::HealthView;
use crate::view::incidents::Incidents;
use crate::view::nodes::{NodeView, Nodes};
use crate::view::paging::MAX_LIMIT;
use crate::view::scrub::{self, ScrubView};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::fmt::Write;
use std::path::Path;

/// Answers that are put together at most; a hub has far fewer rows.
const MAX_PAGES: usize = 100;
/// Readings that `status` shows of a node, in this order, where it has them.
const HEADLINES: [&str; 2] = ["cpu_temperature", "load_1min"];
/// Columns of `status`.
const COLUMNS: usize = 7;

/// `status --json`: all nodes, in the shape of `/api/v1/nodes`.
pub async fn nodes_json(runtime_dir: &Path) -> Result<Value, AskError> {
    all(runtime_dir, "/api/v1/nodes?", "nodes").await
}

/// `incidents --json`, in the shape of `/api/v1/incidents`.
pub async fn incidents_json(
    runtime_dir: &Path,
    state: Option<&str>,
    node: Option<&str>,
) -> Result<Value, AskError> {
    let mut target = "/api/v1/incidents?".to_owned();
    for (key, value) in [("state", state), ("node", node)] {
        if let Some(value) = value {
            // Writing to a String cannot fail.
            let _ = write!(target, "{key}={}&", escape(value));
        }
    }
    all(runtime_dir, &target, "incidents").await
}

/// `status`: how the hub is, and a line for each node.
pub async fn status_text(runtime_dir: &Path) -> Result<String, AskError> {
    let health: HealthView = read(socket::get(runtime_dir, "/healthz").await?)?;
    let nodes: Nodes = read(nodes_json(runtime_dir).await?)?;
    let mut out = String::new();
    let HealthView {
        status,
        version,
        site,
        run,
        reasons,
        ..
    } = &health;
    let _ = writeln!(out, "hub {version}, site {site}, run {run}: {status}");
    for reason in reasons {
        let _ = writeln!(out, "  {reason}");
    }
    if nodes.nodes.is_empty() {
        let _ = writeln!(
            out,
            "no node is known yet; an agent announces itself when it connects"
        );
        return Ok(out);
    }
    let rows = nodes.nodes.iter().map(node_row);
    let head = [
        "NODE",
        "PRESENCE",
        "LAST REPORT",
        "TEMPERATURE",
        "LOAD",
        "FILES",
        "MODEL",
    ];
    table(&mut out, head, rows);
    for (node, disk) in disks_to_see(&nodes) {
        let ScrubView {
            part, state, words, ..
        } = disk;
        let _ = writeln!(out, "{} {part}: {state}: {words}", node.id);
    }
    Ok(out)
}

/// `incidents`: a few lines for each.
pub async fn incidents_text(
    runtime_dir: &Path,
    state: Option<&str>,
    node: Option<&str>,
) -> Result<String, AskError> {
    let incidents: Incidents = read(incidents_json(runtime_dir, state, node).await?)?;
    let mut out = String::new();
    if incidents.incidents.is_empty() {
        let all = state.is_none() && node.is_none();
        out.push_str(if all {
            "no incident\n"
        } else {
            "no such incident\n"
        });
    }
    for incident in &incidents.incidents {
        let crate::view::incidents::IncidentView {
            severity,
            state,
            node,
            subject,
            ..
        } = incident;
        let _ = writeln!(
            out,
            "{severity} {state}  {node} {subject}  {}",
            incident.summary
        );
        let _ = write!(out, "    {} since {}", incident.detector, incident.opened);
        if let Some(closed) = &incident.closed {
            let by = incident.closed_by.as_deref().unwrap_or_default();
            let _ = write!(out, " until {closed} ({by})");
        }
        let _ = writeln!(out, ", {}", incident.id);
        for line in &incident.evidence {
            let _ = writeln!(out, "    {line}");
        }
        let _ = writeln!(out, "    next: {}", incident.advice);
    }
    Ok(out)
}

/// Follows `next` until the last page, and puts the rows together under their own name.
async fn all(runtime_dir: &Path, target: &str, rows: &str) -> Result<Value, AskError> {
    let mut whole = socket::get(runtime_dir, &format!("{target}limit={MAX_LIMIT}")).await?;
    for _ in 0..MAX_PAGES {
        let Some(after) = whole.get("next").and_then(Value::as_str) else {
            break;
        };
        let target = format!("{target}limit={MAX_LIMIT}&after={}", escape(after));
        let mut page = socket::get(runtime_dir, &target).await?;
        let next = page.get_mut("next").map(Value::take).unwrap_or_default();
        let more = page.get_mut(rows).map(Value::take).unwrap_or_default();
        if let (Some(Value::Array(list)), Value::Array(more)) = (whole.get_mut(rows), more) {
            list.extend(more);
        }
        if let Some(place) = whole.get_mut("next") {
            *place = next;
        }
    }
    Ok(whole)
}

fn read<T: DeserializeOwned>(answer: Value) -> Result<T, AskError> {
    serde_json::from_value(answer).map_err(|error| AskError::Unreadable(error.to_string()))
}

/// Percent-encodes what has a meaning of its own in the query of a URL.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// The disks of which nobody can say that every file is as it was written: the nodes in their order.
fn disks_to_see(nodes: &Nodes) -> impl Iterator<Item = (&NodeView, &ScrubView)> {
    let disks = nodes
        .nodes
        .iter()
        .flat_map(|node| node.scrub.iter().map(move |disk| (node, disk)));
    disks.filter(|(_, disk)| disk.state != scrub::HEALTHY)
}

/// Whether the files of a node are what they were: the worst of its disks, in a word.
fn files(node: &NodeView) -> &'static str {
    scrub::overall(node.scrub.iter().map(|disk| disk.state.as_str()))
}

fn node_row(node: &NodeView) -> [String; COLUMNS] {
    let age = node
        .last_report_age_s
        .map_or_else(|| "-".to_owned(), |age| format!("{age:.0} s ago"));
    let [temperature, load] = HEADLINES.map(|name| {
        let reading = node.readings.iter().find(|reading| reading.name == name);
        reading.map_or_else(
            || "-".to_owned(),
            |reading| match (&reading.value, &reading.unit) {
                (Some(value), Some(unit)) => format!("{value} {unit}").trim_end().to_owned(),
                _ => reading.missing.clone().unwrap_or_default(),
            },
        )
    });
    let model = node.model.clone().unwrap_or_else(|| "-".to_owned());
    [
        node.id.clone(),
        node.presence.clone(),
        age,
        temperature,
        load,
        files(node).to_owned(),
        model,
    ]
}

fn table(out: &mut String, head: [&str; COLUMNS], rows: impl Iterator<Item = [String; COLUMNS]>) {
    let mut lines = vec![head.map(str::to_owned)];
    lines.extend(rows);
    let mut widths = [0; COLUMNS];
    for line in &lines {
        for (width, cell) in widths.iter_mut().zip(line) {
            *width = (*width).max(cell.chars().count());
        }
    }
    for line in lines {
        let cells = line
            .iter()
            .zip(widths)
            .map(|(cell, width)| format!("{cell:<width$}"));
        let line = cells.collect::<Vec<_>>().join("  ");
        let _ = writeln!(out, "{}", line.trim_end());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::Router;
    use axum::extract::RawQuery;
    use axum::routing::get;

    #[tokio::test]
    async fn pages_are_put_together_under_their_own_name() {
        let dir = tempfile::tempdir().unwrap();
        let socket = socket::Socket::bind(dir.path()).await.unwrap();
        let (listener, _file) = socket.into_parts();
        let page = |RawQuery(query): RawQuery| async move {
            let query = query.unwrap();
            if query.contains("after=b%2F1") {
                r#"{"now":"x","incidents":[3],"next":null}"#.to_owned()
            } else {
                assert!(query.contains("state=open&node=pi-01&"), "{query}");
                r#"{"now":"x","incidents":[1,2],"next":"b/1"}"#.to_owned()
            }
        };
        let router = Router::new().route("/api/v1/incidents", get(page));
        tokio::spawn(async move { axum::serve(listener, router).await });
        let whole = incidents_json(dir.path(), Some("open"), Some("pi-01"))
            .await
            .unwrap();
        let expected = serde_json::json!({"now": "x", "incidents": [1, 2, 3], "next": null});
        assert_eq!(whole, expected);
    }

    #[test]
    fn every_disk_that_is_not_healthy_is_named_with_the_reason() {
        let mut fleet = crate::view::sample::Fleet::new();
        fleet.add_pi_5("pi-01");
        let paging = crate::view::paging::Paging::default();
        let mut shown = crate::view::nodes::nodes(&fleet.hub, &fleet.now, &paging);
        assert_eq!(files(&shown.nodes[0]), "faulty");
        let states = ["blind", "healthy"];
        for (disk, state) in shown.nodes[0].scrub.iter_mut().zip(states) {
            state.clone_into(&mut disk.state);
        }
        assert_eq!(files(&shown.nodes[0]), "partly watched");
        let to_see: Vec<&str> = disks_to_see(&shown)
            .map(|(_, disk)| disk.part.as_str())
            .collect();
        assert_eq!(to_see, ["mmcblk0"]);
        shown.nodes[0].scrub.clear();
        assert_eq!(files(&shown.nodes[0]), "not watched");
    }

    #[test]
    fn a_table_lines_up() {
        let mut out = String::new();
        let row = [
            "pi-of-mine",
            "alive",
            "3 s ago",
            "48.2 °C",
            "0.1",
            "faulty",
            "Pi 5",
        ];
        let head = [
            "NODE",
            "PRESENCE",
            "LAST REPORT",
            "TEMPERATURE",
            "LOAD",
            "FILES",
            "MODEL",
        ];
        table(&mut out, head, [row.map(str::to_owned)].into_iter());
        let expected = "NODE        PRESENCE  LAST REPORT  TEMPERATURE  LOAD  FILES   MODEL\n\
                        pi-of-mine  alive     3 s ago      48.2 °C      0.1   faulty  Pi 5\n";
        assert_eq!(out, expected);
    }
}
