# SPDX-License-Identifier: GPL-2.0
"""make matrix: every cell gets its verdict, a bad one harms no other, and none is done twice."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import xml.etree.ElementTree as tree

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(HERE)
MATRIX = os.path.join(TOP, 'vm', 'matrix')

sys.path[:0] = [os.path.join(TOP, 'vm'), os.path.join(TOP, 'report')]
import arch          # noqa: E402
import expect        # noqa: E402
import junit         # noqa: E402
import kernel        # noqa: E402
import matrix_cells  # noqa: E402
import needs         # noqa: E402
import summary       # noqa: E402
import table         # noqa: E402
from problem import Missing, Problem  # noqa: E402


def program(name, verdict, tests=(), errors=()):
    tests = [{'name': n, 'verdict': v, 'reason': '', 'microseconds': 5, 'diagnosis': ['said \x01']}
             for n, v in tests]
    return {'name': name, 'verdict': verdict, 'tests': tests, 'errors': list(errors),
            'reason': '; '.join(errors), 'counts': {
                v.lower(): sum(t['verdict'] == v for t in tests)
                for v in ('PASS', 'FAIL', 'SKIP', 'XFAIL', 'XPASS', 'ERROR')}}


def model(verdict, *programs, errors=()):
    return {'verdict': verdict, 'programs': list(programs), 'errors': list(errors),
            'kernel': '7.0', 'page_size': 4096, 'pmd_size': None, 'seconds': 2.0,
            'repeat': 'vm/run again'}


GOOD = model('PASS', program('lib', 'PASS', [('x', 'PASS')]), program('wp', 'PASS', [('a', 'PASS')]))
SPLIT = model('FAIL', program('lib', 'PASS', [('x', 'PASS')]),
              program('wp', 'FAIL', [('a', 'FAIL'), ('b', 'SKIP')]))


class Expected(unittest.TestCase):
    def complaints(self, said, *rules):
        return expect.Outcome(rules).complaints(said)

    def test_as_expected(self):
        self.assertEqual(self.complaints(GOOD, '*=PASS'), [])
        self.assertEqual(self.complaints(SPLIT, 'wp=FAIL:a', '*=PASS'), [])
        self.assertEqual(self.complaints(SPLIT, 'wp=SKIP|FAIL', '*=PASS'), [])

    def test_a_whole_program_skips_nothing(self):
        some = model('PASS', program('wp', 'PASS', [('a', 'PASS'), ('b', 'SKIP')]))
        self.assertEqual(self.complaints(GOOD, '*=WHOLE'), [])
        self.assertEqual(self.complaints(some, '*=WHOLE'), ['wp: skipped: b'])
        self.assertEqual(self.complaints(some, '*=PASS'), [])
        self.assertEqual(self.complaints(SPLIT, '*=WHOLE'), ['wp: FAIL instead of PASS (a)'])

    def test_better_than_expected_is_not(self):
        self.assertEqual(self.complaints(GOOD, 'wp=FAIL:a', '*=PASS'),
                         ['wp: PASS instead of FAIL'])
        self.assertIn('PASS instead of SKIP', self.complaints(GOOD, '*=SKIP')[0])

    def test_worse(self):
        self.assertEqual(self.complaints(SPLIT, '*=PASS'), ['wp: FAIL instead of PASS (a)'])

    def test_other_tests_than_the_expected_ones_fail(self):
        self.assertEqual(self.complaints(SPLIT, 'wp=FAIL:c', '*=PASS'),
                         ['wp: failed, too: a; did not fail: c'])
        self.assertEqual(self.complaints(SPLIT, 'wp=FAIL:a,c', '*=PASS'), ['wp: did not fail: c'])
        both = model('FAIL', program('wp', 'FAIL', [('a', 'FAIL'), ('b', 'FAIL')]))
        self.assertEqual(self.complaints(both, 'wp=FAIL:a'), ['wp: failed, too: b'])

    def test_one_expected_failure_excuses_no_other(self):
        outcome = expect.Outcome(['wp=FAIL:a', '*=FAIL'])
        self.assertEqual([outcome.excused(*names) for names in
                          (('wp', 'a'), ('wp', 'b'), ('lib', 'b'))], [True, False, True])

    def test_a_program_that_only_skipped_does_not_pass(self):
        said = model('PASS', program('lib', 'PASS'), program('wp', 'SKIP'))
        self.assertEqual(self.complaints(said, '*=PASS'), ['wp: SKIP instead of PASS'])

    def test_a_program_that_did_not_run(self):
        self.assertEqual(self.complaints(GOOD, 'more=PASS', '*=PASS'), ['more did not run'])

    def test_a_failure_with_a_broken_frame_is_not_the_expected_one(self):
        said = model('FAIL', program('wp', 'FAIL', [('a', 'FAIL')], ['planned 2 tests']))
        self.assertEqual(self.complaints(said, 'wp=FAIL:a'), ['wp: planned 2 tests'])

    def test_error_is_never_expected(self):
        self.assertEqual(self.complaints(model('ERROR', errors=['no boot', 'more']), '*=FAIL'),
                         ['no boot'])
        said = model('ERROR', program('wp', 'ERROR', errors=['died']))
        self.assertEqual(self.complaints(said, '*=FAIL'), ['wp: died'])

    def test_a_kernel_that_does_not_survive_one_test(self):
        rules = ('wp=CRASH:a', '*=PASS')
        lib = program('lib', 'PASS', [('x', 'PASS')])
        wp = program('wp', 'ERROR', [('y', 'PASS'), ('a', 'ERROR')], ['ended in a'])
        words = ['no word for 60 s in wp: the kernel crashed: BUG: x']
        self.assertEqual(self.complaints(model('ERROR', lib, wp, errors=words), *rules), [])
        self.assertEqual(self.complaints(GOOD, *rules), ['wp: PASS instead of CRASH'])
        # Without a word of the kernel's it was no crash; and a crash elsewhere is another one.
        hung = model('ERROR', lib, wp, errors=['no word for 60 s in wp'])
        self.assertEqual(self.complaints(hung, *rules), ['no word for 60 s in wp'])
        other = program('wp', 'ERROR', [('a', 'PASS'), ('b', 'ERROR')], ['ended in b'])
        self.assertEqual(self.complaints(model('ERROR', lib, other, errors=words), *rules), words)
        # It excuses nothing that was before it.
        worse = program('wp', 'ERROR', [('y', 'FAIL'), ('a', 'ERROR')], ['ended in a'])
        self.assertNotEqual(self.complaints(model('ERROR', lib, worse, errors=words), *rules), [])
        bad = program('lib', 'FAIL', [('x', 'FAIL')])
        self.assertEqual(self.complaints(model('ERROR', bad, wp, errors=words), *rules),
                         ['lib: FAIL instead of PASS (x)'])

    def test_bad_rules(self):
        for rules in (['wp'], ['wp=GOOD'], ['wp=PASS:a'], ['wp=ERROR'], ['a=PASS', 'a=PASS'],
                      ['a=CRASH'], ['a=CRASH:b,c'], ['a=CRASH:b', 'c=CRASH:d']):
            with self.subTest(rules), self.assertRaises(ValueError):
                expect.Outcome(rules)


class Reports(unittest.TestCase):
    def setUp(self):
        splits, passes = expect.Outcome(['wp=FAIL:a', '*=PASS']), expect.Outcome(['*=PASS'])
        gone = model('ERROR')
        gone['missing'] = 'no qemu'
        self.cells = [expect.Judged('good', 'works', passes,
                                    dict(GOOD, guest={'seconds_to_boot': 2.04})),
                      expect.Judged('old', 'splits', splits, SPLIT),
                      expect.Judged('gone', 'works', passes, gone),
                      expect.Judged('bad', 'works', passes, SPLIT),
                      expect.Judged('dead', 'works', passes, model('ERROR', errors=['panic']))]

    def test_unexpected_first_then_not_run(self):
        lines = list(table.table(self.cells, lambda _, text: text))
        self.assertEqual([line[2:].split()[0] for line in lines],
                         ['cell', 'bad', 'dead', 'gone', 'good', 'old'])
        self.assertTrue(lines[1].startswith('! '))
        self.assertIn('not run', lines[3])
        self.assertIn('no qemu', lines[3])
        self.assertRegex(lines[0], r' boot +time$')
        self.assertRegex(lines[4], r' 2\.0 s ')
        self.assertRegex(lines[5], 'FAIL .* PASS 1 .* FAIL 1 .*splits')

    def test_status_and_last_line(self):
        self.assertEqual(table.number(self.cells), 1)
        self.assertEqual(table.number(self.cells[:3]), 0)
        self.assertEqual(table.number(self.cells[2:3]), 4)
        self.assertEqual(table.last_line(self.cells, 3), 'hugezero-wp matrix: 2 of 5 cells as '
                         'expected, 2 unexpected, 1 not run; 3 s')

    def test_details_are_of_unexpected_cells_alone(self):
        text = '\n'.join(table.details(self.cells, lambda _, text: text))
        self.assertIn('bad: not as expected', text)
        self.assertIn('FAIL wp a\n      said', text)
        self.assertIn('again: vm/run again', text)
        self.assertNotIn('old', text)

    def test_a_machine_without_thp_has_no_pmd_size(self):
        said = dict(GOOD, arch='s390x', harness='')
        self.assertEqual(summary.machine_line(said),
                         'kernel 7.0 s390x, page 4 KiB, no PMD size, 2.0 s')

    def test_junit_fails_only_what_is_unexpected(self):
        root = tree.fromstring(junit.document(self.cells))
        bad = [(s.get('name'), c.get('name')) for s in root for c in s
               if c.find('failure') is not None or c.find('error') is not None]
        self.assertEqual(bad, [('bad', 'verdict'), ('bad.wp', 'a'), ('dead', 'verdict')])
        suites = {suite.get('name'): suite for suite in root}
        self.assertEqual(suites['bad.wp'].get('failures'), '1')
        self.assertIn('as expected: splits', suites['old.wp'][0].find('skipped').get('message'))
        self.assertIn('no qemu', suites['gone'][0].find('skipped').get('message'))


class Lists(unittest.TestCase):
    def read(self, text):
        with tempfile.NamedTemporaryFile('w', suffix='.kernels') as file:
            file.write(text)
            file.flush()
            return matrix_cells.read(file.name)

    def test_the_projects_own(self):
        cells = matrix_cells.read(os.path.join(TOP, 'vm', 'kernels'))
        self.assertGreaterEqual(len(cells), 20)
        self.assertLessEqual({'x86_64', 'arm64', 'riscv64', 'ppc64le', 's390x'},
                             {cell.arch for cell in cells.values()})

    def test_a_line_a_cell(self):
        cell = self.read('outcome ok *=PASS # works\n'
                         'cell a-1 aarch64 debian:7.0 ok --append "x=1 y" # mine\n')['a-1']
        self.assertEqual((cell.arch, cell.why), ('arm64', 'mine'))
        self.assertEqual(cell.command('/image'), ['vm/run', '--kernel', '/image', '--arch', 'arm64',
                                                  '--append', 'x=1 y'])

    def test_bad_lines_are_named(self):
        start = 'outcome ok *=PASS # works\n'
        for line, why in (('cell a x86_64 debian: fine', 'unknown outcome fine'),
                          ('cell a vax debian: ok', 'unknown architecture vax'),
                          ('cell ../a x86_64 debian: ok', 'not a name'),
                          ('cell a x86_64 debian:', 'wants cell NAME'),
                          ('cell a x86_64 debian: ok --out=x', 'not for this list'),
                          ('cell a x86_64 debian: ok "', 'quotation'),
                          ('outcome ok *=PASS # again', 'a second outcome'),
                          ('outcome two *=PASS', 'does not say why'),
                          ('kernel a', 'wants outcome')):
            with self.subTest(line), self.assertRaisesRegex(Problem, f':2: .*{why}'):
                self.read(start + line + '\n')
        with self.assertRaisesRegex(Problem, 'lists no cell'):
            self.read(start)
        with self.assertRaisesRegex(Problem, 'cannot read'):
            matrix_cells.read('/nonexistent')


class Needs(unittest.TestCase):
    """What is missing has a name, and is no error of the suite."""

    def check(self, *commands):
        with tempfile.TemporaryDirectory() as folder:
            for name, text in commands:
                path = os.path.join(folder, name)
                with open(path, 'w', encoding='ascii') as out:
                    out.write(f'#!/bin/sh\n{text}\n')
                os.chmod(path, 0o755)
            kept, os.environ['PATH'] = os.environ['PATH'], folder
            try:
                needs.check('s390x' if arch.host() != 's390x' else 'arm64')
            finally:
                os.environ['PATH'] = kept

    def test_each_in_turn(self):
        prefix, qemu = 's390x-linux-gnu-gcc', 'qemu-system-s390x'
        if arch.host() == 's390x':
            prefix, qemu = 'aarch64-linux-gnu-gcc', 'qemu-system-aarch64'
        for commands, why in (((), f'{qemu} is missing: install the package qemu-system-'),
                              (((qemu, ''),), f'no compiler {prefix}: .* gcc-'),
                              (((qemu, ''), (prefix, 'echo libc.a')), 'no static C library .*libc6-dev-')):
            with self.subTest(why), self.assertRaisesRegex(Missing, why):
                self.check(*commands)
        self.check((qemu, ''), (prefix, f'echo {os.path.abspath(__file__)}'))


def running(mark):
    """Processes with the mark in their command line: vm/run and its emulator."""
    found = []
    for pid in filter(str.isdigit, os.listdir('/proc')):
        try:
            with open(f'/proc/{pid}/cmdline', 'rb') as line:
                if mark.encode() in line.read():
                    found.append(pid)
        except OSError:
            pass
    return found


LIST = """\
outcome pass	*=PASS	# works
outcome fail	*=FAIL	# does not
cell good	x86_64	{image}	pass	--accel tcg --program {folder}/pass
cell too-good	x86_64	{image}	fail	--accel tcg --program {folder}/pass
cell loop	x86_64	{image}	pass	--accel tcg --program {folder}/reboot
cell cut	x86_64	{folder}/cut	pass	--program {folder}/pass
cell other	arm64	{image}	pass	--program {folder}/pass
cell gone	x86_64	debian:99\\\\.99	pass	--program {folder}/pass
cell option	x86_64	{image}	pass	--nonesuch
"""


class Whole(unittest.TestCase):
    """One list with every kind of bad cell, run once."""

    @classmethod
    def setUpClass(cls):
        if not shutil.which('qemu-system-x86_64'):
            raise unittest.SkipTest('qemu-system-x86_64 is missing (package qemu-system-x86)')
        if arch.host() != 'x86_64':
            raise unittest.SkipTest('needs an x86_64 machine to build programs for the guest')
        try:
            cls.image = kernel.resolve('debian:6.12', arch.TABLE['x86_64'])
        except Missing as why:
            raise unittest.SkipTest(f'no kernel to boot: {why}')
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = folder.name
        cls.out = os.path.join(cls.folder, 'out')
        cls.build('pass')
        shutil.copy(os.path.join(cls.folder, 'pass'), os.path.join(cls.folder, 'reboot'))
        with open(cls.image, 'rb') as image, open(os.path.join(cls.folder, 'cut'), 'wb') as cut:
            cut.write(image.read()[:100000])
        cls.list = os.path.join(cls.folder, 'kernels')
        with open(cls.list, 'w', encoding='utf-8') as file:
            file.write(LIST.format(image=cls.image, folder=cls.folder))
        cls.done = cls.make()
        cls.results = {}
        for name in os.listdir(cls.out):
            if os.path.isdir(os.path.join(cls.out, name)):
                cls.results[name] = cls.result(name)

    @classmethod
    def build(cls, name, *more):
        subprocess.run(['gcc', '-O1', '-w', '-static', *more, '-o', os.path.join(cls.folder, name),
                        os.path.join(HERE, 'vm_program.c')], check=True)

    @classmethod
    def result(cls, name):
        with open(os.path.join(cls.out, name, 'result.json'), encoding='utf-8') as file:
            return json.load(file)

    @classmethod
    def environment(cls, **more):
        plain = {k: v for k, v in os.environ.items() if not k.startswith('MAKE')}
        return {**plain, 'KERNELS': cls.list, 'OUT': cls.out, **more}

    @classmethod
    def make(cls, *words):
        return subprocess.run(['make', '-j2', 'matrix', f'OUT={cls.out}', f'KERNELS={cls.list}',
                               *words], cwd=TOP, env=cls.environment(), stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              errors='replace', check=False)

    def step(self, *words, **more):
        return subprocess.run([MATRIX, *words], cwd=TOP, env=self.environment(**more),
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              check=False)

    def expect(self, name, verdict, *texts):
        said = self.results[name]
        self.assertEqual(said['verdict'], verdict, self.done.stdout)
        for text in texts:
            self.assertIn(text, ' '.join(said['errors']))

    def test_each_cell_has_its_own_verdict(self):
        self.expect('good', 'PASS')
        self.expect('too-good', 'PASS')
        self.expect('loop', 'ERROR', 'the guest ended in reboot')
        self.expect('cut', 'ERROR', 'is cut')
        self.expect('option', 'ERROR', 'unrecognized arguments: --nonesuch')

    def test_a_package_that_is_gone_is_no_verdict(self):
        self.expect('gone', 'ERROR', 'no package matches')
        self.assertIn('no package matches', self.results['gone']['missing'])

    def test_wrong_architecture(self):
        said = self.results['other']
        if 'missing' in said:
            self.skipTest(said['missing'])
        self.expect('other', 'ERROR', 'a kernel for x86_64, not for arm64')

    def test_the_end_says_all_and_fails(self):
        self.assertNotEqual(self.done.returncode, 0)
        self.assertRegex(self.done.stdout, r'hugezero-wp matrix: 1 of 7 cells as expected, '
                         r'[45] unexpected, [12] not run; \d+ s\n')
        self.assertRegex(self.done.stdout, r'(?m)^! too-good .* pass: PASS instead of FAIL')
        with open(os.path.join(self.out, 'matrix.json'), encoding='utf-8') as file:
            states = {c['name']: c['state'] for c in json.load(file)['cells']}
        self.assertEqual((states['good'], states['gone'], states['loop']),
                         ('expected', 'not run', 'unexpected'))
        suites = tree.parse(os.path.join(self.out, 'junit.xml')).getroot()
        self.assertEqual(len([s for s in suites if '.' not in s.get('name')]), 7)

    def test_how_to_repeat(self):
        self.assertEqual(self.results['good']['repeat'], f'vm/run --kernel {self.image} '
                         f'--accel tcg --program {self.folder}/pass')

    def test_what_is_done_is_not_done_again(self):
        before = self.result('good')
        done = self.make('CELLS=good')
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn('1 cells, 1 of them are done', done.stdout)
        self.assertEqual(self.result('good'), before)
        # neither a word of another cell nor an option of make gets lost
        done = self.make('CELLS=nonesuch')
        self.assertNotEqual(done.returncode, 0)
        self.assertIn('no cell nonesuch', done.stdout)

    def test_what_changed_or_broke_is_done_again(self):
        folder = os.path.join(self.out, 'too-good')
        shutil.copytree(folder, os.path.join(self.folder, 'kept'))
        self.addCleanup(shutil.copytree, os.path.join(self.folder, 'kept'), folder,
                        dirs_exist_ok=True)
        with open(self.list, encoding='utf-8') as file:
            text = file.read()
        other = os.path.join(self.folder, 'other.kernels')
        for change, gone in ((('=FAIL', '=SKIP'), False), (('fail\t--accel tcg', 'fail\t--smp 1'),
                                                           True)):
            with open(other, 'w', encoding='utf-8') as file:
                file.write(text.replace(*change))
            done = self.step('plan', KERNELS=other, CELLS='too-good')
            self.assertEqual(done.returncode, 0, done.stdout)
            self.assertEqual(os.path.exists(os.path.join(folder, 'result.json')), not gone)
        self.step('plan', CELLS='cut')
        self.assertFalse(os.path.exists(os.path.join(self.out, 'cut', 'result.json')))

    def test_a_stopped_cell_leaves_no_guest_and_no_result(self):
        listed = os.path.join(self.folder, 'stop.kernels')
        mark = f'hugezero.stop={os.getpid()}'
        with open(listed, 'w', encoding='utf-8') as file:
            file.write(f'outcome pass *=PASS # works\ncell stop x86_64 {self.image} pass '
                       f'--program {self.folder}/pass --append {mark} --accel tcg\n')
        environment = {**self.environment(), 'KERNELS': listed}
        for number in (signal.SIGTERM, signal.SIGKILL):
            self.assertEqual(self.step('plan', KERNELS=listed).returncode, 0)
            run = subprocess.Popen([MATRIX, 'run', 'stop'], cwd=TOP, env=environment,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            self.wait_for(lambda: len(running(mark)) == 2)
            run.send_signal(number)
            run.wait()
            self.wait_for(lambda: not running(mark))
            self.assertFalse(os.path.exists(os.path.join(self.out, 'stop', 'result.json')))

    def wait_for(self, condition):
        for _ in range(600):
            if condition():
                return
            time.sleep(0.1)
        self.fail('did not happen within 60 s')

    def test_a_full_disk(self):
        probe = subprocess.run(['unshare', '-m', 'true'], stderr=subprocess.PIPE, check=False)
        if probe.returncode:
            self.skipTest('unshare -m does not work here: needs root')
        room = os.path.join(self.folder, 'room')
        os.mkdir(room)
        script = ('mount -t tmpfs -o size=64k none "$OUT" && "$1" plan && '
                  'dd if=/dev/zero of="$OUT/fill" bs=4k 2>/dev/null; '
                  '"$1" run cut; echo "status $?"; "$1" report; echo "status $?"')
        done = subprocess.run(['unshare', '-m', 'sh', '-c', script, 'sh', MATRIX], cwd=TOP,
                              env=dict(self.environment(), OUT=room, CELLS='cut'),
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              check=False)
        self.assertEqual(done.stdout.count('No space left on device'), 2, done.stdout)
        self.assertEqual(done.stdout.count('status 3'), 2, done.stdout)
        self.assertIn('left no result', done.stdout)


if __name__ == '__main__':
    unittest.main()
