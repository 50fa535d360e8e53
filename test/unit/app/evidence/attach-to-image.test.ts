import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type AttachToImage,
  attachToImage,
  type ImageAttachment,
} from '../../../../src/app/evidence/attach-to-image.ts';
import { showRecord } from '../../../../src/app/evidence/show.ts';
import { parseAttestations } from '../../../../src/core/attestation/parse.ts';
import { DECISION_TYPE } from '../../../../src/core/evidence/record.ts';
import { LIMITS } from '../../../../src/core/limits.ts';
import { parseOciReference } from '../../../../src/core/model/oci/reference.ts';
import { VERIFICATION_SUMMARY_TYPE } from '../../../../src/core/model/verification-summary.ts';
import { VERIFIER_ID } from '../../../kit/decided-log.ts';
import { type ImageGate, imagePolicy, startImageGate } from '../../../kit/image-gate.ts';
import { type DescriptorJson, OCI } from '../../../kit/oci-layout.ts';
import { REPOSITORY } from '../../../kit/servers/registry-lab.ts';

let gate: ImageGate;
beforeEach(async () => {
  gate = await startImageGate();
});
afterEach(() => gate.close());

const OTHER_SOURCE = imagePolicy({ source: { repository: 'https://github.com/octo-org/other' } });

const attach = ({
  image = gate.image,
  ...wanted
}: Partial<Omit<AttachToImage, 'image'>> & { image?: DescriptorJson } = {}): Promise<ImageAttachment> =>
  attachToImage(
    {
      image: parseOciReference(`${gate.lab.server.host}/${REPOSITORY}@${image.digest}`),
      withDecision: true,
      ...wanted,
    },
    gate.log.evidence,
    gate.writer(),
  );
const isWrite = ({ method }: { readonly method: string }): boolean => method === 'PUT' || method === 'POST';
const writes = (): number => gate.lab.server.requests.filter(isWrite).length;
const documentOf = (digest: string): Buffer => gate.lab.store.blobs.get(digest) ?? Buffer.alloc(0);
const allowed = async (requestId = 'one') => String((await gate.gate({ requestId })).recordId);

describe('what is attached to an image', () => {
  it('is summary and decision of its newest allow, each as bundle and as envelope', async () => {
    await allowed('first');
    const recordId = await allowed('second');
    const attachment = await attach();
    expect(attachment).toMatchObject({
      recordId,
      image: `${gate.lab.server.host}/${REPOSITORY}@${gate.image.digest}`,
      environment: 'production',
      verdict: 'allow',
      place: { kind: 'referrers' },
    });
    expect(
      attachment.referrers.map(({ document, form, predicateType }) => [document, form, predicateType]),
    ).toEqual([
      ['summary', 'bundle', VERIFICATION_SUMMARY_TYPE],
      ['summary', 'envelope', VERIFICATION_SUMMARY_TYPE],
      ['decision', 'bundle', DECISION_TYPE],
      ['decision', 'envelope', DECISION_TYPE],
    ]);
    const row = await gate.log.log.store.record(recordId);
    // The bytes on record, under the digest that stands in the log.
    expect(
      attachment.referrers
        .filter(({ form }) => form === 'envelope')
        .map(({ documentDigest }) => documentDigest),
    ).toEqual([`sha256:${row?.vsaDigest}`, `sha256:${row?.recordDigest}`]);
  });

  it('is labelled for those who list it', async () => {
    await allowed();
    const { referrers, recordId } = await attach({ withDecision: false });
    const manifests = referrers.map(({ digest }) =>
      JSON.parse(String(gate.lab.store.manifests.get(digest)?.bytes)),
    );
    expect(manifests).toMatchObject([
      {
        artifactType: OCI.bundle,
        layers: [
          {
            mediaType: OCI.bundle,
            annotations: { 'org.opencontainers.image.title': `${recordId}.vsa.sigstore.json` },
          },
        ],
        annotations: {
          'dev.sigstore.bundle.content': 'dsse-envelope',
          'dev.sigstore.bundle.predicateType': VERIFICATION_SUMMARY_TYPE,
          'org.opencontainers.image.created': '2026-03-01T13:00:00.000Z',
        },
      },
      {
        artifactType: OCI.statement,
        layers: [
          {
            mediaType: OCI.envelope,
            annotations: { 'org.opencontainers.image.title': `${recordId}.vsa.dsse.json` },
          },
        ],
        annotations: {
          'in-toto.io/predicate-type': VERIFICATION_SUMMARY_TYPE,
          'org.opencontainers.image.created': '2026-03-01T13:00:00.000Z',
        },
      },
    ]);
  });

  it('holds in the bundle the very envelope, beside the id of its key', async () => {
    await allowed();
    const { referrers } = await attach();
    const [bundle, envelope] = referrers.map(({ documentDigest }) =>
      JSON.parse(documentOf(documentDigest).toString()),
    );
    expect(bundle).toEqual({
      mediaType: OCI.bundle,
      verificationMaterial: { publicKey: { hint: envelope.signatures[0].keyid } },
      dsseEnvelope: envelope,
    });
  });

  it('can be read by ourselves in both forms', async () => {
    await allowed();
    await attach();
    const { attestations } = await gate.lab.collect(`@${gate.image.digest}`);
    const kinds = parseAttestations(attestations).map(({ parsed }) =>
      'kind' in parsed ? parsed.kind : parsed.finding,
    );
    expect(kinds.toSorted()).toEqual(['bundle', 'bundle', 'bundle', 'envelope', 'envelope']);
  });

  it('is the same when it is attached again', async () => {
    await allowed();
    const first = await attach();
    const size = gate.lab.store.manifests.size;
    expect(await attach()).toEqual(first);
    expect(gate.lab.store.manifests.size).toBe(size);
  });

  it('lets the image be allowed again, by this gate and as before', async () => {
    await allowed();
    await attach();
    expect(await gate.gate({ requestId: 'again' })).toMatchObject({ verdict: 'allow' });
  });

  it.each([
    ['all attestations count', () => ({ provenance: { quantifier: 'all' } })],
    [
      'this gate itself has a veto',
      () => ({ vetoes: [{ verifierId: VERIFIER_ID, signer: { key: { pem: pemOfRecords() } } }] }),
    ],
  ])('speaks against nothing, also where %s', async (_, rules) => {
    await allowed();
    await attach();
    const policy = imagePolicy();
    const { production } = policy.environments;
    const strict = { ...policy, environments: { production: { ...production, ...rules() } } };
    expect(await gate.gate({ requestId: 'again', policy: strict })).toMatchObject({ verdict: 'allow' });
  });
});

