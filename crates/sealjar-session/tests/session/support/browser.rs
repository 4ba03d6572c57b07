//! Keeps cookies and makes requests, as a browser does.

use sealjar_session::{Closing, FetchMetadata, Jar, Session, SessionData};

use crate::support::close;

/// Keeps cookies as a browser does: by name and partition, in the order in which they came.
#[derive(Clone, Debug, Default)]
pub(crate) struct Browser(pub(crate) Vec<(String, bool, String)>);

impl Browser {
    pub(crate) fn with(header: &str) -> Self {
        let pairs = header.split("; ").filter_map(|pair| pair.split_once('='));
        // Two cookies of one name stand for twins with different paths.
        Self(
            pairs
                .map(|(name, value)| (name.into(), false, value.into()))
                .collect(),
        )
    }

    pub(crate) fn header(&self) -> String {
        let pairs: Vec<String> = self
            .0
            .iter()
            .map(|(name, _, value)| format!("{name}={value}"))
            .collect();
        pairs.join("; ")
    }

    pub(crate) fn names(&self) -> Vec<&str> {
        self.0.iter().map(|(name, _, _)| name.as_str()).collect()
    }

    /// Takes one `Set-Cookie` line.
    pub(crate) fn take(&mut self, line: &str) {
        let (pair, attributes) = line.split_once("; ").unwrap_or((line, ""));
        let (name, value) = pair.split_once('=').unwrap();
        let partitioned = attributes.split("; ").any(|it| it == "Partitioned");
        self.0
            .retain(|it| (it.0.as_str(), it.1) != (name, partitioned));
        if !attributes.split("; ").any(|it| it == "Max-Age=0") {
            self.0.push((name.into(), partitioned, value.into()));
        }
    }

    pub(crate) fn receive(&mut self, closing: Closing) {
        for line in closing.set_cookies {
            assert!(line.len() <= 4096, "a browser drops this line in silence");
            self.take(&line);
        }
    }

    pub(crate) fn forget(&mut self, name: &str) {
        self.0.retain(|it| it.0 != name);
    }

    /// Begins a request. The browser may do other things before the response comes.
    pub(crate) fn request<T: SessionData>(&self, jar: &Jar<T>) -> Session<T> {
        jar.open([self.header()], FetchMetadata::default())
    }

    /// Makes one request and handles the response.
    pub(crate) fn visit<T: SessionData, R>(
        &mut self,
        jar: &Jar<T>,
        handler: impl FnOnce(&Session<T>) -> R,
    ) -> R {
        let session = self.request(jar);
        let result = handler(&session);
        self.receive(close(&session));
        result
    }
}
