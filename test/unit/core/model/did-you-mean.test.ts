import { describe, expect, it } from 'vitest';
import { nearest, suggest } from '../../../../src/core/model/did-you-mean.ts';

const KNOWN = ['verify', 'bundle verify', 'trust', 'explain'];

describe('the nearest word', () => {
  it.each([
    ['verfiy', 'verify'],
    ['VERIFY', 'verify'],
    ['veri', 'verify'],
    ['trsut', 'trust'],
    ['explian', 'explain'],
  ])('of %s is %s', (given, word) => {
    expect(nearest(given, KNOWN)).toBe(word);
  });

  it.each(['', 'deploy', 'zzzzzz'])('is none for %j', (given) => {
    expect(nearest(given, KNOWN)).toBeUndefined();
  });

  it('is not looked for when the word is far longer than any of ours', () => {
    expect(nearest('verify'.repeat(20), ['verify'.repeat(20)])).toBeUndefined();
  });

  it('becomes a question, or the other hint', () => {
    expect(suggest('verfy', KNOWN, 'else')).toBe('Did you mean verify?');
    expect(suggest('deployment', KNOWN, 'else')).toBe('else');
  });
});