const pemOfRecords = (): string =>
  `-----BEGIN PUBLIC KEY-----\n${gate.log.kit.recordKeys.spki.toString('base64').replace(/.{64}/g, '$&\n')}\n-----END PUBLIC KEY-----\n`;

describe('another gate', () => {
  const byKey = (summary: object = {}) => ({
    ...imagePolicy(),
    packages: [
      {
        ...OTHER_SOURCE.packages[0],
        summaries: [
          {
            verifierId: VERIFIER_ID,
            signer: { key: { pem: pemOfRecords() } },
            resourceUri: { glob: 'slsa-gate:production/**' },
            levels: ['SLSA_BUILD_LEVEL_3'],
            maxAge: '30d',
            ...summary,
          },
        ],
      },
    ],
  });

  it('allows by the summary that it finds in the registry, and by nothing else', async () => {
    await allowed();
    const ports = { evidence: { ...gate.log.evidence, verifierId: 'https://example.com/other-gate' } };
    await attach({ withDecision: false });
    const result = await gate.gate({ policy: byKey(), ports, requestId: 'other' });
    expect(result).toMatchObject({ verdict: 'allow', slsaBuildLevel: 3 });
    const other = await gate.gate({
      policy: byKey({ levels: ['SLSA_BUILD_LEVEL_4'] }),
      ports,
      requestId: 'more',
    });
    expect(other).toMatchObject({ verdict: 'deny' });
  });
});

