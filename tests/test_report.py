# SPDX-License-Identifier: GPL-2.0
"""report/: what the tests print, into one honest verdict."""

import io
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(TOP, 'report'))

import kunit    # noqa: E402
import result   # noqa: E402
import summary  # noqa: E402

RESULT_PY = os.path.join(TOP, 'report', 'result.py')
try:
    PARSER = kunit.Parser()
    NO_PARSER = ''
except kunit.NoParser as why:
    PARSER = None
    NO_PARSER = f'no kunit_parser.py: {why}'

FACTS = '# hugezero: kernel 6.18.44 x86_64 page 4096 pmd 2097152 nodes 2 thp always'


def program(*results, plan=None, facts=FACTS):
    """What a program prints that has these result lines ("%d" is the number)."""
    lines = ['TAP version 13', f'1..{len(results) if plan is None else plan}', facts,
             f'# Starting {len(results)} tests from 1 test cases.']
    for number, line in enumerate(results, 1):
        name = line.split()[-1] if '#' not in line else line.split(' #')[0].split()[-1]
        lines += [f'#  RUN           {name} ...', *line.replace('%d', str(number)).split('\n')]
    return lines


def vmtests(*programs, plan=None):
    """What run_vmtests.sh prints around (name, lines, result line)."""
    lines = ['TAP version 13', f'1..{len(programs) if plan is None else plan}']
    for number, (name, text, end) in enumerate(programs, 1):
        lines.append(f'# running {name}')
        lines += ['# ' + line for line in text]
        if end:
            lines.append(end.replace('%d', str(number)))
    return lines


def runner(lines, end='ok 1 selftests: mm: ksft_hugezero_wp.sh', old=False):
    """What the kselftest runner prints around a script's lines."""
    head = ['TAP version 13', '1..1'] if old else ['# timeout set to 180']
    name = re.search(r'mm: (\S+)', end).group(1)
    return '\n'.join(head + [f'# selftests: mm: {name}'] + ['# ' + line for line in lines]
                     + [end]) + '\n'


def chain(*programs, end='ok 1 selftests: mm: ksft_hugezero_wp.sh', **options):
    return runner(vmtests(*programs, **options), end)


FAILED = 'not ok 1 selftests: mm: ksft_hugezero_wp.sh # exit=1'
SKIPPED = 'ok 1 selftests: mm: ksft_hugezero_wp.sh # SKIP'
GOOD = ('hugezero_wp', program('ok %d store.first', 'ok %d store.last'), 'ok %d hugezero_wp')
BAD = ('hugezero_wp', program(
    'ok %d store.first',
    '# hugezero_wp.c:88 store.last: store at +0x1fffff\n'
    '#   want  one THP\n#          FAIL  store.last\nnot ok %d store.last'),
    'not ok %d hugezero_wp # exit=1')
ALL_SKIP = ('hugezero_wp', ['TAP version 13', '1..0 # SKIP no THP in this kernel'],
            'ok %d hugezero_wp # SKIP')


@unittest.skipIf(PARSER is None, NO_PARSER)
class Judged(unittest.TestCase):
    """The base of tests that judge a text."""

    def judge(self, text):
        return result.from_runner(text, PARSER)

    def expect(self, text, verdict, number, **counts):
        judged = self.judge(text)
        self.assertEqual((judged['verdict'], judged['number']), (verdict, number), judged)
        for key, value in counts.items():
            self.assertEqual(judged['counts'][key.rstrip('_')], value, key)
        return judged

    def single(self, lines, status=0):
        return result.program('prog', '\n'.join(lines), status, PARSER)


