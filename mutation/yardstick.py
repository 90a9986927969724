# SPDX-License-Identifier: GPL-2.0
"""The kernel's own tests of mm as programs for a guest: what do they notice of the same mutants?"""

import glob
import os
import subprocess

import guests
from problem import Missing, Problem

FETCH = os.path.join(guests.TOP, 'harness', 'fetch')
OUT = os.path.join(guests.TOP, 'build', 'yardstick')
TESTS = os.path.join('tools', 'testing', 'selftests', 'mm')
UAPI = os.path.join('tools', 'include', 'uapi')
# Those that write to huge pages or track who does.
NAMES = ('cow', 'guard-regions', 'khugepaged', 'mremap_test', 'pagemap_ioctl',
         'prctl_thp_disable', 'soft-dirty', 'uffd-unit-tests')
SHARED = ('vm_util.c', 'hugepage_settings.c')
MORE = {'uffd-unit-tests': ('uffd-common.c',)}
# What their check_config.sh would find with liburing.
CONFIG = '#define LOCAL_CONFIG_HAVE_LIBURING 1\n'


def sources():
    """The top of the newest kernel's own tests, with what they include."""
    done = subprocess.run([FETCH], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise Problem(done.stderr.strip() or 'harness/fetch failed')
    top = os.path.join(done.stdout.splitlines()[-1], 'upstream')
    if not glob.glob(os.path.join(top, TESTS, '*.c')):
        raise Missing(f'{top}: the tests of mm are not there')
    return top


def compile_one(top, name):
    path = os.path.join(OUT, name)
    done = subprocess.run(['gcc', '-O2', '-w', '-static', '-D_GNU_SOURCE=', '-I..', '-I', OUT,
                           '-isystem', os.path.join(top, UAPI), name + '.c', *SHARED,
                           *MORE.get(name, ()), '-luring', '-lpthread', '-o', path],
                          cwd=os.path.join(top, TESTS), stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        raise Problem(f"the kernel's own {name} does not build:\n{done.stdout[-1500:]}")
    return path


class Suite(guests.Suite):
    """Them instead of ours. They are not all green by themselves."""

    def build(self):
        os.makedirs(OUT, exist_ok=True)
        with open(os.path.join(OUT, 'local_config.h_gen'), 'w', encoding='ascii') as config:
            config.write(CONFIG)
        top = sources()
        return {name: compile_one(top, name) for name in NAMES}
