import * as z from 'zod/mini';
import type { FaultCode } from '../model/faults.ts';

/**
 * What a fault of a value is called where its kind alone does not say it: the code, then what is expected. Read again
 * by core/config/schema-faults.ts.
 */
export const fault = (code: FaultCode, expected: string): string => `${code}: ${expected}`;

/** A value as the reference page and editors describe it. */
export const described = <T extends z.ZodMiniType>(description: string, schema: T): T =>
  schema.check(z.describe(description)) as T;

/** What the form of a value is called, in editors and on the reference page. */
const titled = <T extends z.ZodMiniType>(title: string, schema: T): T => schema.check(z.meta({ title })) as T;

const textOf = (pattern: RegExp, expected: string) =>
  titled(expected, z.string().check(z.minLength(1), z.regex(pattern, fault('policy.invalid', expected))));

/** At least one entry. */
export const listOf = <T extends z.ZodMiniType>(item: T) => z.array(item).check(z.minLength(1));

export const Text = z.string().check(z.minLength(1));
export const Name = textOf(/^[a-z0-9][a-z0-9-]*$/, 'lower-case letters, digits and dashes');
export const EnvironmentName = textOf(
  /^[A-Za-z0-9][A-Za-z0-9._-]*$/,
  'letters, digits, dots, dashes and underscores',
);
export const NumericId = textOf(/^[1-9][0-9]{0,19}$/, 'digits in quotes, such as "495574555"');
export const Word = textOf(
  /^[A-Za-z0-9][A-Za-z0-9._-]*$/,
  'one word of letters, digits, dots, dashes and underscores',
);
export const Sha256 = textOf(/^[0-9a-f]{64}$/, '64 lower-case hex digits');
export const CommitHex = textOf(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/, '40 or 64 lower-case hex digits');
export const PrefixedDigest = textOf(
  /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/,
  'sha256: or sha512: and lower-case hex digits',
);
export const Duration = textOf(
  /^[1-9][0-9]{0,5}[smhdw]$/,
  'a number and one of s, m, h, d, w, such as 30d or 12h',
);
export const Instant = textOf(
  /^[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z$/,
  'an instant in UTC, such as 2026-12-31T00:00:00Z',
);
export const Uri = textOf(
  /^[a-z][a-z0-9+.-]*:[^\s]+$/,
  'a URI with its scheme, such as https://example.com/builder',
);
export const Branch = textOf(/^refs\/heads\/[^\s]+$/, 'a branch in full, such as refs/heads/main');
export const BundleVersion = z.enum(['0.1', '0.2', '0.3']);

const THRESHOLD = fault('config.threshold', 'a whole number from 1 to 99');
/** How many of something there must be: zero would be no demand. */
export const Threshold = titled(
  'a whole number from 1 to 99',
  z.int(THRESHOLD).check(z.gte(1, THRESHOLD), z.lte(99, THRESHOLD)),
);

/** Text: exact. `glob` and `re2` match as a whole; see core/policy/pattern.ts. */
export const Pattern = titled(
  'a pattern',
  z.union([
    Text,
    z.strictObject({
      glob: described('An anchored glob: `*` without `/`, `**` with it, `?` one character.', Text),
    }),
    z.strictObject({ re2: described('An RE2 expression that begins with `^` and ends with `$`.', Text) }),
  ]),
);

export const PublicKeyInput = z.strictObject({
  pem: described('The public key: one PEM block.', Text),
  id: z.exactOptional(described('The name that envelopes give the key; its fingerprint when absent.', Text)),
  notBefore: z.exactOptional(described('What was signed earlier does not count.', Instant)),
  notAfter: z.exactOptional(described('What was signed later does not count.', Instant)),
});

const SignerIdentity = z.strictObject({
  identity: described('The subject of the certificate, a URI or an address.', Pattern),
  issuer: described(
    'Who vouched for that subject, such as https://token.actions.githubusercontent.com.',
    Pattern,
  ),
});
const SignerKey = z.strictObject({
  key: described('A key that signs without a certificate.', PublicKeyInput),
});

/** Subject and issuer together, or a key. */
export const Signer = titled('a signer', z.union([SignerIdentity, SignerKey]));
