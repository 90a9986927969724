# SPDX-License-Identifier: GPL-2.0
"""mutation/apply: every mutant says what it is, and is planted asleep."""

import glob
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(TOP, 'mutation'))

import mutant  # noqa: E402
import source  # noqa: E402

CODE = """\
#include <linux/mm.h>
#include <linux/rmap.h>

int add(int a, int b);

static inline int
add(int a, int b)
{
	count(ADD);
	if (a) {
		count(A);
	}
	return a + b;
}

static void other(void)
{
	count(ADD);
	add(1,
	    2);
}
"""

MUTANT = """\
// SPDX-License-Identifier: GPL-2.0
// broken: does not count
//   what it adds
// seen: a count too low
// claim: 1.7 hugezero_wp
// file: mm/huge_memory.c
@@
@@
add(...)
{
 <...
+	if (!MUTANT)
 	count(ADD);
 ...>
}
"""


class Reading(unittest.TestCase):
    def read(self, text, name='adds-nothing'):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, name + '.cocci')
            with open(path, 'w', encoding='utf-8') as file:
                file.write(text)
            return mutant.read(path)

    def test_a_mutant_says_what_it_is(self):
        read = self.read(MUTANT)
        self.assertEqual(read.broken, 'does not count what it adds')
        self.assertEqual(read.file, ['mm/huge_memory.c'])
        self.assertEqual(read.functions, ['add'])
        self.assertEqual(read.race, 1)
        self.assertTrue(read.sleeps)
        self.assertIn('if (!hz_mutant(HZ_MUTANT_ADDS_NOTHING))', read.rules)

    def test_one_that_does_not_is_refused(self):
        for line in ('broken', 'seen', 'claim', 'file'):
            with self.subTest(line), self.assertRaisesRegex(mutant.Problem, f'no {line}'):
                self.read(MUTANT.replace(f'// {line}:', '// odd:'))
        with self.assertRaisesRegex(mutant.Problem, 'SPDX'):
            self.read(MUTANT.replace('SPDX', 'XDPS'))
        with self.assertRaisesRegex(mutant.Problem, 'name'):
            self.read(MUTANT, 'Adds_Nothing')

    def test_all_there_are_can_be_read(self):
        for path in mutant.paths():
            with self.subTest(path):
                self.assertTrue(mutant.read(path).sleeps)

    def test_no_fix_sleeps_and_each_names_a_known_bug(self):
        with open(os.path.join(TOP, 'doc/known-issues.md'), encoding='utf-8') as file:
            headlines = [line[3:].strip() for line in file if line.startswith('## ')]
        for path in glob.glob(os.path.join(TOP, 'mutation/fixes/*.cocci')):
            with self.subTest(path):
                fix = mutant.read(path)
                self.assertFalse(fix.sleeps)
                self.assertIn(fix.bug, headlines)
                self.assertIn(fix.hides, [*headlines, ''])


class Cutting(unittest.TestCase):
    def test_a_function_is_cut_out_whole(self):
        piece = source.cut(CODE, ['add'])
        self.assertIn('static inline int\nadd(', piece)
        self.assertTrue(piece.endswith('return a + b;\n}\n\n'))
        self.assertNotIn('other', piece)

    def test_what_was_not_changed_is_put_back_as_it_was(self):
        for names in (['add'], ['other'], ['add', 'other'], ['none']):
            self.assertEqual(source.paste(CODE, names, source.cut(CODE, names)), CODE)

    def test_a_change_is_put_in_its_place(self):
        piece = source.cut(CODE, ['other']).replace('count(ADD)', 'count(OTHER)')
        changed = source.paste(CODE, ['other'], piece)
        self.assertEqual(changed, CODE.replace('count(ADD);\n\tadd', 'count(OTHER);\n\tadd'))


@unittest.skipUnless(shutil.which('spatch'), 'spatch is missing')
class Applying(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.write('mm/huge_memory.c', CODE)
        self.write('mm/Makefile', 'obj-y += huge_memory.o\n')
        os.makedirs(os.path.join(self.folder, 'include/linux'))

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'w', encoding='utf-8') as file:
            file.write(text)
        return path

    def text(self, name='mm/huge_memory.c'):
        with open(os.path.join(self.folder, name), encoding='utf-8') as file:
            return file.read()

    def apply(self, *mutants):
        return subprocess.run([os.path.join(TOP, 'mutation/apply'), self.folder, *mutants],
                              capture_output=True, text=True, check=False)

    def test_a_mutant_is_planted_asleep(self):
        done = self.apply(self.write('adds-nothing.cocci', MUTANT))
        self.assertEqual((done.stdout, done.returncode), ('adds-nothing: applied\n', 0))
        self.assertIn('\tif (!hz_mutant(HZ_MUTANT_ADDS_NOTHING)) count(ADD);', self.text())
        self.assertIn('\n#include <linux/hz_mutant.h>\n', self.text())
        self.assertIn('\tHZ_MUTANT_ADDS_NOTHING,\n', self.text('include/linux/hz_mutant.h'))
        self.assertIn('"adds-nothing",', self.text('mm/hz_mutant.c'))
        self.assertIn('hz_mutant.o', self.text('mm/Makefile'))

    def test_another_run_starts_from_the_original(self):
        first = self.write('adds-nothing.cocci', MUTANT)
        second = self.write('adds-none.cocci', MUTANT)
        self.apply(first)
        self.apply(first, second)
        both, number = self.text(), os.stat(os.path.join(self.folder, 'mm/huge_memory.c'))
        self.assertEqual(self.apply(first, second).returncode, 0)
        self.assertEqual(self.text(), both)
        self.assertEqual(os.stat(os.path.join(self.folder, 'mm/huge_memory.c')).st_mtime_ns,
                         number.st_mtime_ns)
        self.apply(second)
        self.assertNotIn('ADDS_NOTHING', self.text())
        self.assertEqual(self.text('mm/Makefile').count('hz_mutant.o'), 1)

    def test_one_that_finds_nothing_is_told(self):
        done = self.apply(self.write('adds-nothing.cocci', MUTANT.replace('(ADD)', '(SUB)')),
                          self.write('adds-none.cocci', MUTANT),
                          self.write('adds-odd.cocci', MUTANT.replace('<...', '<..')),
                          self.write('adds-gone.cocci', MUTANT.replace('\nadd(', '\nsub(')))
        said = done.stdout.splitlines()
        self.assertEqual(said[1], 'adds-none: applied')
        self.assertRegex(said[0], '^adds-gone: not applied: mm/huge_memory.c: there is no sub')
        self.assertRegex(said[2], '^adds-nothing: not applied: .*nothing in the code matches')
        self.assertRegex(said[3], '^adds-odd: not applied: .*spatch: ')
        self.assertEqual(done.returncode, 1)

    def test_without_a_tree_it_ends_at_once(self):
        for name in ('mm/huge_memory.c', None):
            if name:
                os.unlink(os.path.join(self.folder, name))
            self.assertEqual(self.apply().returncode, 2)


if __name__ == '__main__':
    unittest.main()
