# SPDX-License-Identifier: GPL-2.0
"""vm/run against real boots of a real kernel: whatever happens there, never a wrong verdict."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import zlib
from concurrent.futures import ThreadPoolExecutor

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(HERE)
RUN = os.path.join(TOP, 'vm', 'run')
KERNEL = 'debian:6.12'
NAMES = ['pass', 'fail', 'skip', 'signal', 'panic', 'liar', 'daemon', 'garbage']

sys.path.insert(0, os.path.join(TOP, 'vm'))
import arch       # noqa: E402
import disk       # noqa: E402
import guest      # noqa: E402
import image      # noqa: E402
import initramfs  # noqa: E402
import kernel     # noqa: E402
import programs   # noqa: E402
import qemu       # noqa: E402
from problem import Missing, Problem  # noqa: E402


class Outcome:
    """What one vm/run said and left."""

    def __init__(self, done, folder):
        self.status = done.returncode
        self.text = done.stdout
        self.files = {}
        for name in os.listdir(folder) if os.path.isdir(folder) else []:
            with open(os.path.join(folder, name), 'rb') as data:
                self.files[name] = data.read()
        self.model = json.loads(self.files.get('result.json', b'{}'))
        self.programs = {p['name']: p for p in self.model.get('programs', [])}


def emulators(marker):
    """Processes that have the marker in their command line."""
    found = []
    for pid in filter(str.isdigit, os.listdir('/proc')):
        try:
            with open(f'/proc/{pid}/cmdline', 'rb') as line:
                if marker.encode() in line.read():
                    found.append(int(pid))
        except OSError:
            pass
    return found


class Boots(unittest.TestCase):
    """Every boot is made once, two at a time; the tests look at what came of it."""

    @classmethod
    def setUpClass(cls):
        if not shutil.which('qemu-system-x86_64'):
            raise unittest.SkipTest('qemu-system-x86_64 is missing (package qemu-system-x86)')
        if arch.host() != 'x86_64':
            raise unittest.SkipTest('needs an x86_64 machine to build programs for the guest')
        try:
            cached = kernel.resolve(KERNEL, arch.TABLE['x86_64'])
        except Missing as why:
            raise unittest.SkipTest(f'no kernel to boot: {why}')
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        # A copy, so that an emulator of ours is known by the name of its kernel.
        cls.image = shutil.copy(cached, cls.path('vmlinuz'))
        first = cls.path('pass')
        subprocess.run(['gcc', '-O1', '-w', '-static', '-o', first,
                        os.path.join(HERE, 'vm_program.c')], check=True)
        os.mkdir(cls.path('tmp'))
        for name in NAMES[1:]:
            shutil.copy(first, cls.path(name))
        jobs = {
            # Long enough for a busy machine to come that far.
            'hang': (['pass', 'liar'], ['--timeout', '60']),
            'many': (['fail', 'skip', 'signal', 'daemon', 'garbage'], ['-t', 'garbage:one.two',
                     '-t', 'fail', '-t', 'skip', '-t', 'signal', '-t', 'daemon:name']),
            'shared': (['pass'], ['--one-port', '--append', 'hugezero_unknown=1']),
            'skip': (['skip'], ['--cgroup', '1', '--nodes', '2', '--user']),
            'panic': (['panic'], []),
            'swap': (['pass'], ['--swap', '64M']),
            'disk': (['pass'], ['--disk']),
        }
        with ThreadPoolExecutor(2) as pool:
            started = {key: pool.submit(cls.run_it, key, *job) for key, job in jobs.items()}
            cls.outcomes = {key: job.result() for key, job in started.items()}

    @classmethod
    def path(cls, name):
        return os.path.join(cls.folder.name, name)

    @classmethod
    def run_it(cls, key, names, words):
        out = cls.path('out.' + key)
        files = [word for name in names for word in ('--program', cls.path(name))]
        done = subprocess.run([RUN, '--kernel', cls.image, '--accel', 'tcg', '--out', out,
                               *files, *words], env=dict(os.environ, TMPDIR=cls.path('tmp')),
                              stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              errors='replace', check=False)
        return Outcome(done, out)

    def expect(self, key, status, *texts):
        outcome = self.outcomes[key]
        self.assertEqual(outcome.status, status, outcome.text)
        self.assertEqual(outcome.model['number'], status)
        for text in texts:
            self.assertIn(text, outcome.text)
        return outcome

    def test_each_program_gets_its_own_verdict(self):
        programs = self.expect('many', 1).programs
        self.assertEqual({name: (p['verdict'], p['exit']) for name, p in programs.items()},
                         {'garbage': ('PASS', 0), 'fail': ('FAIL', 1), 'skip': ('SKIP', 4),
                          'signal': ('ERROR', 139), 'daemon': ('PASS', 0)})
        self.assertIn('what went wrong', programs['fail']['tests'][1]['diagnosis'])

    def test_a_test_is_chosen_by_full_or_last_name(self):
        text = self.outcomes['many'].text
        self.assertIn('# argument -r\n# # argument one.two\n', text)
        self.assertIn('# argument -t\n# # argument name\n', text)

    def test_shared_console_passes_and_keeps_the_kernels_log(self):
        outcome = self.expect('shared', 0, 'PASS (0): 2 passed')
        self.assertEqual(outcome.model['guest']['hello']['shared'], '1')
        self.assertIn(b'Linux version', outcome.files['kernel.log'])
        self.assertIn(b'hugezero_unknown=1', outcome.files['kernel.log'])

    def test_ports_are_apart_where_there_are_two(self):
        outcome = self.outcomes['many']
        self.assertEqual(outcome.model['guest']['hello']['shared'], '0')
        self.assertNotIn(b'Linux version', outcome.files['output.ktap'])
        self.assertNotIn(b'what went wrong', outcome.files['kernel.log'])
        self.assertTrue(0 < outcome.model['guest']['seconds_to_boot'] < outcome.model['seconds'])

    def test_programs_run_as_root_or_as_nobody(self):
        self.assertEqual([self.outcomes[key].model['facts'] for key in ('many', 'skip')],
                         [{'uid': '0'}, {'uid': '65534'}])

    def test_skip(self):
        self.expect('skip', 4, 'no such device')

    def test_swap_that_is_not_to_be_had_is_no_verdict(self):
        self.expect('swap', 3, 'no swap: the kernel has no zram0')

    def test_disk_that_is_not_to_be_had_is_no_verdict(self):
        try:
            disk.tool()
        except Problem as why:
            self.skipTest(str(why))
        self.expect('disk', 3, 'no disk: the kernel has no ram0')

    def test_panic_is_no_verdict_and_shows_the_console(self):
        self.expect('panic', 3, 'in panic: the kernel panicked', 'the last lines of the console:\n    [')

    def test_fake_end_marks_do_not_end_anything(self):
        outcome = self.expect('hang', 3, 'no end after 60 s in liar')
        self.assertIsNone(outcome.programs['liar']['exit'])

    def test_hang_is_no_verdict_but_keeps_what_came_before(self):
        outcome = self.expect('hang', 3)
        self.assertEqual(outcome.programs['pass']['verdict'], 'PASS')
        self.assertEqual(outcome.programs['liar']['verdict'], 'FAIL')
        self.assertIn(b'about to hang', outcome.files['output.ktap'])

    def test_nothing_stays_behind(self):
        self.assertEqual(emulators(self.image), [])
        self.assertEqual(os.listdir(self.path('tmp')), [])

    def test_a_stopped_run_takes_its_emulator_along(self):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGKILL):
            with self.subTest(number), tempfile.TemporaryDirectory() as out:
                mark = f'hugezero.stop={number}.{os.getpid()}'
                run = subprocess.Popen([RUN, '--kernel', self.image, '--accel', 'tcg', '--out', out,
                                        '--program', self.path('liar'), '--append', mark],
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                self.wait_for(lambda: len(emulators(mark)) == 2)
                run.send_signal(number)
                run.wait()
                self.assertNotIn(run.returncode, (0, 1, 3, 4))
                self.wait_for(lambda: not emulators(mark))
                self.assertEqual(os.listdir(out), [])

    def wait_for(self, condition):
        for _ in range(300):
            if condition():
                return
            time.sleep(0.1)
        self.fail('did not happen within 30 s')

    def refused(self, *words):
        with tempfile.TemporaryDirectory() as out:
            done = subprocess.run([RUN, '--out', out, '--program', self.path('pass'), *words],
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                  check=False)
            self.assertEqual(done.returncode, 3, done.stdout)
            self.assertEqual(Outcome(done, out).model['verdict'], 'ERROR')
            self.assertEqual(os.listdir(out), ['result.json'])
        return done.stdout

    def test_images_that_cannot_boot_are_refused(self):
        cut, text = self.path('cut'), self.path('text')
        with open(self.image, 'rb') as source, open(cut, 'wb') as out:
            out.write(source.read()[:-4096])
        with open(text, 'w', encoding='ascii') as out:
            out.write('no kernel\n' * 1000)
        self.assertIn('is cut', self.refused('--kernel', cut))
        self.assertIn('no kernel image', self.refused('--kernel', text))
        self.assertIn('no such kernel', self.refused('--kernel', '/nonexistent'))
        self.assertIn('not a kernel build tree', self.refused('--kernel', self.folder.name))
        self.assertIn('for x86_64, not for arm64',
                      self.refused('--kernel', self.image, '--arch', 'arm64'))
        self.assertIn('not a size', self.refused('--kernel', self.image, '--memory', 'lots'))
        self.assertIn('no program nonesuch',
                      self.refused('--kernel', self.image, '-t', 'nonesuch'))
        self.assertIn('linked dynamically',
                      self.refused('--kernel', self.image, '--program', shutil.which('ls')))


class Image(unittest.TestCase):
    """Headers of other architectures' images."""

    def test_arm64_and_riscv_magic(self):
        for magic, name in ((b'ARM\x64', 'arm64'), (b'RSC\x05', 'riscv64')):
            data = bytearray(0x1000)
            data[56:60] = magic
            self.assertEqual(image.look(bytes(data))[0], name)

    def test_damaged_compressed_image(self):
        with tempfile.NamedTemporaryFile() as file:
            file.write(b'\x1f\x8b\x08' + bytes(100))
            file.flush()
            with self.assertRaises(Problem):
                image.check(file.name, 'arm64')


