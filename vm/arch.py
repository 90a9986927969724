# SPDX-License-Identifier: GPL-2.0
"""What differs between architectures, as data. A new one is one entry."""

import os

# qemu     the emulator, and the Debian package that has it
# machine  emulator arguments for its board; with_kvm / with_tcg: those for its processor
# threads  how the processors of a guest are emulated
# consoles arguments that send the kernel's console to the first serial port, from early on
# port     a second serial port for the results alone, "-" if the machine has none
# images   where a kernel build leaves the image
# flavour  Debian's image flavour, and its architecture's name
# build    kernel ARCH, compiler prefix
TABLE = {
    'x86_64': {
        'qemu': 'qemu-system-x86_64', 'package': 'qemu-system-x86',
        'machine': [], 'with_kvm': ['-cpu', 'host'],
        # emulates a second faster than max, and lacks nothing that is tested
        'with_tcg': ['-cpu', 'Nehalem'],
        # In threads of their own, one of a hundred boots dies of an int3 that one processor
        # patches into the kernel's text while the other still runs the translation of it.
        'threads': 'single',
        'consoles': ['console=ttyS0', 'earlyprintk=ttyS0'], 'port': '/dev/ttyS1',
        'images': ['arch/x86/boot/bzImage'],
        'debian': 'amd64', 'flavour': 'cloud-amd64',
        'build': 'x86_64', 'prefix': 'x86_64-linux-gnu-',
    },
    'arm64': {
        'qemu': 'qemu-system-aarch64', 'package': 'qemu-system-arm',
        'machine': ['-machine', 'virt'], 'with_kvm': ['-cpu', 'host'],
        'with_tcg': ['-cpu', 'max,pauth-impdef=on'],
        'threads': 'multi',
        'consoles': ['console=ttyAMA0'], 'port': '-',
        'images': ['arch/arm64/boot/Image', 'arch/arm64/boot/Image.gz'],
        'debian': 'arm64', 'flavour': 'arm64',
        'build': 'arm64', 'prefix': 'aarch64-linux-gnu-',
    },
    'riscv64': {
        'qemu': 'qemu-system-riscv64', 'package': 'qemu-system-misc',
        'machine': ['-machine', 'virt'], 'with_kvm': ['-cpu', 'host'], 'with_tcg': [],
        'threads': 'multi',
        'consoles': ['console=ttyS0'], 'port': '-',
        'images': ['arch/riscv/boot/Image', 'arch/riscv/boot/Image.gz'],
        'debian': 'riscv64', 'flavour': 'riscv64',
        'build': 'riscv', 'prefix': 'riscv64-linux-gnu-',
    },
    'ppc64le': {
        'qemu': 'qemu-system-ppc64', 'package': 'qemu-system-ppc',
        'machine': ['-machine', 'pseries', '-vga', 'none'], 'with_kvm': ['-cpu', 'host'],
        'with_tcg': ['-cpu', 'power10'],
        'threads': 'multi',
        'consoles': ['console=hvc0'], 'port': '-',
        'images': ['vmlinux', 'arch/powerpc/boot/zImage'],
        'debian': 'ppc64el', 'flavour': 'powerpc64le',
        'build': 'powerpc', 'prefix': 'powerpc64le-linux-gnu-',
    },
    's390x': {
        'qemu': 'qemu-system-s390x', 'package': 'qemu-system-misc',
        'machine': ['-machine', 's390-ccw-virtio'], 'with_kvm': ['-cpu', 'host'],
        'with_tcg': ['-cpu', 'max'],
        'threads': 'multi',
        'consoles': ['console=ttysclp0'], 'port': '-',
        'images': ['arch/s390/boot/bzImage'],
        'debian': 's390x', 'flavour': 's390x',
        'build': 's390', 'prefix': 's390x-linux-gnu-',
    },
}

ALIASES = {'amd64': 'x86_64', 'x86': 'x86_64', 'x86-64': 'x86_64', 'aarch64': 'arm64',
           'riscv': 'riscv64', 'ppc64el': 'ppc64le', 'powerpc': 'ppc64le',
           'powerpc64le': 'ppc64le', 's390': 's390x'}


def canonical(name):
    return ALIASES.get(name, name)


def host():
    return canonical(os.uname().machine)
