//! The unix socket: the hub's end, and that of the commands that ask it.

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use std::io;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::net::{UnixListener, UnixStream};

/// Name of the socket in the run-time folder.
const FILE: &str = "hub.sock";
/// Whoever is in the socket's group is let in: being in the group is the login.
const MODE: u32 = 0o660;
/// Longest answer that is read, in bytes.
const MAX_ANSWER: usize = 32 * 1024 * 1024;
/// Time for a whole answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// Time for what the hub does before it answers: it writes files, and has a broker reload.
const PATIENCE_FOR_DEEDS: Duration = Duration::from_secs(40);

/// Why the hub cannot have its socket.
#[derive(Debug, thiserror::Error)]
pub enum SocketError {
    /// Another hub answers on it.
    #[error(
        "another picket-hub runs here and answers on {}; stop it, or give this one a run-time \
         folder of its own by --runtime-dir", path.display()
    )]
    Taken {
        /// The socket.
        path: PathBuf,
    },
    /// Something is in the way that is no socket of ours to remove.
    #[error("cannot listen on {}: {why}", path.display())]
    Blocked {
        /// The socket.
        path: PathBuf,
        /// In words.
        why: String,
    },
}

/// The hub's end; the file is removed with it.
#[derive(Debug)]
pub struct Socket {
    listener: UnixListener,
    file: RemoveOnDrop,
}

/// Removes the socket's file.
#[derive(Debug)]
pub struct RemoveOnDrop(PathBuf);

impl Drop for RemoveOnDrop {
    fn drop(&mut self) {
        // If it is gone already, there is nothing to do.
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Where the socket is in a run-time folder.
pub fn path(runtime_dir: &Path) -> PathBuf {
    runtime_dir.join(FILE)
}

impl Socket {
    /// Listens in a run-time folder that exists. A socket on which nobody answers is one that a
    /// hub left behind, and is replaced.
    pub async fn bind(runtime_dir: &Path) -> Result<Socket, SocketError> {
        let path = path(runtime_dir);
        let blocked = |error: &io::Error| SocketError::Blocked {
            path: path.clone(),
            why: match error.kind() {
                io::ErrorKind::PermissionDenied => "no permission for its folder".to_owned(),
                io::ErrorKind::InvalidInput => "the path is too long for a socket".to_owned(),
                _ => error.to_string(),
            },
        };
        match std::fs::symlink_metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(blocked(&error)),
            Ok(found) if !found.file_type().is_socket() => {
                let why = "a file that is no socket is in the way".to_owned();
                return Err(SocketError::Blocked { path, why });
            }
            Ok(_) => match UnixStream::connect(&path).await {
                Ok(_) => return Err(SocketError::Taken { path }),
                Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
                    std::fs::remove_file(&path).map_err(|error| blocked(&error))?;
                }
                Err(error) => return Err(blocked(&error)),
            },
        }
        let listener = UnixListener::bind(&path).map_err(|error| blocked(&error))?;
        let mode = std::fs::Permissions::from_mode(MODE);
        std::fs::set_permissions(&path, mode).map_err(|error| blocked(&error))?;
        Ok(Socket {
            listener,
            file: RemoveOnDrop(path),
        })
    }

    /// The listener, and what removes its file.
    pub fn into_parts(self) -> (UnixListener, RemoveOnDrop) {
        (self.listener, self.file)
    }
}

/// Why a command got no answer.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// Nobody listens there.
    #[error(
        "no hub answers on {}; start one by `picket-hub up` or its service, or name its run-time \
         folder by --runtime-dir", .0.display()
    )]
    NoHub(PathBuf),
    /// The user is not in the group of the socket.
    #[error("no permission for {}; become a member of its group, or use sudo", .0.display())]
    Denied(PathBuf),
    /// It took too long.
    #[error("the hub on {} does not answer", .0.display())]
    Silent(PathBuf),
    /// The hub does not know the question.
    #[error(
        "the hub that runs here does not know this command: it is of another version; restart it \
         (`systemctl restart picket-hub`, or end `picket-hub up` and start it again)"
    )]
    TooOld,
    /// The hub refused the question; its own words.
    #[error("the hub says: {0}")]
    Refused(String),
    /// What came is no answer.
    #[error("the hub's answer cannot be read: {0}")]
    Unreadable(String),
}

/// Asks the hub of a run-time folder, and gives its answer.
pub async fn get(runtime_dir: &Path, target: &str) -> Result<Value, AskError> {
    let request = Request::get(target).body(Full::default());
    within(PATIENCE, runtime_dir, request).await
}

/// Has the hub of a run-time folder do something, and gives its answer.
pub async fn post(runtime_dir: &Path, target: &str, body: &Value) -> Result<Value, AskError> {
    let body = Full::from(body.to_string());
    let request = Request::post(target)
        .header(hyper::header::CONTENT_TYPE, "application/json")
        .body(body);
    within(PATIENCE_FOR_DEEDS, runtime_dir, request).await
}

type Asked = Result<Request<Full<Bytes>>, hyper::http::Error>;

async fn within(patience: Duration, runtime_dir: &Path, request: Asked) -> Result<Value, AskError> {
    let path = path(runtime_dir);
    let request = request.map_err(|error| AskError::Unreadable(error.to_string()))?;
    let asked = tokio::time::timeout(patience, ask(&path, request)).await;
    asked.unwrap_or(Err(AskError::Silent(path)))
}

async fn ask(path: &Path, mut request: Request<Full<Bytes>>) -> Result<Value, AskError> {
    let stream = UnixStream::connect(path)
        .await
        .map_err(|error| match error.kind() {
            io::ErrorKind::PermissionDenied => AskError::Denied(path.to_owned()),
            _ => AskError::NoHub(path.to_owned()),
        })?;
    let unreadable = |error: hyper::Error| AskError::Unreadable(error.to_string());
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .map_err(unreadable)?;
    let host = hyper::header::HeaderValue::from_static("localhost");
    request.headers_mut().insert(hyper::header::HOST, host);
    let exchange = async {
        let response = sender.send_request(request).await.map_err(unreadable)?;
        let unknown = [StatusCode::NOT_FOUND, StatusCode::METHOD_NOT_ALLOWED];
        if unknown.contains(&response.status()) {
            return Err(AskError::TooOld);
        }
        let body = Limited::new(response.into_body(), MAX_ANSWER)
            .collect()
            .await;
        let body = body
            .map_err(|error| AskError::Unreadable(error.to_string()))?
            .to_bytes();
        let answer: Value = serde_json::from_slice(&body)
            .map_err(|error| AskError::Unreadable(error.to_string()))?;
        // An unwell hub answers with a status of its own, and all the same with what was asked.
        match answer.get("error").and_then(Value::as_str) {
            Some(words) => Err(AskError::Refused(words.to_owned())),
            None => Ok(answer),
        }
    };
    tokio::pin!(exchange);
    tokio::select! {
        biased;
        answer = &mut exchange => answer,
        // What the connection brought before it ended can still be the whole answer.
        _ = connection => exchange.await,
    }
}

#[cfg(test)]
mod tests;
