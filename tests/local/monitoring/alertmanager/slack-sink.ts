/** What an incoming webhook of Slack is: it takes a message as JSON. */
import { createServer } from 'node:http';
import type { TestContext } from 'vitest';
import * as z from 'zod/mini';
import { listen } from './listen.ts';

const Message = z.object({ attachments: z.tuple([z.object({ title: z.string(), text: z.string() })]) });
export type Post = z.infer<typeof Message>['attachments'][0];

export async function startSlackSink(test: TestContext): Promise<{ url: string; posts: Post[] }> {
  const posts: Post[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      posts.push(Message.parse(JSON.parse(body)).attachments[0]);
      response.writeHead(200).end('ok');
    });
  });
  const port = await listen(server, test);
  return { url: `http://127.0.0.1:${port}/services/rosebud`, posts };
}
