//! Which replica gets a visitor's connection? The next one that takes it, as Docker Swarm's routing mesh
//! does it.

use std::io;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, RwLock};
use std::thread;

/// Where the replicas answer, by slot. A slot is empty while its replica is replaced.
pub(crate) type Routes = Arc<RwLock<Vec<Option<SocketAddr>>>>;

/// Stands before the replicas until the process ends, and returns where.
pub(crate) fn start(routes: Routes) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for (turn, visitor) in listener.incoming().enumerate() {
            let mut standing = routes.read().unwrap().clone();
            let first = turn % standing.len();
            standing.rotate_left(first);
            let taken = standing
                .into_iter()
                .flatten()
                .find_map(|replica| TcpStream::connect(replica).ok());
            // Without a replica the connection closes, and the visitor tries again.
            if let (Ok(visitor), Some(replica)) = (visitor, taken) {
                carry(&visitor, &replica);
                carry(&replica, &visitor);
            }
        }
    });
    address
}

/// Carries what one says to the other, until it has said all.
fn carry(from: &TcpStream, to: &TcpStream) {
    let (mut from, mut to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
    thread::spawn(move || {
        // Replicas are killed and visitors leave: both end a connection.
        _ = io::copy(&mut from, &mut to);
        _ = to.shutdown(Shutdown::Write);
    });
}
