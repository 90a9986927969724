# SPDX-License-Identifier: GPL-2.0
"""Reads a program's results with the kernel's own KTAP parser."""

import importlib
import io
import os
import re
import subprocess
import sys

# kunit_parser.py knows neither: it would take both for a plain pass.
MARKED = {'XFAIL': 'hugezero-xfail:', 'XPASS': 'hugezero-xpass:'}
EXPECTED = re.compile(r'(ok \d+ [^#]*)# (XFAIL|XPASS)\b ?(.*)$')


class NoParser(Exception):
    """There is no kunit_parser.py that we could use."""


def find():
    """The folder of the kernel's parser, as harness/fetch knows it."""
    fetch = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'harness', 'fetch')
    done = subprocess.run([fetch, '--kunit'], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise NoParser(done.stderr.strip() or 'harness/fetch --kunit failed')
    return done.stdout.strip()


class Parser:
    """The parser of one kernel version."""

    def __init__(self, folder=None):
        folder = folder or find()
        path = os.path.join(folder, 'kunit_parser.py')
        if not os.path.isfile(path):
            raise NoParser(f'{path} does not exist')
        # no bytecode beside the kernel's files: they are shared and never change
        sys.dont_write_bytecode, kept = True, sys.dont_write_bytecode
        sys.path.insert(0, folder)
        for name in ('kunit_parser', 'kunit_printer'):
            sys.modules.pop(name, None)
        try:
            self.parser = importlib.import_module('kunit_parser')
            self.printer = importlib.import_module('kunit_printer')
        finally:
            sys.path.remove(folder)
            sys.dont_write_bytecode = kept
        if not hasattr(self.parser.Test(), 'skip_reason'):
            raise NoParser(f'{path} is too old: it drops the reasons of skips')

    def results(self, body, count):
        """[(name, verdict, reason, lines before it)] of count results, and errors.

        body has result lines and lines that begin with "#", no other."""
        if not count:
            return [], []
        said = io.StringIO()
        # Diagnostics go by number: nothing that a test says may mean something
        # to the parser, which takes "reboot: System halted" for the end.
        text = [f'# {at}' if line.startswith('#') else mark(line)
                for at, line in enumerate(body)]
        tree = self.parser.parse_run_tests(['TAP version 13', f'1..{count}'] + text,
                                           self.printer.Printer(output=said))
        found = [self.one(test, body) for test in tree.subtests]
        errors = [line.split('[ERROR] Test: ', 1)[1].replace('main: ', '', 1)
                  for line in said.getvalue().splitlines() if '[ERROR] Test: ' in line]
        if len(found) != count:
            errors.append(f'the KTAP parser saw {len(found)} results of {count}')
        return found, errors

    def one(self, test, body):
        status = self.parser.TestStatus
        verdict = {status.SUCCESS: 'PASS', status.FAILURE: 'FAIL',
                   status.SKIPPED: 'SKIP'}.get(test.status, 'ERROR')
        reason = test.skip_reason.strip()
        if verdict == 'SKIP':
            for name, marked in MARKED.items():
                if reason.startswith(marked):
                    verdict, reason = name, reason[len(marked):].strip()
        return (test.name.strip(), verdict, reason,
                [body[int(line[2:])] for line in test.log])


def mark(line):
    """Carries what the parser would lose through as the reason of a skip."""
    found = EXPECTED.match(line)
    if found:
        return f'{found.group(1)}# SKIP {MARKED[found.group(2)]} {found.group(3)}'
    return line
