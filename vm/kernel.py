# SPDX-License-Identifier: GPL-2.0
"""From what a user calls a kernel (a file, a build tree, debian:…, built:…) to an image."""

import hashlib
import os
import re
import subprocess
import tarfile

import built
import cache
from problem import Missing, Problem

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VMLINUZ = re.compile(r'\./(boot/vmlinu[xz]-[^/]+|(usr/)?lib/modules/[^/]+/vmlinu[xz])$')


def from_tree(tree, arch):
    for name in arch['images']:
        path = os.path.join(tree, name)
        if os.path.isfile(path):
            return path
    raise Problem(f'{tree} has no {" or ".join(arch["images"])}: '
                  f'not a kernel build tree for {arch["build"]}, or not built yet')


def patterns(wanted, arch):
    """Package names: VERSION[:FLAVOUR]; VERSION is a literal beginning or a regular expression."""
    version, _, flavour = wanted.partition(':')
    if re.fullmatch(r'[0-9][0-9.]*', version):
        version = re.escape(version) + r'([.+~][^-]*)?'
    elif not version:
        version = '[0-9][^-]*'
    # An older Debian puts its ABI number behind the version.
    rest = rf'-{version}(-[0-9][0-9a-z.~+]*)?-{re.escape(flavour or arch["flavour"])}'
    # Since 6.19 linux-image-* has no image in it: of equal versions take the other one.
    return ['linux-binary' + rest, 'linux-image' + rest]


def package(wanted, arch):
    done = subprocess.run([os.path.join(TOP, 'harness', 'deb'), '--arch', arch['debian'],
                           *patterns(wanted, arch)],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode == 1:
        raise Missing(done.stderr.strip())
    if done.returncode:
        raise Problem(done.stderr.strip() or f'harness/deb failed ({done.returncode})')
    return done.stdout.strip()


def checksum(path):
    digest = hashlib.sha256()
    with open(path, 'rb') as data:
        for piece in iter(lambda: data.read(1 << 20), b''):
            digest.update(piece)
    return digest.hexdigest()


def unpack(deb, image):
    with subprocess.Popen(['dpkg-deb', '--fsys-tarfile', deb], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL) as tar:
        try:
            with tarfile.open(fileobj=tar.stdout, mode='r|') as files, \
                    open(image, 'wb') as out:
                member = next((m for m in files if m.isfile() and VMLINUZ.match(m.name)), None)
                if not member:
                    raise Problem(f'{os.path.basename(deb)} has no kernel image in it')
                source = files.extractfile(member)
                for piece in iter(lambda: source.read(1 << 20), b''):
                    out.write(piece)
        except tarfile.TarError as why:
            raise Problem(f'cannot unpack {deb}: {why}') from why
        finally:
            tar.kill()


def from_package(deb):
    """The image out of a package: once, and again if the copy is not what it was."""
    name = os.path.basename(deb)[:-len('.deb')]
    folder = cache.folder('kernel', os.path.basename(os.path.dirname(deb)), name)
    image, proof = os.path.join(folder, 'vmlinuz'), os.path.join(folder, 'sha256')
    with cache.locked(os.path.join(folder, 'lock')):
        try:
            with open(proof, encoding='ascii') as known:
                if known.read() == checksum(image):
                    return image
        except OSError:
            pass
        with cache.replacing(image) as new:
            unpack(deb, new)
        with cache.replacing(proof) as new, open(new, 'w', encoding='ascii') as out:
            out.write(checksum(image))
    return image


def resolve(kernel, arch):
    if kernel.startswith('debian:'):
        return from_package(package(kernel[len('debian:'):], arch))
    if kernel.startswith('built:'):
        return built.resolve(kernel, arch)
    if os.path.isdir(kernel):
        return from_tree(kernel, arch)
    if not os.path.exists(kernel):
        raise Problem(f'no such kernel: {kernel} (an image, a build tree, debian:VERSION '
                      'or built:VERSION)')
    return kernel