class Chain(Judged):
    """Runner, run_vmtests.sh, programs."""

    def test_pass(self):
        judged = self.expect(chain(GOOD), 'PASS', 0, pass_=2, fail=0, skip=0)
        self.assertEqual([p['name'] for p in judged['programs']], ['hugezero_wp'])
        self.assertEqual([t['name'] for t in judged['programs'][0]['tests']],
                         ['store.first', 'store.last'])
        self.assertEqual(judged['programs'][0]['exit'], 0)

    def test_old_runner_prints_a_plan_of_its_own(self):
        self.expect(runner(vmtests(GOOD), old=True), 'PASS', 0, pass_=2)

    def test_a_failed_test_has_its_diagnosis(self):
        judged = self.expect(chain(BAD, end=FAILED), 'FAIL', 1, pass_=1, fail=1)
        test = judged['programs'][0]['tests'][1]
        self.assertEqual((test['name'], test['verdict']), ('store.last', 'FAIL'))
        self.assertEqual(test['diagnosis'], ['hugezero_wp.c:88 store.last: store at +0x1fffff',
                                             '  want  one THP'])

    def test_outer_ok_does_not_hide_a_failed_test(self):
        self.expect(chain((BAD[0], BAD[1], 'ok %d hugezero_wp')), 'FAIL', 1, fail=1)

    def test_several_programs_keep_their_tests(self):
        other = ('hugezero_lib_test', program('ok %d lib.empty'), 'ok %d hugezero_lib_test')
        judged = self.expect(chain(other, BAD, end=FAILED), 'FAIL', 1, pass_=2, fail=1)
        self.assertEqual([(p['name'], p['verdict'], len(p['tests']))
                          for p in judged['programs']],
                         [('hugezero_lib_test', 'PASS', 1), ('hugezero_wp', 'FAIL', 2)])

    def test_program_right_below_the_runner(self):
        judged = self.expect(runner(GOOD[1], 'ok 1 selftests: mm: hugezero_wp'), 'PASS', 0)
        self.assertEqual(judged['programs'][0]['name'], 'hugezero_wp')

    def test_run_vmtests_without_the_runner(self):
        self.expect('\n'.join(vmtests(GOOD, (BAD[0], BAD[1], BAD[2]))), 'FAIL', 1, pass_=3)

    def test_installed_runner_with_a_plan_around(self):
        text = '\n'.join(['TAP version 13', '1..1']) + '\n' + chain(GOOD)
        self.expect(text, 'PASS', 0)

    def test_a_program_that_skips_as_a_whole(self):
        judged = self.expect(chain(ALL_SKIP, end=SKIPPED), 'SKIP', 4, skip=1, pass_=0)
        self.assertEqual(judged['programs'][0]['reason'], 'no THP in this kernel')

    def test_a_whole_skip_without_a_header(self):
        bare = ('hugezero_wp', ['1..0 # SKIP no THP in this kernel'], ALL_SKIP[2])
        judged = self.expect(chain(bare, end=SKIPPED), 'SKIP', 4, skip=1)
        self.assertEqual(judged['programs'][0]['reason'], 'no THP in this kernel')

    def test_skip_beside_pass_is_pass(self):
        self.expect(chain(ALL_SKIP, GOOD), 'PASS', 0, pass_=2, skip=1)

    def test_skip_beside_fail_is_fail(self):
        self.expect(chain(BAD, ALL_SKIP, end=FAILED), 'FAIL', 1)


