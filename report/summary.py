# SPDX-License-Identifier: GPL-2.0
"""Shows a result on a terminal: what a person wants to know in ten seconds."""

import os

COLOURS = {'PASS': '32', 'FAIL': '31', 'ERROR': '31', 'SKIP': '33', 'XFAIL': '33'}


def last_line(result):
    """What a gate reads; its form is an interface."""
    counts = result['counts']
    return (f"hugezero-wp: {result['verdict']} ({result['number']}): "
            f"{counts['pass'] + counts['xpass']} passed, {counts['fail']} failed, "
            f"{counts['skip']} skipped, {counts['xfail']} xfailed")


def size(number):
    """4096 as 4 KiB."""
    for unit in ('bytes', 'KiB', 'MiB'):
        if number < 1024 or number % 1024:
            return f'{number} {unit}'
        number //= 1024
    return f'{number} GiB'


def machine_line(result):
    words = []
    if result['kernel']:
        words.append(f"kernel {result['kernel']} {result['arch']}")
        if result['page_size']:
            words.append(f"page {size(result['page_size'])}")
        # none: a kernel without THP, or nobody lived to say it
        words.append(f"PMD {size(result['pmd_size'])}" if result['pmd_size'] else 'no PMD size')
    if result['harness']:
        words.append(f"harness {result['harness']}")
    if result['seconds'] is not None:
        words.append(f"{result['seconds']:.1f} s")
    return ', '.join(words)


def count_words(counts):
    words = [('pass', 'passed'), ('xpass', 'passed unexpectedly'), ('fail', 'failed'),
             ('error', 'broke'), ('xfail', 'xfailed'), ('skip', 'skipped')]
    return ', '.join(f'{counts[key]} {word}' for key, word in words if counts[key])


def program_lines(result, paint):
    width = max([len(p['name']) for p in result['programs']], default=0)
    for program in result['programs']:
        seconds = '' if program['seconds'] is None else f"  {program['seconds']:.2f} s"
        said = count_words(program['counts'])
        if program['reason']:
            said += (': ' if said else '') + program['reason']
        verdict = paint(program['verdict'], f"{program['verdict']:<5}")
        yield f"  {verdict} {program['name']:<{width}}  {said}{seconds}".rstrip()


def bad_tests(result, paint):
    for program in result['programs']:
        for test in program['tests']:
            if test['verdict'] in ('FAIL', 'ERROR'):
                why = f": {test['reason']}" if test['reason'] else ''
                yield ''
                yield f"{paint(test['verdict'])} {program['name']} {test['name']}{why}"
                for line in test['diagnosis']:
                    yield '    ' + line
        shown = any(t['name'] == 'kernel_log' for t in program['tests'])
        if program['kmsg'] and not shown:
            yield ''
            yield f"kernel log while {program['name']} ran"
            for line in program['kmsg']:
                yield '    ' + line


def grouped(result, verdict):
    """Reasons of tests with that verdict, the most frequent one first."""
    reasons = {}
    for program in result['programs']:
        for test in program['tests']:
            if test['verdict'] == verdict:
                where = reasons.setdefault(test['reason'] or 'no reason given', [0, set()])
                where[0] += 1
                where[1].add(program['name'])
        if verdict == 'SKIP' and program['counts']['skip'] and not program['tests']:
            where = reasons.setdefault(program['reason'], [0, set()])
            where[0] += 1
            where[1].add(program['name'])
    for reason, (count, names) in sorted(reasons.items(), key=lambda r: (-r[1][0], r[0])):
        yield f"  {count:4}  {reason} ({', '.join(sorted(names))})"


def lines(result, paint):
    machine = machine_line(result)
    if machine:
        yield machine
    yield from program_lines(result, paint)
    yield from bad_tests(result, paint)
    for verdict, title in (('SKIP', 'skipped'), ('XFAIL', 'known kernel bugs met')):
        reasons = list(grouped(result, verdict))
        if reasons:
            yield ''
            yield paint(verdict, title)
            yield from reasons
    if result['errors']:
        yield ''
        yield paint('ERROR', 'errors')
        for error in result['errors']:
            yield '  ' + error
    if result['repeat']:
        yield ''
        yield 'again: ' + result['repeat']


def painter(colour):
    def paint(verdict, text=None):
        text = verdict if text is None else text
        if not colour or verdict not in COLOURS:
            return text
        return f'\033[{COLOURS[verdict]}m{text}\033[0m'
    return paint


def show(result, out, quiet=False):
    """Prints the summary; its last line is the verdict."""
    paint = painter(out.isatty() and 'NO_COLOR' not in os.environ)
    if not quiet:
        out.write('\n')
        for line in lines(result, paint):
            out.write(line + '\n')
        out.write('\n')
    # no colour in the line that programs read
    out.write(last_line(result) + '\n')
    out.flush()
