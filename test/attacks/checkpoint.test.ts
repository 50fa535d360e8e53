import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Checkpoint, verifyCheckpoint } from '../../src/core/verify/checkpoint.ts';
import { rootFromInclusionProof } from '../../src/core/verify/merkle.ts';
import type { Log } from '../../src/core/verify/trusted-root.ts';
import type { BundleJson, SignedBundle } from '../kit/bundle.ts';
import { changed, valueAt, without } from '../kit/json.ts';
import { createKeyPair, sha256 } from '../kit/keys.ts';
import { foldPath, leafHash, nodeHash, treeRoot } from '../kit/merkle.ts';
import type { LogOptions } from '../kit/rekor.ts';
import { type CheckpointOptions, createWitness } from '../kit/signed-note.ts';
import { SIGNED_AT } from '../kit/sigstore.ts';
import { parseRoot, refusal, refusedWith, sigstore, verify } from './verify.ts';

const ENTRY = 'verificationMaterial.tlogEntries.0';
const PROOF = `${ENTRY}.inclusionProof`;

type Version = 'rekor1' | 'rekor2';
const VERSIONS: readonly Version[] = ['rekor1', 'rekor2'];

const sign = (profile: Version, entry: LogOptions = {}): SignedBundle =>
  sigstore.signStatement({ profile, entry });
const withCheckpoint = (profile: Version, checkpoint: CheckpointOptions): SignedBundle =>
  sign(profile, { checkpoint });

/** A proof that declares no size and no root of its own, so that only the checkpoint speaks. */
const undeclared = (bundle: BundleJson): BundleJson =>
  without(without(bundle, `${PROOF}.rootHash`), `${PROOF}.treeSize`);

function flipped(encoded: unknown): string {
  const bytes = Buffer.from(String(encoded), 'base64');
  bytes[0] = (bytes[0] ?? 0) ^ 1;
  return bytes.toString('base64');
}

function flipLast(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  copy[copy.length - 1] = (copy.at(-1) ?? 0) ^ 1;
  return copy;
}

describe('the name of a log at a port of its own', () => {
  /** The trusted root says where it is; the log signs under the name of its host. */
  const rooted = (baseUrl: string) =>
    sigstore.trustedRoot({
      edit: (root) => {
        for (const log of root.tlogs ?? [])
          if (log.baseUrl?.includes(sigstore.rekor.name) === true) log.baseUrl = baseUrl;
      },
    });

  it('may leave out the port', () => {
    const root = rooted(`https://${sigstore.rekor.name}:3000`);
    expect(verify(sign('rekor1'), { root }).logEntries).toHaveLength(1);
  });

  it.each(['https://other.local:3000', 'https://other.local', `https://x.REKOR:3000`, 'https://REKOR/path'])(
    'CKP-04 is still the name of that log alone: %s',
    (baseUrl) => {
      const root = rooted(baseUrl.replace('REKOR', sigstore.rekor.name));
      expect(refusedWith(sign('rekor1'), { root })).toBe('log.origin');
    },
  );
});

