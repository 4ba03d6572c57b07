//! Do the files that people copy work: those for systemd, Kubernetes and Compose?
//!
//! What can be real is real: systemd starts the units, on a machine of namespaces; kubectl sends
//! the ring; keepers and replicas are processes, and visitors come to them while keys rotate. A
//! cluster's API and its kubelets are ours, because none can be started here. Needs root:
//! `just homes`.

#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    reason = "in the helpers of tests it is the assertion"
)]

mod cluster;
mod compose;
mod files;
mod fleet;
mod kubernetes;
mod machine;
mod pods;
mod systemd;
