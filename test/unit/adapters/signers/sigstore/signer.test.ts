import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { signRecord } from '../../../../../src/app/evidence/sign-record.ts';
import { readOwnPayload, verifyOwnEnvelope } from '../../../../../src/core/evidence/envelope.ts';
import { assertExpectedIdentity } from '../../../../../src/core/evidence/record-authority.ts';
import type { IdentitySigner, SigstoreProfile } from '../../../../../src/core/evidence-ports.ts';
import { parseBundle } from '../../../../../src/core/model/bundle.ts';
import { verifyBoth } from '../../../../../src/core/verify/second-opinion.ts';
import { identitySigner, recordIdentity } from '../../../../kit/identity-signer.ts';
import { createKeyPair } from '../../../../kit/keys.ts';
import {
  type Lies,
  type ServiceName,
  type SigstoreServices,
  startSigstoreServices,
} from '../../../../kit/servers/sigstore-services.ts';
import { createSigstore, SIGNED_AT } from '../../../../kit/sigstore.ts';
import { refusal } from '../../../cli/command.ts';

const NOW = () => SIGNED_AT;
const TYPE = 'application/vnd.in-toto+json';
const STATEMENT = Buffer.from('{"_type":"https://in-toto.io/Statement/v1"}');
const CODES = { malformed: 'evidence.tampered', signature: 'evidence.signature' } as const;
const accept = (): void => undefined;

let services: SigstoreServices;
let signers: IdentitySigner[] = [];
beforeEach(async () => {
  services = await startSigstoreServices({ now: NOW });
});
afterEach(async () => {
  for (const signer of signers) await signer.close();
  signers = [];
  await services.close();
});

const open = async (
  profile: SigstoreProfile,
  changes: Parameters<typeof identitySigner>[3] = {},
): Promise<IdentitySigner> => {
  const signer = await identitySigner(services, profile, NOW, changes);
  signers.push(signer);
  return signer;
};
const identity = () => recordIdentity(services.sigstore, NOW);
/** Signs as a record is signed, under what the stand-in really is. */
const sign = async (profile: SigstoreProfile, authority = identity()): Promise<Buffer> =>
  signRecord(STATEMENT, { recordSigner: await open(profile), recordKeys: [authority] });
const versions = [1, 2] as const;

describe.each(versions)('a signer with Rekor v%i', (version) => {
  it('signs a bundle that both verifiers accept', async () => {
    const bytes = await sign(services.profile(version));
    expect(verifyOwnEnvelope(bytes, [identity()], TYPE, CODES)).toEqual(STATEMENT);
    const verified = verifyBoth({
      bundle: parseBundle(bytes),
      trust: { roots: [identity().root], keys: [] },
      artifact: undefined,
      thresholds: {},
      nowMs: SIGNED_AT.getTime(),
      verifyPrehash: () => false,
    });
    expect(verified.secondOpinion).toBe('agrees');
    expect(verified.logEntries.map(({ kind }) => kind)).toEqual([
      version === 1 ? 'dsse 0.0.1' : 'hashedrekord 0.0.2',
    ]);
  });

  it('writes a bundle of version 0.3 with one certificate, in one spelling', async () => {
    const bytes = await sign(services.profile(version));
    const { mediaType, verificationKey, timestamps } = parseBundle(bytes);
    expect([mediaType, verificationKey.kind, timestamps.length]).toEqual([
      'application/vnd.dev.sigstore.bundle.v0.3+json',
      'certificate',
      version - 1,
    ]);
    expect(readOwnPayload(bytes, 'evidence.tampered').payload).toEqual(STATEMENT);
  });

  it('shows the log no payload beyond what its kind of entry needs', async () => {
    await sign(services.profile(version));
    const [logged] = services.asked(version === 1 ? 'rekor1' : 'rekor2');
    expect(logged?.body.toString().includes(STATEMENT.toString('base64'))).toBe(version === 1);
    expect(services.asked('tsa').length).toBe(version - 1);
  });

  it('signs many with one key and one token, and one after half the life of the certificate with others', async () => {
    let elapsed = 0;
    const signer = await open(services.profile(version), { elapsedMs: () => elapsed });
    const keys: string[] = [];
    const signOnce = () =>
      signer.signBundle(TYPE, STATEMENT, (certificate) => {
        keys.push(certificate.toString('hex'));
      });
    await Promise.all([signOnce(), signOnce()]);
    elapsed = 299_999;
    await signOnce();
    expect([new Set(keys).size, services.asked('fulcio').length, services.asked('oidc').length]).toEqual([
      1, 1, 1,
    ]);
    elapsed = 300_001;
    await signOnce();
    expect([new Set(keys).size, services.asked('fulcio').length, services.asked('oidc').length]).toEqual([
      2, 2, 2,
    ]);
  });
});