class Broken(Judged):
    """What can never be a pass."""

    def errors(self, judged):
        return ' / '.join(judged['errors'] + [p['reason'] for p in judged['programs']])

    def test_nothing_printed(self):
        self.expect('', 'ERROR', 3)
        self.expect('make: *** no rule\n', 'ERROR', 3)

    def test_crash_before_the_plan(self):
        dead = ('hugezero_wp', [], 'not ok %d hugezero_wp # exit=139 signal 11 SIGSEGV')
        judged = self.expect(chain(dead, end=FAILED), 'ERROR', 3)
        self.assertIn('signal 11', self.errors(judged))
        self.assertIn('printed no plan', self.errors(judged))

    def test_crash_of_every_program_beside_a_good_one(self):
        dead = ('hugezero_wp', [], 'not ok %d hugezero_wp # exit=139')
        self.expect(chain(GOOD, dead, end=FAILED), 'ERROR', 3, pass_=2)

    def test_crash_in_a_test_names_it(self):
        lines = program('ok %d store.first', plan=2) + ['#  RUN           store.last ...',
                                                        '# about to fall']
        judged = self.expect(chain(('hugezero_wp', lines, 'not ok %d hugezero_wp # exit=134'),
                                   end=FAILED), 'ERROR', 3, pass_=1, error=1)
        self.assertEqual(judged['programs'][0]['tests'][1]['name'], 'store.last')
        self.assertEqual(judged['programs'][0]['tests'][1]['diagnosis'], ['about to fall'])

    def test_fewer_results_than_planned(self):
        lines = program('ok %d store.first', plan=2)
        judged = self.expect(chain(('hugezero_wp', lines, 'ok %d hugezero_wp')), 'ERROR', 3)
        self.assertIn('planned 2 tests, printed 1 results', self.errors(judged))

    def test_more_results_than_planned(self):
        lines = program('ok %d store.first', 'ok %d store.last', plan=1)
        self.expect(chain(('hugezero_wp', lines, 'ok %d hugezero_wp')), 'ERROR', 3, pass_=2)

    def test_a_plan_of_nothing(self):
        self.expect(chain(('hugezero_wp', ['TAP version 13', '1..0'], 'ok %d hugezero_wp')),
                    'ERROR', 3)

    def test_no_plan(self):
        lines = ['TAP version 13', 'ok 1 store.first']
        self.expect(chain(('hugezero_wp', lines, 'ok %d hugezero_wp')), 'ERROR', 3)

    def test_two_plans(self):
        lines = ['TAP version 13', '1..1', '1..1', 'ok 1 store.first']
        self.expect(chain(('hugezero_wp', lines, 'ok %d hugezero_wp')), 'ERROR', 3)

    def test_two_tests_of_one_name(self):
        lines = program('ok %d store.first', 'ok %d store.first')
        self.expect(chain(('hugezero_wp', lines, 'ok %d hugezero_wp')), 'ERROR', 3)

    def test_numbers_out_of_order(self):
        lines = program('ok 2 store.first', 'ok 1 store.last')
        self.expect(chain(('hugezero_wp', lines, 'ok %d hugezero_wp')), 'ERROR', 3)

    def test_timeout_of_the_runner(self):
        slow = ('hugezero_wp', program('ok %d store.first', plan=5), '')
        judged = self.expect(chain(GOOD[:1] + (GOOD[1], GOOD[2]), slow, end='not ok 1 selftests: '
                                   'mm: ksft_hugezero_wp.sh # TIMEOUT 180 seconds'), 'ERROR', 3)
        self.assertIn('TIMEOUT 180 seconds', self.errors(judged))
        self.assertEqual(len(judged['programs']), 2)
        self.assertIsNone(judged['programs'][1]['exit'])

    def test_timeout_after_the_last_result(self):
        judged = self.expect(runner(GOOD[1], 'not ok 1 selftests: mm: hugezero_wp # TIMEOUT '
                                    '45 seconds'), 'ERROR', 3, pass_=2)
        self.assertIn('killed after its time was up', self.errors(judged))
        self.assertEqual(judged['programs'][0]['exit'], 124)
        self.assertIn('killed after its time was up', self.single(GOOD[1], 124)['reason'])

    def test_timeout_in_the_first_program(self):
        slow = ('hugezero_wp', program('ok %d store.first', plan=5), '')
        judged = self.expect(chain(slow, end='not ok 1 selftests: mm: ksft_hugezero_wp.sh # '
                                   'TIMEOUT 180 seconds'), 'ERROR', 3, pass_=1)
        self.assertEqual([p['name'] for p in judged['programs']], ['hugezero_wp'])

    def test_a_runner_that_dies_keeps_what_was_seen(self):
        text = chain(BAD, end=FAILED)
        judged = self.expect(text[:text.rindex('not ok 1 selftests')], 'FAIL', 1, fail=1)
        self.assertIn('stopped before', self.errors(judged))

    def test_a_runner_that_plans_more(self):
        self.expect('TAP version 13\n1..2\n' + chain(GOOD), 'ERROR', 3, pass_=2)

    def test_exit_2_is_not_an_expected_failure(self):
        self.expect(runner(['./x: syntax error'],
                           'ok 1 selftests: mm: ksft_hugezero_wp.sh # XFAIL'), 'ERROR', 3)
        self.expect(runner(GOOD[1], 'ok 1 selftests: mm: hugezero_wp # XFAIL'), 'ERROR', 3)
        self.expect(chain(GOOD, end='ok 1 selftests: mm: ksft_hugezero_wp.sh # XFAIL'),
                    'ERROR', 3)

    def test_a_script_that_fails_for_no_program(self):
        self.expect(chain(GOOD, end=FAILED), 'ERROR', 3)

    def test_a_program_that_fails_for_no_test(self):
        judged = self.expect(chain((GOOD[0], GOOD[1], 'not ok %d hugezero_wp # exit=1'),
                                   end=FAILED), 'ERROR', 3)
        self.assertIn('exit status 1 although no test failed', self.errors(judged))

    def test_exit_4_after_tests_passed(self):
        self.expect(chain((GOOD[0], GOOD[1], 'ok %d hugezero_wp # SKIP')), 'ERROR', 3)

    def test_programs_missing_at_the_end(self):
        self.expect(chain(GOOD, plan=2), 'ERROR', 3)

    def test_text_cut_short(self):
        text = chain(GOOD)
        whole = text.count('\n')
        for keep in range(whole):
            cut = ''.join(text.splitlines(True)[:keep])
            self.assertEqual(self.judge(cut)['verdict'], 'ERROR', cut)

    def test_missing_program_says_why(self):
        gone = ('hugezero_wp', ['hugezero_wp is missing: build it'],
                'not ok %d hugezero_wp # exit=127 the program is missing')
        self.assertIn('127', self.errors(self.expect(chain(gone, end=FAILED), 'ERROR', 3)))

    def test_runner_that_finds_no_file(self):
        text = ('# timeout set to 45\n# selftests: mm: hugezero_wp\n'
                '# Warning: file hugezero_wp is missing!\nnot ok 1 selftests: mm: hugezero_wp\n')
        judged = self.expect(text, 'ERROR', 3)
        self.assertIn('file hugezero_wp is missing', self.errors(judged))

    def test_bail_out(self):
        lines = program('ok %d store.first', plan=2) + ['Bail out! no memory']
        judged = self.expect(chain(('hugezero_wp', lines, 'not ok %d hugezero_wp # exit=1'),
                                   end=FAILED), 'ERROR', 3)
        self.assertIn('Bail out! no memory', self.errors(judged))

    def test_a_failed_test_wins_over_an_error(self):
        dead = ('hugezero_lib_test', [], 'not ok %d hugezero_lib_test # exit=139')
        self.expect(chain(dead, BAD, end=FAILED), 'FAIL', 1)


