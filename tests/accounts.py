"""Acting as an account without rights, for tests that run as root: root may read everything."""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterator
from contextlib import contextmanager

import pytest


@contextmanager
def without_rights() -> Iterator[None]:
    """Give up root's rights for a while. What is already open stays open."""
    if os.geteuid() != 0:
        yield
        return
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        pytest.skip("there is no account `nobody` here")
    group = os.getegid()
    os.setegid(nobody.pw_gid)
    os.seteuid(nobody.pw_uid)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(group)
