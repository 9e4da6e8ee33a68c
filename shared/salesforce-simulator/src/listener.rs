//! Connections that can be cut from the inside.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::task::{Context, Poll, Waker};

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

/// The far end of a connection, and the knife.
#[derive(Clone, Debug)]
pub(crate) struct Peer(Arc<Cut>);

#[derive(Debug, Default)]
struct Cut {
    is_cut: AtomicBool,
    reader: Mutex<Option<Waker>>,
}

impl Peer {
    /// Closes the connection: whatever is written from now on does not go out.
    pub(crate) fn sever(&self) {
        self.0.is_cut.store(true, Ordering::SeqCst);
        let reader = self.0.reader.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(reader) = reader {
            reader.wake();
        }
    }
}

impl Connected<IncomingStream<'_, CuttingListener>> for Peer {
    fn connect_info(stream: IncomingStream<'_, CuttingListener>) -> Self {
        stream.remote_addr().clone()
    }
}

/// All connections, for the end of the org.
#[derive(Clone, Debug, Default)]
pub(crate) struct Connections(Arc<Mutex<Vec<Weak<Cut>>>>);

impl Connections {
    pub(crate) fn sever_all(&self) {
        let connections = std::mem::take(&mut *self.lock());
        for connection in connections.iter().filter_map(Weak::upgrade) {
            Peer(connection).sever();
        }
    }

    fn add(&self, cut: &Arc<Cut>) {
        let mut connections = self.lock();
        connections.retain(|connection| connection.strong_count() > 0);
        connections.push(Arc::downgrade(cut));
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Weak<Cut>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Accepts connections that can be cut.
#[derive(Debug)]
pub(crate) struct CuttingListener {
    pub(crate) tcp: TcpListener,
    pub(crate) connections: Connections,
}

impl Listener for CuttingListener {
    type Io = CuttableStream;
    type Addr = Peer;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        let (stream, _): (TcpStream, SocketAddr) = Listener::accept(&mut self.tcp).await;
        // Small answers must not wait for each other. A socket without the option works as well.
        let _ = stream.set_nodelay(true);
        let cut = Arc::new(Cut::default());
        self.connections.add(&cut);
        (CuttableStream { stream, cut: Arc::clone(&cut) }, Peer(cut))
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        Ok(Peer(Arc::default()))
    }
}

/// A connection that ends when it is cut.
#[derive(Debug)]
pub(crate) struct CuttableStream {
    stream: TcpStream,
    cut: Arc<Cut>,
}

impl CuttableStream {
    fn check(&self) -> io::Result<()> {
        if self.cut.is_cut.load(Ordering::SeqCst) {
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        Ok(())
    }
}

impl AsyncRead for CuttableStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let reader = Some(context.waker().clone());
        *self.cut.reader.lock().unwrap_or_else(PoisonError::into_inner) = reader;
        // Looked at after the waker is stored, so that no cut goes unnoticed.
        self.check()?;
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for CuttableStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
