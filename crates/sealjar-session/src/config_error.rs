//! Why can a jar not be built, and what can be done about it?

use std::fmt::{self, Display};

use sealjar::ContextError;

/// Why a jar cannot be built.
///
/// `Debug` prints what `Display` does, and a hint, so that an error returned from `main` can be
/// read:
///
/// ```text
/// Error: idle_timeout = 0 s: must be at least 1 s
/// hint: leave idle_timeout out for 24 hours, ...
/// ```
#[derive(Clone, Eq, PartialEq)]
#[non_exhaustive]
pub enum ConfigError {
    /// A value cannot work, by itself or with another.
    Impossible {
        /// Which setting, such as `idle_timeout`.
        setting: &'static str,
        /// The value it was given.
        value: String,
        /// Why it cannot work, and what would.
        reason: String,
    },
    /// A jar of another session type in this process has the same cookie name, app and binding and
    /// shares a key. Each would overwrite the other's sessions or read them as its own.
    OneName {
        /// The name of both cookies.
        cookie_name: String,
        /// The type of the jar that cannot be built.
        session_type: &'static str,
        /// The type of the other jar.
        other_type: &'static str,
    },
    /// postcard or JSON cannot carry the session type without changing its values.
    Unfaithful {
        /// The type's name.
        session_type: &'static str,
        /// What happens to the type's default value.
        reason: String,
    },
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Impossible {
                setting,
                value,
                reason,
            } => write!(f, "{setting} = {value}: {reason}"),
            Self::OneName {
                cookie_name,
                session_type,
                other_type,
            } => write!(
                f,
                "the cookie {cookie_name} of this app is a Jar<{other_type}>'s already, and cannot be a \
                 Jar<{session_type}>'s too"
            ),
            Self::Unfaithful {
                session_type,
                reason,
            } => write!(
                f,
                "the session type {session_type} does not survive: {reason}"
            ),
        }
    }
}

impl ConfigError {
    /// Returns what to do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Impossible { setting, .. } => hint_for(setting),
            Self::OneName { .. } => {
                "give one of the jars a cookie_name of its own, such as __Host-basket; in a test of two \
                 builds, use in_another_process of the feature testing"
            }
            Self::Unfaithful { .. } => {
                "use field types whose Serialize and Deserialize need no field names: no \
                 skip_serializing_if, no flatten, no untagged or internally tagged enums, and JSON \
                 kept as a String; or write the type as JSON, with FORMAT = Format::Json"
            }
        }
    }
}

/// Returns which values of a setting work.
fn hint_for(setting: &str) -> &'static str {
    match setting {
        "allow_insecure_http" => {
            "serve https and leave allow_insecure_http out, or keep SameSite=Lax and no Partitioned"
        }
        "also_expire" => {
            "give also_expire what domain and path were before, or leave it out if they have not changed"
        }
        "also_opens" => {
            "give each cookie of the former library its name, its whole key and the date of the change, \
             or leave also_opens out"
        }
        "also_reads" => {
            "leave also_reads out, or name the format that sessions had before or will have"
        }
        "app" => "name the application and its environment, such as shop-prod",
        "binding" => "leave binding out, or give the name of the tenant, or a digest of it",
        "clear_site_data" => {
            "leave clear_site_data out, or give one such as \"storage\" with its quotes"
        }
        "cookie_name" => {
            "leave cookie_name out, or choose one such as __Host-shop; without https, shop"
        }
        "domain" => {
            "leave domain out, unless sibling hosts share the session; then give one such as \
             example.org and name the cookie __Secure-session"
        }
        "idle_timeout" => {
            "leave idle_timeout out for 24 hours; for more, raise lifetime and the keeper's \
             token-lifetime with it"
        }
        "lifetime" => {
            "leave lifetime out for 7 days; for more, raise the keeper's revocation-horizon with it"
        }
        "login_page" => "leave login_page out, or give its path, such as /login",
        "max_size" => {
            "leave max_size out for one cookie of 4096 bytes, or allow up to 12288 in several, and \
             shorten the cookie's name and path"
        }
        "partitioned" => {
            "leave partitioned out, unless other sites embed this one; then add \
             same_site(SameSite::None)"
        }
        "padding" => "leave padding out, or pad to 64, 128 or 256 bytes",
        "path" => "leave path out, or give one such as /shop and name the cookie __Secure-session",
        "refresh_after" => "leave refresh_after out for a quarter of the idle timeout",
        "subject" => "give a JSON pointer such as /user_id",
        _ => "the documentation of JarBuilder says what each setting takes",
    }
}

sealjar::__debug_as_report!(ConfigError, hint);

impl std::error::Error for ConfigError {}

impl From<ContextError> for ConfigError {
    fn from(error: ContextError) -> Self {
        let (setting, value) = match &error {
            ContextError::TooLong { part, length } => (*part, format!("{length} bytes")),
            ContextError::NoPaddingBucket => ("padding", "0".into()),
            _ => ("app", "the one given".into()),
        };
        Self::Impossible {
            setting,
            value,
            reason: error.to_string(),
        }
    }
}

/// Returns the error that refuses a setting's value.
pub(crate) fn impossible<T>(
    setting: &'static str,
    value: impl Display,
    reason: impl Into<String>,
) -> Result<T, ConfigError> {
    Err(ConfigError::Impossible {
        setting,
        value: value.to_string(),
        reason: reason.into(),
    })
}
