#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Turns what the tests printed into the one result model, and judges it.

A model is a dict that goes into JSON as it is:
  verdict, number    PASS 0, FAIL 1, ERROR 3, SKIP 4
  counts             pass, fail, skip, xfail, xpass, error (tests)
  kernel, arch, page_size, pmd_size, facts    what the programs said of the machine
  harness, repeat, seconds                    what the caller said of the run
  errors             what went wrong outside of any program
  programs           [{name, verdict, exit, plan, reason, errors, counts, seconds, kmsg,
                       tests: [{name, verdict, reason, microseconds, diagnosis}]}]
"""

import argparse
import contextlib
import json
import os
import re
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import kunit    # noqa: E402
import ktap     # noqa: E402
import summary  # noqa: E402

NUMBERS = {'PASS': 0, 'FAIL': 1, 'ERROR': 3, 'SKIP': 4}
TESTS = ('PASS', 'FAIL', 'SKIP', 'XFAIL', 'XPASS', 'ERROR')

RUN = re.compile(r'#\s+RUN\s+(\S+) \.\.\.$')
ENDED = re.compile(r'#\s+(?:OK|FAIL|XFAIL|SKIP)\s+(\S+)$')
FACTS = re.compile(r'# hugezero: kernel (\S+) (\S+) page (\d+) pmd (\d+)\s*(.*)$')
KMSG = re.compile(r'# hugezero: kmsg (.*)$')
TIME = re.compile(r'# hugezero: time (\S+) (\d+)$')
NAMELESS_SKIP = re.compile(r'((?:not )?ok \d+)\s+(# SKIP\b.*)$')


def tally(tests):
    """How many tests there are of each verdict."""
    return {verdict.lower(): sum(t['verdict'] == verdict for t in tests)
            for verdict in TESTS}


def add_up(counts):
    return {verdict.lower(): sum(c[verdict.lower()] for c in counts) for verdict in TESTS}


class Text:
    """One program's lines, sorted into what each of them is."""

    def __init__(self, lines):
        self.body = []          # for the parser: results and diagnostics
        self.count = 0
        self.plans = []
        self.skip = None        # reason of a program that skips as a whole
        self.bail = ''
        self.running = ''       # begun, and no result of it yet
        self.facts = {}
        self.kmsg = []
        self.times = {}
        for line in lines:
            self.add(line)

    def add(self, line):
        plan = ktap.PLAN.match(line)
        if plan:
            self.plans.append(int(plan.group(1)))
            if plan.group(2) is not None and not int(plan.group(1)):
                self.skip = plan.group(2) or 'no reason given'
        elif ktap.RESULT.match(line):
            nameless = NAMELESS_SKIP.match(line)
            if nameless and self.running:
                # 6.1 prints the reason of a skip in the place of its name
                line = f'{nameless.group(1)} {self.running} {nameless.group(2)}'
            self.body.append(line)
            self.count += 1
            self.running = ''
        elif line.startswith('Bail out!'):
            self.bail = line
        elif not self.special(line) and not ktap.VERSION.match(line):
            run = RUN.match(line)
            if run:
                self.running = run.group(1)
            # a bare line may look like anything to the parser
            self.body.append(line if line.startswith('#') else '# ' + line)

    def special(self, line):
        """Lines that say something of the program, not of a test."""
        facts, kmsg, time = FACTS.match(line), KMSG.match(line), TIME.match(line)
        if facts:
            more = facts.group(5).split()
            self.facts = {'kernel': facts.group(1), 'arch': facts.group(2),
                          'page_size': int(facts.group(3)), 'pmd_size': int(facts.group(4)),
                          'facts': dict(zip(more[::2], more[1::2]))}
        elif kmsg:
            self.kmsg.append(kmsg.group(1))
        elif time:
            # a test knows its last name only; the harness said the whole
            self.times[self.running or time.group(1)] = int(time.group(2))
        return bool(facts or kmsg or time)


