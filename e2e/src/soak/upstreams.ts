import { createServer as createHttp1 } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { type Dice } from './dice';
import { createHttp2Upstream } from './h2-upstream';

/** What an endpoint speaks. */
export type Kind = 'h1' | 'h2' | 'tcp';

/** A server that mostly answers: sometimes late, half, or not at all; and that can die and come back. */
export class Upstream {
  readonly sockets = new Set<Socket>();
  private server: Server | undefined;

  private constructor(
    readonly kind: Kind,
    readonly port: number,
    private readonly dice: Dice,
  ) {}

  static async start(kind: Kind, dice: Dice): Promise<Upstream> {
    const probe = createServer();
    await new Promise<void>((done) => probe.listen(0, '127.0.0.1', done));
    const { port } = probe.address() as AddressInfo;
    await new Promise((done) => probe.close(done));
    const upstream = new Upstream(kind, port, dice);
    await upstream.listen();
    return upstream;
  }

  /** Ends as a process that was killed does; comes back after a while. */
  async crash(ms: number): Promise<void> {
    this.stop();
    await new Promise((done) => setTimeout(done, ms));
    await this.listen();
  }

  /** Closes everything. */
  stop(): void {
    this.server?.close();
    this.server = undefined;
    for (const socket of this.sockets) socket.resetAndDestroy();
    this.sockets.clear();
  }

  private async listen(): Promise<void> {
    const server = this.create();
    this.server = server;
    server.on('connection', (socket: Socket) => {
      this.sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => this.sockets.delete(socket));
    });
    await new Promise<void>((done) => {
      server.once('error', () => done());
      server.listen({ port: this.port, host: '127.0.0.1', backlog: 1024 }, done);
    });
  }

  private create(): Server {
    const { dice } = this;
    if (this.kind === 'tcp')
      return createServer((socket) => {
        socket.on('data', (bytes) => (dice.below(100) === 0 ? socket.destroy() : socket.write(bytes)));
      });
    if (this.kind === 'h1') {
      const server = createHttp1((request, response) => {
        request.on('error', () => undefined).resume();
        response.on('error', () => undefined);
        const fate = dice.below(300);
        // Half-open: it took the request and is never heard of again.
        if (fate === 0) return;
        if (fate === 1) return void response.socket?.resetAndDestroy();
        if (fate === 2) {
          response.writeHead(200, { 'content-length': '1000' });
          response.write('half');
          setTimeout(() => response.socket?.destroy(), 20);
          return;
        }
        if (fate < 12) return void setTimeout(() => response.end('late'), 50);
        if (fate < 18) response.statusCode = 503;
        if (fate < 60) response.write('x'.repeat(fate * 50));
        response.end('an answer');
      });
      server.keepAliveTimeout = 30_000;
      return server;
    }
    return createHttp2Upstream(dice);
  }
}