describe.each(VERSIONS)('an inclusion proof of %s', (version) => {
  const logName = version === 'rekor1' ? sigstore.rekor.name : sigstore.rekor2.name;
  const otherKeys = createKeyPair(version === 'rekor1' ? 'P-256' : 'Ed25519');

  it('is accepted as the log made it', () => {
    expect(verify(sign(version)).logEntries).toMatchObject([
      { hasInclusionProof: true, log: { name: logName } },
    ]);
  });

  it('CKP-01 denies a checkpoint whose signature is broken, by another key or over another text', () => {
    const checkpoints: CheckpointOptions[] = [
      { signature: flipLast },
      { signature: () => Buffer.from('signed') },
      { signingKeys: otherKeys },
      { envelope: (note) => note.replace(/\n\n/, '\nanother line\n\n') },
    ];
    for (const checkpoint of checkpoints) {
      const error = refusal(() => verify(withCheckpoint(version, checkpoint)));
      expect([error.finding, error.expected]).toEqual(['log.checkpoint-signature', logName]);
      expect(error.message).toContain('signature of the checkpoint does not verify');
    }
  });

  it('CKP-01 denies a checkpoint with one right and one wrong signature of the log', () => {
    const wrong = (text: string): string => {
      const note = withCheckpoint(version, { text: () => text, signature: flipLast }).bundle;
      return `${String(valueAt(note, `${PROOF}.checkpoint.envelope`)).split('\n\n')[1]}`;
    };
    expect(refusedWith(withCheckpoint(version, { linesAfter: [wrong] }))).toBe('log.checkpoint-signature');
    expect(refusedWith(withCheckpoint(version, { linesBefore: [wrong] }))).toBe('log.checkpoint-signature');
  });

  it('CKP-01 denies a checkpoint that a witness signed, but not the log', () => {
    const onlyWitness = (note: string): string =>
      note
        .split('\n')
        .filter((line) => !line.startsWith(`\u2014 ${logName} `))
        .join('\n');
    const linesAfter = [createWitness().cosign(SIGNED_AT)];
    const error = refusal(() => verify(withCheckpoint(version, { linesAfter, envelope: onlyWitness })));
    expect(error.finding).toBe('log.checkpoint-signature');
    expect(error.message).toContain('no signature with the key id of the log');
  });

  it('CKP-02 denies hashes that are altered, missing, added or out of order', () => {
    const { bundle } = sign(version);
    const hashes = valueAt(bundle, `${PROOF}.hashes`) as string[];
    expect(hashes.length).toBeGreaterThan(1);
    const lists = [
      ...hashes.map((_, index) => hashes.map((hash, other) => (other === index ? flipped(hash) : hash))),
      hashes.slice(1),
      hashes.slice(0, -1),
      [],
      [...hashes, sha256(Buffer.from('more')).toString('base64')],
      [...hashes, hashes.at(-1)],
      hashes.toReversed(),
    ];
    for (const list of lists) {
      const error = refusal(() => verify(changed(bundle, `${PROOF}.hashes`, list)));
      expect([error.finding, error.message]).toEqual([
        'log.inclusion',
        'inclusion proof does not lead to the checkpoint',
      ]);
    }
  });

  it('CKP-02 denies a proof of another leaf, of another place or of an older tree', () => {
    const other = sign(version, { inclusionProof: { leaf: Buffer.from('another leaf') } });
    expect(refusedWith(other)).toBe('log.inclusion');
    const old = sign(version).bundle;
    const newer = valueAt(sign(version).bundle, `${PROOF}.checkpoint`);
    expect(refusedWith(changed(undeclared(old), `${PROOF}.checkpoint`, newer))).toBe('log.inclusion');
    const index = Number(valueAt(old, `${PROOF}.logIndex`));
    for (const wrong of [index - 1, index + 1, 0]) {
      const moved = changed(old, `${PROOF}.logIndex`, String(wrong));
      // Rekor v2 has one index, so both are moved.
      const both = version === 'rekor1' ? moved : changed(moved, `${ENTRY}.logIndex`, String(wrong));
      expect(refusedWith(both)).toBe('log.inclusion');
    }
  });

  it('CKP-02 denies a proof whose checkpoint is genuinely signed over another root or size', () => {
    const { bundle } = withCheckpoint(version, { rootHash: sha256(Buffer.from('another tree')) });
    expect(refusedWith(undeclared(bundle))).toBe('log.inclusion');
    expect(refusedWith(undeclared(withCheckpoint(version, { size: 3n }).bundle))).toBe('log.inclusion');
  });

  it('CKP-02 denies a key hint that is not the log key', () => {
    const error = refusal(() => verify(withCheckpoint(version, { keyHint: Buffer.of(1, 2, 3, 4) })));
    expect(error.finding).toBe('log.checkpoint-signature');
    expect(error.message).toContain('no signature with the key id of the log');
  });

  it('CKP-04 denies a signature under a name that is not exactly the name of the log', () => {
    const names = ['s', logName.slice(0, -1), logName.slice(1), `${logName}.evil`, `evil.${logName}`];
    for (const name of [...names, logName.toUpperCase(), `https://${logName}`, `${logName}/`]) {
      const error = refusal(() => verify(withCheckpoint(version, { name })));
      expect([error.finding, error.expected, error.actual]).toEqual(['log.origin', logName, name]);
    }
  });

  it('CKP-04 denies a checkpoint whose origin is not the name of the log, even when the log signed it', () => {
    const origins = ['s', logName.slice(0, -1), `${logName}.evil`, `evil.${logName}`, logName.toUpperCase()];
    const trees = [' - ', ' - x', ' - 1 ', ' - 1 2', ' -1', '- 1', ' - -1', ' - 1\r', ' - 1.5'];
    for (const origin of [...origins, ...trees.map((tree) => `${logName}${tree}`)]) {
      const error = refusal(() => verify(withCheckpoint(version, { origin })));
      expect([origin, error.finding, error.actual]).toEqual([origin, 'log.origin', origin]);
    }
  });

  it('CKP-07 denies a declared root or size that contradicts the signed checkpoint', () => {
    const { bundle } = sign(version);
    const size = Number(valueAt(bundle, `${PROOF}.treeSize`));
    const lies: [string, unknown][] = [
      ['rootHash', flipped(valueAt(bundle, `${PROOF}.rootHash`))],
      ['rootHash', sha256(Buffer.from('garbage')).toString('base64')],
      ['treeSize', String(size + 1)],
      ['treeSize', String(size - 1)],
      ['treeSize', '0'],
      ['treeSize', '9223372036854775807'],
    ];
    for (const [field, value] of lies) {
      const error = refusal(() => verify(changed(bundle, `${PROOF}.${field}`, value)));
      expect(error.finding).toBe('bundle.inconsistent');
      expect(error.message).toContain('of inclusion proof and checkpoint differ');
    }
  });

  it('CKP-07 accepts a proof that leaves root and size to the checkpoint', () => {
    expect(verify(undeclared(sign(version).bundle)).logEntries).toHaveLength(1);
  });

  it('CKP-08 accepts a checkpoint with cosignatures and further lines', () => {
    const checkpoint: CheckpointOptions = {
      linesBefore: [createWitness('early.local').cosign(SIGNED_AT)],
      linesAfter: [createWitness('late.local').cosign(SIGNED_AT), createWitness(logName).cosign(SIGNED_AT)],
      otherLines: ['Timestamp: 1679349379012118479'],
    };
    expect(verify(withCheckpoint(version, checkpoint)).logEntries).toHaveLength(1);
  });

  it('CKP-08 denies a checkpoint that lacks origin, size, root or every signature', () => {
    const checkpoints: CheckpointOptions[] = [
      { origin: null },
      { origin: '' },
      { size: null },
      { size: '' },
      { rootHash: null },
      { rootHash: '' },
      { text: () => '\n' },
      { envelope: (note) => note.replace(/\n\n.*/s, '\n\n') },
      { envelope: (note) => note.replace(/\n\n.*/s, '\n') },
    ];
    for (const checkpoint of checkpoints) {
      expect(refusedWith(withCheckpoint(version, checkpoint))).toBe('log.checkpoint-malformed');
    }
  });

  it('CKP-09 denies a malformed checkpoint with a refusal of its own', () => {
    const checkpoints: CheckpointOptions[] = [
      { size: '01' },
      { size: '-1' },
      { size: '1e3' },
      { size: '0x10' },
      { size: '1.0' },
      { size: ' 8' },
      { size: '18446744073709551616' },
      { rootHash: Buffer.alloc(31) },
      { rootHash: Buffer.alloc(33) },
      { rootHash: 'not base64!' },
      { rootHash: Buffer.alloc(32).toString('base64url') },
      { envelope: (note) => note.slice(0, -1) },
      { envelope: (note) => `${note}\n` },
      { envelope: (note) => note.replace('\u2014', '-') },
      { envelope: (note) => note.replaceAll('\n', '\r\n') },
      { envelope: (note) => note.replace(/(\u2014 \S+) /, '$1  ') },
      { envelope: (note) => note.replace(/(\u2014 \S+) .*/, '$1 AAAA') },
      { envelope: (note) => note.replace(/(\u2014 \S+) .*/, '$1 AAAAAA==') },
      { envelope: (note) => note.replace(/=*\n$/, '*\n') },
      { envelope: () => '' },
      { envelope: () => '\n\n' },
      { envelope: () => '\u0000' },
    ];
    for (const checkpoint of checkpoints) {
      const error = refusal(() => verify(withCheckpoint(version, checkpoint)));
      expect([JSON.stringify(checkpoint), error.finding]).toEqual([
        JSON.stringify(checkpoint),
        'log.checkpoint-malformed',
      ]);
    }
  });
});

