# SPDX-License-Identifier: GPL-2.0
"""A small disk for the guest, with an empty file system on it.

What a program reads directly from such a file goes from the disk to its own pages, which the
kernel pins; from a file in memory it is copied.
"""

import os
import shutil
import subprocess
import tempfile

from problem import Missing, Problem

# Less than a RAM disk of the kernel has without a word on its command line (4 MiB).
SIZE = 1 << 20
# Not in everybody's PATH.
TOOLS = os.pathsep.join(['/usr/sbin', '/sbin'])


def tool():
    """What makes the file system."""
    command = shutil.which('mke2fs', path=os.environ.get('PATH', '') + os.pathsep + TOOLS)
    if not command:
        raise Missing('mke2fs is missing: install the package e2fsprogs')
    return command


def make():
    """The bytes of it."""
    command = tool()
    with tempfile.NamedTemporaryFile() as file:
        file.truncate(SIZE)
        done = subprocess.run([command, '-q', '-F', '-t', 'ext2', '-m', '0', file.name],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False)
        if done.returncode:
            raise Problem(f'no disk for the guest: {done.stdout.strip()}')
        file.seek(0)
        return file.read()
