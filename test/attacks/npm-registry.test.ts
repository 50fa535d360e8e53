import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { createNpmRegistry, type NpmReference } from '../../src/adapters/attestations/npm/index.ts';
import { parsePurl } from '../../src/core/model/purl.ts';
import { checkNoDowngrade, parsePackageHistory } from '../../src/core/rules/no-downgrade.ts';
import { SlsaGateError } from '../../src/errors.ts';
import type { SignedBundle } from '../kit/bundle.ts';
import { createKeyPair, hash } from '../kit/keys.ts';
import { type NpmRegistryServer, type Publication, startNpmRegistry } from '../kit/servers/npm-registry.ts';
import { clientOf, closing, within } from '../kit/servers/opened.ts';
import { FAULTS, json, sendAnswer, status } from '../kit/servers/package-faults.ts';
import { npmPublish, npmSubject, PREDICATE, type SubjectJson } from '../kit/statement.ts';
import { ALLOWED, denied, type Fault, judged, type NpmKey } from './app.ts';
import { FLAGS, labelled, npmSigner, PACKAGE, PURL, REGISTRY, VERIFIES, WANTED } from './npm-signed.ts';

/** A registry of npm that lies, asked by the adapter, and what the verifier makes of its answers. */

const TARBALL = gzipSync('widget 1.2.3');
const { subject: SUBJECT, provenance, publish } = npmSigner(TARBALL);

const pair = (own: SignedBundle = provenance(), beside: SignedBundle = publish()): readonly unknown[] => [
  labelled(PREDICATE.npmPublish, beside),
  labelled(PREDICATE.slsaV1, own),
];

/** A registry in which the package was published, with the attestations that it lists. */
async function hostile(
  attestations: readonly unknown[] | undefined,
  more: Partial<Publication> = {},
): Promise<NpmRegistryServer> {
  const server = closing(await startNpmRegistry());
  server.publish({
    ...PACKAGE,
    tarball: TARBALL,
    ...(attestations === undefined ? {} : { attestations }),
    ...more,
  });
  return server;
}

function reference(text: string = PURL): NpmReference {
  const purl = parsePurl(text);
  if (purl === undefined) throw new Error(`no purl: ${text}`);
  return { kind: 'npm', text, purl };
}

function adapterOf({ origin, host }: NpmRegistryServer) {
  return createNpmRegistry({
    http: clientOf([host], within(1000)),
    registryFor: () => ({ url: origin, credentials: [] }),
    listedHosts: [host],
  });
}

/** Resolves the package and asks for its attestations, as one decision does, and judges what came. */
async function judge(server: NpmRegistryServer, npmKeys: readonly NpmKey[] = [REGISTRY]) {
  const registry = adapterOf(server);
  const remote = reference();
  const { digests } = await registry.resolve(remote);
  expect(digests.sha256).toBe(hash('sha256', TARBALL).toString('hex'));
  const collected = await registry.source().collect({
    remote,
    digests,
    viaIndex: undefined,
    purl: undefined,
    sources: [{ kind: 'npm' }],
    wantsHistory: false,
    given: [],
  });
  const attestations = { collect: async () => collected };
  return judged({ evidence: [], files: { widget: TARBALL }, flags: FLAGS, npmKeys, ports: { attestations } });
}

const codesOf = ({ verdict, faults }: { readonly verdict: string; readonly faults: readonly Fault[] }) => [
  verdict,
  ...new Set(faults.map(({ rule, code }) => `${rule} ${code}`)),
];
/** What is wrong with the provenance; the publish attestation is never enough, and says so beside it. */
const firstOf = async (server: NpmRegistryServer, npmKeys?: readonly NpmKey[]) => {
  const { verdict, faults } = await judge(server, npmKeys);
  return { verdict, faults: faults.slice(0, 1) };
};

