//! Which replica gets a visitor's connection? The next one that takes it, as Docker Swarm's routing
//! mesh does it.

use std::io;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, RwLock};
use std::thread;
use std::time::Duration;

/// Where the replicas answer, by slot. A slot is empty while its replica is replaced.
pub type Routes = Arc<RwLock<Vec<Option<SocketAddr>>>>;

/// Stands before the replicas until the process ends, and returns where.
#[must_use]
pub fn start(routes: Routes) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for (turn, visitor) in listener.incoming().enumerate() {
            let mut standing = routes.read().unwrap().clone();
            let first = turn.checked_rem(standing.len()).unwrap_or(0);
            standing.rotate_left(first);
            let Ok(visitor) = visitor else { continue };
            // A replica that is just gone may take its time to say so. Others do not wait for it.
            thread::spawn(move || {
                let taken = standing
                    .iter()
                    .flatten()
                    .find_map(|replica| TcpStream::connect_timeout(replica, PATIENCE).ok());
                // Without a replica the connection closes, and the visitor tries again.
                if let Some(replica) = taken {
                    let back = (visitor.try_clone().unwrap(), replica.try_clone().unwrap());
                    thread::spawn(move || carry(back.1, back.0));
                    carry(visitor, replica);
                }
            });
        }
    });
    address
}

/// Carries what one says to the other, until it has said all.
fn carry(mut from: TcpStream, mut to: TcpStream) {
    // Replicas are killed and visitors leave: both end a connection.
    _ = io::copy(&mut from, &mut to);
    _ = to.shutdown(Shutdown::Write);
}

const PATIENCE: Duration = Duration::from_secs(1);
