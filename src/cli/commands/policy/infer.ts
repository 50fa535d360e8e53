import { createFile } from '../../../adapters/disk/write.ts';
import { defined } from '../../../app/defined.ts';
import {
  inferFromReleases,
  type PolicyInferDocument,
  parseReleaseList,
  type ReleaseInput,
} from '../../../app/policy/infer.ts';
import { refuse, SlsaGateError } from '../../../errors.ts';
import { toJson } from '../../escape/json.ts';
import { toTerminal } from '../../escape/terminal.ts';
import { chosenFormat } from '../../output.ts';
import { checkOutputName } from '../../output-file.ts';
import type { Invocation } from '../../parse.ts';
import { errorLines } from '../../report-error.ts';
import { note, print, unwritable } from '../../streams.ts';
import { createPorts } from '../../wire.ts';
import { readSmallFile } from '../../wire-evidence.ts';

/** `slsa-gate policy infer` */
export async function run(words: Invocation): Promise<void> {
  const format = chosenFormat(words);
  const output = words.text('output');
  checkOutputName(output);
  if (output !== undefined && format === 'json') {
    refuse('usage.flag', 'flags contradict each other: --json and --output', {
      hint: 'The file is the policy; leave one of them out.',
    });
  }
  const releases = await releasesOf(words);
  const catalogue = words.text('catalogue');
  const document = await inferFromReleases(
    { releases, trustedRoots: words.list('trusted-root'), ...defined({ catalogue }) },
    await createPorts(),
  );
  await note(remarks(document));
  if (format === 'json') await print(toJson(document));
  if (document.policy === null) {
    await note(errorLines(new SlsaGateError('attestation.unverified', 'no release could be verified')));
    process.exitCode = 1;
    return;
  }
  if (output !== undefined) await createPolicy(output, document.policy);
  else if (format !== 'json') await print(document.policy);
  process.exitCode = 0;
}

async function releasesOf(words: Invocation): Promise<readonly ReleaseInput[]> {
  const list = words.text('list');
  const bundles = words.list('bundle');
  const listed = list === undefined ? [] : parseReleaseList(await readSmallFile(list), list);
  if (words.args.length > 0 && bundles.length === 0) {
    refuse('usage.no-bundle', 'no attestation given', {
      hint: 'Name the attestations of the artifacts with --bundle.',
    });
  }
  if (bundles.includes('-') && words.args.length > 1) {
    refuse('usage.flag', 'standard input can be read for one artifact alone', {
      hint: 'Write the attestations to a file.',
    });
  }
  const purl = words.text('package');
  const named = words.args.map((artifact) => ({ artifact, bundles }));
  return [...named, ...listed].map((release) => ({
    ...release,
    ...(purl === undefined ? {} : { package: purl }),
  }));
}

/** What was left out and what differs; both are to be looked at before the draft is used. */
const remarks = ({ releases, differences }: PolicyInferDocument): string =>
  [
    ...releases.flatMap(({ artifact, code, message }) =>
      code === null ? [] : [`not used: ${artifact}: ${message ?? ''} (${code})`],
    ),
    ...differences.map((text) => `differs: ${text}`),
  ]
    .map((line) => `${toTerminal(line)}\n`)
    .join('');

/** Never over a policy that somebody has read. */
async function createPolicy(path: string, text: string): Promise<void> {
  try {
    await createFile(path, Buffer.from(text), 0o644);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') {
      refuse('usage.flag', `the file is there already: ${path}`, {
        hint: 'Name another file; a policy is never overwritten.',
        actual: path,
      });
    }
    unwritable(path, error);
  }
}