describe('what a signer sends', () => {
  it('SSRF-06 is the request token to the token server alone, and the identity token to Fulcio alone', async () => {
    await sign(services.profile(2));
    for (const { service, headers, body } of services.requests) {
      expect(headers.authorization).toBe(service === 'oidc' ? `Bearer ${services.requestToken}` : undefined);
      expect(body.toString('latin1').includes('eyJ')).toBe(service === 'fulcio');
    }
  });

  it('is nothing before something is signed', async () => {
    await open(services.profile(1));
    expect(services.requests).toEqual([]);
  });

  it('is asked of the token server for the audience of the profile', async () => {
    await sign(services.profile(1));
    expect(services.asked('oidc')[0]?.path).toBe('/token?api-version=2.0&audience=sigstore');
  });
});

describe('an entry that stands in the log already', () => {
  it('is fetched by its name, where the first answer was lost', async () => {
    services.lies.answer = {
      rekor1: ({ method }, right) =>
        method === 'POST'
          ? { status: 409, body: { code: 409, message: 'exists' }, headers: right.headers ?? {} }
          : right,
    };
    await expect(sign(services.profile(1))).resolves.toBeInstanceOf(Buffer);
    expect(services.asked('rekor1').map(({ method }) => method)).toEqual(['POST', 'GET']);
  });

  it.each<[string, Record<string, string>]>([
    ['without a place', {}],
    ['at another host', { location: 'https://elsewhere.example/api/v1/log/entries/..' }],
    ['at a path', { location: '/api/v1/log/entries/../../../admin' }],
    ['at a query', { location: `/api/v1/log/entries/${'a'.repeat(80)}?x=1` }],
  ])('is refused %s', async (_, headers) => {
    services.lies.answer = {
      rekor1: () => ({ status: 409, body: { code: 409, message: 'exists' }, headers }),
    };
    await expect(sign(services.profile(1))).rejects.toEqual(refusal('signer.failed'));
    expect(services.asked('rekor1').length).toBe(1);
  });

  it('is refused where it is somebody else’s', async () => {
    let place: string | undefined;
    services.lies.answer = {
      rekor1({ method }, right) {
        if (method === 'GET') return right;
        if (place !== undefined) return { status: 409, body: {}, headers: { location: place } };
        place = right.headers?.location;
        return right;
      },
    };
    const signer = await open(services.profile(1));
    await signer.signBundle(TYPE, Buffer.from('another statement'), accept);
    await expect(sign(services.profile(1))).rejects.toEqual(
      refusal('signer.failed', { message: expect.stringContaining('tlog.entry-mismatch') }),
    );
    expect(services.asked('rekor1').map(({ method }) => method)).toEqual(['POST', 'POST', 'GET']);
  });
});

