import { TABLES } from './migrations/index.ts';

const quoted = (identifier: string): string => `"${identifier.replaceAll('"', '""')}"`;

/**
 * SQL that lets roles use a store that somebody else owns. A writer may read and insert, a reader only read: neither may
 * update, delete, truncate or take triggers away. To prune payloads, a role needs to delete from that one table.
 */
export function roleScript(
  schema: string,
  roles: { readonly writer?: string; readonly reader?: string; readonly pruner?: string },
): string {
  const tables = TABLES.map((table) => `${quoted(schema)}.${table}`).join(', ');
  const reading = (role: string): string[] => [
    `GRANT USAGE ON SCHEMA ${quoted(schema)} TO ${quoted(role)};`,
    `GRANT SELECT ON ${tables}, ${quoted(schema)}.migrations TO ${quoted(role)};`,
  ];
  const writing = (role: string): string[] => [
    ...reading(role),
    `GRANT INSERT ON ${tables} TO ${quoted(role)};`,
  ];
  const lines = [
    ...(roles.reader === undefined ? [] : reading(roles.reader)),
    ...(roles.writer === undefined ? [] : writing(roles.writer)),
    ...(roles.pruner === undefined
      ? []
      : [...writing(roles.pruner), `GRANT DELETE ON ${quoted(schema)}.payloads TO ${quoted(roles.pruner)};`]),
  ];
  return `${lines.join('\n')}\n`;
}
