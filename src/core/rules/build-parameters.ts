import type { VerifiedAttestation } from '../attestation/verify.ts';
import type { ParameterExpectation } from '../model/expectations.ts';
import type { Json, JsonObject } from '../model/json.ts';
import { printJson } from '../model/json.ts';
import { GITHUB_ISSUER } from '../model/known-builders.ts';
import type { BuildFacts } from '../model/provenance.ts';
import { type Check, fails, holds, type Interpreted, type Rule } from './rule.ts';

/** Events of GitHub to which nobody can give parameters. GitLab knows none: variables go with a push there too. */
const TAKES_NONE = new Set(['push', 'release', 'create', 'schedule', 'pull_request', 'merge_group']);

const printValue = (value: Json): string => (typeof value === 'string' ? value : printJson(value));

const print = (parameters: JsonObject): string =>
  Object.entries(parameters)
    .map(([name, value]) => `${name}=${printValue(value)}`)
    .join(', ') || 'none';

function describe({ expected, free, refused }: ParameterExpectation): string {
  return [
    ...[...expected].map(([name, values]) => `${name}=${values.join(' or ')}`),
    ...[...free].map((name) => `${name} free`),
    ...[...refused].map((name) => `${name} refused`),
    'no others',
  ].join(', ');
}

/** A run that nobody could give parameters to had none; of any other run the provenance must tell them. */
function parametersOf(
  { parameters, trigger }: BuildFacts,
  { signer }: VerifiedAttestation,
): JsonObject | undefined {
  if (parameters !== undefined) return parameters;
  const isGithubRun = signer.kind === 'certificate' && signer.claims.issuer === GITHUB_ISSUER;
  return isGithubRun && trigger !== undefined && TAKES_NONE.has(trigger) ? {} : undefined;
}

/** The build had the expected parameters, and none that the policy does not list. */
export const buildParameters: Rule<Interpreted> = {
  id: 'build-parameters',
  spec: 'SLSA provenance v1, externalParameters',
  expected: ({ parameters }) => (parameters === undefined ? undefined : describe(parameters)),
  check({ facts, verified }, { parameters: expected }) {
    const actual = facts === undefined ? undefined : parametersOf(facts, verified);
    if (actual === undefined || expected === undefined) {
      return fails('params.missing', 'nothing proven tells the parameters of the build', facts?.trigger);
    }
    return checkParameters(actual, expected);
  },
};

function checkParameters(actual: JsonObject, { expected, free, refused }: ParameterExpectation): Check {
  const names = Object.keys(actual);
  const shown = print(actual);
  const missing = [...expected.keys()].filter((name) => !names.includes(name));
  if (missing.length > 0) return fails('params.missing', `not given: ${missing.join(', ')}`, shown);
  const unlisted = names.filter((name) => refused.has(name) || !(expected.has(name) || free.has(name)));
  if (unlisted.length > 0) {
    return fails('params.unexpected', `the policy does not let be given: ${unlisted.join(', ')}`, shown);
  }
  const wrong = [...expected].filter(([name, values]) => {
    const value = actual[name];
    return typeof value !== 'string' || !values.includes(value);
  });
  return wrong.length === 0
    ? holds(shown)
    : fails('params.value', `has another value: ${wrong.map(([name]) => name).join(', ')}`, shown);
}
