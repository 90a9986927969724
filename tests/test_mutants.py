# SPDX-License-Identifier: GPL-2.0
"""mutation/run: no mutant gets a better verdict than it earned, and none is done twice."""

import argparse
import contextlib
import io
import json
import os
import sys
import tempfile
import unittest
from unittest import mock

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(HERE)
sys.path[:0] = [os.path.join(TOP, name) for name in ('mutation', 'vm', 'report')]

import guests   # noqa: E402
import judge    # noqa: E402
import kernels  # noqa: E402
import kunit    # noqa: E402
import mutant   # noqa: E402
import rounds   # noqa: E402
import scores   # noqa: E402
from problem import Problem  # noqa: E402

GOOD = {'wp a.one', 'wp a.two', 'life b.three'}


def test(name, verdict='PASS', diagnosis=()):
    return {'name': name, 'verdict': verdict, 'diagnosis': list(diagnosis), 'reason': ''}


def program(name, *tests, kmsg=(), errors=()):
    return {'name': name, 'tests': list(tests), 'kmsg': list(kmsg), 'errors': list(errors)}


class Boot:
    """What guests.Boot says of a guest that is over."""

    def __init__(self, *programs, wrong=(), ended='done', seconds=1.0,
                 console=b''):
        self.programs = list(programs)
        self.wrong = list(wrong)
        self.ended = ended
        self.seconds = seconds
        self.took = {program['name']: 1 for program in programs}
        self.repeat = 'vm/run'
        self.listener = argparse.Namespace(runs=[], console=console)

    tests = guests.Boot.tests
    said = guests.Boot.said

    def log(self):
        return b''


ALL_PASS = (program('wp', test('a.one'), test('a.two')), program('life', test('b.three')))
COMPLAINED = ['wp.c:1 one: the kernel complained, see the lines above']
WANTED = ['wp.c:1 one: store', '  want  a THP', '  got   none']
FAILED = [*WANTED, 'wp.c:1:one:Expected 0 (0) != as_claimed (0)']


def one(name='wp-splits', **header):
    return mutant.Mutant(name, {'broken': 'splits', 'claim': '1.2 wp', 'file': 'mm/x.c',
                                **header}, 'f(...)\n{\n+ MUTANT\n}\n')


def verdict(*boots, **header):
    return judge.all_runs(one(**header), list(boots), GOOD)


