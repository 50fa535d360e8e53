import { describe, expect, it } from 'vitest';
import { loadTrust } from '../../../src/app/load-trust.ts';
import type { VerificationInput, VerificationPorts } from '../../../src/app/requests.ts';
import { parseAttestations } from '../../../src/core/attestation/parse.ts';
import type { TrustRootBytes } from '../../../src/core/ports.ts';
import { sha256Hex, sigstore, trustText } from './trust-material.ts';

const NOW = new Date('2026-03-02T00:00:00Z');
const REQUEST: VerificationInput = {
  bundles: [],
  trustedRoots: [],
  thresholds: {},
  weakening: {
    withoutTlogUnsafe: false,
    withoutSctUnsafe: false,
    withoutTimestampUnsafe: false,
    allowBuilderRefUnsafe: false,
  },
  verifier: 'strict',
  offline: true,
};

/** Ports that tell what was asked of them. */
function listening(root: Partial<TrustRootBytes> = {}) {
  const asked: string[] = [];
  const ports = {
    trust: {
      open: async (name: string) => {
        asked.push(`root ${name}`);
        return [{ name, bytes: trustText, origin: 'tuf', currentAt: NOW, ...root }];
      },
    },
    keys: {
      readKey: async (path: string) => {
        asked.push(`key ${path}`);
        return Buffer.from(sigstore.keys.pem);
      },
      npm: async () => {
        asked.push('npm');
        return Buffer.from('{"keys":[]}');
      },
      cloudBuild: async () => {
        asked.push('cloud-build');
        return new Map();
      },
    },
  } as unknown as VerificationPorts;
  return { asked, ports };
}

const found = (text: string) => parseAttestations([{ bytes: Buffer.from(text), source: 'x' }]);

describe('what is trusted in one run', () => {
  it('is public-good and github unless roots are named, each once', async () => {
    const { asked, ports } = listening();
    const trust = await loadTrust(REQUEST, undefined, [], ports, NOW);
    expect(asked).toEqual(['root public-good', 'root github']);
    expect(trust).toMatchObject({ npmKeys: [], weakened: undefined, material: { keys: [] } });
    const named = listening();
    await loadTrust({ ...REQUEST, trustedRoots: ['a', 'b', 'a'] }, undefined, [], named.ports, NOW);
    expect(named.asked).toEqual(['root a', 'root b']);
  });

  it('reports each root with digest and age; a clock that is behind makes no negative age', async () => {
    for (const [currentAt, ageSeconds] of [
      [new Date('2026-03-01T00:00:00Z'), 86_400],
      [new Date('2026-03-02T00:00:01Z'), 0],
      [null, null],
    ] as const) {
      const { ports } = listening({ currentAt });
      const { reports } = await loadTrust({ ...REQUEST, trustedRoots: ['a'] }, undefined, [], ports, NOW);
      expect(reports).toEqual([{ name: 'a', digest: `sha256:${sha256Hex}`, ageSeconds }]);
    }
  });

  it('TUF-09 is refused when a root is older than asked, or of unknown age', async () => {
    const request = { ...REQUEST, maxTrustAgeSeconds: 3_600 };
    for (const [currentAt, actual] of [
      [new Date('2026-03-01T22:59:59Z'), '3601 seconds'],
      [null, 'of unknown age'],
    ] as const) {
      const loading = loadTrust(request, undefined, [], listening({ currentAt }).ports, NOW);
      await expect(loading).rejects.toMatchObject({
        finding: 'trust.stale',
        exitCode: 2,
        expected: 'at most 3600 seconds',
        actual,
      });
    }
    const current = listening({ currentAt: new Date('2026-03-01T23:00:00Z') });
    await expect(loadTrust(request, undefined, [], current.ports, NOW)).resolves.toBeDefined();
  });

  it('loads keys of npm and Cloud Build only where an attestation could be theirs', async () => {
    for (const [text, more] of [
      [sigstore.certified, []],
      ['not json', []],
      [sigstore.bare, ['npm']],
    ] as const) {
      const { asked, ports } = listening();
      await loadTrust({ ...REQUEST, trustedRoots: ['a'] }, undefined, found(text), ports, NOW);
      expect(asked).toEqual(['root a', ...more]);
    }
  });

  it('takes the key of the caller with its id and window', async () => {
    const { asked, ports } = listening();
    const key = { path: 'k.pem', id: 'ours', notBefore: '2026-01-01T00:00:00Z' };
    const { material } = await loadTrust({ ...REQUEST, trustedRoots: ['a'] }, key, [], ports, NOW);
    expect(asked).toEqual(['root a', 'key k.pem']);
    expect(material.keys).toMatchObject([
      { id: 'ours', window: { start: Date.parse('2026-01-01T00:00:00Z'), end: Number.POSITIVE_INFINITY } },
    ]);
    const open = await loadTrust(REQUEST, { path: 'k.pem' }, [], ports, NOW);
    expect(open.material.keys).toMatchObject([{ id: undefined, window: undefined }]);
  });

  it('raises thresholds, and names every flag that lowers one', async () => {
    const request = {
      ...REQUEST,
      thresholds: { tlog: 2, sct: 3 },
      weakening: { ...REQUEST.weakening, withoutTlogUnsafe: true, withoutTimestampUnsafe: true },
    };
    expect(await loadTrust(request, undefined, [], listening().ports, NOW)).toMatchObject({
      thresholds: { atLeast: { log: 2, sct: 3 }, unsafeDrop: ['log', 'tsa', 'time'] },
      weakened: '--unsafe-no-tlog --unsafe-no-timestamp',
    });
  });
});
