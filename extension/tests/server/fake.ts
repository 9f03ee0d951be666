/** A server in place of `fetch`: answers in turn, and streams that a test writes into. */

import { ServerConnection } from '@jupyterlab/services';

export interface IAskedRequest {
  url: string;
  method: string;
  body: string;
}

export class Stream {
  private controller!: ReadableStreamDefaultController<Uint8Array>;
  closed = false;
  readonly body = new ReadableStream<Uint8Array>({
    start: controller => {
      this.controller = controller;
    },
    cancel: () => {
      this.closed = true;
    }
  });

  write(text: string): void {
    this.controller.enqueue(new TextEncoder().encode(text));
  }

  end(): void {
    this.controller.close();
  }

  /** As when the request is given up. */
  fail(): void {
    if (!this.closed) {
      this.closed = true;
      this.controller.error(new DOMException('aborted', 'AbortError'));
    }
  }

  get response(): Response {
    return new Response(this.body, { headers: { 'content-type': 'text/event-stream' } });
  }
}

type Answer = (request: Request) => Response | Promise<Response>;

export class FakeServer {
  readonly asked: IAskedRequest[] = [];
  answer: Answer = () => new Response('{}');

  readonly settings = ServerConnection.makeSettings({
    baseUrl: 'http://localhost/people/ann/',
    fetch: async (input: RequestInfo | URL): Promise<Response> => {
      const request = input as Request;
      this.asked.push({
        url: request.url,
        method: request.method,
        body: request.method === 'POST' ? await request.clone().text() : ''
      });
      return this.answer(request);
    }
  });
}

export function json(value: unknown, status = 200): Response {
  return new Response(JSON.stringify(value), { status });
}