class Judging(unittest.TestCase):
    def test_claim_that_fails_kills(self):
        said = verdict(Boot(program('wp', test('a.one', 'FAIL', WANTED), test('a.two'))))
        self.assertEqual((said['verdict'], said['claims']), ('claim', ['wp a.one']))

    def test_claim_whose_check_failed_before_the_crash_kills(self):
        for told, what in ((FAILED, 'claim'), (WANTED, 'crash')):
            said = verdict(Boot(program('wp', test('a.one', 'ERROR', told)), ended='silence',
                                wrong=['the kernel crashed']))
            self.assertEqual(said['verdict'], what)

    def test_claim_that_failed_before_the_crash_kills(self):
        said = verdict(Boot(program('wp', test('a.one', 'FAIL', WANTED)), ended='exit',
                            wrong=['the kernel panicked']))
        self.assertEqual(said['verdict'], 'claim')

    def test_test_that_does_not_always_pass_kills_nobody(self):
        said = verdict(Boot(program('wp', test('a.flaky', 'FAIL', WANTED))))
        self.assertEqual(said['verdict'], 'log')

    def test_log_alone_is_no_claim(self):
        for failed in (program('wp', test('a.one', 'FAIL', COMPLAINED), kmsg=['BUG: x']),
                       program('wp', test('kernel_log', 'FAIL', ['BUG: x']), kmsg=['BUG: x'])):
            self.assertEqual(verdict(Boot(failed))['verdict'], 'log')

    def test_claim_with_the_log_is_a_claim(self):
        said = verdict(Boot(program('wp', test('a.one', 'FAIL', COMPLAINED + WANTED),
                                    kmsg=['BUG: x'])))
        self.assertEqual(said['verdict'], 'claim')

    def test_crash_and_hang(self):
        for boot in (Boot(*ALL_PASS[:1], ended='exit', wrong=['the guest ended in wp']),
                     Boot(ended='timeout', wrong=['no end after 120 s']),
                     Boot(program('wp', test('a.one'), errors=['killed by signal 7']))):
            self.assertEqual(verdict(boot)['verdict'], 'crash')

    def test_skipped_test_noticed_nothing(self):
        said = verdict(Boot(program('wp', test('a.one', 'SKIP'), test('a.two')), ALL_PASS[1]))
        self.assertEqual((said['verdict'], said['skipped']), ('survived', ['wp a.one']))
        self.assertIn('1 skipped, such as wp a.one', scores.by(said))

    def test_reasons_speak_of_survivors_only(self):
        self.assertEqual(verdict(Boot(*ALL_PASS), equivalent='no bit')['verdict'], 'equivalent')
        self.assertEqual(verdict(Boot(*ALL_PASS), unreachable='no way')['verdict'], 'unreachable')
        said = verdict(Boot(program('wp', test('a.one', 'FAIL', WANTED))), equivalent='no bit')
        self.assertEqual((said['verdict'], said['reason']), ('claim', 'said to be equivalent'))

    def test_race_is_killed_once_and_tells_how_often(self):
        said = verdict(Boot(*ALL_PASS), Boot(program('wp', test('a.one', 'FAIL', WANTED))),
                       Boot(*ALL_PASS), race='3')
        self.assertEqual((said['verdict'], said['kills'], said['runs']), ('claim', 1, 3))
        self.assertIn('1 of 3 runs', scores.by(said))

    def test_fix(self):
        ours, race, good = ('XFAIL', 'known: it leaks'), ('XFAIL', 'known: it races'), ('PASS', '')
        fix = one(bug='it leaks')
        was = {'a': ours, 'b': good, 'c': race}
        fixed = {**was, 'a': good}
        self.assertEqual(judge.fixes(fix, [], was, fixed), (['a: XFAIL -> PASS'], True))
        for now in (was, {**fixed, 'b': ('FAIL', '')}, {**fixed, 'b': ('SKIP', '')},
                    {'a': good, 'c': race}, {**fixed, 'b': ours}, {**was, 'c': good}):
            self.assertFalse(judge.fixes(fix, ['it races'], was, now)[1], now)
        for now in ({**fixed, 'b': race}, {**fixed, 'c': good}):
            self.assertFalse(judge.fixes(fix, [], was, now)[1], now)
            (line, other), proven = judge.fixes(fix, ['it races'], was, now)
            self.assertEqual((line, other[-16:], proven),
                             ('a: XFAIL -> PASS', 'which is a race)', True))

    def test_fix_that_hides_another_bug(self):
        was = {'a': ('XFAIL', 'known: it leaks'), 'b': ('XFAIL', 'known: it drips')}
        fixed = {'a': ('PASS', ''), 'b': ('PASS', '')}
        self.assertFalse(judge.fixes(one(bug='it leaks'), [], was, fixed)[1])
        hides = one(bug='it leaks', hides='it drips')
        self.assertTrue(judge.fixes(hides, [], was, fixed)[1])
        self.assertFalse(judge.fixes(hides, [], fixed, was)[1])
        self.assertFalse(judge.fixes(hides, [], was, {**was, 'b': ('PASS', '')})[1])

    def test_baseline(self):
        run = judge.baseline_run(Boot(*ALL_PASS))
        self.assertEqual(judge.Baseline([run] * 3).problems, [])
        self.assertEqual(judge.Baseline([run] * 3).good, GOOD)
        run['took'] = {'race': 30, 'wp': 8, 'life': 5}
        self.assertEqual(judge.Baseline([run] * 3).order, ['life', 'wp', 'race'])
        for bad in (Boot(program('wp', test('a.one', 'FAIL'))), Boot(wrong=['panic']),
                    Boot(program('wp', test('a.one', 'SKIP'), test('a.two')), ALL_PASS[1]),
                    Boot(program('wp', test('a.one'), errors=['killed'])), Boot(*ALL_PASS[:1])):
            found = judge.Baseline([run, run, judge.baseline_run(bad)])
            self.assertTrue(found.problems)
            self.assertNotEqual(found.good, GOOD | {'wp a.flaky'})


