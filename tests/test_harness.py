# SPDX-License-Identifier: GPL-2.0
"""harness/fetch and the entrance, end to end, around a tiny suite of their own."""

import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import unittest

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
FETCH = os.path.join(TOP, 'harness', 'fetch')
SELFTESTS = os.path.join('tools', 'testing', 'selftests')


def cached_tree():
    """A harness that KDIR= can be set to, or why there is none."""
    done = subprocess.run([FETCH], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, check=False)
    if done.returncode:
        return '', done.stderr.strip()
    for tool in ('make', 'gcc'):
        if not shutil.which(tool):
            return '', f'{tool} is missing'
    return done.stdout.strip(), ''


TREE, NO_TREE = cached_tree()

MAKEFILE = '''\
TEST_GEN_PROGS := built
TEST_PROGS := tiny
include ../lib.mk
'''
BUILT = '''\
#include <stdio.h>
#include "../kselftest.h"
int main(void)
{
	ksft_print_header();
	ksft_set_plan(1);
	ksft_test_result_pass("built.runs %s\\n", WORD);
	return 0;
}
'''
TINY = '''\
#!/bin/sh
echo "TAP version 13"
echo "1..1"
%s
'''
PASS = 'echo "ok 1 tiny.works"'
FAIL = 'echo "# tiny.c:1 what broke"; echo "not ok 1 tiny.works"; exit 1'


class Folder(unittest.TestCase):
    """A test with a folder of its own, and the tree to take a harness from."""

    def setUp(self):
        if not TREE:
            self.skipTest('no harness: ' + NO_TREE)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        # a stray verdict or cache of the caller must not reach the tiny suite
        kept = ('PATH', 'HOME', 'LANG', 'XDG_CACHE_HOME')
        self.environment = {k: os.environ[k] for k in kept if k in os.environ}
        self.environment['KDIR'] = TREE
        self.environment['PWD'] = self.folder

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def write(self, path, text, mode=0o644):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'w', encoding='utf-8') as out:
            out.write(text)
        os.chmod(path, mode)

    def read(self, path):
        with open(path, encoding='utf-8') as source:
            return source.read()