class Lines(Judged):
    """Oddities of single lines."""

    def test_old_skip_takes_its_name_from_the_run_line(self):
        lines = program('ok %d store.first') + []
        lines[1] = '1..2'
        lines += ['#  RUN           store.last.too ...', '#      SKIP      no memcg',
                  '#            OK  store.last.too', 'ok 2 # SKIP no memcg']
        test = self.single(lines)['tests'][1]
        self.assertEqual((test['name'], test['verdict'], test['reason']),
                         ('store.last.too', 'SKIP', 'no memcg'))

    def test_reason_with_a_hash(self):
        test = self.single(program('ok %d a.b # SKIP no file # 1 of /proc/x'))['tests'][0]
        self.assertEqual((test['name'], test['reason']), ('a.b', 'no file # 1 of /proc/x'))

    def test_xfail_is_neither_pass_nor_skip(self):
        judged = self.single(program('ok %d a.b # XFAIL the kernel drops the bit', 'ok %d a.c'))
        self.assertEqual((judged['tests'][0]['verdict'], judged['tests'][0]['reason']),
                         ('XFAIL', 'the kernel drops the bit'))
        self.assertEqual(judged['counts'], {'pass': 1, 'fail': 0, 'skip': 0, 'xfail': 1,
                                            'xpass': 0, 'error': 0})
        self.assertEqual(judged['verdict'], 'PASS')

    def test_no_gate_depends_on_an_xfail(self):
        self.assertEqual(self.single(program('ok %d a.b # XFAIL why'))['verdict'], 'SKIP')

    def test_xpass(self):
        judged = self.single(program('ok %d a.b # XPASS why'))
        self.assertEqual((judged['tests'][0]['verdict'], judged['verdict']), ('XPASS', 'PASS'))

    def test_not_ok_xfail_is_a_failure(self):
        judged = self.single(program('not ok %d a.b # XFAIL why'), 1)
        self.assertEqual(judged['tests'][0]['verdict'], 'FAIL')

    def test_a_diagnostic_after_a_result(self):
        test = self.single(program('ok %d a.b #  took long'))['tests'][0]
        self.assertEqual((test['name'], test['verdict']), ('a.b', 'PASS'))

    def test_facts(self):
        judged = self.judge(chain(GOOD))
        self.assertEqual((judged['kernel'], judged['arch'], judged['page_size'],
                          judged['pmd_size']), ('6.18.44', 'x86_64', 4096, 2097152))
        self.assertEqual(judged['facts'], {'nodes': '2', 'thp': 'always'})

    def test_times(self):
        lines = program('ok %d a.b\n# hugezero: time a.b 1500', 'ok %d a.c')
        judged = self.single(lines)
        self.assertEqual([t['microseconds'] for t in judged['tests']], [1500, None])
        self.assertEqual(judged['seconds'], 0.0015)

    def test_times_of_tests_that_share_a_name(self):
        ran = '#  RUN           %s ...\n# hugezero: time c %d\nok %%d %s'
        lines = program(ran % ('a.c', 1, 'a.c'), ran % ('b.c', 2, 'b.c'))
        self.assertEqual([t['microseconds'] for t in self.single(lines)['tests']], [1, 2])

    def test_kernel_log_is_a_failure(self):
        lines = GOOD[1] + ['# hugezero: kmsg [   12.345678] BUG: Bad rss-counter state']
        judged = self.single(lines)
        self.assertEqual(judged['verdict'], 'FAIL')
        self.assertEqual(judged['kmsg'], ['[   12.345678] BUG: Bad rss-counter state'])
        self.assertEqual(judged['tests'][-1]['name'], 'kernel_log')

    def test_kernel_message_between_lines(self):
        lines = list(GOOD[1])
        lines.insert(4, '[   12.345678] random: crng init done')
        lines.insert(2, '[   12.345679] reboot: System halted')
        self.assertEqual(self.single(lines)['counts']['pass'], 2)

    def test_kernel_message_inside_of_a_result(self):
        text = '\n'.join(GOOD[1]).replace('ok 1 store.first', 'ok 1 store.f'
                                          '[   12.345678][  T1] random: crng\nirst')
        judged = result.program('prog', text, 0, PARSER)
        self.assertEqual([t['name'] for t in judged['tests']], ['store.first', 'store.last'])
        self.assertEqual(judged['verdict'], 'PASS')

    def test_kernel_message_at_the_end_of_a_failure(self):
        text = '\n'.join(BAD[1]).replace('not ok 2 store.last', 'not ok 2 store.last'
                                         '[   12.345678] random: crng\n')
        judged = result.program('prog', text, 1, PARSER)
        self.assertEqual(judged['tests'][1]['verdict'], 'FAIL')
        self.assertEqual(judged['tests'][1]['name'], 'store.last')

    def test_binary_garbage(self):
        data = '\n'.join(GOOD[1]).encode().replace(b'#  RUN           store.last',
                                                   b'\x00\xff\xfe\x1b[31m\x80\n'
                                                   b'#  RUN           store.last')
        judged = result.program('prog', data, 0, PARSER)
        self.assertEqual((judged['verdict'], judged['counts']['pass']), ('PASS', 2))

    def test_no_control_character_reaches_a_terminal(self):
        judged = self.single(program('# \x1b[2J\x07gone\nnot ok %d a.b'), 1)
        self.assertEqual(judged['tests'][0]['diagnosis'], ['[2Jgone'])

    def test_carriage_returns(self):
        self.assertEqual(self.single([line + '\r' for line in GOOD[1]])['verdict'], 'PASS')

    def test_tap_inside_of_a_diagnosis(self):
        fake = program('# ok 1 fake\n# 1..7\n# TAP version 13\n# Subtest: x\n'
                       '    ok 1 fake\nKTAP version 9\nnot ok %d a.b')
        judged = self.single(fake, 1)
        self.assertEqual([(t['name'], t['verdict']) for t in judged['tests']],
                         [('a.b', 'FAIL')])
        outer = self.expect(runner(fake, 'not ok 1 selftests: mm: prog # exit=1'), 'FAIL', 1,
                            fail=1, pass_=0)
        self.assertEqual(outer['programs'][0]['tests'][0]['diagnosis'],
                         judged['tests'][0]['diagnosis'])
        self.assertEqual(judged['tests'][0]['diagnosis'][:3],
                         ['ok 1 fake', '1..7', 'TAP version 13'])

    def test_words_before_the_header(self):
        self.assertEqual(self.single(['guardian: started'] + GOOD[1])['verdict'], 'PASS')


