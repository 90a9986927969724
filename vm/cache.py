# SPDX-License-Identifier: GPL-2.0
"""The folder for what is expensive to make again, outside of the checkout."""

import contextlib
import fcntl
import os
import tempfile


def folder(*names):
    base = os.environ.get('XDG_CACHE_HOME') or os.path.join(os.path.expanduser('~'), '.cache')
    path = os.path.join(base, 'hugezero-wp', *names)
    os.makedirs(path, exist_ok=True)
    return path


@contextlib.contextmanager
def locked(path):
    """Keeps a second run from making the same thing; the kernel frees it if we die."""
    with open(path, 'w', encoding='ascii') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def replacing(path, mode=0o644):
    """The name of a file to fill; it takes the place of path once it is whole."""
    handle, temporary = tempfile.mkstemp(dir=os.path.dirname(path), prefix='.new.')
    os.close(handle)
    try:
        yield temporary
        os.chmod(temporary, mode)
        os.replace(temporary, path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