describe('bundle versions and inclusion proofs', () => {
  const MEDIA = 'application/vnd.dev.sigstore.bundle+json;version=';
  const relabelled = (bundle: BundleJson, version: string): BundleJson =>
    changed(bundle, 'mediaType', `${MEDIA}${version}`);
  const asChain = (bundle: BundleJson): BundleJson => {
    const leaf = valueAt(bundle, 'verificationMaterial.certificate');
    const bare = without(bundle, 'verificationMaterial.certificate');
    return changed(bare, 'verificationMaterial.x509CertificateChain', { certificates: [leaf] });
  };

  it.each(['0.2', '0.3'] as const)('CKP-03 denies a bundle v%s without its proof', (version) => {
    const { bundle } = sigstore.signStatement({ version });
    expect(refusedWith(without(bundle, PROOF))).toBe('log.inclusion-missing');
    expect(refusedWith(without(bundle, `${PROOF}.checkpoint`))).toBe('log.inclusion-missing');
  });

  it.each(VERSIONS)('CKP-03 denies a bundle v0.3 that is relabelled to lose its proof (%s)', (profile) => {
    const { bundle } = sign(profile);
    for (const version of ['0.1', '0.2']) {
      const lie = refusal(() => verify(without(relabelled(bundle, version), PROOF)));
      expect([lie.finding, lie.expected, lie.actual]).toEqual([
        'bundle.version-downgrade',
        'x509CertificateChain',
        'certificate',
      ]);
      expect(refusedWith(relabelled(bundle, version))).toBe('bundle.version-downgrade');
    }
  });

  it('CKP-03 denies an entry of Rekor v2 in a bundle v0.1, whose certificate is written as v0.1 does', () => {
    const { bundle } = sign('rekor2');
    const lie = relabelled(asChain(bundle), '0.1');
    expect(refusedWith(without(lie, PROOF))).toBe('bundle.version-downgrade');
    expect(refusedWith(lie)).toBe('bundle.version-downgrade');
    expect(refusedWith(without(lie, `${ENTRY}.kindVersion`))).toBe('bundle.version-downgrade');
  });

  it('CKP-03 denies a chain of certificates in a bundle v0.3', () => {
    expect(refusedWith(asChain(sigstore.signStatement().bundle))).toBe('bundle.version-downgrade');
  });

  it('CKP-03 accepts a bundle v0.1 without a proof only with the promise of the log, and says so', () => {
    const verified = verify(sigstore.signStatement({ version: '0.1' }));
    expect([verified.bundle.version, verified.logEntries[0]?.hasInclusionProof]).toEqual(['0.1', false]);
    const bare = sigstore.signStatement({
      version: '0.1',
      entry: { inclusionPromise: null, integratedTime: null },
    });
    expect(refusedWith(bare)).toBe('log.inclusion-missing');
    const { bundle } = sigstore.signStatement({ version: '0.1' });
    const proven = sigstore.signStatement({ version: '0.1', entry: { inclusionProof: {} } });
    expect(verify(proven).logEntries[0]?.hasInclusionProof).toBe(true);
    expect(refusedWith(without(proven.bundle, `${PROOF}.checkpoint`))).toBe('log.inclusion-missing');
    const promise = `${ENTRY}.inclusionPromise.signedEntryTimestamp`;
    expect(refusedWith(changed(bundle, promise, flipped))).toBe('log.set');
    expect(refusedWith(changed(bundle, `${ENTRY}.logIndex`, '1'))).toBe('log.set');
    const later = (seconds: unknown): string => String(Number(seconds) + 1);
    expect(refusedWith(changed(bundle, `${ENTRY}.integratedTime`, later))).toBe('log.set');
  });

  it('CKP-07 accepts a shard index that differs from the global one in Rekor v1, and denies it in v2', () => {
    const v1 = sign('rekor1').bundle;
    expect(valueAt(v1, `${ENTRY}.logIndex`)).not.toBe(valueAt(v1, `${PROOF}.logIndex`));
    expect(verify(v1).logEntries).toHaveLength(1);
    const v2 = changed(sign('rekor2').bundle, `${ENTRY}.logIndex`, '4163431');
    const error = refusal(() => verify(v2));
    expect([error.finding, error.message]).toEqual([
      'bundle.inconsistent',
      'index of entry and inclusion proof differ',
    ]);
  });
});

