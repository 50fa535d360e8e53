import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Ports, TrustStore } from '../../../src/app/requests.ts';
import { exportTrust, showTrust, updateTrust } from '../../../src/app/trust.ts';
import { assertTrustAge } from '../../../src/app/trust-age.ts';
import type { TrustRootBytes } from '../../../src/core/ports.ts';
import { SlsaGateError } from '../../../src/errors.ts';
import { createSigstore } from '../../kit/sigstore.ts';
import { refusal } from '../cli/command.ts';

const NOW = new Date('2026-11-02T00:00:00Z');
const shipped = (name: string): Uint8Array =>
  readFileSync(new URL(`../../../testdata/trust/${name}/trusted_root.json`, import.meta.url));

const root = (name: string, changes: Partial<TrustRootBytes> = {}): TrustRootBytes => ({
  name,
  bytes: shipped('public-good'),
  origin: 'embedded',
  currentAt: new Date('2026-11-01T00:00:00Z'),
  ...changes,
});

interface FakeStore extends TrustStore {
  readonly calls: string[];
}

/** A store whose roots are what the test says; a refresh replaces the one that is named. */
const storeOf = (
  roots: Record<string, TrustRootBytes[]>,
  refreshed: Record<string, Uint8Array> = {},
): FakeStore => {
  const calls: string[] = [];
  const open = async (name: string): Promise<TrustRootBytes[]> => {
    const found = roots[name];
    if (found === undefined) throw new SlsaGateError('trust.unavailable', `no root ${name}`);
    return found;
  };
  return {
    calls,
    open,
    load: async (name) => {
      const [first] = await open(name);
      if (first === undefined) throw new SlsaGateError('trust.unavailable', name);
      return first;
    },
    update: async (name) => {
      calls.push(`update ${name}`);
      const bytes = refreshed[name];
      if (bytes === undefined) throw new SlsaGateError('trust.rollback', `older than before: ${name}`);
      roots[name] = [root(name, { bytes, origin: 'tuf', currentAt: NOW })];
    },
    pack: async (names) => {
      calls.push(`pack ${names.join(' ')}`);
      return Buffer.from('pack');
    },
  };
};

const unused = (): never => {
  throw new Error('not needed for trusted roots');
};

const portsOf = (trust: TrustStore): Ports => ({
  trust,
  keys: { readKey: unused, npm: unused, cloudBuild: unused },
  artifacts: { check: unused, read: unused, readLayout: unused },
  attestations: { collect: unused },
  now: () => NOW,
});

const SHIPPED = {
  'public-good': [root('public-good')],
  staging: [root('staging')],
  github: [root('github')],
};

describe('showing trusted roots', () => {
  it('lists what ships with the package when nothing is named', async () => {
    const { schemaVersion, roots } = await showTrust({ roots: [] }, portsOf(storeOf({ ...SHIPPED })));
    expect(schemaVersion).toBe(1);
    expect(
      roots.map(({ name, origin, currentAt, ageSeconds }) => [name, origin, currentAt, ageSeconds]),
    ).toEqual([
      ['public-good', 'embedded', '2026-11-01T00:00:00.000Z', 86_400],
      ['staging', 'embedded', '2026-11-01T00:00:00.000Z', 86_400],
      ['github', 'embedded', '2026-11-01T00:00:00.000Z', 86_400],
    ]);
  });

  it('tells who is trusted for what, and when', async () => {
    const { roots } = await showTrust({ roots: ['public-good'] }, portsOf(storeOf({ ...SHIPPED })));
    expect(roots[0]?.digest).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(roots[0]?.entries).toContainEqual({
      kind: 'transparency-log',
      name: 'rekor.sigstore.dev',
      id: 'c0d23d6ad406973f9559f3ba2d1ca01f84147d8ffc5b8445c224f98b9591801d',
      from: '2021-01-12T11:53:27.000Z',
      to: null,
    });
    const kinds = new Set(roots[0]?.entries.map(({ kind }) => kind));
    expect([...kinds]).toEqual([
      'certificate-authority',
      'transparency-log',
      'certificate-log',
      'timestamp-authority',
    ]);
    expect(roots[0]?.entries[0]).toMatchObject({
      name: 'O=sigstore.dev, CN=sigstore',
      to: expect.any(String),
    });
  });

  it('lists every root of a pack, and each name once', async () => {
    const store = storeOf({
      pack: [root('public-good', { origin: 'pack' }), root('github', { origin: 'pack' })],
    });
    const { roots } = await showTrust({ roots: ['pack', 'pack'] }, portsOf(store));
    expect(roots.map(({ name, origin }) => [name, origin])).toEqual([
      ['public-good', 'pack'],
      ['github', 'pack'],
    ]);
  });

  it('reads a root of our own', async () => {
    const bytes = Buffer.from(JSON.stringify(createSigstore().trustedRoot()));
    const store = storeOf({ 'own.json': [root('own.json', { bytes, origin: 'file', currentAt: null })] });
    const { roots } = await showTrust({ roots: ['own.json'] }, portsOf(store));
    expect(roots[0]).toMatchObject({ name: 'own.json', origin: 'file', currentAt: null, ageSeconds: null });
    expect(roots[0]?.entries.length).toBeGreaterThan(3);
  });

  it('refuses what is no trusted root', async () => {
    const store = storeOf({ x: [root('x', { bytes: Buffer.from('{}') })] });
    await expect(showTrust({ roots: ['x'] }, portsOf(store))).rejects.toThrow(refusal('trust.malformed'));
  });
});

