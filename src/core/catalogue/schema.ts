import * as z from 'zod/mini';
import { fault, listOf, Name, Text } from '../policy/schema-values.ts';

const textOf = (pattern: RegExp, expected: string) =>
  z.string().check(z.regex(pattern, fault('policy.invalid', expected)));

/** A URI without what URIs have no use for, so that no pattern passes for one. */
const ExactUri = textOf(
  /^[a-z][a-z0-9+.-]*:[A-Za-z0-9._~:/?#[\]@!$&'()+,;=%-]+$/,
  'one exact URI; patterns match nothing here',
);
const BuilderUri = textOf(
  /^[a-z][a-z0-9+.-]*:[A-Za-z0-9._~:/!$&'()+,;=%-]*[A-Za-z0-9._~%-]$/,
  'the exact URI of a builder, without its ref, query and trailing slash',
);
const Https = textOf(/^https:\/\/[^\s]+$/, 'an address that begins with https://');
const Day = textOf(/^[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])$/, 'a day, such as 2026-11-25');
const Anchor = textOf(/^sha256:[0-9a-f]{64}$/, 'sha256: and 64 lower-case hex digits');
const Runner = textOf(/^[a-z0-9][a-z0-9-]*$/, 'a runner as certificates name it, such as github-hosted');
const MajorMinor = textOf(
  /^(?:0|[1-9][0-9]{0,8})\.(?:0|[1-9][0-9]{0,8})$/,
  'a major and minor version in quotes, such as "1.5"',
);

/** One value; unlike a literal it leaves lists and mappings to the other form that may stand there. */
const only = <const T extends string | boolean>(value: T, name: string) =>
  z.custom<T>((found) => found === value, fault('policy.invalid', name));
/** Everything must be said: what restricts nothing is the word `any`, never a key that was forgotten. */
const anyOr = <T extends z.ZodMiniType>(list: T) => z.union([only('any', 'the word any'), list]);
const Level = z.literal([1, 2, 3]);

const Row = z.strictObject({
  id: Name,
  trust: Name,
  issuers: z.exactOptional(listOf(ExactUri)),
  builders: anyOr(listOf(BuilderUri)),
  delegators: z.exactOptional(listOf(BuilderUri)),
  builderRef: z.enum(['version-tag', 'any']),
  buildTypes: anyOr(listOf(ExactUri)),
  runner: z.strictObject({
    is: z.exactOptional(listOf(Runner)),
    mayBeAbsent: z.exactOptional(z.union([only(true, 'true'), z.strictObject({ upTo: MajorMinor })])),
  }),
  level: Level,
  listedLevel: z.exactOptional(Level),
  source: Https,
  readOn: Day,
  note: z.exactOptional(Text),
});

/** The file of builders; docs/catalogue.md says what each key means. */
export const CatalogueSchema = z.strictObject({
  schemaVersion: z.literal(1),
  anchors: z.record(Name, listOf(Anchor)),
  rows: listOf(Row),
});

export type CatalogueFile = z.infer<typeof CatalogueSchema>;
