//! Where does a keeper answer?

use crate::error::SourceError;

/// An address such as `http://keeper:9465`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Address {
    /// The name or number and the port, as a resolver and the `Host` header take them.
    pub(super) authority: String,
}

impl Address {
    /// Reads `http://HOST:PORT`, with an optional `/` at the end.
    pub(super) fn parse(text: &str) -> Result<Self, SourceError> {
        let refuse = |reason: &str, hint| SourceError::Unanswered {
            place: text.escape_debug().to_string(),
            reason: reason.into(),
            hint,
        };
        if text.starts_with("https://") {
            return Err(refuse(
                "TLS is not supported",
                "answers are sealed and signed: write http://, or put a proxy between",
            ));
        }
        let authority = text.strip_prefix("http://").unwrap_or_default();
        let authority = authority.strip_suffix('/').unwrap_or(authority);
        let has_port = authority.rsplit_once(':').is_some_and(|(host, port)| {
            !host.is_empty() && port.parse::<u16>().is_ok_and(|port| port != 0)
        });
        let is_plain = |it: char| it.is_ascii_alphanumeric() || "-._:[]".contains(it);
        if !has_port || !authority.chars().all(is_plain) {
            return Err(refuse(
                "this is no address of a keeper",
                "write it as http://keeper:9465, with the port of `sealjar run --serve`",
            ));
        }
        Ok(Self {
            authority: authority.into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_have_a_scheme_a_host_and_a_port_and_nothing_else() {
        for (text, authority) in [
            ("http://keeper:9465", "keeper:9465"),
            ("http://tasks.keeper:1/", "tasks.keeper:1"),
            ("http://10.0.0.1:80", "10.0.0.1:80"),
            ("http://[::1]:9465", "[::1]:9465"),
        ] {
            assert_eq!(Address::parse(text).unwrap().authority, authority);
        }
        for text in [
            "",
            "keeper:9465",
            "http://",
            "http://keeper",
            "http://keeper:",
            "http://:9465",
            "http://keeper:0",
            "http://keeper:99999",
            "http://user@keeper:1",
            "http://keeper:1/path",
            "http://keeper:1\r\n",
            "https://keeper:9465",
        ] {
            let error = Address::parse(text).unwrap_err();
            assert!(!error.hint().is_empty());
            assert!(!error.to_string().contains('\r'));
        }
    }
}
