"""What a stranger's code may read: Python, its packages, shared libraries, fonts and time zones; not this project.

Landlock opens whole folders. So a folder that holds something hidden is not opened: its entries are, one by one.
Nobody may list such a folder then; `import` still finds what lies in it, from what Python had listed before.
"""

from __future__ import annotations

import site
import sys
import sysconfig
from collections.abc import Iterable
from pathlib import Path

LIBRARIES = ("/lib", "/lib32", "/lib64", "/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/local/lib", "/etc/ld.so.cache")
FONTS = ("/usr/share/fonts", "/usr/local/share/fonts", "/etc/fonts", "/var/cache/fontconfig")
PLACES = ("/usr/share/zoneinfo", "/etc/localtime", "/usr/share/locale", "/usr/lib/locale")
DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom", "/dev/random")

# What among the packages is this project, or tells where it lies: finders and path files of editable installations.
HIDDEN = ("labkit*", "counting_calls*", "__editable__*", "*.pth", "*.egg-link", "__pycache__")
PACKAGE_FOLDERS = ("site-packages", "dist-packages")
ROOT = Path(__file__).resolve().parents[2]
"""The folder with the packages of this project."""
PACKAGES = ("labkit", "labkit_agents", "labkit_traces", "labkit_workbook", "labkit_grader")


def readable_paths() -> list[Path]:
    """All that the child may read. Made once in the warm process: it lists folders, which takes a while."""
    return around(hidden_paths(), wanted_paths())


def hidden_paths() -> set[Path]:
    """What lies among what may be read, and may not: this project, what tells where it is, other Pythons' packages."""
    packages = package_folders()
    hidden = {path for folder in packages for pattern in HIDDEN for path in folder.glob(pattern)}
    return hidden | project_entries(packages) | other_installations(packages)


def wanted_paths() -> list[Path]:
    """Whole folders and files, as they are called; with what lies hidden in them."""
    python = [Path(sysconfig.get_path("stdlib")), Path(sysconfig.get_path("platstdlib")), *package_folders()]
    python += Path(sys.base_prefix, "lib").glob("*.so*")
    return [*python, *map(Path, (*LIBRARIES, *FONTS, *PLACES, *DEVICES))]


def other_installations(packages: Iterable[Path]) -> set[Path]:
    """Package folders of other Pythons beneath what is opened; labkit may be installed there too."""
    standard = [
        Path(sysconfig.get_path("stdlib")),
        Path(sysconfig.get_path("platstdlib")),
        Path(sys.base_prefix, "lib"),
    ]
    found = [folder / name for folder in standard for name in PACKAGE_FOLDERS]
    for folder in (*LIBRARIES, str(Path(sys.base_prefix, "lib"))):
        found += [path for name in PACKAGE_FOLDERS for path in Path(folder).glob(f"py*/{name}")]
        found += [path for name in PACKAGE_FOLDERS for path in Path(folder).glob(f"py*/py*/{name}")]
    return {path for path in found if path.is_dir() and path.resolve() not in packages}


def package_folders() -> list[Path]:
    """Every folder that packages are installed in: site-packages, Debian's dist-packages, the user's own."""
    folders = [sysconfig.get_path("purelib"), sysconfig.get_path("platlib"), *site.getsitepackages()]
    if site.ENABLE_USER_SITE:
        folders.append(site.getusersitepackages())
    return sorted({Path(folder).resolve() for folder in folders if Path(folder).is_dir()})


def project_entries(packages: Iterable[Path]) -> set[Path]:
    """The project's packages; and if it runs from its repository, all there, but for a virtual environment in it."""
    if ROOT in packages:
        return {ROOT / name for name in PACKAGES}
    return {entry for entry in ROOT.iterdir() if not any(folder.is_relative_to(entry) for folder in packages)}


def around(hidden: Iterable[Path], wanted: Iterable[Path]) -> list[Path]:
    """The paths that open all of `wanted` that exists and nothing of `hidden`."""
    closed = {path.resolve() for path in hidden}
    on_the_way = {parent for path in closed for parent in path.parents}
    found: set[Path] = set()
    waiting = [path.resolve() for path in wanted if path.exists()]
    while waiting:
        path = waiting.pop()
        if path in closed or not closed.isdisjoint(path.parents):
            continue
        if path in on_the_way:
            waiting += entries(path)
        else:
            found.add(path)
    return sorted(found)


def entries(folder: Path) -> list[Path]:
    """What lies in a folder, resolved; links that lead out of it are left out."""
    resolved = [entry.resolve() for entry in folder.iterdir()]
    return [entry for entry in resolved if folder in entry.parents and entry.exists()]
