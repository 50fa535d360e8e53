import { describe, expect, it } from 'vitest';
import { trustedRootCheck, tufMirrorCheck } from '../../../../src/app/doctor/trust.ts';
import type { TrustRootBytes } from '../../../../src/core/ports.ts';
import { SlsaGateError } from '../../../../src/errors.ts';
import { createSigstore } from '../../../kit/sigstore.ts';

const NOW = new Date('2026-06-30T00:00:00Z');
const BYTES = Buffer.from(JSON.stringify(createSigstore().trustedRoot()));

const root = (members: Partial<TrustRootBytes> = {}): TrustRootBytes => ({
  name: 'public-good',
  bytes: BYTES,
  origin: 'tuf',
  currentAt: new Date('2026-06-20T00:00:00Z'),
  ...members,
});

const linesOf = async (roots: readonly TrustRootBytes[], maxAgeSeconds?: number) =>
  [
    await trustedRootCheck(
      { name: 'public-good', open: async () => roots },
      { maxAgeSeconds, now: () => NOW },
    ).run(),
  ].flat();

describe('a trusted root', () => {
  it.each([
    ['ten days old', root(), 'ok', undefined],
    ['exactly thirty days old', root({ currentAt: new Date('2026-05-31T00:00:00Z') }), 'ok', undefined],
    ['older', root({ currentAt: new Date('2026-05-30T00:00:00Z') }), 'warning', 'trust.stale'],
    [
      'of the package and older',
      root({ origin: 'embedded', currentAt: new Date(0) }),
      'warning',
      'trust.stale',
    ],
    ['a file of unknown age', root({ origin: 'file', currentAt: null }), 'ok', undefined],
    ['no JSON', root({ bytes: Buffer.from('{') }), 'problem', 'trust.malformed'],
    ['another document', root({ bytes: Buffer.from('{}') }), 'problem', 'trust.malformed'],
  ])('%s', async (_, given, status, code) => {
    const [line] = await linesOf([given]);
    expect(line).toMatchObject({ id: 'trusted-root', status });
    expect(line?.code).toBe(code);
    if (status !== 'ok') expect(line?.hint).toMatch(/\.$/);
  });

  it.each([
    ['older than the limit', root(), 9 * 86_400],
    ['of unknown age', root({ currentAt: null }), 9 * 86_400],
  ])('%s is a problem', async (_, given, limit) => {
    expect(await linesOf([given], limit)).toMatchObject([{ status: 'problem', code: 'trust.stale' }]);
  });

  it('of a pack has a line for each, and one that is bad hides none', async () => {
    const lines = await linesOf([
      root({ name: 'a', bytes: Buffer.from('{}') }),
      root({ name: 'b', origin: 'pack' }),
    ]);
    expect(lines.map(({ name, status }) => [name, status])).toEqual([
      ['trusted root public-good: a', 'problem'],
      ['trusted root public-good: b', 'ok'],
    ]);
  });

  it('in a pack is renewed by another pack', async () => {
    const [line] = await linesOf([root({ origin: 'pack', currentAt: new Date(0) })]);
    expect(line?.hint).toContain('trust export');
  });
});

describe('the repository of a trusted root', () => {
  it('that does not answer only makes it grow older', async () => {
    const reach = async () => {
      throw new SlsaGateError('source.unavailable', 'nobody there');
    };
    expect(await tufMirrorCheck('github', 'https://tuf.example/', reach).run()).toMatchObject({
      id: 'tuf-mirror',
      status: 'warning',
      code: 'source.unavailable',
    });
    expect(await tufMirrorCheck('github', 'https://tuf.example/', async () => {}).run()).toMatchObject({
      status: 'ok',
    });
    const bug = tufMirrorCheck('github', 'x', async () => Promise.reject(new TypeError('x')));
    await expect(bug.run()).rejects.toThrow(TypeError);
  });
});
