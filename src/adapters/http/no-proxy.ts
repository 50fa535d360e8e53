import { BlockList, isIP } from 'node:net';
import { isLoopback } from '../../core/model/loopback.ts';
import { hostAndPort } from './url.ts';

/** `entry:port`; an IPv6 address has a port only behind brackets. */
const WITH_PORT = /^(\[.*\]|[^:]*):([0-9]{1,5})$/;

/**
 * Whether a host is asked directly although there is a proxy: it is this machine, or in the list as `NO_PROXY` has it. An
 * entry is a host with all below it (`example.com`), all below it alone (`.example.com`, `*.example.com`), an address, a
 * network (`10.0.0.0/8`), each with a port or without, or `*` for all. Names are not resolved for it.
 */
export function isExcepted(url: URL, except: readonly string[]): boolean {
  const host = url.hostname.toLowerCase();
  if (isLoopback(host)) return true;
  return except.some((given) => isMatch(url, host, given.trim().toLowerCase()));
}

function isMatch(url: URL, host: string, entry: string): boolean {
  if (entry === '') return false;
  if (entry === '*') return true;
  const [, name = entry, port] = WITH_PORT.exec(entry) ?? [];
  if (port !== undefined && !hostAndPort(url).endsWith(`:${port}`)) return false;
  const address = unbracketed(host);
  if (isIP(address) !== 0) return isAddressIn(address, unbracketed(name));
  const suffix = name.replace(/^\*(?=\.)/, '');
  const plain = host.replace(/\.$/, '');
  return suffix.startsWith('.') ? plain.endsWith(suffix) : plain === suffix || plain.endsWith(`.${suffix}`);
}

const unbracketed = (host: string): string => host.replace(/^\[|\]$/g, '');

function isAddressIn(address: string, entry: string): boolean {
  const [network = '', prefix] = entry.split('/');
  const family = isIP(network);
  if (family === 0 || family !== isIP(address)) return false;
  const longest = family === 4 ? 32 : 128;
  const bits = prefix === undefined ? longest : Number(prefix);
  if ((prefix !== undefined && !/^[0-9]{1,3}$/.test(prefix)) || bits > longest) return false;
  const list = new BlockList();
  const kind = family === 4 ? 'ipv4' : 'ipv6';
  list.addSubnet(network, bits, kind);
  return list.check(address, kind);
}
