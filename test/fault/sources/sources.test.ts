import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evaluateWith } from '../../kit/gate.ts';
import { hash } from '../../kit/keys.ts';
import { faultsFor, type SourceFault } from './faults.ts';
import { askWith, type Scenario } from './lab.ts';
import { SCENARIOS } from './scenarios.ts';

/**
 * Every fault of every source, and what must come of it: what the source is said to have answered, the verdict where
 * there is no other source, the verdict beside one with an attestation that passes, and how often the server was asked.
 * The table is read by people; SLSA_GATE_WRITE_TABLE=1 writes what was seen into it, for them to read again.
 */
interface Expected {
  readonly answer: string;
  readonly code?: string;
  readonly alone: string;
  readonly besideGood: string;
  readonly requests: number;
}
type Table = Record<string, Record<string, Expected>>;

const PATH = new URL('table.json', import.meta.url);
const TABLE: Table = existsSync(PATH) ? (JSON.parse(readFileSync(PATH, 'utf8')) as Table) : {};
const isWriting = process.env.SLSA_GATE_WRITE_TABLE === '1';
const seen: Table = {};

const digestsOf = (artifact: Buffer) => ({
  sha256: hash('sha256', artifact).toString('hex'),
  sha384: hash('sha384', artifact).toString('hex'),
  sha512: hash('sha512', artifact).toString('hex'),
});

const NOBODY = { decisive: '/' };
const NAMES = ['healthy', '404 documented', 'nothing there', ...Object.keys(faultsFor(NOBODY.decisive))];

describe.each(Object.keys(SCENARIOS))('%s', (name) => {
  let scenario: Scenario;
  beforeAll(async () => {
    const start = SCENARIOS[name];
    if (start === undefined) throw new Error(`no such scenario: ${name}`);
    scenario = await start();
  });
  afterAll(() => scenario.close());

  const faultOf = (fault: string): SourceFault => {
    if (fault === 'healthy') return { kind: 'answer', answer: () => undefined };
    if (fault === '404 documented') return scenario.notFound;
    if (fault === 'nothing there') return scenario.nothing;
    if (fault === 'wrong digest' && scenario.wrongDigest !== undefined) return scenario.wrongDigest;
    const found = faultsFor(scenario.decisive)[fault];
    if (found === undefined) throw new Error(`no such fault: ${fault}`);
    return found;
  };

  it.each(NAMES)('%s', async (fault) => {
    const { artifact } = scenario;
    const { collected, facts, requests } = await askWith(scenario, faultOf(fault), digestsOf(artifact));
    const source = collected.at(-1);
    expect(collected).toHaveLength(1 + (scenario.given ?? []).length);
    const material = { facts };
    const alone = await evaluateWith({ artifact, sources: collected, material });
    const good = { name: 'file', answer: 'complete', attestations: await passing(name) } as const;
    const beside = await evaluateWith({ artifact, sources: [...collected, good], material });
    const found: Expected = {
      answer: source?.answer ?? 'none',
      ...(source?.code === undefined ? {} : { code: source.code }),
      alone: alone.verdict,
      besideGood: beside.verdict,
      requests,
    };
    // What allows is the attestation that passes, and nothing else.
    const told = collected.flatMap(({ attestations }) => attestations.map(({ bytes }) => String(bytes)));
    const wanted = (await passing(name)).map(({ bytes }) => String(bytes));
    if (found.alone === 'allow') expect(new Set(told)).toEqual(new Set(wanted));
    seen[name] = { ...seen[name], [fault]: found };
    if (isWriting) return expect(found.answer).not.toBe('none');
    expect(found).toEqual(TABLE[name]?.[fault]);
  });
});

/** What the healthy source has, as a file would give it. */
const healthy = new Map<
  string,
  Promise<readonly { readonly bytes: Uint8Array; readonly source: string }[]>
>();
function passing(name: string) {
  const known = healthy.get(name) ?? findPassing(name);
  healthy.set(name, known);
  return known;
}

async function findPassing(name: string) {
  const scenario = await SCENARIOS[name]?.();
  if (scenario === undefined) throw new Error(`no such scenario: ${name}`);
  try {
    const whole: SourceFault = { kind: 'answer', answer: () => undefined };
    const { collected } = await askWith(scenario, whole, digestsOf(scenario.artifact));
    return collected.flatMap(({ attestations }) => attestations);
  } finally {
    await scenario.close();
  }
}

describe('the table', () => {
  it('has every source and every fault, and no other', () => {
    if (isWriting) writeFileSync(PATH, `${JSON.stringify(seen, undefined, 2)}\n`);
    const table = isWriting ? seen : TABLE;
    expect(Object.keys(table)).toEqual(Object.keys(SCENARIOS));
    for (const faults of Object.values(table)) expect(Object.keys(faults).sort()).toEqual([...NAMES].sort());
  });

  it('allows only where the source told what passes, or another one did', () => {
    const rows = Object.values(isWriting ? seen : TABLE).flatMap((faults) => Object.entries(faults));
    expect(rows.length).toBeGreaterThan(100);
    const TOLD = /^(?:healthy|429 with Retry-After, then good|503 then good)$/;
    expect(rows.filter(([fault, { alone }]) => TOLD.test(fault) && alone !== 'allow')).toEqual([]);
    expect(
      rows.filter(
        ([, { alone, answer }]) => alone === 'allow' && answer !== 'complete' && answer !== 'partial',
      ),
    ).toEqual([]);
    // By a clock that is wrong nothing is decided.
    expect(
      rows.filter(
        ([fault, { besideGood }]) => (besideGood === 'allow') !== (fault !== 'clock of the server wrong'),
      ),
    ).toEqual([]);
  });

  it('denies only what every source answered, or what is not what it is named by', () => {
    const rows = Object.values(isWriting ? seen : TABLE).flatMap((faults) => Object.entries(faults));
    const denied = rows.filter(([, { alone }]) => alone === 'deny');
    expect(denied.length).toBeGreaterThan(0);
    expect(
      denied.filter(
        ([, { answer, code }]) =>
          !(answer === 'absent' || answer === 'complete') && code !== 'registry.digest-mismatch',
      ),
    ).toEqual([]);
  });
});
