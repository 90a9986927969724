# SPDX-License-Identifier: GPL-2.0
"""All mutants of one kernel: proves it green without them, boots each, and keeps the results."""

import concurrent.futures
import copy
import hashlib
import json
import os
import shlex
import sys

import built
import cache
import cell
import guests
import judge
import kernels
import matrix_plan
import result
import scores
import yardstick
from problem import Problem

HERE = os.path.dirname(os.path.abspath(__file__))
AWAKE = 'hz_mutant='
LIMIT = 900     # seconds of a boot, on a machine that may become busy; a hang is silent before


def say(text):
    sys.stdout.write(text + '\n')
    sys.stdout.flush()


def load(path, key, digests):
    """What was kept, if it is still true of these programs."""
    try:
        with open(path, encoding='utf-8') as file:
            kept = json.load(file)
        true = kept['key'] == key and kept['rests on'].items() <= digests.items()
        return kept if true else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def digest(*parts):
    return hashlib.sha256('\0'.join(parts).encode()).hexdigest()


def own_digest():
    """Of what boots a guest and decides a verdict."""
    own = [os.path.join(HERE, name) for name in ('guests.py', 'judge.py', 'rounds.py')]
    return matrix_plan.digest([*own, *matrix_plan.tools()])


def fell_in(boot):
    """
    The test that ran when the guest's kernel crashed, or the program that was still finding out what
    that kernel has; '' where it only hangs.
    """
    if not cell.cause(bytes(boot.listener.console)):
        return ''
    for program in boot.programs:
        for test in program['tests']:
            if test['verdict'] == 'ERROR':
                return guests.id_of(program, test)
    return next((f'{program["name"]}, before its first test' for program in boot.programs[-1:]
                 if not program['tests']), '')


