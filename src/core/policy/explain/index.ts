import { findEnvironment } from '../environment.ts';
import { matchingPackages, toRequirements } from '../requirements.ts';
import type { Policy, PolicyException, PolicyPackage } from '../schema.ts';
import { explainEnvironment } from './environment.ts';
import { explainPackage } from './package.ts';
import { key, pattern, type Sentence, say, sayIf } from './phrases.ts';

export type { Sentence } from './phrases.ts';

export interface ExplainOptions {
  /** Name or alias; all environments when absent. */
  readonly environment?: string;
  /** As patterns of `package` are matched with: a purl without version; all entries when absent. */
  readonly packageName?: string;
  /** Exceptions that ended before are told as such. Milliseconds since 1970. */
  readonly nowMs: number;
}

export interface ExplainedPolicy {
  readonly about: readonly Sentence[];
  /** What each entry demands of what it is about; all of them that match apply. */
  readonly packages: readonly { readonly package: string; readonly sentences: readonly Sentence[] }[];
  readonly environments: readonly { readonly environment: string; readonly sentences: readonly Sentence[] }[];
}

/**
 * Says in sentences what must be true, and where the policy says so. What holds whatever a policy says (signatures, the
 * digest of the artifact) is not repeated.
 *
 * @throws SlsaGateError `policy.environment`
 */
export function explainPolicy(policy: Policy, options: ExplainOptions): ExplainedPolicy {
  const { environment, packageName } = options;
  const names = environment === undefined ? Object.keys(policy.environments) : [environment];
  const matching = packageName === undefined ? policy.packages : matchingPackages(policy, packageName);
  return {
    about: [...aboutPolicy(policy), ...unmatched(matching, packageName)],
    packages: matching.map((entry) => ({
      package: pattern(entry.package),
      sentences: explainPackage(entry, ['packages', policy.packages.indexOf(entry)]),
    })),
    environments: names.map((wanted) => {
      const chain = findEnvironment(policy, wanted);
      return {
        environment: chain.name,
        sentences: [
          ...explainEnvironment(chain, toRequirements(policy, wanted)),
          ...(policy.exceptions ?? []).flatMap((exception, index) =>
            exception.environment === chain.name ? [explainException(exception, index, options)] : [],
          ),
        ],
      };
    }),
  };
}

const aboutPolicy = ({ name, description, draft, trust, overrides }: Policy): readonly Sentence[] => [
  say('about', ['name'], `In records the policy is called ${name}.`),
  ...sayIf(description, 'about', ['description'], (text) => text),
  ...sayIf(draft, 'blocks', ['draft'], () => 'It is a draft, which gate refuses.'),
  ...Object.entries(trust?.roots ?? {}).map(([root, { file, sha256 }]) =>
    say(
      'about',
      ['trust', 'roots', root],
      `The trusted root ${root} is the file ${file} with the SHA-256 ${sha256}.`,
    ),
  ),
  ...(overrides?.keys ?? []).map((override, index) =>
    say(
      'exception',
      ['overrides', 'keys', index],
      `A denial can be lifted by a statement that is signed with ${key(override)}.`,
    ),
  ),
];

const unmatched = (entries: readonly PolicyPackage[], name: string | undefined): readonly Sentence[] =>
  entries.length > 0 || name === undefined
    ? []
    : [
        say(
          'blocks',
          ['packages'],
          `No entry of the policy is about ${name}, so it is denied (policy.no-match).`,
        ),
      ];

function explainException(exception: PolicyException, index: number, { nowMs }: ExplainOptions): Sentence {
  const { id, rule, digest, change, reason, owner, approver, expires, reviewBy } = exception;
  const subject = digest === undefined ? `builds of the commit ${change}` : `the artifact ${digest}`;
  const review = reviewBy === undefined ? '' : `, to be looked at by ${reviewBy}`;
  const hasEnded = Date.parse(expires) <= nowMs;
  const what = hasEnded
    ? `${id} ended on ${expires} and lifts nothing any more; it let ${subject} pass without ${rule}`
    : `${id}: until ${expires} ${subject} may pass without ${rule}`;
  return say(
    hasEnded ? 'about' : 'exception',
    ['exceptions', index],
    `${what}. Reason: ${reason}. Owner ${owner}, approver ${approver}${review}.`,
  );
}
