import { defined } from '../app/defined.ts';
import type { GateRequest } from '../app/gate/requests.ts';
import { refuse } from '../errors.ts';
import { type CiEnvironment, toRequester } from './ci-run.ts';
import type { Invocation } from './parse.ts';
import { sourceInput } from './request.ts';
import { tagToPromote } from './wire-registry.ts';

const SHA256 = /^sha256:[0-9a-f]{64}$/;

const required = (words: Invocation, flag: string, why: string): string =>
  words.text(flag) ?? refuse('usage.flag', `gate needs --${flag}`, { hint: why });

/**
 * @throws SlsaGateError `usage.no-artifact`, `usage.flag`
 */
export function toGateRequest(words: Invocation, environment: CiEnvironment): GateRequest {
  const artifacts = words.args;
  if (artifacts.length === 0) refuse('usage.no-artifact', 'no artifact given');
  if (artifacts.some((name) => name.trim() === '')) {
    refuse('usage.no-artifact', 'an artifact is the empty string', {
      hint: 'Is a variable not set? An answer about nothing would be an allow by accident.',
    });
  }
  for (const flag of ['package', 'resource-uri', 'override', 'via-index', 'promote'] as const) {
    if (words.text(flag) !== undefined && artifacts.length > 1) {
      refuse('usage.flag', `--${flag} is about one artifact, and ${artifacts.length} are given`, {
        hint: 'Run gate once for each artifact.',
      });
    }
  }
  const digest = words.text('policy-digest');
  if (digest !== undefined && !SHA256.test(digest)) {
    refuse('usage.flag', `--policy-digest is not sha256:<64 hex digits>: ${digest}`, { actual: digest });
  }
  const dryRun = words.on('dry-run');
  if (words.text('evidence') === undefined && !dryRun) {
    refuse('usage.flag', 'gate needs --evidence', {
      hint: 'Make a log with slsa-gate evidence init, or try out with --dry-run.',
    });
  }
  return {
    artifacts,
    bundles: bundlesOf(words),
    evidenceLogs: words.list('evidence-log'),
    ...sourceInput(words),
    policy: {
      path: required(words, 'policy', 'Name the policy, e.g. --policy policy.yaml.'),
      ...defined({ keyPath: words.text('policy-key'), digest }),
    },
    environment: required(words, 'to', 'Name the environment of the policy, e.g. --to production.'),
    ...defined({
      package: words.text('package'),
      resourceUri: words.text('resource-uri'),
      catalogue: words.text('catalogue'),
      override: words.text('override'),
      promote: tagToPromote(words),
    }),
    requester: toRequester(words.text('request-id'), environment),
    dryRun,
  };
}

function bundlesOf(words: Invocation): readonly string[] {
  const bundles = words.list('bundle');
  if (bundles.filter((name) => name === '-').length > 1) {
    refuse('usage.flag', 'standard input can be read once only: --bundle -');
  }
  return bundles;
}
