//! Which replica gets a visitor's connection? The next one that accepts it, as in Docker Swarm's
//! routing mesh.

use std::io;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, RwLock};
use std::thread;
use std::time::Duration;

/// Where the replicas answer, by slot. A slot is empty while its replica is replaced.
pub type Routes = Arc<RwLock<Vec<Option<SocketAddr>>>>;

/// Runs in front of the replicas until the process ends, and returns its address.
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
            // A replica that has just died may take time to refuse. Other connections do not wait
            // for it.
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

/// Copies what one side sends to the other, until it ends.
fn carry(mut from: TcpStream, mut to: TcpStream) {
    // Replicas are killed and visitors leave: both end a connection.
    _ = io::copy(&mut from, &mut to);
    _ = to.shutdown(Shutdown::Write);
}

const PATIENCE: Duration = Duration::from_secs(1);
