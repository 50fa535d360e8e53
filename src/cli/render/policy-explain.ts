import type { PolicyExplainDocument } from '../../app/policy/explain.ts';
import { toJson } from '../escape/json.ts';
import { toTerminal } from '../escape/terminal.ts';

type Sentences = PolicyExplainDocument['about'];
type Kind = Sentences[number]['kind'];

/** Of an environment, in the order in which they are told. */
const HEADINGS: readonly (readonly [kind: Kind, heading: string])[] = [
  ['when', 'all of this must be true:'],
  ['unless', 'none of this may be true:'],
  ['blocks', 'and for now nothing passes, because:'],
  ['exception', 'but:'],
  ['record', 'and of the record:'],
  ['about', 'To be known:'],
];

const line = ({ text, path }: Sentences[number]): string => `  - ${toTerminal(text)} [${toTerminal(path)}]`;

const section = (heading: string, sentences: Sentences): readonly string[] =>
  sentences.length === 0 ? [] : [heading, ...sentences.map(line)];

/** What a policy demands, for people, or the document as it is. */
export function renderPolicyExplanation(document: PolicyExplainDocument, format: string): string {
  if (format === 'json') return toJson(document);
  const { policy, about, packages, environments } = document;
  const blocks = [
    section(`${toTerminal(policy.file)} (${policy.digest})`, about),
    ...packages.map(({ package: name, sentences }) =>
      section(`An artifact ${toTerminal(name)} passes when:`, sentences),
    ),
    ...environments.map(({ environment, sentences }) => [
      `To ${toTerminal(environment)}`,
      ...HEADINGS.flatMap(([kind, heading]) =>
        section(
          heading,
          sentences.filter((sentence) => sentence.kind === kind),
        ),
      ),
    ]),
  ];
  return `${blocks.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}
