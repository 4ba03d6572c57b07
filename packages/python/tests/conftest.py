"""Django has one set of settings for each process."""

from __future__ import annotations

import django
from django.conf import settings

settings.configure(
    ALLOWED_HOSTS=["*"],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": "file:tests?mode=memory&cache=shared",
        }
    },
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes"],
    MIDDLEWARE=[
        "sealjar.django.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
    ],
    PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
    ROOT_URLCONF="table.on_django",
    SEALJAR={"app": "shop-test"},
    SECRET_KEY="for tests",
    SESSION_COOKIE_NAME="__Host-Http-session",
    SESSION_COOKIE_SECURE=True,
    SESSION_ENGINE="sealjar.django",
    USE_TZ=True,
)
django.setup()
