//! What this machine is to its hub, before anything is sent: which node, joined or not, and by
//! which door it goes in.

use crate::agent_id::{self, AgentId};
use crate::identity;
use crate::root::Root;
use crate::settings::Settings;
use crate::tls::Tls;
use crate::uplink::Door;
use picket_node::Membership;
use picket_wire::{NodeId, SiteId};
use std::path::{Path, PathBuf};

/// Who the node is and how it reaches its hub.
#[derive(Debug)]
pub struct Standing {
    /// The node's name.
    pub node: NodeId,
    /// Where the hub is, and how to get in there.
    pub door: Door,
    /// What it signs with and whom it believes; none if it has not joined.
    pub membership: Option<Membership>,
    /// Where `agent.id` is looked for, if anywhere.
    pub id_file: Option<PathBuf>,
}

impl Standing {
    /// Puts settings and `agent.id` together. The latter stands beside the settings if nobody says
    /// where (`named`); if the command line says it all, there is none.
    ///
    /// # Errors
    /// One line: what is wrong with `agent.id`, that it does not fit the settings, or that the
    /// settings ask for it and it is not there.
    pub fn of(settings: &Settings, named: Option<&Path>, root: &Root) -> Result<Standing, String> {
        let id_file = match named {
            Some(path) => Some(path.to_owned()),
            None => settings.file.as_deref().map(agent_id::beside),
        };
        let id = match &id_file {
            Some(path) => AgentId::read(path)?,
            None => None,
        };
        match id {
            Some(id) => member(settings, &id, id_file),
            None if named.is_some() || settings.hub.tls => {
                Err(not_joined(settings, id_file.as_deref()))
            }
            None => {
                let node = match settings.node {
                    Some(node) => node,
                    None => identity::node_id(root).map_err(|error| error.to_string())?,
                };
                let door = Door {
                    broker: settings.hub.clone(),
                    tls: None,
                    password: None,
                };
                Ok(Standing {
                    node,
                    door,
                    membership: None,
                    id_file,
                })
            }
        }
    }

    /// The site that the node has joined.
    pub fn site(&self) -> Option<SiteId> {
        self.membership.as_ref().map(|member| member.site)
    }
}

fn member(settings: &Settings, id: &AgentId, id_file: Option<PathBuf>) -> Result<Standing, String> {
    let shown = id_file.as_deref().unwrap_or(Path::new(agent_id::FILE_NAME));
    let shown = shown.display();
    let node = id.own.node;
    if let Some(other) = settings.node.filter(|other| *other != node) {
        return Err(format!(
            "{shown} is the identity of {node}, and the settings name this node {other}: take \
             `node` out of them, or join as {other} by `picket-agent join --replace`"
        ));
    }
    let hub = &settings.hub;
    if !hub.tls && !hub.is_loopback() {
        return Err(format!(
            "{hub} would send the password in {shown} in plain text over the network: write `hub = \
             \"mqtts://…\"` as `picket-agent join` did"
        ));
    }
    let tls = match hub.tls {
        true => Some(Tls::of_ca(&id.ca).map_err(|why| format!("{shown}: {why}"))?),
        false => None,
    };
    Ok(Standing {
        node,
        door: Door {
            broker: hub.clone(),
            tls,
            password: Some(id.own.password.clone()),
        },
        membership: Some(id.membership()),
        id_file,
    })
}

fn not_joined(settings: &Settings, id_file: Option<&Path>) -> String {
    let hub = &settings.hub;
    let node = settings
        .node
        .map_or("NODE".to_owned(), |node| node.to_string());
    let no_file = match id_file {
        Some(path) => format!("there is no {}", path.display()),
        None => format!(
            "there is no {} where no settings file is",
            agent_id::FILE_NAME
        ),
    };
    format!(
        "this machine has not joined the hub at {hub} ({no_file}): type `picket-hub enroll {node}` \
         on the hub, and here `echo TOKEN | sudo picket-agent join` with the token that it shows"
    )
}

#[cfg(test)]
mod tests;
