//! How others reach the registrar: they ask, it answers when what was asked is done.

use super::refused::Refused;
use super::shapes::{
    Cleared, EnrollWish, Expelled, GivenTokens, HomeAssistantLogin, HomeAssistantWish, Joining,
};
use std::fmt;
use std::net::SocketAddr;
use tokio::sync::{mpsc, oneshot};

/// Wishes that wait at most; who asks beyond that waits itself.
const WISHES: usize = 16;

/// Where an answer goes.
type Answer<T> = oneshot::Sender<Result<T, Refused>>;

/// What is wished, and where the answer goes.
pub(super) enum Wish {
    Enroll(EnrollWish, Answer<GivenTokens>),
    HomeAssistant(HomeAssistantWish, Answer<HomeAssistantLogin>),
    Expel(String, Answer<Expelled>),
    Clear(Answer<Cleared>),
    Listen(SocketAddr, Answer<SocketAddr>),
    Joining(Answer<Joining>),
}

/// A way to the registrar; cheap to clone.
#[derive(Clone)]
pub struct Handle(mpsc::Sender<Wish>);

/// The registrar's end of all handles.
pub struct Desk(pub(super) mpsc::Receiver<Wish>);

/// A handle and the desk that answers it.
pub fn channel() -> (Handle, Desk) {
    let (sender, receiver) = mpsc::channel(WISHES);
    (Handle(sender), Desk(receiver))
}

impl Handle {
    /// Tokens for these nodes.
    pub async fn enroll(&self, wish: EnrollWish) -> Result<GivenTokens, Refused> {
        self.ask(|answer| Wish::Enroll(wish, answer)).await
    }

    /// A new password for Home Assistant.
    pub async fn home_assistant(
        &self,
        wish: HomeAssistantWish,
    ) -> Result<HomeAssistantLogin, Refused> {
        self.ask(|answer| Wish::HomeAssistant(wish, answer)).await
    }

    /// This node belongs to the site no more.
    pub async fn expel(&self, node: String) -> Result<Expelled, Refused> {
        self.ask(|answer| Wish::Expel(node, answer)).await
    }

    /// Removes everything that Picket keeps at a broker; the hub is silent afterwards.
    pub async fn clear(&self) -> Result<Cleared, Refused> {
        self.ask(Wish::Clear).await
    }

    /// Has the embedded broker listen for other machines, and gives where it does.
    pub async fn listen(&self, address: SocketAddr) -> Result<SocketAddr, Refused> {
        self.ask(|answer| Wish::Listen(address, answer)).await
    }

    /// How nodes would join now.
    pub async fn joining(&self) -> Result<Joining, Refused> {
        self.ask(Wish::Joining).await
    }

    async fn ask<T>(&self, wish: impl FnOnce(Answer<T>) -> Wish) -> Result<T, Refused> {
        let (answer, answered) = oneshot::channel();
        let sent = self.0.send(wish(answer)).await;
        sent.map_err(|_| Refused::Stopping)?;
        answered.await.map_err(|_| Refused::Stopping)?
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Handle")
    }
}

impl fmt::Debug for Desk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Desk")
    }
}
