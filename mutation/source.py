# SPDX-License-Identifier: GPL-2.0
"""Cuts functions out of a C source file, and puts changed ones back.

A semantic patch takes seconds for a file of thousands of lines, and a twentieth of one for the
function that it is about. Cutting rests on the kernel's style: what begins and ends a function
stands in the first column.
"""

import re

MARK = '/* hz-cut {} */\n'
MARKS = re.compile(r'^/\* hz-cut (\d+) \*/\n', re.MULTILINE)


def begin_of(lines, at):
    """Where the return type has a line for itself, it is the one before the name."""
    before = lines[at - 1] if at else ''
    return at - 1 if re.match(r'[a-z_][\w \t*]*$', before) else at


def end_of(lines, at):
    """The line after the function's end, or None where this is no definition."""
    for number in range(at, len(lines)):
        line = lines[number].rstrip()
        if line == '{':
            at = number
            break
        if line.endswith((';', '}')):
            return None
    for number in range(at, len(lines)):
        if lines[number].rstrip() == '}':
            return number + 1
    return None


def find(lines, names):
    """Where the definitions of functions are, as (begin, end); there may be some to a name."""
    head = re.compile(r'(?![#*/])\S(?:.*[\s*])?(?:' + '|'.join(names) + r')\(|(?:' +
                      '|'.join(names) + r')\(')
    places = []
    for number, line in enumerate(lines):
        end = end_of(lines, number) if head.match(line) else None
        if end:
            places.append((begin_of(lines, number), end))
    return places


def cut(text, names):
    """The definitions of functions, marked so that paste() finds their places again."""
    lines = text.splitlines(keepends=True)
    return ''.join(MARK.format(number) + ''.join(lines[begin:end]) + '\n'
                   for number, (begin, end) in enumerate(find(lines, names)))


def paste(text, names, changed):
    """Puts what cut() gave, and somebody changed, in the place of the definitions."""
    lines = text.splitlines(keepends=True)
    pieces = MARKS.split(changed)[1:]
    places = find(lines, names)
    if [int(number) for number in pieces[::2]] != list(range(len(places))):
        raise ValueError('the marks of what was cut out are lost')
    for (begin, end), piece in reversed(list(zip(places, pieces[1::2]))):
        lines[begin:end] = [piece.rstrip('\n') + '\n']
    return ''.join(lines)


def include(text, header):
    """Includes a header after the first one of its kind."""
    line = f'#include <linux/{header}>\n'
    return text if line in text else re.sub(r'^#include <linux/.*\n', lambda found:
                                            found.group(0) + line, text, count=1,
                                            flags=re.MULTILINE)
