import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readOciLayout } from '../../src/adapters/attestations/oci-layout/index.ts';
import { parseAttestations } from '../../src/core/attestation/parse.ts';
import type { ParsedBundle } from '../../src/core/model/bundle.ts';
import type { CollectedAttestation } from '../../src/core/ports.ts';
import { verifyPrehash } from '../../src/core/verify/prehash.ts';
import { parsePublicKey, parsePublicKeyPem } from '../../src/core/verify/public-key.ts';
import { UNREADABLE_FORMS, verifyBoth } from '../../src/core/verify/second-opinion.ts';
import type { ArtifactInput } from '../../src/core/verify/signature.ts';
import type { Thresholds } from '../../src/core/verify/thresholds.ts';
import { parseTrustedRoot } from '../../src/core/verify/trusted-root.ts';
import {
  type BundleVerification,
  type TrustedKey,
  type TrustMaterial,
  verifyBundle,
} from '../../src/core/verify/verify-bundle.ts';
import { SlsaGateError } from '../../src/errors.ts';

/** Both verifiers over every good bundle of the corpus, whatever it came in. */
const CORPUS = join(import.meta.dirname, '../../../shared/corpus');
/** Later than everything in the corpus: a bundle from the future would be refused before both are compared. */
const NOW_MS = Date.parse('2035-01-01T00:00:00Z');
/** These are no Sigstore bundles, or nothing verifies their signatures. */
const OTHER_KINDS = new Set(['gcb', 'vsa', 'dsse', 'tuf']);

interface Case {
  readonly id: string;
  readonly kind: string;
  readonly bundle: string | null;
  readonly artifact: string | null;
  readonly artifactDigest?: ArtifactInput['digests'];
  readonly trustedRoot: string;
  /** The outcome is that client's: others refuse for good reasons. */
  readonly clientSpecific?: unknown;
  /** Its time is in the log alone, so offline there is no bundle to verify. */
  readonly needsRekor?: boolean;
  readonly expect: 'pass' | 'fail';
  readonly options?: {
    readonly publicKey?: string;
    readonly artifactInput?: 'path' | 'digest';
    readonly requireTlog?: boolean;
    readonly requireSct?: boolean;
    readonly requireTimestamp?: boolean;
  };
}

interface NpmKeys {
  readonly keys: readonly {
    readonly keyId: string;
    readonly keyUsage: string;
    readonly publicKey: { readonly rawBytes: string; readonly validFor: { start: string; end?: string } };
  }[];
}

const isHere = existsSync(join(CORPUS, 'manifest.jsonl'));
if (!isHere) console.warn('SKIPPED: no ../shared/corpus, so the second opinion on real bundles is not asked');

const read = (path: string): Buffer => readFileSync(join(CORPUS, path));

function npmKeys(): TrustedKey[] {
  const { keys } = JSON.parse(read('trust/npm/keys.json').toString()) as NpmKeys;
  return keys
    .filter(({ keyUsage }) => keyUsage === 'npm:attestations')
    .map(({ keyId, publicKey: { rawBytes, validFor } }) => ({
      id: keyId,
      key: parsePublicKey(Buffer.from(rawBytes, 'base64'), 'key.unknown'),
      window: {
        start: Date.parse(validFor.start),
        end: validFor.end === undefined ? Number.POSITIVE_INFINITY : Date.parse(validFor.end),
      },
    }));
}

const keyOf = (path: string): TrustedKey => ({
  id: undefined,
  key: parsePublicKeyPem(read(path).toString(), 'key.unknown'),
  window: undefined,
});

function trustOf({ trustedRoot, options = {} }: Case): TrustMaterial {
  const key = trustedRoot.startsWith('key:') ? trustedRoot.slice('key:'.length) : options.publicKey;
  const keys = key !== undefined ? [keyOf(key)] : trustedRoot === 'public-good+npm' ? npmKeys() : [];
  if (trustedRoot.startsWith('key:')) return { roots: [], keys };
  const shipped = trustedRoot.replace('+npm', '');
  const path = shipped.includes('/') ? shipped : `trust/${shipped}.trusted_root.json`;
  return { roots: [parseTrustedRoot(read(path), shipped)], keys };
}

function artifactOf({ artifact, artifactDigest = {}, options = {}, kind }: Case): ArtifactInput {
  if (artifact === null || kind === 'oci-layout' || options.artifactInput === 'digest') {
    return { digests: artifactDigest };
  }
  const bytes = read(artifact);
  const hex = (name: string): string => createHash(name).update(bytes).digest('hex');
  return { bytes, digests: { sha256: hex('sha256'), sha384: hex('sha384'), sha512: hex('sha512') } };
}

