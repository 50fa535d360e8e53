import { describe, expect, it } from 'vitest';
import type { Code } from '../../src/codes.ts';
import { parseBundle } from '../../src/core/model/bundle.ts';
import type { ArtifactDigests } from '../../src/core/model/digest.ts';
import { parseSignedStatement } from '../../src/core/model/statement.ts';
import { bindSubjects } from '../../src/core/model/subject-binding.ts';
import { verifyPrehash } from '../../src/core/verify/prehash.ts';
import { verifyBundle } from '../../src/core/verify/verify-bundle.ts';
import { changed } from '../kit/json.ts';
import { type DigestName, hash, type KeyAlgorithm } from '../kit/keys.ts';
import { ARTIFACT, SIGNED_AT, type SignBlobOptions } from '../kit/sigstore.ts';
import { STATEMENT_V1 } from '../kit/statement.ts';
import { parseRoot, refusal, refusedWith, sigstore, verify } from './verify.ts';

const hexOf = (name: DigestName, bytes: Buffer): string => hash(name, bytes).toString('hex');
const digestsOf = (bytes: Buffer): Required<ArtifactDigests> => ({
  sha1: hexOf('sha1', bytes),
  sha256: hexOf('sha256', bytes),
  sha384: hexOf('sha384', bytes),
  sha512: hexOf('sha512', bytes),
});
const OWN = digestsOf(ARTIFACT);
const OTHER = digestsOf(Buffer.from('another artifact'));
const MD5 = '0'.repeat(32);

/** Signs a statement with these subjects, whatever they are, verifies it, and binds it to the artifact. */
function bind(subject: unknown, artifact: ArtifactDigests = OWN): Code {
  const statement = { _type: STATEMENT_V1, subject, predicateType: 'https://local/test', predicate: {} };
  const { content } = verify(sigstore.signStatement({ payload: JSON.stringify(statement) })).bundle;
  if (content.kind !== 'dsse') throw new TypeError('signed as something else');
  return bindSubjects(parseSignedStatement(content).subjects, artifact);
}
const refusedSubject = (subject: unknown): Code => refusal(() => bind(subject)).finding;

