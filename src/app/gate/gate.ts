import type { ArtifactResult, ResultDocument } from '../../core/model/result.ts';
import { type Requirements, toRequirements } from '../../core/policy/requirements.ts';
import type { TrustRootBytes } from '../../core/ports.ts';
import { isAnswer, refuse } from '../../errors.ts';
import { type NamedArtifact, toNamedArtifact } from '../open-artifact.ts';
import { toArtifactResult } from '../report.ts';
import type { Asked } from '../sources/ask.ts';
import { toDocument } from '../verify.ts';
import { type AnswerSetting, decideDry, decideForRecord } from './answer.ts';
import { askAboutArtifacts } from './ask.ts';
import { checkEvidence } from './check-evidence.ts';
import { evaluate } from './evaluate.ts';
import { fileNameOf, loadPolicy } from './load-policy.ts';
import { loadRoots } from './load-roots.ts';
import { type LoggedSummaries, readLoggedSummaries } from './logged-summaries.ts';
import type { CatalogueFile, GateMaterial } from './material.ts';
import { openGateArtifact } from './open.ts';
import { preparePromotion } from './promotion.ts';
import type { GatePorts, GateRequest } from './requests.ts';
import { withLogs } from './with-logs.ts';
import { assertWithoutCredentials } from './without-credentials.ts';

/** What all artifacts of one run share. */
interface Setting extends AnswerSetting {
  /** Its name in the policy, also where an alias was given. */
  readonly environment: string;
  readonly catalogue: CatalogueFile | null;
  readonly roots: readonly TrustRootBytes[];
  readonly logs: LoggedSummaries;
}

/**
 * Decides each artifact by the policy, puts every decision on record, and only then answers. Several artifacts: the worst
 * verdict stands for the document.
 *
 * @throws SlsaGateError for usage, policy, trusted roots and evidence that cannot be used; then nothing is decided
 */
export async function gateArtifacts(request: GateRequest, ports: GatePorts): Promise<ResultDocument> {
  const now = ports.now();
  const policy = await loadPolicy(request.policy, ports);
  const requirements = toRequirements(policy.policy, request.environment);
  const { evidence } = ports;
  if (evidence === undefined && !request.dryRun) {
    return refuse('evidence.config', 'gate needs an evidence file', {
      hint: 'Make one with slsa-gate evidence init and name it with --evidence, or try out with --dry-run.',
    });
  }
  const { ephemeral, warning } =
    evidence === undefined || request.dryRun
      ? { ephemeral: false, warning: undefined }
      : checkEvidence(evidence, requirements);
  if (warning !== undefined) ports.warn(warning);
  assertWithoutCredentials(request);
  const named: NamedArtifact[] = [];
  for (const artifact of request.artifacts) named.push(await toNamedArtifact(artifact));
  for (const { parsed } of named) if (parsed.kind === 'file') await ports.artifacts.check(parsed.path);
  if (named.length === 0) refuse('usage.no-artifact', 'no artifact given');
  const promotion = await preparePromotion(request, named, ports);
  try {
    return await decideAll({ request, ports, now, policy, ephemeral, promotion }, named, requirements);
  } finally {
    await promotion?.close();
  }
}

async function decideAll(
  begun: Pick<Setting, 'request' | 'ports' | 'now' | 'policy' | 'ephemeral' | 'promotion'>,
  named: readonly NamedArtifact[],
  requirements: Requirements,
): Promise<ResultDocument> {
  const { request, ports, policy, now } = begun;
  const files = await ports.attestations.collect(request.bundles);
  const logs = await readLoggedSummaries(request.evidenceLogs, ports.openPack);
  const asked = await askAboutArtifacts(named, files, { request, policy: policy.policy, ports });
  const setting: Setting = {
    ...begun,
    environment: requirements.environment,
    catalogue: request.catalogue === undefined ? null : await readCatalogue(request.catalogue, ports),
    roots: await loadRoots(policy.policy, request.policy.path, requirements, ports.trust, now),
    override: request.override === undefined ? null : await ports.readFile(request.override),
    logs,
  };
  // Evaluated one after the other; what waits for its record waits together, so that records share a commit.
  const answers: Promise<Attempted>[] = [];
  for (const one of named) {
    try {
      answers.push(settled(await decideOne(setting, one, files, asked.get(one))));
    } catch (thrown) {
      answers.push(Promise.resolve({ thrown }));
      break;
    }
  }
  const results: ArtifactResult[] = [];
  for (const answer of await Promise.all(answers)) {
    if ('thrown' in answer) throw answer.thrown;
    results.push(answer.result);
  }
  return toDocument(results);
}

const readCatalogue = async (path: string, { readFile }: GatePorts): Promise<CatalogueFile> => ({
  fileName: fileNameOf(path),
  bytes: await readFile(path),
});

type Attempted = { readonly result: ArtifactResult } | { readonly thrown: unknown };

/** A failure is kept until all others have answered: none of them may be cut off between its record and its answer. */
const settled = ({ answer }: Pending): Promise<Attempted> =>
  answer.then(
    (result) => ({ result }),
    (thrown: unknown) => ({ thrown }),
  );

/** An answer that may still wait for its record. */
interface Pending {
  readonly answer: Promise<ArtifactResult>;
}

async function decideOne(
  setting: Setting,
  named: NamedArtifact,
  files: Parameters<typeof openGateArtifact>[1],
  asked: Asked | undefined,
): Promise<Pending> {
  const { request, ports, now, policy } = setting;
  const requests = asked?.exchanges;
  let material: GateMaterial;
  try {
    if (asked !== undefined && 'error' in asked) throw asked.error;
    const opened = await openGateArtifact(named, files, request, setting.environment, ports, asked?.located);
    const { logs } = setting;
    material = {
      ...opened,
      sources: request.evidenceLogs.length === 0 ? opened.sources : [...opened.sources, logs.source],
      logged: logs.logged,
      environment: setting.environment,
      verifierId: ports.evidence?.verifierId ?? 'none',
      policy,
      catalogue: setting.catalogue,
      roots: setting.roots,
      now,
    };
  } catch (error) {
    if (!isAnswer(error)) throw error;
    const { reference } = named;
    return {
      answer: Promise.resolve(
        toArtifactResult({ reference, mode: 'gate', error, trust: { reports: [] }, now, requests }),
      ),
    };
  }
  const read = request.checkLog === true ? await withLogs(material, ports) : { material, exchanges: [] };
  const evaluation = await evaluate(read.material);
  const all =
    requests === undefined && read.exchanges.length === 0
      ? undefined
      : [...(requests ?? []), ...read.exchanges];
  return {
    answer: request.dryRun ? decideDry(evaluation, setting, all) : decideForRecord(evaluation, setting, all),
  };
}
