# SPDX-License-Identifier: GPL-2.0
"""What this machine must have before a guest of an architecture makes sense."""

import os
import shutil
import subprocess

import arch as machines
from problem import Missing


def compiler(name):
    """The compiler for the guest: $CC, or what the architecture's is called."""
    arch, is_host = machines.TABLE[name], name == machines.host()
    names = [arch['prefix'] + 'gcc'] + (['gcc', 'cc'] if is_host else [])
    if os.environ.get('CC') and is_host:
        names.insert(0, os.environ['CC'])
    for command in names:
        if shutil.which(command):
            return command
    raise Missing(f'no compiler {names[0]}: install the package '
                  f'{"gcc" if is_host else "gcc-" + arch["prefix"].rstrip("-")}')


def library(name):
    """Of cross compilers the C library is a package apart, which they only recommend."""
    done = subprocess.run([compiler(name), '-print-file-name=libc.a'], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, text=True, check=False)
    if not os.path.isfile(done.stdout.strip()):
        package = 'libc6-dev' + ('' if name == machines.host() else
                                 f'-{machines.TABLE[name]["debian"]}-cross')
        raise Missing(f'no static C library for {name}: install the package {package}')


def header(name, package):
    """That the machine's own compiler finds it."""
    done = subprocess.run([compiler(machines.host()), '-E', '-include', name, '-x', 'c',
                           os.devnull], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                          check=False)
    if done.returncode:
        raise Missing(f'no {name}: install the package {package}')


def check(name):
    """Complains about the first thing that is missing."""
    arch = machines.TABLE[name]
    if not shutil.which(arch['qemu']):
        raise Missing(f'{arch["qemu"]} is missing: install the package {arch["package"]}')
    library(name)
