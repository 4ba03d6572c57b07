"""How does the shop keep its sessions? In the cookie that axum-ssr and examples/next use too."""

import secrets
import sys
from pathlib import Path

# The development server makes a missing ring. Any other server never makes keys.
DEBUG = sys.argv[1:2] == ["runserver"]
ALLOWED_HOSTS = ["localhost", "127.0.0.1"]
ROOT_URLCONF = "shop"
WSGI_APPLICATION = "shop.application"
# Nothing is signed with it here, so each process may have one of its own.
SECRET_KEY = secrets.token_urlsafe(50)
MIDDLEWARE = [
    "sealjar.django.SessionMiddleware",  # in place of Django's own
    "django.middleware.csrf.CsrfViewMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [Path(__file__).with_name("templates")],
    }
]
# The proxy in front of it ends https.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

SESSION_ENGINE = "sealjar.django"
SESSION_COOKIE_NAME = "__Host-Http-session"
SESSION_COOKIE_SECURE = True
SEALJAR = {
    "app": "shop",
    # Makes "log this person out everywhere" work. Everybody who shares the cookie says the same.
    "subject": "/user/login",
}
