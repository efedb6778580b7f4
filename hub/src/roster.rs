//! Who may speak at the broker, and whose signature is believed, as every task of the hub sees it.
//!
//! One task changes it (the registrar), after what changed is on the disk; the broker asks it at
//! every login, the core task at every signed frame. Cheap to clone, never held over an await.

use picket_wire::section::{HASH_LEN, ROUNDS};
use picket_wire::sign::VerifyingKey;
use picket_wire::token::JOIN_SUFFIX;
use picket_wire::{NodeId, SiteId, Verifier};
use ring::pbkdf2;
use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// User name of the hub's own connections.
pub const HUB_USER: &str = "hub";
/// User name of Home Assistant. No node can have it, because of its dot.
pub const HOME_ASSISTANT_USER: &str = "home.assistant";
/// Longest password that is looked at, in bytes; Picket's own have 43 characters.
const MAX_PASSWORD: usize = 256;

/// Who logged in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Who {
    /// An enrolled node.
    Node(NodeId),
    /// The bearer of a token, which may only join.
    Joining(NodeId),
    /// The hub itself.
    Hub,
    /// Home Assistant.
    HomeAssistant,
}

/// An enrolled node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Enrolled {
    /// What it signs with.
    pub key: VerifyingKey,
    /// Of the password that it connects with; none if the credentials were lost and only
    /// `nodes.toml` is there: it is known, and has to join again.
    pub password: Option<Verifier>,
}

/// The hub's own side of what is believed.
#[derive(Clone, Copy, Debug)]
pub struct Own {
    /// What signatures are bound to.
    pub site: SiteId,
    /// What the hub signs with now, and after that.
    pub hub_keys: [VerifyingKey; 2],
    /// Of the password of the hub's own connections.
    pub hub_password: Verifier,
}

/// See the file's first lines.
#[derive(Clone, Debug)]
pub struct Roster {
    own: Own,
    state: Arc<RwLock<State>>,
}

#[derive(Debug, Default)]
struct State {
    nodes: BTreeMap<NodeId, Enrolled>,
    joining: BTreeMap<NodeId, Verifier>,
    home_assistant: Option<Verifier>,
}

impl Roster {
    /// A roster of these nodes.
    pub fn new(
        own: Own,
        nodes: BTreeMap<NodeId, Enrolled>,
        home_assistant: Option<Verifier>,
    ) -> Roster {
        let state = State {
            nodes,
            joining: BTreeMap::new(),
            home_assistant,
        };
        Roster {
            own,
            state: Arc::new(RwLock::new(state)),
        }
    }

    /// What signatures are bound to.
    pub fn site(&self) -> SiteId {
        self.own.site
    }

    /// What the hub signs with now, and after that.
    pub fn hub_keys(&self) -> [VerifyingKey; 2] {
        self.own.hub_keys
    }

    /// What an enrolled node signs with.
    pub fn key(&self, node: NodeId) -> Option<VerifyingKey> {
        self.read().nodes.get(&node).map(|enrolled| enrolled.key)
    }

    /// All enrolled nodes.
    pub fn nodes(&self) -> Vec<NodeId> {
        self.read().nodes.keys().copied().collect()
    }

    /// Who logs in by this name and password; none if they are not right. A name that is not known
    /// is answered sooner than a wrong password: names are no secret here.
    pub fn login(&self, user: &str, password: &[u8]) -> Option<Who> {
        let (who, verifier) = self.expected(user)?;
        is_right(&verifier, password).then_some(who)
    }

    fn expected(&self, user: &str) -> Option<(Who, Verifier)> {
        let state = self.read();
        if user == HUB_USER {
            return Some((Who::Hub, self.own.hub_password));
        }
        if user == HOME_ASSISTANT_USER {
            return Some((Who::HomeAssistant, state.home_assistant?));
        }
        if let Some(node) = user.strip_suffix(JOIN_SUFFIX) {
            let node = NodeId::parse(node).ok()?;
            return Some((Who::Joining(node), *state.joining.get(&node)?));
        }
        let node = NodeId::parse(user).ok()?;
        Some((Who::Node(node), state.nodes.get(&node)?.password?))
    }

    /// Everybody who can log in, and what is kept of their passwords.
    pub fn verifiers(&self) -> Vec<(Who, Verifier)> {
        let state = self.read();
        let home_assistant = state.home_assistant.map(|kept| (Who::HomeAssistant, kept));
        let nodes = state.nodes.iter();
        let nodes = nodes.filter_map(|(id, node)| Some((Who::Node(*id), node.password?)));
        let joining = state.joining.iter();
        let joining = joining.map(|(id, secret)| (Who::Joining(*id), *secret));
        let hub = [(Who::Hub, self.own.hub_password)].into_iter();
        hub.chain(home_assistant)
            .chain(nodes)
            .chain(joining)
            .collect()
    }

