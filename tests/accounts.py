"""Run code as an account without rights; root, which tests may run as, can read everything."""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterator
from contextlib import contextmanager

import pytest


@contextmanager
def without_rights() -> Iterator[None]:
    """Drop root's rights within the block. Open files stay open."""
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
