# SPDX-License-Identifier: GPL-2.0
"""Builds a kernel from Debian's source package, with every option that the suite asks for.

	built:[VERSION][:VARIANT]	built:	built:6.18	built::debug

A variant is a file of vm/config. Two things are kept in the cache: of each source package and
variant one tree, in which the next build only compiles what changed; and the images, by a key
of all that they were made of.
"""

import hashlib
import os
import re
import shutil
import subprocess

import cache
import needs
from problem import Missing, Problem

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(HERE)
CONFIG = os.path.join(HERE, 'config')
SUITE_CONFIG = os.path.join(TOP, 'tools', 'testing', 'selftests', 'mm', 'config')
SYMBOL = re.compile(r'(?:# )?(CONFIG_\w+)(?:=(.*)| is not set)$')
# Not needed to build an image, and half of what would be unpacked.
UNWANTED = ['Documentation/*.rst', 'Documentation/*.yaml', 'Documentation/*.txt',
            'samples/*.[ch]', 'sound/*.[ch]', 'drivers/gpu/*.[ch]',
            'drivers/media/*.[ch]', 'drivers/staging/*.[ch]', 'drivers/net/*/*.[ch]',
            'drivers/infiniband/*.[ch]', 'drivers/scsi/*/*.[ch]', 'drivers/iio/*.[ch]',
            'tools/testing/*', 'tools/perf/*']
ARCHES = ('alpha arc arm arm64 csky hexagon loongarch m68k microblaze mips nios2 openrisc '
          'parisc powerpc riscv s390 sh sparc um xtensa x86').split()
FOREIGN = ['*.[chS]', '*.dts', '*.dtsi', '*_defconfig']
# The same image from the same sources, whoever builds it when.
STAMP = {'KBUILD_BUILD_TIMESTAMP': '@0', 'KBUILD_BUILD_USER': 'hugezero-wp',
         'KBUILD_BUILD_HOST': 'hugezero-wp', 'KBUILD_BUILD_VERSION': '1'}
TAIL = 20


class Words:
    """What built:VERSION:VARIANT says."""

    def __init__(self, text):
        self.version, _, self.variant = text.removeprefix('built:').partition(':')
        if self.version and not re.fullmatch(r'[0-9]+\.[0-9]+', self.version):
            raise Problem(f'built:{self.version}: not a kernel version like 6.18')
        if self.variant and not os.path.isfile(os.path.join(CONFIG, self.variant)):
            there = sorted(set(os.listdir(CONFIG)) - set(['x86_64']))
            raise Problem(f'no variant {self.variant} in vm/config; there is: {" ".join(there)}')


def read(path):
    with open(path, encoding='utf-8') as file:
        return file.read()


def fragments(words, arch):
    """The files whose symbols the kernel must have, in the order of their weight."""
    paths = [os.path.join(CONFIG, arch['build']), SUITE_CONFIG]
    if words.variant:
        paths.append(os.path.join(CONFIG, words.variant))
    if not os.path.isfile(paths[0]):
        raise Missing(f'no vm/config/{arch["build"]}: kernels for it are not built here')
    return paths


def symbols(text):
    """{symbol: value}; 'n' for what is not set. There are no modules: m means built in."""
    found = filter(None, map(SYMBOL.match, text.splitlines()))
    return {m.group(1): {'m': 'y', None: 'n'}.get(m.group(2), m.group(2)) for m in found}


def wanted(paths):
    total = {}
    for path in paths:
        total.update(symbols(read(path)))
    return total


def as_config(values):
    return ''.join(f'# {name} is not set\n' if value == 'n' else f'{name}={value}\n'
                   for name, value in values.items())


def lacking(values, config):
    """The symbols that the kernel's own rules turned into something else, or do not know."""
    have = symbols(config)
    return [f'{name}={value}' for name, value in values.items() if have.get(name, 'n') != value]


