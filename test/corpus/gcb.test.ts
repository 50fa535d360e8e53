import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decideGcbOnly } from '../../corpus/gcb-only.ts';
import { loadShippedCloudBuildKeys } from '../../src/adapters/trust/gcb-keys.ts';
import type { VerifiedAttestation } from '../../src/core/attestation/verify.ts';
import { CATALOGUE } from '../../src/core/catalogue/builders.ts';
import {
  type CloudBuildKeys,
  interpretCloudBuild,
  parseCloudBuild,
  parseCloudBuildKeys,
  type VerifiedCloudBuild,
  verifyCloudBuild,
} from '../../src/core/gcb/index.ts';
import { parseExpectedBuilderId } from '../../src/core/model/builder-id.ts';
import { type ArtifactDigests, compareDigests } from '../../src/core/model/digest.ts';
import type { Expectations } from '../../src/core/model/expectations.ts';
import type { Provenance } from '../../src/core/model/provenance.ts';
import { parseSourceUri } from '../../src/core/model/source-uri.ts';
import { builderId } from '../../src/core/rules/builder-id.ts';
import type { Interpreted } from '../../src/core/rules/rule.ts';
import { sourceBranch } from '../../src/core/rules/source-branch.ts';
import { sourceTag } from '../../src/core/rules/source-tag.ts';
import { sourceUri } from '../../src/core/rules/source-uri.ts';
import { sourceVersionedTag } from '../../src/core/rules/source-versioned-tag.ts';
import { refuse, SlsaGateError } from '../../src/errors.ts';

const ROOT = resolve(dirname(import.meta.filename), '../..');
const CORPUS = resolve(ROOT, '../shared/corpus');

interface Case {
  readonly id: string;
  readonly kind: string;
  readonly bundle: string;
  readonly expect: 'pass' | 'fail';
  readonly layer?: string;
  readonly expectReason?: string;
  readonly options?: Readonly<Record<string, string>>;
  readonly artifactDigest?: Readonly<Record<string, string>>;
  readonly only?: string;
  readonly clientSpecific?: unknown;
}

/** Families of codes that name the reason of a layer. */
const FAMILIES: Readonly<Record<string, RegExp>> = {
  crypto: /^(?:gcb\.signature|json\.malformed|dsse\.)/,
  format: /^(?:gcb\.malformed|json\.malformed|dsse\.)/,
  identity: /^builder\./,
  policy: /^(?:builder|source|gcb\.text-mismatch)/,
  subject: /^(?:subject\.|gcb\.summary)/,
};

type Answer = { readonly accepted: boolean; readonly code: string | null };

/** As a caller who names builder, source and image: one provenance of the document that meets all is enough. */
function decideWhole(bytes: Uint8Array, keys: CloudBuildKeys, wanted: Case): Answer {
  const options = wanted.options ?? {};
  const artifact: ArtifactDigests = wanted.artifactDigest ?? {};
  const codes: string[] = [];
  try {
    for (const provenance of parseCloudBuild(bytes).provenances) {
      try {
        const verified = verifyCloudBuild(provenance, keys);
        const subjects = verified.signed.statement.subjects;
        if (!subjects.some(({ digest }) => compareDigests(digest, artifact) === 'match')) {
          refuse('subject.mismatch', 'the image is no subject');
        }
        checkExpectations(interpretCloudBuild(verified, artifact), verified, options);
        return { accepted: true, code: null };
      } catch (error) {
        codes.push(codeOf(error));
      }
    }
  } catch (error) {
    codes.push(codeOf(error));
  }
  return { accepted: false, code: codes[0] ?? null };
}

function codeOf(error: unknown): string {
  if (error instanceof SlsaGateError) return error.finding;
  throw error;
}

/** The rules over the one provenance model, as whole verifications ask them. */
function checkExpectations(
  provenance: Provenance,
  verified: VerifiedCloudBuild,
  options: Readonly<Record<string, string>>,
): void {
  const { sourceUri: source, branch, tag, versionedTag } = options;
  const builder = parseExpectedBuilderId(options.builderId ?? '');
  if (builder === undefined || source === undefined)
    throw new Error('the case names no builder or no source');
  const expectations: Expectations = {
    signer: { kind: 'builder' },
    subject: { kind: 'unbound' },
    predicateType: 'provenance',
    meaning: 'predicate',
    allowBuilderRefUnsafe: false,
    builder,
    source: parseSourceUri(source),
    ...(branch === undefined ? {} : { sourceBranch: `refs/heads/${branch}` }),
    ...(tag === undefined ? {} : { sourceTag: `refs/tags/${tag}` }),
    ...(versionedTag === undefined ? {} : { sourceVersionedTag: versionedTag }),
  };
  const { statement } = verified.signed;
  const subject: Interpreted = {
    verified: toAttestation(verified),
    statement,
    nowMs: 0,
    digest: '',
    logged: [],
    facts: provenance,
    provenance,
    summary: undefined,
    catalogue: CATALOGUE,
  };
  for (const rule of [builderId, sourceUri, sourceBranch, sourceTag, sourceVersionedTag]) {
    if (rule.expected(expectations, undefined) === undefined) continue;
    const check = rule.check(subject, expectations);
    if (!check.holds) refuse(check.code, check.message);
  }
}

const toAttestation = (verified: VerifiedCloudBuild): VerifiedAttestation => ({
  signer: { kind: 'cloud-build', verified },
  keyid: '',
  content: {
    kind: 'dsse',
    payload: verified.payload,
    payloadType: verified.provenance.envelope.payloadType,
  },
  bundle: undefined,
  bundleVersion: undefined,
  notBeforeMs: undefined,
  seenByMs: undefined,
  isRegistrySigned: false,
  isPypi: false,
  claimedPredicateType: undefined,
  npmPublish: undefined,
});

const cases: readonly Case[] = existsSync(join(CORPUS, 'manifest.jsonl'))
  ? readFileSync(join(CORPUS, 'manifest.jsonl'), 'utf8')
      .split('\n')
      .filter((line) => line.includes('"kind":"gcb"'))
      .map((line) => JSON.parse(line) as Case)
      .filter(({ clientSpecific }) => clientSpecific === undefined)
  : [];
if (cases.length === 0) console.warn('skipped: no corpus beside the repository (../shared/corpus)');

describe.skipIf(cases.length === 0)('Cloud Build cases of the corpus', async () => {
  const keys = parseCloudBuildKeys(await loadShippedCloudBuildKeys(ROOT));

  it('are all there', () => {
    expect(cases.length).toBeGreaterThanOrEqual(126);
  });

  it.each(cases.map((wanted) => [wanted.id, wanted] as const))('%s is decided as stated', (_, wanted) => {
    const bytes = readFileSync(join(CORPUS, wanted.bundle));
    const answer =
      wanted.only === undefined
        ? decideWhole(bytes, keys, wanted)
        : decideGcbOnly({ ...wanted, only: wanted.only }, bytes, keys);
    expect(answer, wanted.expectReason).toEqual({
      accepted: wanted.expect === 'pass',
      code:
        wanted.expect === 'pass'
          ? null
          : expect.stringMatching(FAMILIES[wanted.layer ?? ''] ?? /^no family for this layer$/),
    });
  });
});
