import { createRegistry, type Registry } from '../../src/adapters/attestations/oci/index.ts';
import type { RegistryCredentials } from '../../src/adapters/credentials/types.ts';
import { createHttpClient, type HttpExchange } from '../../src/adapters/http/index.ts';
import { parseOciReference } from '../../src/core/model/oci/reference.ts';
import type { CollectedAttestations } from '../../src/core/ports.ts';
import type { ResolvedArtifact } from '../../src/core/source-ports.ts';
import { sha256 } from '../kit/keys.ts';
import type { TestRegistry } from '../stack/registry.ts';

/** One run of the gate's own reader at a registry. */
export interface Reader {
  readonly registry: Registry;
  readonly exchanges: readonly HttpExchange[];
  /** Resolves a reference without its host, such as `acme/app:v1`, and asks for its attestations. */
  ask(path: string, viaIndex?: string): Promise<Answered>;
  close(): Promise<void>;
}

export interface Answered {
  readonly resolved: ResolvedArtifact;
  readonly collected: CollectedAttestations;
  /** SHA-256 of each attestation, sorted. */
  readonly digests: readonly string[];
}

export type Login = TestRegistry['login'];

const credentialsOf = (login: Login): RegistryCredentials => ({
  of: async () =>
    login === null
      ? undefined
      : { kind: 'basic', username: login.user, password: login.password, from: 'the test' },
});

/** Reads with the login of the registry, or another. */
export function createReader(server: TestRegistry, login: Login = server.login): Reader {
  const listed = [server.host, ...(server.tokenHost === undefined ? [] : [server.tokenHost])];
  const exchanges: HttpExchange[] = [];
  const http = createHttpClient({
    listedHosts: listed,
    ...(server.caPem !== undefined && { extraCaPem: Buffer.from(server.caPem) }),
    retry: { attempts: 1 },
    onExchange: (exchange) => exchanges.push(exchange),
  });
  const registry = createRegistry({
    http,
    credentials: credentialsOf(login),
    cache: undefined,
    listedHosts: new Set(listed),
  });
  return {
    registry,
    exchanges,
    async ask(path, viaIndex) {
      const text = `${server.host}/${path}`;
      const image = parseOciReference(text);
      const resolved = await registry.resolve(image, { viaIndex });
      const source = { kind: 'oci', registry: image.registry, repository: image.repository } as const;
      const collected = await registry.source(image).collect({
        remote: { kind: 'oci', text, image },
        digests: resolved.digests,
        viaIndex,
        purl: undefined,
        sources: [source],
        wantsHistory: false,
        given: [],
      });
      return { resolved, collected, digests: digestsOf(collected) };
    },
    close: () => http.close(),
  };
}

export const digestsOf = ({ attestations }: CollectedAttestations): readonly string[] =>
  attestations.map(({ bytes }) => sha256(bytes).toString('hex')).sort();
