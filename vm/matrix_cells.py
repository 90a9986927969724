# SPDX-License-Identifier: GPL-2.0
"""Reads the list of kernels; vm/kernels describes its form."""

import os
import re
import shlex

import arch as machines
import expect
from problem import Problem

HERE = os.path.dirname(os.path.abspath(__file__))
# What the list says in other columns, and what would send the results elsewhere.
NOT_HERE = ('--kernel', '--arch', '--out', '-t')


class Cell:
    """One kernel on one machine, and what the suite should say there."""

    def __init__(self, name, arch, kernel, outcome, options, why):
        self.name = name
        self.arch = arch
        self.kernel = kernel
        self.outcome = outcome
        self.options = options
        self.why = why

    def command(self, kernel=None):
        """What runs it."""
        words = ['--kernel', kernel or self.kernel]
        if self.arch != machines.host():
            words += ['--arch', self.arch]
        return ['vm/run', *words, *self.options]


class Reader:
    def __init__(self):
        self.outcomes = {}
        self.cells = {}

    def outcome(self, words, why):
        name, *rules = words
        if name in self.outcomes:
            raise ValueError(f'a second outcome {name}')
        if not why:
            raise ValueError(f'outcome {name} does not say why')
        self.outcomes[name] = (expect.Outcome(rules), why)

    def cell(self, words, why):
        if len(words) < 4:
            raise ValueError('wants cell NAME ARCH KERNEL OUTCOME [OPTION ...]')
        name, arch, kernel, outcome, *options = words
        arch = machines.canonical(arch)
        if not re.fullmatch(r'[\w.+-]+', name) or name.startswith('.'):
            raise ValueError(f'{name} is not a name of a cell')
        if name in self.cells:
            raise ValueError(f'a second cell {name}')
        if arch not in machines.TABLE:
            raise ValueError(f'unknown architecture {arch}')
        if outcome not in self.outcomes:
            raise ValueError(f'unknown outcome {outcome}')
        for option in options:
            if option.split('=')[0] in NOT_HERE:
                raise ValueError(f'{option} is not for this list')
        known, because = self.outcomes[outcome]
        self.cells[name] = Cell(name, arch, kernel, known, options, why or because)

    def line(self, line):
        said, mark, why = line.partition('#')
        words = shlex.split(said)
        if not words:
            return
        if words[0] == 'outcome' and len(words) > 2:
            self.outcome(words[1:], why.strip())
        elif words[0] == 'cell':
            self.cell(words[1:], why.strip() if mark else '')
        else:
            raise ValueError('wants outcome NAME PROGRAM=VERDICT ... or cell NAME ...')


def read(path):
    """{name: cell}, in the order of the list."""
    reader = Reader()
    try:
        with open(path, encoding='utf-8') as lines:
            for number, line in enumerate(lines, 1):
                try:
                    reader.line(line)
                except ValueError as why:
                    raise Problem(f'{path}:{number}: {why}') from why
    except (OSError, UnicodeDecodeError) as why:
        raise Problem(f'cannot read {path}: {why}') from why
    if not reader.cells:
        raise Problem(f'{path} lists no cell')
    return reader.cells


def choose(path, wanted):
    """The cells that are wanted, or all."""
    known = read(path)
    unknown = [name for name in wanted if name not in known]
    if unknown:
        raise Problem(f'no cell {" ".join(unknown)} in {path}; there is: {" ".join(known)}')
    return [known[name] for name in known if not wanted or name in wanted]
