# SPDX-License-Identifier: GPL-2.0
"""Takes apart what the kselftest runner printed, into one text a program.

The runner prefixes what a program prints with "# ", and run_vmtests.sh, which it
runs, does so once more. How deep a line stands says who printed it.
"""

import re

PLAN = re.compile(r'1\.\.(\d+)\s*(?:# SKIP\b\s*(.*))?$')
VERSION = re.compile(r'K?TAP version \d+$')
RESULT = re.compile(r'(ok|not ok) (\d+)(?: (?!#)(?:- )?([^#]*?))?\s*(?:#\s*(.*))?$')
ANNOUNCED = re.compile(r'selftests: \S+: (\S+)$')
RUNNING = re.compile(r'running (\S+)$')
KERNEL_STAMP = re.compile(r'\[ *\d+\.\d{6}\](?:\[ *[TC]\d+\])? ')
TORN = re.compile(r'((?:# )*(?:not )?ok \d+ [^#\[]*)(\[ *\d+\.\d{6}\].*)$')
UNPRINTABLE = re.compile(r'[\x00-\x08\x0b-\x1f\x7f-\x9f]')
EXIT = re.compile(r'exit=(\d+)')


class Program:
    """What one program printed, and what the runner said of how it ended."""

    def __init__(self, name=''):
        self.name = name
        self.lines = []
        self.exit = None
        self.complaint = ''


class Block:
    """An open piece of the text: the runner's, a script's or a program's."""

    def __init__(self, depth, name, is_runner):
        self.depth = depth
        self.name = name
        self.is_runner = is_runner
        self.announced = ''
        self.child = None
        self.lines = []
        self.notes = []
        self.plan = None
        self.skip = None
        self.results = 0
        self.programs = []


def text_lines(data):
    """Lines of bytes or text, without what a console or a crash mixed in."""
    if isinstance(data, bytes):
        data = data.decode('utf-8', 'replace')
    joined = ''
    for line in data.split('\n'):
        line = joined + UNPRINTABLE.sub('', line.rstrip('\r'))
        joined = ''
        torn = TORN.match(line)
        if torn:
            # a kernel message in the middle of a result: the rest of it follows
            joined = torn.group(1)
            line = '# ' * torn.group(1).count('# ') + torn.group(2)
        yield line
    if joined:
        yield joined


def strip_prefix(line, depth):
    """The line without up to depth prefixes, and how many more it has."""
    found = 0
    while line.startswith('# '):
        line = line[2:]
        found += 1
    if line == '#' and found < depth:
        return '', found + 1
    return line, found


def at_depth(line, depth):
    """The line as the block of that depth printed it."""
    while depth and line.startswith('# '):
        line = line[2:]
        depth -= 1
    return line


def ending(program, verdict, note):
    """Records what a runner's result line says of a program."""
    found = EXIT.search(note)
    if found:
        program.exit = int(found.group(1))
    elif note.startswith('TIMEOUT'):
        program.exit = 124
        program.complaint = 'killed after its time was up: ' + note
    elif note.startswith('SKIP'):
        program.exit = 4
    elif note.startswith('XFAIL'):
        program.exit = 2
    elif verdict == 'ok':
        program.exit = 0
    else:
        program.complaint = 'the runner reports a failure: ' + (note or 'no reason given')
    if program.exit is not None and program.exit > 128:
        program.complaint = 'died: ' + note


class Splitter:
    """Feeds on lines; leaves the programs and what is wrong with the frame."""

    def __init__(self):
        self.stack = [Block(0, '', True)]
        self.problems = []

    def open_at(self, depth):
        for block in self.stack:
            if block.depth == depth:
                return block
        return None

    def feed(self, line):
        rest, depth = strip_prefix(line, 0)
        runner = self.open_at(depth - 1)
        block = self.open_at(depth)
        result = RESULT.match(rest)
        if VERSION.match(rest) and (depth == 0 or self.may_open(runner, depth)):
            if depth and not runner.child:
                self.open_child(runner)
            self.stack[-1].lines.append(rest)
        elif PLAN.match(rest) and (block or self.may_open(runner, depth)):
            self.plan(self.open_at(depth) or self.open_child(runner), rest)
        elif result and block and block.is_runner:
            self.close_below(block)
            self.end_program(block, result)
        elif result and block:
            block.lines.append(rest)
            block.results += 1
        else:
            self.other(line, rest, depth)

    @staticmethod
    def may_open(runner, depth):
        return bool(depth and runner and runner.is_runner)

    def open_child(self, runner):
        self.close_below(runner)
        name = runner.announced
        block = Block(runner.depth + 1, name, name.endswith('.sh'))
        runner.child = block
        self.stack.append(block)
        return block

    @staticmethod
    def plan(block, rest):
        found = PLAN.match(rest)
        if block.plan is None:
            block.plan = int(found.group(1))
            block.skip = found.group(2)
        block.lines.append(rest)

    def other(self, line, rest, depth):
        top = self.stack[-1]
        if top.is_runner and depth == top.depth + 1 and not top.child:
            found = (ANNOUNCED if top.depth == 0 else RUNNING).match(rest)
            found = found or RUNNING.match(rest)
            if found:
                top.announced = found.group(1)
                return
        if top.is_runner:
            top.notes.append(rest)
        top.lines.append(at_depth(line, top.depth))

    def close_below(self, block):
        """Ends what is still open inside of the block, without a result line."""
        while self.stack[-1] is not block:
            inner = self.stack.pop()
            if inner.is_runner and inner.child:
                self.adopt(inner, inner.child, Program(inner.announced))
                inner.child = None

    def end_program(self, runner, result):
        verdict, _, name, note = result.groups()
        name = (name or '').strip()
        name = name.rsplit(': ', 1)[-1] if name.startswith('selftests: ') else name
        program = Program(name or runner.announced or f'program {result.group(2)}')
        ending(program, verdict, (note or '').strip())
        if program.complaint and not runner.child and runner.notes:
            program.complaint += ' (' + '; '.join(runner.notes[-3:]) + ')'
        runner.results += 1
        self.adopt(runner, runner.child, program)
        runner.child = None
        runner.announced = ''
        runner.notes = []

    def adopt(self, runner, block, program):
        """Gives the runner what a block inside of it turned out to be."""
        if block and block.is_runner and block.programs:
            self.check_script(block, program)
            runner.programs += block.programs
            return
        if block:
            program.lines = block.lines
        program.name = program.name or (block.name if block else '') or 'unnamed program'
        runner.programs.append(program)

    def check_script(self, block, script):
        name = block.name or script.name
        if block.plan is not None and block.results != block.plan:
            self.problems.append(f'{name}: planned {block.plan} programs, '
                                 f'{block.results} reported back')
        failed = [p for p in block.programs if p.exit not in (0, 4)]
        if script.complaint:
            self.problems.append(f'{name}: {script.complaint}')
        elif script.exit not in (None, 0, 1, 4) or (script.exit == 1 and not failed):
            self.problems.append(f'{name}: exit status {script.exit}, which no '
                                 'program of it accounts for')

    def finish(self):
        root = self.stack[0]
        self.close_below(root)
        if root.child:
            self.adopt(root, root.child, Program(root.child.name))
            root.child = None
            self.problems.append('the runner stopped before it reported the last program')
        if root.plan is not None and root.results != root.plan:
            self.problems.append(f'the runner planned {root.plan} programs, '
                                 f'{root.results} reported back')
        return root.programs, self.problems


def split(data):
    """The programs in a runner's text, and what is wrong with the text itself."""
    splitter = Splitter()
    for line in text_lines(data):
        splitter.feed(line)
    return splitter.finish()