class Ending(unittest.TestCase):
    """A guest ends at the first claim that fails, and only there."""

    def watch(self, *lines, good=frozenset({'wp a.one'})):
        suite = argparse.Namespace(parser=kunit.Parser())
        watch = guests.Watch(suite, good, None)
        watch.listener = argparse.Namespace(running=argparse.Namespace(name='wp'), done=False)
        watch.begin(None)
        for line in lines:
            watch.line(line.encode())
        return watch.listener.done

    @classmethod
    def setUpClass(cls):
        try:
            kunit.Parser()
        except kunit.NoParser as why:
            raise unittest.SkipTest(str(why)) from why

    def test_ends(self):
        self.assertTrue(self.watch('1..2', '#  RUN           a.one ...', '#   want  a THP',
                                   '#          FAIL  a.one', 'not ok 1 a.one'))

    def test_goes_on(self):
        self.assertFalse(self.watch('1..2', '#  RUN           a.one ...',
                                    '# wp.c:1 one: the kernel complained, see the lines above',
                                    'not ok 1 a.one'))
        self.assertFalse(self.watch('1..2', '#  RUN           a.odd ...', 'not ok 1 a.odd'))
        self.assertFalse(self.watch('1..2', '# not ok 1 a.one', 'ok 1 a.one # XFAIL'))
        self.assertFalse(self.watch('1..2', '#  RUN           a.one ...', 'not ok 1 a.one',
                                    good=None))


class Planting(unittest.TestCase):
    """Mutants that do not compile are left out, and no other."""

    def settle(self, bad):
        planted = []
        change = kernels.Change('mutants', [one(name) for name in 'abcdefg'])

        def plant(_tree, mutants):
            planted[:] = [m.name for m in mutants]
            return {m.name: 'nothing in the code matches' if m.name == 'c' else ''
                    for m in mutants}

        def compiles(_goal):
            return 'error: x' if set(planted) & set(bad) else ''

        with mock.patch('plant.plant', plant), mock.patch('os.path.exists', lambda path: True):
            change.apply('tree')
            change.settle('tree', compiles)
        return change.problems, planted

    def test_all_compile(self):
        problems, _ = self.settle('')
        self.assertEqual([name for name in problems if problems[name]], ['c'])

    def test_stillborn_are_found_each(self):
        for bad in ('a', 'g', 'bf', 'abd'):
            problems, planted = self.settle(bad)
            dead = {name for name in problems if problems[name].startswith('stillborn')}
            self.assertEqual(dead, set(bad))
            self.assertEqual(set(planted), set('abdefg') - set(bad))

    def test_key_is_that_of_what_is_planted(self):
        def key(**header):
            return kernels.Change('mutants', [one(**header)]).key()
        self.assertEqual(key(), key(broken='other words'))
        self.assertNotEqual(key(), key(name='other'))
        self.assertNotEqual(key(), key(file='mm/y.c'))


class Status(unittest.TestCase):
    """What fails a run."""

    def bad(self, verdict, newest=True, first='', **words):
        return judge.is_bad({'verdict': verdict, 'first': first}, one(**words), newest)

    def test_killed_by_a_claim_is_good(self):
        self.assertFalse(self.bad(judge.CLAIM))

    def test_not_noticed_or_not_by_a_claim_is_bad(self):
        for verdict in (judge.SURVIVED, judge.LOG, judge.STILLBORN, judge.CRASH):
            self.assertTrue(self.bad(verdict), verdict)

    def test_a_crash_that_is_all_there_is(self):
        self.assertFalse(self.bad(judge.CRASH, crash='it dies', first='wp a.one'))
        self.assertTrue(self.bad(judge.CRASH, crash='it dies'))

    def test_a_debug_kernel_may_say_so_itself(self):
        self.assertFalse(judge.is_bad({'verdict': judge.CRASH, 'first': ''}, one(), True, debug=True))
        self.assertTrue(judge.is_bad({'verdict': judge.LOG, 'first': ''}, one(), True, debug=True))

    def test_a_reason_has_to_be_true(self):
        self.assertFalse(self.bad(judge.EQUIVALENT, equivalent='nobody can tell'))
        self.assertTrue(self.bad(judge.CLAIM, equivalent='nobody can tell'))

    def test_only_an_older_kernel_may_lack_its_code(self):
        self.assertTrue(self.bad(judge.UNMATCHED))
        self.assertFalse(self.bad(judge.UNMATCHED, newest=False))