describe('a service that lies', () => {
  const other = createKeyPair('P-256');
  const stranger = createSigstore();
  const lies: readonly [string, 1 | 2, Lies, RegExp][] = [
    ['a certificate for another key', 1, { certificate: { keys: other } }, /another key/],
    [
      'a certificate for another workflow',
      1,
      {
        certificate: {
          certificate: { subjectAltName: [{ uri: 'https://github.com/octo-org/other/.github/x.yml@a' }] },
        },
      },
      /another identity/,
    ],
    [
      'a certificate with two names',
      1,
      { certificate: { certificate: { subjectAltName: [{ uri: 'https://a' }, { uri: 'https://b' }] } } },
      /cert\.san-count/,
    ],
    [
      'a certificate of another authority',
      1,
      { certificate: { certificate: { issuerAuthority: stranger.ca.issuer } } },
      /cert\./,
    ],
    ['a certificate without SCT', 1, { certificate: { sct: null } }, /sct\.missing/],
    [
      'a certificate from a year ago',
      1,
      { certificate: { at: new Date('2025-03-01T12:00:00Z') } },
      /time\.cert-window/,
    ],
    [
      'a certificate of tomorrow',
      2,
      { certificate: { at: new Date('2026-03-02T12:00:00Z') } },
      /time\.cert-window/,
    ],
    ['an entry about another payload', 1, { entry: { hash: Buffer.alloc(32, 1) } }, /tlog\.entry-mismatch/],
    ['an entry about another digest', 2, { entry: { hash: Buffer.alloc(32, 1) } }, /tlog\.entry-mismatch/],
    [
      'an entry with another signature',
      1,
      { entry: { signature: Buffer.from('other') } },
      /tlog\.entry-mismatch/,
    ],
    ['an entry of another key', 2, { entry: { verifier: { publicKey: other } } }, /tlog\.entry-key-mismatch/],
    ['an entry of another kind', 1, { entry: { kind: 'hashedrekord' } }, /tlog\.kind/],
    [
      'a promise that another key signed',
      1,
      { entry: { inclusionPromise: { signingKeys: other } } },
      /log\.set/,
    ],
    [
      'a proof of another leaf',
      2,
      { entry: { inclusionProof: { leaf: Buffer.from('x') } } },
      /log\.inclusion/,
    ],
    ['a log that nobody trusts', 2, { entry: { logId: Buffer.alloc(32, 7) } }, /log\.unknown/],
    [
      'a time stamp over another message',
      2,
      { timestamp: { data: Buffer.from('other'), imprint: undefined } },
      /tsa\./,
    ],
    ['a time stamp of tomorrow', 2, { timestamp: { at: new Date('2026-03-02T12:00:00Z') } }, /time\.|clock/],
    [
      'a time stamp from before',
      2,
      { timestamp: { at: new Date('2026-02-01T12:00:00Z') } },
      /time\.cert-window/,
    ],
    ['a refusal of the time stamp', 2, { timestamp: { status: 2, token: null } }, /tsa\./],
  ];

  it.each(lies)('with %s (Rekor v%i) gets nothing signed', async (_, version, lie, said) => {
    Object.assign(services.lies, lie);
    await expect(sign(services.profile(version))).rejects.toEqual(
      refusal('signer.failed', { exitCode: 2, message: expect.stringMatching(said) }),
    );
  });

  it('with another name or key is found out before anything is signed and logged', async () => {
    services.lies.certificate = {
      certificate: { subjectAltName: [{ uri: 'https://github.com/octo-org/other/.github/x.yml@a' }] },
    };
    await expect(sign(services.profile(1))).rejects.toEqual(
      refusal('signer.failed', { actual: expect.stringContaining('octo-org/other') }),
    );
    services.lies.certificate = { keys: other };
    await expect(sign(services.profile(1))).rejects.toEqual(refusal('signer.failed'));
    expect(services.asked('rekor1')).toEqual([]);
  });

  it('is found out where the root of configuration is another one', async () => {
    const authority = recordIdentity(stranger, NOW);
    await expect(sign(services.profile(1), authority)).rejects.toEqual(refusal('signer.failed'));
  });

  it('is found out where the issuer of configuration is another one', async () => {
    const authority = recordIdentity(services.sigstore, NOW, { issuer: 'https://accounts.example.com' });
    await expect(sign(services.profile(1), authority)).rejects.toEqual(
      refusal('signer.failed', { expected: expect.stringContaining('accounts.example.com') }),
    );
    expect(services.asked('rekor1')).toEqual([]);
  });

  it('cannot be asked by a signer of which no identity is configured', async () => {
    await expect(
      signRecord(STATEMENT, { recordSigner: await open(services.profile(1)), recordKeys: [] }),
    ).rejects.toEqual(refusal('signer.failed'));
    expect(services.asked('rekor1')).toEqual([]);
  });
});

