import { defined } from '../../app/defined.ts';
import { exitOf } from '../../app/doctor/check.ts';
import { examine } from '../../app/doctor/doctor.ts';
import type { DoctorRequest } from '../../app/doctor/ports.ts';
import { refuse, type SlsaGateError } from '../../errors.ts';
import { countingOn } from '../count-progress.ts';
import { chosenFormat } from '../output.ts';
import type { Invocation } from '../parse.ts';
import { renderDoctor } from '../render/doctor.ts';
import { stacks } from '../report-error.ts';
import { sourceInput } from '../request.ts';
import { note, print } from '../streams.ts';
import { parseDurationSeconds } from '../values.ts';
import { openDoctorPorts } from '../wire-doctor.ts';

const DEFAULT_SECONDS = 120;
const SHA256 = /^sha256:[0-9a-f]{64}$/;

/** `slsa-gate doctor` */
export async function run(words: Invocation): Promise<void> {
  const format = chosenFormat(words);
  const request = toDoctorRequest(words);
  const timeoutMs = (seconds(words, 'timeout') ?? DEFAULT_SECONDS) * 1000;
  const bugs: SlsaGateError[] = [];
  const counting = countingOn(process.stderr, 'checked', () => performance.now(), 1);
  const { ports, close } = await openDoctorPorts(words, timeoutMs);
  try {
    const document = await examine(request, ports, {
      timeoutMs,
      tell: counting.tell,
      onBug: (bug) => bugs.push(bug),
    });
    counting.end();
    await print(renderDoctor(document, format));
    if (words.on('debug')) for (const bug of bugs) await note(stacks(bug));
    process.exitCode = exitOf(document);
  } finally {
    counting.end();
    await close();
  }
}

/** @throws SlsaGateError `usage.*` */
function toDoctorRequest(words: Invocation): DoctorRequest {
  const [artifact] = words.args;
  const path = words.text('policy');
  const digest = words.text('policy-digest');
  if (digest !== undefined && !SHA256.test(digest))
    refuse('usage.flag', `--policy-digest is not sha256:<64 hex digits>: ${digest}`, { actual: digest });
  return {
    trustedRoots: words.list('trusted-root'),
    offline: words.on('offline'),
    ...sourceInput(words),
    ...defined({
      artifact,
      package: words.text('package'),
      policy:
        path === undefined ? undefined : { path, ...defined({ keyPath: words.text('policy-key'), digest }) },
      environment: words.text('to'),
      evidence: words.text('evidence'),
      maxTrustAgeSeconds: seconds(words, 'max-trust-age'),
    }),
  };
}

function seconds(words: Invocation, flag: string): number | undefined {
  const value = words.text(flag);
  return value === undefined ? undefined : parseDurationSeconds(flag, value);
}
