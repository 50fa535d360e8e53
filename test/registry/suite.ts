import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evaluateWith } from '../kit/gate.ts';
import { createPusher, type Pusher, pushLayout } from '../stack/push.ts';
import type { TestRegistry } from '../stack/registry.ts';
import { type Answered, createReader } from './ask.ts';
import { type Beside, type Form, type ImageKind, type MadeImage, makeImage, TAG } from './images.ts';

export interface RegistrySuite {
  readonly start: () => Promise<TestRegistry>;
  /** Clients list referrers under the fallback tag, since there is no API. */
  readonly fallbackTags?: boolean;
  /** Reads without a login although pushing needs one. */
  readonly anonymously?: boolean;
}

interface Expected {
  readonly answer: 'complete' | 'absent';
  readonly verdict: 'allow' | 'deny' | 'indeterminate';
  /** The rule and code that decide, as {@link evaluateWith} tells them; none where it is allowed. */
  readonly faults: readonly string[];
}

const EXPECTED: Readonly<Record<Beside, Expected>> = {
  good: { answer: 'complete', verdict: 'allow', faults: [] },
  'decoy-first': { answer: 'complete', verdict: 'allow', faults: [] },
  'wrong-subject': { answer: 'complete', verdict: 'deny', faults: ['subject-digest subject.mismatch'] },
  'wrong-signer': { answer: 'complete', verdict: 'deny', faults: ['source-uri source.mismatch'] },
  unsigned: { answer: 'complete', verdict: 'deny', faults: ['signature attestation.unverified'] },
  withheld: { answer: 'absent', verdict: 'deny', faults: ['attestation attestation.missing'] },
};

const BESIDE = Object.keys(EXPECTED) as Beside[];
const KINDS: readonly ImageKind[] = ['image', 'index'];
const FORMS: readonly Form[] = ['referrer', 'att'];

/** Images with good and bad attestations, pushed to a real registry and decided about: the same answers from each. */
export function describeRegistry(name: string, suite: RegistrySuite): void {
  describe(name, () => {
    let registry: TestRegistry;
    let pusher: Pusher;
    const made: MadeImage[] = [];
    beforeAll(async () => {
      registry = await suite.start();
      pusher = createPusher(registry);
    }, 300_000);
    afterAll(async () => {
      for (const image of made) image.remove();
      await pusher?.close();
      await registry?.stop();
    });

    const push = async (image: MadeImage): Promise<void> => {
      made.push(image);
      await pushLayout(pusher, 'octo-org/widget', image.directory, {
        fallbackTags: suite.fallbackTags === true,
      });
    };
    const ask = async (reference: string, viaIndex?: string): Promise<Answered> => {
      const reader = createReader(registry, suite.anonymously === true ? null : registry.login);
      try {
        return await reader.ask(`octo-org/widget${reference}`, viaIndex);
      } finally {
        await reader.close();
      }
    };

    const cases = KINDS.flatMap((kind) =>
      FORMS.flatMap((form) => BESIDE.map((beside) => ({ kind, form, beside }))),
    );
    it.each(cases)('$kind with $beside as $form', async ({ kind, form, beside }) => {
      const image = makeImage(kind, beside, form);
      await push(image);
      const { answer, verdict, faults } = EXPECTED[beside];
      const { resolved, collected, digests } = await ask(`@${image.digest}`);
      expect(resolved).toMatchObject({
        reference: `${registry.host}/octo-org/widget@${image.digest}`,
        digests: { sha256: image.digest.replace('sha256:', '') },
      });
      expect(digests).toEqual(image.attached.toSorted());
      expect(collected).toMatchObject({ answer });
      const decided = await evaluateWith({ artifact: image.bytes, sources: [collected] });
      expect(decided).toMatchObject({ verdict });
      expect(decided.faults).toEqual(faults);
    });

    it('resolves a tag to the digest of the bytes, and to the new one when it is moved', async () => {
      const [first, second] = [makeImage('image', 'good'), makeImage('index', 'withheld')];
      for (const [image, answer] of [
        [first, 'complete'],
        [second, 'absent'],
      ] as const) {
        await push(image);
        const { resolved, collected } = await ask(`:${TAG}`);
        expect(resolved.reference).toBe(`${registry.host}/octo-org/widget@${image.digest}`);
        expect(collected.answer).toBe(answer);
      }
    });

    it('finds what attests the index of a platform only when told of the index', async () => {
      const index = makeImage('index', 'good');
      await push(index);
      const [platform = ''] = index.platforms;
      expect(await ask(`@${platform}`)).toMatchObject({ collected: { answer: 'absent' }, digests: [] });
      const via = await ask(`@${platform}`, index.digest);
      expect(via.collected.answer).toBe('complete');
      expect(via.digests).toEqual(index.attached);
      expect(via.resolved.viaIndex?.bytes).toEqual(index.bytes);
    });

    it('refuses what is not there', async () => {
      await push(makeImage('image', 'good'));
      const unknown = `@sha256:${'0'.repeat(64)}`;
      await expect(ask(unknown)).rejects.toMatchObject({ finding: 'registry.not-found' });
      await expect(ask(':no-such-tag')).rejects.toMatchObject({ finding: 'registry.not-found' });
    });
  });
}
