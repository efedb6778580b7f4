//! A door between an agent and its broker.

use super::Broker;
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// A TCP port in front of a broker that can be closed and moved to another broker.
pub(crate) struct Gate {
    pub(crate) port: u16,
    target: Arc<Mutex<Option<u16>>>,
}

impl Gate {
    pub(crate) fn to(broker: &Broker) -> Gate {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let target = Arc::new(Mutex::new(Some(broker.port)));
        let gate = Gate {
            port,
            target: target.clone(),
        };
        thread::spawn(move || {
            for near in listener.incoming().map_while(Result::ok) {
                let Some(port) = *target.lock().unwrap() else {
                    continue;
                };
                let Ok(far) = TcpStream::connect(("127.0.0.1", port)) else {
                    continue;
                };
                pipe(near.try_clone().unwrap(), far.try_clone().unwrap());
                pipe(far, near);
            }
        });
        gate
    }

    pub(crate) fn close(&self) {
        *self.target.lock().unwrap() = None;
    }

    pub(crate) fn open_to(&self, broker: &Broker) {
        *self.target.lock().unwrap() = Some(broker.port);
    }

    pub(crate) fn url(&self) -> String {
        format!("mqtt://127.0.0.1:{}", self.port)
    }
}

fn pipe(mut from: TcpStream, mut to: TcpStream) {
    thread::spawn(move || {
        let _ = std::io::copy(&mut from, &mut to);
        let _ = to.shutdown(std::net::Shutdown::Both);
        let _ = from.shutdown(std::net::Shutdown::Both);
    });
}
