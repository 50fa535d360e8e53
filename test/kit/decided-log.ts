import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { openFolder } from '../../src/adapters/evidence-packs/read.ts';
import type { EvidenceLog } from '../../src/app/evidence/log.ts';
import { gateArtifacts } from '../../src/app/gate/gate.ts';
import type { GateEvidence, GatePorts, GateRequest } from '../../src/app/gate/requests.ts';
import { createPorts } from '../../src/cli/wire.ts';
import type { ArtifactResult } from '../../src/core/model/result.ts';
import { parsePublicKey } from '../../src/core/verify/public-key.ts';
import { ROOT } from '../e2e/built.ts';
import { createLogKit, type LogKit, toSigner } from './evidence.ts';

/** A log with decisions about real attestations: those of testdata/, by the gate itself. */

const TESTDATA = join(ROOT, 'testdata', 'attestations');
export const sigstorePackage = (version: '2.0.0' | '5.0.0') => ({
  artifact: join(TESTDATA, `npm-sigstore-${version}`, `sigstore-${version}.tgz`),
  bundle: join(TESTDATA, `npm-sigstore-${version}`, 'provenance.sigstore.json'),
  package: `pkg:npm/sigstore@${version}`,
});

export const VERIFIER_ID = 'https://example.com/slsa-gate';

/** A policy under which the packages of testdata/ are allowed into staging and production, and nothing else. */
export const SIGSTORE_POLICY = `schemaVersion: 1
name: sigstore-releases
packages:
  - package: pkg:npm/sigstore
    source:
      repository: https://github.com/sigstore/sigstore-js
      refs: [refs/heads/main]
    builders:
      - id: https://github.com/actions/runner/github-hosted
        ref: any
        signer:
          identity: https://github.com/sigstore/sigstore-js/.github/workflows/release.yml@refs/heads/main
          issuer: https://token.actions.githubusercontent.com
environments:
  staging:
    level: 1
    trustedRoots: [public-good]
  production:
    extends: staging
    level: 2
`;

/** A time at which the certificates and roots of testdata/ are what they are in every run. */
export const DECIDED_AT = new Date('2026-11-01T12:00:00.000Z');

/** One decision: the release that is meant, and what is given about it. */
export interface Asked {
  readonly version?: '2.0.0' | '5.0.0';
  /** Without: the bundle of the version. */
  readonly bundles?: readonly string[];
  readonly environment?: string;
  /** Tells it from all others; asked again it gets the record that stands there. */
  readonly requestId: string;
  readonly artifact?: string;
  readonly package?: string;
  readonly resourceUri?: string;
  readonly now?: Date;
  readonly override?: Uint8Array;
  readonly policy?: string;
  readonly catalogue?: Uint8Array;
}

export interface DecidedLog {
  readonly kit: LogKit;
  readonly log: EvidenceLog;
  readonly evidence: GateEvidence;
  /** Decides as `slsa-gate gate` does. */
  readonly gate: (asked: Asked) => Promise<ArtifactResult>;
}

const POLICY_PATH = 'policies/sigstore.yaml';
const OVERRIDE_PATH = 'override.json';
const CATALOGUE_PATH = 'builders.json';

/** @param now of the log, for the times at which records are appended */
export type DecidedLogOptions = Parameters<typeof createLogKit>[0] & { readonly now?: () => Date };

/** Makes a log in the store and decides into it. */
export async function createDecidedLog({
  now = () => DECIDED_AT,
  ...options
}: DecidedLogOptions = {}): Promise<DecidedLog> {
  const kit = createLogKit(options);
  return toDecidedLog(kit, await kit.create({ now }));
}

/** Goes on with a log that is there; `changes` of what the evidence file offers. */
export function toDecidedLog(kit: LogKit, log: EvidenceLog, changes: Partial<GateEvidence> = {}): DecidedLog {
  const evidence: GateEvidence = {
    log,
    verifierId: VERIFIER_ID,
    recordSigner: toSigner(kit.recordKeys),
    recordKeys: [parsePublicKey(kit.recordKeys.spki, 'evidence.config')],
    sinks: [],
    store: { kind: 'sqlite', disk: 'durable', onHostedRunner: false, ephemeralAccepted: false },
    ...changes,
  };
  return { kit, log, evidence, gate: (asked) => gate(asked, evidence, kit) };
}

async function gate(asked: Asked, evidence: GateEvidence, kit: LogKit): Promise<ArtifactResult> {
  const { version = '5.0.0', environment = 'production', requestId, override, catalogue } = asked;
  const release = sigstorePackage(version);
  const files: Readonly<Record<string, Uint8Array | undefined>> = {
    [POLICY_PATH]: Buffer.from(asked.policy ?? SIGSTORE_POLICY),
    [OVERRIDE_PATH]: override,
    [CATALOGUE_PATH]: catalogue,
  };
  const request: GateRequest = {
    artifacts: [asked.artifact ?? release.artifact],
    evidenceLogs: [],
    bundles: asked.bundles ?? [release.bundle],
    policy: { path: POLICY_PATH },
    environment,
    package: asked.package ?? release.package,
    ...(asked.resourceUri === undefined ? {} : { resourceUri: asked.resourceUri }),
    ...(override === undefined ? {} : { override: OVERRIDE_PATH }),
    ...(catalogue === undefined ? {} : { catalogue: CATALOGUE_PATH }),
    requester: { kind: 'named', id: requestId },
    dryRun: false,
  };
  const ports: GatePorts = {
    ...(await createPorts()),
    now: () => asked.now ?? DECIDED_AT,
    readFile: async (path) => files[path] ?? readFileSync(path),
    checkoutOf: async () => null,
    inPipeline: false,
    openPack: async (path) => openFolder(path),
    evidence,
    random: kit.options.random,
    version: '0.0.0-test',
    warn: () => {},
  };
  const { results } = await gateArtifacts(request, ports);
  const [result] = results;
  if (result === undefined) throw new Error(`no result for ${basename(request.artifacts[0] ?? '')}`);
  return result;
}