class Round:
    """All mutants of one kernel."""

    def __init__(self, options, wanted):
        self.options = options
        self.wanted = wanted
        self.show = len(options.mutants) == 1
        words = built.Words(f'built:{options.kernel}:{"debug" if options.debug else ""}')
        self.suite = yardstick.Suite() if options.yardstick else guests.Suite()
        say('building, or taking from the cache: the kernel that all mutants sleep in')
        self.kernel = kernels.with_mutants(words, self.suite.arch)
        self.base = digest(own_digest(), self.kernel.plain)
        self.baseline = None
        os.makedirs(options.out, exist_ok=True)

    def path(self, *names):
        return os.path.join(self.options.out, *names)

    def sleeping(self, number):
        """One boot with all mutants asleep."""
        key = digest(self.base, self.kernel.image)
        path = self.path(f'none-{number}.json')
        kept = load(path, key, self.suite.digests)
        if not kept:
            boot = guests.Boot(self.suite, self.kernel.image, limit=LIMIT)
            kept = {**judge.baseline_run(boot), 'key': key, 'rests on': self.suite.digests}
            self.keep(f'none-{number}', boot)
            if not kept['problems'] or self.options.yardstick:
                result.write_json(kept, path)
        return kept

    def prove_green(self, pool):
        times = self.options.green
        runs = list(pool.map(self.sleeping, range(1, times + 1)))
        self.baseline = judge.Baseline(runs)
        if self.baseline.problems and not self.options.yardstick:
            raise Problem('the kernel with all mutants asleep is not green:\n  '
                          + '\n  '.join(self.baseline.problems[:20]))
        say(f'green {times} times with all mutants asleep: {len(self.baseline.good)} tests '
            f'pass, at most {self.baseline.seconds:.0f} s')
        if self.baseline.problems:
            say(f'{len(self.baseline.problems)} times one did not, or its program was not in order, '
                f'such as {self.baseline.problems[0]}')

    def keep(self, name, boot):
        folder = self.path(name)
        os.makedirs(folder, exist_ok=True)
        for file, data in (('kernel.log', boot.log()), ('output.ktap', b'\n'.join(
                bytes(run.output) for run in boot.listener.runs))):
            with cache.replacing(os.path.join(folder, file)) as new, open(new, 'wb') as out:
                out.write(data)

    def key_of(self, one):
        return digest(self.base, one.name, one.patch, one.claim, one.equivalent, one.unreachable,
                      one.boot, one.crash, str(one.race), str(self.options.full))

    def mutant(self, one):
        """Its result, with whether it was there already."""
        path, key = self.path(one.name + '.json'), self.key_of(one)
        problem = self.kernel.problems.get(one.name)
        kept = None if problem or self.show else load(path, key, self.suite.digests)
        if not kept:
            kept = self.unborn(problem) if problem else self.wake(one)
            kept.update({'name': one.name, 'broken': one.broken, 'claim': one.claim, 'key': key,
                         'rests on': self.rests_on(kept)})
            result.write_json(kept, path)
            self.told(kept)
        return kept

    def rests_on(self, kept):
        """The programs without which a result is not true: a kill needs the killer alone."""
        if kept['verdict'] in (judge.STILLBORN, judge.UNMATCHED):
            return {}
        killers = {claim.split()[0] for claim in kept['claims']}
        if kept['verdict'] == judge.CLAIM and not self.options.full:
            return {name: self.suite.digests[name] for name in killers}
        return self.suite.digests

    def unborn(self, problem):
        verdict = judge.STILLBORN if problem.startswith('stillborn') else judge.UNMATCHED
        return {'verdict': verdict, 'reason': problem, 'runs': 0, 'kills': 0, 'claims': [],
                'first': '', 'skipped': [], 'seconds': 0}

    def wake(self, one):
        words = [*shlex.split(one.boot), '--append', AWAKE + one.name]
        first = [name for name in self.suite.files if name in one.claim.split()]
        good = self.baseline.good

        def boot(suite, good=good):
            return guests.Boot(suite, self.kernel.image, words, first + self.baseline.order,
                               None if self.options.full else good, self.show,
                               limit=LIMIT)

        if self.options.yardstick:
            shown, good = self.failed_twice(lambda good: boot(self.suite, good))
            self.keep(one.name, shown)
            return {**judge.all_runs(one, [shown], good, True), 'repeat': shown.repeat}
        # How often a race is seen is asked of the program that hunts it.
        boots = [boot(self.only(first)) for _ in range(one.race) if one.race > 1 and first]
        if self.options.full or not any(map(self.killed, boots)):
            boots.append(boot(self.suite))
        shown = next(filter(self.killed, boots), boots[-1])
        self.keep(one.name, shown)
        kept = {**judge.all_runs(one, boots, good), 'repeat': shown.repeat}
        if kept['verdict'] == judge.CRASH:
            kept.update({'first': fell_in(shown), 'reason': one.crash or kept['reason']})
        return kept

    def failed_twice(self, boot):
        """
        A boot and the tests that it is judged by. Some of a yardstick's fail now and then, whatever
        the kernel: only one that fails again notices anything.
        """
        good = self.baseline.good
        while True:
            shown = boot(good)
            failed = set(judge.one_run(shown, good, True)[1])
            if not failed:
                return shown, good
            again = boot(failed)
            if judge.one_run(again, failed, True)[0] == judge.CLAIM:
                return again, failed
            good = good - failed

    def killed(self, boot):
        return judge.one_run(boot, self.baseline.good)[0] == judge.CLAIM

    def only(self, names):
        suite = copy.copy(self.suite)
        suite.files = {name: self.suite.files[name] for name in names}
        return suite

    def told(self, kept):
        done = sum(os.path.exists(self.path(one.name + '.json')) for one in self.wanted)
        say(f'[{done:3}/{len(self.wanted)}] {kept["verdict"]:<10} {kept["name"]} '
            f'({kept["seconds"]:.1f} s): {scores.by(kept)}')

    def run(self):
        for one in self.wanted:
            path = self.path(one.name + '.json')
            if not load(path, self.key_of(one), self.suite.digests) and os.path.exists(path):
                os.unlink(path)
        with concurrent.futures.ThreadPoolExecutor(self.options.jobs) as pool:
            try:
                self.prove_green(pool)
                # What takes long comes last, and does not keep the table waiting.
                results = pool.map(self.mutant, sorted(self.wanted, key=lambda one: one.race))
                return sorted(results, key=lambda kept: kept['name'])
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