describe('the window of a log key', () => {
  const atTsa = (validFor: { start?: Date | string; end?: Date | string }): Parameters<typeof verify>[1] => ({
    root: sigstore.trustedRoot({ rekor2: { validFor }, rekor: { validFor } }),
  });
  const before = new Date(SIGNED_AT.getTime() - 1000);
  const after = new Date(SIGNED_AT.getTime() + 1000);

  it.each(VERSIONS)(
    'CKP-05 denies an entry of a log whose key was valid only in the year 2000 (%s)',
    (profile) => {
      const year2000 = atTsa({ start: '2000-01-01T00:00:00Z', end: '2000-12-31T23:59:59Z' });
      expect(refusedWith(sign(profile), year2000)).toBe('log.key-window');
    },
  );

  it.each(VERSIONS)(
    'CKP-05 denies an entry one second outside the window and accepts one inside (%s)',
    (profile) => {
      expect(refusedWith(sign(profile), atTsa({ end: before }))).toBe('log.key-window');
      expect(refusedWith(sign(profile), atTsa({ start: after }))).toBe('log.key-window');
      expect(verify(sign(profile), atTsa({ start: SIGNED_AT, end: SIGNED_AT })).logEntries).toHaveLength(1);
    },
  );

  it('CKP-05 demands of a log without times that its key was valid at every timestamp', () => {
    const timestamps = [{}, { at: after }];
    const signed = sigstore.signStatement({ profile: 'rekor2', timestamps });
    expect(verify(signed).times).toHaveLength(2);
    expect(refusedWith(signed, atTsa({ end: SIGNED_AT }))).toBe('log.key-window');
  });
});

