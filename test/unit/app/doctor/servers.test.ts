import { describe, expect, it } from 'vitest';
import type { CheckLine } from '../../../../src/app/doctor/check.ts';
import {
  type GitHubSeen,
  githubCheck,
  npmCheck,
  pypiCheck,
  registryCheck,
  rekorCheck,
} from '../../../../src/app/doctor/servers.ts';
import type { Code } from '../../../../src/codes.ts';
import { SlsaGateError } from '../../../../src/errors.ts';

const NOW = new Date('2026-06-01T00:00:00Z');
const at = <T>(seen: T, isNeeded = true) => ({ address: 'x', isNeeded, probe: async () => seen });
const lineOf = async (run: Promise<CheckLine | readonly CheckLine[]>) => [await run].flat()[0];

const github = (members: Partial<GitHubSeen> = {}): Promise<CheckLine | undefined> =>
  lineOf(
    githubCheck(
      at({
        from: 'GH_TOKEN',
        requests: { limit: 5000, remaining: 4000, resetAt: new Date('2026-06-01T01:00:00Z') },
        scopes: undefined,
        expiresAt: undefined,
        ...members,
      }),
      () => NOW,
    ).run(),
  );

const left = (remaining: number) => ({ limit: 60, remaining, resetAt: NOW });

describe('GitHub', () => {
  it.each<[string, Partial<GitHubSeen>, string, Code | undefined]>([
    ['with a token', {}, 'ok', undefined],
    ['as nobody', { from: undefined }, 'ok', undefined],
    ['without limits', { requests: undefined }, 'ok', undefined],
    ['with few requests left', { requests: left(19) }, 'warning', 'source.rate-limited'],
    ['with enough requests left', { requests: left(20) }, 'ok', undefined],
    ['with none left', { requests: left(0) }, 'problem', 'source.rate-limited'],
    [
      'with a token that expires in six days',
      { expiresAt: new Date('2026-06-07T00:00:00Z') },
      'warning',
      'credential.unusable',
    ],
    [
      'with a token that expires in eight days',
      { expiresAt: new Date('2026-06-09T00:00:00Z') },
      'ok',
      undefined,
    ],
    ['with a classic token without scopes', { scopes: [] }, 'ok', undefined],
  ])('%s', async (_, members, status, code) => {
    const line = await github(members);
    expect(line).toMatchObject({ id: 'github', status });
    expect(line?.code).toBe(code);
  });

  it('says what the token is, and what to do without one', async () => {
    expect((await github({ scopes: ['repo'] }))?.found).toBe(
      'token from GH_TOKEN is taken; scopes: repo; 4000 of 5000 requests left until 2026-06-01T01:00:00.000Z',
    );
    expect((await github({ scopes: [] }))?.found).toContain('scopes: none');
    expect((await github({ from: undefined, requests: left(0) }))?.hint).toContain('GH_TOKEN');
    expect((await github({ requests: left(0) }))?.hint).toContain('another token');
  });
});

describe('a server', () => {
  const failing = (code: Code, isNeeded: boolean) => ({
    address: 'x',
    isNeeded,
    probe: async () => {
      throw new SlsaGateError(code, 'no');
    },
  });

  it.each<[Code]>([['source.unavailable'], ['source.timeout'], ['limit.time'], ['source.blocked-address']])(
    'that nothing needs and that cannot be reached is a warning: %s',
    async (code) => {
      expect(await pypiCheck(failing(code, false)).run()).toMatchObject({ status: 'warning', code });
      await expect(pypiCheck(failing(code, true)).run()).rejects.toMatchObject({ finding: code });
    },
  );

  it.each<[Code]>([
    ['source.unauthorized'],
    ['source.http-status'],
    ['source.malformed-response'],
    ['credential.unusable'],
  ])('that answers, and wrongly, is a problem whether it is needed or not: %s', async (code) => {
    await expect(npmCheck(failing(code, false)).run()).rejects.toMatchObject({ finding: code });
  });

  it.each([
    [
      registryCheck(at({ from: undefined, hasReferrers: true })),
      'may be read as nobody; has the referrers API',
    ],
    [
      registryCheck(at({ from: '~/.docker/config.json', hasReferrers: false })),
      'may be read with the credential from ~/.docker/config.json; has no referrers API: its fallback tag is read',
    ],
    [npmCheck(at({ from: undefined, user: undefined })), 'answers; asked as nobody'],
    [
      npmCheck(at({ from: '.npmrc', user: undefined })),
      'answers; does not say whether it takes the credential from .npmrc',
    ],
    [npmCheck(at({ from: '.npmrc', user: 'octo' })), 'takes the credential from .npmrc, as that of octo'],
    [pypiCheck(at(undefined)), 'answers'],
    [rekorCheck(at({ version: 1, size: 12 })), 'answers, with 12 entries'],
    [rekorCheck(at({ version: 1, size: undefined })), 'answers'],
  ])('that is as it should be: %#', async (check, found) => {
    expect(await check.run()).toMatchObject({ status: 'ok', found });
  });

  it('that is a log of version 2 cannot be searched', async () => {
    expect(await rekorCheck(at({ version: 2, size: 1 })).run()).toMatchObject({
      status: 'problem',
      code: 'source.unsupported',
      hint: expect.stringContaining('--source'),
    });
  });
});
