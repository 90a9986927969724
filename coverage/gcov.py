# SPDX-License-Identifier: GPL-2.0
"""From what a guest's kernel counted to lines and branches of functions, through gcov."""

import json
import os
import re
import shlex
import subprocess

from problem import Problem


class Gcov:
    """Has built.Kernel count what runs in some files of the kernel."""

    name = 'gcov'
    mark = '# Counted for the coverage of the suite.\n'

    def __init__(self, files):
        self.files = files

    def key(self):
        return ' '.join(self.files)

    def apply(self, tree):
        self.choose(os.path.join(tree, 'kernel', 'gcov', 'Kconfig'))
        for folder in sorted({os.path.dirname(file) for file in self.files}):
            path = os.path.join(tree, folder, 'Makefile')
            with open(path, encoding='utf-8') as makefile:
                text = makefile.read().partition(self.mark)[0]
            new = text + self.mark + ''.join(
                f'GCOV_PROFILE_{os.path.basename(file)[:-2]}.o := y\n'
                for file in self.files if os.path.dirname(file) == folder)
            with open(path + '.new', 'w', encoding='utf-8') as makefile:
                makefile.write(new)
            os.rename(path + '.new', path)

    def choose(self, path):
        """The one option that a kernel which counts has more; it is no reason for a new tree."""
        with open(path, encoding='utf-8') as kconfig:
            text = kconfig.read()
        new = re.sub(r'(config GCOV_KERNEL\n\tbool [^\n]*\n)(?!\tdefault)', r'\1\tdefault y\n', text)
        if new != text:
            with open(path + '.new', 'w', encoding='utf-8') as kconfig:
                kconfig.write(new)
            os.rename(path + '.new', path)

    def settle(self, tree, compiles):
        """Nothing is planted that could fail to compile."""

    def leaves(self, tree):
        """Without its .gcno a file of counts says nothing."""
        for file in self.files:
            if not os.path.isfile(os.path.join(tree, file[:-2] + '.gcno')):
                raise Problem(f'{file} was built without counters')
        return {}


def receive(lines, tree, folder):
    """Writes the counts that came out of the guest beside their .gcno; the paths, by source."""
    data = {}
    for line in lines:
        word, _, rest = line.partition(' ')
        if word == 'gcda':
            path, _, digits = rest.partition(' ')
            data.setdefault(path, bytearray()).extend(bytes.fromhex(digits))
    found = {}
    for path, counts in data.items():
        # Where the tree is in the cache is where it was built.
        name = os.path.relpath(path, tree)
        here = os.path.join(folder, name)
        os.makedirs(os.path.dirname(here), exist_ok=True)
        with open(here, 'wb') as out:
            out.write(counts)
        note = here[:-len('.gcda')] + '.gcno'
        if not os.path.lexists(note):
            os.symlink(os.path.join(tree, name[:-len('.gcda')] + '.gcno'), note)
        found[name[:-len('.gcda')] + '.c'] = here
    return found


class Line:
    """How often it ran, and which ways its branches went."""

    def __init__(self):
        self.count = 0
        self.branches = []

    def add(self, said):
        self.count += said['count']
        taken = [branch['count'] for branch in said['branches'] if not branch['throw']]
        # A function that was inlined in several places is counted in each.
        if len(taken) == len(self.branches):
            self.branches = [a + b for a, b in zip(self.branches, taken)]
        elif len(taken) > len(self.branches):
            self.branches = taken


def lines_of(gcda, source):
    """{number: Line} of one source file, headers apart."""
    done = subprocess.run(['gcov', '-j', '-b', '-t', gcda], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode or not done.stdout.strip():
        raise Problem(f'gcov cannot read the counts of {source}: {done.stderr.strip()}')
    lines = {}
    for file in json.loads(done.stdout)['files']:
        if file['file'].endswith(source):
            for said in file['lines']:
                lines.setdefault(said['line_number'], Line()).add(said)
    return lines


def extent(text, function):
    """First and last line of a function's definition, as a kernel developer lays it out."""
    head = re.compile(rf'^[a-z].*\b{re.escape(function)}\(')
    for first, line in enumerate(text, 1):
        if not head.match(line):
            continue
        for last in range(first, len(text) + 1):
            if text[last - 1].rstrip().endswith(';') and text[last - 1][0] not in ' \t{':
                break           # a declaration
            if text[last - 1].startswith('}'):
                return first, last
    return None


def html(tree, folder, files, page):
    """The same for a browser, by gcovr."""
    command = ['gcovr', '--root', tree, '--object-directory', folder, '--html-details', page,
               '--gcov-ignore-parse-errors']
    for file in files:
        command += ['--filter', re.escape(os.path.join(tree, file))]
    done = subprocess.run([*command, folder], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        raise Problem(f'{shlex.join(command)} failed:\n{done.stdout.strip()[-2000:]}')
