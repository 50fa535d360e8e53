import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import type { Draft } from '../../../../src/core/config/draft.ts';
import { parseConfig, type Report } from '../../../../src/core/config/parse.ts';
import { LIMITS } from '../../../../src/core/limits.ts';
import { ConfigError } from '../../../../src/core/model/faults.ts';
import { SlsaGateError } from '../../../../src/errors.ts';

const Sink = z.strictObject({ name: z.string(), folder: z.string() });
const Schema = z.strictObject({
  origin: z.string(),
  port: z.exactOptional(z.int()),
  kind: z.exactOptional(z.enum(['plain', 'signed'])),
  store: z.exactOptional(
    z.union([z.string(), z.strictObject({ url: z.string(), table: z.exactOptional(z.string()) })]),
  ),
  sinks: z.exactOptional(z.array(Sink).check(z.minLength(1))),
  named: z.exactOptional(z.record(z.string().check(z.regex(/^[a-z]+$/)), Sink)),
});
type Config = z.infer<typeof Schema>;

const read = (text: string, check?: (draft: Draft<Config>, report: Report) => void): Config =>
  parseConfig(Buffer.from(text), 'evidence.yaml', Schema, check);

function refused(text: string, check?: (draft: Draft<Config>, report: Report) => void): ConfigError {
  try {
    read(text, check);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('accepted');
}

const told = (text: string, check?: (draft: Draft<Config>, report: Report) => void): readonly string[] =>
  refused(text, check).faults.map(
    ({ line, column, path, message, hint }) => `${line}:${column} ${path}: ${message} (${hint})`,
  );

describe('a file of configuration', () => {
  it('is read through whatever schema it is given', () => {
    expect(read('origin: example.com\nport: 5432\nsinks: [{ name: a, folder: /mnt }]\n')).toEqual({
      origin: 'example.com',
      port: 5432,
      sinks: [{ name: 'a', folder: '/mnt' }],
    });
  });

  it.each([
    ['origin: 1.10', '1:9 origin: expected a text, found 1.10 (Write it in quotes: "1.10".)'],
    [
      'origin: [a]',
      '1:9 origin: expected a text, found a list (Mend the place that is named and run slsa-gate policy check.)',
    ],
    ['port: "1"\norigin: a', '1:7 port: expected a whole number, found "1" (Write it without quotes: 1.)'],
    [
      'origin: a\nsinks: b',
      '2:8 sinks: expected a list, found "b" (Write a list: [ … ], or one dash on each line.)',
    ],
    ['origin: a\nkind: sined', '2:7 kind: expected plain or signed, found "sined" (Did you mean signed?)'],
    ['origin: a\nstore: 5', '2:8 store: expected a text or a mapping, found 5 (Write it in quotes: "5".)'],
    ['origin: a\nstore: { ur: b }', '2:10 store.ur: unknown key (Did you mean url?)'],
    ['origin: a\nstore: { table: b }', '2:8 store.url: a required key is missing (Expected: a text.)'],
    [
      'origin: a\nnamed: { B: { name: c, folder: d } }',
      '2:10 named.B: expected another value, found a mapping (Mend the place that is named and run slsa-gate policy check.)',
    ],
    ['port: 1', '1:1 origin: a required key is missing (Expected: a text.)'],
    ['sinks:\n  - name: a\norigin: a', '2:5 sinks[0].folder: a required key is missing (Expected: a text.)'],
    [
      'text',
      '1:1 : expected a mapping, found "text" (Mend the place that is named and run slsa-gate policy check.)',
    ],
  ])('is refused with the place and a hint: %j', (text, line) => {
    expect(told(text)).toEqual([line]);
  });

  it('names the keys that are known where none is near', () => {
    expect(refused('origin: a\nsinks: [{ name: a, folder: b, zzzzzz: c }]').faults[0]?.hint).toBe(
      'Known here: name, folder.',
    );
  });

  it('is told in the order of the file, with the code and hint of the first fault', () => {
    const error = refused('port: ""\nzzz: 1\norigin: {}\n');
    expect(error).toBeInstanceOf(SlsaGateError);
    expect(error.faults.map(({ code }) => code)).toEqual([
      'policy.empty-pattern',
      'policy.unknown-key',
      'policy.empty',
    ]);
    expect(error.finding).toBe('policy.empty-pattern');
    expect(error.code).toBe('SG_USAGE');
    expect(error.exitCode).toBe(64);
    expect(error.hint).toBe(error.faults[0].hint);
    expect(error.details).toEqual({ faults: 3 });
    expect(error.message).toBe(
      [
        'evidence.yaml:1:7: port: an empty text',
        'evidence.yaml:2:1: zzz: unknown key',
        'evidence.yaml:3:9: origin: an empty mapping',
      ].join('\n'),
    );
  });

  it('is told up to a bound, and how many faults are left', () => {
    const error = refused(
      `origin: a\n${Array.from({ length: LIMITS.configFaults + 7 }, (_, index) => `x${index}: 1\n`).join('')}`,
    );
    const lines = error.message.split('\n');
    expect(lines).toHaveLength(LIMITS.configFaults + 1);
    expect(lines.at(-1)).toBe('and 7 more faults');
    expect(error.faults).toHaveLength(LIMITS.configFaults + 7);
  });

  it('keeps each fault on one line, whatever the file and its name hold', () => {
    const text = 'origin: a\n"x\\ny": 1\nkind: "b\\nc\\rd"\n';
    const parse = () => parseConfig(Buffer.from(text), 'a\nb.yaml', Schema);
    expect(parse).toThrow(ConfigError);
    expect(parse).toThrow(
      /^a\?b\.yaml:2:1: \["x\\ny"\]: a hidden character: U\+000D|^a\?b\.yaml:2:1: \["x\\ny"\]: unknown key\na/,
    );
  });
});

describe('a check beyond the schema', () => {
  it('sees the whole value where nothing is wrong, and its faults are told', () => {
    const error = refused('origin: a b\nport: 5', (draft, report) => {
      expect(draft).toEqual({ origin: 'a b', port: 5 });
      report.fault('policy.invalid', ['origin'], 'a space', 'Leave it out.');
      report.fault('policy.invalid', ['port'], 'too small', undefined, 'key');
      report.fault('policy.invalid', ['port'], 'told once');
    });
    expect(error.message).toBe('evidence.yaml:1:9: origin: a space\nevidence.yaml:2:1: port: too small');
  });

  it('sees what is left where something is wrong, and knows where', () => {
    const seen: unknown[] = [];
    const text =
      'origin: 5\nzzz: 1\nport: 0x10\nkind: ""\nsinks:\n  - { name: a, folder: 1 }\n  - 5\n  - { name: b, folder: c }\n';
    const error = refused(text, (draft, report) => {
      seen.push(structuredClone(draft));
      seen.push([report.touches(['sinks', 0]), report.touches(['sinks', 2]), report.touches(['origin'])]);
      report.fault('policy.invalid', ['origin'], 'told already');
    });
    expect(seen).toEqual([
      { sinks: [{ name: 'a' }, undefined, { name: 'b', folder: 'c' }] },
      [true, false, true],
    ]);
    expect(error.message).not.toContain('told already');
  });

  it('is not asked where nothing is left', () => {
    expect(told('{}', () => expect.unreachable())).toEqual([
      expect.stringMatching(/^1:1 : an empty mapping/),
    ]);
  });
});
