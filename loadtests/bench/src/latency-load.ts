import { connect } from 'node:net';

/**
 * Sends requests at a fixed rate whatever the answers' pace, so that a stall is felt by all that come during it, and
 * reports latencies from the time each was due. `node latency-load.mjs PORT HOST RATE CONNECTIONS SECONDS`; prints JSON
 * `{ p50, p90, p99, count, errors }` in microseconds.
 */
const [portText, host, rateText, connectionsText, secondsText] = process.argv.slice(2);
const [port, rate, connections, seconds] = [portText, rateText, connectionsText, secondsText].map(Number) as [
  number,
  number,
  number,
  number,
];
const request = Buffer.from(`GET /bench HTTP/1.1\r\nhost: ${host}\r\nuser-agent: bench\r\naccept: */*\r\n\r\n`);
const latencies: number[] = [];
let errors = 0;

/** One keep-alive connection with a queue of the due times it has not answered yet. */
function openConnection(): Promise<{ send: (dueUs: number) => void; close: () => void }> {
  return new Promise((resolve, reject) => {
    const waiting: number[] = [];
    let held = Buffer.alloc(0);
    const socket = connect({ port, host: '127.0.0.1', noDelay: true }, () =>
      resolve({ send: (dueUs) => void (waiting.push(dueUs), socket.write(request)), close: () => socket.destroy() }),
    );
    socket.on('error', (error) => {
      errors += Math.max(waiting.length, 1);
      waiting.length = 0;
      reject(error);
    });
    socket.on('data', (bytes) => {
      held = held.length === 0 ? bytes : Buffer.concat([held, bytes]);
      for (;;) {
        const end = held.indexOf('\r\n\r\n');
        if (end === -1) return;
        const head = held.toString('latin1', 0, end);
        const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0);
        if (held.length < end + 4 + length) return;
        held = held.subarray(end + 4 + length);
        const due = waiting.shift();
        if (due !== undefined) latencies.push(performance.now() * 1000 - due);
        if (!head.startsWith('HTTP/1.1 200')) errors += 1;
      }
    });
  });
}

const pool = await Promise.all(Array.from({ length: connections }, openConnection));
const startUs = performance.now() * 1000 + 50_000;
const total = rate * seconds;
let sent = 0;
// A tight loop over setImmediate holds the schedule to a few microseconds; timers would to a millisecond.
await new Promise<void>((done) => {
  const tick = (): void => {
    const nowUs = performance.now() * 1000;
    while (sent < total && startUs + (sent * 1e6) / rate <= nowUs) {
      pool[sent % pool.length]?.send(startUs + (sent * 1e6) / rate);
      sent += 1;
    }
    if (sent < total) setImmediate(tick);
    else setTimeout(done, 500);
  };
  tick();
});
for (const connection of pool) connection.close();
// The first tenth warms caches and compilers.
const sorted = latencies.slice(Math.floor(latencies.length / 10)).sort((a, b) => a - b);
const quantile = (q: number): number => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN);
process.stdout.write(
  JSON.stringify({
    p50: quantile(0.5),
    p90: quantile(0.9),
    p99: quantile(0.99),
    count: latencies.length,
    errors: errors + (total - latencies.length),
  }),
);