def package(words):
    version = re.escape(words.version) if words.version else r'[0-9]+\.[0-9]+'
    done = subprocess.run([os.path.join(TOP, 'harness', 'deb'), f'linux-source-{version}'],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode == 1:
        raise Missing(done.stderr.strip())
    if done.returncode:
        raise Problem(done.stderr.strip() or f'harness/deb failed ({done.returncode})')
    return done.stdout.strip()


def unpack(deb, tree, arch):
    """The sources, without what no image is made of."""
    name = os.path.basename(deb).partition('_')[0]
    own = {'x86_64': 'x86', 'arm64': 'arm64'}.get(arch['build'], arch['build'])
    foreign = [f'arch/{other}/{files}' for other in ARCHES if other != own for files in FOREIGN]
    excluded = [f'--exclude={name}/{part}' for part in UNWANTED + foreign]
    os.makedirs(tree)
    tar = f'dpkg-deb --fsys-tarfile "$0" | tar -xO ./usr/src/{name}.tar.xz | ' \
          'tar -xJ -C "$1" --strip-components=1 --no-same-owner "${@:2}"'
    done = subprocess.run(['bash', '-o', 'pipefail', '-c', tar, deb, tree, *excluded],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode or not os.path.isfile(os.path.join(tree, 'Makefile')):
        raise Problem(f'cannot unpack {os.path.basename(deb)} (damaged, or no room left?): '
                      f'{done.stdout.strip()[-500:]}')


def make(tree, log, *goals):
    environment = {k: v for k, v in os.environ.items()
                   if not k.startswith(('MAKE', 'KBUILD', 'KCFLAGS')) and k not in ('O', 'ARCH')}
    command = ['make', '-C', tree, f'-j{os.cpu_count()}', *goals]
    with open(log, 'a', encoding='utf-8') as out:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=out,
                              stderr=subprocess.STDOUT, env={**environment, **STAMP}, check=False)
    if done.returncode:
        with open(log, encoding='utf-8', errors='replace') as said:
            lines = said.readlines()
        wrong = [line for line in lines if 'error' in line.lower()] or lines[-TAIL:]
        raise Problem(f'the kernel does not build (log: {log}):\n' + ''.join(wrong[-TAIL:]))


def copy(tree, to):
    """With what was compiled. The tools name their files in full; make would begin with them."""
    subprocess.run(['cp', '-a', '--reflink=auto', tree, to], check=True)
    for folder, _, files in os.walk(os.path.join(to, 'tools')):
        for name in files:
            if name.endswith('.cmd'):
                path = os.path.join(folder, name)
                text = read(path)
                with open(path, 'w', encoding='utf-8') as out:
                    out.write(text.replace(tree, to))


class Kernel:
    """One kernel to build.

    change, if any, is planted into a copy of the tree. It has a name; key() of what it plants;
    apply(tree), which takes back what another one of its name planted there before;
    settle(tree, compiles) of what does not compile; leaves(tree): files to keep with the image.
    """

    def __init__(self, words, arch, change=None):
        self.words = words
        self.arch = arch
        self.change = change
        self.deb = package(words)
        self.paths = fragments(words, arch)
        self.compiler = needs.compiler('x86_64')
        kind = '-'.join(filter(None, [words.variant, change and change.name]))
        name = os.path.basename(self.deb)[:-len('.deb')] + (f'-{kind}' if kind else '')
        self.base = cache.folder('built')
        self.tree = os.path.join(self.base, 'tree', name)
        self.image_folder = os.path.join(self.base, 'image', self.key())

    def version(self):
        """Of the package."""
        return os.path.basename(self.deb).split('_')[1]

    def key(self):
        """Of all that decides what comes out."""
        total = hashlib.sha256(read(__file__).encode())
        version = subprocess.run([self.compiler, '--version'], stdout=subprocess.PIPE,
                                 check=False).stdout
        for part in [os.path.basename(self.deb), self.arch['build'], version.decode(),
                     as_config(wanted(self.paths)), self.change.key() if self.change else '']:
            total.update(part.encode() + b'\0')
        return total.hexdigest()[:24]

    def image(self):
        """The path of the image, built if need be."""
        path = os.path.join(self.image_folder, 'bzImage')
        if not os.path.isfile(path):
            self.build()
        return path

    def build(self, again=False):
        """again: although there is the image, for the sake of the tree."""
        for tool, name in (('bison', 'bison'), ('flex', 'flex'), ('bc', 'bc'),
                           ('make', 'make'), (self.compiler, 'gcc')):
            if not shutil.which(tool):
                raise Missing(f'{tool} is missing: install the package {name}')
        needs.header('libelf.h', 'libelf-dev')
        os.makedirs(os.path.dirname(self.tree), exist_ok=True)
        with cache.locked(self.tree + '.lock'):
            if os.path.isdir(self.image_folder) and not again:
                return          # a second run was quicker
            begun = self.tree + '.begun'
            # A build that was killed may leave half of a file behind it.
            if os.path.exists(begun):
                shutil.rmtree(self.tree, ignore_errors=True)
            with open(begun, 'w', encoding='ascii'):
                pass
            self.prepare()
            try:
                self.compile()
            except Problem:
                os.unlink(begun)    # a make that ends by itself leaves nothing half done
                raise
            self.publish()
            os.unlink(begun)

    def prepare(self):
        if not self.change:
            if not os.path.isdir(self.tree):
                unpack(self.deb, self.tree, self.arch)
            return
        plain = Kernel(self.words, self.arch)
        plain.build(again=not os.path.isdir(plain.tree))
        with cache.locked(plain.tree + '.lock'):
            if not os.path.isdir(self.tree):
                copy(plain.tree, self.tree)
        self.change.apply(self.tree)

    def compile(self):
        log = self.tree + '.log'
        with open(log, 'w', encoding='ascii'):
            pass
        values = wanted(self.paths)
        config = os.path.join(self.tree, '.config')
        options = [f'ARCH={self.arch["build"]}', f'CC={self.compiler}']
        make(self.tree, log, *options, 'tinyconfig')
        with open(config, 'a', encoding='utf-8') as out:
            out.write(as_config(values))
        make(self.tree, log, *options, 'olddefconfig')
        wrong = lacking(values, read(config))
        if wrong:
            raise Problem('these symbols do not end up in the configuration (renamed, or '
                          'what they depend on is missing): ' + ' '.join(wrong))
        if self.change:
            self.change.settle(self.tree, lambda goal: self.compiles(log, *options, goal))
        make(self.tree, log, *options, os.path.basename(self.arch['images'][0]))

    def compiles(self, *words):
        """Why a goal does not, or ''."""
        try:
            make(self.tree, *words)
        except Problem as why:
            return str(why).partition('\n')[2]
        return ''

    def publish(self):
        """Whole or not at all."""
        new = self.image_folder + '.new'
        shutil.rmtree(new, ignore_errors=True)
        os.makedirs(new)
        shutil.copy(os.path.join(self.tree, self.arch['images'][0]), os.path.join(new, 'bzImage'))
        shutil.copy(os.path.join(self.tree, '.config'), os.path.join(new, 'config'))
        for name, text in (self.change.leaves(self.tree) if self.change else {}).items():
            with open(os.path.join(new, name), 'w', encoding='utf-8') as out:
                out.write(text)
        if os.path.isdir(self.image_folder):
            shutil.rmtree(new)
        else:
            os.rename(new, self.image_folder)


def resolve(text, arch):
    return Kernel(Words(text), arch).image()