describe('a registry of npm', () => {
  it('is believed what verifies', async () => {
    expect(await judge(await hostile(pair()))).toEqual(ALLOWED);
    expect(await judge(await hostile([labelled(PREDICATE.slsaV1, provenance())]))).toEqual(ALLOWED);
  });

  it('NPM-01 is not believed a publish attestation where provenance is needed', async () => {
    for (const list of [
      [labelled(PREDICATE.npmPublish, publish())],
      [labelled(PREDICATE.npmPublish, publish()), labelled(PREDICATE.npmPublish, publish())],
    ]) {
      const { verdict, faults } = await judge(await hostile(list));
      expect(verdict).toBe('deny');
      expect(faults[0]?.code).toMatch(/^npm\.(publish-not-provenance|attestations)$/);
    }
    const posing = await judge(await hostile([labelled(PREDICATE.slsaV1, publish())]));
    expect(codesOf(posing).slice(0, 2)).toEqual(['deny', 'predicate-type predicate.type-mismatch']);
  });

  it('NPM-02 is not believed provenance of another repository, which it only saw to be there', async () => {
    const server = await hostile(
      pair(provenance(SUBJECT, { repository: 'evil-org/widget', repositoryId: '1' })),
    );
    expect(await judge(server)).toEqual(
      denied(
        'source-uri',
        'source.mismatch',
        'https://github.com/octo-org/widget',
        'https://github.com/evil-org/widget',
      ),
    );
  });

  it('NPM-03 proves nothing by an empty list, whether it promises attestations or not', async () => {
    const promising = await judge(await hostile([]));
    expect(codesOf(promising)).toEqual(['deny', 'signature attestation.missing']);
    const silent = await hostile(undefined);
    silent.fail('attestations', json({ attestations: [] }));
    const { verdict, faults } = await judge(silent);
    expect([verdict, faults.map(({ code }) => code)]).toEqual(['deny', ['attestation.missing']]);
    const none = await judge(await hostile(undefined));
    expect([none.verdict, none.faults.map(({ code }) => code)]).toEqual(['deny', ['attestation.missing']]);
  });

  it.each([null, {}, 'none', 0, [null], [[]], [{}]])(
    'NPM-03 allows nothing by attestations that are %j',
    async (value) => {
      const server = await hostile(undefined);
      server.fail('attestations', json({ attestations: value }));
      const { verdict } = await judge(server);
      expect(verdict).toBe(Array.isArray(value) ? 'deny' : 'indeterminate');
    },
  );

  const other = (changes: Partial<typeof PACKAGE>): SubjectJson[] => [
    npmSubject({ ...PACKAGE, ...changes }, TARBALL),
  ];
  it.each<[string, SubjectJson[], string]>([
    ['another version', other({ version: '1.2.4' }), 'pkg:npm/%40octo/widget@1.2.4'],
    ['another scope', other({ name: '@evil/widget' }), 'pkg:npm/%40evil/widget@1.2.3'],
    ['no scope', other({ name: 'widget' }), 'pkg:npm/widget@1.2.3'],
    [
      'the scope not encoded',
      [{ ...SUBJECT[0], name: 'pkg:npm/@octo/widget@1.2.3' }],
      'pkg:npm/@octo/widget@1.2.3',
    ],
    ['a second package', [...SUBJECT, npmSubject({ name: 'other', version: '9.9.9' }, TARBALL)], PURL],
  ])('NPM-04 is not believed attestations of these bytes under %s', async (_, subject, actual) => {
    for (const list of [pair(provenance(subject)), pair(provenance(), publish(subject))])
      expect(await firstOf(await hostile(list))).toEqual(
        denied('npm-package', 'npm.package', WANTED, actual),
      );
  });

  it('NPM-04 is not believed the attestations of another version of the same package', async () => {
    const older = { ...PACKAGE, version: '1.2.2' };
    const bytes = gzipSync('widget 1.2.2');
    const subject = [npmSubject(older, bytes)];
    const beside = publish(subject, { statement: npmPublish(older, subject) });
    const { verdict, faults } = await judge(await hostile(pair(provenance(subject), beside)));
    expect(verdict).toBe('deny');
    expect(faults[0]).toMatchObject({ rule: 'subject-digest', code: 'subject.mismatch' });
  });

  it('NPM-05 does not get its own keys trusted: they are not asked for', async () => {
    const rogue = { id: 'SHA256:rogue', keys: createKeyPair() };
    const server = await hostile(
      pair(provenance(), publish(SUBJECT, { publicKeyHint: rogue.id, keys: rogue.keys })),
    );
    const keys = [
      {
        keyid: rogue.id,
        expires: null,
        keytype: 'ecdsa-sha2-nistp256',
        key: rogue.keys.spki.toString('base64'),
      },
    ];
    server.fail('keys', json({ keys }));
    expect(await firstOf(server)).toEqual(denied('signature', 'key.unknown', 'SHA256:registry', rogue.id));
    expect(server.requests.map(({ place }) => place)).toEqual(['manifest', 'tarball', 'attestations']);
  });

  it('NPM-05 is not believed a key out of its time, another key under the same name, or none', async () => {
    const expired = [{ ...REGISTRY, end: '2026-03-01T11:59:59Z' }];
    expect(await firstOf(await hostile(pair()), expired)).toEqual(
      denied('signature', 'key.window', VERIFIES, '2026-03-01T12:00:00.000Z'),
    );
    const byAnother = pair(provenance(), publish(SUBJECT, { keys: createKeyPair() }));
    expect(codesOf(await firstOf(await hostile(byAnother)))).toEqual(['deny', 'signature dsse.signature']);
    const keyless = publish(SUBJECT, {
      edit: ({ verificationMaterial }) => {
        if (verificationMaterial !== undefined) verificationMaterial.publicKey = {};
      },
    });
    expect(codesOf(await firstOf(await hostile(pair(provenance(), keyless))))).toEqual([
      'deny',
      'signature key.unknown',
    ]);
  });

  it('NPM-06 cannot hide that a version lost its provenance, and is not believed that it has lost none when it does not answer', async () => {
    const server = await hostile(undefined, { publishedAt: '2026-03-02T00:00:00.000Z' });
    server.publish({
      ...PACKAGE,
      version: '1.2.2',
      tarball: TARBALL,
      attestations: pair(),
      publishedAt: '2026-03-01T00:00:00.000Z',
    });
    const history = parsePackageHistory(await adapterOf(server).history(reference()));
    expect(checkNoDowngrade(history)).toMatchObject({
      rule: 'no-downgrade',
      outcome: 'fail',
      code: 'npm.provenance-lost',
      actual: 'none; 1.2.2 had it',
    });
    server.fail('packument', status(500));
    await expect(adapterOf(server).history(reference())).rejects.toMatchObject({
      finding: 'source.http-status',
    });
    expect(checkNoDowngrade(undefined)).toMatchObject({ outcome: 'error', code: 'source.unavailable' });
  });

  const sha1 = `sha1-${hash('sha1', TARBALL).toString('base64')}`;
  const sha512 = (bytes: Buffer) => `sha512-${hash('sha512', bytes).toString('base64')}`;
  it.each<[string, string | undefined, string]>([
    ['SHA-1 alone', sha1, 'subject.weak-digest'],
    ['no digest but shasum', undefined, 'subject.weak-digest'],
    ['two SHA-512 digests', `${sha512(TARBALL)} ${sha512(gzipSync('evil'))}`, 'npm.integrity'],
    ['the digest of other bytes', sha512(gzipSync('evil')), 'npm.integrity'],
  ])('NPM-07 is not believed a tarball by %s', async (_, integrity, finding) => {
    const server = await hostile(pair(), { edit: (dist) => Object.assign(dist, { integrity }) });
    await expect(judge(server)).rejects.toEqual(
      expect.objectContaining({ constructor: SlsaGateError, finding }),
    );
  });

  it('NPM-07 is not believed a tarball that it exchanged', async () => {
    const server = await hostile(pair());
    server.fail('tarball', (response, good) => sendAnswer(response, { ...good, body: gzipSync('evil') }));
    await expect(judge(server)).rejects.toMatchObject({ finding: 'npm.integrity' });
    const both = await hostile(pair(), {
      edit: (dist) => Object.assign(dist, { integrity: sha512(gzipSync('evil')) }),
    });
    both.fail('tarball', (response, good) => sendAnswer(response, { ...good, body: gzipSync('evil') }));
    const { digests } = await adapterOf(both).resolve(reference());
    expect(digests.sha512).not.toBe(hash('sha512', TARBALL).toString('hex'));
  });

  it('cannot make attestations absent by withholding what it promises', async () => {
    const server = await hostile(pair());
    server.fail('attestations', status(404));
    expect(codesOf(await judge(server))).toEqual(['indeterminate', 'attestation source.http-status']);
  });

  it('NET-08 is not believed a list that comes with an error', async () => {
    const server = await hostile(pair());
    for (const code of [400, 401, 403, 404, 410, 500]) {
      server.fail('attestations', (response, { headers, body }) =>
        sendAnswer(response, { status: code, headers, body }),
      );
      expect((await judge(server)).verdict).toBe('indeterminate');
    }
  });

  it.each(FAULTS)('neither allows nor denies by %s', async (_, _code, fault) => {
    const server = await hostile(pair());
    server.fail('attestations', fault);
    expect((await judge(server)).verdict).toBe('indeterminate');
  });
});
