/** An SMTP server of a few words that takes every message and delivers none. */
import { createServer, type Socket } from 'node:net';
import type { TestContext } from 'vitest';
import { listen } from './listen.ts';

const END_OF_MESSAGE = '\r\n.\r\n';

/** @returns its address as host:port, and the messages as they came: headers and body */
export async function startSmtpSink(test: TestContext): Promise<{ address: string; messages: string[] }> {
  const messages: string[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    converse(socket, (message) => messages.push(message));
  });
  const port = await listen(server, test);
  return { address: `127.0.0.1:${port}`, messages };
}

function converse(socket: Socket, deliver: (message: string) => void): void {
  let received = '';
  let isMessage = false;
  const answer = (line: string) => {
    if (isMessage) {
      deliver(line);
      isMessage = false;
      return '250 taken';
    }
    const command = line.slice(0, 4).toUpperCase();
    isMessage = command === 'DATA';
    return { EHLO: '250 sink', DATA: '354 go on', QUIT: '221 bye' }[command] ?? '250 well';
  };
  socket.write('220 sink\r\n');
  socket.on('data', (chunk: Buffer) => {
    received += chunk.toString();
    for (;;) {
      const separator = isMessage ? END_OF_MESSAGE : '\r\n';
      const end = received.indexOf(separator);
      if (end === -1) return;
      const line = received.slice(0, end);
      received = received.slice(end + separator.length);
      socket.write(`${answer(line)}\r\n`);
    }
  });
}
