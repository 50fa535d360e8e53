import { z } from 'zod';
import type { CheckLine, CheckStatus, DoctorDocument } from '../../app/doctor/check.ts';
import { CHECK_IDS } from '../../app/doctor/check.ts';
import { toJson } from '../escape/json.ts';
import { toTerminal } from '../escape/terminal.ts';

const STATUSES = ['ok', 'warning', 'problem', 'not-checked'] as const satisfies readonly CheckStatus[];

/** The published form; open as all answers are. */
export const DoctorSchema = z
  .looseObject({
    schemaVersion: z.literal(1),
    status: z.enum(['ok', 'warning', 'problem']).describe('The worst of all checks'),
    checks: z
      .array(
        z.looseObject({
          id: z
            .string()
            .regex(/^[a-z-]+$/)
            .describe(`What kind of check: ${CHECK_IDS.join(', ')}`),
          name: z.string().describe('What was looked at, for people'),
          status: z.enum(STATUSES),
          found: z.string().describe('What was seen'),
          code: z
            .string()
            .optional()
            .describe('What another command would answer; `slsa-gate explain CODE` tells more'),
          hint: z.string().optional().describe('How to mend it; with every warning and problem'),
        }),
      )
      .min(1),
  })
  .describe('Answer of slsa-gate doctor');

const WIDTH = 11;

const linesOf = ({ status, name, found, code, hint }: CheckLine): readonly string[] => {
  const indent = ' '.repeat(WIDTH + 2);
  return [
    `${status.padEnd(WIDTH)}  ${toTerminal(name)}: ${toTerminal(found)}`,
    ...(hint === undefined || status === 'ok' ? [] : [`${indent}hint: ${toTerminal(hint)}`]),
    ...(code === undefined ? [] : [`${indent}code: ${code} (slsa-gate explain ${code})`]),
  ];
};

const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`;

function summary({ checks }: DoctorDocument): string {
  const count = (wanted: CheckStatus): number => checks.filter(({ status }) => status === wanted).length;
  return [
    plural(count('problem'), 'problem'),
    plural(count('warning'), 'warning'),
    `${count('ok')} ok`,
    `${count('not-checked')} not checked`,
  ].join(', ');
}

/** One line for each check, and how to mend it below; or the document as it is. */
export const renderDoctor = (document: DoctorDocument, format: string): string =>
  format === 'json'
    ? toJson(document)
    : `${[...document.checks.flatMap(linesOf), '', summary(document)].join('\n')}\n`;
