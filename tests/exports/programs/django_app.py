import json
import os

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, JsonResponse
from django.urls import path

with open(os.environ["SECRETS"]) as file:
    settings.configure(
        ALLOWED_HOSTS=["*"],
        MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware"],
        ROOT_URLCONF=__name__,
        SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
        **json.load(file),
    )
django.setup()


def shown(request: HttpRequest) -> JsonResponse:
    return JsonResponse({name: request.session.get(name) for name in ("who", "count")})


def login(request: HttpRequest) -> JsonResponse:
    request.session.update({"who": request.GET["who"], "count": 0})
    return shown(request)


def add(request: HttpRequest) -> JsonResponse:
    if "who" in request.session:
        request.session["count"] += 1
    return shown(request)


urlpatterns = [path("", shown), path("login", login), path("add", add)]
application = get_wsgi_application()