function droppedBy({ options = {} }: Case): (keyof Thresholds)[] {
  const { requireTlog, requireSct, requireTimestamp } = options;
  return [
    ...(requireTlog === false ? (['log'] as const) : []),
    ...(requireSct === false ? (['sct'] as const) : []),
    ...(requireTimestamp === false || (requireTlog === false && options.publicKey !== undefined)
      ? (['tsa', 'time'] as const)
      : []),
  ];
}

async function collect({ bundle, artifact, kind }: Case): Promise<readonly CollectedAttestation[]> {
  if (kind === 'oci-layout')
    return (await readOciLayout(join(CORPUS, artifact ?? ''))).collected.attestations;
  return bundle === null ? [] : [{ bytes: read(bundle), source: bundle }];
}

/** The bundles of a case; what does not parse is not the business of two verifiers. */
async function bundlesOf(one: Case): Promise<ParsedBundle[]> {
  return parseAttestations(await collect(one)).flatMap(({ parsed }) =>
    parsed instanceof SlsaGateError || parsed.kind !== 'bundle' ? [] : [parsed.bundle],
  );
}

const answerOf = (verify: typeof verifyBundle, request: BundleVerification): string => {
  try {
    const { secondOpinion } = verify(request);
    if (secondOpinion === undefined) return 'accepted by strict alone';
    return secondOpinion === 'agrees' ? secondOpinion : `exempt: ${secondOpinion.exempt}`;
  } catch (error) {
    if (error instanceof SlsaGateError) return `${error.finding}: ${error.actual}`;
    throw error;
  }
};

describe.skipIf(!isHere)('every good bundle of the corpus that the strict verifier accepts', () => {
  it('is accepted by the second verifier too, or is of a form on the list', async () => {
    const cases = read('manifest.jsonl')
      .toString()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Case)
      .filter(({ kind, expect: wanted }) => wanted === 'pass' && !OTHER_KINDS.has(kind));
    /** Whether the strict verifier accepted it, by what it is and what it is verified with. */
    const seen = new Map<string, boolean>();
    const counts = new Map<string, number>();
    const disagreements: string[] = [];
    /** Not compared, because the strict verifier (or its root) refused first: told, so that none goes missing unseen. */
    const notCompared: { readonly one: Case; readonly why: string }[] = [];
    const trusts = new Map<string, TrustMaterial | undefined>();
    for (const one of cases) {
      const trustName = `${one.trustedRoot} ${one.options?.publicKey}`;
      if (!trusts.has(trustName)) {
        try {
          trusts.set(trustName, trustOf(one));
        } catch (error) {
          // Roots that we refuse as a whole.
          if (!(error instanceof SlsaGateError)) throw error;
          trusts.set(trustName, undefined);
        }
      }
      const trust = trusts.get(trustName);
      if (trust === undefined) {
        notCompared.push({ one, why: 'root' });
        continue;
      }
      // One good attestation of several makes a case good.
      let compared = false;
      let why = 'no bundle';
      for (const bundle of await bundlesOf(one)) {
        const dropped = droppedBy(one);
        const key = [
          JSON.stringify(bundle.json),
          trustName,
          one.artifact,
          one.options?.artifactInput,
          dropped,
        ];
        const id = createHash('sha256').update(key.join('\n')).digest('hex');
        const before = seen.get(id);
        if (before !== undefined) {
          compared ||= before;
          continue;
        }
        const request: BundleVerification = {
          bundle,
          trust,
          artifact: artifactOf(one),
          thresholds: { unsafeDrop: dropped },
          nowMs: NOW_MS,
          verifyPrehash,
        };
        const strict = answerOf(verifyBundle, request);
        const accepted = strict === 'accepted by strict alone';
        seen.set(id, accepted);
        if (!accepted) {
          why = strict;
          continue;
        }
        compared = true;
        const answer = answerOf(verifyBoth, request);
        counts.set(answer, (counts.get(answer) ?? 0) + 1);
        if (answer !== 'agrees' && !answer.startsWith('exempt: ')) disagreements.push(`${one.id} ${answer}`);
      }
      if (!compared) notCompared.push({ one, why });
    }
    const told = notCompared
      .filter(({ one }) => one.needsRekor !== true)
      .map(({ one, why }) => `${one.id} ${why}`);
    console.info('second opinion:', Object.fromEntries(counts), 'not compared:', told);
    expect(disagreements).toEqual([]);
    const unexplained = notCompared.filter(
      ({ one }) => one.needsRekor !== true && one.clientSpecific === undefined,
    );
    expect(unexplained.map(({ one, why }) => `${one.id} ${why}`)).toEqual([]);
    expect(counts.get('agrees')).toBeGreaterThanOrEqual(300);
    const listed = UNREADABLE_FORMS.map(({ id }) => id).join('|');
    for (const answer of counts.keys()) {
      expect(answer).toMatch(new RegExp(`^(?:agrees|exempt: (?:${listed})(?:, (?:${listed}))*)$`));
    }
  });
});