class Fetch(Folder):
    """harness/fetch."""

    def setUp(self):
        super().setUp()
        self.environment['XDG_CACHE_HOME'] = self.path('cache')

    def fetch(self, *arguments, **environment):
        return subprocess.run([FETCH, *arguments], capture_output=True, text=True, check=False,
                              env={**self.environment, **environment})

    def leftovers(self):
        return [n for n in os.listdir(self.path('cache', 'hugezero-wp', 'harness'))
                if n.startswith('.new')]

    def copy_tree(self, *lacking):
        to = self.path('linux')
        shutil.copytree(TREE, to)
        for name in lacking:
            os.unlink(os.path.join(to, name))
        return to

    def test_kdir(self):
        done = self.fetch()
        self.assertEqual(done.returncode, 0, done.stderr)
        folder = done.stdout.strip()
        for name in ('scripts/subarch.include', 'scripts/checkpatch.pl',
                     'tools/testing/selftests/lib.mk', 'tools/testing/kunit/kunit_parser.py',
                     'tools/testing/selftests/kselftest/runner.sh'):
            self.assertTrue(os.path.isfile(os.path.join(folder, name)), name)
        self.assertTrue(re.match(r'kernel tree \w+$', self.read(folder + '/identity')))
        self.assertEqual(self.leftovers(), [])
        self.assertEqual(self.fetch().stdout.strip(), folder)

    def test_kdir_keeps_the_kernel_s_own_tests_apart(self):
        folder = self.fetch().stdout.strip()
        self.assertTrue(os.path.isdir(os.path.join(folder, 'upstream', SELFTESTS, 'mm')))
        self.assertFalse(os.path.exists(os.path.join(folder, SELFTESTS, 'mm')))

    def test_an_edited_tree_is_another_harness(self):
        tree = self.copy_tree()
        first = self.fetch(KDIR=tree).stdout.strip()
        with open(os.path.join(tree, SELFTESTS, 'lib.mk'), 'a', encoding='utf-8') as out:
            out.write('# edited\n')
        second = self.fetch(KDIR=tree).stdout.strip()
        self.assertNotEqual(first, second)
        self.assertIn('# edited', self.read(os.path.join(second, SELFTESTS, 'lib.mk')))

    def test_missing_folder(self):
        done = self.fetch(KDIR='/nonexistent/linux')
        self.assertEqual((done.returncode, done.stdout), (3, ''))
        self.assertIn('KDIR=/nonexistent/linux: no such folder', done.stderr)
        self.assertEqual(self.leftovers(), [])

    def test_missing_files_are_named(self):
        runner = os.path.join(SELFTESTS, 'kselftest', 'runner.sh')
        done = self.fetch(KDIR=self.copy_tree(os.path.join(SELFTESTS, 'lib.mk'), runner))
        self.assertEqual((done.returncode, done.stdout), (3, ''))
        self.assertIn(os.path.join(SELFTESTS, 'lib.mk'), done.stderr)
        self.assertIn(runner, done.stderr)
        self.assertNotIn('kselftest_harness.h', done.stderr)
        self.assertEqual(self.leftovers(), [])

    def test_a_helper_counts_where_the_runner_uses_it(self):
        helpers = os.path.join(SELFTESTS, 'kselftest', 'ktap_helpers.sh')
        tree = self.copy_tree(helpers)
        self.assertIn('ktap_helpers.sh', self.fetch(KDIR=tree).stderr)
        self.write(os.path.join(tree, SELFTESTS, 'kselftest', 'runner.sh'), '# 6.1\n')
        self.assertEqual(self.fetch(KDIR=tree).returncode, 0)

    def test_not_a_version(self):
        for word in ('v6.1', '6.', '../x', '6..1', '.'):
            done = self.fetch(word, KDIR='')
            self.assertEqual((done.returncode, done.stdout), (3, ''), word)
            self.assertIn(f"'{word}' is not a kernel version", done.stderr)

    def test_the_cache_serves_without_the_archive(self):
        cache = self.path('cache', 'hugezero-wp', 'harness')
        shutil.copytree(TREE, os.path.join(cache, 'linux-source-7.3_7.3.1-1'))
        self.write(os.path.join(cache, 'linux-source-7.3_7.3.1-1', 'identity'),
                   'linux-source-7.3 7.3.1-1\n')
        shutil.copytree(TREE, os.path.join(cache, 'linux-source-6.12_6.12.9-1'))
        self.write(os.path.join(cache, 'linux-source-6.12_6.12.9-1', 'identity'),
                   'linux-source-6.12 6.12.9-1\n')
        self.environment['HUGEZERO_MIRROR'] = 'file:///nonexistent'
        for version, want in (('', '7.3_7.3.1-1'), ('7', '7.3_7.3.1-1'), ('6.12', '6.12_6.12.9-1')):
            done = self.fetch(*[version] if version else [], KDIR='')
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertTrue(done.stdout.strip().endswith('linux-source-' + want), done.stdout)
            self.assertIn('using linux-source-' + want.replace('_', ' '), done.stderr)
        done = self.fetch('6.1', KDIR='')
        self.assertEqual((done.returncode, done.stdout), (3, ''))
        self.assertIn('none in the cache', done.stderr)
        self.assertEqual(self.leftovers(), [])

    def test_a_damaged_package(self):
        """What the archive's signature cannot catch: a disk that loses bytes."""
        fake = self.path('fake')
        package = self.path('linux-source-7.3_7.3.9-1_all.deb')
        root = self.path('root')
        tree = os.path.join(root, 'usr', 'src')
        os.makedirs(tree)
        os.symlink(TREE, self.path('linux-source-7.3'))
        tar = os.path.join(tree, 'linux-source-7.3.tar.xz')
        subprocess.run(['tar', '-chJf', tar, '-C', self.folder, 'linux-source-7.3/tools',
                        'linux-source-7.3/scripts'], check=True)
        self.write(os.path.join(root, 'DEBIAN', 'control'), 'Package: linux-source-7.3\n'
                   'Version: 7.3.9-1\nArchitecture: all\nMaintainer: x <x@x>\nDescription: x\n')
        whole = self.read_bytes(tar)
        shutil.copytree(os.path.join(TOP, 'harness'), fake)
        self.write(os.path.join(fake, 'deb'), '#!/bin/sh\nif [ "$1" = --list ]; then '
                   f'echo linux-source-7.3 7.3.9-1 all; else echo {package}; fi\n', 0o755)
        for damaged in (whole[:len(whole) // 2], b''):
            self.write_bytes(tar, damaged)
            self.build_package(root, package)
            done = subprocess.run([os.path.join(fake, 'fetch')], capture_output=True, text=True,
                                  check=False, env={**self.environment, 'KDIR': ''})
            self.assertEqual((done.returncode, done.stdout), (3, ''), done.stderr)
            self.assertIn('cannot unpack', done.stderr)
            self.assertEqual(self.leftovers(), [])
        # a tree without upstream's files is whole enough for a run, but not this one
        self.write_bytes(tar, whole)
        self.build_package(root, package)
        done = subprocess.run([os.path.join(fake, 'fetch')], capture_output=True, text=True,
                              check=False, env={**self.environment, 'KDIR': ''})
        self.assertIn('cannot unpack', done.stderr)

    @staticmethod
    def read_bytes(path):
        with open(path, 'rb') as source:
            return source.read()

    @staticmethod
    def write_bytes(path, data):
        with open(path, 'wb') as out:
            out.write(data)

    @staticmethod
    def build_package(root, package):
        subprocess.run(['dpkg-deb', '-Znone', '--root-owner-group', '-b', root, package],
                       check=True, stdout=subprocess.DEVNULL)


class Entrance(Folder):
    """tools/testing/selftests/Makefile, with the kernel's own Makefile behind it."""

    def setUp(self):
        super().setUp()
        for name in ('harness', 'report'):
            shutil.copytree(os.path.join(TOP, name), self.path(name),
                            ignore=shutil.ignore_patterns('__pycache__'))
        os.makedirs(self.path(SELFTESTS))
        shutil.copy(os.path.join(TOP, SELFTESTS, 'Makefile'), self.path(SELFTESTS))
        self.suite('Makefile', MAKEFILE)
        self.suite('built.c', BUILT.replace('WORD', '"one"'))
        self.suite('settings', 'timeout=60\n')
        self.tiny(PASS)
        self.staged = self.path('build', 'harness-kdir', SELFTESTS, 'mm')

    def suite(self, name, text, mode=0o644):
        self.write(self.path(SELFTESTS, 'mm', name), text, mode)

    def tiny(self, script):
        self.suite('tiny', TINY % script, 0o755)

    def make(self, *arguments, **environment):
        return subprocess.run(['make', '-C', self.path(SELFTESTS), *arguments],
                              capture_output=True, text=True, check=False,
                              cwd=self.folder, timeout=120,
                              env={**self.environment, **environment})

    def run_tests(self, *arguments, **environment):
        """The last line and the JSON of a run."""
        done = self.make('run_tests', 'RESULT=r.json', *arguments, **environment)
        judged = json.loads(self.read(self.path('r.json')))
        last = done.stdout.splitlines()[-1]
        self.assertTrue(last.startswith(f"hugezero-wp: {judged['verdict']} "
                                        f"({judged['number']}): "), done.stdout)
        self.assertEqual(done.returncode != 0, judged['number'] != 0)
        return done, judged

    def test_pass(self):
        done, judged = self.run_tests('TARGETS=mm')
        self.assertEqual(judged['verdict'], 'PASS', done.stdout + done.stderr)
        self.assertEqual(judged['counts']['pass'], 2)
        self.assertIn('ok 1 tiny.works', done.stdout)
        self.assertEqual(sorted(os.listdir(self.path(SELFTESTS))), ['Makefile', 'mm'])

    def test_fail(self):
        self.tiny(FAIL)
        done, judged = self.run_tests()
        self.assertEqual((judged['verdict'], judged['counts']['fail']), ('FAIL', 1))
        self.assertIn('FAIL tiny tiny.works\n    tiny.c:1 what broke\n', done.stdout)
        self.assertIn('make -C tools/testing/selftests', judged['repeat'])

    def test_skip(self):
        self.tiny('')
        self.suite('tiny', '#!/bin/sh\necho "1..0 # SKIP no luck"\nexit 4\n', 0o755)
        self.suite('Makefile', MAKEFILE.replace('TEST_GEN_PROGS := built\n', ''))
        done, judged = self.run_tests()
        self.assertEqual(judged['verdict'], 'SKIP')
        self.assertIn('no luck', done.stdout)

    def test_crash(self):
        self.tiny('kill -SEGV $$')
        self.assertEqual(self.run_tests()[1]['verdict'], 'ERROR')

    def test_hang(self):
        self.suite('settings', 'timeout=1\n')
        self.tiny('sleep 30')
        done, judged = self.run_tests()
        self.assertEqual(judged['verdict'], 'ERROR')
        self.assertIn('TIMEOUT 1 seconds', done.stdout)

    def test_syntax_error_is_not_an_expected_failure(self):
        self.tiny('if')
        self.assertEqual(self.run_tests()[1]['verdict'], 'ERROR')

    def test_no_tests(self):
        self.suite('Makefile', 'include ../lib.mk\n')
        self.assertEqual(self.run_tests()[1]['verdict'], 'ERROR')

    def test_a_makefile_that_fails_after_the_tests(self):
        self.suite('Makefile', MAKEFILE + 'override_tests: run_tests\n\tfalse\n')
        top = self.path('linux')
        shutil.copytree(TREE, top)
        makefile = os.path.join(top, SELFTESTS, 'Makefile')
        self.write(makefile, self.read(makefile).replace(
            '-C $$TARGET run_tests', '-C $$TARGET override_tests'))
        _, judged = self.run_tests(KDIR=top)
        self.assertEqual((judged['verdict'], judged['counts']['pass']), ('ERROR', 2))
        self.assertIn("the kernel's Makefile failed with status 2", judged['errors'])

    def test_build_failure(self):
        self.suite('built.c', 'broken\n')
        done, judged = self.run_tests()
        self.assertEqual(judged['verdict'], 'ERROR')
        self.assertIn('the build failed', judged['errors'])
        self.assertNotIn('ok 1', done.stdout)
        self.assertNotEqual(self.make('all').returncode, 0)

    def test_unknown_target_and_kdir(self):
        done, judged = self.run_tests('TARGETS=net')
        self.assertEqual((judged['verdict'], judged['errors']),
                         ('ERROR', ['TARGETS=net: no net here (only mm)']))
        done, judged = self.run_tests(KDIR='/nonexistent')
        self.assertEqual(judged['verdict'], 'ERROR')
        self.assertIn('KDIR=/nonexistent', done.stderr)

    def test_what_a_test_leaves_behind_does_not_hold_the_verdict_back(self):
        # the runner's own descriptors, and with them our pipe, stay open in it
        self.tiny('sleep 300 </dev/null >/dev/null 2>&1 & echo $! >pid; ' + PASS)
        self.addCleanup(self.kill_left_behind)
        self.assertEqual(self.run_tests()[1]['verdict'], 'PASS')

    def kill_left_behind(self):
        os.kill(int(self.read(os.path.join(self.staged, 'pid'))), signal.SIGKILL)

    def test_the_verdict_survives_a_closed_pipe(self):
        self.tiny('yes "# noise" | head -n 20000; ' + FAIL)
        done = subprocess.run(
            ['bash', '-c', f'make -C {self.path(SELFTESTS)} run_tests RESULT=r.json '
             '2>/dev/null | head -n 1; exit ${PIPESTATUS[0]}'], check=False,
            stdout=subprocess.DEVNULL, env=self.environment, cwd=self.folder)
        self.assertNotEqual(done.returncode, 0)
        self.assertEqual(json.loads(self.read(self.path('r.json')))['verdict'], 'FAIL')

    def test_an_interrupted_run_leaves_no_result(self):
        self.write(self.path('r.json'), '{"verdict": "PASS"}')
        self.tiny('echo "# waiting"; sleep 30')
        with subprocess.Popen(['make', '-C', self.path(SELFTESTS), 'run_tests',
                               'RESULT=r.json'], stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, env=self.environment,
                              cwd=self.folder, start_new_session=True) as run:
            for line in run.stdout:
                if b'waiting' in line:
                    break
            os.killpg(run.pid, signal.SIGINT)
            rest = run.stdout.read()
        self.assertNotEqual(run.returncode, 0)
        self.assertNotIn(b'PASS', rest)
        self.assertFalse(os.path.exists(self.path('r.json')))
        self.assertEqual([n for n in os.listdir(self.folder) if n.startswith('.result')], [])

    def test_result_in_a_missing_folder(self):
        done = self.make('run_tests', 'RESULT=none/r.json')
        self.assertNotEqual(done.returncode, 0)
        self.assertIn('no such folder', done.stderr)

    def test_builds_are_incremental(self):
        self.assertEqual(self.make().returncode, 0)
        product = os.path.join(self.staged, 'built')
        first = os.stat(product).st_mtime_ns
        self.make()
        self.assertEqual(os.stat(product).st_mtime_ns, first)
        self.suite('built.c', BUILT.replace('WORD', '"two"'))
        self.make()
        self.assertIn('built.runs two', subprocess.run([product], capture_output=True, text=True,
                                                       check=True).stdout)

    def test_what_is_deleted_is_gone(self):
        self.suite('extra.h', '')
        self.make()
        self.assertTrue(os.path.exists(os.path.join(self.staged, 'extra.h')))
        os.unlink(self.path(SELFTESTS, 'mm', 'extra.h'))
        self.make()
        self.assertFalse(os.path.exists(os.path.join(self.staged, 'extra.h')))
        self.assertTrue(os.path.exists(os.path.join(self.staged, 'built')))

    def test_other_options_build_anew(self):
        product = os.path.join(self.staged, 'built')
        self.make()
        dynamic = os.path.getsize(product)
        self.make('USERLDFLAGS=-static')
        self.assertGreater(os.path.getsize(product), 4 * dynamic)
        self.make()
        self.assertEqual(os.path.getsize(product), dynamic)

    @unittest.skipUnless(shutil.which('rsync'), 'rsync is missing')
    def test_output_folder(self):
        # scripts find what was built beside them, wherever that is
        self.tiny('./built >/dev/null && ' + PASS)
        done, judged = self.run_tests('O=' + self.path('out'))
        self.assertEqual(judged['verdict'], 'PASS', done.stdout + done.stderr)
        self.assertTrue(os.path.exists(self.path('out', 'kselftest', 'mm', 'built')))
        self.assertFalse(os.path.exists(os.path.join(self.staged, 'built')))

    @unittest.skipUnless(shutil.which('rsync'), 'rsync is missing')
    def test_install_and_tar(self):
        done = self.make('gen_tar', 'INSTALL_PATH=' + self.path('to'))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.read(self.path('to', 'kselftest-list.txt')),
                         'mm:built\nmm:tiny\n')
        self.assertTrue(os.path.exists(
            self.path('to', 'kselftest-packages', 'kselftest.tar.gz')))
        done = subprocess.run([self.path('to', 'run_kselftest.sh')], capture_output=True,
                              text=True, check=False)
        self.assertIn('ok 2 selftests: mm: tiny', done.stdout)

    def test_clean(self):
        self.make()
        done = self.make('clean')
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertFalse(os.path.exists(os.path.join(self.staged, 'built')))

    def test_clean_of_nothing_fetches_nothing(self):
        self.assertEqual(self.make('clean', KDIR='/nonexistent').returncode, 0)

    def test_goals_that_do_not_exist(self):
        self.assertNotEqual(self.make('nonsense').returncode, 0)

    def test_a_goal_by_the_name_of_a_file(self):
        self.write(self.path(SELFTESTS, 'run_tests'), '')
        self.assertEqual(self.run_tests()[1]['verdict'], 'PASS')


if __name__ == '__main__':
    unittest.main()