describe('the limit on age', () => {
  it('TUF-09 refuses a root that is older, and one whose age nobody knows', async () => {
    const ports = portsOf(storeOf({ ...SHIPPED, file: [root('file', { origin: 'file', currentAt: null })] }));
    await expect(showTrust({ roots: ['github'], maxTrustAgeSeconds: 86_399 }, ports)).rejects.toThrow(
      refusal('trust.stale', {
        message: 'the trust root is older than its limit: github',
        expected: 'at most 86399 seconds',
        actual: '86400 seconds',
        exitCode: 2,
      }),
    );
    await expect(showTrust({ roots: ['file'], maxTrustAgeSeconds: 10 ** 9 }, ports)).rejects.toThrow(
      refusal('trust.stale', { actual: 'of unknown age' }),
    );
    expect((await showTrust({ roots: ['github'], maxTrustAgeSeconds: 86_400 }, ports)).roots).toHaveLength(1);
  });

  it('holds for an export too', async () => {
    const store = storeOf({ ...SHIPPED });
    await expect(exportTrust({ roots: [], maxTrustAgeSeconds: 1 }, portsOf(store))).rejects.toThrow(
      refusal('trust.stale'),
    );
    expect(store.calls).toEqual([]);
  });

  it('is no limit when none is given', () => {
    expect(() => assertTrustAge(root('x', { currentAt: null }), undefined, NOW)).not.toThrow();
  });
});

describe('refreshing and handing on', () => {
  it('tells whether a refresh brought other bytes', async () => {
    const store = storeOf(
      { ...SHIPPED },
      { 'public-good': shipped('public-good'), github: shipped('github') },
    );
    const { roots } = await updateTrust({ roots: ['public-good', 'github'] }, portsOf(store));
    expect(roots.map(({ name, origin, ageSeconds, changed }) => [name, origin, ageSeconds, changed])).toEqual(
      [
        ['public-good', 'tuf', 0, false],
        ['github', 'tuf', 0, true],
      ],
    );
  });

  it('mends a root that could not be read before', async () => {
    const store = storeOf({}, { github: shipped('github') });
    const { roots } = await updateTrust({ roots: ['github'] }, portsOf(store));
    expect(roots[0]).toMatchObject({ name: 'github', changed: true });
  });

  it('ends with the refusal of the repository that failed', async () => {
    const store = storeOf({ ...SHIPPED }, { 'public-good': shipped('public-good') });
    await expect(updateTrust({ roots: [] }, portsOf(store))).rejects.toThrow(refusal('trust.rollback'));
    expect(store.calls).toEqual(['update public-good', 'update staging']);
  });

  it('exports the roots that it shows', async () => {
    const store = storeOf({ ...SHIPPED });
    const { pack, document } = await exportTrust({ roots: ['github', 'staging'] }, portsOf(store));
    expect(Buffer.from(pack).toString()).toBe('pack');
    expect(document.roots.map(({ name }) => name)).toEqual(['github', 'staging']);
    expect(store.calls).toEqual(['pack github staging']);
  });

  it('exports staging only by name, because whoever names a pack trusts all of it', async () => {
    const store = storeOf({ ...SHIPPED });
    const { document } = await exportTrust({ roots: [] }, portsOf(store));
    expect(document.roots.map(({ name }) => name)).toEqual(['public-good', 'github']);
    expect(store.calls).toEqual(['pack public-good github']);
  });
});
