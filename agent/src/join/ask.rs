//! What is said between a machine and the hub that it wants to join, and how long it waits.

use crate::agent_id::Own;
use crate::clock;
use crate::identity;
use crate::root::Root;
use crate::uplink::Door;
use crate::uplink::exchange::{Exchange, Happened, Lost, in_words};
use picket_wire::section::{HASH_LEN, JOIN, ROUNDS, SALT_LEN};
use picket_wire::sign::{self, Whose};
use picket_wire::token::join_user;
use picket_wire::{
    Answer, Flags, Frame, FrameWriter, Header, Join, Joined, Kind, NodeId, NodeTopic, RunBits,
    Section, Verifier,
};
use ring::pbkdf2;
use std::num::NonZeroU32;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout_at};

/// How long the hub is waited for in all.
const PATIENCE: Duration = Duration::from_secs(30);
/// When the request is said again, counted from the first time: an answer may get lost when the
/// hub starts anew.
const AGAIN: [Duration; 2] = [Duration::from_secs(2), Duration::from_secs(5)];
/// How long the broker may take to know the new node.
const PROOF_PATIENCE: Duration = Duration::from_secs(10);
/// Time for the good-bye of the proof to leave.
const GOODBYE: Duration = Duration::from_secs(1);
/// Between two attempts to be let in.
const PROOF_PAUSE: Duration = Duration::from_secs(1);
/// A join frame has 24 + 110 + 68 bytes.
const MAX_REQUEST: usize = 256;

/// What the hub is asked.
#[derive(Debug)]
pub(super) struct Request {
    own: Own,
    frame: Vec<u8>,
}

/// Why a machine has not joined.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refused {
    /// One line for the owner.
    pub(super) why: String,
    /// The hub itself has refused this key: it is not worth keeping.
    pub(super) for_good: bool,
}

impl From<String> for Refused {
    fn from(why: String) -> Self {
        Refused {
            why,
            for_good: false,
        }
    }
}

impl Request {
    /// The signed frame that brings the node's key and its password's verifier.
    pub(super) fn new(own: &Own, root: &Root) -> Result<Request, String> {
        let mut salt = [0; SALT_LEN];
        getrandom::fill(&mut salt)
            .map_err(|error| format!("the kernel gave no random numbers: {error}"))?;
        let header = Header {
            kind: Kind::Join,
            flags: Flags {
                signed: true,
                ..Flags::default()
            },
            boot: identity::boot(root)?,
            session: identity::session()?,
            seq: 0,
            run: RunBits::NONE,
            uptime_ms: clock::uptime_ms(),
        };
        let join = Join {
            key: own.key.verifying_key().to_bytes(),
            password: verifier(own.password.reveal(), salt),
        };
        let bug = |error: &dyn std::fmt::Display| format!("cannot write the request: {error}");
        let mut buf = [0; MAX_REQUEST];
        let mut writer = FrameWriter::new(&mut buf, &header).map_err(|error| bug(&error))?;
        writer.section(JOIN, &join).map_err(|error| bug(&error))?;
        let frame = sign::sign(writer, &own.key, &own.site, Whose::Node(own.node))
            .map_err(|error| bug(&error))?
            .to_vec();
        Ok(Request {
            own: own.clone(),
            frame,
        })
    }

    /// The hub's answer to this request; none if the bytes are anything else.
    fn answer(&self, payload: &[u8]) -> Option<Joined> {
        let frame = Frame::decode(payload).ok()?;
        let Own {
            site,
            node,
            hub_key,
            ..
        } = &self.own;
        sign::verify(&frame, hub_key, site, Whose::Node(*node)).ok()?;
        if frame.header.kind != Kind::Join {
            return None;
        }
        let joined = frame.sections().find_map(|section| match section {
            Ok(Section::Joined(joined)) => Some(joined),
            Ok(_) | Err(_) => None,
        });
        joined.filter(|joined| joined.key == self.own.key.verifying_key().to_bytes())
    }
}

fn verifier(password: &str, salt: [u8; SALT_LEN]) -> Verifier {
    let mut hash = [0; HASH_LEN];
    pbkdf2::derive(
        pbkdf2::PBKDF2_HMAC_SHA512,
        NonZeroU32::new(ROUNDS).unwrap_or(NonZeroU32::MIN),
        &salt,
        password.as_bytes(),
        &mut hash,
    );
    Verifier::new(salt, &hash)
}