class Rounds(unittest.TestCase):
    """With guests that answer at once."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.out = folder.name
        self.boots = []
        self.answers = {}
        self.digests = {'lib': '1', 'wp': '2', 'life': '3'}

    def boot(self, suite, image, words=(), order=(), *rest, **more):
        name = words[-1].partition('=')[2] if words else 'none'
        self.boots.append((name, tuple(words), tuple(order)))
        answer = self.answers.get(name, ALL_PASS)
        return answer if isinstance(answer, Boot) else Boot(*answer)

    def round(self, *wanted, problems=(), full=False, yardstick=False):
        options = argparse.Namespace(out=self.out, mutants=[], kernel='', debug=False, full=full,
                                     jobs=2, green=3, yardstick=yardstick)
        kernel = argparse.Namespace(image='image', plain='plain', problems=dict(problems))
        suite = argparse.Namespace(arch={}, files={'lib': '', 'wp': '', 'life': ''},
                                   digests=self.digests)
        with mock.patch.object(guests, 'Suite', lambda: suite), \
                mock.patch.object(rounds.yardstick, 'Suite', lambda: suite), \
                mock.patch.object(guests, 'Boot', self.boot), \
                mock.patch.object(kernels, 'with_mutants', lambda *words: kernel), \
                contextlib.redirect_stdout(io.StringIO()):
            self.boots.clear()
            return {r['name']: r['verdict'] for r in rounds.Round(options, list(wanted)).run()}

    def names(self):
        return sorted(name for name, _, _ in self.boots)

    def test_green_three_times_first(self):
        self.assertEqual(self.round(one()), {'wp-splits': 'survived'})
        self.assertEqual(self.names(), ['none'] * 3 + ['wp-splits'])

    def test_not_green_is_no_place_to_begin(self):
        self.answers['none'] = (program('wp', test('a.one', 'FAIL')),)
        with self.assertRaisesRegex(Problem, 'a.one'):
            self.round(one())
        self.assertNotIn('wp-splits', self.names())

    def test_a_yardstick_need_not_be_green_and_what_it_always_says_kills_nobody(self):
        flawed = (program('wp', test('a.one', 'FAIL'), test('a.two'), errors=['no plan']),
                  ALL_PASS[1])
        self.answers = {name: flawed for name in ('none', 'alive')}
        self.answers['dead'] = (flawed[0], program('life', test('b.three', 'FAIL', WANTED)))
        self.answers['hung'] = (program('wp', test('a.two'), errors=['killed by signal 9']),
                                ALL_PASS[1])
        wanted = [one(name) for name in ('alive', 'dead', 'hung')]
        self.assertEqual(self.round(*wanted, yardstick=True),
                         {'alive': 'survived', 'dead': 'claim', 'hung': 'crash'})
        self.assertEqual(self.names().count('dead'), 2)
        self.round(*wanted, yardstick=True)
        self.assertEqual(self.names(), [])

    def test_what_fails_once_on_a_yardstick_kills_nobody(self):
        flake = Boot(program('wp', test('a.one', 'FAIL'), test('a.two')), ALL_PASS[1])
        said = iter([flake, Boot(*ALL_PASS), Boot(*ALL_PASS)])
        boot = self.boot

        def answer(suite, image, words=(), *rest, **more):
            if words:
                self.answers['wp-splits'] = next(said)
            return boot(suite, image, words, *rest, **more)

        self.boot = answer
        self.assertEqual(self.round(one(), yardstick=True), {'wp-splits': 'survived'})
        self.assertEqual(list(said), [])

    def test_nothing_is_done_twice(self):
        self.round(one(), one('other'))
        self.assertEqual(self.round(one(), one('other'), one('new')).keys(),
                         {'wp-splits', 'other', 'new'})
        self.assertEqual(self.names(), ['new'])

    def test_what_changed_is_done_again(self):
        self.round(one(), one('other'))
        self.round(one(race='2'), one('other'))
        self.assertEqual(self.names(), ['wp-splits'] * 3)   # twice who hunts it, once all
        self.round(one(race='2'), one('other'), full=True)
        self.assertEqual(self.names(), ['other'] + ['wp-splits'] * 3)
        self.round(one(claim='3.5 life'), one('other'))
        self.assertIn('wp-splits', self.names())

    def test_a_survivor_meets_each_new_program_a_kill_its_killer(self):
        self.answers['dead'] = (program('wp', test('a.one', 'FAIL', WANTED)),)
        self.assertEqual(self.round(one('dead'), one('alive')),
                         {'dead': 'claim', 'alive': 'survived'})
        self.digests = {**self.digests, 'life': '4'}
        self.round(one('dead'), one('alive'))
        self.assertEqual(self.names(), ['alive'] + ['none'] * 3)
        self.digests = {**self.digests, 'wp': '5'}
        self.round(one('dead'), one('alive'))
        self.assertEqual(self.names(), ['alive', 'dead'] + ['none'] * 3)

    def test_claimed_program_comes_first(self):
        self.round(one(claim='3.5 life', boot='--smp 4'))
        self.assertIn(('wp-splits', ('--smp', '4', '--append', 'hz_mutant=wp-splits'), ('life', 'wp', 'life')),
                      self.boots)

    def crash(self, console):
        self.answers['wp-splits'] = Boot(program('wp', test('a.one'), test('a.two', 'ERROR')),
                                         wrong=['not a word any more'], ended='silence',
                                         console=console)
        self.assertEqual(self.round(one()), {'wp-splits': 'crash'})
        with open(os.path.join(self.out, 'wp-splits.json'), encoding='utf-8') as file:
            return json.load(file)

    def test_a_crash_names_the_test_that_ran(self):
        kept = self.crash(b'Kernel panic - not syncing: Fatal exception\n')
        self.assertEqual(scores.by(kept), 'wp a.two (not a word any more)')

    def test_a_crash_before_the_first_test_names_the_program(self):
        self.answers['wp-splits'] = Boot(ALL_PASS[1], program('wp'), wrong=['no end'],
                                         ended='silence', console=b'Kernel panic - not syncing\n')
        self.assertEqual(self.round(one()), {'wp-splits': 'crash'})
        with open(os.path.join(self.out, 'wp-splits.json'), encoding='utf-8') as file:
            self.assertEqual(json.load(file)['first'], 'wp, before its first test')

    def test_a_guest_that_only_hangs_names_none(self):
        self.assertEqual(self.crash(b'')['first'], '')

    def test_unborn_are_not_booted(self):
        said = self.round(one('a'), one('b'), problems={
            'a': 'stillborn: error', 'b': 'mm/x.c: nothing in the code matches'})
        self.assertEqual(said, {'a': 'stillborn', 'b': 'does not apply'})
        self.assertEqual(self.names(), ['none'] * 3)


class Green(unittest.TestCase):
    def problems(self, *verdicts):
        runs = [judge.baseline_run(Boot(program('wp', test('a.one', verdict))))
                for verdict in verdicts]
        return judge.Baseline(runs).problems

    def test_a_known_race_may_show_in_some_runs(self):
        self.assertEqual(self.problems('PASS', 'XFAIL', 'PASS'), [])

    def test_nothing_else_may_differ(self):
        self.assertEqual(self.problems('PASS', 'SKIP'), ['not the same in all runs: wp a.one'])


class Table(unittest.TestCase):
    def test_totals_and_needless_tests(self):
        results = []
        for name, boot in (('first', Boot(program('wp', test('a.one', 'FAIL', WANTED)))),
                           ('second', Boot(program('wp', test('a.one', 'FAIL', WANTED)),
                                           program('life', test('b.three', 'FAIL', WANTED)))),
                           ('third', Boot(*ALL_PASS))):
            results.append({**verdict(boot), 'name': name, 'broken': 'a | b'})
        baseline = judge.Baseline([judge.baseline_run(Boot(*ALL_PASS))])
        text = '\n'.join(scores.document('Mutants', results, baseline, True, 3))
        self.assertIn('| claim | 2 |\n| survived | 1 |', text)
        self.assertIn('| wp | 1.0 | 2 | 1 |\n| life | 1.0 | 1 | 0 |', text)
        self.assertIn('1 failed on no mutant:\n\n- wp a.two', text)
        self.assertIn('| third | a \\| b | survived |', text)


if __name__ == '__main__':
    unittest.main()
