#!/bin/sh
# Requests per second and CPU microseconds per request of one HTTP/1.1 hop: proxy on core 0, load and back end on core 1.
# `libs/proxy/bench/run.sh [SECONDS]`; LOG=1 adds Istio's metrics and access log, PROF=1 a CPU profile in /tmp/lateen-prof.
set -e
cd "$(dirname "$0")/../../.."
seconds=${1:-5}
npx esbuild libs/proxy/bench/proxy.ts --bundle --platform=node --format=esm --outfile=/tmp/lateen-bench/proxy.mjs --log-level=error \
  --external:koffi --banner:js="import{createRequire as r}from'node:module';const require=r(import.meta.url);" 2>/dev/null
taskset -c 1 node libs/proxy/bench/backend.mjs 28081 &
backend=$!
flags=''
[ "$PROF" = 1 ] && flags='--cpu-prof --cpu-prof-dir=/tmp/lateen-prof'
taskset -c 0 node $flags /tmp/lateen-bench/proxy.mjs 28080 28081 &
proxy=$!
trap 'kill $backend $proxy 2>/dev/null' EXIT
sleep 1
taskset -c 1 wrk -t1 -c64 -d2s http://127.0.0.1:28080/hello >/dev/null
before=$(awk '{print $14+$15}' /proc/$proxy/stat)
result=$(taskset -c 1 wrk -t1 -c64 -d"${seconds}s" http://127.0.0.1:28080/hello)
after=$(awk '{print $14+$15}' /proc/$proxy/stat)
echo "$result" | grep -E 'Requests/sec|Non-2xx|Socket errors' || true
requests=$(echo "$result" | awk '/requests in/{print $1}')
echo "CPU us/request: $(awk "BEGIN{print ($after-$before)*10000/$requests}")  resident MB: $(awk '/VmRSS/{print $2/1024}' /proc/$proxy/status)"
