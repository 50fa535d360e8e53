import { describe, expect, it } from 'vitest';
import type { Code } from '../../src/codes.ts';
import { IN_TOTO_PAYLOAD_TYPE } from '../../src/core/model/payload-type.ts';
import { parseSignedStatement, type Statement } from '../../src/core/model/statement.ts';
import type { BundleJson } from '../kit/bundle.ts';
import { changed, valueAt, without } from '../kit/json.ts';
import { createKeyPair } from '../kit/keys.ts';
import type { SignStatementOptions } from '../kit/sigstore.ts';
import { preAuthEncoding, STATEMENT_V1, STATEMENT_V01 } from '../kit/statement.ts';
import { refusal, refusedWith, sigstore, trustedKey, type Verifiable, verify } from './verify.ts';

/** Verifies the bundle and reads the statement out of it, as the gate does. */
function statementIn(signed: Verifiable): Statement {
  const { content } = verify(signed).bundle;
  if (content.kind !== 'dsse') throw new TypeError('signed as something else');
  return parseSignedStatement(content);
}

const signed = (options: SignStatementOptions): Verifiable => sigstore.signStatement(options);
const statementCode = (options: SignStatementOptions): Code => {
  const good = signed(options);
  // All signatures are right: it is the content alone that is refused.
  expect(verify(good).logEntries).toHaveLength(1);
  return refusal(() => statementIn(good)).finding;
};

describe('the signature of an envelope', () => {
  const keyAlgorithms = ['P-256', 'P-384', 'P-521', 'Ed25519', 'RSA-2048'] as const;

  it.each(keyAlgorithms)('is accepted over the pre-authentication encoding (%s)', (keyAlgorithm) => {
    expect(statementIn(signed({ keyAlgorithm })).type).toBe(STATEMENT_V01);
  });

  it.each(keyAlgorithms)('DSS-01 is denied over the payload alone (%s)', (keyAlgorithm) => {
    const error = refusal(() => verify(signed({ keyAlgorithm, signedBytes: (payload) => payload })));
    expect([error.finding, error.exitCode]).toEqual(['dsse.signature', 1]);
    expect(error.message).toBe('signature of the envelope does not verify');
  });

  it('DSS-01 is denied over another encoding, another type or another payload', () => {
    const other: ((payload: Buffer) => Buffer)[] = [
      (payload) => Buffer.from(payload.toString('base64')),
      (payload) => preAuthEncoding('text/plain', payload),
      (payload) => preAuthEncoding(IN_TOTO_PAYLOAD_TYPE, Buffer.from(payload.toString('base64'))),
      (payload) => preAuthEncoding(IN_TOTO_PAYLOAD_TYPE, Buffer.concat([payload, Buffer.from('\n')])),
      (payload) => Buffer.concat([Buffer.from(`DSSEv1 28 ${IN_TOTO_PAYLOAD_TYPE} `), payload]),
      (payload) => Buffer.from(preAuthEncoding(IN_TOTO_PAYLOAD_TYPE, payload).toString().toUpperCase()),
      () => Buffer.alloc(0),
    ];
    for (const signedBytes of other) expect(refusedWith(signed({ signedBytes }))).toBe('dsse.signature');
  });

  it('DSS-01 is denied when it is altered, empty of meaning or made with another hash', () => {
    const spoilt: ((right: Buffer) => Buffer)[] = [
      (right) => Buffer.concat([right.subarray(0, -1), Buffer.of((right.at(-1) ?? 0) ^ 1)]),
      (right) => right.subarray(0, -1),
      (right) => Buffer.concat([right, Buffer.of(0)]),
      () => Buffer.alloc(64),
      () => Buffer.from('3006020100020100', 'hex'),
      () => Buffer.from('3006020101020101', 'hex'),
    ];
    for (const signature of spoilt) expect(refusedWith(signed({ signature }))).toBe('dsse.signature');
    expect(refusedWith(signed({ digest: 'sha512' }))).toBe('dsse.signature');
    expect(refusedWith(signed({ digest: 'sha1' }))).toBe('dsse.signature');
  });

  it('DSS-01 is denied when payload or payload type were exchanged afterwards', () => {
    const { bundle } = sigstore.signStatement();
    const payload = Buffer.from('{}').toString('base64');
    expect(refusedWith(changed(bundle, 'dsseEnvelope.payload', payload))).toBe('dsse.signature');
    const type = `${IN_TOTO_PAYLOAD_TYPE} `;
    expect(refusedWith(changed(bundle, 'dsseEnvelope.payloadType', type))).toBe('dsse.signature');
  });

  it('DSS-01 is denied when another certificate or key stands beside it', () => {
    const { bundle } = sigstore.signStatement();
    const other = valueAt(sigstore.signStatement().bundle, 'verificationMaterial.certificate');
    expect(refusedWith(changed(bundle, 'verificationMaterial.certificate', other))).toBe('dsse.signature');
  });
});

