import type { Json } from '../model/json.ts';
import { fails, holds, type Interpreted, type Rule } from './rule.ts';

const print = (inputs: Readonly<Record<string, Json>>): string =>
  Object.entries(inputs)
    .map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ') || 'none';

/** The manually started workflow had the expected inputs; those not named are free. */
export const workflowInputs: Rule<Interpreted> = {
  id: 'workflow-inputs',
  spec: 'SLSA provenance v1, externalParameters',
  expected({ workflowInputs: inputs }) {
    if (inputs === undefined || inputs.size === 0) return undefined;
    return [...inputs].map(([key, value]) => `${key}=${value}`).join(', ');
  },
  check({ facts }, { workflowInputs: expected }) {
    const actual = facts?.workflowInputs;
    if (actual === undefined) {
      return fails('params.unexpected', 'the provenance tells no workflow inputs', facts?.trigger);
    }
    const wrong = [...(expected ?? [])].filter(
      ([key, value]) => !Object.hasOwn(actual, key) || actual[key] !== value,
    );
    return wrong.length === 0
      ? holds(print(actual))
      : fails(
          'params.unexpected',
          `workflow input differs or is missing: ${wrong.map(([key]) => key).join(', ')}`,
          print(actual),
        );
  },
};
