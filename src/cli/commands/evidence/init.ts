import { type InitDocument, initEvidence } from '../../../app/evidence/init.ts';
import { refuse } from '../../../errors.ts';
import { toJson } from '../../escape/json.ts';
import { toTerminal } from '../../escape/terminal.ts';
import { identityFlags } from '../../evidence-words.ts';
import { chosenFormat } from '../../output.ts';
import type { Invocation } from '../../parse.ts';
import { print } from '../../streams.ts';
import { createEvidenceWiring, createNewFile, exists } from '../../wire-evidence.ts';

const required = (words: Invocation, flag: string): string =>
  words.text(flag) ?? refuse('usage.flag', `evidence init needs --${flag}`);

const toSink = (value: string) => {
  const at = value.indexOf('=');
  if (at < 1 || at === value.length - 1)
    refuse('usage.flag', `--sink is not NAME=FOLDER: ${value}`, { actual: value });
  return { name: value.slice(0, at), folder: value.slice(at + 1), required: true };
};

/** `slsa-gate evidence init` */
export async function run(words: Invocation): Promise<void> {
  const format = chosenFormat(words);
  const [path] = words.args;
  if (path === undefined || path.trim() === '') {
    return refuse('usage.flag', 'evidence init needs the name of the file to write', {
      hint: 'Run slsa-gate evidence init evidence.yaml --origin ...',
    });
  }
  const pins = words.list('pin');
  const document = await initEvidence(
    {
      path,
      origin: required(words, 'origin'),
      verifierId: required(words, 'verifier-id'),
      store: words.text('store') ?? 'sqlite:evidence.db',
      recordSigner: required(words, 'signer'),
      recordIdentity: identityFlags(words),
      publishPublicly: words.on('publish-publicly'),
      checkpointSigner: required(words, 'checkpoint-signer'),
      pins: pins.length === 0 ? ['file:checkpoint.txt'] : pins,
      sinks: words.list('sink').map(toSink),
    },
    { ...createEvidenceWiring(words), createFile: createNewFile, exists },
  );
  await print(format === 'json' ? toJson(document) : render(document));
  process.exitCode = 0;
}

const render = ({
  path,
  origin,
  store,
  pins,
  checkpointKey,
  recordKey,
  recordIdentity,
}: InitDocument): string =>
  [
    `made ${toTerminal(path)}`,
    `  log:            ${toTerminal(origin)}`,
    `  store:          ${toTerminal(store)}`,
    `  pinned in:      ${pins.map(toTerminal).join(', ')}`,
    `  checkpoint key: ${toTerminal(checkpointKey)}`,
    ...(recordKey === null
      ? []
      : [`  record key:     ${recordKey.trim().split('\n').join('\n                  ')}`]),
    ...(recordIdentity === null
      ? []
      : [
          `  records by:     ${toTerminal(recordIdentity.subject)}, issuer ${toTerminal(recordIdentity.issuer)}`,
        ]),
    'Keep the pin where whoever can write to the store cannot reach it.',
    '',
  ].join('\n');
