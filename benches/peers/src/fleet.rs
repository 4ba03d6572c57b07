//! The processes of a contender, and what happens to them.

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::thread::sleep;
use std::time::Duration;

use sealjar_bench_parts::server::Server;
use sealjar_tests::proxy::{self, Routes};

use crate::contenders::Order;

/// Three replicas behind a round-robin proxy.
pub(crate) struct Fleet {
    order: String,
    servers: Vec<Server>,
    routes: Routes,
    /// Whether replicas are being replaced just now.
    pub(crate) rolling: Arc<AtomicBool>,
}

impl Fleet {
    pub(crate) fn start(order: &Order) -> io::Result<Self> {
        let order = serde_json::to_string(order)?;
        let servers: io::Result<Vec<_>> = (0..REPLICAS).map(|_| Server::start(&order)).collect();
        let servers = servers?;
        let addresses = servers.iter().map(|server| Some(server.address()));
        Ok(Self {
            routes: Arc::new(RwLock::new(addresses.collect())),
            order,
            servers,
            rolling: Arc::default(),
        })
    }

    /// Starts the proxy, and returns its address.
    pub(crate) fn open(&self) -> SocketAddr {
        proxy::start(Arc::clone(&self.routes))
    }

    /// Returns the replicas' addresses.
    pub(crate) fn addresses(&self) -> Vec<SocketAddr> {
        self.servers.iter().map(Server::address).collect()
    }

    /// Replaces one replica after the other as a rolling update does: the new one serves before the
    /// old one gets no more requests, and the old one finishes those it has.
    pub(crate) fn roll(&mut self, pause: Duration) -> io::Result<()> {
        self.rolling.store(true, Ordering::Relaxed);
        for slot in 0..REPLICAS {
            let new = Server::start(&self.order)?;
            self.route(slot, Some(new.address()));
            sleep(DRAIN);
            self.servers[slot] = new;
            sleep(pause);
        }
        self.rolling.store(false, Ordering::Relaxed);
        Ok(())
    }

    /// Kills a replica, whatever it is doing, and starts another in its place. Until the new one
    /// serves, connections to this slot fail, and the proxy has to notice by itself.
    pub(crate) fn kill_and_restart(&mut self, slot: usize, pause: Duration) -> io::Result<()> {
        self.kill(slot);
        sleep(pause);
        let new = Server::start(&self.order)?;
        self.route(slot, Some(new.address()));
        self.servers.insert(slot, new);
        Ok(())
    }

    pub(crate) fn kill(&mut self, slot: usize) {
        drop(self.servers.remove(slot));
    }

    fn route(&self, slot: usize, address: Option<SocketAddr>) {
        self.routes.write().unwrap_or_else(PoisonError::into_inner)[slot] = address;
    }
}

const REPLICAS: usize = 3;
/// Much longer than a request takes here.
const DRAIN: Duration = Duration::from_millis(150);
