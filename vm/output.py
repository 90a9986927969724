# SPDX-License-Identifier: GPL-2.0
"""The guest's output on the terminal as it comes, framed like run_vmtests.sh does, and kept."""

import os
import sys


class Output:
    def __init__(self, programs):
        self.kept = bytearray()
        self.number = 0
        self.say(b'TAP version 13')
        self.say(b'1..%d' % programs)

    def say(self, line):
        self.kept += line + b'\n'
        try:
            sys.stdout.buffer.write(line + b'\n')
            sys.stdout.buffer.flush()
        except BrokenPipeError:
            # Nobody reads on; the verdict and the files are wanted all the same.
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)

    def begin(self, run):
        self.number += 1
        self.say(b'# running ' + run.name.encode())

    def line(self, line):
        self.say(b'# ' + line)

    def end(self, run):
        ending = b'ok %d %s' % (self.number, run.name.encode())
        if run.exit == 4:
            ending += b' # SKIP'
        elif run.exit or run.complaint:
            ending = b'not ' + ending + b' # exit=%d' % run.exit
        self.say(ending)
