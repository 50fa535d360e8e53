import { isLoopback } from '../../core/model/loopback.ts';
import { SlsaGateError } from '../../errors.ts';
import { type CheckLine, fails, failsMildly, isOk, type Place, warns } from './check.ts';
import type { Check } from './run.ts';

/** The proxy, without what it is told. */
export interface ProxySetting {
  /** `http://host:port` */
  readonly origin: string;
  /** `--proxy` or `HTTPS_PROXY`. */
  readonly from: string;
  readonly except: readonly string[];
}

const PROXY: Place = { id: 'proxy', name: 'proxy' };

/**
 * @param read what is set, undefined for none; throws where it cannot be used
 * @param reach throws unless the proxy answers, and takes who asks
 */
export const proxyCheck = (
  read: () => ProxySetting | undefined,
  reach: ((proxy: ProxySetting) => Promise<void>) | undefined,
): Check => ({
  ...PROXY,
  run: async (): Promise<CheckLine> => {
    const proxy = read();
    if (proxy === undefined) return isOk(PROXY, 'none: hosts are asked directly');
    const { origin, from, except } = proxy;
    const names = except.filter((name) => name.trim() !== '');
    const found = `${origin} from ${from}${names.length === 0 ? '' : `, not for ${names.join(', ')}`}`;
    if (reach === undefined) return isOk(PROXY, `${found}; not asked, because of --offline`);
    await reach(proxy);
    return isOk(PROXY, found);
  },
});

/** Where a host leads, as far as it can be told from here. */
export type HostKind = 'private' | 'public';

/**
 * `--allow-host`: needed for hosts of a private network.
 *
 * @param kindOf throws for a name that does not resolve
 */
export const allowedHostCheck = (host: string, kindOf: (host: string) => Promise<HostKind>): Check => {
  const place: Place = { id: 'allow-host', name: `--allow-host ${host}` };
  return {
    ...place,
    run: async () => {
      try {
        if ((await kindOf(host)) === 'private')
          return isOk(place, 'a host of this machine or of a private network');
        return warns(
          place,
          'a public host, which can be asked without being listed',
          'Leave it out, unless answers of another server lead there: token servers, downloads.',
        );
      } catch (error) {
        if (error instanceof SlsaGateError) return failsMildly(place, error);
        throw error;
      }
    },
  };
};

/** An address that was set. */
export interface SetAddress {
  /** `--github-url`, `registry in .npmrc`. */
  readonly from: string;
  readonly url: string;
}

/** Addresses that are http: refused where the host is not listed, and readable on the way where it is. */
export function plainHttpLines(
  addresses: readonly SetAddress[],
  listed: ReadonlySet<string>,
): readonly CheckLine[] {
  return addresses.flatMap(({ from, url: text }) => {
    const url = URL.parse(text);
    if (url?.protocol !== 'http:') return [];
    const host = `${url.hostname}:${url.port === '' ? '80' : url.port}`;
    const place: Place = { id: 'allow-host', name: from };
    if (!listed.has(host)) return [fails(place, unlisted(url.origin, host))];
    if (isLoopback(url.hostname)) return [];
    return [
      warns(
        place,
        `${url.origin} is plain http: what is asked, shown and answered can be read and changed on the way`,
        'Let the server speak https, and give its authority with --ca-file.',
        'config.insecure-url',
      ),
    ];
  });
}

const unlisted = (origin: string, host: string): SlsaGateError =>
  new SlsaGateError('config.insecure-url', `http:// is only for hosts that are listed: ${origin}`, {
    hint: `Write https://, or list the host if it is yours: --allow-host ${host}.`,
  });
