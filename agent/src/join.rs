//! How a machine becomes a node of a site: the steps in their order, and what is said of them.
//!
//! What the hub is asked for is written down first: when the machine dies after the hub has said
//! yes, the same words go on with the same key and password. No step looks at a clock that tells
//! the time of day, because a Pi that joins may have none.

mod ask;
mod service;
mod token;

use crate::agent_id::{self, AgentId, Own, SecretText};
use crate::broker::Broker;
use crate::cli::JoinOptions;
use crate::identity;
use crate::opened;
use crate::replace::{Rights, beside, folder, rename, replace};
use crate::root::Root;
use crate::settings::edit::{self, Edit};
use crate::settings::{self, DEFAULT_FILE};
use crate::tls::Tls;
use crate::uplink::Door;
use picket_wire::sign::VerifyingKey;
use picket_wire::token::Token;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// What stands behind the name of `agent.id` until the hub has said yes.
const PENDING: &str = ".new";

/// The files that joining writes.
struct Files {
    settings: PathBuf,
    id: PathBuf,
    pending: PathBuf,
}

impl Files {
    fn of(options: &JoinOptions) -> Files {
        let settings = options.settings.clone();
        let settings = settings.unwrap_or_else(|| PathBuf::from(DEFAULT_FILE));
        let id = options.id.clone();
        let id = id.unwrap_or_else(|| agent_id::beside(&settings));
        Files {
            settings,
            pending: beside(&id, PENDING),
            id,
        }
    }
}

/// Joins, and says what is going on line by line. A token on the command line first goes where
/// nobody else sees it: the program begins again, and this does not return.
///
/// # Errors
/// One line: what was tried, on what, and what to do. Nothing on this machine has changed then,
/// except for `agent.id.new`, unless the line says so.
pub fn join(options: &JoinOptions, root: &Root, say: &mut dyn FnMut(&str)) -> Result<(), String> {
    if let Some(text) = &options.token {
        return Err(token::hide(text, options));
    }
    let token = token::read()?;
    let files = Files::of(options);
    if !options.replace {
        refuse_second(&files.id)?;
    }
    let plan = Plan::of(&token, &files, root)?;
    let own = own(&token, &files, say)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| format!("cannot start the runtime: {error}"))?;
    say(&format!(
        "{} asks the hub at {} to be let into the site \"{}\"",
        token.node, token.address, token.site
    ));
    let joined = runtime.block_on(meet(&token, own, &plan, &files, root, say));
    // The resolver of names may be stuck.
    runtime.shutdown_background();
    joined?;
    say(&service::start(options, &files.settings));
    Ok(())
}

/// What needs the network.
async fn meet(
    token: &Token,
    own: Own,
    plan: &Plan,
    files: &Files,
    root: &Root,
    say: &mut dyn FnMut(&str),
) -> Result<(), String> {
    let request = ask::Request::new(&own, root)?;
    let door = Door {
        broker: plan.broker.clone(),
        tls: Some(plan.tls.clone()),
        password: Some(SecretText::new(&token.secret.password())),
    };
    let joined = ask::ask(&request, &door, say).await.map_err(|refused| {
        if refused.for_good {
            let _ = fs::remove_file(&files.pending);
        }
        refused.why
    })?;
    let next_hub_key = VerifyingKey::from_bytes(&joined.next_hub_key)
        .map_err(|_| "the hub's answer holds no key: are agent and hub of one version?")?;
    let ca = plan.tls.ca();
    let id = AgentId {
        own,
        ca: ca.ok_or("the hub has shown no CA: this is a bug")?,
        next_hub_key,
    };
    keep(&id, plan, files)?;
    say(&format!(
        "the hub said yes: the identity is in {}, and {} names the hub",
        files.id.display(),
        plan.edit.path.display()
    ));
    let door = Door {
        tls: Some(Tls::of_ca(&id.ca)?),
        password: Some(id.own.password.clone()),
        ..door
    };
    ask::prove(&door, id.own.node, say).await?;
    say(&format!("{} was let in as itself", id.own.node));
    Ok(())
}

