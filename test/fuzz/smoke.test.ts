import { describe, expect, it } from 'vitest';
import { mutateDer } from '../../fuzz/mutate-der.ts';
import { mutateJson, mutateJsonText } from '../../fuzz/mutate-json.ts';
import { Random } from '../../fuzz/random.ts';
import { type FuzzLimits, fuzz } from '../../fuzz/run.ts';
import { answerOf, assert, type FuzzTarget } from '../../fuzz/target.ts';
import { TARGETS } from '../../fuzz/targets/index.ts';
import { refuse } from '../../src/errors.ts';

/** A short run of every target with one seed; `npm run fuzz` runs them for as long as there is time. */

const LIMITS: FuzzLimits = { seed: 20260301, iterations: 300, milliseconds: 20_000, slowMs: 10_000 };

describe('each fuzz target', () => {
  it.each(Object.entries(TARGETS))('%s holds for some hundred inputs', async (id, make) => {
    const report = fuzz(await make(), LIMITS);
    expect(report.failure?.reason).toBeUndefined();
    expect(report.target).toBe(id);
    expect(report.iterations).toBeGreaterThan(100);
    // It came past the outermost parser, and not everything was let in, unless nothing can be refused.
    expect(report.answers.get('accepted')).toBeGreaterThan(0);
    if (id !== 'F12') expect(report.answers.size).toBeGreaterThan(1);
  });
});

describe('a run', () => {
  const target = (check: FuzzTarget['check']): FuzzTarget => ({
    id: 'F0',
    title: 'test',
    draw: (random) => random.bytes(8),
    check,
  });
  const limits: FuzzLimits = { seed: 1, iterations: 50, milliseconds: 5000, slowMs: 1000 };

  it('counts typed refusals as answers', () => {
    const report = fuzz(
      target(() => answerOf(() => refuse('json.malformed', 'no JSON'))),
      limits,
    );
    expect(report.answers).toEqual(new Map([['json.malformed', 50]]));
    expect(report.failure).toBeUndefined();
  });

  it('fails on a foreign error', () => {
    const report = fuzz(
      target(() => answerOf(() => JSON.parse('{'))),
      limits,
    );
    expect(report.failure?.reason).toMatch(/^SyntaxError/);
    expect(report.iterations).toBe(1);
  });

  it('fails where the target finds the answer wrong, and makes the same input again', () => {
    const judged = target((input) => {
      assert((input[0] ?? 0) < 200, 'accepted');
      return 'accepted';
    });
    const { failure } = fuzz(judged, limits);
    expect(failure?.reason).toMatch(/^FuzzFailure: accepted/);
    expect(judged.draw(new Random(limits.seed, failure?.iteration))).toEqual(failure?.input);
  });

  it('fails on an input that takes too long', () => {
    const slow = target((input) => {
      for (const end = performance.now() + 20; performance.now() < end; ) input[0] = 0;
      return 'accepted';
    });
    expect(fuzz(slow, { ...limits, slowMs: 10 }).failure?.reason).toMatch(/^took \d+ ms/);
  });

  it('fails when an input changes what all objects inherit', () => {
    const polluting = target(() => {
      Object.defineProperty(Object.prototype, 'polluted', { value: true, configurable: true });
      return 'accepted';
    });
    const { failure } = fuzz(polluting, limits);
    Reflect.deleteProperty(Object.prototype, 'polluted');
    expect(failure?.reason).toMatch(/^changed what all objects inherit/);
  });
});

describe('the mutators', () => {
  const random = new Random(5);

  it('draw the same for the same seed and stream, and otherwise for another', () => {
    const draw = (seed: number, stream: number): string => new Random(seed, stream).bytes(16).toString('hex');
    expect(draw(1, 2)).toBe(draw(1, 2));
    expect(new Set([draw(1, 2), draw(2, 1), draw(1, 3), draw(2, 2)]).size).toBe(4);
  });

  it('change documents without touching the original', () => {
    const original = { list: ['YWJjZGVmZ2g=', { inner: 'text' }], number: 7 };
    const copy = structuredClone(original);
    const changed = Array.from({ length: 200 }, () => JSON.stringify(mutateJson(original, random, [copy])));
    expect(original).toEqual(copy);
    expect(new Set(changed).size).toBeGreaterThan(100);
  });

  it('double members of a JSON text', () => {
    const texts = Array.from({ length: 200 }, () => mutateJsonText('{"a":{"b":1}}', random).toString());
    expect(texts.some((text) => /"a":[^{]*,"a":\{/.test(text))).toBe(true);
  });

  it('write the lengths of DER anew', () => {
    const inner = Buffer.concat([
      Buffer.from([0x04, 0x03]),
      Buffer.from('abc'),
      Buffer.from([0x02, 0x01, 0x05]),
    ]);
    const der = Buffer.concat([Buffer.from([0x30, inner.length]), inner]);
    const whole = Array.from({ length: 300 }, () => mutateDer(der, random)).filter(
      (bytes) => bytes[0] === 0x30 && (bytes[1] ?? 0) < 0x80 && bytes.length === 2 + (bytes[1] ?? 0),
    );
    expect(whole.length).toBeGreaterThan(100);
    expect(new Set(whole.map((bytes) => bytes.toString('hex'))).size).toBeGreaterThan(20);
  });
});
