# SPDX-License-Identifier: GPL-2.0
"""coverage/: what a kernel counted, on a source file of our own that gcc counts the same way."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
COVERAGE = os.path.join(TOP, 'coverage')
sys.path[:0] = [COVERAGE, os.path.join(TOP, 'vm')]

import gcov   # noqa: E402
import reached  # noqa: E402
from problem import Problem  # noqa: E402

SOURCE = '''\
#include <stdio.h>
int half(int n);
static int twice(int n)
{
	if (n < 0)
		return 0;
	return 2 * n;
}

int half(int n)
{
	return n / 2;
}

int main(void)
{
	printf("%d\\n", twice(3));
	return 0;
}
'''


class Counts(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if not shutil.which('gcov'):
            raise unittest.SkipTest('gcov is missing')
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.tree, cls.out = (os.path.join(folder.name, name) for name in ('tree', 'out'))
        os.makedirs(os.path.join(cls.tree, 'mm'))
        with open(os.path.join(cls.tree, 'mm', 'a.c'), 'w', encoding='ascii') as source:
            source.write(SOURCE)
        subprocess.run(['gcc', '--coverage', '-c', '-o', 'mm/a.o', 'mm/a.c'], cwd=cls.tree,
                       check=True)
        subprocess.run(['gcc', '--coverage', '-o', 'a', 'mm/a.o'], cwd=cls.tree, check=True)
        subprocess.run(['./a'], cwd=cls.tree, check=True, stdout=subprocess.DEVNULL)
        gcda = os.path.join(cls.tree, 'mm', 'a.gcda')
        with open(gcda, 'rb') as file:
            counts = file.read()
        os.unlink(gcda)
        lines = ['noise', *(f'gcda {gcda} {counts[at:at + 100].hex()}'
                            for at in range(0, len(counts), 100))]
        cls.found = gcov.receive(lines, cls.tree, cls.out)
        cls.text = SOURCE.splitlines()
        cls.lines = gcov.lines_of(cls.found['mm/a.c'], 'mm/a.c')

    def function(self, name, every=True):
        return reached.Function(name, every, self.text, gcov.extent(self.text, name), self.lines)

    def test_a_function_is_found_by_its_definition(self):
        self.assertEqual(gcov.extent(self.text, 'half'), (10, 13))
        self.assertEqual(gcov.extent(self.text, 'twice'), (3, 8))
        self.assertIsNone(gcov.extent(self.text, 'thrice'))

    def test_lines_and_branches_that_ran(self):
        twice = self.function('twice')
        self.assertEqual((twice.reached, twice.lines), (3, 4))
        self.assertEqual((twice.taken, twice.branches), (1, 2))
        self.assertEqual(twice.missed, [(6, 'return 0;')])
        self.assertEqual(self.function('half').reached, 0)
        self.assertIn('not in this kernel', self.function('thrice').row())

    def test_a_line_without_a_reason_is_told(self):
        unexplained, stale = reached.hold([self.function('twice')], {})
        self.assertEqual((unexplained, stale), (['twice:6: return 0;'], []))
        kept = {('twice', 'return 0;'): 'nobody asks'}
        self.assertEqual(reached.hold([self.function('twice')], kept), ([], []))
        self.assertEqual(reached.hold([self.function('twice', every=False)], {}), ([], []))

    def test_a_reason_that_nothing_needs_is_told(self):
        kept = {('twice', 'return 0;'): 'nobody asks', ('twice', 'return 2 * n;'): 'never'}
        self.assertEqual(reached.hold([self.function('twice')], kept)[1], ['twice: return 2 * n;'])

    def test_damaged_counts_are_no_result(self):
        bad = os.path.join(self.out, 'bad.gcda')
        with open(bad, 'wb') as out:
            out.write(b'garbage')
        with self.assertRaises(Problem):
            gcov.lines_of(bad, 'bad.c')


class Files(unittest.TestCase):
    def test_the_kept_files_can_be_read(self):
        wanted = reached.functions(os.path.join(COVERAGE, 'functions'))
        names = {name for _, name, every in wanted if every}
        for name, _ in reached.reasons(os.path.join(COVERAGE, 'unreached')):
            self.assertIn(name, names)

    def test_bad_lines_are_refused(self):
        with tempfile.NamedTemporaryFile('w', suffix='.txt') as file:
            file.write('mm/a.c twice all\n')
            file.flush()
            for reader in (reached.functions, reached.reasons):
                with self.assertRaisesRegex(Problem, re.escape(file.name)):
                    reader(file.name)

    def test_counters_are_planted_once(self):
        with tempfile.TemporaryDirectory() as tree:
            for name, text in (('mm/Makefile', 'obj-y := a.o\n'), ('kernel/gcov/Kconfig',
                               'config GCOV_KERNEL\n\tbool "Count"\n\tdepends on X\n')):
                os.makedirs(os.path.join(tree, os.path.dirname(name)))
                with open(os.path.join(tree, name), 'w', encoding='ascii') as file:
                    file.write(text)
            for _ in range(2):
                gcov.Gcov(['mm/a.c']).apply(tree)
            with open(os.path.join(tree, 'mm/Makefile'), encoding='ascii') as file:
                self.assertEqual(file.read().count('GCOV_PROFILE_a.o := y'), 1)
            with open(os.path.join(tree, 'kernel/gcov/Kconfig'), encoding='ascii') as file:
                self.assertEqual(file.read().count('default y'), 1)


if __name__ == '__main__':
    unittest.main()
