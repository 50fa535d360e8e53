import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer } from 'node:net';
import { openSourceRun, type SourceSettings } from '../../../src/adapters/attestations/index.ts';
import { createHttpClient } from '../../../src/adapters/http/index.ts';
import { encodeClock } from '../../../src/core/clock.ts';
import type { Fact } from '../../../src/core/model/fact.ts';
import type { CollectedAttestations } from '../../../src/core/ports.ts';
import type { SourceQuery } from '../../../src/core/source-ports.ts';
import { createRoot } from '../../kit/certificate-authority.ts';
import { type FaultProxy, startFaultProxy } from '../../kit/servers/fault-proxy.ts';
import type { SourceFault } from './faults.ts';

/** One source with something about the artifact, healthy, and how it is asked. */
export interface Scenario {
  readonly name: string;
  /** `host:port` of the healthy server. */
  readonly target: string;
  /** Hosts beside it that its answers lead to. */
  readonly others?: readonly string[];
  /** The request that decides. */
  readonly matches: (method: string, path: string) => boolean;
  /** Its path. */
  readonly decisive: string;
  /** A 404 as the vendor writes it, where attestations would be. */
  readonly notFound: SourceFault;
  /** How the vendor says, in so many words, that there are none. */
  readonly nothing: SourceFault;
  /** A byte altered where it is held against a digest; without it, in the answer that decides. */
  readonly wrongDigest?: SourceFault;
  /** What files have already. */
  readonly given?: readonly CollectedAttestations[];
  /** Bytes of the artifact. */
  readonly artifact: Buffer;
  settings(origin: string): Partial<SourceSettings>;
  query(host: string): Pick<SourceQuery, 'sources' | 'remote'> & Partial<SourceQuery>;
  close(): Promise<void>;
}

export interface Outcome {
  readonly collected: readonly CollectedAttestations[];
  readonly facts: readonly Fact[];
  /** Requests for what decides. */
  readonly requests: number;
}

/** Long enough for a hundred pages on a busy machine. */
const DEADLINE_MS = 1_500;

/** Asks a source whose decisive request goes wrong. */
export async function askWith(
  scenario: Scenario,
  fault: SourceFault,
  digests: SourceQuery['digests'],
): Promise<Outcome> {
  const place = await placeOf(scenario, fault);
  const { origin, host, proxy } = place;
  const run = openSourceRun({
    listedHosts: [host, scenario.target, ...(scenario.others ?? [])],
    cache: undefined,
    registryCredentials: { of: async () => undefined },
    githubUrl: origin,
    githubCredential: undefined,
    npmRegistryFor: async () => () => ({ url: origin, credentials: [] }),
    pypiUrl: origin,
    pypiCredentials: [],
    rekorUrl: origin,
    ...scenario.settings(origin),
    deadlineMs: DEADLINE_MS,
    createHttp: (hooks) =>
      createHttpClient({
        listedHosts: [host, scenario.target, ...(scenario.others ?? [])],
        retry: { attempts: 3, baseMs: 1 },
        random: () => 0,
        ...hooks,
      }),
  });
  try {
    const query = {
      viaIndex: undefined,
      purl: undefined,
      wantsHistory: false,
      given: scenario.given ?? [],
      digests,
      ...scenario.query(host),
    };
    const { collected } = await run.begin().collect(query);
    const facts = run.clocks.length === 0 ? [] : [{ name: 'clock', bytes: encodeClock(run.clocks) }];
    return { collected, facts, requests: proxy?.matched() ?? 0 };
  } finally {
    await run.close();
    await place.close();
  }
}

interface Place {
  readonly origin: string;
  readonly host: string;
  readonly proxy: FaultProxy | undefined;
  close(): Promise<void>;
}

async function placeOf({ target, matches }: Scenario, fault: SourceFault): Promise<Place> {
  switch (fault.kind) {
    case 'answer':
    case 'clock': {
      const isClock = fault.kind === 'clock';
      const proxy = await startFaultProxy(target, {
        matches:
          isClock || fault.matches === undefined ? matches : (_, path) => fault.matches?.(path) === true,
        fault: isClock ? () => undefined : fault.answer,
        ...(isClock ? { headers: { date: new Date(Date.now() + 3_600_000).toUTCString() } } : {}),
      });
      return { origin: proxy.origin, host: proxy.host, proxy, close: () => proxy.close() };
    }
    case 'refused': {
      const port = await closedPort();
      const host = `127.0.0.1:${port}`;
      return { origin: `http://${host}`, host, proxy: undefined, close: async () => {} };
    }
    case 'no-such-name': {
      const host = 'no-such-host.invalid:443';
      return { origin: 'https://no-such-host.invalid', host, proxy: undefined, close: async () => {} };
    }
    case 'unknown-authority':
      return tlsPlace();
  }
}

async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}

/** A server with a certificate that nobody vouches for. */
async function tlsPlace(): Promise<Place> {
  const root = createRoot([['CN', 'nobody']]);
  const server = createTlsServer(
    {
      key: root.keys.privateKey.export({ type: 'pkcs8', format: 'pem' }),
      cert: `-----BEGIN CERTIFICATE-----\n${root.certificate.der
        .toString('base64')
        .match(/.{1,64}/g)
        ?.join('\n')}\n-----END CERTIFICATE-----\n`,
    },
    (_, response) => response.end('{}'),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const host = `127.0.0.1:${port}`;
  return {
    origin: `https://${host}`,
    host,
    proxy: undefined,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
