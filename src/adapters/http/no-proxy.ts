import { hostAndPort } from './url.ts';

const LOOPBACK = /^(?:localhost|127(?:\.[0-9]{1,3}){3}|\[::1\])$/;

/**
 * Whether a host is asked directly although there is a proxy: it is this machine, or in the list as `NO_PROXY` has it.
 * An entry is a host with all below it (`example.com`, `.example.com`), a host with its port, or `*` for all.
 */
export function isExcepted(url: URL, except: readonly string[]): boolean {
  const host = url.hostname.toLowerCase();
  if (LOOPBACK.test(host)) return true;
  return except.some((given) => {
    const entry = given.trim().toLowerCase();
    if (entry === '') return false;
    if (entry === '*' || entry === hostAndPort(url)) return true;
    const name = entry.startsWith('.') ? entry.slice(1) : entry;
    return host === name || host.endsWith(`.${name}`);
  });
}
