# SPDX-License-Identifier: GPL-2.0
"""What of each function ran, held against the reasons why some lines do not."""

import re

from problem import Problem

CHANCE = 'by chance'     # begins the reason of a line that another run may reach
LABEL = re.compile(r'\s*\w+:\s*$')
REASON = re.compile(r'(\w+)\t+(\S.*?)\t+(\S.*)$')


def entries(path):
    """The lines of a file without its comments."""
    with open(path, encoding='utf-8') as file:
        return [line.rstrip('\n') for line in file if line.strip() and not line.startswith('#')]


def functions(path):
    """[(source file, function, whether each line has to be reached)]"""
    found = []
    for line in entries(path):
        words = line.split()
        if len(words) not in (2, 3) or words[2:] not in ([], ['every']):
            raise Problem(f'{path}: what is this? {line}')
        found.append((words[0], words[1], len(words) == 3))
    return found


def reasons(path):
    """{(function, code): reason}"""
    found = {}
    for line in entries(path):
        match = REASON.match(line)
        if not match:
            raise Problem(f'{path}: a function, code and a reason, with tabs between: {line}')
        found[match.group(1), ' '.join(match.group(2).split())] = match.group(3)
    return found


class Function:
    """One function and which of its lines ran."""

    def __init__(self, name, every, text, extent, lines):
        self.name = name
        self.every = every
        self.there = extent is not None
        first, last = extent or (1, 0)
        # A label runs when somebody falls into it; what counts is what stands below.
        own = {number: line for number, line in lines.items()
               if first <= number <= last and not LABEL.match(text[number - 1])}
        self.lines = len(own)
        self.reached = sum(line.count > 0 for line in own.values())
        branches = [taken for line in own.values() for taken in line.branches]
        self.branches = len(branches)
        self.taken = sum(taken > 0 for taken in branches)
        self.missed = [(number, ' '.join(text[number - 1].split()))
                       for number, line in sorted(own.items()) if not line.count]

    def row(self):
        def part(some, all_of):
            return f'{some:4}/{all_of:<4}' + (f'{100 * some // all_of:4} %' if all_of else '     -')

        if not self.lines:
            return f'{self.name:<32} ' + ('never compiled, or inlined away' if self.there
                                          else 'not in this kernel')
        return (f'{self.name:<32} {part(self.reached, self.lines)}   '
                f'{part(self.taken, self.branches)}')


def hold(found, kept):
    """Lines that ran nowhere and have no reason, and reasons that nothing needs any more."""
    unexplained, used = [], set()
    for function in found:
        for number, code in function.missed:
            if (function.name, code) in kept:
                used.add((function.name, code))
            elif function.every:
                unexplained.append(f'{function.name}:{number}: {code}')
    names = {function.name for function in found if function.lines}
    stale = [f'{name}: {code}' for (name, code), why in kept.items() if (name, code) not in used
             and name in names and not why.startswith(CHANCE)]
    return unexplained, stale


def document(found, kept):
    """The table, and each line that was not reached."""
    said = [f'{"function":<32} {"lines":>9} {"":6} {"branches":>11}', '']
    said += [function.row() for function in found]
    said += ['', 'not reached:']
    for function in found:
        for number, code in function.missed:
            why = kept.get((function.name, code), 'no reason known' if function.every else '')
            said.append(f'  {function.name}:{number}: {code}' + (f'\n      {why}' if why else ''))
    return said
