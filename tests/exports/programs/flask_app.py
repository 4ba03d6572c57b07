import json
import os

from flask import Flask, request, session

application = Flask("shop")
application.config.from_file(os.environ["SECRETS"], load=json.load)


def shown() -> dict[str, object]:
    return {"who": session.get("who"), "count": session.get("count")}


@application.get("/")
def index() -> dict[str, object]:
    return shown()


@application.post("/login")
def login() -> dict[str, object]:
    session.update(who=request.args["who"], count=0)
    return shown()


@application.post("/add")
def add() -> dict[str, object]:
    if "who" in session:
        session["count"] += 1
    return shown()
