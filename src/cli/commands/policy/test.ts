import { listFolders } from '../../../adapters/disk/list.ts';
import { type PolicyTestDocument, testPolicy } from '../../../app/policy/test-policy.ts';
import { refuse, SlsaGateError } from '../../../errors.ts';
import { chosenFormat } from '../../output.ts';
import type { Invocation } from '../../parse.ts';
import { renderPolicyTest } from '../../render/policy-test.ts';
import { errorLines } from '../../report-error.ts';
import { note, print } from '../../streams.ts';
import { createPorts } from '../../wire.ts';
import { exists, readSmallFile } from '../../wire-evidence.ts';

/** `slsa-gate policy test` */
export async function run(words: Invocation): Promise<void> {
  const format = chosenFormat(words);
  const [folder] = words.args;
  if (folder === undefined) {
    return refuse('usage.flag', 'no folder given', { hint: 'Run slsa-gate policy test DIR.' });
  }
  const policy = words.text('policy');
  const ports = {
    ...(await createPorts()),
    readFile: (path: string) => readSmallFile(path),
    listFolders,
    exists,
  };
  const document = await testPolicy({ folder, ...(policy === undefined ? {} : { policy }) }, ports);
  await print(renderPolicyTest(document, format));
  const failure = failureOf(document);
  if (failure !== undefined) await note(errorLines(failure));
  process.exitCode = failure === undefined ? 0 : failure.exitCode;
}

function failureOf({ outcome, cases, rules }: PolicyTestDocument): SlsaGateError | undefined {
  switch (outcome) {
    case 'ok':
      return undefined;
    case 'failed': {
      const failed = cases.filter((one) => one.outcome === 'not-ok');
      const message = `${failed.length} of ${cases.length} cases were decided otherwise than expected`;
      return new SlsaGateError('policy.test-failed', message);
    }
    case 'untested': {
      const untested = rules.flatMap(({ rule, state }) => (state === 'untested' ? [rule] : []));
      return new SlsaGateError('policy.untested', `never seen denying: ${untested.join(', ')}`);
    }
  }
}