    /// A node has joined, or joined anew with another key.
    pub fn enrol(&self, node: NodeId, enrolled: Enrolled) {
        self.write().nodes.insert(node, enrolled);
    }

    /// A node is known no more. Gives whether it was.
    pub fn expel(&self, node: NodeId) -> bool {
        let mut state = self.write();
        state.joining.remove(&node);
        state.nodes.remove(&node).is_some()
    }

    /// A token was given out for a node; an earlier one of it is void.
    pub fn offer(&self, node: NodeId, secret: Verifier) {
        self.write().joining.insert(node, secret);
    }

    /// The token of a node is void.
    pub fn withdraw(&self, node: NodeId) {
        self.write().joining.remove(&node);
    }

    /// Home Assistant has this password from now on.
    pub fn let_home_assistant_in(&self, password: Verifier) {
        self.write().home_assistant = Some(password);
    }

    fn read(&self) -> RwLockReadGuard<'_, State> {
        // Every change is one insertion or removal, so that what a panic left is whole.
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The rounds of every verifier.
fn rounds() -> NonZeroU32 {
    NonZeroU32::new(ROUNDS).unwrap_or(NonZeroU32::MIN)
}

/// What is kept of a password.
pub fn verifier(password: &[u8], salt: [u8; picket_wire::section::SALT_LEN]) -> Verifier {
    let mut hash = [0; HASH_LEN];
    pbkdf2::derive(
        pbkdf2::PBKDF2_HMAC_SHA512,
        rounds(),
        &salt,
        password,
        &mut hash,
    );
    Verifier::new(salt, &hash)
}

fn is_right(verifier: &Verifier, password: &[u8]) -> bool {
    let algorithm = pbkdf2::PBKDF2_HMAC_SHA512;
    password.len() <= MAX_PASSWORD
        && pbkdf2::verify(
            algorithm,
            rounds(),
            &verifier.salt,
            password,
            &verifier.hash(),
        )
        .is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use picket_wire::sign::SigningKey;

    fn key(seed: u8) -> VerifyingKey {
        SigningKey::from_bytes(&[seed; 32]).verifying_key()
    }

    fn node(id: &str) -> NodeId {
        NodeId::parse(id).unwrap()
    }

    fn enrolled(password: &str) -> Enrolled {
        Enrolled {
            key: key(1),
            password: Some(verifier(password.as_bytes(), [1; 12])),
        }
    }

    fn roster() -> Roster {
        let own = Own {
            site: SiteId::parse("home").unwrap(),
            hub_keys: [key(8), key(9)],
            hub_password: verifier(b"the hub's", [2; 12]),
        };
        Roster::new(
            own,
            BTreeMap::from([(node("pi-01"), enrolled("one"))]),
            None,
        )
    }

    #[test]
    fn a_login_gives_who_it_is_and_a_wrong_password_nobody() {
        let roster = roster();
        roster.offer(node("pi-02"), verifier(b"secret", [3; 12]));
        for (user, password, who) in [
            ("pi-01", "one", Some(Who::Node(node("pi-01")))),
            ("pi-01", "two", None),
            ("pi-01", "", None),
            ("pi-02", "secret", None),
            ("pi-02.join", "secret", Some(Who::Joining(node("pi-02")))),
            ("pi-01.join", "one", None),
            ("hub", "the hub's", Some(Who::Hub)),
            ("home.assistant", "", None),
            ("", "", None),
        ] {
            assert_eq!(
                roster.login(user, password.as_bytes()),
                who,
                "{user} {password}"
            );
        }
    }

    #[test]
    fn who_is_expelled_or_withdrawn_gets_in_no_more() {
        let roster = roster();
        let joined = node("pi-01");
        assert!(roster.expel(joined) && !roster.expel(joined));
        assert_eq!(roster.login("pi-01", b"one"), None);
        assert_eq!(roster.key(joined), None);
        roster.offer(joined, verifier(b"secret", [3; 12]));
        roster.withdraw(joined);
        assert_eq!(roster.login("pi-01.join", b"secret"), None);
    }

    #[test]
    fn a_node_whose_credentials_were_lost_is_known_and_does_not_get_in() {
        let roster = roster();
        let lost = Enrolled {
            key: key(3),
            password: None,
        };
        roster.enrol(node("pi-03"), lost);
        assert_eq!(roster.key(node("pi-03")), Some(key(3)));
        assert_eq!(roster.login("pi-03", b""), None);
    }

    #[test]
    fn a_verifier_is_what_mosquitto_would_write() {
        // The first bytes of Python's hashlib.pbkdf2_hmac("sha512", b"password", b"saltsaltsalt", 101).
        let hash = verifier(b"password", *b"saltsaltsalt").hash();
        assert_eq!(hash[..8], [20, 33, 187, 16, 26, 60, 204, 152]);
    }
}
