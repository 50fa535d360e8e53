import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { inspectBundle } from '../../../src/app/inspect.ts';
import type { InspectDocument, InspectPart, Ports } from '../../../src/app/requests.ts';
import {
  CLOUD_BUILD_IMAGE,
  cloudBuildDocument,
  cloudBuildProvenance,
  cloudBuildStatementV1,
  createCloudBuildSigners,
  type ProvenanceOptions,
} from '../../kit/cloud-build.ts';
import { changed } from '../../kit/json.ts';
import { ARTIFACT, createGithubSigstore, createSigstore } from '../../kit/sigstore.ts';
import { refusal } from '../cli/command.ts';

const shipped = (path: string): Uint8Array =>
  readFileSync(new URL(`../../../testdata/trust/${path}`, import.meta.url));

const sigstore = createSigstore();
const cloudBuild = createCloudBuildSigners();
const ROOT = Buffer.from(JSON.stringify(sigstore.trustedRoot()));

const unused = (): never => {
  throw new Error('not needed for an inspection');
};

/** Ports over the given files; the one root is ours. */
const portsOf = (files: Readonly<Record<string, unknown>>, root: Uint8Array = ROOT): Ports => ({
  trust: {
    load: unused,
    update: unused,
    pack: unused,
    open: async (name) => [{ name, bytes: root, origin: 'file', currentAt: null }],
  },
  keys: {
    readKey: unused,
    npm: async () => shipped('npm/keys.json'),
    cloudBuild: async () => cloudBuild.files,
  },
  artifacts: {
    check: unused,
    read: async () => ({ digests: { sha256: createHash('sha256').update(ARTIFACT).digest('hex') } }),
    readLayout: unused,
  },
  attestations: {
    collect: async (names) => ({
      name: 'file',
      answer: 'complete',
      attestations: names.map((name) => {
        const file = files[name];
        return { bytes: Buffer.from(typeof file === 'string' ? file : JSON.stringify(file)), source: name };
      }),
    }),
  },
  now: () => new Date('2030-01-01T00:00:00Z'),
});

const inspect = async (bundle: unknown, artifact?: string, root?: Uint8Array): Promise<InspectDocument> =>
  inspectBundle(
    { bundles: ['b'], trustedRoots: ['own'], offline: true, ...(artifact === undefined ? {} : { artifact }) },
    portsOf({ b: bundle }, root),
  );

const partsOf = (document: InspectDocument): readonly InspectPart[] => document.attestations[0]?.parts ?? [];

const find = (parts: readonly InspectPart[], name: string): InspectPart | undefined => {
  for (const part of parts) {
    const found = part.name === name ? part : find(part.parts ?? [], name);
    if (found !== undefined) return found;
  }
  return undefined;
};

/** How the named parts stand: `yes`, `no CODE` or `not-checked`. */
const standing = (document: InspectDocument, ...names: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    names.map((name) => {
      const part = find(partsOf(document), name);
      return [name, part === undefined ? 'absent' : [part.proven, part.code].filter(Boolean).join(' ')];
    }),
  );

const { bundle } = sigstore.signStatement();