/// Asks until the hub answers, or long enough.
pub(super) async fn ask(
    request: &Request,
    door: &Door,
    say: &mut dyn FnMut(&str),
) -> Result<Joined, Refused> {
    let node = request.own.node;
    let mut exchange = Exchange::open(door, &join_user(node));
    let end = Instant::now() + PATIENCE;
    let mut asked: Option<(Instant, usize)> = None;
    // A broker that talks without end is no reason to listen without end.
    while Instant::now() < end {
        let again = asked.and_then(|(first, times)| Some(first + *AGAIN.get(times - 1)?));
        let Ok(happened) = timeout_at(again.unwrap_or(end).min(end), exchange.next()).await else {
            let Some((first, times)) = asked.filter(|_| again.is_some_and(|at| at < end)) else {
                break;
            };
            say("no answer yet; the hub is asked again");
            exchange.publish(&NodeTopic::Join.of(node), &request.frame)?;
            asked = Some((first, times + 1));
            continue;
        };
        match happened {
            Happened::Accepted => exchange.subscribe(&NodeTopic::Joined.of(node))?,
            Happened::Subscribed => {
                exchange.publish(&NodeTopic::Join.of(node), &request.frame)?;
                asked = Some((Instant::now(), 1));
            }
            Happened::Heard { topic, payload } => {
                if topic != NodeTopic::Joined.of(node).as_str() {
                    continue;
                }
                if let Some(joined) = request.answer(&payload) {
                    exchange.leave();
                    return verdict(joined);
                }
            }
            Happened::Refused(lost) => return Err(refused(lost, door, node).into()),
            Happened::Ended(why) => {
                return Err(format!(
                    "the connection to {} was lost before the hub answered: {why}; type the same \
                     again, and it goes on where it stopped",
                    door.broker
                )
                .into());
            }
        }
    }
    Err(no_answer(door, asked.is_some()).into())
}

fn verdict(joined: Joined) -> Result<Joined, Refused> {
    let answer = joined.answer();
    match answer {
        Answer::Welcome => Ok(joined),
        Answer::NotKept | Answer::Malformed | Answer::Unknown(_) => {
            Err(format!("the hub refused: {answer}").into())
        }
        Answer::TokenUsed | Answer::NameTaken => Err(Refused {
            why: format!("the hub refused: {answer}"),
            for_good: true,
        }),
    }
}

fn no_answer(door: &Door, was_asked: bool) -> String {
    let broker = &door.broker;
    match was_asked {
        true => format!(
            "{broker} lets this machine in, but the hub does not answer: does `picket-hub status` \
             on it say that it is well? Then type the same again"
        ),
        false => format!(
            "{broker} does not answer: is the hub running, and does a firewall let its port {} \
             through?",
            broker.port
        ),
    }
}

fn refused(lost: Lost, door: &Door, node: NodeId) -> String {
    let broker = &door.broker;
    match lost {
        Lost::Login => format!(
            "the hub does not know this token: it may be used up, older than an hour, or the hub \
             was restarted since; type `picket-hub enroll {node}` on the hub for a new one"
        ),
        Lost::Distrust(why) => format!(
            "the hub at {} is not the one that gave this token: {}",
            broker.address(),
            in_words(&why)
        ),
        Lost::Unreachable(why) => format!(
            "{why}, is {} its address still, and does a firewall let the port through?",
            broker.address()
        ),
        Lost::Other(why) => why,
    }
}

/// Is let in as the node itself, and leaves again.
pub(super) async fn prove(
    door: &Door,
    node: NodeId,
    say: &mut dyn FnMut(&str),
) -> Result<(), String> {
    let end = Instant::now() + PROOF_PATIENCE;
    let mut said = false;
    loop {
        let why = match knock(door, node, end).await {
            Ok(()) => return Ok(()),
            Err(why) => why,
        };
        if Instant::now() + PROOF_PAUSE >= end {
            return Err(format!(
                "this machine has joined, but was not let in as {node} yet: {why}; look at the \
                 hub's log, then type `picket-agent check`"
            ));
        }
        if !said {
            say("the hub's broker does not know the node yet; it is tried again");
            said = true;
        }
        sleep(PROOF_PAUSE).await;
    }
}

async fn knock(door: &Door, node: NodeId, end: Instant) -> Result<(), String> {
    let mut exchange = Exchange::open(door, node.as_str());
    match timeout_at(end, exchange.next()).await {
        Ok(Happened::Accepted) => {}
        Ok(Happened::Refused(lost)) => return Err(in_short(&lost)),
        Ok(other) => return Err(format!("the broker said {other:?}")),
        Err(_) => return Err("no answer".to_owned()),
    }
    exchange.leave();
    // Until the connection has ended the good-bye may not have left this machine. Not
    // every broker closes it: MQTT 3.1.1, 3.14.4, leaves that to the client.
    let end = end.min(Instant::now() + GOODBYE);
    while let Ok(happened) = timeout_at(end, exchange.next()).await {
        if matches!(happened, Happened::Ended(_) | Happened::Refused(_)) {
            break;
        }
    }
    Ok(())
}

fn in_short(lost: &Lost) -> String {
    match lost {
        Lost::Login => "the broker takes no such name and password".to_owned(),
        Lost::Distrust(why) => in_words(why),
        Lost::Unreachable(why) | Lost::Other(why) => why.clone(),
    }
}

#[cfg(test)]
mod tests;
