# SPDX-License-Identifier: GPL-2.0
"""The guest's whole world: init, its orders, the programs, and a few devices."""

import hashlib
import os
import stat
import subprocess

import cache
import disk
import needs
from problem import Problem

HERE = os.path.dirname(os.path.abspath(__file__))

# For a kernel without devtmpfs. The console must be there before init can make it.
DEVICES = [('console', 5, 1, 0o600), ('null', 1, 3, 0o666), ('zero', 1, 5, 0o666),
           ('full', 1, 7, 0o666), ('random', 1, 8, 0o666), ('urandom', 1, 9, 0o666),
           ('kmsg', 1, 11, 0o644), ('ttyS0', 4, 64, 0o600), ('ttyS1', 4, 65, 0o600)]


class Archive:
    """A cpio archive as the kernel reads it."""

    def __init__(self):
        self.data = bytearray()
        self.inode = 0

    def add(self, name, mode, content=b'', device=(0, 0)):
        self.inode += 1
        fields = [self.inode, mode, 0, 0, 1, 0, len(content), 0, 0, *device, len(name) + 1, 0]
        self.data += b'070701' + b''.join(b'%08x' % f for f in fields) + name.encode() + b'\0'
        self.pad()
        self.data += content
        self.pad()

    def pad(self):
        self.data += bytes(-len(self.data) % 4)

    def finish(self):
        self.add('TRAILER!!!', 0)
        return bytes(self.data)


def build_init(name):
    """init.c, compiled once for each text of it and each compiler."""
    source = os.path.join(HERE, 'init.c')
    command = [needs.compiler(name), '-std=gnu11', '-O1', '-Wall', '-static']
    version = subprocess.run([command[0], '--version'], stdout=subprocess.PIPE,
                             check=False).stdout
    with open(source, 'rb') as text:
        key = hashlib.sha256(repr(command).encode() + version + text.read()).hexdigest()[:16]
    path = os.path.join(cache.folder('init'), f'{name}-{key}')
    with cache.locked(path + '.lock'):
        if not os.path.exists(path):
            with cache.replacing(path, 0o755) as new:
                done = subprocess.run([*command, '-o', new, source], stdout=subprocess.PIPE,
                                      stderr=subprocess.STDOUT, text=True, check=False)
                if done.returncode:
                    raise Problem(f'cannot compile vm/init.c with {command[0]} (static libc '
                                  f'missing?):\n{done.stdout.strip()}')
    return path


def read(path):
    try:
        with open(path, 'rb') as data:
            return data.read()
    except OSError as why:
        raise Problem(f'cannot read {path}: {why.strerror}') from why


def build(init, orders, programs, with_disk=False):
    """orders: lists of words for init; programs: {name: path}."""
    for words in orders:
        for word in words:
            if not word or set(word) & set('\t\n\0'):
                raise Problem(f'cannot hand {word!r} over to the guest')
    text = ''.join('\t'.join(words) + '\n' for words in orders).encode()
    archive = Archive()
    for name in ('dev', 'suite', 'proc', 'sys', 'tmp', 'run'):
        archive.add(name, stat.S_IFDIR | 0o755)
    for name, major, minor, mode in DEVICES:
        archive.add('dev/' + name, stat.S_IFCHR | mode, device=(major, minor))
    archive.add('init', stat.S_IFREG | 0o755, read(init))
    archive.add('vm.conf', stat.S_IFREG | 0o600, text)
    if with_disk:
        archive.add('disk.image', stat.S_IFREG | 0o600, disk.make())
    for name, path in programs.items():
        archive.add('suite/' + name, stat.S_IFREG | 0o755, read(path))
    return archive.finish()
