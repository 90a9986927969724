# SPDX-License-Identifier: GPL-2.0
"""Which programs go into the guest, built static for its architecture."""

import os
import re
import subprocess

import cache
import arch as machines
from problem import Problem

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SUITE = os.path.join(TOP, 'tools', 'testing', 'selftests')
LISTED = re.compile(r'\s*hugezero\w*\t(\w+)$')


def suite_names():
    """The programs that run_vmtests.sh runs, in its order: there is one list."""
    with open(os.path.join(SUITE, 'mm', 'run_vmtests.sh'), encoding='utf-8') as script:
        names = [found.group(1) for found in map(LISTED.match, script) if found]
    if not names:
        raise Problem('run_vmtests.sh lists no program')
    return names


def build(name):
    """The folder with the suite's programs for an architecture; make knows what is new."""
    arch = machines.TABLE[name]
    out = os.path.join(TOP, 'build', 'vm', name)
    os.makedirs(out, exist_ok=True)
    # The same programs from the same sources, wherever they are: results rest on them.
    command = ['make', '-C', SUITE, 'TARGETS=mm', 'USERLDFLAGS=-static', f'O={out}',
               f'USERCFLAGS=-ffile-prefix-map={TOP}=.', f'ARCH={arch["build"]}', 'all']
    if name != machines.host():
        command.insert(-1, f'CROSS_COMPILE={arch["prefix"]}')
    # A guest of ours is no sub-make of the caller's.
    environment = {k: v for k, v in os.environ.items() if not k.startswith('MAKE')}
    log = os.path.join(out, 'build.log')
    with cache.locked(os.path.join(out, '.lock')), open(log, 'w', encoding='utf-8') as to:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=to,
                              stderr=subprocess.STDOUT, env=environment, check=False)
    if done.returncode:
        with open(log, encoding='utf-8', errors='replace') as said:
            tail = ''.join(said.readlines()[-15:])
        raise Problem(f'the suite does not build for {name}:\n{tail.rstrip()}')
    return os.path.join(out, 'kselftest', 'mm')


def arguments(test):
    """What selects one test: by its full name (fixture.variant.test), or by the last part."""
    if not test:
        return []
    return ['-r', test] if '.' in test else ['-t', test]


def choose(wanted, folder, files, arch):
    """[(name, path, arguments)]; wanted: PROGRAM or PROGRAM:TEST, folder: built already."""
    found = {os.path.basename(path): path for path in files}
    names = [os.path.basename(path) for path in files]
    if not found:
        names = suite_names()
        folder = folder or build(arch)
    chosen = []
    for item in wanted or names:
        name, _, test = item.partition(':')
        path = found.get(name) or (folder and os.path.join(folder, name))
        if '/' in name or not path or not os.path.isfile(path):
            raise Problem(f'no program {name} in {folder or ", ".join(found)}'
                          + ('' if name in names else f'; there is: {" ".join(names)}'))
        check_static(path)
        # Several tests of a program are one run of it; without a test it is all of them.
        same = [had for had in chosen if had[0] == name]
        if not same:
            chosen.append((name, path, arguments(test)))
        elif not test:
            same[0][2].clear()
        elif same[0][2]:
            same[0][2].extend(arguments(test))
    return chosen


def check_static(path):
    """A program that asks for a dynamic linker would only fail to start in the guest."""
    with open(path, 'rb') as program:
        data = program.read()
    order = 'little' if data[5:6] == b'\x01' else 'big'
    if data[:5] != b'\x7fELF\x02':
        return
    start = int.from_bytes(data[32:40], order)
    size, count = (int.from_bytes(data[at:at + 2], order) for at in (54, 56))
    for at in range(start, start + size * count, size):
        if int.from_bytes(data[at:at + 4], order) == 3:
            raise Problem(f'{path} is linked dynamically; link it with -static')
