import { parseBundle } from '../../src/core/model/bundle.ts';
import { verifyCheckpoint } from '../../src/core/verify/checkpoint.ts';
import { parseTrustedRoot } from '../../src/core/verify/trusted-root.ts';
import { mutateText, splice } from '../mutate.ts';
import { loadSeeds } from '../seeds.ts';
import { assert, attempt, type FuzzTarget, joinAnswers } from '../target.ts';

/** F3: signed notes. One that still verifies must have the very text that a log signed. */
export function checkpointTarget(): FuzzTarget {
  const seeds = loadSeeds();
  const logs = [...parseTrustedRoot(Buffer.from(seeds.root), 'root').logs.values()];
  const notes = seeds.bundles.flatMap((text) =>
    parseBundle(Buffer.from(text)).logEntries.flatMap(
      ({ inclusionProof }) => inclusionProof?.checkpoint ?? [],
    ),
  );
  const textOf = (note: string): string => note.slice(0, note.indexOf('\n\n') + 1);
  const signed = new Set(notes.map(textOf));

  return {
    id: 'F3',
    title: 'checkpoints and signed notes',
    draw(random) {
      const note = random.pick(notes);
      if (random.oneIn(4)) return splice(Buffer.from(note), Buffer.from(random.pick(notes)), random);
      if (random.oneIn(4)) {
        const lines = note.split('\n');
        const at = random.below(lines.length);
        lines.splice(at, random.below(2), ...Array<string>(1 + random.below(80)).fill(random.pick(lines)));
        return Buffer.from(lines.join('\n'));
      }
      return Buffer.from(mutateText(note, random));
    },
    check(input) {
      const note = input.toString('utf8');
      const answers = logs.map((log) => {
        const verified = attempt(() => verifyCheckpoint(note, log));
        if ('refused' in verified) return verified.refused;
        assert(signed.has(textOf(note)), 'accepted a text that no log signed');
        const { origin, treeSize, rootHash } = verified.value;
        const head = `${origin}\n${treeSize}\n${rootHash.toString('base64')}\n`;
        assert(textOf(note).startsWith(head), 'read something else than the signed text says');
        return 'accepted';
      });
      return joinAnswers(answers);
    },
  };
}
