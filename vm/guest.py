# SPDX-License-Identifier: GPL-2.0
"""Understands what a guest's init sends; vm/init.c describes the lines."""

import re
import time
import zlib

END = re.compile(r'end (\S+) (exit|signal) (\d+) bytes (\d+) crc ([0-9a-f]{8}) left (\d)$')

# The suite itself writes a complaint to the log, to see that it is noticed. After a bad page, a bad
# counter or page tables that are left the kernel goes on.
CRASH = re.compile(rb'(BUG: (?!Bad |non-zero |.*, not really)|Oops: |general protection fault'
                   rb'|Unable to handle).*')


class Run:
    """One program in the guest: what it printed, and how it ended."""

    def __init__(self, name):
        self.name = name
        self.output = bytearray()
        self.exit = None        # as a shell sees it: 128 + signal
        self.ended = False
        self.complaint = ''

    def end(self, found):
        self.ended = True
        self.exit = int(found.group(3)) + (128 if found.group(2) == 'signal' else 0)
        if len(self.output) != int(found.group(4)) or \
                zlib.crc32(self.output) != int(found.group(5), 16):
            self.complaint = (f'its output arrived damaged: {len(self.output)} bytes of '
                              f'{found.group(4)}')


class Listener:
    """Feeds on the guest's ports. Whatever bears the nonce is init's word, all else the kernel's."""

    def __init__(self, nonce, output=None):
        self.nonce = nonce.encode()
        self.output = output    # told of what comes: begin(run), line(bytes), end(run)
        self.pending = {}
        self.runs = []
        self.running = None
        self.hello = {}
        self.met = None         # when it said so
        self.console = bytearray()
        self.kernel_log = None
        self.in_log = False
        self.done = False
        self.broken = ''
        self.crashed = False    # the kernel said so, and may say nothing any more
        self.unread = b''

    def feed(self, port, data):
        lines = (self.pending.get(port, b'') + data).split(b'\n')
        self.pending[port] = lines.pop()
        for line in lines:
            self.line(line)

    def finish(self):
        for rest in self.pending.values():
            self.console += rest
        self.pending = {}
        if self.unread:
            self.show()

    def line(self, line):
        at = line.find(self.nonce)
        if at < 0:
            self.console += line.rstrip(b'\r') + b'\n'
            self.crashed = self.crashed or bool(CRASH.search(line))
            return
        if line[:at].strip():
            self.console += line[:at].rstrip() + b'\n'
        kind = line[at + len(self.nonce):at + len(self.nonce) + 1]
        rest = line[at + len(self.nonce) + 1:]
        if kind == b'!':
            self.mark(rest.decode('utf-8', 'replace').strip())
        elif self.in_log:
            self.kernel_log += rest + b'\n'
        elif self.running and kind in (b'|', b'+'):
            self.take(rest, kind == b'|')

    def take(self, text, whole):
        self.running.output += text + (b'\n' if whole else b'')
        self.unread += text
        if whole:
            self.show()

    def show(self):
        if self.output:
            self.output.line(self.unread)
        self.unread = b''

    def begin(self, name):
        self.running = Run(name)
        self.runs.append(self.running)
        if self.output:
            self.output.begin(self.running)

    def end(self, found):
        if self.unread:
            self.show()
        self.running.end(found)
        if self.output:
            self.output.end(self.running)
        self.running = None

    def mark(self, text):
        word, _, rest = text.partition(' ')
        found = END.match(text)
        if word == 'hello':
            words = rest.split()
            self.hello = dict(zip(words[::2], words[1::2]))
            self.met = time.monotonic()
        elif word == 'begin':
            self.begin(rest)
        elif found and self.running and self.running.name == found.group(1):
            self.end(found)
        elif word == 'log':
            self.in_log, self.kernel_log = True, bytearray()
        elif word == 'endlog':
            self.in_log = False
        elif word == 'done':
            self.done = True
        elif word == 'broken':
            self.broken = rest