describe('the subjects of a statement', () => {
  it('bind the artifact by any digest of 256 bits or more', () => {
    for (const algorithm of ['sha256', 'sha384', 'sha512'] as const) {
      expect(bind([{ name: 'widget', digest: { [algorithm]: OWN[algorithm] } }])).toBe('ok');
    }
    expect(bind([{ digest: { sha256: OWN.sha256, sha512: OWN.sha512, sha1: OWN.sha1 } }])).toBe('ok');
    expect(bind([{ digest: { 'sha2-256': OWN.sha256 } }])).toBe('ok');
  });

  it.each([[[]], [[null]], [{}], [[{}]], [null], [undefined], ['widget'], [0], [[[]]], [['widget']]])(
    'SUB-01 are denied when they are %j',
    (subject) => {
      expect(refusedSubject(subject)).toBe('subject.empty');
    },
  );

  it.each([
    [{ name: 'widget' }],
    [{ name: 'widget', digest: {} }],
    [{ name: 'widget', digest: null }],
    [{ name: 'widget', digest: [] }],
    [{ name: 'widget', digest: OWN.sha256 }],
  ])('SUB-01 are denied when one of them is %j', (subject) => {
    expect(refusedSubject([subject])).toBe('subject.empty');
    expect(refusedSubject([{ name: 'widget', digest: { sha256: OWN.sha256 } }, subject])).toBe(
      'subject.empty',
    );
  });

  it.each([[null], [1], [''], [[]], [{}]])('SUB-01 are denied when a digest is %j', (value) => {
    expect(refusedSubject([{ digest: { sha256: value } }])).toBe('statement.malformed');
  });

  it('are denied when one has a field that nobody defined', () => {
    expect(bind([{ name: 'widget', digest: { sha256: OWN.sha256 } }])).toBe('ok');
    expect(refusedSubject([{ name: 'widget', digest: { sha256: OWN.sha256 }, Digest: {} }])).toBe(
      'statement.malformed',
    );
  });

  it('deny the artifact when no digest is its own, whatever the name', () => {
    expect(bind([{ name: 'widget', digest: { sha256: OTHER.sha256 } }])).toBe('subject.mismatch');
    expect(bind([{ name: OWN.sha256, digest: { sha256: OTHER.sha256 } }])).toBe('subject.mismatch');
    expect(bind([{ digest: { sha512: OTHER.sha512 } }, { digest: { sha256: OTHER.sha256 } }])).toBe(
      'subject.mismatch',
    );
  });

  it.each([
    ['a right sha1 and a wrong sha256', { sha1: OWN.sha1, sha256: OTHER.sha256 }],
    ['a right sha512 and a wrong sha256', { sha512: OWN.sha512, sha256: OTHER.sha256 }],
    ['a right sha256 and a wrong sha512', { sha256: OWN.sha256, sha512: OTHER.sha512 }],
    ['a right sha256 and a wrong sha1', { sha256: OWN.sha256, sha1: OTHER.sha1 }],
    ['a right sha256 and a wrong one under another name', { sha256: OWN.sha256, 'sha2-256': OTHER.sha256 }],
  ])('SUB-03 deny the artifact by %s', (_, digest) => {
    expect(bind([{ digest }])).toBe('subject.digest-conflict');
    expect(bind([{ digest: { sha256: OWN.sha256 } }, { digest }])).toBe('subject.digest-conflict');
    expect(bind([{ digest }, { digest: { sha256: OTHER.sha256 } }])).toBe('subject.digest-conflict');
  });

  it.each([
    [{ sha1: OWN.sha1 }],
    [{ md5: MD5 }],
    [{ gitCommit: OWN.sha1 }],
    [{ sha224: hash('sha256', ARTIFACT).toString('hex').slice(0, 56) }],
    [{ sha1: OWN.sha1, md5: MD5, gitCommit: OWN.sha1 }],
    [{ goModuleH1: 'h1:x' }],
    [{ toString: OWN.sha256 }],
    [{ '': OWN.sha256 }],
    [{ sha3_256: OWN.sha256 }],
  ])('SUB-04 deny the artifact by %j alone', (digest) => {
    expect(bind([{ digest }])).toBe('subject.weak-digest');
  });

  it.each([
    ['the sha512 label on 64 digits', { sha512: OWN.sha256 }],
    ['the sha256 label on 128 digits', { sha256: OWN.sha512 }],
    ['upper-case digits', { sha256: OWN.sha256.toUpperCase() }],
    ['a prefix of the right digits', { sha256: OWN.sha256.slice(0, 63) }],
    ['the right digits and more', { sha256: `${OWN.sha256}00` }],
    ['one digit', { sha256: OWN.sha256.slice(0, 1) }],
    ['digits with the label in front', { sha256: `sha256:${OWN.sha256}` }],
    ['digits with 0x in front', { sha256: `0x${OWN.sha256.slice(2)}` }],
    ['digits with white space', { sha256: `${OWN.sha256.slice(0, 63)} ` }],
    ['digits with a newline', { sha256: `${OWN.sha256.slice(0, 63)}\n` }],
    ['base64', { sha256: Buffer.from(OWN.sha256, 'hex').toString('base64').padEnd(64, '=') }],
    ['an upper-case label', { SHA256: OWN.sha256 }],
    ['a label in mixed case', { Sha512: OWN.sha512 }],
    ['an upper-case label beside the right one', { sha256: OWN.sha256, SHA256: OTHER.sha256 }],
    ['a right digest and a sha1 of the wrong length', { sha256: OWN.sha256, sha1: OWN.sha256 }],
    ['a right digest and a malformed stronger one', { sha256: OWN.sha256, sha512: OWN.sha256 }],
  ])('SUB-05 deny the artifact by %s', (_, digest) => {
    expect(bind([{ digest }])).toBe('subject.digest-format');
  });
});

