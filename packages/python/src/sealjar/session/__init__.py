"""Keeps a session sealed in the browser's cookie, for any framework.

A `Jar` opens and closes `Session`s. Adapters for Django, Starlette and Flask do that for an
application. The sessions are those of SPEC.md, JSON sessions: what Rust, TypeScript and Python
replicas share.
"""

from sealjar.session.browsers import DEFAULT_COOKIE_NAME
from sealjar.session.cookie.attributes import Place, SameSite
from sealjar.session.data import After, At, Expiry, Subject, Value, subject_at
from sealjar.session.errors import (
    Closed,
    ConfigError,
    Nested,
    NotEncodable,
    NotSealed,
    SessionError,
    SessionTooLarge,
    may_open_elsewhere,
)
from sealjar.session.jar import Jar
from sealjar.session.origin import Origin
from sealjar.session.request import FetchMetadata
from sealjar.session.response import Closing
from sealjar.session.session import Session, Standing

__all__ = [
    "DEFAULT_COOKIE_NAME",
    "After",
    "At",
    "Closed",
    "Closing",
    "ConfigError",
    "Expiry",
    "FetchMetadata",
    "Jar",
    "Nested",
    "NotEncodable",
    "NotSealed",
    "Origin",
    "Place",
    "SameSite",
    "Session",
    "SessionError",
    "SessionTooLarge",
    "Standing",
    "Subject",
    "Value",
    "may_open_elsewhere",
    "subject_at",
]