def diagnosis(lines):
    """What a test said between its begin and its end."""
    said = []
    for line in lines:
        if RUN.match(line):
            said = []
        elif not ENDED.match(line):
            said.append(line[2:] if line.startswith('# ') else line[1:])
    return [line.rstrip() for line in said if line.strip()]


def last_run(body):
    """The lines since the last test began."""
    for at in range(len(body) - 1, -1, -1):
        if RUN.match(body[at]):
            return body[at:]
    return []


def read_tests(text, parser):
    """The tests of a program, and what is wrong with how they were printed."""
    results, errors = parser.results(text.body, text.count)
    tests = [{'name': name, 'verdict': verdict, 'reason': reason,
              'microseconds': text.times.get(name),
              'diagnosis': [] if verdict == 'PASS' else diagnosis(lines)}
             for name, verdict, reason, lines in results]
    names = [t['name'] for t in tests]
    for name in sorted({n for n in names if names.count(n) > 1}):
        errors.append(f'two results of the name {name}')
    for at, test in enumerate(tests):
        if not test['name']:
            test['name'] = f'test {at + 1}'
            if test['verdict'] == 'PASS':
                errors.append(f'result {at + 1} has no name')
    if text.running:
        tests.append({'name': text.running, 'verdict': 'ERROR',
                      'reason': 'began and did not end', 'microseconds': None,
                      'diagnosis': diagnosis(last_run(text.body))})
    return tests, errors


def frame_errors(text, exit_status, counts):
    """What the plan and the exit status say against the results."""
    errors = []
    ran = text.count
    if text.bail:
        errors.append(text.bail)
    if not text.plans:
        errors.append('printed no plan')
    elif len(text.plans) > 1:
        errors.append('printed more than one plan')
    elif text.skip is None and not text.plans[0]:
        errors.append('planned no test')
    elif ran != text.plans[0]:
        errors.append(f'planned {text.plans[0]} tests, printed {ran} results')
    if text.running:
        errors.append(f'ended in the middle of {text.running}')
    bad = counts['fail'] + counts['error']
    if exit_status is not None and exit_status > 128:
        errors.append(f'killed by signal {exit_status - 128}')
    elif exit_status == 124:
        errors.append('killed after its time was up')
    elif exit_status not in (None, 0, 1, 4):
        errors.append(f'exit status {exit_status}')
    elif exit_status == 1 and not bad:
        errors.append('exit status 1 although no test failed')
    elif exit_status == 4 and counts['pass'] + counts['xpass'] + counts['xfail']:
        errors.append('exit status 4 (skip) although tests ran')
    return errors


def judge_program(errors, counts, skip):
    if counts['fail']:
        return 'FAIL'
    if errors or counts['error']:
        return 'ERROR'
    if skip is None and counts['pass'] + counts['xpass']:
        return 'PASS'
    return 'SKIP'


def program(name, data, exit_status, parser, complaint=''):
    """The model of one program, from what it printed itself."""
    lines = data if isinstance(data, list) else list(ktap.text_lines(data))
    text = Text(lines)
    tests, errors = read_tests(text, parser)
    counts = tally(tests)
    if text.kmsg and not counts['fail']:
        tests.append({'name': 'kernel_log', 'verdict': 'FAIL', 'microseconds': None,
                      'reason': 'the kernel log grew while the program ran',
                      'diagnosis': list(text.kmsg)})
        counts = tally(tests)
    errors += frame_errors(text, exit_status, counts)
    if complaint and not any(e.startswith('killed') for e in errors):
        errors.insert(0, complaint)
    if text.skip is not None and not tests:
        counts['skip'] = 1
    times = [t for t in text.times.values()]
    return {'name': name, 'verdict': judge_program(errors, counts, text.skip),
            'exit': exit_status, 'plan': text.plans[0] if text.plans else None,
            'reason': '; '.join(errors) or text.skip or '', 'errors': errors,
            'counts': counts, 'seconds': sum(times) / 1e6 if times else None,
            'kmsg': text.kmsg, 'tests': tests, 'machine': text.facts}


