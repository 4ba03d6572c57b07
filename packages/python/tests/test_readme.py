"""Do the programs of the README run as they are?

With `SEALJAR_PYTHON` they run under that interpreter, whose environment has the package as it was
built.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from servers import Visitor, free_port, serving

README = Path(__file__).resolve().parents[1] / "README.md"
PYTHON = os.environ.get("SEALJAR_PYTHON", sys.executable)
COMMANDS = {
    "Django": ["shop.py", "runserver", "--noreload", "127.0.0.1:PORT"],
    "Starlette and FastAPI": ["-m", "uvicorn", "shop:app", "--port", "PORT"],
    "Flask": ["-m", "flask", "--app", "shop", "run", "--port", "PORT"],
}


def program(heading: str) -> str:
    section = README.read_text().split(f"## {heading}\n")[1]
    found = re.search("```python\n(.*?)```", section, re.DOTALL)
    assert found is not None
    return found[1]


@pytest.mark.parametrize("heading", COMMANDS)
def test_a_program_runs_as_it_is_and_counts_visits(heading: str, tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text(program(heading))
    (tmp_path / ".git").mkdir()
    with serving([PYTHON, *COMMANDS[heading]], tmp_path) as port:
        visitor = Visitor(port)
        assert [visitor.get() for _ in range(3)] == [(200, f"visit {it}") for it in (1, 2, 3)]
        assert list(visitor.cookies) == ["__Host-Http-session"]
        # A cookie that does not open is no error, and another visitor is another.
        hostile = Visitor(port)
        assert hostile.get(cookie='__Host-Http-session="x"; a') == (200, "visit 1")
        assert visitor.get() == (200, "visit 4")
    # The ring was made for development, and the next process uses it too.
    assert (tmp_path / ".sealjar" / "session-ring.json").exists()
    with serving([PYTHON, *COMMANDS[heading]], tmp_path) as port:
        visitor.port = port
        assert visitor.get() == (200, "visit 5")


@pytest.mark.skipif("SEALJAR_CLI" not in os.environ, reason="needs the program `sealjar`")
def test_two_replicas_count_on_while_the_key_changes(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text(program("Django"))
    shown = re.search("```sh\n(mkdir ring\n.*?)```", README.read_text(), re.DOTALL)
    assert shown is not None
    text = shown[1].replace("3001", str(free_port())).replace("3002", str(free_port()))
    programs = [Path(PYTHON).parent, Path(os.environ["SEALJAR_CLI"]).resolve().parent]
    ran = subprocess.run(
        ["bash", "-c", f"trap 'kill $(jobs -p)' EXIT\nset -e\n{text}"],
        cwd=tmp_path,
        env=os.environ
        | {
            "NO_COLOR": "1",
            "PATH": os.pathsep.join(map(str, [*programs, os.environ["PATH"]])),
            "SEALJAR_LISTEN": "127.0.0.1:0",
        },
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stderr
    assert re.search("visit 1visit 2.*visit 3", ran.stdout, re.DOTALL), ran.stdout
    sealed = re.search(r" key (\S+) seals from", ran.stdout)
    assert sealed is not None and f"{sealed[1]}  opening" in ran.stdout, ran.stdout


def test_a_program_is_short() -> None:
    for heading in COMMANDS:
        lines = [it for it in program(heading).splitlines() if it and not it.startswith("}")]
        assert len(lines) <= 21, f"{heading}: {len(lines)}"


def test_the_package_that_is_tested_is_the_one_that_was_built() -> None:
    say = "import sealjar; print(sealjar.__file__)"
    said = subprocess.run([PYTHON, "-I", "-c", say], check=True, capture_output=True, text=True)
    is_built = "site-packages" in said.stdout
    assert is_built == ("SEALJAR_PYTHON" in os.environ), said.stdout


def test_the_licences_are_those_of_the_repository() -> None:
    """Copies, because an archive of sources holds no links out of itself."""
    package = README.parent
    for name in ("LICENSE-MIT", "LICENSE-APACHE"):
        assert (package / name).read_bytes() == (package.parents[1] / name).read_bytes()
