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

README = Path(__file__).resolve().parents[1] / "README.md"
PYTHON = os.environ.get("SEALJAR_PYTHON", sys.executable)


def programs() -> list[str]:
    return re.findall("```python\n(.*?)```", README.read_text(), re.DOTALL)


def test_the_first_program_runs_as_it_is(tmp_path: Path) -> None:
    subprocess.run([PYTHON, "-I", "-W", "error", "-c", programs()[0]], check=True, cwd=tmp_path)


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
