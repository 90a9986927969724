# SPDX-License-Identifier: GPL-2.0
"""Looks at a kernel image before it costs a boot: its architecture, and whether it is whole."""

import gzip
import struct
import zlib

from problem import Problem

ELF_MACHINES = {62: 'x86_64', 183: 'arm64', 243: 'riscv64', 21: 'ppc64le', 22: 's390x',
                258: 'loong64'}
PE_MACHINES = {0x8664: 'x86_64', 0xaa64: 'arm64', 0x5064: 'riscv64', 0x6264: 'loong64'}


def elf(data):
    order = '<' if data[5] == 1 else '>'
    machine = ELF_MACHINES.get(struct.unpack_from(order + 'H', data, 18)[0])
    if machine == 'ppc64le' and order == '>':
        machine = 'ppc64'
    if data[4] != 2:
        return machine, 0
    sections, entry, count = struct.unpack_from(order + 'Q10xHH', data, 40)
    return machine, sections + entry * count


def bzimage(data):
    """x86: the header says how many sectors of set-up and how much kernel follow."""
    sectors = data[0x1f1] or 4
    return 'x86_64', (sectors + 1) * 512 + struct.unpack_from('<I', data, 0x1f4)[0] * 16


def pe(data):
    start = struct.unpack_from('<I', data, 60)[0]
    if len(data) < start + 6 or data[start:start + 4] != b'PE\0\0':
        return None, 0
    return PE_MACHINES.get(struct.unpack_from('<H', data, start + 4)[0]), 0


def look(data):
    """(architecture or None, size that the file must have)."""
    if len(data) < 0x400:
        return None, 0
    if data[:4] == b'\x7fELF':
        return elf(data)
    if data[0x202:0x206] == b'HdrS':
        return bzimage(data)
    if data[56:60] == b'ARM\x64':
        return 'arm64', 0
    if data[56:60] == b'RSC\x05':
        return 'riscv64', 0
    if data[:2] == b'MZ':
        return pe(data)
    if data[0x10008:0x1000c] == b'S390':
        return 's390x', 0
    return None, 0


def check(path, arch):
    """Complains about an image that could not have booted."""
    try:
        with open(path, 'rb') as image:
            data = image.read()
        if data[:2] == b'\x1f\x8b':
            data = gzip.decompress(data)
    except OSError as why:
        raise Problem(f'cannot read the kernel image {path}: {why.strerror or why}') from why
    except (EOFError, zlib.error) as why:
        raise Problem(f'{path} is cut or damaged: {why}') from why
    found, need = look(data)
    if found is None:
        raise Problem(f'{path} is no kernel image that this knows ({len(data)} bytes)')
    if found != arch:
        raise Problem(f'{path} is a kernel for {found}, not for {arch}: '
                      'give the other --arch or another image')
    if need > len(data):
        raise Problem(f'{path} is cut: it has {len(data)} bytes of {need}')
