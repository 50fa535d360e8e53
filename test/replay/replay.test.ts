import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../e2e/built.ts';

/** Real attestations lie beside the project; a copy of the project alone does not have them. */
const CORPUS = join(ROOT, '..', 'shared', 'corpus');
const hasCorpus = existsSync(CORPUS);
if (!hasCorpus) console.warn(`skipped: no corpus at ${CORPUS}`);
/** A Node of the other supported major version, where one is at hand. */
const { SLSA_GATE_OTHER_NODE: otherNode } = process.env;
if (otherNode === undefined) console.warn('skipped: no other Node in SLSA_GATE_OTHER_NODE');

const WORKER = join(ROOT, 'test', 'replay', 'decide-corpus.ts');

async function decideIn(node: string, env: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const { stdout } = await promisify(execFile)(node, [WORKER, CORPUS], {
    env: { PATH: process.env.PATH ?? '', ...env },
    maxBuffer: 1 << 26,
  });
  return stdout.trim().split('\n');
}

describe.skipIf(!hasCorpus)('the same material decided again', () => {
  it('gives the same digest in another process, time zone and locale', async () => {
    const [here, there] = await Promise.all([
      decideIn(process.execPath, { TZ: 'UTC', LC_ALL: 'C' }),
      decideIn(process.execPath, { TZ: 'Pacific/Chatham', LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8' }),
    ]);
    expect(here.length).toBeGreaterThanOrEqual(500);
    expect(there).toEqual(here);
    for (const verdict of ['allow', 'deny', 'indeterminate'])
      expect(here.filter((line) => line.split(' ')[1] === verdict).length).toBeGreaterThan(50);
    expect(new Set(here.map((line) => line.split(' ')[2])).size).toBeGreaterThan(here.length / 2);
  }, 300_000);

  it.skipIf(otherNode === undefined)(
    'gives the same digest on the other supported version of Node',
    async () => {
      const [here, there] = await Promise.all([
        decideIn(process.execPath, {}),
        decideIn(otherNode ?? '', {}),
      ]);
      expect(here.length).toBeGreaterThanOrEqual(500);
      expect(there).toEqual(here);
    },
    300_000,
  );
});
