import { describe, expect, it } from 'vitest';
import { parseInvocation } from '../../../src/cli/parse.ts';
import { parsed, refusal, specOf } from './command.ts';

describe('an invocation', () => {
  it('answers with texts, lists and switches', async () => {
    const words = await parsed(
      'verify',
      'a',
      '--bundle',
      'b',
      '--bundle=c',
      '--offline',
      '--source-uri',
      'u',
    );
    expect(words.args).toEqual(['a']);
    expect(words.list('bundle')).toEqual(['b', 'c']);
    expect(words.on('offline')).toBe(true);
    expect(words.text('source-uri')).toBe('u');
  });

  it('answers with nothing for what was not given', async () => {
    const words = await parsed('verify');
    expect(words.args).toEqual([]);
    expect(words.list('bundle')).toEqual([]);
    expect(words.on('offline')).toBe(false);
    expect(words.text('source-uri')).toBeUndefined();
  });

  it('does not let a repeatable flag swallow the arguments after it', async () => {
    const words = await parsed('verify', '--bundle', 'b', 'artifact-1', 'artifact-2');
    expect(words.list('bundle')).toEqual(['b']);
    expect(words.args).toEqual(['artifact-1', 'artifact-2']);
  });

  it('keeps arguments that repeat or look like flags', async () => {
    const words = await parsed('verify', 'a', 'a', '--', '--offline');
    expect(words.args).toEqual(['a', 'a', '--offline']);
    expect(words.on('offline')).toBe(false);
  });

  it('throws when our own code asks for a flag that the command does not have', async () => {
    const words = await parsed('explain', 'ok');
    expect(() => words.text('bundel')).toThrow(new TypeError('explain has no flag bundel'));
    expect(words.has('bundle')).toBe(false);
  });
});

describe('two readings of one command line', () => {
  it('POL-08 refuses a flag that the parser did not see, since it would be accepted and do nothing', async () => {
    const parser = async () => ({ flags: {}, argv: [] });
    await expect(parseInvocation(specOf('verify'), ['--offline'], parser)).rejects.toThrow(
      refusal('internal.bug', { message: 'flag was not parsed: --offline', exitCode: 70 }),
    );
  });

  it('refuses arguments that the parser counts differently', async () => {
    const parser = async () => ({ flags: {}, argv: ['a', 'b'] });
    await expect(parseInvocation(specOf('verify'), ['a'], parser)).rejects.toThrow(
      refusal('internal.bug', { message: 'arguments were not parsed' }),
    );
  });

  it('tells what the parser refuses as wrong usage, in one line', async () => {
    const parser = async () => {
      throw new Error('first line\nSee more help with --help');
    };
    await expect(parseInvocation(specOf('verify'), [], parser)).rejects.toThrow(
      refusal('usage.flag', { message: 'first line', exitCode: 64 }),
    );
  });
});
