import { describe, expect, it } from 'vitest';
import type { CheckLine } from '../../../../src/app/doctor/check.ts';
import {
  type CredentialPorts,
  credentialChecks,
  type SeenCredentials,
} from '../../../../src/app/doctor/credentials.ts';
import { runChecks } from '../../../../src/app/doctor/run.ts';
import { SlsaGateError } from '../../../../src/errors.ts';

const unusable = (message: string): SlsaGateError => new SlsaGateError('credential.unusable', message);

async function linesOf(
  seen: Partial<SeenCredentials>,
  ports: Partial<CredentialPorts> = {},
): Promise<readonly CheckLine[]> {
  const checks = credentialChecks({
    describe: async () => ({ usable: [], problems: [], warnings: [], ...seen }),
    npmrc: async () => ({ places: [], warnings: [] }),
    askFor: async () => undefined,
    registries: [],
    ...ports,
  });
  return (await runChecks([checks], { timeoutMs: 1000 })).checks;
}

const of = (lines: readonly CheckLine[], id: CheckLine['id']) =>
  lines.filter((line) => line.id === id).map(({ name, status, found }) => [name, status, found]);

describe('credentials', () => {
  it('are told with where they come from and whom they are for', async () => {
    const lines = await linesOf({
      usable: [
        { place: 'ghcr.io', kind: 'basic', from: '~/.docker/config.json' },
        { place: 'https://api.github.com', kind: 'token', from: 'GH_TOKEN' },
      ],
    });
    expect(of(lines, 'credential')).toEqual([
      ['credential for ghcr.io', 'ok', 'basic from ~/.docker/config.json'],
      ['credential for https://api.github.com', 'ok', 'token from GH_TOKEN'],
    ]);
  });

  it.each([
    ['none', {}, [], 'none'],
    [
      'those of another registry',
      { usable: [{ place: 'a', kind: 'basic', from: 'x' }] },
      ['b'],
      'can be read; b: asked as nobody',
    ],
    ['those of the registry', { usable: [{ place: 'a', kind: 'basic', from: 'x' }] }, ['a'], 'can be read'],
  ])('of registries: %s', async (_, seen, registries, found) => {
    expect(of(await linesOf(seen, { registries }), 'docker-config')[0]?.[2]).toBe(found);
  });

  it.each([
    ['~/.docker/config.json', 'docker-config'],
    ['helper ecr-login', 'credential-helper'],
    ['CI_REGISTRY_PASSWORD', 'credential'],
    ['https://api.github.com', 'credential'],
  ] as const)('that do not work are a problem of %s', async (from, id) => {
    const lines = await linesOf({ problems: [{ from, problem: unusable('broken') }] });
    expect(lines.filter(({ status }) => status === 'problem')).toMatchObject([
      { id, found: 'broken', code: 'credential.unusable' },
    ]);
  });

  it('in a file that others may read are a warning', async () => {
    const lines = await linesOf({ warnings: ['others may read it'] });
    expect(of(lines, 'docker-config')).toEqual([
      ['credentials of registries', 'warning', 'others may read it'],
    ]);
  });
});

describe('a helper', () => {
  const helper = (place: string) => ({ usable: [{ place, kind: 'helper', from: 'helper vault' }] });

  it('is asked for its registry, wherever it is not needed', async () => {
    const asked: string[] = [];
    const askFor = async (registry: string) => {
      asked.push(registry);
      return 'helper vault';
    };
    expect(of(await linesOf(helper('ghcr.io'), { askFor }), 'credential-helper')).toEqual([
      ['helper vault for ghcr.io', 'ok', 'gives a credential'],
    ]);
    expect(asked).toEqual(['ghcr.io']);
  });

  it('of all registries is asked for those of this run alone', async () => {
    const lines = await linesOf(helper('*'), { registries: ['a', 'b'] });
    expect(of(lines, 'credential-helper').map(([name]) => name)).toEqual([
      'helper vault for a',
      'helper vault for b',
    ]);
    expect(of(await linesOf(helper('*')), 'credential-helper')).toEqual([
      ['helper vault', 'not-checked', 'installed; no registry is asked in this run'],
    ]);
  });

  it('that fails is a problem, and the next one is asked all the same', async () => {
    const askFor = async (registry: string) => {
      if (registry === 'a') throw unusable('it fails');
      return undefined;
    };
    const lines = await linesOf(helper('*'), { registries: ['a', 'b'], askFor });
    expect(of(lines, 'credential-helper')).toEqual([
      ['helper vault for a', 'problem', 'it fails'],
      ['helper vault for b', 'ok', 'answers that it keeps nothing'],
    ]);
  });
});

describe('.npmrc', () => {
  it.each([
    [
      '//x/:_authToken in .npmrc needs the variable T, which is not set; it is not used',
      'config.unset-variable',
    ],
    ['others may read .npmrc', undefined],
  ])('warns: %s', async (warning, code) => {
    const npmrc = async () => ({ places: ['//x/'], warnings: [warning] });
    const [line] = (await linesOf({}, { npmrc })).filter(({ id }) => id === 'npmrc');
    expect(line).toMatchObject({ status: 'warning', found: warning });
    expect(line?.code).toBe(code);
  });

  it('that cannot be read is a problem, and nothing else is', async () => {
    const npmrc = async () => Promise.reject(unusable('not UTF-8: ~/.npmrc'));
    const lines = await linesOf({}, { npmrc });
    expect(lines.filter(({ status }) => status === 'problem').map(({ id }) => id)).toEqual(['npmrc']);
  });
});