describe('the number of signatures of an envelope', () => {
  const { bundle } = sigstore.signStatement();
  const own = valueAt(bundle, 'dsseEnvelope.signatures.0') as { sig: string };
  const strange = valueAt(sigstore.signStatement().bundle, 'dsseEnvelope.signatures.0') as { sig: string };
  const withSignatures = (...list: unknown[]): BundleJson => changed(bundle, 'dsseEnvelope.signatures', list);

  it('is accepted as one', () => {
    expect(verify(withSignatures(own)).logEntries).toHaveLength(1);
  });

  it('DSS-02 is denied as none', () => {
    const error = refusal(() => verify(withSignatures()));
    expect([error.finding, error.expected, error.actual]).toEqual(['dsse.signature-count', '1', '0']);
  });

  it('DSS-02 is denied as two, whoever made the second and wherever it stands', () => {
    for (const list of [
      [own, strange],
      [strange, own],
      [own, own],
      [own, { sig: 'AAAA' }],
    ]) {
      const error = refusal(() => verify(withSignatures(...list)));
      expect([error.finding, error.expected, error.actual]).toEqual(['dsse.signature-count', '1', '2']);
    }
  });

  it('DSS-02 is denied without any although a timestamp is there', () => {
    const stamped = sigstore.signStatement({ timestamp: {} }).bundle;
    expect(refusedWith(changed(stamped, 'dsseEnvelope.signatures', []))).toBe('dsse.signature-count');
    expect(refusedWith(without(stamped, 'dsseEnvelope.signatures'))).toBe('bundle.malformed');
  });

  it('DSS-02 is denied when log and timestamp cover the signature of another bundle', () => {
    const other = sigstore.signStatement({ timestamp: {} }).bundle;
    const mine = sigstore.signStatement({ timestamp: {} }).bundle;
    for (const [path, code] of [
      ['verificationMaterial.tlogEntries', 'tlog.entry-mismatch'],
      ['verificationMaterial.timestampVerificationData', 'tsa.imprint'],
    ] as const) {
      expect(refusedWith(changed(mine, path, valueAt(other, path)))).toBe(code);
    }
  });
});

describe('the payload type of an envelope', () => {
  it('is accepted as that of in-toto alone', () => {
    expect(statementIn(signed({ payloadType: IN_TOTO_PAYLOAD_TYPE })).subjects).toHaveLength(1);
  });

  it.each([
    'text/plain',
    'application/json',
    'application/vnd.in-toto',
    'application/vnd.in-toto+json ',
    ' application/vnd.in-toto+json',
    'application/vnd.in-toto+json;charset=utf-8',
    'application/vnd.in-toto.v1+json',
    'Application/vnd.in-toto+json',
    'application/vnd.in-toto+json\u0000',
    'application/vnd.dsse.envelope.v1+json',
    'https://in-toto.io/Statement/v1',
    '',
  ])('DSS-03 is denied as %j, correctly signed and logged', (payloadType) => {
    const good = signed({ payloadType });
    expect(verify(good).logEntries).toHaveLength(1);
    const error = refusal(() => statementIn(good));
    expect([error.finding, error.expected, error.actual]).toEqual([
      'dsse.payload-type',
      IN_TOTO_PAYLOAD_TYPE,
      payloadType,
    ]);
  });
});

describe('the signed payload', () => {
  it.each([
    ['text', 'not json'],
    ['nothing', ''],
    ['an empty list', '[]'],
    ['null', 'null'],
    ['a text', '"statement"'],
    ['a number', '1'],
    ['true', 'true'],
    ['a list of statements', '[{}]'],
    ['a statement cut short', '{"_type":"https://in-toto.io/Statement/v1"'],
    ['two statements', '{}{}'],
    ['a byte order mark', '\ufeff{}'],
    ['a statement with a key twice', `{"_type":"${STATEMENT_V1}","_type":"${STATEMENT_V1}"}`],
    ['a statement with a forbidden key', `{"_type":"${STATEMENT_V1}","__proto__":{}}`],
  ])('DSS-04 is denied when it is %s', (_, payload) => {
    expect(statementCode({ payload })).toBe('statement.malformed');
  });

  it('DSS-04 is denied when it is not UTF-8, and the cause is kept', () => {
    const payload = Buffer.from([0x7b, 0xff, 0x7d]);
    const error = refusal(() => statementIn(signed({ payload })));
    expect(error.finding).toBe('statement.malformed');
    expect(error.cause).toMatchObject({ finding: 'json.malformed' });
  });
});