describe('nothing is attached', () => {
  const refused = async (asked: Parameters<typeof attach>[0], expected: object): Promise<void> => {
    await expect(attach(asked)).rejects.toMatchObject(expected);
    expect(writes()).toBe(0);
  };
  const NOT_FOUND = { finding: 'evidence.not-found', exitCode: 64 };

  it('where no allow is on record', async () => {
    await refused({}, NOT_FOUND);
    await gate.gate({ policy: OTHER_SOURCE });
    await refused({}, { ...NOT_FOUND, actual: 'none' });
  });

  it('where the allow is for another environment', async () => {
    await allowed();
    await refused({ environment: 'staging' }, { ...NOT_FOUND, expected: 'an allow for staging' });
  });

  it('where the image was denied since, unless the record is named', async () => {
    const recordId = await allowed();
    const denial = await gate.gate({ policy: OTHER_SOURCE, requestId: 'later' });
    expect(denial.verdict).toBe('deny');
    await refused({}, { ...NOT_FOUND, actual: `${recordId}, then ${denial.recordId}` });
    await refused({ environment: 'production' }, NOT_FOUND);
    expect(await attach({ recordId })).toMatchObject({ recordId, verdict: 'allow' });
  });

  it('of a record about another image, or of none', async () => {
    const recordId = await allowed();
    await refused(
      { recordId, image: gate.other },
      { ...NOT_FOUND, expected: gate.other.digest, actual: gate.image.digest },
    );
    const genesis = await gate.log.log.store.recordAt(0);
    await refused({ recordId: String(genesis?.recordId) }, NOT_FOUND);
    await refused({ recordId: 'rec_1' }, NOT_FOUND);
  });

  it('of an image that the registry does not have, or has other bytes of', async () => {
    await allowed();
    const missing = { ...gate.image, digest: `sha256:${'0'.repeat(64)}` };
    await refused({ image: missing }, { finding: 'registry.not-found' });
    const kept = gate.lab.store.manifests.get(gate.image.digest);
    if (kept !== undefined) kept.bytes = Buffer.concat([kept.bytes, Buffer.from('\n')]);
    await refused({}, { finding: 'registry.digest-mismatch' });
  });

  it('of a record that no gate would read', async () => {
    const recordId = await allowed();
    const { attestationBytes } = LIMITS;
    const writer = gate.writer();
    const shown = await showRecord(recordId, gate.log.evidence);
    const { length } = 'envelope' in shown.opened ? shown.opened.envelope : Buffer.alloc(0);
    Object.assign(LIMITS, { attestationBytes: length + 10 });
    const image = parseOciReference(`${gate.lab.server.host}/${REPOSITORY}@${gate.image.digest}`);
    try {
      await expect(
        attachToImage({ image, withDecision: true, recordId }, gate.log.evidence, writer),
      ).rejects.toMatchObject({ finding: 'limit.attestations', exitCode: 2 });
    } finally {
      Object.assign(LIMITS, { attestationBytes });
    }
    expect(writes()).toBe(0);
    expect(await attach({ recordId, withDecision: false })).toMatchObject({ recordId });
  });

  it('of a record that was altered', async () => {
    const recordId = await allowed();
    const { evidence } = gate.log;
    const { store } = evidence.log;
    const payload = async (digest: string) => {
      const bytes = await store.payload(digest);
      return bytes && Buffer.from(bytes.toString().replace('payloadType', 'PayloadType'));
    };
    const altered = new Proxy(store, {
      get: (target, name) => (name === 'payload' ? payload : Reflect.get(target, name).bind(target)),
    });
    const log = new Proxy(evidence.log, {
      get: (target, name) => {
        const value = Reflect.get(target, name);
        if (name === 'store') return altered;
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    const access = { ...evidence, log };
    const image = parseOciReference(`${gate.lab.server.host}/${REPOSITORY}@${gate.image.digest}`);
    await expect(
      attachToImage({ image, withDecision: true, recordId }, access, gate.writer()),
    ).rejects.toMatchObject({ finding: 'evidence.tampered', exitCode: 3 });
    expect(writes()).toBe(0);
  });
});

describe('a record that is no allow', () => {
  it('is attached where it is named: a denial with its failed summary', async () => {
    const { recordId } = await gate.gate({ policy: OTHER_SOURCE });
    const { verdict, referrers } = await attach({ recordId: String(recordId), withDecision: false });
    expect(verdict).toBe('deny');
    const envelope = JSON.parse(documentOf(referrers[1]?.documentDigest ?? '').toString());
    expect(JSON.parse(Buffer.from(envelope.payload, 'base64').toString()).predicate.verificationResult).toBe(
      'FAILED',
    );
  });

  it('has no summary where it is indeterminate: its decision alone, or nothing', async () => {
    gate.lab.server.intercept = (request, response) => {
      if (request.url?.includes('/referrers/') !== true) return false;
      response.writeHead(500).end();
      return true;
    };
    const result = await gate.gate();
    const recordId = String(result.recordId);
    expect(result.verdict).toBe('indeterminate');
    gate.lab.server.intercept = undefined;
    await expect(attach({ recordId, withDecision: false })).rejects.toMatchObject({
      finding: 'evidence.not-found',
    });
    expect(writes()).toBe(0);
    expect((await attach({ recordId })).referrers.map(({ document }) => document)).toEqual([
      'decision',
      'decision',
    ]);
  });
});
