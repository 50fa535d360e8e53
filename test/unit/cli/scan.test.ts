import { describe, expect, it } from 'vitest';
import { beforeSeparator, scan } from '../../../src/cli/scan.ts';
import { refusal, specOf } from './command.ts';

const VERIFY = specOf('verify');
const scanned = (...argv: readonly string[]) => scan(argv, VERIFY);

describe('words', () => {
  it('tells flags, their values and arguments apart', () => {
    const { given, positionals } = scanned('a.tgz', '--bundle', 'b.json', 'c.tgz', '--offline');
    expect([...given]).toEqual([
      ['bundle', 1],
      ['offline', 1],
    ]);
    expect(positionals).toEqual(['a.tgz', 'c.tgz']);
  });

  it('takes a value after the equals sign, with further equals signs in it', () => {
    const { given, positionals } = scanned('--build-workflow-input=key=a=b', 'a');
    expect(given.get('build-workflow-input')).toBe(1);
    expect(positionals).toEqual(['a']);
  });

  it('reads everything after -- as arguments, also what looks like a flag', () => {
    const { given, positionals } = scanned('--offline', '--', '--bundle', '-x', '--');
    expect([...given.keys()]).toEqual(['offline']);
    expect(positionals).toEqual(['--bundle', '-x', '--']);
    expect(beforeSeparator(['a', '--', '--json'])).toEqual(['a']);
    expect(beforeSeparator(['a', '--json'])).toEqual(['a', '--json']);
  });

  it('takes a single dash as an argument and as a value', () => {
    expect(scanned('-').positionals).toEqual(['-']);
    expect(scanned('--bundle', '-').positionals).toEqual([]);
  });

  it('counts how often a repeatable flag is given', () => {
    expect(scanned('--bundle', 'a', '--bundle=b').given.get('bundle')).toBe(2);
  });
});

describe('refused words', () => {
  it.each([
    ['--bundel', 'Did you mean --bundle?'],
    ['--source-urj=x', 'Did you mean --source-uri?'],
    ['--SOURCE-URI', 'Did you mean --source-uri?'],
    ['--certificate-identity-regex', 'Did you mean --certificate-identity-regexp?'],
    ['-b', 'Run slsa-gate verify --help.'],
    ['--zzzzzzzzzzzzzzzzzz', 'Run slsa-gate verify --help.'],
  ])('names the flag that was probably meant for %s', (word, hint) => {
    const name = word.split('=', 1)[0];
    expect(() => scanned(word)).toThrow(
      refusal('usage.flag', { message: `unknown flag of verify: ${name}`, hint, actual: name }),
    );
  });

  it.each(['--constructor', '--__proto__', '--toString', '--hasOwnProperty', '--no-offline'])(
    'refuses %s, a name that every object or every parser has',
    (word) => {
      expect(() => scanned(word, 'x')).toThrow(refusal('usage.flag', { actual: word }));
    },
  );

  it.each([[['--source-uri=']], [['--source-uri', '']], [['--source-uri', ' \t']]])(
    'refuses the empty value %j, because it would switch the check off',
    (argv) => {
      expect(() => scanned(...argv)).toThrow(
        refusal('usage.flag', {
          message: 'flag has an empty value: --source-uri',
          hint: 'An empty value would switch the check off; is a variable not set?',
        }),
      );
    },
  );

  it.each([[['--source-uri']], [['--source-uri', '--offline']], [['--source-uri', '--']]])(
    'refuses %j, a flag whose value is missing',
    (argv) => {
      expect(() => scanned(...argv)).toThrow(
        refusal('usage.flag', { message: 'flag needs a value: --source-uri' }),
      );
    },
  );

  it('refuses a value of a flag that takes none', () => {
    expect(() => scanned('--offline=false')).toThrow(
      refusal('usage.flag', { message: 'flag takes no value: --offline' }),
    );
  });

  it('refuses a value that is not in the list, and names the near one', () => {
    expect(() => scanned('--format', 'jsn')).toThrow(
      refusal('usage.flag', {
        hint: 'Did you mean json?',
        expected: 'text, json, sarif, junit, markdown',
        actual: 'jsn',
      }),
    );
    expect(() => scanned('--min-level=0')).toThrow(refusal('usage.flag', { expected: '1, 2, 3' }));
  });

  it('refuses a flag that may be given once only, however it is written', () => {
    expect(() => scanned('--source-uri', 'a', '--source-uri=a')).toThrow(
      refusal('usage.flag', { message: 'flag may be given once only: --source-uri' }),
    );
  });

  it.each(VERIFY.conflicts.map(([one, other]) => [one, other]))('refuses --%s with --%s', (one, other) => {
    const word = (name: string): string[] =>
      VERIFY.flags[name]?.type === 'boolean' ? [`--${name}`] : [`--${name}`, 'x'];
    expect(() => scanned(...word(other), ...word(one))).toThrow(
      refusal('usage.flag', { message: `flags contradict each other: --${one} and --${other}` }),
    );
  });

  it.each(VERIFY.needs.map(([one, other]) => [one, other]))('refuses --%s without --%s', (one, other) => {
    expect(() => scanned(`--${one}`, 'x')).toThrow(
      refusal('usage.flag', { message: `--${one} needs --${other}` }),
    );
    expect(scanned(`--${one}`, 'x', `--${other}`, 'y').given.size).toBe(2);
  });

  it('refuses an argument that is not in its list, and names the near one', () => {
    expect(() => scan(['bsh'], specOf('completion'))).toThrow(
      refusal('usage.flag', {
        message: 'shell must be one of bash, zsh, fish: bsh',
        hint: 'Did you mean bash?',
        expected: 'bash, zsh, fish',
        actual: 'bsh',
      }),
    );
  });

  it('refuses more arguments than the command has', () => {
    expect(() => scan(['a', 'b'], specOf('bundle verify'))).toThrow(
      refusal('usage.flag', {
        message: 'unexpected argument of bundle verify: b',
        hint: 'Usage: slsa-gate bundle verify FILE_OR_DIGEST --bundle FILE [FLAGS]',
      }),
    );
  });
});