class CommandLine(Judged):
    """result.py as vm/ and gates call it."""

    def run_it(self, text, *options):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, 'text')
            with open(path, 'w', encoding='utf-8') as out:
                out.write(text)
            out = os.path.join(folder, 'r.json')
            done = subprocess.run([sys.executable, RESULT_PY, '--json', out, *options, path],
                                  capture_output=True, text=True, check=False)
            with open(out, encoding='utf-8') as source:
                judged = json.load(source)
            self.assertEqual(sorted(os.listdir(folder)), ['r.json', 'text'])
        self.assertEqual(done.returncode, judged['number'])
        return done, judged

    def test_verdicts_and_the_last_line(self):
        for text, line in (
                (chain(GOOD), 'PASS (0): 2 passed, 0 failed, 0 skipped, 0 xfailed'),
                (chain(BAD, end=FAILED), 'FAIL (1): 1 passed, 1 failed, 0 skipped, 0 xfailed'),
                (chain(ALL_SKIP, end=SKIPPED),
                 'SKIP (4): 0 passed, 0 failed, 1 skipped, 0 xfailed'),
                ('', 'ERROR (3): 0 passed, 0 failed, 0 skipped, 0 xfailed')):
            done, _ = self.run_it(text)
            self.assertEqual(done.stdout.splitlines()[-1], 'hugezero-wp: ' + line)

    def test_single(self):
        done, judged = self.run_it('\n'.join(GOOD[1]), '--single', 'hugezero_wp', '--exit', '0')
        self.assertEqual(judged['programs'][0]['name'], 'hugezero_wp')
        self.assertEqual(done.returncode, 0)
        done, judged = self.run_it('\n'.join(GOOD[1]), '--single', 'hugezero_wp',
                                   '--exit', '137')
        self.assertEqual(done.returncode, 3)
        self.assertIn('signal 9', judged['programs'][0]['reason'])

    def test_error_from_outside(self):
        done, judged = self.run_it(chain(GOOD), '--error', 'the guest hung')
        self.assertEqual(done.returncode, 3)
        self.assertIn('the guest hung', judged['errors'])

    def test_no_parser_is_an_error(self):
        done, judged = self.run_it(chain(GOOD), '--kunit', '/nonexistent')
        self.assertEqual(done.returncode, 3)
        self.assertIn('/nonexistent', done.stdout)
        self.assertEqual(judged['programs'], [])

    def test_old_parser_is_an_error(self):
        with tempfile.TemporaryDirectory() as folder:
            for name in ('kunit_parser', 'kunit_printer'):
                with open(os.path.join(folder, name + '.py'), 'w', encoding='utf-8') as out:
                    out.write('class Test:\n\tpass\n')
            done, _ = self.run_it(chain(GOOD), '--kunit', folder)
        self.assertEqual(done.returncode, 3)
        self.assertIn('too old', done.stdout)

    def test_missing_file(self):
        done = subprocess.run([sys.executable, RESULT_PY, '/nonexistent/text'],
                              capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 3)
        self.assertIn('/nonexistent/text', done.stdout)

    def test_json_that_cannot_be_written(self):
        done = subprocess.run([sys.executable, RESULT_PY, '--json', '/nonexistent/r.json', '-'],
                              input=chain(GOOD), capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 3)
        self.assertIn('/nonexistent/r.json', done.stdout)

    def test_json_replaces_whole(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, 'r.json')
            result.write_json({'old': 1}, path)
            with self.assertRaises(TypeError):
                result.write_json({'new': object()}, path)
            with open(path, encoding='utf-8') as source:
                self.assertEqual(json.load(source), {'old': 1})
            self.assertEqual(os.listdir(folder), ['r.json'])


