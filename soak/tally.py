# SPDX-License-Identifier: GPL-2.0
"""Counts what each test said in each round of a soak."""

import statistics

BAD = ('FAIL', 'ERROR')


def in_words(counts):
    return ', '.join(f'{verdict} {n}' for verdict, n in sorted(counts.items()))


class Program:
    """One program in all rounds."""

    def __init__(self):
        self.verdicts = {}      # test: {verdict: how often}
        self.races = set()      # tests that met a known kernel bug that is a race
        self.first = {}         # test: what it said first
        self.seconds = []
        self.complete = 0       # rounds in which it told of all its tests

    def add(self, said):
        """said: {test: verdict}. Returns [(test, verdict)] whose log is worth keeping: each
        verdict that is bad or another than the first, once."""
        news = []
        for test, verdict in said.items():
            counts = self.verdicts.setdefault(test, {})
            counts[verdict] = counts.get(verdict, 0) + 1
            first = self.first.setdefault(test, verdict)
            if (verdict in BAD or verdict != first) and counts[verdict] == 1:
                news.append((test, verdict))
        return news

    def bad(self):
        """[(test, counts)]: what failed, changed its mind or was missing now and then."""
        return [(test, counts) for test, counts in sorted(self.verdicts.items())
                if len(counts) > 1 and not self.is_known_race(test)
                or any(v in BAD for v in counts) or sum(counts.values()) < self.complete]

    def is_known_race(self, test):
        """Such a bug shows in some rounds: that is no flake of the test."""
        return test in self.races and set(self.verdicts[test]) == {'PASS', 'XFAIL'}

    def known_races(self):
        """[(test, counts)]: those that showed in some rounds and not in others."""
        return [(test, self.verdicts[test]) for test in sorted(self.races)
                if self.is_known_race(test)]


class Tally:
    """All of them."""

    def __init__(self, wanted, load, races=()):
        """@races: headlines of known kernel bugs that are races."""
        self.wanted = wanted
        self.load = load
        self.races = tuple(': ' + one for one in races)
        self.rounds = 0
        self.programs = {}
        self.lack = ''          # why the last program that skipped did

    def add(self, model, seconds):
        """One program's model. Returns the tests and verdicts whose log is worth keeping."""
        program = self.programs.setdefault(model['name'], Program())
        said = {test['name']: test['verdict'] for test in model['tests']}
        if model['verdict'] == 'SKIP':
            self.lack = model['reason'] or self.lack
        program.races.update(test['name'] for test in model['tests']
                             if test['verdict'] == 'XFAIL'
                             and test['reason'].endswith(self.races))
        program.complete += bool(said) and model['verdict'] != 'ERROR'
        # The program is a test of its own: it may crash, hang or be silent.
        said['(program)'] = model['verdict']
        program.seconds.append(seconds)
        return program.add(said)

    def bad(self):
        return [(name, test, counts) for name, program in self.programs.items()
                for test, counts in program.bad()]

    def tested(self):
        """Whether any program did more than to skip."""
        return any(set(p.verdicts['(program)']) != {'SKIP'} for p in self.programs.values())

    def number(self, stopped=False):
        """The exit status."""
        if self.bad():
            return 1
        if stopped or not self.rounds:
            return 3
        return 0 if self.tested() else 4

    def model(self):
        return {'format': 1, 'wanted': self.wanted, 'rounds': self.rounds, 'load': self.load,
                'number': self.number(self.rounds < self.wanted),
                'programs': [{'name': name, 'rounds': len(p.seconds),
                              'seconds': [round(s, 3) for s in p.seconds],
                              'tests': p.verdicts}
                             for name, p in self.programs.items()]}

    def lines(self, folder):
        """The summary."""
        width = max([len(name) for name in self.programs], default=7)
        yield (f'{"program":<{width}} {"rounds":>7} {"tests":>6} {"flaky or failed":>16} '
               f'{"median s":>9} {"max s":>7}')
        for name, p in self.programs.items():
            yield (f'{name:<{width}} {len(p.seconds):7} {len(p.verdicts) - 1:6} '
                   f'{len(p.bad()):16} {statistics.median(p.seconds):9.2f} '
                   f'{max(p.seconds):7.2f}')
        for name, p in self.programs.items():
            for test, counts in p.known_races():
                yield f'~ {name} {test}: known kernel bug, {in_words(counts)}'
        bad = self.bad()
        for name, test, counts in bad:
            yield f'! {name} {test}: {in_words(counts)}'
        if bad:
            yield f'  first logs of these: {folder}'
        if self.programs and not self.tested():
            yield f'nothing was tested: {self.lack}'
        yield (f'hugezero-wp soak: {self.rounds} of {self.wanted} rounds'
               f'{" under load" if self.load else ""}, {len(bad)} flaky or failed')
