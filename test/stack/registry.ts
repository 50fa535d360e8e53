import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServerCertificate, type ServerCertificate, writePrivate } from './certificates.ts';
import { buildGoTool } from './go-tools.ts';
import { freePort } from './ports.ts';
import { answers, createProcesses, type Processes, type ServerProcess } from './processes.ts';

/** A real registry on loopback, empty at its start. */
export interface TestRegistry {
  /** `127.0.0.1:PORT` */
  readonly host: string;
  readonly origin: string;
  /** Whom it lets in; null when it lets in everybody. */
  readonly login: { readonly user: string; readonly password: string } | null;
  /** PEM of the authority that signed its certificate; undefined without TLS. */
  readonly caPem: string | undefined;
  /** `host:port` of the token server, where that is not the registry itself. */
  readonly tokenHost: string | undefined;
  /** Ends the server at once, and nothing else: what it held is gone. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

const LOGIN = { user: 'tester', password: 'loopback-only' };
/** bcrypt of that password, cost 5: distribution takes no other kind. */
const HTPASSWD = 'tester:$2y$05$slsagatetestslsagateteP5bG6gXgtg9w7.M/HQH2n6qIJhE1cHO\n';

/** Ways in which registries differ. */
export type Quirk = 'no-referrers' | 'no-referrers-filter' | 'no-digest-header' | 'no-link-header';

export interface OciregdOptions {
  readonly auth?: 'none' | 'basic' | 'token';
  /** The token server lets everybody pull. */
  readonly anonymousPull?: boolean;
  /** As Go writes it: `2s`, `300ms`. Five minutes by default. */
  readonly tokenTtl?: string;
  readonly quirks?: readonly Quirk[];
  readonly tls?: boolean;
}

const inFolder = async <T>(work: (folder: string, processes: Processes) => Promise<T>): Promise<T> => {
  const folder = mkdtempSync(join(tmpdir(), 'slsa-gate-registry-'));
  const processes = createProcesses(folder);
  try {
    return await work(folder, processes);
  } catch (error) {
    await processes.stop();
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
};

const stopOf = (folder: string, processes: Processes) => async (): Promise<void> => {
  await processes.stop();
  rmSync(folder, { recursive: true, force: true });
};

/** The first line that it writes is where it listens. */
async function addressOf(server: ServerProcess): Promise<URL> {
  const first = (): RegExpExecArray | null => /^(https?:\/\/\S+)\n/.exec(server.output());
  await server.ready(() => first() !== null);
  return new URL(first()?.[1] ?? '');
}

const tlsFlags = (folder: string, { certificatePem, keyPem }: ServerCertificate): readonly string[] => [
  ...['-tls-cert', writePrivate(folder, 'server.pem', certificatePem)],
  ...['-tls-key', writePrivate(folder, 'server.key', keyPem)],
];

/** `ociregd` of this folder: in memory, with the referrers API. Starts in 0.2 seconds; building it takes 18, once. */
export async function startOciregd(options: OciregdOptions = {}): Promise<TestRegistry> {
  const { auth = 'none', quirks = [], tokenTtl, anonymousPull = false, tls = false } = options;
  const program = await buildGoTool('ociregd');
  return await inFolder(async (folder, processes) => {
    const certificate = tls ? createServerCertificate() : undefined;
    const argv = [
      ...['-auth', auth],
      ...quirks.map((quirk) => `-${quirk}`),
      ...(tokenTtl === undefined ? [] : ['-token-ttl', tokenTtl]),
      ...(anonymousPull ? ['-anonymous-pull'] : []),
      ...(certificate === undefined ? [] : tlsFlags(folder, certificate)),
    ];
    const env = { REGISTRY_PASSWORD: LOGIN.password };
    const server = processes.start('ociregd', program, argv, { env });
    const { host, origin } = await addressOf(server);
    return {
      host,
      origin,
      login: auth === 'none' ? null : LOGIN,
      caPem: certificate?.caPem,
      tokenHost: undefined,
      kill: server.kill,
      stop: stopOf(folder, processes),
    };
  });
}

export interface DistributionOptions {
  /** `token`: of a token server on another origin. */
  readonly auth?: 'none' | 'basic' | 'token';
  readonly tls?: boolean;
}

/** CNCF distribution: on disk, without the referrers API. */
export async function startDistribution(options: DistributionOptions = {}): Promise<TestRegistry> {
  const { auth = 'none', tls = false } = options;
  const program = await buildGoTool('registry');
  const ociregd = auth === 'token' ? await buildGoTool('ociregd') : '';
  return await inFolder(async (folder, processes) => {
    const certificate = tls ? createServerCertificate() : undefined;
    const issuer = auth === 'token' ? await startTokenServer(ociregd, folder, processes) : undefined;
    const host = `127.0.0.1:${await freePort()}`;
    const config = {
      version: 0.1,
      log: { level: 'warn', accesslog: { disabled: true } },
      storage: { filesystem: { rootdirectory: join(folder, 'storage') }, delete: { enabled: true } },
      http: {
        addr: host,
        secret: 'not used with one replica',
        ...(certificate && {
          tls: {
            certificate: writePrivate(folder, 'server.pem', certificate.certificatePem),
            key: writePrivate(folder, 'server.key', certificate.keyPem),
          },
        }),
      },
      auth: {
        ...(auth === 'basic' && {
          htpasswd: { realm: 'registry', path: writePrivate(folder, 'htpasswd', HTPASSWD) },
        }),
        ...issuer?.auth,
      },
    };
    const path = join(folder, 'config.yml');
    // JSON is YAML.
    writeFileSync(path, JSON.stringify(auth === 'none' ? { ...config, auth: undefined } : config));
    const env = { OTEL_TRACES_EXPORTER: 'none' };
    const server = processes.start('distribution', program, ['serve', path], { env });
    const origin = `${certificate === undefined ? 'http' : 'https'}://${host}`;
    await server.ready(() => isUp(host, certificate !== undefined));
    return {
      host,
      origin,
      login: auth === 'none' ? null : LOGIN,
      caPem: certificate?.caPem,
      tokenHost: issuer?.host,
      kill: server.kill,
      stop: stopOf(folder, processes),
    };
  });
}

/** With TLS the answer to plain HTTP is 400, which is an answer. */
const isUp = (host: string, isTls: boolean): Promise<boolean> =>
  isTls ? answers(`http://${host}/`) : answers(`http://${host}/v2/`);

async function startTokenServer(
  program: string,
  folder: string,
  processes: Processes,
): Promise<{ readonly host: string; readonly auth: object }> {
  const jwks = join(folder, 'jwks.json');
  const argv = ['-token-only', '-service', 'distribution', '-jwks-out', jwks];
  const env = { REGISTRY_PASSWORD: LOGIN.password };
  const { port } = await addressOf(processes.start('token-server', program, argv, { env }));
  // Under a name: several clients refuse a token server that is named by an address of loopback.
  const host = `localhost:${port}`;
  const realm = `http://${host}/token`;
  return { host, auth: { token: { realm, service: 'distribution', issuer: 'ociregd', jwks } } };
}
