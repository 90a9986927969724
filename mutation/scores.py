# SPDX-License-Identifier: GPL-2.0
"""What all mutants came to, for people."""

import collections

import judge


def cell(text):
    return ' '.join(str(text).split()).replace('|', '\\|')


def by(result):
    """Who noticed, and how often where it is a race."""
    said = result['first']
    if len(result['claims']) > 1:
        said += f' and {len(result["claims"]) - 1} more'
    if not said:
        said = result['reason'][:160]
    elif result['reason']:
        said += f' ({result["reason"]})'
    if result['runs'] > 1:
        said = f'{result["kills"]} of {result["runs"]} runs: {said}'
    if result['skipped'] and result['verdict'] == judge.SURVIVED:
        said += f' {len(result["skipped"])} skipped, such as {result["skipped"][0]}'
    return said


def mutants(results):
    yield '| mutant | broken | verdict | by | s |'
    yield '|---|---|---|---|---|'
    for result in sorted(results, key=lambda r: (judge.VERDICTS.index(r['verdict']), r['name'])):
        yield (f'| {result["name"]} | {cell(result["broken"])} | {result["verdict"]} '
               f'| {cell(by(result))} | {result["seconds"]:.0f} |')


def verdicts(results):
    counts = collections.Counter(result['verdict'] for result in results)
    yield '| verdict | mutants |'
    yield '|---|---|'
    for verdict in judge.VERDICTS:
        if counts[verdict]:
            yield f'| {verdict} | {counts[verdict]} |'


def programs(results, took, full):
    """Which program earns its place: what it noticed, and what no other program did."""
    noticed, alone = collections.Counter(), collections.Counter()
    for result in results:
        names = {claim.split()[0] for claim in result['claims']}
        noticed.update(names)
        if len(names) == 1:
            alone.update(names)
    yield '| program | s | mutants killed |' + (' by no other |' if full else '')
    yield '|---|---|---|' + ('---|' if full else '')
    for name in sorted(took, key=lambda name: (-noticed[name], name)):
        yield (f'| {name} | {took[name]:.1f} | {noticed[name]} |'
               + (f' {alone[name]} |' if full else ''))


def not_needed(results, good):
    """The tests without which every mutant is killed all the same."""
    failed = {claim for result in results for claim in result['claims']}
    sole = {result['claims'][0] for result in results if len(result['claims']) == 1}
    yield f'{len(good)} tests; {len(sole)} are the only one to kill some mutant.'
    yield f'{len(good - failed)} failed on no mutant:'
    yield ''
    yield from (f'- {name}' for name in sorted(good - failed))


def document(title, results, baseline, full, seconds):
    yield f'# {title}'
    yield ''
    yield (f'{len(results)} mutants, {seconds:.0f} s. '
           + ('Every program ran to its end.' if full else
              'A guest ends at the first claim that fails; FULL=1 tells all that do.'))
    for part in (verdicts(results), programs(results, baseline.took, full), mutants(results)):
        yield ''
        yield from part
    if full:
        yield ''
        yield '## Tests that no mutant needs'
        yield ''
        yield from not_needed(results, baseline.good)
