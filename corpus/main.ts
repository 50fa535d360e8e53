/**
 * Runs every case of a corpus folder and writes one line a case:
 *
 *     npm run corpus -- DIR --out FILE.jsonl [--verifier both|strict]
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { verifyBoth } from '../src/core/verify/second-opinion.ts';
import { verifyBundle } from '../src/core/verify/verify-bundle.ts';
import { readCases } from './case.ts';
import { type Answer, decideCase, type Runner } from './decide.ts';
import { TrustReader } from './trust.ts';

process.exitCode = 70;
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { out: { type: 'string' }, verifier: { type: 'string', default: 'both' } },
});
const [directory] = positionals;
const verifiers = { both: verifyBoth, strict: verifyBundle };
const verifier = values.verifier;
if (directory === undefined || values.out === undefined || (verifier !== 'both' && verifier !== 'strict')) {
  console.error('usage: npm run corpus -- DIR --out FILE.jsonl [--verifier both|strict]');
  process.exitCode = 64;
} else {
  const runner: Runner = {
    directory,
    trust: new TrustReader(directory),
    verifyBundle: verifiers[verifier],
    now: new Date(),
  };
  const answers: Answer[] = [];
  for (const test of readCases(directory)) answers.push(await decideCase(test, runner));
  writeFileSync(values.out, answers.map((answer) => `${JSON.stringify(answer)}\n`).join(''));
  const accepted = answers.filter((answer) => answer.accepted).length;
  console.error(`${answers.length} cases: ${accepted} accepted, ${answers.length - accepted} refused`);
  process.exitCode = 0;
}
