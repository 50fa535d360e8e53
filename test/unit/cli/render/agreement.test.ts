import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderDecision } from '../../../../src/cli/render/index.ts';
import { decisionExit } from '../../../../src/cli/verdict.ts';
import { documents } from './arbitrary-documents.ts';

const EXIT = { allow: 0, deny: 1, indeterminate: 2 } as const;
const PLAIN = { colour: false, quiet: false };

describe('all forms of one answer', () => {
  it('I15 agree with the exit code', async () => {
    await fc.assert(
      fc.asyncProperty(documents, async (document) => {
        const exit = decisionExit(document);
        expect(exit).toBe(EXIT[document.verdict]);
        const blocks = exit !== 0;
        const json = JSON.parse(await renderDecision(document, 'json', PLAIN));
        expect(EXIT[json.verdict as keyof typeof EXIT]).toBe(exit);
        const sarif = JSON.parse(await renderDecision(document, 'sarif', PLAIN));
        const levels: string[] = sarif.runs[0].results.map((result: { level: string }) => result.level);
        expect(levels.includes('error')).toBe(blocks);
        const junit = await renderDecision(document, 'junit', PLAIN);
        expect(/<(?:failure|error) /.test(junit)).toBe(blocks);
        const text = await renderDecision(document, 'text', PLAIN);
        expect(text.startsWith(`${document.verdict}  `)).toBe(true);
        const quiet = await renderDecision(document, 'text', { colour: false, quiet: true });
        expect(quiet.startsWith(`${document.verdict}  `)).toBe(true);
        const markdown = await renderDecision(document, 'markdown', PLAIN);
        expect(markdown.startsWith(`## slsa-gate: ${document.verdict}\n`)).toBe(true);
      }),
    );
  });
});
