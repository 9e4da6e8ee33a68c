//! A server on the loopback address that may say anything at all, and remembers what it was asked.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncWriteExt, BufStream};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::asked::Asked;

/// What is written to the connection.
pub(super) struct Written {
    pub(super) bytes: Vec<u8>,
    pub(super) after: After,
}

/// What becomes of the connection then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum After {
    /// It serves the next request.
    Serve,
    Close,
    /// It stays open and says nothing more.
    Hang,
    /// It says the same again, without end.
    Repeat,
}

type Script = Arc<dyn Fn(&Asked) -> Written + Send + Sync>;

/// A running server. Dropping it cuts all connections.
pub(super) struct Wire {
    pub(super) address: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    _tasks: JoinSet<()>,
}

impl Wire {
    /// A server that answers by the script.
    pub(super) async fn start(script: impl FnOnce(&str) -> Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let script = script(&address);
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&asked);
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                connections.spawn(serve(stream, Arc::clone(&script), Arc::clone(&log)));
            }
        });
        Self { address, asked, _tasks: tasks }
    }

    /// A server that nobody should ask.
    pub(super) async fn trap() -> Self {
        Self::start(|_| Arc::new(|_| Written { bytes: Vec::new(), after: After::Close })).await
    }

    pub(super) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().expect("no panic while locked").clone()
    }
}

async fn serve(stream: TcpStream, script: Script, log: Arc<Mutex<Vec<Asked>>>) {
    let mut stream = BufStream::new(stream);
    while let Some(asked) = Asked::read(&mut stream).await {
        log.lock().expect("no panic while locked").push(asked.clone());
        let Written { bytes, after } = script(&asked);
        let sent = stream.write_all(&bytes).await.is_ok() && stream.flush().await.is_ok();
        match after {
            After::Serve if sent => {}
            After::Serve | After::Close => return,
            After::Repeat if sent && !bytes.is_empty() => {
                while stream.write_all(&bytes).await.is_ok() && stream.flush().await.is_ok() {}
                return;
            }
            After::Hang | After::Repeat => return std::future::pending().await,
        }
    }
}
