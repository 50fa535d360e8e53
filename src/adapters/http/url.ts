import { refuse } from '../../errors.ts';

/** `host:port`, lower case, IPv6 in brackets: how a host is listed and compared, always whole, never by suffix. */
export const hostAndPort = (url: URL): string =>
  `${url.hostname}:${url.port === '' ? (url.protocol === 'http:' ? '80' : '443') : url.port}`;

/** What may stand in a message: no query, no fragment, no credentials, bounded. */
export const printableUrl = (url: URL): string => `${url.origin}${url.pathname}`.slice(0, 200);

/**
 * Parses an address that may be asked: literally `https://`, or `http://` when its `host:port` is listed.
 *
 * The scheme is read off the text and not off the parsed URL, because URL parsers mend `HTTP://`, ` http://`,
 * `https:host` and `//host` into something else than what a reader of the configuration sees.
 *
 * @throws SlsaGateError `config.insecure-url`, `config.invalid`
 */
export function parseUrl(text: string, listedHosts: ReadonlySet<string>): URL {
  const secure = text.startsWith('https://');
  if (!secure && !text.startsWith('http://')) {
    refuse('config.insecure-url', 'the address does not start with https://', {
      expected: 'https://...',
      actual: text.slice(0, 16),
    });
  }
  const url = URL.parse(text);
  if (url === null || /[\s\\]/.test(text)) refuse('config.invalid', 'not an address');
  if (url.username !== '' || url.password !== '') {
    refuse('config.invalid', 'an address must not hold credentials', { actual: url.origin });
  }
  if (!secure && !listedHosts.has(hostAndPort(url))) {
    refuse('config.insecure-url', 'http:// is only for hosts that are listed', { actual: url.origin });
  }
  return url;
}
