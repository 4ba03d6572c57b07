"""Who may log in? Three people of the demonstration. A real app asks a database.

An app with `django.contrib.auth` has its accounts there, and its `login` renews a session too.
"""

from django.contrib.auth.hashers import check_password

# Far fewer rounds than for real passwords.
ACCOUNTS = {
    "ada": (
        "Ada Lovelace",
        "pbkdf2_sha256$1000$u7oU7qEFhpQ2E1Ex$5PtWVwFun20EbiE03icAH+UIOmbQE4Al79ZwrVINyD8=",
    ),
    "alan": (
        "Alan Turing",
        "pbkdf2_sha256$1000$sjqQLbLWm7BVGdtQ$qZmkYKMMpC1m42H7sNWlbXifurn8hzievb/7XAXCYjs=",
    ),
    "grace": (
        "Grace Hopper",
        "pbkdf2_sha256$1000$WHZoEKYSeSL_62qp$KwPyTDtlIOkEPPsNoO4RyuNsrFIkZ76ochfkKfDRHlU=",
    ),
}
# A hash of no password that anybody knows: an unknown name takes as long as a wrong password.
NOBODY = "pbkdf2_sha256$1000$y3Lw6bOLgJRqen1D$ZKhA8OiQ8ZuPwyc9OUdXQ5zuwv+iFUElSXQL7EI67II="


def verify(login: str, password: str) -> dict[str, str] | None:
    """Returns who this is, if the password is right."""
    name, encoded = ACCOUNTS.get(login, (None, NOBODY))
    if check_password(password, encoded) and name is not None:
        return {"login": login, "name": name}
    return None
