"""The account that the server runs as, and what is done in its name.

PostgreSQL refuses to run as root. For root it runs as `postgres` where that account exists, else
as `nobody`; for everybody else as themselves.
"""

from __future__ import annotations

import os
import pwd
import subprocess
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stockgroups.db.embedded.paths import HOME_VARIABLE
from stockgroups.errors import EmbeddedServerError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from stockgroups.db.embedded.paths import Layout

SERVICE_ACCOUNTS = ("postgres", "nobody")
PROGRAM_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Account:
    """An account of the system, with all its groups."""

    name: str
    uid: int
    gid: int
    groups: tuple[int, ...]

    @property
    def is_other(self) -> bool:
        """True when this process has to become another account to act in its name."""
        return self.uid != os.geteuid()

    def run(
        self,
        command: Sequence[str | Path],
        *,
        folder: Path | None = None,
        pass_fds: tuple[int, ...] = (),
    ) -> subprocess.CompletedProcess[bytes]:
        """Run a program as this account.

        It runs in a session of its own, so that a Ctrl-C meant for the caller does not reach it,
        and with no environment but the search path, so that no PG* or LC_* variable of the user
        changes what it does.

        Args:
            command: The program and its arguments.
            folder: The working directory.
            pass_fds: File descriptors that the program inherits.

        Returns:
            The exit status, what was printed, and what was printed on standard error.

        Raises:
            EmbeddedServerError: It takes longer than two minutes.
        """
        options: dict[str, Any] = (
            {"user": self.uid, "group": self.gid, "extra_groups": list(self.groups)}
            if self.is_other
            else {}
        )
        try:
            return subprocess.run(  # noqa: S603 - a list of arguments, of our own making
                command,
                cwd=folder,
                env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"},
                umask=0o077,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                start_new_session=True,
                pass_fds=pass_fds,
                timeout=PROGRAM_SECONDS,
                check=False,
                **options,
            )
        except subprocess.TimeoutExpired as error:
            raise EmbeddedServerError(
                f"{Path(command[0]).name} did not end within {PROGRAM_SECONDS:.0f} s"
            ) from error


def find_account(layout: Layout) -> Account:
    """Return the account that the cluster belongs to, or that a new one is to belong to.

    Raises EmbeddedServerError when the cluster was made by another user (root included: it would
    act by name in folders that the other can change), or when the system has no such account.
    """
    mine = os.geteuid()
    if layout.cluster.exists() and layout.cluster.stat().st_uid != mine:
        raise EmbeddedServerError(
            "the embedded server is another user's",
            where=str(layout.cluster),
            remedy=f"run this as that user, or set {HOME_VARIABLE} to a folder of your own",
        )
    if mine != 0:
        return _account(mine)
    if layout.data.exists():
        if (owner := layout.data.stat().st_uid) != 0:
            return _account(owner)
        raise EmbeddedServerError(
            "the data belongs to root, and PostgreSQL does not run as root",
            where=str(layout.data),
            remedy="give it to an unprivileged account with chown -R",
        )
    for name in SERVICE_ACCOUNTS:
        try:
            return _account(pwd.getpwnam(name).pw_uid)
        except KeyError:
            continue
    raise EmbeddedServerError(
        f"PostgreSQL does not run as root, and there is no account {' or '.join(SERVICE_ACCOUNTS)}",
        remedy="add the account `postgres`, or run this as an ordinary user",
    )


def find_barrier(account: Account, path: Path) -> Path | None:
    """Return the first of the path and its parents that the account may not enter or execute.

    The account itself tries, because access lists and mounts decide as well as modes. Parents
    that do not exist yet are left out.
    """
    steps = [step for step in (*reversed(path.parents), path) if step.exists()]
    script = 'for step do [ -x "$step" ] || { printf %s "$step"; exit; }; done'
    trial = account.run(["/bin/sh", "-c", script, "sh", *steps])
    if trial.returncode != 0:
        raise EmbeddedServerError(
            f"cannot act as {account.name}: {trial.stderr.decode(errors='replace')}"
        )
    return Path(os.fsdecode(trial.stdout)) if trial.stdout else None


def make_folders(folder: Path) -> None:
    """Make a folder of the caller's own and its missing parents; those that exist stay as they are.

    A user's are private. Root's can be entered by all, as the server has to pass through them.
    """
    mode = 0o755 if os.geteuid() == 0 else 0o700
    for step in (*reversed(folder.parents), folder):
        if step.exists():
            continue
        step.mkdir(exist_ok=True)
        step.chmod(mode)


def make_private(folder: Path, account: Account) -> None:
    """Make a folder that the account alone can enter, or see that it is one.

    Raises EmbeddedServerError for a link, a file, or a folder of somebody else's: in a place that
    all may write to, another user can have been there first.
    """
    with suppress(FileExistsError):
        folder.mkdir(0o700)
    try:
        with _open_folder(folder) as opened:
            # Root's own is one that it had not yet given away when it was killed.
            if os.fstat(opened).st_uid not in (account.uid, os.geteuid()):
                raise PermissionError
            os.fchmod(opened, 0o700)
            if account.is_other:
                os.fchown(opened, account.uid, account.gid)
    except OSError as error:
        raise EmbeddedServerError(
            f"not a folder of {account.name}'s own",
            where=str(folder),
            remedy=f"remove it, or set {HOME_VARIABLE} to another, short path",
        ) from error


def write_private(folder: Path, name: str, content: bytes, account: Account) -> None:
    """Write a file of the account's own in one step, whatever was there before."""
    with _open_folder(folder) as below:
        draft = f"{name}.new"
        with suppress(FileNotFoundError):
            os.unlink(draft, dir_fd=below)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        with os.fdopen(os.open(draft, flags, 0o600, dir_fd=below), "wb") as file:
            if account.is_other:
                os.fchown(file.fileno(), account.uid, account.gid)
            file.write(content)
        os.rename(draft, name, src_dir_fd=below, dst_dir_fd=below)


@contextmanager
def _open_folder(folder: Path) -> Iterator[int]:
    """Open a folder, not a link to one, so that root's hand cannot be led elsewhere meanwhile."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        yield opened
    finally:
        os.close(opened)


def _account(uid: int) -> Account:
    try:
        entry = pwd.getpwuid(uid)
    except KeyError as error:
        raise EmbeddedServerError(
            f"the user id {uid} has no name on this system, and PostgreSQL needs one",
            remedy="add the user, or set DATABASE_URL to another server",
        ) from error
    groups = os.getgrouplist(entry.pw_name, entry.pw_gid)
    return Account(entry.pw_name, uid, entry.pw_gid, tuple(groups))
