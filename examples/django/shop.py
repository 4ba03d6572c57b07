"""A small shop on Django, whose sessions other frameworks share.

`python shop.py runserver` serves it for development, `gunicorn shop:application` behind a proxy.
"""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")

from accounts import verify
from django.core.management import execute_from_command_line
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_POST

GOODS = [
    {"id": "jar", "name": "Preserving jar", "about": "Half a litre, with a rubber ring"},
    {"id": "wax", "name": "Sealing wax", "about": "Red, six sticks"},
    {"id": "ring", "name": "Key ring", "about": "Steel, holds 64 keys"},
    {"id": "tea", "name": "Tea", "about": "Keeps for a year in a closed jar"},
]
# Relative, as every link of the shop: it works below any path that ends in `/`.
SHELF = "./"


def shelf(request: HttpRequest) -> HttpResponse:
    basket = request.session.get("basket", {})
    goods = [good | {"quantity": basket.get(good["id"], 0)} for good in GOODS]
    return page(request, "shelf.html", {"goods": goods})


def login(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return page(request, "login.html", {})
    user = verify(request.POST.get("login", ""), request.POST.get("password", ""))
    if user is None:
        return page(request, "login.html", {"refused": True}, status=422)
    before = request.session.get("user")
    if before and before["login"] != user["login"]:
        # A guest's basket comes along. That of another person does not.
        request.session.flush()
    request.session["user"] = user
    # Another person renews the session by itself. This is for those who log in twice.
    request.session.cycle_key()
    return HttpResponseRedirect(SHELF)


@require_POST
def logout(request: HttpRequest) -> HttpResponse:
    request.session.flush()
    return HttpResponseRedirect(SHELF)


@require_POST
def add(request: HttpRequest) -> HttpResponse:
    return change(request, 1)


@require_POST
def remove(request: HttpRequest) -> HttpResponse:
    return change(request, -1)


def change(request: HttpRequest, step: int) -> HttpResponse:
    good = request.POST.get("good")
    if any(good == it["id"] for it in GOODS):
        basket = request.session.setdefault("basket", {})
        basket[good] = min(basket.get(good, 0) + step, 99)
        if basket[good] <= 0:
            del basket[good]
    return HttpResponseRedirect(SHELF)


def page(request: HttpRequest, template: str, context: dict, status: int = 200) -> HttpResponse:
    session = request.session
    origin = session.sealed.origin
    facts = {
        "replica": os.environ.get("REPLICA", "django"),
        "user": session.get("user"),
        "items": sum(session.get("basket", {}).values()),
        "origin": origin,
    }
    return render(request, template, context | facts, status=status)


urlpatterns = [
    path("", shelf),
    path("login", login),
    path("logout", logout),
    path("add", add),
    path("remove", remove),
]
application = get_wsgi_application()

if __name__ == "__main__":
    execute_from_command_line()
