"""What labkit needs: all of its public names are there with numpy and matplotlib, and no other package."""

from __future__ import annotations

import subprocess
import sys

WITH_THESE_ALONE = """
import sys
ALLOWED = {"numpy", *allowed, "labkit"}

class Wall:
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if top in ALLOWED or top in sys.stdlib_module_names or top.startswith("_"):
            return None
        raise ModuleNotFoundError(f"walled off: {name}", name=name)

sys.meta_path.insert(0, Wall())
"""
STAR = """
import labkit
from labkit import *
missing = [name for name in labkit.__all__ if name not in globals()]
assert not missing, missing
assert set(labkit.__all__) <= set(dir(labkit))
retried = chain(12, PREMIUM).pipe(retry, 1).outcome("expected")
print(round(retried.cost, 4), simulate(chain(2, SMALL), 9, seed=1).mean.cost)
print(len(frontier.pareto(chain(2, PREMIUM), frontier.options([SMALL, PREMIUM])).cost))
"""
PICTURES = ("matplotlib", "PIL", "kiwisolver", "cycler", "pyparsing", "dateutil", "six", "packaging", "contourpy",
            "fontTools", "mpl_toolkits", "importlib_resources", "zipp", "pyparsing", "sitecustomize")  # fmt: skip


def run(code: str, allowed: tuple[str, ...] = ()) -> str:
    """What a fresh interpreter prints in which nothing but numpy, labkit and the allowed can be imported."""
    script = f"allowed = {allowed!r}\n{WITH_THESE_ALONE}\n{code}"
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def test_everything_is_there_with_numpy_and_matplotlib_alone() -> None:
    assert run(STAR, PICTURES).splitlines() == ["0.3654 0.004", "3"]


def test_importing_labkit_takes_numpy_alone() -> None:
    code = "import labkit\nprint(sorted({name.partition('.')[0] for name in sys.modules} & {'matplotlib', 'scipy'}))"
    assert run(code) == "[]\n"


def test_models_and_levers_take_numpy_alone() -> None:
    assert run("from labkit import chain, PREMIUM, simulate\nprint(chain(2, PREMIUM).outcome().cost)") == "0.06\n"
