# SPDX-License-Identifier: GPL-2.0
"""The suite builds for every architecture that has a compiler here."""

import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), 'vm'))

import arch       # noqa: E402
import needs      # noqa: E402
import programs   # noqa: E402
from problem import Missing  # noqa: E402


class Cross(unittest.TestCase):
    """What links on one may lack a symbol on another: an atomic byte is a library on riscv64."""

    def build(self, name):
        try:
            needs.library(name)
        except Missing as why:
            self.skipTest(str(why))
        folder = programs.build(name)
        with open(os.path.join(folder, '..', '..', 'build.log'), encoding='utf-8') as log:
            self.assertNotIn('warning:', log.read())
        for program in programs.suite_names():
            self.assertTrue(os.path.isfile(os.path.join(folder, program)), program)


def add(name):
    setattr(Cross, f'test_builds_for_{name}', lambda self: self.build(name))


for each in arch.TABLE:
    if each != arch.host():
        add(each)
