//! What the owner wants of the hub, answered at once: who belongs to the site, and who no more.
//!
//! An enrolled node always has a place: if the table is full, a node that has not joined gives its
//! place up, which closes nothing. To expel a node is the one way to end its incidents without
//! seeing it well: their subject has ended, by the owner's word.

use crate::hub::Hub;
use crate::node::Node;
use crate::presence::Presence;
use crate::seam::{Accepted, Denied, Save, Show, Wish};
use crate::time::Now;
use picket_wire::NodeId;

impl Hub {
    /// Grants a wish, or says why not. What follows from it are effects, as with an input. To be
    /// called after [`crate::Input::Restore`].
    pub fn ask(&mut self, wish: Wish, now: Now) -> Result<Accepted, Denied> {
        let answer = match wish {
            Wish::Enrol(id) => self.enrol(id, now),
            Wish::Expel(id) => self.expel(id, now),
        };
        self.plan_wake();
        self.gather_counts();
        answer
    }

    fn enrol(&mut self, id: NodeId, now: Now) -> Result<Accepted, Denied> {
        if !self.nodes.contains_key(&id) {
            self.make_room()?;
        }
        let max_nodes = self.config.max_nodes;
        let Ok((node, scribe)) = self.admit(id, now) else {
            return Err(Denied::NoRoom { max_nodes });
        };
        if node.joined {
            return Ok(Accepted::Enrolled);
        }
        node.joined = true;
        // What it said of itself so far bears no signature.
        node.set_aside = None;
        node.known.facts = None;
        node.known.machine = None;
        node.known.keep_witnesses(std::iter::empty());
        node.known.forget_parts();
        node.watch.expect(now.moment);
        scribe.effects.show(Show::Node(id));
        Ok(Accepted::Enrolled)
    }

    /// Makes sure that one more node has a place.
    fn make_room(&mut self) -> Result<(), Denied> {
        let max_nodes = self.config.max_nodes;
        if self.nodes.len() < max_nodes {
            return Ok(());
        }
        let strangers = self.nodes.values().filter(|node| !node.joined);
        let goes = strangers.min_by_key(|node| (is_there(node), node.watch.last_beat()));
        let Some(id) = goes.map(Node::id) else {
            return Err(Denied::NoRoom { max_nodes });
        };
        self.forget(id);
        Ok(())
    }

    fn expel(&mut self, id: NodeId, now: Now) -> Result<Accepted, Denied> {
        let retired = self.ledger.retire(id, now.wall, &mut self.effects);
        if !self.nodes.contains_key(&id) && retired == 0 {
            return Err(Denied::Unknown(id));
        }
        self.forget(id);
        Ok(Accepted::Expelled { retired })
    }

    fn forget(&mut self, id: NodeId) {
        self.nodes.remove(&id);
        self.effects.save(Save::Forget(id));
        self.effects.show(Show::Expelled(id));
    }
}

fn is_there(node: &Node) -> bool {
    matches!(node.presence(), Presence::Alive | Presence::Late)
}
