import type { LookupAddress, LookupOptions } from 'node:dns';
import { lookup as resolveByName } from 'node:dns/promises';
import { isIP, isIPv6 } from 'node:net';
import type { SecureContext } from 'node:tls';
import { buildConnector } from 'undici';
import { SlsaGateError } from '../../errors.ts';
import { isPublicAddress } from './addresses.ts';

/** Addresses of a name. */
export type Resolve = (hostname: string) => Promise<readonly LookupAddress[]>;

const systemResolve: Resolve = (hostname) => resolveByName(hostname, { all: true });

function blocked(hostname: string, address: string): SlsaGateError {
  const actual = hostname === address ? address : `${hostname} (${address})`;
  return new SlsaGateError(
    'source.blocked-address',
    `the host leads to an address that must not be asked: ${actual}`,
    { expected: 'a public address, or a host that is listed', actual },
  );
}

type LookupCallback = (error: Error | null, addresses: LookupAddress[] | string, family?: number) => void;

/** Resolves once, checks every answer, and hands only checked addresses to the socket: nothing resolves again. */
const checkedLookup =
  (resolve: Resolve, mustBePublic: boolean) =>
  (hostname: string, options: LookupOptions, callback: LookupCallback): void => {
    resolve(hostname).then(
      (addresses) => {
        const first = addresses[0];
        const bad = mustBePublic ? addresses.find(({ address }) => !isPublicAddress(address)) : undefined;
        if (bad !== undefined) callback(blocked(hostname, bad.address), []);
        else if (first === undefined) callback(new Error('the name has no address'), []);
        else if (options.all) callback(null, [...addresses]);
        else callback(null, first.address, first.family);
      },
      (error: Error) => callback(error, []),
    );
  };

/** Names that stand for a metadata address wherever they are resolved, so also behind a proxy. */
const METADATA_NAMES = new Set(['metadata.google.internal', 'metadata.goog', 'instance-data']);

/**
 * @throws SlsaGateError `source.blocked-address` for an address, or a name of this machine, that is not listed
 */
export function refusesLiteral(hostname: string, host: string, listedHosts: ReadonlySet<string>): void {
  if (listedHosts.has(host)) return;
  const literal = hostname.replace(/^\[|\]$/g, '').replace(/\.+$/, '');
  const isOwnName = literal === 'localhost' || literal.endsWith('.localhost') || METADATA_NAMES.has(literal);
  if (isOwnName || (isIP(literal) !== 0 && !isPublicAddress(literal))) throw blocked(hostname, literal);
}

export interface ConnectorOptions {
  readonly timeoutMs: number;
  /** Authorities and certificate of ours. */
  readonly secureContext?: SecureContext;
}

/**
 * Connects to checked addresses only. A literal address never reaches the resolver, so it is checked here.
 *
 * @param listedHosts `host:port` that may lie in private networks
 */
export function createConnector(
  listedHosts: ReadonlySet<string>,
  { timeoutMs, secureContext }: ConnectorOptions,
  resolve: Resolve = systemResolve,
): buildConnector.connector {
  // Node would otherwise let NODE_TLS_REJECT_UNAUTHORIZED turn the check of certificates off.
  const common = {
    ...(secureContext === undefined ? {} : { secureContext }),
    rejectUnauthorized: true,
    allowH2: false,
    timeout: timeoutMs,
  } as const;
  const open = buildConnector({ ...common, lookup: checkedLookup(resolve, false) } as never);
  const guarded = buildConnector({ ...common, lookup: checkedLookup(resolve, true) } as never);
  return (options, callback) => {
    const port = options.port === '' ? (options.protocol === 'http:' ? '80' : '443') : options.port;
    // Here an IPv6 address comes without its brackets.
    const name = isIPv6(options.hostname) ? `[${options.hostname}]` : options.hostname;
    const host = `${name}:${port}`;
    try {
      refusesLiteral(options.hostname, host, listedHosts);
    } catch (error) {
      return callback(error as Error, null);
    }
    return (listedHosts.has(host) ? open : guarded)(options, callback);
  };
}