describe('a service that is not well', () => {
  const used: readonly [ServiceName, 1 | 2][] = [
    ['oidc', 1],
    ['fulcio', 1],
    ['rekor1', 1],
    ['rekor2', 2],
    ['tsa', 2],
  ];
  const answers: readonly [string, NonNullable<Lies['answer']>[ServiceName]][] = [
    ['hangs up', () => 'hang up'],
    ['answers 500', () => ({ status: 500, body: 'boom' })],
    ['answers 503 with HTML', () => ({ status: 503, body: '<html>maintenance</html>' })],
    ['answers 429', () => ({ status: 429, body: { message: 'slow down' } })],
    ['answers 403', () => ({ status: 403, body: { message: 'no' } })],
    ['answers 404', () => ({ status: 404, body: '' })],
    ['answers 200 with HTML', () => ({ status: 200, body: '<html>sign in</html>' })],
    ['answers 200 with an empty body', () => ({ status: 200, body: '' })],
    ['answers 200 with an empty object', () => ({ status: 200, body: {} })],
    ['answers 200 with a list', () => ({ status: 200, body: [] })],
    ['answers 200 with null', () => ({ status: 200, body: 'null' })],
    ['answers 204', () => ({ status: 204 })],
    ['sends elsewhere', () => ({ status: 302, headers: { location: 'http://127.0.0.1:1/' } })],
    ['breaks off', (_, right) => ({ ...right, headers: { 'content-length': '9999999' } })],
    ['is endless', () => ({ status: 200, body: Buffer.alloc(5 * 1024 * 1024, 0x20) })],
  ];

  for (const [service, version] of used) {
    it(`gets nothing signed when ${service} is down`, async () => {
      const profile = services.profile(version);
      await services.stop(service);
      await expect(sign(profile)).rejects.toEqual(refusal('signer.failed', { exitCode: 2 }));
    });

    it.each(answers)(`gets nothing signed when ${service} %s`, async (_, answer) => {
      services.lies.answer = answer === undefined ? {} : { [service]: answer };
      await expect(sign(services.profile(version))).rejects.toEqual(
        refusal('signer.failed', { exitCode: 2 }),
      );
    });
  }

  it.each(used)(
    'NET-08 is not believed when %s answers well with a status of failure',
    async (service, version) => {
      services.lies.answer = { [service]: (_: unknown, right: object) => ({ ...right, status: 404 }) };
      await expect(sign(services.profile(version))).rejects.toEqual(
        refusal('signer.failed', { details: { status: 404 } }),
      );
    },
  );

  it('is asked again the next time, with a new token', async () => {
    const recordSigner = await open(services.profile(1));
    const signing = { recordSigner, recordKeys: [identity()] };
    services.lies.answer = { fulcio: () => ({ status: 503 }) };
    await expect(signRecord(STATEMENT, signing)).rejects.toEqual(refusal('signer.failed'));
    services.lies.answer = {};
    await expect(signRecord(STATEMENT, signing)).resolves.toBeInstanceOf(Buffer);
    expect(services.asked('oidc').length).toBe(2);
  });

  it('says what it objects to, and never shows a token', async () => {
    const secret = services.token();
    services.lies.answer = {
      fulcio: () => ({ status: 400, body: { code: 3, message: `bad token ${secret}\u0007 of the issuer` } }),
    };
    const error: unknown = await sign(services.profile(1)).catch((thrown: unknown) => thrown);
    expect(error).toEqual(refusal('signer.failed', { message: expect.stringContaining('bad token') }));
    const told = JSON.stringify([error, error instanceof Error ? [error.message, error.stack] : '']);
    for (const part of secret.split('.')) expect(told).not.toContain(part);
  });
});

describe('an answer about more than was asked', () => {
  it.each<[string, (entry: object) => object]>([
    ['two entries', (entry) => ({ ...entry, other: Object.values(entry)[0] as object })],
    ['no entry', () => ({})],
  ])('with %s is refused', async (_, change) => {
    services.lies.answer = {
      rekor1: (_request, right) => ({ ...right, body: change(right.body as object) }),
    };
    await expect(sign(services.profile(1))).rejects.toEqual(refusal('signer.failed'));
  });
});

describe('a certificate that is no certificate', () => {
  it('is refused before anything is signed', () => {
    expect(() => assertExpectedIdentity(Buffer.from('nonsense'), [identity()])).toThrow(
      refusal('signer.failed'),
    );
  });
});
