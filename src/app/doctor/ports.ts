import type { OciRepository } from '../../core/model/oci/reference.ts';
import type { ArtifactFiles } from '../../core/ports.ts';
import type { ClockReading, OpenSources } from '../../core/source-ports.ts';
import type { GatePorts, PolicyInput } from '../gate/requests.ts';
import type { TrustStore } from '../requests.ts';
import type { ClientCertificateSetting } from './certificates.ts';
import type { CredentialPorts } from './credentials.ts';
import type { EvidencePorts } from './evidence.ts';
import type { CacheState, Runtime } from './machine.ts';
import type { GitHubSeen, NpmSeen, RegistrySeen, RekorSeen, Server } from './servers.ts';
import type { HostKind, ProxySetting, SetAddress } from './ways-out.ts';

/** Strings as the caller wrote them. */
export interface DoctorRequest {
  readonly artifact?: string;
  /** Purl of the artifact. */
  readonly package?: string;
  readonly policy?: PolicyInput;
  readonly environment?: string;
  readonly evidence?: string;
  readonly trustedRoots: readonly string[];
  readonly maxTrustAgeSeconds?: number;
  readonly sources: readonly string[];
  readonly viaIndex?: string;
  readonly offline: boolean;
}

/** How hosts are reached, as the flags and the environment say. */
export interface WaysOut {
  readonly caFile: string | undefined;
  readonly clientCertificates: readonly ClientCertificateSetting[];
  /** Undefined for none. @throws SlsaGateError `config.invalid` */
  readonly proxy: () => ProxySetting | undefined;
  /** `host:port` */
  readonly allowedHosts: readonly string[];
  readonly addresses: readonly SetAddress[];
}

type Probed<T> = Pick<Server<T>, 'address' | 'probe'>;

/** What servers say; nothing here is asked with `--offline`. */
export interface ServerPorts {
  readonly openSources: OpenSources;
  /** Of all servers that answered so far. */
  readonly clocks: () => readonly ClockReading[];
  /** @throws SlsaGateError unless the proxy answers and takes who asks */
  readonly reachProxy: (proxy: ProxySetting) => Promise<void>;
  /** @throws SlsaGateError `source.unavailable` for a name that does not resolve */
  readonly kindOf: (host: string) => Promise<HostKind>;
  readonly reachMirror: (address: string) => Promise<void>;
  readonly github: Probed<GitHubSeen>;
  readonly registry: (place: OciRepository) => Probed<RegistrySeen>;
  readonly npm: (scope: string | undefined) => Probed<NpmSeen>;
  readonly pypi: Probed<void>;
  readonly rekor: (url: string | undefined) => Probed<RekorSeen>;
}

export interface DoctorPorts {
  readonly runtime: Runtime;
  readonly now: () => Date;
  readonly waysOut: WaysOut;
  readonly cache: () => Promise<CacheState | undefined>;
  readonly credentials: Omit<CredentialPorts, 'registries'>;
  /** Servers that were set up: by an address of one's own, or a credential alone. */
  readonly configured: Readonly<Record<'github' | 'npm' | 'pypi', 'address' | 'credential' | undefined>>;
  readonly trust: Pick<TrustStore, 'open'>;
  /** Where instances refresh their roots; by name. */
  readonly mirrors: ReadonlyMap<string, string>;
  readonly policy: Pick<GatePorts, 'readFile' | 'checkoutOf' | 'inPipeline'>;
  readonly evidence: Omit<EvidencePorts, 'requirements'>;
  readonly artifacts: Pick<ArtifactFiles, 'read' | 'readLayout'>;
  /** Or why nothing is asked. */
  readonly servers: ServerPorts | { readonly unasked: string };
}