/** Roots and paths of all trees over a prefix of `leaves`, by the recursive definition, each subtree hashed once. */
function referenceTree(
  leaves: readonly Buffer[],
): (index: number, size: number) => { root: Buffer; path: Buffer[] } {
  const known = new Map<number, Buffer>();
  const splitOf = (size: number): number => 2 ** Math.floor(Math.log2(size - 1));
  const subtree = (start: number, size: number): Buffer => {
    const key = start * 1_000 + size;
    let root = known.get(key);
    if (root === undefined) {
      const split = splitOf(size);
      root =
        size === 1
          ? (leaves[start] ?? Buffer.alloc(0))
          : nodeHash(subtree(start, split), subtree(start + split, size - split));
      known.set(key, root);
    }
    return root;
  };
  const path = (index: number, start: number, size: number): Buffer[] => {
    if (size === 1) return [];
    const split = splitOf(size);
    return index < split
      ? [...path(index, start, split), subtree(start + split, size - split)]
      : [...path(index - split, start + split, size - split), subtree(start, split)];
  };
  return (index, size) => ({ root: subtree(0, size), path: path(index, 0, size) });
}

describe('inclusion proofs against the reference tree', () => {
  const MAX_SIZE = 300;
  const leaves = Array.from({ length: MAX_SIZE }, (_, index) => leafHash(Buffer.from(`leaf ${index}`)));
  const reference = referenceTree(leaves);
  const leadsTo = (
    root: Buffer,
    index: number,
    size: number,
    leaf: Buffer,
    path: readonly Buffer[],
  ): boolean => rootFromInclusionProof(BigInt(index), BigInt(size), leaf, path)?.equals(root) === true;

  it('CKP-06 agree for every index of every size up to 300, and altered ones never do', () => {
    let proofs = 0;
    for (let size = 1; size <= MAX_SIZE; size++) {
      if (size % 50 === 0) expect(reference(0, size).root).toEqual(treeRoot(leaves.slice(0, size)));
      for (let index = 0; index < size; index++) {
        const { root, path } = reference(index, size);
        const leaf = leaves[index] ?? Buffer.alloc(0);
        const altered = path.map((hash, at) => (at === (index + size) % path.length ? flipLast(hash) : hash));
        const wrong = [
          leadsTo(root, index, size, flipLast(leaf), path),
          leadsTo(root, (index + 1) % size, size, leaf, path) && size > 1,
          leadsTo(root, index, size, leaf, [...path, leaf]),
          path.length > 0 && leadsTo(root, index, size, leaf, path.slice(1)),
          path.length > 0 && leadsTo(root, index, size, leaf, path.slice(0, -1)),
          path.length > 0 && leadsTo(root, index, size, leaf, altered),
          leadsTo(root, index, size, leaf, path),
        ];
        if (wrong.join() !== 'false,false,false,false,false,false,true') {
          expect.fail(`index ${index} of ${size}: ${wrong.join()}`);
        }
        proofs++;
      }
    }
    expect(proofs).toBe((MAX_SIZE * (MAX_SIZE + 1)) / 2);
  });

  it('CKP-06 have no root when the index is not below the size', () => {
    const leaf = leaves[0] ?? Buffer.alloc(0);
    for (const [index, size] of [
      [0n, 0n],
      [1n, 1n],
      [5n, 5n],
      [6n, 5n],
      [-1n, 5n],
      [1n << 63n, 1n << 63n],
      [1n << 64n, 1n << 63n],
    ] as const) {
      for (const hashes of [[], [leaf], [leaf, leaf, leaf]]) {
        expect(rootFromInclusionProof(index, size, leaf, hashes)).toBeUndefined();
      }
    }
  });

  it('CKP-06 have no root when the number of hashes does not fit the size', () => {
    const leaf = leaves[0] ?? Buffer.alloc(0);
    const far = Array.from({ length: 64 }, () => leaf);
    expect(rootFromInclusionProof(0n, 1n << 63n, leaf, far.slice(0, 63))).toBeDefined();
    expect(rootFromInclusionProof(0n, 1n << 63n, leaf, far.slice(0, 62))).toBeUndefined();
    expect(rootFromInclusionProof(0n, 1n << 63n, leaf, far)).toBeUndefined();
    // The last leaf of 2^63 + 1 hangs directly below the root.
    expect(rootFromInclusionProof(1n << 63n, (1n << 63n) + 1n, leaf, [leaf])).toBeDefined();
    expect(rootFromInclusionProof(1n << 63n, (1n << 63n) + 1n, leaf, [leaf, leaf])).toBeUndefined();
  });

  it('CKP-06 agree in trees of any size up to 2^63', () => {
    const place = fc.bigInt({ min: 1n, max: 1n << 63n }).chain((size) =>
      fc.record({
        size: fc.constant(size),
        index: fc.oneof(fc.bigInt({ min: 0n, max: size - 1n }), fc.constant(size - 1n), fc.constant(0n)),
        bit: fc.nat(),
      }),
    );
    const leaf = leafHash(Buffer.from('leaf'));
    fc.assert(
      fc.property(place, ({ size, index, bit }) => {
        const { root, hashes } = foldPath(leaf, index, size);
        expect(rootFromInclusionProof(index, size, leaf, hashes)).toEqual(root);
        expect(rootFromInclusionProof(index, size, leaf, [...hashes, root])).toBeUndefined();
        if (hashes.length === 0) return;
        const at = bit % hashes.length;
        const altered = hashes.map((hash, other) => (other === at ? flipLast(hash) : hash));
        expect(rootFromInclusionProof(index, size, leaf, altered)).not.toEqual(root);
        expect(rootFromInclusionProof(index, size, leaf, hashes.toSpliced(at, 1))).not.toEqual(root);
      }),
      { seed: 63, numRuns: 300 },
    );
  });

  it.each([
    [0n, 1n],
    [1n, 2n],
    [(1n << 53n) + 1n, (1n << 53n) + 2n],
    [(1n << 63n) - 3n, (1n << 63n) - 1n],
    [0n, (1n << 63n) - 1n],
  ])('CKP-06 accepts the leaf %d of %d in a whole bundle', (index, size) => {
    const entry = { inclusionProof: { position: { index, size } } };
    expect(verify(sign('rekor2', entry)).logEntries).toHaveLength(1);
  });

  it('CKP-06 denies in a whole bundle what has no place in the tree', () => {
    const empty = sign('rekor2', {
      inclusionProof: { position: { index: 0n, size: 1n } },
      checkpoint: { size: 0n },
    });
    expect(refusedWith(undeclared(empty.bundle))).toBe('log.inclusion');
    const { bundle } = sign('rekor2');
    const size = valueAt(bundle, `${PROOF}.treeSize`);
    for (const index of [size, '9223372036854775807']) {
      const moved = changed(changed(bundle, `${PROOF}.logIndex`, index), `${ENTRY}.logIndex`, index);
      expect(refusedWith(moved)).toBe('log.inclusion');
    }
    for (const index of ['-1', '1.5', '0x1', '01', '99999999999999999999', -1, 1.5]) {
      expect(refusedWith(changed(bundle, `${PROOF}.logIndex`, index))).toBe('bundle.malformed');
    }
  });
});

