import { describe, expect, it } from 'vitest';
import { fetchLogWitness } from '../../../../../src/adapters/attestations/rekor/index.ts';
import type { Code } from '../../../../../src/codes.ts';
import { LIMITS } from '../../../../../src/core/limits.ts';
import {
  parseLogWitness,
  type WitnessPlan,
  type WitnessRead,
} from '../../../../../src/core/model/log-witness.ts';
import { SlsaGateError } from '../../../../../src/errors.ts';
import { clientOf, within } from '../../../../kit/servers/opened.ts';
import { FAULTS, type Fault, sendAnswer } from '../../../../kit/servers/package-faults.ts';
import type { RekorPlace } from '../../../../kit/servers/rekor.ts';
import { type Lab, openLab } from '../../../core/log-check/lab.ts';
import { paths, started } from './log.ts';

/** What the log has signed speaks for itself, whatever type it is sent as. */
const isNoFault = (name: string): boolean => /(?:of a wrong|of no) type$/.test(name);
/** Nothing is redirected here, so that every 3xx is an error. */
const codeOf = (name: string, code: Code): Code => (/^30[12] /.test(name) ? 'source.http-status' : code);

const FAULTS_HERE = FAULTS.filter(([name]) => !isNoFault(name));
const PLACES: readonly (readonly [version: 1 | 2, place: RekorPlace])[] = [
  [1, 'entry'],
  [1, 'log'],
  [1, 'proof'],
  [2, 'checkpoint'],
  [2, 'tile'],
  [2, 'entries'],
];

/** What drips would else take as long as all its bytes. */
const withDeadline = ({ server }: Lab) => clientOf([server.host], within(700));

async function labFor(version: 1 | 2, place: RekorPlace): Promise<Lab> {
  // The entry is the last of its tree, so that whatever is cut from its bundle is cut from it.
  const lab = await openLab({ version, leavesAfter: version === 2 ? 0 : 2 });
  if (place === 'proof') lab.grow();
  if (place === 'log') lab.server.rewrite((leaves) => leaves.slice(0, lab.index));
  return lab;
}

describe.each(PLACES)('a log of Rekor v%i whose %s answers', (version, place) => {
  it.each(FAULTS_HERE)(
    'with %s could not be read, and neither denies nor proves',
    async (name, code, fault) => {
      const lab = await labFor(version, place);
      lab.server.fail(place, fault);
      const finding = await lab.check(withDeadline(lab));
      expect(finding).toMatchObject({ outcome: 'error', code: codeOf(name, code), required: true });
    },
  );

  it('RES-02 without end is not read beyond its limit', async () => {
    for (const announced of [true, false]) {
      const lab = await labFor(version, place);
      lab.server.fail(place, endless(announced));
      expect(await lab.check()).toMatchObject({ outcome: 'error', code: 'limit.response' });
    }
  });

  it('well the second time is read', async () => {
    const lab = await labFor(version, place);
    let answers = 0;
    lab.server.fail(place, (response, good) => {
      if (++answers === 1) response.writeHead(503).end();
      else sendAnswer(response, good);
    });
    expect((await lab.check()).outcome).toBe(place === 'log' ? 'fail' : 'pass');
    expect(answers).toBe(2);
  });
});

describe('what is read of a log', () => {
  it('is asked for past caches, for what it is', async () => {
    const lab = await openLab({ version: 2 });
    const seen: unknown[] = [];
    const server = await started({}, lab.log);
    await fetchLogWitness(
      [
        planOf(server.origin, (parts) =>
          parts.size > 0 ? [] : [{ ...READ, path: 'api/v2/checkpoint', accept: 'text/plain' }],
        ),
      ],
      {
        ...clientOf([server.host]),
        request: (address, options) => {
          seen.push([address, options.headers, options.maxBytes]);
          return clientOf([server.host]).request(address, options);
        },
      },
    );
    expect(seen).toEqual([
      [`${server.origin}/api/v2/checkpoint`, { accept: 'text/plain', 'cache-control': 'no-cache' }, 1_000],
    ]);
  });

  it('is kept as the plan says, and as null where there is nothing', async () => {
    const { server } = await openLab({ version: 2 });
    const plan = planOf(server.origin, (parts) =>
      parts.size > 0
        ? []
        : [
            { ...READ, part: 'kept', path: 'api/v2/checkpoint', keep: (answer) => answer.subarray(0, 2) },
            { ...READ, part: 'absent', path: 'api/v2/tile/9/000', mayBeAbsent: true },
          ],
    );
    const [read] = parseLogWitness(await fetchLogWitness([plan], clientOf([server.host])));
    expect(read).toEqual({
      logId: 'ab',
      logIndex: 7n,
      parts: new Map([
        ['kept', Buffer.from('v2')],
        ['absent', null],
      ]),
    });
    expect(paths(server)).toHaveLength(2);
  });

  it('is nothing for a bundle without entries', async () => {
    expect(parseLogWitness(await fetchLogWitness([], clientOf([])))).toEqual([]);
  });

  it.each<[string, Partial<WitnessRead>, Code]>([
    ['absent where it must be there', { path: 'api/v2/tile/9/000' }, 'source.http-status'],
    ['not understood', { keep: () => malformed() }, 'source.malformed-response'],
    ['larger than the plan says', { maxBytes: 10 }, 'limit.response'],
    ['larger than a witness may be', { keep: () => Buffer.alloc(LIMITS.logWitnessBytes) }, 'limit.response'],
  ])('is refused when it is %s', async (_, changes, code) => {
    const { server } = await openLab({ version: 2 });
    const plan = planOf(server.origin, (parts) => (parts.size > 0 ? [] : [{ ...READ, ...changes }]));
    await expect(fetchLogWitness([plan], clientOf([server.host]))).rejects.toMatchObject({
      constructor: SlsaGateError,
      finding: code,
    });
  });

  it('ends, whatever a plan asks for', async () => {
    const { server } = await openLab({ version: 2 });
    await expect(
      fetchLogWitness([planOf(server.origin, () => [READ])], clientOf([server.host])),
    ).rejects.toMatchObject({ finding: 'internal.bug' });
  });

  it('is not read from an address that must not be asked', async () => {
    const plan = (url: string) => planOf(url, (parts) => (parts.size > 0 ? [] : [READ]));
    const http = clientOf([]);
    await expect(fetchLogWitness([plan('http://log.example')], http)).rejects.toMatchObject({
      finding: 'config.insecure-url',
    });
    await expect(fetchLogWitness([plan('https://127.0.0.1:1')], http)).rejects.toMatchObject({
      finding: 'source.blocked-address',
    });
  });
});

const READ: WitnessRead = {
  part: 'part',
  path: 'api/v2/checkpoint',
  accept: 'text/plain',
  maxBytes: 1_000,
  mayBeAbsent: false,
  keep: (answer) => answer,
};

const planOf = (url: string, next: WitnessPlan['next']): WitnessPlan => ({
  logId: 'ab',
  logIndex: 7n,
  url,
  next,
});

function malformed(): never {
  throw new SlsaGateError('source.malformed-response', 'no');
}

const endless =
  (announced: boolean): Fault =>
  (response) => {
    response.writeHead(200, {
      'content-type': 'application/json',
      ...(announced ? { 'content-length': String(2 ** 40) } : {}),
    });
    const chunk = Buffer.alloc(64 * 1024, '[');
    const write = (): void => {
      while (!response.destroyed && response.write(chunk));
    };
    response.on('drain', write);
    write();
  };
