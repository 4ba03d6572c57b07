//! How is a file read if the read may hang?

use std::{io, thread};

use tokio::sync::oneshot;

/// Runs work on a thread that does not block the end of the process. A runtime waits for its own
/// blocking threads before it ends, so a file system that hangs would keep the process from ending.
pub(crate) async fn on_detached_thread<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> io::Result<T> {
    let (tell, told) = oneshot::channel();
    thread::Builder::new()
        .name("sealjar-source".into())
        .spawn(move || {
            // The caller may have given up.
            _ = tell.send(work());
        })?;
    told.await
        .map_err(|_| io::Error::other("the thread that reads it panicked"))
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use super::*;

    /// Starts work that waits for `release` on a runtime, ends the runtime, and reports its end.
    fn end_while_it_hangs<F: Future>(
        start: impl FnOnce(Box<dyn FnOnce() + Send>) -> F + Send + 'static,
    ) -> (mpsc::Sender<()>, mpsc::Receiver<()>) {
        let (release, released) = mpsc::channel();
        let (tell, ended) = mpsc::channel();
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_time()
                .build()
                .unwrap();
            let (began, begun) = mpsc::channel();
            let hang = move || {
                began.send(()).unwrap();
                _ = released.recv();
            };
            runtime.block_on(async {
                let work = start(Box::new(hang));
                let given_up = tokio::time::timeout(Duration::from_millis(10), work).await;
                assert!(given_up.is_err());
            });
            begun.recv().unwrap();
            drop(runtime);
            tell.send(()).unwrap();
        });
        (release, ended)
    }

    #[test]
    fn a_runtime_ends_while_a_read_hangs() {
        let (_hangs, ended) = end_while_it_hangs(on_detached_thread);
        ended.recv_timeout(Duration::from_secs(60)).unwrap();
    }

    /// The negative control.
    #[test]
    fn a_runtime_does_not_end_while_one_of_its_own_threads_hangs() {
        let (release, ended) = end_while_it_hangs(tokio::task::spawn_blocking);
        assert!(ended.recv_timeout(Duration::from_millis(300)).is_err());
        drop(release);
        ended.recv_timeout(Duration::from_secs(60)).unwrap();
    }

    #[tokio::test]
    async fn a_panic_is_an_error_and_not_a_wait() {
        let error = on_detached_thread(|| panic!("as it should"))
            .await
            .unwrap_err();
        assert!(error.to_string().contains("panicked"), "{error}");
    }
}
