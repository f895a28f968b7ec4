let second = 0;
let text = '';

/** Seconds since the epoch. */
export function currentSecond(): number {
  return Math.floor(Date.now() / 1000);
}

/** Now as a Date field says it, made once a second. Spec: RFC 9110 §5.6.7. */
export function httpDate(): string {
  const now = currentSecond();
  if (now !== second) {
    second = now;
    text = new Date(now * 1000).toUTCString();
  }
  return text;
}
