import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parsePolicy } from '../../src/core/policy/parse.ts';
import { pendingOf } from '../../src/core/policy/pending.ts';
import { blocksOf } from './command-lines.ts';

const PAGE = readFileSync(join(import.meta.dirname, '../../docs/policy.md'), 'utf8');

describe('the page of policies', () => {
  it('begins with a policy that can be used', () => {
    const [example] = blocksOf(PAGE).filter(({ language }) => language === 'yaml');
    const policy = parsePolicy(Buffer.from(example?.text ?? ''), 'policy.yaml');
    expect(pendingOf(policy)).toEqual([]);
    expect(policy.environments.production).toEqual({
      extends: 'staging',
      aliases: ['prod'],
      level: 3,
      rules: { required: ['source-ref', 'source-repository-id'] },
    });
  });
});