class Terminal(io.StringIO):
    """An output that says whether it is a terminal."""

    def __init__(self, tty):
        super().__init__()
        self.tty = tty

    def isatty(self):
        return self.tty


class Summary(Judged):
    """What people see."""

    def show(self, text, tty=False, **environment):
        out = Terminal(tty)
        kept = dict(os.environ)
        os.environ.pop('NO_COLOR', None)
        os.environ.update(environment)
        try:
            summary.show(self.judge(text), out)
        finally:
            os.environ.clear()
            os.environ.update(kept)
        return out.getvalue()

    def test_failure_is_there_with_its_diagnosis(self):
        shown = self.show(chain(BAD, end=FAILED))
        self.assertIn('kernel 6.18.44 x86_64, page 4 KiB, PMD 2 MiB', shown)
        self.assertIn('FAIL hugezero_wp store.last\n    hugezero_wp.c:88', shown)
        self.assertIn('\n      want  one THP\n', shown)

    def test_skips_are_grouped_by_reason(self):
        lines = program('ok %d a.b # SKIP no memcg', 'ok %d a.c # SKIP no memcg',
                        'ok %d a.d # SKIP not root', 'ok %d a.e')
        shown = self.show(chain(('hugezero_wp', lines, 'ok %d hugezero_wp')))
        self.assertRegex(shown, r'2  no memcg \(hugezero_wp\)\n +1  not root')

    def test_whole_skip_shows_its_reason(self):
        self.assertRegex(self.show(chain(ALL_SKIP, end=SKIPPED)), r'1  no THP in this kernel')

    def test_colour_on_a_terminal_only(self):
        self.assertNotIn('\033', self.show(chain(BAD, end=FAILED)))
        self.assertIn('\033[31m', self.show(chain(BAD, end=FAILED), True))
        self.assertNotIn('\033', self.show(chain(BAD, end=FAILED), True, NO_COLOR='1'))

    def test_the_last_line_has_no_colour(self):
        self.assertTrue(self.show(chain(GOOD), True).splitlines()[-1].startswith('hugezero-wp: '))


if __name__ == '__main__':
    unittest.main()
