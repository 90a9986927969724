# SPDX-License-Identifier: GPL-2.0
"""Holds a result model to what is expected of that kernel. Better than expected is not it."""

import re

RULE = re.compile(r'([\w*.+-]+)='
                  r'(CRASH|WHOLE|(?:PASS|FAIL|SKIP)(?:\|(?:PASS|FAIL|SKIP))*)(?::([^:]+))?$')


CRASH = re.compile('the kernel (crashed|panicked)')


def crash_of(model):
    """(program, test) in which the kernel crashed, or None."""
    if not any(CRASH.search(text) for text in model['errors']):
        return None
    for program in model['programs']:
        for test in program['tests']:
            if test['verdict'] == 'ERROR':
                return program['name'], test['name']
    return None


class Outcome:
    """What each program should say."""

    def __init__(self, rules):
        self.rules = {}
        self.crash = None       # (program, test) that this kernel does not survive
        for rule in rules:
            found = RULE.match(rule)
            if not found:
                raise ValueError(f'{rule} is not PROGRAM=VERDICT[:TEST,...]')
            name, verdicts, tests = found.groups()
            if name in self.rules:
                raise ValueError(f'a second rule for {name}')
            if tests and verdicts not in ('FAIL', 'CRASH'):
                raise ValueError(f'{rule}: tests go with FAIL or CRASH alone')
            if verdicts == 'CRASH':
                if self.crash or not tests or ',' in tests:
                    raise ValueError(f'{rule}: a kernel crashes once, in one test')
                self.crash = (name, tests)
            self.rules[name] = (verdicts.split('|'), set(tests.split(',')) if tests else None)

    def verdicts(self, program):
        """(verdicts it may have, names of tests that fail then or None for any)."""
        return self.rules.get(program) or self.rules.get('*') or (['PASS'], None)

    def complaints(self, model):
        """What is not as expected: [] if all is."""
        crashed = self.crash and crash_of(model)
        if model['verdict'] == 'ERROR' and not (crashed and crashed == self.crash):
            return model['errors'][:1] or [f'{p["name"]}: {p["reason"]}'
                                           for p in model['programs'] if p['verdict'] == 'ERROR']
        said = [self.one(program) for program in model['programs']]
        if crashed:
            return [text for text in said if text]      # no program ran after it
        seen = {program['name'] for program in model['programs']}
        lacking = [f'{name} did not run' for name in self.rules if name != '*' and name not in seen]
        return [text for text in said if text] + lacking

    def one(self, program):
        wanted, tests = self.verdicts(program['name'])
        failed = {t['name'] for t in program['tests'] if t['verdict'] in ('FAIL', 'ERROR')}
        skipped = [t['name'] for t in program['tests'] if t['verdict'] == 'SKIP']
        if wanted == ['WHOLE']:
            if program['verdict'] == 'PASS' and skipped:
                more = f' and {len(skipped) - 3} more' if len(skipped) > 3 else ''
                return f'{program["name"]}: skipped: {", ".join(skipped[:3])}{more}'
            wanted = ['PASS']
        if wanted == ['CRASH'] and program['verdict'] == 'ERROR' and failed == tests:
            return ''
        if program['verdict'] not in wanted:
            why = ', '.join(sorted(failed)[:3]) or program['reason']
            more = f' and {len(failed) - 3} more' if len(failed) > 3 else ''
            return (f'{program["name"]}: {program["verdict"]} instead of {" or ".join(wanted)}'
                    + (f' ({why}{more})' if why else ''))
        if tests is not None and failed != tests:
            extra, absent = sorted(failed - tests), sorted(tests - failed)
            return f'{program["name"]}: ' + '; '.join(
                text for text in (f'failed, too: {", ".join(extra)}' if extra else '',
                                  f'did not fail: {", ".join(absent)}' if absent else '') if text)
        if program['errors']:
            return f'{program["name"]}: {program["reason"]}'
        return ''

    def excused(self, program, test):
        """Whether that this test failed is what the kernel should do."""
        wanted, tests = self.verdicts(program)
        return bool({'FAIL', 'CRASH'} & set(wanted)) and (tests is None or test in tests)


class Judged:
    """One cell's result beside what was expected."""

    def __init__(self, name, why, outcome, model):
        self.name = name
        self.why = why
        self.outcome = outcome
        self.model = model
        self.missing = model.get('missing', '')
        self.complaints = [] if self.missing else outcome.complaints(model)

    @property
    def state(self):
        """not run, expected or unexpected."""
        if self.missing:
            return 'not run'
        return 'unexpected' if self.complaints else 'expected'
