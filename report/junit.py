# SPDX-License-Identifier: GPL-2.0
"""Many results as JUnit XML, in which only what is unexpected is a failure."""

import re
import xml.etree.ElementTree as tree

# What XML cannot hold, even escaped.
FORBIDDEN = re.compile('[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]')


def clean(text):
    return FORBIDDEN.sub('\ufffd', text)


def case(suite, name, seconds, kind='', message='', text=''):
    """A test; kind is failure, error, skipped or nothing."""
    made = tree.SubElement(suite, 'testcase', {
        'classname': suite.get('name'), 'name': clean(name), 'time': f'{seconds or 0:.6f}'})
    if kind:
        tree.SubElement(made, kind, {'message': clean(message)}).text = clean(text) or None


def program(root, cell, said):
    suite = tree.SubElement(root, 'testsuite', {'name': f'{cell.name}.{said["name"]}'})
    for test in said['tests']:
        verdict, kind, why = test['verdict'], '', test['reason']
        if verdict in ('FAIL', 'ERROR'):
            if cell.outcome.excused(said['name'], test['name']):
                kind, why = 'skipped', f'failed as expected: {cell.why}'
            else:
                kind = 'failure' if verdict == 'FAIL' else 'error'
        elif verdict in ('SKIP', 'XFAIL'):
            kind, why = 'skipped', f'{verdict}: {why}'
        case(suite, test['name'], (test['microseconds'] or 0) / 1e6, kind, why,
             '\n'.join(test['diagnosis']))
    return suite


def verdict(root, cell):
    """The cell itself is a test too: a kernel that is too good fails no other."""
    suite = tree.SubElement(root, 'testsuite', {'name': cell.name})
    model = cell.model
    text = '\n'.join([*cell.complaints, *model['errors'], model['repeat']])
    if cell.missing:
        case(suite, 'verdict', 0, 'skipped', f'not run: {cell.missing}')
    elif model['verdict'] == 'ERROR' and cell.complaints:
        case(suite, 'verdict', model['seconds'], 'error', cell.complaints[0], text)
    elif cell.complaints:
        case(suite, 'verdict', model['seconds'], 'failure', cell.complaints[0], text)
    else:
        case(suite, 'verdict', model['seconds'])
    return suite


def add_up(suite):
    cases = suite.findall('testcase')
    suite.set('tests', str(len(cases)))
    for attribute, kind in (('failures', 'failure'), ('errors', 'error'), ('skipped', 'skipped')):
        suite.set(attribute, str(sum(c.find(kind) is not None for c in cases)))
    suite.set('time', f'{sum(float(c.get("time")) for c in cases):.6f}')


def document(cells):
    """The bytes of the file."""
    root = tree.Element('testsuites', {'name': 'hugezero-wp'})
    for cell in cells:
        suites = [verdict(root, cell)]
        suites += [program(root, cell, said) for said in cell.model['programs']]
        for suite in suites:
            add_up(suite)
    tree.indent(root)
    return tree.tostring(root, 'utf-8', xml_declaration=True) + b'\n'