describe('checkpoints of a stranger', () => {
  const [log] = [...parseRoot(sigstore.trustedRoot({ rekor: null })).logs.values()] as [Log];
  const good = String(valueAt(sign('rekor2').bundle, `${PROOF}.checkpoint.envelope`));
  const CODES = /^log\.(checkpoint-malformed|checkpoint-signature|origin)$|^limit\.bundle$/;

  it('are accepted when they are the log’s own', () => {
    const checkpoint: Checkpoint = verifyCheckpoint(good, log);
    expect(checkpoint.origin).toBe(sigstore.rekor2.origin);
  });

  it('CKP-09 are refused with a typed code, whatever the text is', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' })), (note) => {
        expect(refusal(() => verifyCheckpoint(note, log)).finding).toMatch(CODES);
      }),
      { seed: 9, numRuns: 300 },
    );
  });

  it('CKP-09 are refused with a typed code wherever a good one is cut, doubled or altered', () => {
    const at = fc.nat({ max: good.length - 1 });
    const mutants = fc.oneof(
      at.map((cut) => good.slice(0, cut)),
      fc
        .tuple(at, fc.string({ minLength: 1, maxLength: 3 }))
        .map(([i, text]) => good.slice(0, i) + text + good.slice(i)),
      fc
        .tuple(at, fc.string({ minLength: 1, maxLength: 1 }))
        .map(([i, c]) => good.slice(0, i) + c + good.slice(i + 1)),
    );
    fc.assert(
      fc.property(mutants, (note) => {
        if (note === good) return;
        expect(refusal(() => verifyCheckpoint(note, log)).finding).toMatch(CODES);
      }),
      { seed: 9, numRuns: 500 },
    );
  });
});
