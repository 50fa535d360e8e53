import { createPrivateKey, createPublicKey, sign } from 'node:crypto';
import canonicalize from 'canonicalize';
import {
  parseCheckpoint,
  parseCheckpointKey,
  toVkey,
  verifyCheckpoint,
} from '../../src/core/log/checkpoint.ts';
import { TreeEdge } from '../../src/core/log/edge.ts';
import { encodeLeaf, parseLeaf } from '../../src/core/log/leaf.ts';
import { leafHash } from '../../src/core/log/merkle.ts';
import { formatProof, parseProof, verifyProof } from '../../src/core/log/proof.ts';
import { toRecordId } from '../../src/core/log/record-id.ts';
import { noteLine } from '../../test/kit/signed-note.ts';
import { mutateText, splice } from '../mutate.ts';
import type { Random } from '../random.ts';
import { assert, attempt, type FuzzTarget, joinAnswers } from '../target.ts';

const ORIGIN = 'example.com/fuzz';
const SIZE = 300;
/** Heads that are signed; the last one has the proofs. */
const HEADS = [1, 2, 255, 256, 257, SIZE];

/** One key in every run, so that inputs that were kept stay what they were. */
const PRIVATE_KEY = createPrivateKey({
  key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, 7)]),
  format: 'der',
  type: 'pkcs8',
});

function leafAt(index: number): string {
  const digest = (text: string): string => leafHash(Buffer.from(`${text} ${index}`)).toString('hex');
  const common = {
    v: 1,
    recordId: toRecordId(new Date(Date.UTC(2026, 0, 1) + index), Buffer.alloc(10, index)),
    salt: digest('salt').slice(0, 32),
    appendTime: new Date(Date.UTC(2026, 0, 1) + index).toISOString(),
  } as const;
  if (index === 0) {
    const keys = { checkpointKeys: [digest('checkpoint')], recordKeys: [digest('record')] };
    return encodeLeaf({ ...common, type: 'genesis', origin: ORIGIN, ...keys });
  }
  return encodeLeaf({
    ...common,
    type: index % 7 === 0 ? 'override' : 'decision',
    recordDigest: digest('record'),
    decisionDigest: index % 7 === 0 ? null : digest('decision'),
    vsaDigest: index % 3 === 0 ? null : digest('vsa'),
  });
}

/**
 * F14: what a log exports, read back: leaves, checkpoints, proofs. Whatever is accepted has one spelling; a checkpoint that
 * verifies is one that was signed, and a proof that verifies is about its own leaf.
 */
export function evidenceLogTarget(): FuzzTarget {
  const key = parseCheckpointKey(
    toVkey(ORIGIN, createPublicKey(PRIVATE_KEY).export({ type: 'spki', format: 'der' })),
  );
  const trust = { origin: ORIGIN, keys: [key] };
  const leaves = Array.from({ length: SIZE }, (_, index) => leafAt(index));
  const edge = TreeEdge.empty();
  const notes: string[] = [];
  for (const leaf of leaves) {
    edge.append(leafHash(Buffer.from(leaf)));
    if (!HEADS.includes(edge.size)) continue;
    const body = `${ORIGIN}\n${edge.size}\n${edge.rootHash().toString('base64')}\n`;
    notes.push(`${body}\n${noteLine(ORIGIN, key.keyId, sign(null, Buffer.from(body), PRIVATE_KEY))}`);
  }
  const bodyOf = (note: string): string => note.slice(0, note.indexOf('\n\n') + 1);
  const signed = new Set(notes.map(bodyOf));
  const checkpoint = notes.at(-1) ?? '';
  const proofs = leaves.map((_, index) => formatProof({ index, hashes: edge.inclusion(index), checkpoint }));
  const seeds = [leaves, notes, proofs];

  /** Takes, repeats or swaps whole lines, which leaves each of them as it should be. */
  const mutateLines = (text: string, other: string, random: Random): string => {
    const lines = text.split('\n');
    const at = random.below(lines.length);
    const taken = random.below(3);
    const put = random.oneIn(2) ? other.split('\n') : lines;
    const from = random.below(put.length);
    lines.splice(at, taken, ...put.slice(from, from + random.below(4)));
    return lines.join('\n');
  };

  const readLeaf = (text: string): string => {
    const read = attempt(() => parseLeaf(text));
    if ('refused' in read) return read.refused;
    assert(canonicalize(JSON.parse(text)) === text, 'accepted a leaf in another spelling');
    return 'accepted';
  };
  const readCheckpoint = (text: string): string => {
    const read = attempt(() => parseCheckpoint(text));
    const verified = attempt(() => verifyCheckpoint(text, trust));
    if ('refused' in verified) return verified.refused;
    assert('value' in read && signed.has(read.value.body), 'accepted a head that nobody signed');
    assert(text.startsWith(`${read.value.body}\n`), 'read something else than the text says');
    return 'accepted';
  };
  const readProof = (text: string): string => {
    const read = attempt(() => parseProof(text));
    if ('refused' in read) return read.refused;
    assert(formatProof(read.value) === text, 'accepted a proof in another spelling');
    const { index } = read.value;
    const leaf = leaves[index] ?? checkpoint;
    const other = leaves[(index + 1) % SIZE] ?? checkpoint;
    assert('refused' in attempt(() => verifyProof(text, other, trust)), 'proved another leaf');
    const verified = attempt(() => verifyProof(text, leaf, trust));
    if ('refused' in verified) return verified.refused;
    const { hashes } = parseProof(proofs[index] ?? '');
    const isOwn = Buffer.concat([...read.value.hashes]).equals(Buffer.concat([...hashes]));
    assert(index < SIZE && (isOwn || verified.value.head.size !== SIZE), 'proved a leaf by other hashes');
    return 'accepted';
  };

  return {
    id: 'F14',
    title: 'leaves, checkpoints and proofs of an evidence log',
    draw(random) {
      const kind = random.pick(seeds);
      const [text, other] = [random.pick(kind), random.pick(random.oneIn(4) ? random.pick(seeds) : kind)];
      if (random.oneIn(4)) return splice(Buffer.from(text), Buffer.from(other), random);
      if (random.oneIn(3)) return Buffer.from(mutateLines(text, other, random));
      return random.oneIn(20) ? Buffer.from(text) : Buffer.from(mutateText(text, random));
    },
    check(input) {
      const text = input.toString('utf8');
      return joinAnswers([readLeaf(text), readCheckpoint(text), readProof(text)]);
    },
  };
}
