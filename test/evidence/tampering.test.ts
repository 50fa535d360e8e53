import { copyFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Code } from '../../src/codes.ts';
import { createKeyPair } from '../kit/keys.ts';
import { SEED } from '../property/settings.ts';
import { Chance, type Found, MUTATIONS, type Mutation } from './mutations.ts';
import { alter, type BuiltLog, buildLog, createScratch, verified } from './tampering.ts';

/**
 * 1,000 tamperings, chosen by chance, of a stored log: `evidence verify` finds every one of them, with the right code and,
 * where there is one, the first bad position. The seed is printed; SLSA_GATE_PROPERTY_SEED chooses another one.
 */
const TAMPERINGS = 1_000;

const scratch = createScratch();
let small: BuiltLog;
let large: BuiltLog;
let others: readonly (readonly [string, BuiltLog, readonly Code[]])[];

beforeAll(async () => {
  console.info(`seed of the tamperings: ${SEED}`);
  small = await buildLog(scratch.folder, 'small', 12);
  const { checkpointKeys, recordKeys } = small.kit;
  const keys = { checkpointKeys, recordKeys };
  large = await buildLog(scratch.folder, 'large', 280, keys);
  const build = (name: string, options: Parameters<typeof buildLog>[3]) =>
    buildLog(scratch.folder, name, 20, options);
  others = [
    ['of strangers', await build('strangers', { origin: 'example.com/strangers' }), ['evidence.origin']],
    [
      'of strangers under the same name',
      await build('namesake', { checkpointKeys: createKeyPair('Ed25519') }),
      ['evidence.signature'],
    ],
    ['of a sibling', await build('sibling', { ...keys, origin: 'example.com/sibling' }), ['evidence.origin']],
    ['made anew', await build('anew', keys), ['evidence.fork']],
  ];
}, 300_000);
afterAll(() => scratch.remove());

/** Other files that could be put in the place of a log. A shorter one under its own keys is one that was restored. */
const replacements = (log: BuiltLog): readonly (readonly [string, string, readonly Code[]])[] => [
  ['restores the copy of yesterday', log.yesterday, ['evidence.rollback']],
  ...others.map(([name, { path, size }, codes]) => {
    const isOlder = codes.includes('evidence.fork') && size < log.size;
    const expected: readonly Code[] = isOlder ? ['evidence.rollback'] : codes;
    return [`puts the log ${name} in its place`, path, expected] as const;
  }),
];

interface Tampering {
  readonly what: string;
  readonly found: Found;
  readonly answer: Awaited<ReturnType<typeof verified>>;
}

async function tamper(log: BuiltLog, chance: Chance, mutation: Mutation | undefined): Promise<Tampering> {
  const path = scratch.file('tampered.db');
  if (mutation === undefined) {
    const [what, source, codes] = chance.of(replacements(log));
    copyFileSync(source, path);
    return { what, found: { codes }, answer: await verified(path, log) };
  }
  copyFileSync(log.path, path);
  const found = alter(path, (file) => mutation.run(file, chance, log));
  return { what: mutation.name, found, answer: await verified(path, log) };
}

const isFound = ({ found, answer }: Tampering): boolean =>
  answer !== undefined &&
  answer.exitCode === 3 &&
  found.codes.includes(answer.finding) &&
  (found.seq === undefined || answer.details.seq === found.seq);

const print = ({ what, found, answer }: Tampering): string =>
  `${what}: expected ${found.codes.join(' or ')} at ${found.seq ?? 'any position'}, ` +
  `found ${answer?.finding ?? 'nothing'} at ${answer?.details.seq ?? 'none'} (${answer?.message ?? ''})`;

describe('evidence verify', () => {
  it('finds nothing in logs that nobody tampered with', async () => {
    expect(await verified(small.path, small)).toBeUndefined();
    expect(await verified(large.path, large)).toBeUndefined();
  });

  it.each(Array.from({ length: 10 }, (_, part) => part))(
    'EVL-01 EVL-02 finds every one of 1,000 random tamperings with its code and position (part %i)',
    async (part) => {
      const missed: string[] = [];
      const count = TAMPERINGS / 10;
      for (let done = 0; done < count; done++) {
        const seed = SEED + part * count + done;
        const chance = new Chance(seed);
        const log = chance.below(25) === 0 ? large : small;
        const mutation = chance.below(10) === 0 ? undefined : chance.of(MUTATIONS);
        const tampering = await tamper(log, chance, mutation);
        if (!isFound(tampering)) missed.push(`seed ${seed}: ${print(tampering)}`);
      }
      expect(missed).toEqual([]);
    },
    120_000,
  );
});
