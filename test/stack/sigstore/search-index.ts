import { createServer } from 'node:net';
import { listen } from './local-server.ts';

/**
 * What Rekor v1 keeps its search index in: lists by key, spoken to in the protocol of Redis. It knows the two commands that Rekor
 * uses (LPUSH and LRANGE of everything) and PING; to all else it answers an error, which clients take for an old server.
 */
export interface SearchIndex {
  readonly port: number;
  /** Changes what Rekor finds, key by key; keys are such as `sha256:<hex>`. An index proves nothing, so anybody may. */
  edit(change: (uuids: readonly string[], key: string) => readonly string[]): void;
  close(): Promise<void>;
}

const bulk = (text: string): string => `$${Buffer.byteLength(text)}\r\n${text}\r\n`;

export async function startSearchIndex(): Promise<SearchIndex> {
  const lists = new Map<string, readonly string[]>();

  const answer = ([name = '', key = '', ...rest]: readonly string[]): string => {
    const list = lists.get(key) ?? [];
    switch (name.toUpperCase()) {
      case 'PING':
        return '+PONG\r\n';
      case 'LPUSH':
        lists.set(key, [...rest.toReversed(), ...list]);
        return `:${list.length + rest.length}\r\n`;
      case 'LRANGE':
        return `*${list.length}\r\n${list.map(bulk).join('')}`;
      default:
        return `-ERR unknown command '${name}'\r\n`;
    }
  };

  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    let unread = '';
    socket.setEncoding('latin1').on('data', (text: string) => {
      unread += text;
      for (let read = readCommand(unread); read !== undefined; read = readCommand(unread)) {
        unread = unread.slice(read.length);
        socket.write(answer(read.words));
      }
    });
  });
  const { port, close } = await listen(server);
  return {
    port,
    edit(change) {
      for (const [key, uuids] of lists) lists.set(key, change(uuids, key));
    },
    close,
  };
}

/** One command, an array of strings; undefined while it has not come whole. */
function readCommand(
  text: string,
): { readonly words: readonly string[]; readonly length: number } | undefined {
  let at = 0;
  const readNumber = (mark: string): number | undefined => {
    const end = text.indexOf('\r\n', at);
    if (end === -1) return undefined;
    if (text[at] !== mark) throw new Error(`not a command: ${text.slice(at, end)}`);
    const number = Number(text.slice(at + 1, end));
    at = end + 2;
    return number;
  };
  const count = readNumber('*');
  if (count === undefined) return undefined;
  const words: string[] = [];
  while (words.length < count) {
    const length = readNumber('$');
    if (length === undefined || text.length < at + length + 2) return undefined;
    words.push(text.slice(at, at + length));
    at += length + 2;
  }
  return { words, length: at };
}