describe('a message signature', () => {
  const artifact = ARTIFACT;
  const other = Buffer.from('another artifact');

  /** With the digest of the artifact alone, as for `sha256:<hex>` on the command line. */
  function verifyByDigest(options: SignBlobOptions, digests: ArtifactDigests, unsafe = false): unknown {
    return verifyBundle({
      bundle: parseBundle(Buffer.from(sigstore.signBlob(options).text())),
      trust: { roots: [parseRoot(sigstore.trustedRoot())], keys: [] },
      artifact: { digests },
      thresholds: unsafe ? { unsafeDrop: ['log'] } : {},
      nowMs: SIGNED_AT.getTime() + 3_600_000,
      verifyPrehash,
    });
  }

  it.each(['P-256', 'P-384', 'P-521', 'RSA-2048'] as const)(
    'is accepted over the bytes and over the digest (%s)',
    (keyAlgorithm) => {
      expect(verify(sigstore.signBlob({ keyAlgorithm }), { artifact }).logEntries).toHaveLength(1);
      expect(verifyByDigest({ keyAlgorithm }, OWN)).toMatchObject({ signer: { kind: 'certificate' } });
    },
  );

  it('SUB-08 is denied over another artifact', () => {
    const error = refusal(() => verify(sigstore.signBlob(), { artifact: other }));
    expect([error.finding, error.expected, error.actual]).toEqual([
      'bundle.inconsistent',
      `sha256:${OTHER.sha256}`,
      `sha256:${OWN.sha256}`,
    ]);
    expect(refusal(() => verifyByDigest({}, OTHER)).finding).toBe('bundle.inconsistent');
  });

  it('SUB-08 is denied when the bundle declares another digest than that of the artifact', () => {
    const signed = sigstore.signBlob({ messageDigest: hash('sha256', other) });
    expect(refusedWith(signed, { artifact })).toBe('bundle.inconsistent');
    // With the other artifact at hand the declared digest fits, and the signature does not.
    expect(refusedWith(signed, { artifact: other })).toBe('signature.mismatch');
    // Without an artifact the declared digest is all there is.
    expect(refusedWith(signed)).toBe('signature.mismatch');
  });

  it('SUB-08 is denied although no log entry is asked for', () => {
    const tsaOnly: SignBlobOptions = { profile: 'tsa', messageDigest: hash('sha256', other) };
    const thresholds = { unsafeDrop: ['log'] } as const;
    const untampered = sigstore.signBlob({ profile: 'tsa' });
    expect(verify(untampered, { artifact, thresholds }).logEntries).toEqual([]);
    expect(refusedWith(sigstore.signBlob(tsaOnly), { artifact, thresholds })).toBe('bundle.inconsistent');
    expect(refusedWith(sigstore.signBlob(tsaOnly), { artifact: other, thresholds })).toBe(
      'signature.mismatch',
    );
    expect(refusal(() => verifyByDigest(tsaOnly, OWN, true)).finding).toBe('bundle.inconsistent');
  });

  it('SUB-08 is denied when its digest is of another length or missing from what is known', () => {
    const { bundle } = sigstore.signBlob();
    const path = 'messageSignature.messageDigest';
    const relabelled = changed(bundle, `${path}.algorithm`, 'SHA2_512');
    expect(refusedWith(relabelled, { artifact })).toBe('bundle.malformed');
    const sha512 = changed(relabelled, `${path}.digest`, hash('sha512', artifact).toString('base64'));
    expect(refusedWith(sha512, { artifact })).toBe('signature.mismatch');
    expect(refusal(() => verifyByDigest({}, { sha512: OWN.sha512 })).finding).toBe('signature.needs-bytes');
    expect(refusal(() => verifyByDigest({}, {})).finding).toBe('signature.needs-bytes');
  });

  it('SUB-09 is denied by digest for Ed25519, which signs no digest', () => {
    const options = { keyAlgorithm: 'Ed25519' } as const;
    const error = refusal(() => verifyByDigest(options, OWN));
    expect([error.finding, error.exitCode]).toEqual(['signature.needs-bytes', 1]);
    expect(verify(sigstore.signBlob(options), { artifact }).logEntries).toHaveLength(1);
  });

  it.each(['P-256', 'P-384', 'P-521'] as const)(
    'SUB-09 is denied by digest with r or s of zero or DER that is not minimal (%s)',
    (keyAlgorithm: KeyAlgorithm) => {
      const spoilt: ((right: Buffer) => Buffer)[] = [
        () => Buffer.from('3006020100020100', 'hex'),
        () => Buffer.from('3006020100020101', 'hex'),
        () => Buffer.from('3006020101020100', 'hex'),
        () => Buffer.from('3000', 'hex'),
        (right) => Buffer.concat([right, Buffer.of(0)]),
        (right) => Buffer.concat([Buffer.of(0x30, 0x81, right.length - 2), right.subarray(2)]),
        (right) => right.subarray(0, -1),
      ];
      for (const signature of spoilt) {
        const options = { keyAlgorithm, signature };
        expect(refusal(() => verifyByDigest(options, OWN)).finding).toBe('signature.mismatch');
        expect(refusedWith(sigstore.signBlob(options), { artifact })).toBe('signature.mismatch');
      }
    },
  );

  it('SUB-09 is denied by digest for RSA when the padded digest is of another hash', () => {
    const options: SignBlobOptions = { keyAlgorithm: 'RSA-2048', digest: 'sha512' };
    expect(verifyByDigest(options, OWN)).toMatchObject({ signer: { kind: 'certificate' } });
    const { bundle } = sigstore.signBlob(options);
    const path = 'messageSignature.messageDigest';
    const sha256 = changed(bundle, `${path}.algorithm`, 'SHA2_256');
    const lie = changed(sha256, `${path}.digest`, hash('sha256', artifact).toString('base64'));
    expect(refusedWith(lie)).toBe('signature.mismatch');
    expect(refusedWith(lie, { artifact })).toBe('signature.mismatch');
  });
});