describe('a good bundle', () => {
  it('is proven in every part that anybody can vouch for', async () => {
    const document = await inspect(bundle, 'app.tgz');
    expect(standing(document, 'verification', 'signature', 'statement', 'subject', 'predicate type')).toEqual(
      {
        verification: 'yes',
        signature: 'yes',
        statement: 'yes',
        subject: 'yes',
        'predicate type': 'yes',
      },
    );
    expect(
      standing(
        document,
        'certificate',
        'certificate log',
        'log entry',
        'inclusion proof',
        'checkpoint',
        'artifact',
      ),
    ).toEqual({
      certificate: 'yes',
      'certificate log': 'yes',
      'log entry': 'yes',
      'inclusion proof': 'yes',
      checkpoint: 'yes',
      artifact: 'yes',
    });
    expect(standing(document, 'media type', 'content')).toEqual({
      'media type': 'not-checked',
      content: 'not-checked',
    });
  });

  it('shows each claim of the certificate by name and number', async () => {
    const parts = partsOf(await inspect(bundle));
    expect(find(parts, 'issuer (1.3.6.1.4.1.57264.1.8)')).toMatchObject({
      value: 'https://token.actions.githubusercontent.com',
      proven: 'yes',
    });
    for (const name of [
      'buildSignerUri (1.3.6.1.4.1.57264.1.9)',
      'sourceRepositoryUri (1.3.6.1.4.1.57264.1.12)',
    ]) {
      expect(find(parts, name)?.value).toMatch(/^https:\/\/github\.com\//);
    }
  });

  it('names the digest of its bytes', async () => {
    const text = JSON.stringify(bundle);
    const { attestations, schemaVersion } = await inspect(text);
    expect(schemaVersion).toBe(1);
    expect(attestations[0]?.digest).toBe(`sha256:${createHash('sha256').update(text).digest('hex')}`);
  });

  it('shows a timestamp and a message signature as well', async () => {
    const tsa = await inspect(sigstore.signStatement({ profile: 'tsa' }).bundle);
    expect(find(partsOf(tsa), 'timestamp')).toMatchObject({
      proven: 'yes',
      value: expect.stringMatching(/Z$/),
    });
    const blob = await inspect(sigstore.signBlob().bundle, 'app.tgz');
    expect(standing(blob, 'verification', 'message digest', 'signature', 'artifact')).toEqual({
      verification: 'yes',
      'message digest': 'yes',
      signature: 'yes',
      artifact: 'yes',
    });
  });
});

describe('a bundle in which one thing is wrong', () => {
  it('shows an altered signature as refused, and what it covered as not vouched for', async () => {
    const broken = sigstore.signStatement({
      signature: (right: Buffer) =>
        Buffer.concat([right.subarray(0, -1), Buffer.from([right.at(-1) === 0 ? 1 : 0])]),
    });
    const document = await inspect(broken.bundle, 'app.tgz');
    expect(standing(document, 'verification', 'signature', 'statement', 'artifact', 'certificate')).toEqual({
      verification: 'no dsse.signature',
      signature: 'no dsse.signature',
      statement: 'not-checked',
      artifact: 'not-checked',
      certificate: 'yes',
    });
  });

  it('tries each proof of a log entry by itself', async () => {
    const other = changed(
      bundle,
      'verificationMaterial.tlogEntries.0.inclusionProof.rootHash',
      Buffer.alloc(32).toString('base64'),
    );
    expect(
      standing(
        await inspect(other),
        'verification',
        'log entry',
        'log',
        'inclusion proof',
        'checkpoint',
        'certificate',
      ),
    ).toEqual({
      verification: 'no bundle.inconsistent',
      'log entry': 'no bundle.inconsistent',
      log: 'yes',
      'inclusion proof': 'no bundle.inconsistent',
      checkpoint: 'yes',
      certificate: 'yes',
    });
  });

  it('proves nothing of a bundle from elsewhere, although all of it is readable', async () => {
    const foreign = Buffer.from(JSON.stringify(createSigstore().trustedRoot()));
    const document = await inspect(bundle, undefined, foreign);
    expect(find(partsOf(document), 'verification')?.proven).toBe('no');
    expect(standing(document, 'certificate', 'signature', 'statement', 'log')).toEqual({
      certificate: 'no cert.untrusted',
      signature: 'not-checked cert.untrusted',
      statement: 'not-checked',
      log: 'no log.unknown',
    });
    const proven = (parts: readonly InspectPart[]): readonly string[] =>
      parts.flatMap((part) => [...(part.proven === 'yes' ? [part.name] : []), ...proven(part.parts ?? [])]);
    // The entry says what the bundle says; that comparison needs nobody's word.
    expect(proven(partsOf(document))).toEqual(['entry']);
  });

  it('names the profile that a certificate breaks', async () => {
    const tls = sigstore.signStatement({ certificate: { extendedKeyUsage: ['1.3.6.1.5.5.7.3.1'] } });
    expect(standing(await inspect(tls.bundle), 'certificate')).toEqual({ certificate: 'no cert.eku' });
  });

  it('says that the artifact is another one', async () => {
    const document = await inspect(bundle, `sha256:${'0'.repeat(64)}`);
    expect(standing(document, 'artifact', 'verification')).toEqual({
      artifact: 'no subject.mismatch',
      verification: 'yes',
    });
  });
});

describe('what is hardly an attestation', () => {
  it('reads what it can of a bundle whose form is refused', async () => {
    const document = await inspect({ ...bundle, unknown: 1 });
    expect(partsOf(document)[0]).toMatchObject({ name: 'form', proven: 'no', code: 'bundle.unknown-field' });
    expect(standing(document, 'media type', 'payload type', 'statement', 'subject')).toEqual({
      'media type': 'not-checked',
      'payload type': 'not-checked',
      statement: 'not-checked',
      subject: 'not-checked',
    });
  });

  it.each([
    ['', 'json.malformed'],
    ['[]', 'attestation.format'],
    ['null', 'attestation.format'],
    ['{}', 'bundle.version'],
    ['[['.repeat(100_000), 'limit.depth'],
    ['\u0000\u0001', 'json.malformed'],
  ])('BND-05 tells what is wrong with %.10j', async (text, code) => {
    const document = await inspect(text);
    expect(partsOf(document)[0]).toMatchObject({ name: 'form', proven: 'no', code });
  });

  it('reads JSON lines one by one', async () => {
    const { attestations } = await inspect(`${JSON.stringify(bundle)}\n{"mediaType":"x"}\n`);
    expect(attestations.map(({ source, parts }) => [source, parts[0]?.name, parts[0]?.proven])).toEqual([
      ['b#1', 'verification', 'yes'],
      ['b#2', 'form', 'no'],
    ]);
  });

  it('vouches for nothing in an envelope without a certificate', async () => {
    const document = await inspect(bundle.dsseEnvelope);
    expect(standing(document, 'statement', 'signature')).toEqual({
      statement: 'not-checked',
      signature: 'not-checked',
    });
  });

  it('refuses to inspect nothing', async () => {
    const request = { bundles: [], trustedRoots: ['own'], offline: true };
    await expect(inspectBundle(request, portsOf({}))).rejects.toThrow(refusal('usage.no-bundle'));
  });
});

describe('an instance with timestamps alone', () => {
  it('is proven under its own root', async () => {
    const github = createGithubSigstore();
    const root = Buffer.from(JSON.stringify(github.trustedRoot()));
    const document = await inspect(github.signStatement().bundle, undefined, root);
    expect(standing(document, 'certificate', 'timestamp', 'signature')).toEqual({
      certificate: 'yes',
      timestamp: 'yes',
      signature: 'yes',
    });
  });
});

describe('provenance of Cloud Build', () => {
  const NAMES = ['verification', 'statement', 'predicate type', 'subject', 'artifact'] as const;
  const inspected = (options: ProvenanceOptions): Promise<InspectDocument> =>
    inspect(cloudBuildDocument([cloudBuildProvenance(options)]), `sha256:${CLOUD_BUILD_IMAGE}`);
  const all = (proven: string) => Object.fromEntries(NAMES.map((name) => [name, proven]));

  it.each<[string, ProvenanceOptions]>([
    ['v0.1, whose payload repeats its predicate', { signatures: [cloudBuild.regional] }],
    ['v1', { statement: cloudBuildStatementV1(), signatures: [cloudBuild.globalV1] }],
  ])('is proven in every part: %s', async (_, options) => {
    expect(standing(await inspected(options), ...NAMES)).toEqual(all('yes'));
  });

  it('is read but not proven when nobody that is trusted signed it', async () => {
    const document = await inspected({ signatures: [createCloudBuildSigners().regional] });
    expect(standing(document, ...NAMES)).toEqual({
      ...all('not-checked'),
      verification: 'no gcb.signature',
    });
  });

  it('shows why its payload cannot be read', async () => {
    const document = await inspected({ payload: Buffer.from('{}'), signatures: [cloudBuild.regional] });
    expect(standing(document, 'statement', 'subject')).toEqual({
      statement: 'no statement.type',
      subject: 'absent',
    });
  });
});
