import { refuse } from '../../errors.ts';

/** Where a store lies, out of its URL; without any secret. */
export interface PostgresLocation {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
  readonly schema: string;
  /** `verify-full` checks certificate and host name; `disable` is for the same machine. */
  readonly sslmode: 'verify-full' | 'disable';
  /** PEM file of certificate authorities; those of Node when absent. */
  readonly sslrootcert: string | undefined;
  /** The URL as it was given, which holds no password. */
  readonly name: string;
}

const DEFAULT_PORT = 5432;
const DEFAULT_SCHEMA = 'slsa_gate';
const SCHEMA = /^[a-z_][a-z0-9_]{0,62}$/;
const PARAMETERS = new Set(['host', 'schema', 'sslmode', 'sslrootcert']);
const LOCAL = new Set(['localhost', '127.0.0.1', '[::1]', '::1']);

/**
 * Reads `postgres://user@host:5432/database?schema=slsa_gate&sslmode=verify-full&sslrootcert=ca.pem`. `host` may name the
 * folder of a socket, as in `postgres://user@/database?host=/run/postgresql`. Over a network, TLS is used and checked
 * unless `sslmode=disable` is given.
 *
 * @throws SlsaGateError `evidence.config`
 */
export function parsePostgresUrl(text: string): PostgresLocation {
  const fail = (why: string, actual?: string): never =>
    refuse('evidence.config', `the PostgreSQL store ${why}`, {
      expected: 'postgres://USER@HOST:PORT/DATABASE',
      ...(actual !== undefined && { actual }),
    });
  // The parser of Node wants a host.
  const withHost = text.replace(/^(postgres(?:ql)?:\/\/(?:[^/?#@]*@)?)(?=\/)/, '$1socket.invalid');
  if (!URL.canParse(withHost)) fail('has no readable URL');
  const url = new URL(withHost);
  if (url.protocol !== 'postgres:' && url.protocol !== 'postgresql:')
    fail('has another scheme', url.protocol);
  if (url.password !== '') fail('has a password in its URL; use PGPASSWORD or a password file');
  if (url.hash !== '') fail('has a fragment');
  for (const [key] of url.searchParams) {
    if (!PARAMETERS.has(key)) fail('has an unknown parameter', key);
    if (url.searchParams.getAll(key).length > 1) fail('has a parameter twice', key);
  }
  const user = decodeURIComponent(url.username);
  const database = decodeURIComponent(url.pathname.slice(1));
  if (user === '') fail('names no user');
  if (database === '' || database.includes('/')) fail('names no database');
  const folder = url.searchParams.get('host') ?? undefined;
  if (url.hostname === 'socket.invalid' && folder === undefined) fail('names no host');
  if (folder?.startsWith('/') === false) fail('has a socket folder that is not absolute', folder);
  const host = folder ?? url.hostname;
  const schema = url.searchParams.get('schema') ?? DEFAULT_SCHEMA;
  if (!SCHEMA.test(schema)) fail('has an unusable schema', schema);
  const isLocal = folder !== undefined || LOCAL.has(host);
  const sslmode = url.searchParams.get('sslmode') ?? (isLocal ? 'disable' : 'verify-full');
  if (sslmode !== 'verify-full' && sslmode !== 'disable') return fail('has another sslmode', sslmode);
  return {
    host: host.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? DEFAULT_PORT : Number(url.port),
    user,
    database,
    schema,
    sslmode,
    sslrootcert: url.searchParams.get('sslrootcert') ?? undefined,
    name: text,
  };
}
