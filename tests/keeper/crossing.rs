//! Does a visitor notice that the next page comes from another framework?

use sealjar_tests::visitor::{Losses, Visitor};

use crate::site::Site;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_visitor_whose_every_request_lands_on_the_other_framework_loses_nothing() {
    let site = Site::start();
    let _keeper = site.keeper();
    let mut visitor = Visitor::at(site.origin());
    for _ in 0..3 {
        visitor.log_in().await;
        for _ in 0..20 {
            visitor.look().await;
            visitor.change().await;
        }
        visitor.look().await;
        visitor.log_out().await;
        assert_eq!(visitor.look().await, Some(false));
    }
    let noticed = visitor.noticed;
    assert_eq!(noticed.losses, Losses::default());
    assert_eq!(noticed.requests, 3 * (1 + 2 * 20 + 3));
    assert_eq!(noticed.crossings, noticed.requests, "from the first on");
}

/// The control: the same visitor, and the other framework with a ring of its own.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_framework_with_a_ring_of_its_own_logs_the_visitor_out() {
    let site = Site::start_split();
    let mut visitor = Visitor::at(site.origin());
    visitor.log_in().await;
    assert_eq!(visitor.look().await, Some(false));
    let Losses {
        logouts, messages, ..
    } = visitor.noticed.losses;
    assert_eq!((logouts, messages), (1, 1));
}