class Lines(unittest.TestCase):
    """What init sends, with everything that a console does to it."""

    def listen(self, *pieces):
        listener = guest.Listener('n0nce')
        for piece in pieces:
            listener.feed('console', piece)
        listener.finish()
        return listener

    def test_kernel_messages_between_and_before(self):
        heard = self.listen(b'[ 1.0] booting\nn0nce!begin a\n[ 2.0] tor', b'n n0nce|ok 1\n',
                            b'[ 3.0] noise\nn0nce+ha', b'lf\nn0nce|whole\n',
                            b'n0nce!end a exit 0 bytes 15 crc %08x left 0\nn0nce!done\n'
                            % zlib.crc32(b'ok 1\nhalfwhole\n'))
        self.assertEqual(bytes(heard.runs[0].output), b'ok 1\nhalfwhole\n')
        self.assertEqual(bytes(heard.console), b'[ 1.0] booting\n[ 2.0] torn\n[ 3.0] noise\n')
        self.assertEqual((heard.runs[0].complaint, heard.done), ('', True))

    def test_lost_output_is_noticed(self):
        heard = self.listen(b'n0nce!begin a\nn0nce|ok 1\n'
                            b'n0nce!end a exit 0 bytes 10 crc 7c34dff1 left 0\n')
        self.assertIn('damaged', heard.runs[0].complaint)

    def test_end_of_another_program_is_no_end(self):
        heard = self.listen(b'n0nce!begin a\nn0nce!end b exit 0 bytes 0 crc 00000000 left 0\n')
        self.assertFalse(heard.runs[0].ended)

    def test_complaint_after_which_the_kernel_goes_on_is_no_crash(self):
        for line, crashed in ((b'BUG: kernel NULL pointer dereference, address: 0', True),
                              (b'BUG: Bad rss-counter state mm:1 type:MM_ANONPAGES val:512', False),
                              (b'BUG: non-zero pgtables_bytes on freeing mm: 4096', False)):
            with self.subTest(line):
                self.assertEqual(self.listen(b'[ 1.0] ' + line + b'\n').crashed, crashed)


