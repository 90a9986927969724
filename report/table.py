# SPDX-License-Identifier: GPL-2.0
"""Many results as one table: what is not as expected comes first."""

import summary

ORDER = ['unexpected', 'not run', 'expected']
PREFIX = 'hugezero_'


def entry(program):
    """One program in one cell."""
    if program is None:
        return '-'
    counts, verdict = program['counts'], program['verdict']
    if verdict == 'PASS':
        return f'PASS {counts["pass"] + counts["xpass"]}'
    if verdict == 'FAIL':
        return f'FAIL {counts["fail"]}'
    return verdict


def programs_of(cells):
    """Every program that ran anywhere, as far as possible in the order of the runs."""
    names = []
    for cell in cells:
        names += [p['name'] for p in cell.model['programs'] if p['name'] not in names]
    return names


def short(number):
    return summary.size(number).replace('iB', '') if number else '-'


def seconds(number):
    return '' if number is None else f'{number:.1f} s'


def row(cell, names):
    model = cell.model
    if cell.missing:
        return [cell.name, '', '', '', 'not run'] + [''] * (len(names) + 2)
    said = {p['name']: p for p in model['programs']}
    return [cell.name, model['kernel'] or '-', short(model['page_size']), short(model['pmd_size']),
            model['verdict'], *(entry(said.get(name)) for name in names),
            seconds(model.get('guest', {}).get('seconds_to_boot')), seconds(model['seconds'])]


def remark(cell):
    """At the end of its row: why, in few words."""
    if cell.missing:
        return cell.missing.splitlines()[0]
    if cell.complaints:
        return cell.complaints[0].splitlines()[0]
    return cell.why


def table(cells, paint):
    names = programs_of(cells)
    cells = sorted(cells, key=lambda cell: ORDER.index(cell.state))
    rows = [['cell', 'kernel', 'page', 'PMD', 'verdict',
             *(name[len(PREFIX):] if name.startswith(PREFIX) else name for name in names),
             'boot', 'time']]
    rows += [row(cell, names) for cell in cells]
    widths = [max(len(line[at]) for line in rows) for at in range(len(rows[0]))]
    for cell, line in zip([None, *cells], rows):
        words = [text.ljust(width) for text, width in zip(line, widths)]
        if cell is None:
            yield '  ' + '  '.join(words).rstrip()
            continue
        colour = {'expected': 'PASS', 'not run': 'SKIP'}.get(cell.state, 'FAIL')
        words[4] = paint(colour, words[4])
        mark = '! ' if cell.state == 'unexpected' else '  '
        yield mark + '  '.join([*words, remark(cell)]).rstrip()


def details(cells, paint):
    """Everything that a person needs who wants to know why a cell is unexpected."""
    for cell in cells:
        if cell.state != 'unexpected':
            continue
        yield ''
        yield paint('FAIL', f'{cell.name}: not as expected') + f' ({cell.why})'
        yield from ('  ' + line for text in cell.complaints for line in text.splitlines())
        for program in cell.model['programs']:
            for test in program['tests']:
                if test['verdict'] in ('FAIL', 'ERROR') and \
                        not cell.outcome.excused(program['name'], test['name']):
                    yield f'  {test["verdict"]} {program["name"]} {test["name"]}'
                    yield from ('      ' + line for line in test['diagnosis'])
        yield from ('  ' + line for line in cell.model['errors'])
        if cell.model['repeat']:
            yield '  again: ' + cell.model['repeat']


def count(cells, state):
    return sum(cell.state == state for cell in cells)


def number(cells):
    """The exit status: 0 all that ran is as expected, 1 something is not, 4 nothing ran."""
    if count(cells, 'unexpected'):
        return 1
    return 0 if count(cells, 'expected') else 4


def last_line(cells, seconds):
    return (f'hugezero-wp matrix: {count(cells, "expected")} of {len(cells)} cells as expected, '
            f'{count(cells, "unexpected")} unexpected, {count(cells, "not run")} not run'
            + ('' if seconds is None else f'; {seconds:.0f} s'))


def show(cells, seconds, out, colour):
    paint = summary.painter(colour)
    for line in [*table(cells, paint), *details(cells, paint), '', last_line(cells, seconds)]:
        out.write(line + '\n')
    out.flush()
