# SPDX-License-Identifier: GPL-2.0
"""Boots a kernel with the suite in it, and ends the guest as soon as there is a verdict."""

import os
import re
import shlex
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(HERE)
sys.path[:0] = [os.path.join(TOP, 'vm'), os.path.join(TOP, 'report')]

import accel                # noqa: E402
import arch as machines     # noqa: E402
import cell                 # noqa: E402
import guest                # noqa: E402
import initramfs            # noqa: E402
import kernel               # noqa: E402
import kunit                # noqa: E402
import needs                # noqa: E402
import output               # noqa: E402
import programs             # noqa: E402
import qemu                 # noqa: E402
import result               # noqa: E402

# What the harness prints of a check that failed.
CHECK = re.compile(r':\d+:\w+:Expected ')

# As the cell of vm/kernels that skips nothing.
MACHINE = ['--nodes', '2', '--swap', '256M', '--disk']


class Suite:
    """The programs, made once for all guests."""

    def __init__(self):
        self.name = machines.host()
        needs.check(self.name)
        self.arch = machines.TABLE[self.name]
        self.files = self.build()
        self.digests = {name: kernel.checksum(path) for name, path in self.files.items()}
        self.init = initramfs.build_init(self.name)
        self.parser = kunit.Parser()
        self.accel = None

    def build(self):
        folder = programs.build(self.name)
        return {name: os.path.join(folder, name) for name in programs.suite_names()}

    def order(self, first):
        """Their names, those in first before all others."""
        first = [name for name in dict.fromkeys(first) if name in self.files]
        return first + [name for name in self.files if name not in first]

    def accelerator(self, options, image):
        if not self.accel:
            choice = accel.Choice(options.accel, True, self.arch, image, options, self.init)
            self.accel = choice.name
        return self.accel


class Watch:
    """What the guest says while it says it; ends it at the first test that was_good."""

    def __init__(self, suite, was_good, shown):
        self.suite = suite
        self.was_good = was_good
        self.shown = shown
        self.listener = None
        self.lines = []
        self.began = 0
        self.seconds = {}

    def begin(self, run):
        self.lines = []
        self.began = time.monotonic()
        if self.shown:
            self.shown.begin(run)

    def line(self, line):
        self.lines.append(line)
        if self.shown:
            self.shown.line(line)
        if self.was_good is not None and line.startswith(b'not ok '):
            run = self.listener.running
            said = result.program(run.name, b'\n'.join(self.lines) + b'\n', None,
                                  self.suite.parser)
            if named(said, self.was_good):
                self.listener.done = True

    def end(self, run):
        self.seconds[run.name] = time.monotonic() - self.began
        if self.shown:
            self.shown.end(run)


def id_of(program, test):
    return f'{program["name"]} {test["name"]}'


def only_the_log(test):
    """Whether a test failed for no other reason than what the kernel logged."""
    said = '\n'.join(test['diagnosis'])
    return test['name'] == 'kernel_log' or \
        'the kernel complained' in said and not any(
            line.strip().startswith('want') for line in test['diagnosis'])


def has_failed(test):
    """A test that told of a check that failed has failed, whether the kernel let it end or not."""
    return test['verdict'] == 'FAIL' or test['verdict'] == 'ERROR' and any(
        CHECK.search(line) for line in test['diagnosis'])


def failed(program):
    return [test for test in program['tests'] if has_failed(test)]


def named(program, was_good):
    """The claims that failed, of those that held on the kernel without a mistake."""
    return [id_of(program, test) for test in failed(program)
            if id_of(program, test) in was_good and not only_the_log(test)]


class Boot:
    """One guest and what came out of it."""

    def __init__(self, suite, image, words=(), order=(), was_good=None, show=False, limit=300):
        arguments = [*MACHINE, *words]
        options = cell.arguments(None, ['--kernel', image, *arguments])
        chosen = [(name, suite.files[name], []) for name in suite.order(order)]
        self.shown = output.Output(len(chosen)) if show else None
        self.repeat = shlex.join(['vm/run', '--kernel', image, *arguments])
        self.suite = suite
        watch = Watch(suite, was_good, self.shown)
        nonce = os.urandom(16).hex()
        watch.listener = self.listener = guest.Listener(nonce, watch)
        accelerator = suite.accelerator(options, image)
        archive = initramfs.build(suite.init, cell.orders(options, suite.arch, nonce, accelerator,
                                                          chosen),
                                  {name: path for name, path, _ in chosen}, options.disk)
        began = time.monotonic()
        self.ended, said = qemu.run(suite.arch, image, options, accelerator, archive,
                                    self.listener, limit, cell.SILENCE)
        self.seconds = time.monotonic() - began
        self.took = watch.seconds
        self.wrong = cell.complaints(self.ended, said, self.listener, limit)
        self.programs = [self.judge(run) for run in self.listener.runs]

    def judge(self, run):
        # A program that was stopped early has no end to complain of.
        return result.program(run.name, bytes(run.output), run.exit, self.suite.parser,
                              run.complaint)

    def tests(self):
        """{program and test: verdict}"""
        return {name: verdict for name, (verdict, _) in self.said().items()}

    def said(self):
        """{program and test: (verdict, reason)}"""
        return {id_of(program, test): (test['verdict'], test['reason'])
                for program in self.programs for test in program['tests']}

    def log(self):
        return bytes(self.listener.kernel_log or self.listener.console)