fn refuse_second(id: &Path) -> Result<(), String> {
    let shown = id.display();
    match AgentId::read(id) {
        Ok(None) => Ok(()),
        Ok(Some(old)) => Err(format!(
            "this machine has joined the site \"{}\" as {} already ({shown}); to join anew, type \
             the same with --replace",
            old.own.site, old.own.node
        )),
        Err(why) => Err(format!("{why} (to join all the same, give --replace)")),
    }
}

/// What is found out before anything is written or sent.
struct Plan {
    broker: Broker,
    tls: Tls,
    edit: Edit,
}

impl Plan {
    fn of(token: &Token, files: &Files, root: &Root) -> Result<Plan, String> {
        let hub = format!("mqtts://{}", token.address);
        let broker = Broker::parse(&hub)
            .map_err(|why| format!("the token names a hub that cannot be one: {why}"))?;
        let settings = &files.settings;
        let name = edit::named(settings).map_err(|error| error.to_string())?;
        let name = name.or_else(|| Some(identity::node_id(root).ok()?.to_string()));
        let node = token.node.as_str();
        let node = (name.as_deref() != Some(node)).then_some(node);
        make_folder(settings)?;
        make_folder(&files.id)?;
        let edit = Edit::of(settings, &broker.to_string(), node)
            .map_err(|error: settings::SettingsError| error.to_string())?;
        can_write(&edit.path)?;
        can_write(&files.id)?;
        Ok(Plan {
            broker,
            tls: Tls::of_fingerprint(token.ca_sha256)?,
            edit,
        })
    }
}

fn make_folder(file: &Path) -> Result<(), String> {
    let folder = folder(file);
    fs::create_dir_all(folder).map_err(|error| cannot_write(folder, &error))
}

/// Asks the filesystem by writing: the hub must not say yes to who cannot keep it.
fn can_write(file: &Path) -> Result<(), String> {
    let probe = beside(file, ".try");
    let rights = Rights {
        mode: 0o600,
        owner: None,
    };
    replace(&probe, "", rights)
        .and_then(|()| fs::remove_file(&probe))
        .map_err(|error| cannot_write(folder(file), &error))
}

fn cannot_write(folder: &Path, error: &io::Error) -> String {
    let hint = match error.kind() {
        io::ErrorKind::PermissionDenied => "; type the same with sudo",
        _ => "",
    };
    format!("cannot write into {}: {error}{hint}", folder.display())
}

/// Key and password of an attempt that was cut off, or new ones; in `agent.id.new` either way.
fn own(token: &Token, files: &Files, say: &mut dyn FnMut(&str)) -> Result<Own, String> {
    let hub_key = VerifyingKey::from_bytes(&token.hub_key)
        .map_err(|_| "the token holds no key of a hub: copy the whole word".to_owned())?;
    let of_this_token =
        |own: &Own| (own.site, own.node, own.hub_key) == (token.site, token.node, hub_key);
    match Own::read(&files.pending) {
        Ok(Some(own)) if of_this_token(&own) => return Ok(own),
        Ok(_) => {}
        // It is of no use any more, or somebody else's; the new one takes its place as a whole.
        Err(why) => say(&format!(
            "warning: {} is not used, and made anew ({why})",
            files.pending.display()
        )),
    }
    let own = Own::make(token.site, token.node, hub_key)?;
    own.write(&files.pending)?;
    Ok(own)
}

/// Writes down that the hub said yes. The settings come first: without an identity they are
/// refused with words that lead here, and an identity with the old settings would look joined.
fn keep(id: &AgentId, plan: &Plan, files: &Files) -> Result<(), String> {
    let again = "the hub has said yes: type the same again with the same token";
    let Edit { path, text, rights } = &plan.edit;
    id.write(&files.pending, opened::service_user())
        .map_err(|why| format!("{why}; {again}"))?;
    replace(path, text, *rights)
        .map_err(|error| format!("cannot write {}: {error}; {again}", path.display()))?;
    rename(&files.pending, &files.id)
        .map_err(|error| format!("cannot write {}: {error}; {again}", files.id.display()))
}

#[cfg(test)]
mod tests;
