import { randomBytes } from 'node:crypto';
import { checkoutOf } from '../../adapters/forges/git/checkout.ts';
import { openEvidence } from '../../app/evidence/open-evidence.ts';
import { gateArtifacts } from '../../app/gate/gate.ts';
import type { GatePorts, GateRequest } from '../../app/gate/requests.ts';
import type { ResultDocument } from '../../core/model/result.ts';
import { ciEnvironment } from '../ci-run.ts';
import { toGateRequest } from '../gate-request.ts';
import { answer, prepareOutput, reportOptions } from '../output.ts';
import type { Invocation } from '../parse.ts';
import { parseDurationSeconds } from '../values.ts';
import { VERSION } from '../version.ts';
import { waitFor } from '../wait.ts';
import { createPorts, openPack } from '../wire.ts';
import { createEvidenceWiring, readSmallFile, warn } from '../wire-evidence.ts';
import { openTagPromotion } from '../wire-registry.ts';
import { createSourcePorts } from '../wire-sources.ts';

/** `slsa-gate gate` */
export async function run(words: Invocation): Promise<void> {
  const report = reportOptions(words);
  const request = toGateRequest(words, ciEnvironment());
  const wait = words.text('wait');
  const waitSeconds = wait === undefined ? 0 : parseDurationSeconds('wait', wait);
  prepareOutput(report, words);
  const document = await waitFor(waitSeconds, () => decide(words, request));
  await answer(document, report);
}

/** One whole decision: everything is read anew, so that a repeated one sees what has come meanwhile. */
async function decide(words: Invocation, request: GateRequest): Promise<ResultDocument> {
  const file = words.text('evidence');
  const evidence =
    file === undefined
      ? undefined
      : await openEvidence(file, createEvidenceWiring(words), {
          write: !request.dryRun,
          ephemeralAccepted: words.on('ephemeral-evidence'),
        });
  const ports: GatePorts = {
    ...(await createPorts()),
    openPack,
    ...createSourcePorts(words),
    openPromotion: () => openTagPromotion(words),
    readFile: (path) => readSmallFile(path),
    checkoutOf,
    inPipeline: ciEnvironment().inPipeline,
    evidence,
    random: randomBytes,
    version: VERSION,
    warn,
  };
  try {
    return await gateArtifacts(request, ports);
  } finally {
    await evidence?.close();
  }
}
