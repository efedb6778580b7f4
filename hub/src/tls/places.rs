//! Who has a place at the TLS listeners: one machine that nobody knows cannot take them all.
//!
//! A place is counted for the address at the other end, and while TLS is not agreed upon, as a
//! handshake too. Loopback is this machine, and has no share of its own to keep to.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Connections at once that have not agreed on TLS yet.
pub(super) const HANDSHAKES: usize = 64;
/// Of those, of one address.
pub(super) const HANDSHAKES_PER_PEER: usize = 8;
/// Connections at once of one address: also of a house whose nodes are behind one.
pub(super) const CONNECTIONS_PER_PEER: usize = 64;

/// See the file's first lines.
#[derive(Debug)]
pub(super) struct Places {
    most: usize,
    taken: Arc<Mutex<Taken>>,
}

/// A connection's place, free again once it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    taken: Arc<Mutex<Taken>>,
    peer: IpAddr,
    shakes_hands: bool,
}

/// All of them, and those of each address that has any: so no more addresses than places.
#[derive(Debug, Default)]
struct Taken {
    all: Count,
    peers: BTreeMap<IpAddr, Count>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Count {
    connections: usize,
    handshakes: usize,
}

/// Why there is no place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Full {
    /// Of all connections.
    #[error("{0} are open")]
    Connections(usize),
    /// Of all handshakes.
    #[error("{HANDSHAKES} have not agreed on TLS yet")]
    Handshakes,
    /// Of the connections of one address.
    #[error("{CONNECTIONS_PER_PEER} of {0} are open")]
    ConnectionsOf(IpAddr),
    /// Of the handshakes of one address.
    #[error("{HANDSHAKES_PER_PEER} of {0} have not agreed on TLS yet")]
    HandshakesOf(IpAddr),
}

impl Places {
    /// So many connections in all.
    pub(super) fn new(most: usize) -> Places {
        Places {
            most,
            taken: Arc::default(),
        }
    }

    /// A place for a new connection, which begins with its handshake.
    pub(super) fn take(&self, peer: IpAddr) -> Result<Place, Full> {
        // The same machine, whether it comes to a listener of IPv4 or to one of both.
        let peer = peer.to_canonical();
        let mut taken = lock(&self.taken);
        let own = taken.peers.get(&peer).copied().unwrap_or_default();
        if taken.all.connections >= self.most {
            return Err(Full::Connections(self.most));
        }
        if !peer.is_loopback() && own.connections >= CONNECTIONS_PER_PEER {
            return Err(Full::ConnectionsOf(peer));
        }
        if !peer.is_loopback() && own.handshakes >= HANDSHAKES_PER_PEER {
            return Err(Full::HandshakesOf(peer));
        }
        if taken.all.handshakes >= HANDSHAKES {
            return Err(Full::Handshakes);
        }
        for count in taken.of(peer) {
            count.connections += 1;
            count.handshakes += 1;
        }
        Ok(Place {
            taken: Arc::clone(&self.taken),
            peer,
            shakes_hands: true,
        })
    }
}

impl Place {
    /// TLS is agreed upon.
    pub(super) fn agreed(&mut self) {
        if std::mem::take(&mut self.shakes_hands) {
            for count in lock(&self.taken).of(self.peer) {
                count.handshakes -= 1;
            }
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.agreed();
        let mut taken = lock(&self.taken);
        for count in taken.of(self.peer) {
            count.connections -= 1;
        }
        taken.peers.retain(|_, count| count.connections > 0);
    }
}

impl Taken {
    /// What a connection of this address is counted in.
    fn of(&mut self, peer: IpAddr) -> [&mut Count; 2] {
        [&mut self.all, self.peers.entry(peer).or_default()]
    }
}

fn lock(taken: &Mutex<Taken>) -> MutexGuard<'_, Taken> {
    // Nothing panics between the counts.
    taken.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOST: usize = 200;

    fn peer(number: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, number])
    }

    /// Places whose handshakes are over.
    fn agreed(places: &Places, peer: IpAddr, count: usize) -> Vec<Place> {
        let place = |_| {
            let mut place = places.take(peer).unwrap();
            place.agreed();
            place
        };
        (0..count).map(place).collect()
    }

    #[test]
    fn a_machine_that_agrees_on_nothing_leaves_the_others_their_places() {
        let places = Places::new(MOST);
        let take = |number| places.take(peer(number));
        let mut held: Vec<_> = (0..HANDSHAKES_PER_PEER).map(|_| take(1).unwrap()).collect();
        assert_eq!(take(1).unwrap_err(), Full::HandshakesOf(peer(1)));
        let mapped = "::ffff:192.0.2.1".parse().unwrap();
        assert_eq!(
            places.take(mapped).unwrap_err(),
            Full::HandshakesOf(peer(1))
        );
        take(2).unwrap();
        held[0].agreed();
        held.push(take(1).unwrap());
        assert!(take(1).is_err());
        drop(held);
        take(1).unwrap();
    }

    #[test]
    fn a_machine_that_agrees_has_its_share_and_no_more() {
        let places = Places::new(MOST);
        let held = agreed(&places, peer(1), CONNECTIONS_PER_PEER);
        let refused = places.take(peer(1)).unwrap_err();
        assert_eq!(refused, Full::ConnectionsOf(peer(1)));
        drop(agreed(&places, peer(2), CONNECTIONS_PER_PEER));
        drop(held);
        places.take(peer(1)).unwrap();
        assert!(lock(&places.taken).peers.is_empty(), "nothing is kept");
    }

    #[test]
    fn this_machine_has_all_that_there_is() {
        let places = Places::new(MOST);
        let loopback = IpAddr::from([127, 0, 0, 1]);
        let _agreed = agreed(&places, loopback, MOST - HANDSHAKES - 1);
        let mut held: Vec<_> = (0..HANDSHAKES)
            .map(|_| places.take(loopback).unwrap())
            .collect();
        assert_eq!(places.take(peer(1)).unwrap_err(), Full::Handshakes);
        held[0].agreed();
        held.push(places.take(peer(1)).unwrap());
        assert_eq!(places.take(peer(1)).unwrap_err(), Full::Connections(MOST));
    }
}
