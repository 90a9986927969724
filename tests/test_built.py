# SPDX-License-Identifier: GPL-2.0
"""vm/built.py: what it builds is what was asked for, and is never half of it or out of date.

The kernel is a small one: a package whose Makefile knows the goals that are used.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import threading
import unittest
from unittest import mock

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(HERE)
sys.path.insert(0, os.path.join(TOP, 'vm'))
import arch     # noqa: E402
import built    # noqa: E402
from problem import Missing, Problem  # noqa: E402

X86 = arch.TABLE['x86_64']
# An image is what its sources and its configuration say. A symbol BAD_* is one that the rules
# of this kernel drop; a source that says "error" does not compile.
MAKEFILE = r'''
tinyconfig: ; echo CONFIG_TINY=y >.config
olddefconfig: ; sed -i '/CONFIG_BAD/d' .config
bzImage: arch/x86/boot/bzImage
arch/x86/boot/bzImage: mm/huge_memory.o .config
	mkdir -p $(@D)
	cat mm/huge_memory.o .config >$@
mm/huge_memory.o: $(wildcard mm/*.c)
	! grep -H error $^
	mkdir -p tools; echo $(CURDIR)/tools/a.c >tools/.a.cmd
	echo built >>built
	cat $^ >$@
.DELETE_ON_ERROR:
'''


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'w', encoding='utf-8') as out:
        out.write(text)


def read(path):
    with open(path, encoding='utf-8') as file:
        return file.read()


class Change:
    """Plants a line."""
    name = 'planted'

    def __init__(self, text):
        self.text = text

    def key(self):
        return self.text

    def apply(self, tree):
        write(os.path.join(tree, 'mm', 'huge_memory.c'), 'source\n' + self.text)

    def settle(self, tree, compiles):
        self.wrong = compiles('mm/huge_memory.o')

    def leaves(self, tree):
        return {'left': self.text}


class Built(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp()
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        top = os.path.join(cls.folder, 'src', 'linux-source-9.9')
        write(top + '/Makefile', MAKEFILE)
        write(top + '/mm/huge_memory.c', 'source\n')
        write(top + '/arch/arm/mm/fault.c', 'not for x86\n')
        write(top + '/arch/x86/mm/fault.c', 'for x86\n')
        package = os.path.join(cls.folder, 'package')
        os.makedirs(package + '/usr/src')
        write(package + '/DEBIAN/control', 'Package: linux-source-9.9\nVersion: 9.9.1-1\n'
              'Architecture: all\nMaintainer: none <none@example.org>\nDescription: none\n')
        subprocess.run(['tar', '-cJf', package + '/usr/src/linux-source-9.9.tar.xz', '-C',
                        os.path.dirname(top), 'linux-source-9.9'], check=True)
        cls.deb = os.path.join(cls.folder, 'linux-source-9.9_9.9.1-1_all.deb')
        subprocess.run(['dpkg-deb', '-b', package, cls.deb], check=True, stdout=subprocess.DEVNULL)

    def setUp(self):
        cache = tempfile.mkdtemp(dir=self.folder)
        config = os.path.join(cache, 'config')
        write(config + '/x86_64', 'CONFIG_BOOT=y\n')
        write(config + '/debug', 'CONFIG_DEBUG_VM=y\n')
        write(config + '/suite', 'CONFIG_ZRAM=m\n# CONFIG_ZSWAP is not set\n')
        for patch in (mock.patch.dict(os.environ, XDG_CACHE_HOME=cache),
                      mock.patch.object(built, 'package', lambda words: self.deb),
                      mock.patch.object(built, 'CONFIG', config),
                      mock.patch.object(built, 'SUITE_CONFIG', config + '/suite'),
                      mock.patch.object(shutil, 'which', lambda name: name)):
            patch.start()
            self.addCleanup(patch.stop)
        self.config = config

    def kernel(self, text='built:', change=None):
        return built.Kernel(built.Words(text), X86, change)

    def times_compiled(self, kernel):
        return read(os.path.join(kernel.tree, 'built')).count('built')

    def test_image_has_every_option(self):
        text = read(self.kernel().image())
        for line in ('source', 'CONFIG_TINY=y', 'CONFIG_BOOT=y', 'CONFIG_ZRAM=y',
                     '# CONFIG_ZSWAP is not set'):
            self.assertIn(line + '\n', text)
        self.assertNotIn('DEBUG_VM', text)

    def test_variant_adds_its_options(self):
        self.assertIn('CONFIG_DEBUG_VM=y\n', read(self.kernel('built::debug').image()))

    def test_sources_of_other_architectures_are_left_out(self):
        kernel = self.kernel()
        kernel.image()
        self.assertTrue(os.path.exists(kernel.tree + '/arch/x86/mm/fault.c'))
        self.assertFalse(os.path.exists(kernel.tree + '/arch/arm/mm/fault.c'))

    def test_second_time_builds_nothing(self):
        first = self.kernel()
        image = first.image()
        shutil.rmtree(first.tree)
        self.assertEqual(self.kernel().image(), image)
        self.assertFalse(os.path.exists(first.tree))

    def test_other_options_are_another_image(self):
        image = self.kernel().image()
        write(self.config + '/suite', 'CONFIG_ZRAM=m\nCONFIG_MORE=y\n')
        other = self.kernel()
        self.assertNotEqual(other.image(), image)
        self.assertIn('CONFIG_MORE=y', read(other.image()))
        self.assertNotIn('CONFIG_MORE=y', read(image))
        self.assertEqual(self.times_compiled(other), 1)

    def test_lacking_symbols_are_named(self):
        write(self.config + '/suite', 'CONFIG_BAD_NAME=y\nCONFIG_GOOD=y\nCONFIG_BAD_SIZE=3\n')
        for _ in range(2):
            with self.assertRaises(Problem) as caught:
                self.kernel().image()
            self.assertIn('CONFIG_BAD_NAME=y CONFIG_BAD_SIZE=3', str(caught.exception))
            self.assertNotIn('GOOD', str(caught.exception))

    def test_error_of_the_compiler_is_told_and_leaves_no_image(self):
        broken = self.kernel(change=Change('error here\n'))
        with self.assertRaises(Problem) as caught:
            broken.image()
        self.assertIn('error here', str(caught.exception))
        self.assertIn('error here', broken.change.wrong)
        self.assertFalse(os.path.exists(broken.image_folder))

    def test_change_is_planted_in_a_copy(self):
        plain = read(self.kernel().image())
        kernel = self.kernel(change=Change('planted\n'))
        planted = read(kernel.image())
        self.assertIn('source\nplanted\n', planted)
        self.assertEqual(read(os.path.join(kernel.image_folder, 'left')), 'planted\n')
        self.assertEqual(kernel.change.wrong, '')
        self.assertNotIn('planted', plain)
        self.assertNotIn('planted', read(self.kernel().tree + '/mm/huge_memory.c'))

    def test_copy_does_not_speak_of_where_it_came_from(self):
        kernel = self.kernel(change=Change('planted\n'))
        with mock.patch.object(kernel, 'compile'), mock.patch.object(kernel, 'publish'):
            kernel.build()
        self.assertEqual(read(kernel.tree + '/tools/.a.cmd'), kernel.tree + '/tools/a.c\n')

    def test_image_outlives_the_tree_that_it_was_built_in(self):
        first = self.kernel(change=Change('first\n'))
        image = first.image()
        self.kernel(change=Change('second\n')).image()
        self.assertEqual(self.kernel(change=Change('first\n')).image(), image)
        self.assertIn('first', read(image))

    def test_killed_build_is_begun_anew(self):
        kernel = self.kernel()
        with mock.patch.object(built, 'make', side_effect=KeyboardInterrupt):
            with self.assertRaises(KeyboardInterrupt):
                kernel.image()
        write(kernel.tree + '/mm/huge_memory.c', 'half of it')
        self.assertIn('source\n', read(self.kernel().image()))

    def test_two_at_once_build_once(self):
        kernels = [self.kernel() for _ in range(4)]
        threads = [threading.Thread(target=k.image) for k in kernels]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(self.times_compiled(kernels[0]), 1)
        self.assertTrue(os.path.exists(kernels[0].image()))

    def test_damaged_package(self):
        damaged = os.path.join(self.folder, 'linux-source-9.8_1_all.deb')
        with open(self.deb, 'rb') as whole, open(damaged, 'wb') as cut:
            cut.write(whole.read()[:-200])
        with mock.patch.object(built, 'package', lambda words: damaged):
            with self.assertRaises(Problem) as caught:
                self.kernel().image()
        self.assertIn('damaged', str(caught.exception))

    def test_no_such_variant_or_architecture(self):
        with self.assertRaisesRegex(Problem, 'there is: debug'):
            self.kernel('built::nonsense')
        with self.assertRaisesRegex(Problem, 'not a kernel version'):
            self.kernel('built:newest')
        with self.assertRaisesRegex(Missing, 's390'):
            built.Kernel(built.Words('built:'), arch.TABLE['s390x'])


class Options(unittest.TestCase):
    """The real fragments."""

    def test_no_symbol_is_asked_for_twice(self):
        paths = built.fragments(built.Words('built:'), X86)
        names = [list(built.symbols(read(path))) for path in paths]
        self.assertEqual(set(names[0]) & set(names[1]), set())
        for path, found in zip(paths, names):
            lines = [line for line in read(path).splitlines() if 'CONFIG_' in line]
            self.assertEqual(len(lines), len(found), path)


if __name__ == '__main__':
    unittest.main()
