import { toExpectations } from '../../src/app/expectations.ts';
import type { ExpectationInput, WeakeningInput } from '../../src/app/requests.ts';
import {
  type AttestationCheck,
  type CheckContext,
  checkAttestation,
} from '../../src/core/attestation/check.ts';
import { parseAttestations } from '../../src/core/attestation/parse.ts';
import { CATALOGUE } from '../../src/core/catalogue/builders.ts';
import type { Catalogue } from '../../src/core/catalogue/catalogue.ts';
import { type Decision, decide } from '../../src/core/decide.ts';
import type { Expectations } from '../../src/core/model/expectations.ts';
import type { Finding, RuleId } from '../../src/core/model/finding.ts';
import { anchoredPattern } from '../../src/core/model/pattern.ts';
import type { CollectedAttestation } from '../../src/core/ports.ts';
import { verifyPrehash } from '../../src/core/verify/prehash.ts';
import { GITHUB_THRESHOLDS } from '../../src/core/verify/thresholds.ts';
import type { TrustedRoot } from '../../src/core/verify/trusted-root.ts';
import { verifyBundle } from '../../src/core/verify/verify-bundle.ts';
import { hash, sha256 } from '../kit/keys.ts';
import { ARTIFACT, createGithubSigstore, SIGNED_AT, type Sigstore } from '../kit/sigstore.ts';
import { parseRoot, sigstore, type Verifiable } from './verify.ts';

/** Signs like GitHub's own instance; {@link sigstore} is the one like public-good. Both are trusted by default. */
export const github = createGithubSigstore();

const anchorOf = ({ ca }: Sigstore): string => `sha256:${sha256(ca.root.certificate.der).toString('hex')}`;

/** The built-in rows, for the two instances of the kit. */
export const KIT_CATALOGUE: Catalogue = {
  ...CATALOGUE,
  anchors: { 'public-good': [anchorOf(sigstore)], github: [anchorOf(github)] },
};

/** A profile goes by the digests of the CAs, which the kit cannot have: it is given by hand. */
const githubRoot: TrustedRoot = { ...parseRoot(github.trustedRoot()), thresholds: GITHUB_THRESHOLDS };

/** The roots of both instances. */
export const KIT_ROOTS: readonly TrustedRoot[] = [parseRoot(sigstore.trustedRoot()), githubRoot];

/** An attestation of the kit, any JSON, the very text, or what a source found, with its annotations and labels. */
export type Attested =
  | Verifiable
  | { readonly json: unknown }
  | (Omit<CollectedAttestation, 'source'> & { readonly source?: string });

export interface DecideOptions {
  /** One or several; `[]` when nothing was found. */
  readonly signed: Attested | readonly Attested[];
  /** {@link ARTIFACT} by default. */
  readonly artifact?: Buffer;
  /** What is expected, as the flags of `verify` say it. */
  readonly flags?: Partial<ExpectationInput>;
  /** Replaces single expectations afterwards; for those that no flag gives. */
  readonly expectations?: Partial<Expectations>;
  readonly weakening?: Partial<WeakeningInput>;
  /** Replaces what everything is verified with: keys, roots, catalogue, thresholds, verifier, time. */
  readonly context?: Partial<CheckContext>;
}

export interface Decided extends Decision {
  /** Every attestation that was looked at. */
  readonly checks: readonly AttestationCheck[];
  /** The finding of a rule; throws when the rule was not asked, or answered twice. */
  finding(rule: RuleId): Finding;
  /** What disproves or prevents, without the rules that could not be asked on its account. */
  readonly faults: readonly Fault[];
}

export type Fault = Pick<Finding, 'rule' | 'code' | 'expected' | 'actual'>;

/** Decides as `verify` does, from the bytes of the attestations on; the strict verifier alone. */
export function decideWith(options: DecideOptions): Decided {
  const { signed, artifact = ARTIFACT, weakening, context } = options;
  const list = Array.isArray(signed) ? (signed as readonly Attested[]) : [signed as Attested];
  const digests = {
    sha256: hash('sha256', artifact).toString('hex'),
    sha384: hash('sha384', artifact).toString('hex'),
    sha512: hash('sha512', artifact).toString('hex'),
  };
  const expectations: Expectations = {
    ...expectationsOf(options.flags, weakening),
    subject: { kind: 'artifact', digests },
    ...options.expectations,
  };
  const checks = parseAttestations(list.map(toCollected)).map((found) =>
    checkAttestation(found, { bytes: artifact, digests }, expectations, { ...CONTEXT, ...context }),
  );
  const decision = decide(checks);
  return { ...decision, checks, finding: (rule) => findingOf(decision, rule), faults: faultsOf(decision) };
}

const CONTEXT: CheckContext = {
  verifyBundle,
  trust: { roots: KIT_ROOTS, keys: [] },
  npmKeys: [],
  cloudBuildKeys: new Map(),
  thresholds: {},
  verifyPrehash,
  nowMs: SIGNED_AT.getTime() + 3_600_000,
  catalogue: KIT_CATALOGUE,
};

/** The expectations that flags mean; see {@link toExpectations} for what it refuses. */
export function expectationsOf(
  flags: Partial<ExpectationInput> = {},
  weakening: Partial<WeakeningInput> = {},
): Omit<Expectations, 'subject'> {
  return toExpectations(
    { buildWorkflowInputs: [], summary: { verifiedLevels: [] }, ...flags },
    {
      weakening: {
        withoutTlogUnsafe: false,
        withoutSctUnsafe: false,
        withoutTimestampUnsafe: false,
        allowBuilderRefUnsafe: false,
        ...weakening,
      },
    },
    anchoredPattern,
  );
}

function toCollected(attested: Attested, index: number): CollectedAttestation {
  const source = `test#${index}`;
  if (typeof attested === 'string') return { bytes: Buffer.from(attested), source };
  if ('bytes' in attested) return { source, ...attested };
  if ('json' in attested) return { bytes: Buffer.from(JSON.stringify(attested.json)), source };
  const text = 'bundle' in attested ? attested.text() : JSON.stringify(attested);
  return { bytes: Buffer.from(text), source };
}

function findingOf({ findings }: Decision, rule: RuleId): Finding {
  const [found, second] = findings.filter((finding) => finding.rule === rule);
  if (found === undefined) throw new Error(`rule was not asked: ${rule}`);
  if (second !== undefined) throw new Error(`rule answered twice: ${rule}`);
  return found;
}

const faultsOf = ({ findings }: Decision): readonly Fault[] =>
  findings
    .filter(({ outcome }) => outcome === 'fail' || outcome === 'error')
    .map(({ rule, code, expected, actual }) => ({ rule, code, expected, actual }));