class Parts(unittest.TestCase):
    def test_memory(self):
        self.assertEqual([qemu.megabytes(t) for t in ('256', '256M', '1G', '1GiB')],
                         [256, 256, 1024, 1024])
        for bad in ('', '0', '1.5G', '-1', '1K'):
            with self.subTest(bad), self.assertRaises(Problem):
                qemu.megabytes(bad)

    def test_package_names(self):
        binary, linux_image = kernel.patterns('6.1', arch.TABLE['x86_64'])
        for name, fits in (('linux-image-6.1.0-56-cloud-amd64', True),
                           ('linux-image-6.1.170+deb12-cloud-amd64', True),
                           ('linux-image-6.12.117+deb13-cloud-amd64', False),
                           ('linux-image-6.1.0-56-amd64', False),
                           ('linux-image-6.1.0-56-rt-cloud-amd64', False)):
            done = subprocess.run(['grep', '-Exq', '-e', linux_image], input=name, text=True,
                                  check=False)
            self.assertEqual(done.returncode == 0, fits, name)
        self.assertTrue(binary.startswith('linux-binary-'))

    def test_several_tests_of_a_program_are_one_run(self):
        def arguments(*wanted):
            return [(name, args) for name, _, args in
                    programs.choose(wanted, None, files, None)]

        with tempfile.TemporaryDirectory() as folder:
            files = [os.path.join(folder, name) for name in 'ab']
            for path in files:
                with open(path, 'wb') as script:
                    script.write(b'#!/bin/sh\n')
            both = [('a', ['-t', 'x', '-r', 'f.y']), ('b', [])]
            self.assertEqual(arguments('a:x', 'b', 'a:f.y'), both)
            self.assertEqual(arguments('a:x', 'a', 'a:y'), [('a', [])])
            self.assertEqual(arguments('a', 'a:y'), [('a', [])])
            self.assertEqual(arguments('b:y'), [('b', ['-t', 'y'])])
            with self.assertRaises(Problem):
                arguments('c:x')

    def test_orders_cannot_be_smuggled(self):
        with self.assertRaises(Problem):
            initramfs.build(sys.executable, [['run', 'a\nrun\tb']], {})


if __name__ == '__main__':
    unittest.main()
