import * as z from 'zod/mini';
import { refuse } from '../../errors.ts';
import { type Check, parseConfig } from '../config/parse.ts';
import type { SigstoreProfile } from '../evidence-ports.ts';
import { hasCredentials } from '../model/credentials.ts';
import { ConfigError } from '../model/faults.ts';
import { lazy } from '../model/lazy.ts';
import { isLoopback } from '../model/loopback.ts';

/** Sigstore's public instance: whatever is signed there is told to everybody, for ever. */
export const PUBLIC_GOOD = 'public-good';

export const PUBLIC_GOOD_PROFILE: SigstoreProfile = {
  name: PUBLIC_GOOD,
  fulcioUrl: 'https://fulcio.sigstore.dev',
  rekorUrl: 'https://rekor.sigstore.dev',
  rekorVersion: 1,
  tsaUrl: 'https://timestamp.sigstore.dev/api/v1/timestamp',
  audience: 'sigstore',
  oidcIssuer: undefined,
};

/** Hosts of the public instances, whatever a file calls them. */
const PUBLIC_HOST = /(?:^|\.)(?:sigstore|sigstage)\.dev\.?$/;

const url = () => z.string().check(z.minLength(1), z.maxLength(2_048));

/** The file of an own instance, as people write it. */
export const SigstoreProfileSchema = lazy(() =>
  z.strictObject({
    schemaVersion: z.literal(1),
    fulcioUrl: url(),
    rekorUrl: url(),
    rekorVersion: z.union([z.literal(1), z.literal(2)]),
    tsaUrl: z.exactOptional(url()),
    // Without a default: a token for the audience of the public instance can be shown there by whoever is given it.
    audience: z.string().check(z.regex(/^[\x21-\x7e]+$/)),
    oidcIssuer: z.exactOptional(url()),
  }),
);

type Written = z.infer<ReturnType<typeof SigstoreProfileSchema>>;

const URLS = ['fulcioUrl', 'rekorUrl', 'tsaUrl'] as const;

/** What is wrong with the address of a service; an identity token goes to one of them. */
function faultOf(address: string): string | undefined {
  const parsed = URL.parse(address);
  if (parsed === null) return 'no URL';
  if (hasCredentials(address) || parsed.username !== '' || parsed.password !== '') return 'holds credentials';
  if (parsed.search !== '' || parsed.hash !== '') return 'has a query or a fragment';
  if (parsed.protocol === 'https:' || (parsed.protocol === 'http:' && isLoopback(parsed.hostname)))
    return undefined;
  return 'is not https, which only a server on this machine need not be';
}

const checkProfile: Check<Written> = (file, report) => {
  for (const name of URLS) {
    const address = file[name];
    const fault = address === undefined ? undefined : faultOf(address);
    if (fault !== undefined) report.fault('policy.invalid', [name], fault);
  }
  if (file.rekorVersion === 2 && file.tsaUrl === undefined && !report.touches(['tsaUrl'])) {
    report.fault(
      'policy.invalid',
      ['rekorVersion'],
      'a log of version 2 gives no time, and tsaUrl names no timestamp authority',
      'Add tsaUrl.',
    );
  }
};

/** Whether everybody can read what is signed there. */
export const isPublicProfile = (profile: SigstoreProfile): boolean =>
  URLS.some((name) => PUBLIC_HOST.test(URL.parse(profile[name] ?? '')?.hostname ?? ''));

/**
 * Bytes of a profile to the services that it names.
 *
 * @param name as the user wrote it
 * @throws SlsaGateError `evidence.config`, whose message has a line for every fault
 */
export function parseSigstoreProfile(bytes: Uint8Array, name: string): SigstoreProfile {
  const { rekorVersion, fulcioUrl, rekorUrl, tsaUrl, audience, oidcIssuer } = readWritten(bytes, name);
  return {
    name,
    fulcioUrl: withoutSlash(fulcioUrl),
    rekorUrl: withoutSlash(rekorUrl),
    rekorVersion,
    tsaUrl: tsaUrl === undefined ? undefined : withoutSlash(tsaUrl),
    audience,
    oidcIssuer,
  };
}

const withoutSlash = (address: string): string => address.replace(/\/+$/, '');

function readWritten(bytes: Uint8Array, name: string): Written {
  try {
    return parseConfig(bytes, name, SigstoreProfileSchema(), checkProfile);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    refuse('evidence.config', error.message, { hint: error.hint, details: error.details, cause: error });
  }
}
