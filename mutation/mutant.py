# SPDX-License-Identifier: GPL-2.0
"""One file of mutation/mutants: what it says of itself, and its semantic patch."""

import glob
import os
import re

HERE = os.path.dirname(os.path.abspath(__file__))
FOLDER = os.path.join(HERE, 'mutants')
FIXES = os.path.join(HERE, 'fixes')
SPDX = '// SPDX-License-Identifier: GPL-2.0'
NEEDED = ('broken', 'seen', 'claim', 'file')
KEYS = NEEDED + ('equivalent', 'unreachable', 'crash', 'race', 'boot', 'bug', 'hides')
NAME = re.compile(r'[a-z][a-z0-9]*(-[a-z0-9]+)*$')


class Problem(Exception):
    """Ends a command with a message instead of a trace."""


class Mutant:
    """Header lines are attributes; file is a list, race a number of runs (1: no race)."""

    def __init__(self, name, header, patch):
        self.name = name
        self.patch = patch
        for key in KEYS:
            setattr(self, key, header.get(key, ''))
        self.file = self.file.split()
        self.race = int(self.race or 1)

    @property
    def symbol(self):
        return 'HZ_MUTANT_' + self.name.upper().replace('-', '_')

    @property
    def sleeps(self):
        """A fix is no mutant: it is in force in every boot."""
        return bool(re.search(r'\bMUTANT\b', self.patch))

    @property
    def rules(self):
        """The semantic patch as it is given to spatch."""
        return re.sub(r'\bMUTANT\b', f'hz_mutant({self.symbol})', self.patch)

    @property
    def functions(self):
        """The functions that its rules speak of: name(...) and a brace on the next line."""
        return re.findall(r'^ ?(\w+)\(.*\)\n ?\{$', self.patch, re.MULTILINE)


def name_of(path):
    return os.path.basename(path)[:-len('.cocci')]


def paths(names=()):
    """The files of the named mutants, in order; of all of them without a name."""
    if not names:
        return sorted(glob.glob(os.path.join(FOLDER, '*.cocci')))
    return [name if name.endswith('.cocci') else os.path.join(FOLDER, name + '.cocci')
            for name in names]


def header_of(lines):
    """The comment at the top, as a dictionary; a line without a key continues the one before."""
    header, key = {}, None
    for line in lines:
        found = re.match(r'// ([a-z]+): +(.*)', line)
        if found and found.group(1) in KEYS:
            key = found.group(1)
            header[key] = found.group(2).strip()
        elif key:
            header[key] += ' ' + line[2:].strip()
    return header


def read(path):
    try:
        with open(path, encoding='utf-8') as file:
            text = file.read()
    except OSError as error:
        raise Problem(f'no mutant {path}: {error.strerror}') from error
    top = re.match(r'(//.*\n)*', text).group(0)
    header = header_of(top.splitlines()[1:])
    mutant = Mutant(name_of(path), header, text[len(top):])
    complain = [f'no {key}' for key in NEEDED if not header.get(key)]
    if not NAME.match(mutant.name):
        complain.append('a name of more than small letters, digits and single dashes')
    if not top.startswith(SPDX + '\n'):
        complain.append('no SPDX-License-Identifier on the first line')
    if not mutant.functions:
        complain.append('no function that its rules speak of')
    if complain:
        raise Problem(f'{path}: {", ".join(complain)}')
    return mutant


def races():
    """The known bugs that show in some boots only: their fixes say how many prove something."""
    fixes = map(read, glob.glob(os.path.join(FIXES, '*.cocci')))
    return {one.bug for one in fixes if one.race > 1}