def model(programs, errors=(), **run):
    """The model of a whole run; run may say harness, repeat and seconds."""
    errors = list(errors)
    verdicts = {p['verdict'] for p in programs}
    if not programs and not errors:
        errors.append('nothing was run: no program printed anything')
    if 'FAIL' in verdicts:
        verdict = 'FAIL'
    elif errors or 'ERROR' in verdicts:
        verdict = 'ERROR'
    else:
        verdict = 'PASS' if 'PASS' in verdicts else 'SKIP'
    machine = next((p['machine'] for p in programs if p['machine']), {})
    return {'format': 1, 'verdict': verdict, 'number': NUMBERS[verdict],
            'counts': add_up([p['counts'] for p in programs]),
            'kernel': machine.get('kernel'), 'arch': machine.get('arch'),
            'page_size': machine.get('page_size'), 'pmd_size': machine.get('pmd_size'),
            'facts': machine.get('facts', {}), 'harness': run.get('harness', ''),
            'repeat': run.get('repeat', ''), 'seconds': run.get('seconds'),
            'errors': errors,
            'programs': [{k: v for k, v in p.items() if k != 'machine'} for p in programs]}


def from_runner(data, parser, errors=(), **run):
    """The model of what the kselftest runner printed."""
    found, problems = ktap.split(data)
    programs = [program(p.name, p.lines, p.exit, parser, p.complaint) for p in found]
    return model(programs, list(errors) + problems, **run)


def write_json(result, path):
    """The model into a file, whole or not at all."""
    folder = os.path.dirname(os.path.abspath(path))
    mask = os.umask(0)
    os.umask(mask)
    handle, temporary = tempfile.mkstemp(dir=folder, prefix='.result.')
    try:
        with os.fdopen(handle, 'w', encoding='utf-8') as out:
            json.dump(result, out, indent=1)
            out.write('\n')
        os.chmod(temporary, 0o666 & ~mask)
        os.replace(temporary, path)
    except BaseException:
        # A signal may come when it has its name already.
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
        raise


def arguments():
    parser = argparse.ArgumentParser(description='Judges what the tests printed; exits with '
                                     '0 PASS, 1 FAIL, 3 ERROR, 4 SKIP.')
    parser.add_argument('file', nargs='?', help='what was printed (- for standard input)')
    parser.add_argument('--single', metavar='NAME', help='FILE is of this one program, '
                        'without a runner around it')
    parser.add_argument('--exit', type=int, metavar='N', help='how that program ended')
    parser.add_argument('--error', action='append', default=[], metavar='WHY',
                        help='the run itself went wrong; FILE may be left out')
    parser.add_argument('--json', metavar='OUT', help='write the model there')
    parser.add_argument('--kunit', metavar='DIR', help="folder of the kernel's kunit_parser.py "
                        '(default: ask harness/fetch)')
    parser.add_argument('--harness', default='', help='which harness ran the tests')
    parser.add_argument('--repeat', default='', metavar='COMMAND', help='how to do it again')
    parser.add_argument('--quiet', action='store_true', help='print the last line only')
    options = parser.parse_args()
    if options.file is None and not options.error:
        parser.error('FILE is missing')
    if options.exit is not None and options.single is None:
        parser.error('--exit goes with --single')
    return options


def judge(options):
    """The model that the command line asks for."""
    run = {'harness': options.harness, 'repeat': options.repeat}
    if options.file is None:
        return model([], options.error, **run)
    try:
        if options.file == '-':
            data = sys.stdin.buffer.read()
        else:
            with open(options.file, 'rb') as source:
                data = source.read()
        parser = kunit.Parser(options.kunit)
    except (OSError, kunit.NoParser) as why:
        return model([], options.error + [str(why)], **run)
    if options.single is None:
        return from_runner(data, parser, options.error, **run)
    return model([program(options.single, data, options.exit, parser)], options.error, **run)


def main():
    options = arguments()
    result = judge(options)
    if options.json:
        try:
            write_json(result, options.json)
        except OSError as why:
            result = model([], [f'cannot write {options.json}: {why.strerror}'])
    summary.show(result, sys.stdout, options.quiet)
    return result['number']


if __name__ == '__main__':
    sys.exit(main())
