import { openSourceRun } from '../../src/adapters/attestations/index.ts';
import { createImageWriter, createTagPromotion } from '../../src/adapters/attestations/oci/writer.ts';
import { createHttpClient } from '../../src/adapters/http/index.ts';
import { gateArtifacts } from '../../src/app/gate/gate.ts';
import type { GatePorts, GateRequest } from '../../src/app/gate/requests.ts';
import { createPorts } from '../../src/cli/wire.ts';
import type { ImageWriter } from '../../src/core/model/oci/referrer.ts';
import type { TagPromotion } from '../../src/core/model/promotion.ts';
import type { ArtifactResult } from '../../src/core/model/result.ts';
import { createDecidedLog, type DecidedLog } from './decided-log.ts';
import { catalogueFor, NOW, sigstore, widgetEntry, widgetPolicy } from './gate.ts';
import { type DescriptorJson, OCI } from './oci-layout.ts';
import { REPOSITORY, type RegistryLab, startLab } from './servers/registry-lab.ts';
import { PUBLIC_SOURCES } from './source-settings.ts';
import { subjectOf } from './statement.ts';

/** The tag by which the attested image is named; `dev` names another one. */
export const RELEASE = '1.2.3';
const NAMES = 'org.opencontainers.image.ref.name';

export interface ImageAsked {
  /** Behind the repository; `:1.2.3` by default. */
  readonly reference?: string;
  /** Whole names, in place of the one image. */
  readonly artifacts?: readonly string[];
  readonly promote?: string;
  readonly dryRun?: boolean;
  readonly requestId?: string;
  readonly policy?: unknown;
  readonly ports?: Partial<GatePorts>;
  /** Replaces single parts of the request. */
  readonly request?: Partial<GateRequest>;
}

/** A registry with an attested image, a log of evidence, and the gate between them, all in this process. */
export interface ImageGate {
  readonly lab: RegistryLab;
  readonly log: DecidedLog;
  /** Attested, and allowed by the policy. */
  readonly image: DescriptorJson;
  /** Nobody attested it. */
  readonly other: DescriptorJson;
  gate(asked?: ImageAsked): Promise<ArtifactResult>;
  writer(): ImageWriter;
  close(): Promise<void>;
}

/** The policy of the kit, for images. */
export const imagePolicy = (changes: object = {}) => ({
  ...widgetPolicy(),
  packages: [{ ...widgetEntry(), package: { glob: 'pkg:*/**' }, ...changes }],
});

export async function startImageGate(): Promise<ImageGate> {
  const lab = await startLab();
  const log = await createDecidedLog({ now: () => NOW });
  const { layout, server, store } = lab;
  const image = layout.list(layout.image(), { [NAMES]: RELEASE });
  const other = layout.list(layout.image('other'), { [NAMES]: 'dev' });
  lab.publish();
  const manifest = store.manifests.get(image.digest)?.bytes ?? Buffer.alloc(0);
  const signed = sigstore.signStatement({ subject: [subjectOf('widget', manifest)] });
  layout.list(layout.attesting([layout.blob(signed.text(), OCI.bundle)], image));
  lab.publish();

  const http = { listedHosts: [server.host], retry: { attempts: 1 } };
  const openPromotion = async (): Promise<TagPromotion> =>
    createTagPromotion({ registry: lab.registry({ http }), close: async () => {} });
  const openSources = async () =>
    openSourceRun({
      createHttp: (hooks) => createHttpClient({ ...http, ...hooks }),
      deadlineMs: 20_000,
      listedHosts: [server.host],
      ...PUBLIC_SOURCES,
    });

  return {
    lab,
    log,
    image,
    other,
    writer: () =>
      createImageWriter({
        registry: lab.registry({ http }),
        listedHosts: new Set([server.host]),
        close: async () => {},
      }),
    gate: async (asked = {}) => {
      const { reference = `:${RELEASE}`, promote, dryRun = false, requestId = 'one' } = asked;
      const root = Buffer.from(JSON.stringify(sigstore.trustedRoot()));
      const files: Readonly<Record<string, Uint8Array>> = {
        'policy.json': Buffer.from(JSON.stringify(asked.policy ?? imagePolicy())),
        'catalogue.json': catalogueFor(sigstore),
      };
      const request: GateRequest = {
        artifacts: asked.artifacts ?? [`${server.host}/${REPOSITORY}${reference}`],
        bundles: [],
        evidenceLogs: [],
        policy: { path: 'policy.json' },
        environment: 'production',
        catalogue: 'catalogue.json',
        requester: { kind: 'named', id: requestId },
        dryRun,
        ...(promote === undefined ? {} : { promote }),
        ...asked.request,
      };
      const shipped = await createPorts();
      const ports: GatePorts = {
        ...shipped,
        trust: {
          ...shipped.trust,
          open: async (name) => [{ name, bytes: root, origin: 'tuf', currentAt: NOW }],
        },
        openSources,
        openPromotion,
        now: () => NOW,
        readFile: async (path) => files[path] ?? Buffer.alloc(0),
        checkoutOf: async () => null,
        inPipeline: false,
        openPack: () => Promise.reject(new Error('there is no pack')),
        evidence: log.evidence,
        random: log.kit.options.random,
        version: '0.0.0-test',
        warn: () => {},
        ...asked.ports,
      };
      const [result] = (await gateArtifacts(request, ports)).results;
      if (result === undefined) throw new Error('the gate has no result');
      return result;
    },
    close: () => lab.close(),
  };
}