describe('the form of a statement', () => {
  const edited = (edit: (statement: Record<string, unknown>) => void): Code =>
    statementCode({ statement: (right) => edit(right as Record<string, unknown>) });

  it.each([STATEMENT_V01, STATEMENT_V1])('is accepted as %s', (_type) => {
    const statement = statementIn(signed({ statement: (right) => void Object.assign(right, { _type }) }));
    expect(statement.type).toBe(_type);
  });

  it.each([
    'https://in-toto.io/Statement/v0.2',
    'https://in-toto.io/Statement/v2',
    'https://in-toto.io/Statement/v1/',
    'https://in-toto.io/statement/v1',
    'http://in-toto.io/Statement/v1',
    'https://in-toto.io/Statement/v1 ',
    'https://in-toto.io/Provenance/v0.1',
    '',
    null,
    1,
    ['https://in-toto.io/Statement/v1'],
  ])('DSS-06 is denied with the type %j', (_type) => {
    expect(edited((statement) => Object.assign(statement, { _type }))).toBe('statement.type');
  });

  it('DSS-06 is denied without a type, or with the type under another name', () => {
    expect(edited((statement) => Reflect.deleteProperty(statement, '_type'))).toBe('statement.type');
    const renamed = (statement: Record<string, unknown>): void => {
      statement.type = statement._type;
      Reflect.deleteProperty(statement, '_type');
    };
    expect(edited(renamed)).toBe('statement.type');
  });

  it.each(['text', 1, true, [], [{}]])('DSS-06 is denied with %j as predicate', (predicate) => {
    expect(edited((statement) => Object.assign(statement, { predicate }))).toBe('statement.malformed');
  });

  it.each(['', null, 1, ['https://slsa.dev/provenance/v1'], {}])(
    'DSS-06 is denied with %j as predicate type',
    (predicateType) => {
      expect(edited((statement) => Object.assign(statement, { predicateType }))).toBe('statement.malformed');
    },
  );

  it.each(['type', 'subjects', 'Subject', 'payload', 'extra', 'predicatetype'])(
    'DSS-06 is denied with the further field %s',
    (key) => {
      const signedWith = signed({ statement: (right) => void Object.assign(right, { [key]: 'more' }) });
      const error = refusal(() => statementIn(signedWith));
      expect([error.finding, error.path]).toEqual(['statement.malformed', key]);
    },
  );
});

describe('the key id of an envelope', () => {
  const keys = createKeyPair();
  const others = createKeyPair();
  const trust = { keys: [trustedKey(keys, 'release'), trustedKey(others, 'nightly')] };
  const signedBy = (options: SignStatementOptions): Verifiable =>
    signed({ keys, publicKeyHint: 'release', ...options });

  it('is accepted when it names the key of the bundle, and when it is absent or empty', () => {
    for (const keyid of ['release', '', undefined]) {
      const { signer } = verify(signedBy({ keyid }), { trust });
      expect(signer.kind === 'public-key' && signer.key.id).toBe('release');
    }
  });

  it('DSS-07 is denied when it names another key than the one that must have signed', () => {
    for (const keyid of ['nightly', 'Release', 'release ', 'SHA256:release']) {
      const error = refusal(() => verify(signedBy({ keyid }), { trust }));
      expect([error.finding, error.expected, error.actual]).toEqual(['dsse.keyid', 'release', keyid]);
    }
  });

  it('DSS-07 never selects a key: the hint does, and the signature must be by that key', () => {
    expect(refusedWith(signedBy({ publicKeyHint: 'nightly', keyid: 'nightly' }), { trust })).toBe(
      'dsse.signature',
    );
    expect(refusedWith(signedBy({ publicKeyHint: 'unknown', keyid: 'release' }), { trust })).toBe(
      'key.unknown',
    );
    expect(refusedWith(signedBy({ publicKeyHint: '' }), { trust })).toBe('key.unknown');
    expect(refusedWith(signedBy({}), { trust: { keys: [] } })).toBe('cert.required');
  });

  it('DSS-07 does not choose among several keys without ids', () => {
    const unnamed = { keys: [trustedKey(others), trustedKey(keys)] };
    expect(refusedWith(signedBy({}), { trust: unnamed })).toBe('key.unknown');
    expect(verify(signedBy({}), { trust: { keys: [trustedKey(keys)] } }).signer.kind).toBe('public-key');
  });

  it('DSS-07 changes nothing beside a certificate: the certificate names the key', () => {
    const { bundle } = sigstore.signStatement();
    const named = changed(bundle, 'dsseEnvelope.signatures.0.keyid', 'release');
    expect(verify(named, { trust }).signer).toEqual(verify(bundle).signer);
  });
});
