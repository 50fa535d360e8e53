import { attempt } from '../../errors.ts';
import type { Sha256Hex } from '../model/evidence.ts';
import { CLOCK_FACT, LOG_WITNESS_FACT } from '../model/fact.ts';
import type { Finding } from '../model/finding.ts';
import { isJsonObject, type Json, parseJsonText } from '../model/json.ts';
import type { LogLookup } from '../ports.ts';
import { canonicalDigest } from './canonical.ts';
import type { DecisionInputs, DecisionOutcome } from './record.ts';

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Order says nothing: neither that of sources, nor that of attestations. */
const sorted = (items: readonly Json[]): Json[] =>
  items
    .map((item) => [JSON.stringify(item), item] as const)
    .sort(([a], [b]) => compareText(a, b))
    .map(([, item]) => item);

const toLookup = ({ searched, entry }: LogLookup): Json => ({
  searched: [...searched].sort(compareText),
  entry: entry === undefined ? null : toLasting(entry),
});

/** A log signs an entry anew whenever it is asked, and proves it in a tree that has grown; what it says of it lasts. */
function toLasting(entry: string): Json {
  const parsed = attempt(() => parseJsonText(entry, 'log entry'));
  if ('error' in parsed || !isJsonObject(parsed.value)) return entry;
  const { inclusionPromise, inclusionProof, ...lasting } = parsed.value;
  return lasting;
}

/** Clocks and signed heads of logs are others whenever they are read; what they say stands in the findings. */
const isOfContent = ({ name }: { readonly name: string }): boolean =>
  name !== CLOCK_FACT && !name.startsWith(LOG_WITNESS_FACT);

/** What a finding decides; its texts may speak of the clock. */
const toEssence = ({ rule, code, outcome, required, weakened, evidence }: Finding): Json => ({
  rule,
  code,
  outcome,
  required,
  weakened: weakened ?? null,
  evidence: evidence.map(({ kind, digest }) => `${kind} ${digest}`).sort(compareText),
});

/**
 * One digest for one decision: over everything that was decided on and what came out, without clock, record id and the
 * names of files. Whoever decides again on the same material gets the same digest, whenever and wherever that is.
 *
 * ```ts
 * decisionDigest(inputs, outcome); // 64 hex digits: SHA-256 of canonical JSON (RFC 8785)
 * ```
 */
export function decisionDigest(inputs: DecisionInputs, outcome: DecisionOutcome): Sha256Hex {
  const { artifact, policy, catalogue, trust, keys, candidates, sources, logged, facts, denials, ...plain } =
    inputs;
  return canonicalDigest({
    v: 1,
    ...plain,
    artifact: { digests: artifact.digests, fileName: artifact.fileName },
    policy: {
      name: policy.name,
      digest: policy.digest,
      pinnedBy: policy.pinnedBy,
      checkout: policy.checkout,
      inPipeline: policy.inPipeline,
    },
    catalogue: catalogue.digest,
    trust: sorted(trust.map(({ name, digest }) => ({ name, digest }))),
    keys: sorted(keys.map(({ name, digest }) => ({ name, digest }))),
    candidates: sorted(
      candidates.map(({ digest, claimedPredicateType, mediaType, annotations, lookup }) => ({
        digest,
        claimedPredicateType: claimedPredicateType ?? null,
        mediaType: mediaType ?? null,
        annotations: annotations ?? null,
        // Digests of records from before such look-ups stay what they are.
        ...(lookup === undefined ? {} : { lookup: toLookup(lookup) }),
      })),
    ),
    sources: sorted(sources.map(({ name, answer }) => ({ name, answer }))),
    logged: sorted(logged.map(({ leaf, proof }) => ({ leaf, proof }))),
    facts: sorted(facts.filter(isOfContent).map(({ name, digest }) => ({ name, digest }))),
    denials: sorted(denials.map(({ recordId, lifted }) => ({ recordId, lifted }))),
    // The same decision for the next release of the repository is another decision: no time stands here.
    asOf: null,
    outcome: {
      verdict: outcome.verdict,
      slsaBuildLevel: outcome.slsaBuildLevel,
      findings: sorted(outcome.findings.map(toEssence)),
    },
  });
}
